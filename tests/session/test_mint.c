/* SPDX-License-Identifier: MIT */
/* Minting: what is refused, what a token's times are, and which key may mint. */
#include <errno.h>
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

static struct judge j;

static void
setup(void)
{
	judge_init(&j, &judge_combos[0], NULL);
}

static void
teardown(void)
{
	judge_done(&j);
}

static int
mint(const char *subject, const char *claims, sess_diag *diag)
{
	char *token = NULL;
	size_t len = 0;
	int rc = sess_mint(j.manager, subject, claims, claims == NULL ? 0 : strlen(claims), NULL, &token, &len, diag);

	ck_assert((rc == 0) == (token != NULL));
	if (rc == 0)
		judge_expect(&j, claims == NULL ? "no claims" : claims, token, len, 0);
	sess_token_free(token);
	return rc;
}

static const char *const reserved[] = { "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "gen", "ctx",
	"end", "per" };

START_TEST(test_reserved)
{
	const char *name = reserved[_i];
	char *plain = forge_text("{\"a\":1,\"%s\":1}", name);
	char *escaped = forge_text("{\"\\u%04x%s\":1}", (unsigned)name[0], name + 1);
	sess_diag diag;

	ck_assert_int_eq(mint("alice", plain, &diag), SESS_ERR_CLAIMS);
	ck_assert_str_eq(diag.member, name);
	ck_assert_int_eq(mint("alice", escaped, &diag), SESS_ERR_CLAIMS);
	ck_assert_str_eq(diag.member, name);
	free(plain);
	free(escaped);
}
END_TEST

static const char *const bad_claims[] = { "", "[]", "1", "{", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x", "{\"a\":1,\"a\":2}",
	"{\"b\":{\"a\":1,\"\\u0061\":2}}", "{\"a\":1e400}", "{\"a\":9223372036854775808}", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}",
	"{\"a\":\"\\u0000\"}", "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}" };

START_TEST(test_bad_claims)
{
	sess_diag diag;

	ck_assert_msg(mint("alice", bad_claims[_i], &diag) == SESS_ERR_CLAIMS, "%s", bad_claims[_i]);
	if (bad_claims[_i][0] != '\0')
		ck_assert_ptr_nonnull(strstr(diag.message, "at byte"));
}
END_TEST

static const char *const good_claims[] = { NULL, "{}", " { } ", "{\"a\":1}", "\n{ \"a b\" : [ 1 , 2.50 , \"x  y\\\" {\" ] }\t",
	"{\"\":null}", "{\"a\":-0,\"b\":1E2,\"c\":true,\"d\":\"\\ud83d\\ude00\"}" };

START_TEST(test_good_claims)
{
	sess_diag diag;

	ck_assert_msg(mint("alice", good_claims[_i], &diag) == 0, "%s", diag.message);
}
END_TEST

START_TEST(test_subjects)
{
	sess_diag diag;

	ck_assert_int_eq(mint(NULL, NULL, &diag), 0);
	ck_assert_int_eq(mint("a\"b\\c\n\x01 \xc3\xab", NULL, &diag), 0);
	ck_assert_int_eq(mint("", NULL, &diag), SESS_ERR_CLAIMS);
	ck_assert_str_eq(diag.member, "sub");
	ck_assert_int_eq(mint("\xff", NULL, &diag), SESS_ERR_CLAIMS);
	ck_assert_str_eq(diag.member, "sub");
}
END_TEST

/* The caller's claims come back as they were. */
START_TEST(test_untouched)
{
	const char *claims = "{ \"s\" : \"x \\u00eb\" , \"n\" : 1.50, \"o\" : { \"k\" : [ null , true ] } }";
	const char *want = "\"s\":\"x \\u00eb\",\"n\":1.50,\"o\":{\"k\":[null,true]}}";
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0, text_len = 0;
	const char *text;

	ck_assert_int_eq(sess_mint(j.manager, "alice", claims, strlen(claims), NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &session, NULL), 0);
	text = sess_session_claims_json(session, &text_len);
	ck_assert_uint_gt(text_len, strlen(want));
	ck_assert_str_eq(text + text_len - strlen(want), want);
	sess_session_free(session);
	sess_token_free(token);
}
END_TEST

