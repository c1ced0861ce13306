/* SPDX-License-Identifier: MIT */
/*
 * Context binding through the API: what mint binds, what verify finds, what renewal keeps, what regeneration takes anew, and
 * the events. The shapes in tokens are in test_hostile_context.c.
 */
#include "session/renew.h"

#include <sess/jansson.h>

#include "reference/ref_context.h"
#include "support/runner.h"

static const sess_context firefox = { "ua", "Firefox", 7 }, lynx = { "ua", "Lynx", 4 };
static const sess_context all[] = { { "ua", "Firefox", 7 }, { "net", "192.0.2.0/24", 12 }, { "tls", "k", 1 } };

struct heard {
	size_t count[16];
	char member[64], member_before[64];
	uint8_t session[16];
	int64_t gen;
};

static void
on_event(const sess_event *event, void *arg)
{
	struct heard *heard = arg;

	heard->count[event->kind]++;
	heard->gen = event->gen;
	memcpy(heard->session, event->session, 16);
	if (event->member == NULL)
		return;
	memcpy(heard->member_before, heard->member, sizeof(heard->member));
	(void)snprintf(heard->member, sizeof(heard->member), "%s", event->member);
}

static int
clock_fixed(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = JUDGE_NOW;
	return 0;
}

/* The judge's manager, replaced by one that is heard. */
static void
listen(struct judge *j, struct heard *heard)
{
	char *text = json_dumps(j->ring, JSON_COMPACT);
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *ring = NULL;

	memset(heard, 0, sizeof(*heard));
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	sess_manager_free(j->manager);
	config.ring = ring;
	config.policy = &j->policy;
	config.clock = clock_fixed;
	config.on_event = on_event;
	config.on_event_arg = heard;
	ck_assert_int_eq(sess_manager_new(&config, &j->manager, NULL), 0);
	sess_ring_free(ring);
	free(text);
}

/* A judge under a policy of these modes, e.g. {"ua":"enforce"}. */
static void
judge_modes(struct judge *j, int combo, const char *modes)
{
	char *json = forge_text("{\"context\":%s}", modes);
	sess_policy policy;
	sess_diag diag;

	ck_assert_msg(sess_policy_parse(json, strlen(json), &policy, &diag) == 0, "%s", diag.message);
	judge_init(j, &judge_combos[combo], &policy);
	free(json);
}

static char *
mint(struct judge *j, const sess_context *context, size_t count)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	sess_diag diag;
	size_t len = 0;

	opts.context = context;
	opts.context_count = count;
	ck_assert_msg(sess_mint(j->manager, "anna", NULL, 0, &opts, &token, &len, &diag) == 0, "%s", diag.message);
	return token;
}

/* Verifies; NULL where it is refused, for a mismatch. */
static sess_session *
present(struct judge *j, const char *token, const sess_context *context, size_t count)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_session *session = NULL;
	sess_diag diag;
	int rc;

	opts.context = context;
	opts.context_count = count;
	rc = sess_verify(j->manager, token, strlen(token), &opts, &session, &diag);
	if (rc != 0)
		ck_assert_uint_eq(diag.reasons, SESS_REASON_CONTEXT_MISMATCH);
	return session;
}

static sess_context_state
state_of(struct judge *j, const char *token, const sess_context *context, size_t count, const char *name)
{
	sess_session *session = present(j, token, context, count);
	sess_context_state state;

	ck_assert_ptr_nonnull(session);
	state = sess_session_context(session, name);
	sess_session_free(session);
	return state;
}

