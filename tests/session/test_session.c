/* SPDX-License-Identifier: MIT */
/* Sessions, managers, events, inspection and the raw layer, through the public API. */
#include <pthread.h>
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

static const char claims_text[] = "{\"s\":\"plain\",\"e\":\"\\u00eb\\n\\ud83d\\ude00\",\"empty\":\"\",\"i\":-5,"
				  "\"max\":9223372036854775807,\"min\":-9223372036854775808,\"r\":2.5,\"t\":true,\"f\":false,"
				  "\"z\":null,\"o\":{\"a\":[1]},\"n\\u0061me\":\"x\"}";

static sess_session *
session_of(struct judge *j)
{
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(j->manager, "al\"ice", claims_text, strlen(claims_text), NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j->manager, token, len, NULL, &session, NULL), 0);
	memset(token, 'x', len);
	sess_token_free(token);
	return session;
}

START_TEST(test_getters)
{
	struct judge j;
	sess_session *s;
	const char *text = NULL;
	size_t len = 0;
	int64_t n = 0;
	double d = 0;
	int b = -1;

	judge_init(&j, &judge_combos[_i], NULL);
	s = session_of(&j);
	ck_assert_str_eq(sess_session_subject(s), "al\"ice");
	ck_assert_uint_eq(strlen(sess_session_id(s)), 22);
	ck_assert_uint_eq(strlen(sess_session_token_id(s)), 22);
	ck_assert_int_eq(sess_session_renewals(s), 0);
	ck_assert_int_eq(sess_session_idle_deadline(s), JUDGE_NOW + 3600);
	ck_assert_int_eq(sess_session_absolute_deadline(s), JUDGE_NOW + 43200);
	ck_assert_int_eq(sess_session_get_string(s, "s", &text, NULL), 0);
	ck_assert_str_eq(text, "plain");
	ck_assert_int_eq(sess_session_get_string(s, "e", &text, &len), 0);
	ck_assert_str_eq(text, "\xc3\xab\n\xf0\x9f\x98\x80");
	ck_assert_uint_eq(len, 7);
	ck_assert_int_eq(sess_session_get_string(s, "empty", &text, &len), 0);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(sess_session_get_string(s, "name", &text, &len), 0);
	ck_assert_str_eq(text, "x");
	ck_assert_int_eq(sess_session_get_int(s, "i", &n), 0);
	ck_assert_int_eq(n, -5);
	ck_assert_int_eq(sess_session_get_int(s, "max", &n), 0);
	ck_assert(n == INT64_MAX);
	ck_assert_int_eq(sess_session_get_int(s, "min", &n), 0);
	ck_assert(n == INT64_MIN);
	ck_assert_int_eq(sess_session_get_double(s, "r", &d), 0);
	ck_assert(d > 2.4 && d < 2.6);
	ck_assert_int_eq(sess_session_get_double(s, "i", &d), 0);
	ck_assert_int_eq(sess_session_get_bool(s, "t", &b), 0);
	ck_assert_int_eq(b, 1);
	ck_assert_int_eq(sess_session_get_bool(s, "f", &b), 0);
	ck_assert_int_eq(b, 0);
	ck_assert_int_eq(sess_session_get_json(s, "o", &text, &len), 0);
	ck_assert_uint_eq(len, strlen("{\"a\":[1]}"));
	ck_assert_int_eq(memcmp(text, "{\"a\":[1]}", len), 0);
	/* Other types and absent members leave the outputs alone. */
	n = 7;
	ck_assert_int_eq(sess_session_get_int(s, "r", &n), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_int(s, "nothing", &n), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(n, 7);
	ck_assert_int_eq(sess_session_get_string(s, "i", &text, NULL), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_bool(s, "z", &b), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_double(s, "s", &d), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_json(s, NULL, &text, &len), SESS_ERR_NO_CLAIM);
	sess_session_free(s);
	sess_session_free(NULL);
	judge_done(&j);
}
END_TEST

struct seen {
	int count[8];
	sess_event last;
	char kid[SESS_KID_MAX + 1];
};

static void
on_event(const sess_event *event, void *arg)
{
	struct seen *seen = arg;

	seen->count[event->kind]++;
	seen->last = *event;
	(void)snprintf(seen->kid, sizeof(seen->kid), "%s", event->kid == NULL ? "" : event->kid);
}

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(int64_t *)arg;
	return 0;
}

