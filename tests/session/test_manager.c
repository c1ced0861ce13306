/* SPDX-License-Identifier: MIT */
/*
 * Managers: where ring and policy come from, options of a wrong size, pointers that are missing, and that events tell what
 * they should and never a text out of a refused token.
 */
#include <check.h>
#include <fcntl.h>
#include <locale.h>
#include <sess/jansson.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

static char dir[] = "/tmp/sess-manager-XXXXXX";
static char ring_path[64], policy_path[64];

static void
setup(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(ring_path, sizeof(ring_path), "%s/ring", dir);
	(void)snprintf(policy_path, sizeof(policy_path), "%s/policy", dir);
	ck_assert_int_eq(sess_ring_generate(&spec, 1, &ring, NULL), 0);
	ck_assert_int_eq(sess_ring_create_file(ring, ring_path, NULL), 0);
	sess_ring_free(ring);
}

static void
teardown(void)
{
	(void)unlink(ring_path);
	(void)unlink(policy_path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
write_policy(const char *text)
{
	int fd = open(policy_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

/* The default policy, one in a file and one in a struct; the caller's are not needed afterwards. */
START_TEST(test_sources)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *plain = NULL, *by_file = NULL, *by_struct = NULL;
	sess_policy policy;
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;

	config.ring_path = ring_path;
	ck_assert_int_eq(sess_manager_new(&config, &plain, &diag), 0);
	ck_assert_int_eq(sess_manager_policy(plain)->idle_timeout_s, 3600);
	ck_assert_str_eq(sess_manager_policy(plain)->typ, "sess+jwt");
	write_policy("{\"issuer\":\"https://shop.example\",\"idle_timeout_s\":60}");
	config.policy_path = policy_path;
	ck_assert_int_eq(sess_manager_new(&config, &by_file, &diag), 0);
	ck_assert_int_eq(unlink(policy_path), 0);
	ck_assert_int_eq(sess_policy_parse("{\"issuer\":\"https://shop.example\"}", 33, &policy, &diag), 0);
	config.policy_path = NULL;
	config.policy = &policy;
	ck_assert_int_eq(sess_manager_new(&config, &by_struct, &diag), 0);
	memset(&policy, 0x5a, sizeof(policy));
	memset(&config, 0x5a, sizeof(config));
	ck_assert_str_eq(sess_manager_policy(by_struct)->issuer, "https://shop.example");
	ck_assert_int_eq(sess_mint(by_file, NULL, NULL, 0, NULL, &token, &len, &diag), 0);
	ck_assert_int_eq(sess_verify(by_struct, token, len, NULL, &session, &diag), 0);
	/* The token's own exp: the mint's 60 s. */
	ck_assert_int_eq(sess_session_idle_deadline(session), sess_session_issued_at(session) + 60);
	sess_session_free(session);
	session = NULL;
	ck_assert_int_eq(sess_verify(plain, token, len, NULL, &session, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_WRONG_ISSUER);
	sess_token_free(token);
	sess_manager_free(plain);
	sess_manager_free(by_file);
	sess_manager_free(by_struct);
}
END_TEST

START_TEST(test_bad_sources)
{
	static const struct {
		const char *what, *policy, *member;
		int code;
	} rows[] = {
		{ "a policy that is no JSON", "{", "", SESS_ERR_POLICY },
		{ "a policy with an unknown member", "{\"isuer\":\"x\"}", "isuer", SESS_ERR_POLICY },
		{ "a policy out of range", "{\"leeway_s\":601}", "leeway_s", SESS_ERR_POLICY },
		{ "a policy beyond the ring", "{\"absolute_timeout_s\":43201}", "absolute_timeout_s", SESS_ERR_RING_LIFETIME },
		{ "a leeway beyond the ring", "{\"leeway_s\":31}", "leeway_s", SESS_ERR_RING_LIFETIME },
	};
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_diag diag;

	config.ring_path = ring_path;
	config.policy_path = policy_path;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_policy(rows[i].policy);
		ck_assert_msg(sess_manager_new(&config, &manager, &diag) == rows[i].code, "%s: %s", rows[i].what, diag.message);
		ck_assert_msg(diag.code == rows[i].code && strcmp(diag.member, rows[i].member) == 0, "%s: %s", rows[i].what,
		    diag.member);
		ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), rows[i].code);
	}
	write_policy("{}");
	config.ring_path = policy_path;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_RING_FILE);
	access.options = SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER;
	config.ring_access = &access;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(sess_manager_new(NULL, &manager, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_manager_new(&config, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(manager);
}
END_TEST

START_TEST(test_arguments)
{
	sess_mint_opts mint = SESS_MINT_OPTS_INIT;
	sess_verify_opts verify = SESS_VERIFY_OPTS_INIT;
	sess_session *session = NULL;
	char *token = NULL, *got = NULL;
	struct judge j;
	size_t len = 0;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &mint, &token, &len, &diag), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, &verify, &session, &diag), 0);
	sess_session_free(session);
	session = NULL;
	mint.size++;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &mint, &got, &len, &diag), SESS_ERR_ARGUMENT);
	mint.size = 0;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &mint, &got, &len, &diag), SESS_ERR_ARGUMENT);
	verify.size++;
	ck_assert_int_eq(sess_verify(j.manager, token, len, &verify, &session, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_mint(NULL, NULL, NULL, 0, NULL, &got, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 1, NULL, &got, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, NULL, NULL, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, NULL, &got, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_mint(j.manager, NULL, "", 0, NULL, &got, &len, &diag), SESS_ERR_CLAIMS);
	ck_assert_int_eq(sess_mint_jansson(NULL, NULL, json_true(), NULL, &got, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_verify(NULL, token, len, NULL, &session, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_verify(j.manager, NULL, 1, NULL, &session, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	/* Nothing of it is read. */
	ck_assert_int_eq(sess_verify(j.manager, token, SIZE_MAX, NULL, &session, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_OVERSIZE);
	ck_assert_int_eq(diag.findings[0].got, RUNNER_SIZE_MAX);
	ck_assert_int_eq(sess_verify(j.manager, NULL, 0, NULL, &session, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_MALFORMED);
	ck_assert_int_eq(sess_verify(j.manager, NULL, 0, NULL, &session, NULL), SESS_ERR_REJECTED);
	ck_assert_int_eq(sess_session_claims_jansson(NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(session);
	ck_assert_ptr_null(got);
	sess_token_free(token);
	sess_token_free(NULL);
	judge_done(&j);
}
END_TEST

struct told {
	size_t count;
	sess_event last;
	char kid[SESS_KID_MAX + 1];
	size_t with_kid;
};

static void
on_event(const sess_event *event, void *arg)
{
	struct told *told = arg;

	ck_assert_uint_eq(event->size, sizeof(*event));
	told->count++;
	told->last = *event;
	told->with_kid += event->kid != NULL;
	(void)snprintf(told->kid, sizeof(told->kid), "%s", event->kid == NULL ? "" : event->kid);
}

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static sess_manager *
listening(const json_t *doc, int64_t *now, struct told *told)
{
	char *text = json_dumps(doc, 0);
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.clock = clock_at;
	config.clock_arg = now;
	config.on_event = on_event;
	config.on_event_arg = told;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	sess_ring_free(ring);
	free(text);
	return manager;
}

static uint32_t
refused(sess_manager *manager, const char *token)
{
	sess_session *session = NULL;
	sess_diag diag;

	ck_assert_int_eq(sess_verify(manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
	return diag.reasons;
}

/* Until a key of the ring is found there is no kid to tell, and no session until the payload is authentic. */
START_TEST(test_refusals_told)
{
	struct told told = { 0 };
	int64_t now = JUDGE_NOW;
	struct judge j;
	sess_manager *manager;
	char *payload = judge_payload(NULL, NULL), *token, *header;
	const char *sig_kid;

	judge_init(&j, &judge_combos[2], NULL);
	ck_assert_int_eq(judge_combos[2].form, SESS_FORM_SIGNED);
	sig_kid = json_string_value(json_object_get(j.sig_key, "kid"));
	manager = listening(j.ring, &now, &told);
	ck_assert_uint_eq(refused(manager, "no token"), SESS_REASON_MALFORMED);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_int_eq(told.last.kind, SESS_EVENT_REJECTED);
	ck_assert_uint_eq(told.with_kid, 0);
	header = forge_text("{\"alg\":\"HS256\",\"kid\":\"chosen-by-stranger\",\"typ\":\"sess+jwt\"}");
	token = judge_token_under(&j, NULL, header, payload);
	ck_assert_uint_eq(refused(manager, token), SESS_REASON_UNKNOWN_KEY);
	/* UNKNOWN_KEY and REJECTED. */
	ck_assert_uint_eq(told.count, 3);
	ck_assert_uint_eq(told.with_kid, 0);
	free(token);
	token = judge_token(&j, payload, strlen(payload));
	token[strlen(token) - 5] = token[strlen(token) - 5] == 'A' ? 'B' : 'A';
	ck_assert_uint_eq(refused(manager, token), SESS_REASON_BAD_SIGNATURE);
	ck_assert_uint_eq(told.count, 4);
	ck_assert_str_eq(told.kid, sig_kid);
	ck_assert_uint_eq(told.last.reasons, SESS_REASON_BAD_SIGNATURE);
	ck_assert_int_eq(told.last.time, JUDGE_NOW);
	ck_assert_int_eq(told.last.has_session, 0);
	free(token);
	now = JUDGE_NOW + 43230;
	token = judge_token(&j, payload, strlen(payload));
	ck_assert_uint_eq(refused(manager, token), SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED);
	ck_assert_str_eq(told.kid, sig_kid);
	ck_assert_uint_eq(told.last.reasons, SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED);
	ck_assert_int_eq(told.last.has_session, 1);
	free(token);
	free(header);
	free(payload);
	sess_manager_free(manager);
	judge_done(&j);
}
END_TEST

/* A session's name hangs on the ring's tag and its sid: not on the keys, which rotate, nor on how the sid is spelled. */
START_TEST(test_session_names)
{
	struct told told = { 0 };
	int64_t now = JUDGE_NOW;
	struct judge j;
	sess_manager *manager;
	sess_session *session = NULL;
	uint8_t names[4][16];
	static const char *const sids[] = { "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\"", "\"sid\":\"\\u0041AAAAAAAAAAAAAAAAAAAAA\"",
		"\"sid\":\"AAAAAAAAAAAAAAAAAAAAAQ\"" };

	judge_init(&j, &judge_combos[2], NULL);
	for (size_t i = 0; i < 4; i++) {
		char *payload = judge_payload("sid", sids[i % 3]), *token = judge_token(&j, payload, strlen(payload));

		/* The last: the first sid under another tag. */
		if (i == 3)
			json_object_set_new(json_object_get(j.ring, "sess"), "tag",
			    json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
		manager = listening(j.ring, &now, &told);
		ck_assert_int_eq(sess_verify(manager, token, strlen(token), NULL, &session, NULL), 0);
		ck_assert_int_eq(told.last.kind, SESS_EVENT_VERIFIED);
		ck_assert_int_eq(told.last.has_session, 1);
		memcpy(names[i], told.last.session, 16);
		sess_session_free(session);
		sess_manager_free(manager);
		free(payload);
		free(token);
	}
	ck_assert_mem_eq(names[0], names[1], 16);
	ck_assert_mem_ne(names[0], names[2], 16);
	ck_assert_mem_ne(names[0], names[3], 16);
	judge_done(&j);
}
END_TEST

/* A claim's fraction does not become a whole number where the decimal point is a comma. */
START_TEST(test_comma_locale)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "de_AT.UTF-8", "fr_FR.UTF-8", "nl_NL.UTF-8" };
	const char *locale = NULL;
	sess_session *session = NULL;
	struct judge j;
	char *token = NULL;
	size_t len = 0;
	double d = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && locale == NULL; i++)
		locale = setlocale(LC_ALL, names[i]);
	judge_init(&j, &judge_combos[0], NULL);
	ck_assert_int_eq(sess_mint(j.manager, NULL, "{\"d\":2.75}", 10, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(sess_session_get_double(session, "d", &d), 0);
	ck_assert_msg(d > 2.7 && d < 2.8, "%s: %g", locale == NULL ? "C" : locale, d);
	sess_session_free(session);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("manager");
	TCase *files = tcase_create("files"), *calls = tcase_create("calls");

	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_test(files, test_sources);
	tcase_add_test(files, test_bad_sources);
	tcase_add_test(calls, test_arguments);
	tcase_add_test(calls, test_refusals_told);
	tcase_add_test(calls, test_session_names);
	tcase_add_test(calls, test_comma_locale);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, calls);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