/* For every kind of ring: a token of exactly the cap passes, one byte more fails and says both numbers. */
START_TEST(test_size)
{
	struct judge k;
	char claims[4200], number[32], *token = NULL;
	size_t len = 0, largest = 0;
	sess_diag diag;

	judge_init(&k, &judge_combos[_i], NULL);
	for (int n = 3000; n >= 1 && largest == 0; n--) {
		(void)snprintf(claims, sizeof(claims), "{\"a\":\"%0*d\"}", n, 0);
		if (sess_mint(k.manager, NULL, claims, strlen(claims), NULL, &token, &len, &diag) == 0) {
			largest = len;
			judge_expect(&k, "the largest", token, len, 0);
			sess_token_free(token);
		} else {
			ck_assert_int_eq(diag.code, SESS_ERR_TOKEN_SIZE);
			ck_assert_ptr_nonnull(strstr(diag.message, "4096"));
		}
	}
	ck_assert_uint_gt(largest, 4096 - 64);
	ck_assert_uint_le(largest, 4096);
	judge_done(&k);

	/* Under a cap that is just this size, and one below it. */
	for (int below = 0; below <= 1; below++) {
		sess_policy policy;

		sess_policy_init(&policy);
		judge_init(&k, &judge_combos[_i], NULL);
		ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &token, &len, &diag), 0);
		sess_token_free(token);
		judge_done(&k);
		policy.max_token_bytes = (int32_t)len - below;
		judge_init(&k, &judge_combos[_i], &policy);
		if (below) {
			(void)snprintf(number, sizeof(number), "%zu bytes", len);
			ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &token, &len, &diag), SESS_ERR_TOKEN_SIZE);
			ck_assert_ptr_nonnull(strstr(diag.message, number));
		} else {
			ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &token, &len, &diag), 0);
			sess_token_free(token);
		}
		judge_done(&k);
	}
}
END_TEST

static int64_t
minted_exp(const struct judge *k, const sess_mint_opts *opts)
{
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	int64_t exp = 0;

	ck_assert_int_eq(sess_mint(k->manager, NULL, NULL, 0, opts, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(k->manager, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(sess_session_get_int(session, "exp", &exp), 0);
	ck_assert_int_eq(sess_session_issued_at(session), JUDGE_NOW);
	ck_assert_int_eq(sess_session_auth_time(session), JUDGE_NOW);
	sess_session_free(session);
	sess_token_free(token);
	return exp;
}

START_TEST(test_times)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	struct judge k;
	json_t *ring;

	ck_assert_int_eq(minted_exp(&j, NULL), JUDGE_NOW + 3600);
	opts.hard_end = JUDGE_NOW + 100;
	ck_assert_int_eq(minted_exp(&j, &opts), JUDGE_NOW + 100);
	opts.hard_end = JUDGE_NOW;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &opts, &token, &len, &diag), SESS_ERR_ARGUMENT);
	opts.hard_end = -1;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &opts, &token, &len, &diag), SESS_ERR_ARGUMENT);
	opts.size = 1;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &opts, &token, &len, &diag), SESS_ERR_ARGUMENT);

	/* Never past the key's own end less the leeway. */
	ring = judge_generate(&judge_combos[0]);
	json_object_set_new(json_array_get(json_object_get(ring, "keys"), 0), "exp", json_integer(JUDGE_NOW + 1000));
	judge_init_ring(&k, &judge_combos[0], NULL, ring);
	ck_assert_int_eq(minted_exp(&k, NULL), JUDGE_NOW + 1000 - 30);
	k.now = JUDGE_NOW + 970;
	ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &token, &len, &diag), SESS_ERR_RING_NO_KEY);
	judge_done(&k);
}
END_TEST

/* What the signing key of a nested ES256 ring (combo found by name) must hold for minting to fail. */
static const struct {
	const char *what, *member, *value, *named;
} no_key[] = {
	{ "not yet", "nbf", "1800000001", "nbf" },
	{ "revoked", "revoked", "{\"revoked_at\":1799999999,\"reason\":\"lost\"}", "revoked" },
	{ "expired", "exp", "1800000000", "exp" },
	{ "public part alone", "d", NULL, "d" },
};

START_TEST(test_no_key)
{
	const struct judge_combo *combo = NULL;
	struct judge k;
	json_t *ring, *key;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;

	for (size_t i = 0; i < JUDGE_COMBOS && combo == NULL; i++) {
		if (judge_combos[i].form == SESS_FORM_NESTED && strcmp(judge_combos[i].alg, "ES256") == 0)
			combo = &judge_combos[i];
	}
	ck_assert_ptr_nonnull(combo);
	ring = judge_generate(combo);
	key = forge_key(ring, "sig");
	json_object_set_new(key, "nbf", json_integer(5));
	if (no_key[_i].value == NULL)
		json_object_del(key, no_key[_i].member);
	else
		json_object_set_new(key, no_key[_i].member, json_loads(no_key[_i].value, JSON_DECODE_ANY, NULL));
	judge_init_ring(&k, combo, NULL, ring);
	ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &token, &len, &diag), SESS_ERR_RING_NO_KEY);
	ck_assert_str_eq(diag.member, no_key[_i].named);
	ck_assert_ptr_null(token);
	judge_done(&k);
}
END_TEST