static sess_manager *
manager_of(const json_t *doc, struct seen *seen, int64_t *now)
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
	config.on_event_arg = seen;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	sess_ring_free(ring);
	free(text);
	return manager;
}

START_TEST(test_events)
{
	json_t *ring = judge_generate(&judge_combos[0]), *next;
	struct seen one = { .count = { 0 } }, two = { .count = { 0 } };
	int64_t now = JUDGE_NOW;
	sess_manager *a = manager_of(ring, &one, &now), *b = manager_of(ring, &two, &now), *c;
	const char *kid = json_string_value(json_object_get(forge_key(ring, "sig"), "kid"));
	sess_session *session = NULL;
	char *token = NULL, *alien = NULL;
	json_t *other = judge_generate(&judge_combos[0]);
	size_t len = 0, alien_len = 0;

	ck_assert_int_eq(sess_mint(a, "alice", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(one.count[SESS_EVENT_MINTED], 1);
	ck_assert_str_eq(one.kid, kid);
	ck_assert_int_eq(one.last.has_session, 1);
	ck_assert_int_eq(sess_verify(b, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(two.count[SESS_EVENT_VERIFIED], 1);
	ck_assert_int_eq(two.last.time, JUDGE_NOW);
	/* One session has one name on every node. */
	ck_assert_int_eq(memcmp(one.last.session, two.last.session, 16), 0);
	sess_session_free(session);
	now += 100000;
	ck_assert_int_eq(sess_verify(b, token, len, NULL, &session, NULL), SESS_ERR_REJECTED);
	ck_assert_int_eq(two.count[SESS_EVENT_REJECTED], 1);
	ck_assert_uint_eq(two.last.reasons, SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED);
	/* Authentic, if too old: the name is the session's. */
	ck_assert_int_eq(two.last.has_session, 1);
	ck_assert_int_eq(memcmp(one.last.session, two.last.session, 16), 0);
	ck_assert_int_eq(two.last.age_s, 100000);
	now = JUDGE_NOW;
	c = manager_of(other, &one, &now);
	ck_assert_int_eq(sess_mint(c, NULL, NULL, 0, NULL, &alien, &alien_len, NULL), 0);
	ck_assert_int_eq(sess_verify(b, alien, alien_len, NULL, &session, NULL), SESS_ERR_REJECTED);
	ck_assert_int_eq(two.count[SESS_EVENT_UNKNOWN_KEY], 1);
	ck_assert_str_eq(two.kid, "");
	sess_manager_free(b);
	/* A newer key mints now: the old one's use is told. */
	next = json_deep_copy(forge_key(ring, "sig"));
	json_object_set_new(next, "kid", json_string("next"));
	json_object_set_new(next, "k", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	json_object_set_new(next, "nbf", json_integer(JUDGE_NOW));
	json_object_set_new(forge_key(ring, "sig"), "nbf", json_integer(5));
	json_array_append_new(json_object_get(ring, "keys"), next);
	b = manager_of(ring, &two, &now);
	ck_assert_int_eq(sess_verify(b, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(two.count[SESS_EVENT_OLD_KEY_USED], 1);
	ck_assert_str_eq(two.kid, kid);
	sess_session_free(session);
	sess_token_free(token);
	sess_token_free(alien);
	sess_manager_free(a);
	sess_manager_free(b);
	sess_manager_free(c);
	json_decref(ring);
	json_decref(other);
}
END_TEST

START_TEST(test_configurations)
{
	json_t *doc = judge_generate(&judge_combos[0]);
	char *text = json_dumps(doc, 0);
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;
	sess_policy policy;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_ARGUMENT);
	config.ring = ring;
	config.ring_path = "/proc/nonexistent";
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_ARGUMENT);
	config.ring_path = NULL;
	config.size--;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_ARGUMENT);
	config.size++;
	sess_policy_init(&policy);
	policy.absolute_timeout_s = 43201;
	config.policy = &policy;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_RING_LIFETIME);
	ck_assert_str_eq(diag.member, "absolute_timeout_s");
	ck_assert_ptr_nonnull(strstr(diag.message, "43201"));
	ck_assert_ptr_nonnull(strstr(diag.message, "43200"));
	sess_policy_init(&policy);
	policy.idle_timeout_s = 3601;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_RING_LIFETIME);
	sess_policy_init(&policy);
	policy.leeway_s = 31;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_RING_LIFETIME);
	policy.leeway_s = 601;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_POLICY);
	config.policy_path = "/proc/nonexistent";
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_ARGUMENT);
	config.policy = NULL;
	ck_assert_int_eq(sess_manager_new(&config, &manager, &diag), SESS_ERR_IO);
	ck_assert_ptr_null(manager);
	sess_manager_free(NULL);
	sess_ring_free(ring);
	free(text);
	json_decref(doc);
}
END_TEST