/* What mint writes is what the format says, judged by the other implementation; what is off is not written. */
START_TEST(test_minted)
{
	struct judge j;
	char *token, hash[17];
	sess_session *session;
	json_t *claims = NULL;
	const json_t *ctx;

	judge_modes(&j, _i, "{}");
	token = mint(&j, all, 3);
	session = present(&j, token, all, 3);
	ck_assert_int_eq(sess_session_claims_jansson(session, &claims, NULL), 0);
	ctx = json_object_get(claims, "ctx");
	ck_assert_uint_eq(json_object_size(ctx), 2);
	for (int i = 0; i < 3; i += 2) {
		ref_context_hash(j.ring, sess_session_id(session), &all[i], hash);
		ck_assert_str_eq(json_string_value(json_object_get(ctx, all[i].name)), hash);
	}
	ck_assert_ptr_null(strstr(sess_session_claims_json(session, NULL), "Firefox"));
	ck_assert_int_eq(sess_session_context(session, "ua"), SESS_CONTEXT_MATCHED);
	ck_assert_int_eq(sess_session_context(session, "tls"), SESS_CONTEXT_MATCHED);
	ck_assert_int_eq(sess_session_context(session, "net"), SESS_CONTEXT_UNBOUND);
	ck_assert_int_eq(sess_session_context(session, "never"), SESS_CONTEXT_UNBOUND);
	ck_assert_int_eq(sess_session_context(session, NULL), SESS_CONTEXT_UNBOUND);
	j.context = all;
	j.context_count = 3;
	judge_expect(&j, "minted with context", token, strlen(token), 0);
	json_decref(claims);
	sess_session_free(session);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

/* Two sessions of one client have nothing in common that a third party could see. */
START_TEST(test_hashes_hang_on_the_session)
{
	struct judge j;
	char *a, *b;
	sess_session *sa, *sb;
	const char *ha = NULL, *hb = NULL;
	size_t len = 0;

	judge_modes(&j, 0, "{}");
	a = mint(&j, &firefox, 1);
	b = mint(&j, &firefox, 1);
	sa = present(&j, a, NULL, 0);
	sb = present(&j, b, NULL, 0);
	ck_assert_int_eq(sess_session_get_json(sa, "ctx", &ha, &len), 0);
	ck_assert_int_eq(sess_session_get_json(sb, "ctx", &hb, &len), 0);
	ck_assert_int_ne(memcmp(ha, hb, len), 0);
	sess_session_free(sa);
	sess_session_free(sb);
	sess_token_free(a);
	sess_token_free(b);
	judge_done(&j);
}
END_TEST

START_TEST(test_modes)
{
	struct judge j;
	char *token;

	judge_modes(&j, _i, "{\"ua\":\"report\"}");
	token = mint(&j, &firefox, 1);
	ck_assert_int_eq(state_of(&j, token, &firefox, 1, "ua"), SESS_CONTEXT_MATCHED);
	ck_assert_int_eq(state_of(&j, token, &lynx, 1, "ua"), SESS_CONTEXT_CHANGED);
	ck_assert_int_eq(state_of(&j, token, NULL, 0, "ua"), SESS_CONTEXT_NOT_GIVEN);
	ck_assert_int_eq(state_of(&j, token, &all[1], 2, "tls"), SESS_CONTEXT_UNBOUND);
	sess_token_free(token);
	judge_done(&j);
	judge_modes(&j, _i, "{\"ua\":\"enforce\"}");
	token = mint(&j, &firefox, 1);
	ck_assert_int_eq(state_of(&j, token, all, 3, "ua"), SESS_CONTEXT_MATCHED);
	ck_assert_ptr_null(present(&j, token, &lynx, 1));
	ck_assert_ptr_null(present(&j, token, NULL, 0));
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

/* A name that the policy has off now, and had not when the token was minted. */
START_TEST(test_off_later)
{
	struct judge j;
	char *payload = judge_payload(NULL, "\"ctx\":{\"tls\":\"AAAAAAAAAAAAAAAA\"}"), *token;
	sess_session *a, *b;
	const char *text;
	size_t len;

	judge_modes(&j, 0, "{\"tls\":\"off\"}");
	token = judge_token(&j, payload, strlen(payload));
	a = present(&j, token, all, 3);
	ck_assert_int_eq(sess_session_context(a, "tls"), SESS_CONTEXT_OFF);
	b = renewed(&j, a, NULL);
	ck_assert_int_eq(sess_session_context(b, "tls"), SESS_CONTEXT_OFF);
	ck_assert_int_eq(sess_session_get_json(b, "ctx", &text, &len), 0);
	sess_session_free(a);
	sess_session_free(b);
	free(token);
	free(payload);
	judge_done(&j);
}
END_TEST

START_TEST(test_events)
{
	struct judge j;
	struct heard heard;
	sess_session *session;
	char *token;

	judge_modes(&j, 0, "{\"net\":\"report\",\"tls\":\"report\"}");
	listen(&j, &heard);
	token = mint(&j, all, 3);
	sess_session_free(present(&j, token, all, 3));
	ck_assert_uint_eq(heard.count[SESS_EVENT_CONTEXT_CHANGED], 0);
	sess_session_free(present(&j, token, all, 1));
	ck_assert_uint_eq(heard.count[SESS_EVENT_CONTEXT_CHANGED], 2);
	ck_assert_str_eq(heard.member_before, "net");
	ck_assert_str_eq(heard.member, "tls");
	ck_assert_uint_eq(heard.count[SESS_EVENT_VERIFIED], 2);
	session = present(&j, token, &lynx, 1);
	ck_assert_uint_eq(heard.count[SESS_EVENT_CONTEXT_CHANGED], 5);
	sess_token_free(token);
	/* Told once: a renewal that is given no other context has nothing new to say. */
	sess_session_free(renewed(&j, session, NULL));
	ck_assert_uint_eq(heard.count[SESS_EVENT_RENEWED], 1);
	ck_assert_uint_eq(heard.count[SESS_EVENT_CONTEXT_CHANGED], 5 + 3 * 2); /* of the two verifications in between */
	sess_session_free(session);
	judge_done(&j);
}
END_TEST

START_TEST(test_renewal)
{
	static const sess_context other = { "tls", "z", 1 };
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	struct judge j;
	sess_session *a, *b;
	char *token;

	judge_modes(&j, _i, "{}");
	token = mint(&j, all, 3);
	j.context = all;
	j.context_count = 3;
	a = accept(&j, token, strlen(token));
	/* What verification found still holds; the hashes are the same. */
	b = renewed(&j, a, NULL);
	ck_assert_int_eq(sess_session_context(b, "tls"), SESS_CONTEXT_MATCHED);
	sess_session_free(b);
	/* A connection that lives long can say what its client shows now. */
	opts.context = &other;
	opts.context_count = 1;
	not_renewed(&j, a, &opts, "another client", SESS_ERR_REJECTED, SESS_REASON_CONTEXT_MISMATCH, "tls");
	opts.context = &firefox;
	not_renewed(&j, a, &opts, "not given", SESS_ERR_REJECTED, SESS_REASON_CONTEXT_MISMATCH, "tls");
	opts.context = all;
	opts.context_count = 3;
	b = renewed(&j, a, &opts);
	ck_assert_int_eq(sess_session_context(b, "ua"), SESS_CONTEXT_MATCHED);
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

/* What the caller gives must be a context, at mint and at verify. */
START_TEST(test_arguments)
{
	static const char *const names[] = { "", "UA", "u a", "u.a", "abcdefghijklmnop", "\xc3\xab" };
	sess_context bad = { NULL, "x", 1 }, many[9], none = { "ua", NULL, 3 }, twice[2] = { firefox, lynx };
	static char numbered[9][4];
	struct judge j;

	judge_modes(&j, 0, "{}");
	for (int i = 0; i < 9; i++) {
		(void)snprintf(numbered[i], sizeof(numbered[i]), "n%d", i);
		many[i] = (sess_context){ numbered[i], "x", 1 };
	}
	for (size_t i = 0; i < 10; i++) {
		sess_verify_opts verify = SESS_VERIFY_OPTS_INIT;
		sess_mint_opts opts = SESS_MINT_OPTS_INIT;
		sess_session *session = NULL;
		char *token = NULL;
		size_t len = 0;

		opts.context_count = 1;
		bad.name = i < 6 ? names[i] : NULL;
		opts.context = &bad;
		if (i == 7)
			opts.context = &none;
		if (i == 8)
			opts.context = twice, opts.context_count = 2;
		if (i == 9)
			opts.context = many, opts.context_count = 9;
		verify.context = opts.context;
		verify.context_count = opts.context_count;
		ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &opts, &token, &len, NULL), SESS_ERR_ARGUMENT);
		ck_assert_int_eq(sess_verify(j.manager, "x", 1, &verify, &session, NULL), SESS_ERR_ARGUMENT);
		ck_assert_ptr_null(token);
	}
	/* Told by its number, as people count. */
	for (size_t i = 0; i < 2; i++) {
		sess_verify_opts verify = SESS_VERIFY_OPTS_INIT;
		sess_context pair[2] = { firefox, lynx };
		sess_session *session = NULL;
		sess_diag diag;

		pair[i].name = "U A";
		verify.context = pair;
		verify.context_count = 2;
		ck_assert_int_eq(sess_verify(j.manager, "x", 1, &verify, &session, &diag), SESS_ERR_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(diag.message, i == 0 ? "name 1 of" : "name 2 of"));
	}
	sess_token_free(mint(&j, many, 8));
	judge_done(&j);
}
END_TEST

/* A value as long as a header can be is bound like any other. */
START_TEST(test_long_value)
{
	struct judge j;
	char *value = malloc(100000), *token;
	sess_context context = { "ua", value, 100000 };

	ck_assert_ptr_nonnull(value);
	memset(value, 'x', 100000);
	judge_modes(&j, 0, "{\"ua\":\"enforce\"}");
	token = mint(&j, &context, 1);
	ck_assert_int_eq(state_of(&j, token, &context, 1, "ua"), SESS_CONTEXT_MATCHED);
	value[99999] = 'y';
	ck_assert_ptr_null(present(&j, token, &context, 1));
	sess_token_free(token);
	free(value);
	judge_done(&j);
}
END_TEST

/* What is bound stays bound when the ring's keys change: the tag does not. */
START_TEST(test_rotation)
{
	struct judge j;
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *ring = NULL, *next = NULL;
	char *text, *token;

	judge_modes(&j, 0, "{\"ua\":\"enforce\"}");
	token = mint(&j, &firefox, 1);
	text = json_dumps(j.ring, 0);
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	rotation.activate_in_s = 0;
	ck_assert_int_eq(sess_ring_rotate(ring, &rotation, JUDGE_NOW, &next, NULL), 0);
	ck_assert_int_eq(sess_manager_set_ring(j.manager, next, NULL), 0);
	ck_assert_int_eq(state_of(&j, token, &firefox, 1, "ua"), SESS_CONTEXT_MATCHED);
	ck_assert_ptr_null(present(&j, token, &lynx, 1));
	sess_ring_free(ring);
	sess_ring_free(next);
	sess_token_free(token);
	free(text);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("context");
	TCase *tcase = tcase_create("context");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_minted, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_hashes_hang_on_the_session);
	tcase_add_loop_test(tcase, test_modes, 0, 3);
	tcase_add_test(tcase, test_off_later);
	tcase_add_test(tcase, test_events);
	tcase_add_loop_test(tcase, test_renewal, 0, 3);
	tcase_add_test(tcase, test_arguments);
	tcase_add_test(tcase, test_long_value);
	tcase_add_test(tcase, test_rotation);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