/* Of the keys whose nbf has come, the one with the greatest mints; the others go on verifying. */
START_TEST(test_turns)
{
	json_t *ring = judge_generate(&judge_combos[0]), *next = json_deep_copy(forge_key(ring, "sig"));
	char *old_kid = strdup(json_string_value(json_object_get(next, "kid"))), *old_token = NULL, *new_token = NULL;
	sess_session *session = NULL;
	struct judge k;
	size_t len = 0;

	json_object_set_new(next, "kid", json_string("next"));
	json_object_set_new(next, "k", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	json_object_set_new(next, "nbf", json_integer(JUDGE_NOW + 10));
	json_array_append_new(json_object_get(ring, "keys"), next);
	judge_init_ring(&k, &judge_combos[0], NULL, ring);
	ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &old_token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(k.manager, old_token, len, NULL, &session, NULL), 0);
	ck_assert_str_eq(sess_session_kid(session), old_kid);
	sess_session_free(session);
	k.now = JUDGE_NOW + 10;
	ck_assert_int_eq(sess_mint(k.manager, NULL, NULL, 0, NULL, &new_token, &len, NULL), 0);
	judge_expect(&k, "the old key's token", old_token, strlen(old_token), 0);
	k.now = JUDGE_NOW;
	judge_expect(&k, "the pending key's token, within the leeway", new_token, len, 0);
	ck_assert_int_eq(sess_verify(k.manager, new_token, len, NULL, &session, NULL), 0);
	ck_assert_str_eq(sess_session_kid(session), "next");
	sess_session_free(session);
	sess_token_free(old_token);
	sess_token_free(new_token);
	free(old_kid);
	judge_done(&k);
}
END_TEST

static int
counting_random(void *arg, uint8_t *buf, size_t len)
{
	uint8_t *next = arg;

	for (size_t i = 0; i < len; i++)
		buf[i] = (*next)++;
	return 0;
}

static int
no_random(void *arg, uint8_t *buf, size_t len)
{
	(void)arg;
	memset(buf, 0, len);
	return -1;
}

static int
fixed_clock(void *arg, int64_t *ret_now)
{
	*ret_now = *(int64_t *)arg;
	return 0;
}

static int
no_clock(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 5;
	return -1;
}

static sess_manager *
manager_with(sess_clock_fn *clock, void *clock_arg, sess_random_fn *source, void *source_arg)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;
	char *text = json_dumps(j.ring, 0);

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.clock = clock;
	config.clock_arg = clock_arg;
	config.insecure_random = source;
	config.insecure_random_arg = source_arg;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	sess_ring_free(ring);
	free(text);
	return manager;
}

/* A known answer, computed by the forge from the same bytes of "randomness". */
START_TEST(test_known_answer)
{
	int64_t now = JUDGE_NOW;
	uint8_t next = 0;
	unsigned char bytes[48];
	sess_manager *manager = manager_with(fixed_clock, &now, counting_random, &next);
	struct forge_given given = { NULL, bytes + 32 };
	char *token = NULL, *sid, *jti, *payload, *inner, *want;
	size_t len = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	ck_assert_int_eq(sess_mint(manager, "alice", "{\"a\":1}", 7, NULL, &token, &len, NULL), 0);
	sid = forge_b64(bytes, 16);
	jti = forge_b64(bytes + 16, 16);
	payload = forge_text("{\"sub\":\"alice\",\"sid\":\"%s\",\"jti\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"auth_time\":%lld,"
			     "\"gen\":0,\"a\":1}", sid, jti, (long long)now, (long long)now + 3600, (long long)now);
	inner = forge_jws(j.sig_key, j.inner, strlen(j.inner), payload, strlen(payload));
	want = forge_jwe(j.enc_key, j.outer, strlen(j.outer), inner, strlen(inner), &given);
	ck_assert_str_eq(token, want);
	ck_assert_uint_eq(len, strlen(want));
	free(sid);
	free(jti);
	free(payload);
	free(inner);
	free(want);
	sess_token_free(token);
	sess_manager_free(manager);
}
END_TEST