static void *
hammer(void *arg)
{
	sess_manager *manager = arg;
	intptr_t bad = 0;

	for (int i = 0; i < 500; i++) {
		sess_session *session = NULL;
		char *token = NULL;
		size_t len = 0;

		bad += sess_mint(manager, "alice", "{\"a\":1}", 7, NULL, &token, &len, NULL) != 0;
		bad += sess_verify(manager, token, len, NULL, &session, NULL) != 0;
		token[len / 2] = token[len / 2] == 'A' ? 'B' : 'A';
		bad += sess_verify(manager, token, len, NULL, &session, NULL) != SESS_ERR_REJECTED;
		sess_session_free(session);
		sess_token_free(token);
	}
	return (void *)bad;
}

START_TEST(test_threads)
{
	struct judge j;
	pthread_t thread[8];
	void *bad = NULL;

	judge_init(&j, &judge_combos[_i], NULL);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, hammer, j.manager), 0);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &bad), 0);
		ck_assert_ptr_null(bad);
	}
	judge_done(&j);
}
END_TEST

START_TEST(test_inspection)
{
	struct judge j;
	sess_inspection *x = NULL;
	const char *name = NULL;
	size_t text_len = 0, bytes = 0, sum = 0, len = 0;
	char *token = NULL;
	sess_form form;
	sess_diag diag;

	judge_init(&j, &judge_combos[_i], NULL);
	ck_assert_int_eq(sess_mint(j.manager, "alice", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_inspect(token, len, &x, &diag), 0);
	ck_assert_int_eq(sess_inspection_form(x, &form), 1);
	ck_assert_int_eq(form, j.combo->form);
	ck_assert_int_eq(sess_inspection_kind(x), form == SESS_FORM_SIGNED ? SESS_KIND_JWS : SESS_KIND_JWE);
	ck_assert_str_eq(sess_inspection_header(x, NULL), form == SESS_FORM_SIGNED ? j.inner : j.outer);
	ck_assert((sess_inspection_payload(x, NULL) != NULL) == (form == SESS_FORM_SIGNED));
	for (size_t i = 0; i < sess_inspection_segment_count(x); i++) {
		ck_assert_int_eq(sess_inspection_segment(x, i, &name, &text_len, &bytes), 0);
		sum += text_len + 1;
	}
	ck_assert_uint_eq(sum, len + 1);
	ck_assert_int_eq(sess_inspection_segment(x, 5, &name, &text_len, &bytes), SESS_ERR_ARGUMENT);
	sess_inspection_free(x);
	x = NULL;
	ck_assert_int_eq(sess_inspect("opaque", 6, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_MALFORMED);
	ck_assert_int_eq(sess_inspect("MQ.MQ.MQ", 8, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_int_eq(sess_inspect(token, SESS_INSPECT_BYTES_MAX + 1, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_OVERSIZE);
	ck_assert_int_eq(sess_inspect("e30.e30.MQ", 10, &x, &diag), 0);
	ck_assert_int_eq(sess_inspection_form(x, &form), 0);
	sess_inspection_free(x);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

#define K32 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static const struct {
	const char *what, *jwk, *header;
	int code;
	uint32_t reason;
} raw_rows[] = {
	{ "plain", "{\"kty\":\"oct\",\"k\":\"" K32 "\"}", "{\"alg\":\"HS256\"}", 0, 0 },
	{ "all agree", "{\"kty\":\"oct\",\"k\":\"" K32 "\",\"alg\":\"HS256\",\"use\":\"sig\",\"kid\":\"a\"}",
	    "{\"typ\":\"x\",\"kid\":\"a\",\"alg\":\"HS256\"}", 0, 0 },
	{ "another alg", "{\"kty\":\"oct\",\"k\":\"" K32 "\",\"alg\":\"HS512\"}", "{\"alg\":\"HS256\"}", SESS_ERR_REJECTED,
	    SESS_REASON_MALFORMED },
	{ "another use", "{\"kty\":\"oct\",\"k\":\"" K32 "\",\"use\":\"enc\"}", "{\"alg\":\"HS256\"}", SESS_ERR_JWK, 0 },
	{ "another kid", "{\"kty\":\"oct\",\"k\":\"" K32 "\",\"kid\":\"b\"}", "{\"alg\":\"HS256\",\"kid\":\"a\"}",
	    SESS_ERR_REJECTED, SESS_REASON_UNKNOWN_KEY },
	{ "none", "{\"kty\":\"oct\",\"k\":\"" K32 "\"}", "{\"alg\":\"none\"}", SESS_ERR_REJECTED, SESS_REASON_MALFORMED },
	{ "crit", "{\"kty\":\"oct\",\"k\":\"" K32 "\"}", "{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", SESS_ERR_REJECTED,
	    SESS_REASON_MALFORMED },
	{ "a short key", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "{\"alg\":\"HS256\"}", SESS_ERR_JWK, 0 },
	{ "another key", "{\"kty\":\"oct\",\"k\":\"BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}", "{\"alg\":\"HS256\"}",
	    SESS_ERR_REJECTED, SESS_REASON_BAD_SIGNATURE },
	{ "a key set", "{\"keys\":[]}", "{\"alg\":\"HS256\"}", SESS_ERR_JWK, 0 },
	{ "kty of another alg", "{\"kty\":\"oct\",\"k\":\"" K32 "\"}", "{\"alg\":\"ES256\"}", SESS_ERR_JWK, 0 },
	{ "no JSON", "{", "{\"alg\":\"HS256\"}", SESS_ERR_JWK, 0 },
};

START_TEST(test_raw)
{
	json_t *key = json_pack("{s:s, s:s, s:s}", "kty", "oct", "alg", "HS256", "k", K32);
	char *token = forge_jws(key, raw_rows[_i].header, strlen(raw_rows[_i].header), "any bytes", 9);
	uint8_t *payload = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_raw_open(raw_rows[_i].jwk, strlen(raw_rows[_i].jwk), token, strlen(token), &payload, &len, &diag);

	ck_assert_msg(rc == raw_rows[_i].code && diag.reasons == raw_rows[_i].reason, "%s: %d %x %s", raw_rows[_i].what, rc,
	    (unsigned)diag.reasons, diag.message);
	ck_assert((rc == 0) == (payload != NULL));
	if (rc == 0) {
		ck_assert_uint_eq(len, 9);
		ck_assert_str_eq((const char *)payload, "any bytes");
	}
	sess_raw_free(payload, len);
	free(token);
	json_decref(key);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("session");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_getters, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_events);
	tcase_add_test(tcase, test_configurations);
	tcase_add_loop_test(tcase, test_threads, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_inspection, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_raw, 0, (int)(sizeof(raw_rows) / sizeof(raw_rows[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