START_TEST(test_failing_sources)
{
	int64_t now = -1, good = JUDGE_NOW;
	sess_manager *deaf = manager_with(fixed_clock, &good, no_random, NULL), *timeless = manager_with(no_clock, NULL, NULL, NULL);
	sess_manager *early = manager_with(fixed_clock, &now, NULL, NULL);
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(deaf, NULL, NULL, 0, NULL, &token, &len, NULL), SESS_ERR_RANDOM);
	ck_assert_int_eq(sess_mint(timeless, NULL, NULL, 0, NULL, &token, &len, NULL), SESS_ERR_CLOCK);
	ck_assert_int_eq(sess_verify(timeless, "a.b.c", 5, NULL, &session, NULL), SESS_ERR_CLOCK);
	ck_assert_int_eq(sess_mint(early, NULL, NULL, 0, NULL, &token, &len, NULL), SESS_ERR_CLOCK);
	now = INT64_C(253402300800);
	ck_assert_int_eq(sess_mint(early, NULL, NULL, 0, NULL, &token, &len, NULL), SESS_ERR_CLOCK);
	ck_assert_ptr_null(token);
	sess_manager_free(deaf);
	sess_manager_free(timeless);
	sess_manager_free(early);
}
END_TEST

START_TEST(test_distinct)
{
	enum { COUNT = 1000 };
	json_t *seen = json_object();

	for (int i = 0; i < COUNT; i++) {
		sess_session *session = NULL;
		char *token = NULL;
		size_t len = 0;

		ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, NULL, &token, &len, NULL), 0);
		ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &session, NULL), 0);
		json_object_set_new(seen, sess_session_id(session), json_true());
		json_object_set_new(seen, sess_session_token_id(session), json_true());
		sess_session_free(session);
		sess_token_free(token);
	}
	ck_assert_uint_eq(json_object_size(seen), 2 * COUNT);
	json_decref(seen);
}
END_TEST

START_TEST(test_documents)
{
	json_t *claims = json_pack("{s:s, s:[i,i]}", "role", "admin", "n", 1, 2), *deep = json_array(), *back = NULL;
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;

	ck_assert_int_eq(sess_mint_jansson(j.manager, "alice", claims, NULL, &token, &len, &diag), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(sess_session_claims_jansson(session, &back, &diag), 0);
	ck_assert(json_equal(json_object_get(back, "n"), json_object_get(claims, "n")));
	json_decref(back);
	sess_session_free(session);
	sess_token_free(token);
	token = NULL;
	for (int i = 0; i < 200000; i++)
		deep = json_pack("[o]", deep);
	json_object_set_new(claims, "deep", deep);
	ck_assert_int_eq(sess_mint_jansson(j.manager, "alice", claims, NULL, &token, &len, &diag), SESS_ERR_CLAIMS);
	ck_assert_int_eq(sess_mint_jansson(j.manager, "alice", json_object_get(claims, "n"), NULL, &token, &len, &diag),
	    SESS_ERR_CLAIMS);
	ck_assert_ptr_null(token);
	/* Taken apart from the outside in: json_decref() would recurse as deep. */
	deep = json_incref(json_object_get(claims, "deep"));
	json_decref(claims);
	while (json_array_size(deep) > 0) {
		json_t *inside = json_incref(json_array_get(deep, 0));

		json_decref(deep);
		deep = inside;
	}
	json_decref(deep);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("mint");
	TCase *tcase = tcase_create("mint");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_reserved, 0, (int)(sizeof(reserved) / sizeof(reserved[0])));
	tcase_add_loop_test(tcase, test_bad_claims, 0, (int)(sizeof(bad_claims) / sizeof(bad_claims[0])));
	tcase_add_loop_test(tcase, test_good_claims, 0, (int)(sizeof(good_claims) / sizeof(good_claims[0])));
	tcase_add_test(tcase, test_subjects);
	tcase_add_test(tcase, test_untouched);
	tcase_add_loop_test(tcase, test_size, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_times);
	tcase_add_loop_test(tcase, test_no_key, 0, (int)(sizeof(no_key) / sizeof(no_key[0])));
	tcase_add_test(tcase, test_turns);
	tcase_add_test(tcase, test_known_answer);
	tcase_add_test(tcase, test_failing_sources);
	tcase_add_test(tcase, test_distinct);
	tcase_add_test(tcase, test_documents);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
