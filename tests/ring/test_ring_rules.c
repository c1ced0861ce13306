/* SPDX-License-Identifier: MIT */
/* The ring's rules: what each key may do as a function of the clock alone, and what a generated ring is made of. */
#include <check.h>
#include <math.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define TIME_END INT64_C(253402300799)
#define K(n) "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH" n
#define KEY(kid, nbf, rest, k) \
	"{\"kid\":\"" kid "\",\"use\":\"sig\",\"alg\":\"HS256\",\"iat\":1,\"nbf\":" nbf rest ",\"kty\":\"oct\",\"k\":\"" k "\"}"

/* Not in the order of their times: file order must not matter. Times 1000, 2000, 3000, 4000. */
static const char ring_text[] = "{\"sess\":{\"v\":1,\"form\":\"signed\",\"generation\":7,\"token_life_s\":100,"
	"\"session_life_s\":1000,\"leeway_s\":0,\"max_rate_per_s\":2.5,\"tag\":\"" K("h8") "\"},\"keys\":["
	KEY("c", "3000", ",\"revoked\":{\"revoked_at\":3500,\"reason\":\"lost\"}", K("h0")) ","
	KEY("a", "1000", ",\"exp\":2500", K("hw")) ","
	KEY("d", "4000", ",\"exp\":5000", K("hs")) ","
	KEY("b", "2000", "", K("ho")) "]}";

#define M SESS_KEY_MINTS
#define P SESS_KEY_PENDING
#define V SESS_KEY_VERIFIES
#define E SESS_KEY_EXPIRED
#define R SESS_KEY_REVOKED

/* States of c, a, d, b in file order; which key mints, or what the refusal names. */
static const struct {
	int64_t now;
	sess_key_state state[4];
	const char *mints, *member;
} moments[] = {
	{ 0, { R, P, P, P }, NULL, "nbf" },
	{ 999, { R, P, P, P }, NULL, "nbf" },
	{ 1000, { R, M, P, P }, "a", NULL },
	{ 1999, { R, M, P, P }, "a", NULL },
	{ 2000, { R, V, P, M }, "b", NULL },
	{ 2499, { R, V, P, M }, "b", NULL },
	{ 2500, { R, E, P, M }, "b", NULL },
	{ 2999, { R, E, P, M }, "b", NULL },
	/* The revoked key's turn has come: nothing mints, not even the good one before it. */
	{ 3000, { R, E, P, V }, NULL, "revoked" },
	{ 3999, { R, E, P, V }, NULL, "revoked" },
	{ 4000, { R, E, M, V }, "d", NULL },
	{ 4999, { R, E, M, V }, "d", NULL },
	{ 5000, { R, E, E, V }, NULL, "exp" },
	{ TIME_END, { R, E, E, V }, NULL, "exp" },
};

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static sess_ring *
ring_of(const char *text)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc = sess_ring_load_mem(text, strlen(text), NULL, &ring, &diag);

	ck_assert_msg(rc == 0, "%s: %s %s", diag.message, diag.kid, diag.member);
	return ring;
}

static sess_manager *
manager_of(sess_ring *ring, const int64_t *now)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_policy policy;

	sess_policy_init(&policy);
	policy.idle_timeout_s = 100;
	policy.absolute_timeout_s = 1000;
	policy.leeway_s = 0;
	config.ring = ring;
	config.policy = &policy;
	config.clock = clock_at;
	config.clock_arg = (void *)(uintptr_t)now;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	return manager;
}

START_TEST(test_states)
{
	sess_ring *ring = ring_of(ring_text);
	sess_key_info info;

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(sess_ring_key_info(ring, i, moments[_i].now, &info), 0);
		ck_assert_msg(info.state == moments[_i].state[i], "%s at %lld: %d", info.kid, (long long)moments[_i].now,
		    (int)info.state);
	}
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_who_mints)
{
	sess_ring *ring = ring_of(ring_text);
	sess_manager *manager = manager_of(ring, &moments[_i].now);
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_mint(manager, NULL, NULL, 0, NULL, &token, &len, &diag);

	if (moments[_i].mints == NULL) {
		ck_assert_int_eq(rc, SESS_ERR_RING_NO_KEY);
		ck_assert_str_eq(diag.member, moments[_i].member);
	} else {
		ck_assert_msg(rc == 0, "%s", diag.message);
		ck_assert_int_eq(sess_verify(manager, token, len, NULL, &session, &diag), 0);
		ck_assert_str_eq(sess_session_kid(session), moments[_i].mints);
		/* Never past the key's own end. */
		ck_assert_int_le(sess_session_idle_deadline(session), moments[_i].mints[0] == 'a' ? 2500 :
		    moments[_i].mints[0] == 'd' ? 5000 : TIME_END);
	}
	sess_session_free(session);
	sess_token_free(token);
	sess_manager_free(manager);
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_info)
{
	sess_ring *ring = ring_of(ring_text);
	sess_key_info info;

	ck_assert_int_eq(sess_ring_form(ring), SESS_FORM_SIGNED);
	ck_assert_int_eq(sess_ring_generation(ring), 7);
	ck_assert_int_eq(sess_ring_token_life_s(ring), 100);
	ck_assert_int_eq(sess_ring_session_life_s(ring), 1000);
	ck_assert_int_eq(sess_ring_leeway_s(ring), 0);
	ck_assert(fabs(sess_ring_rate_per_s(ring) - 2.5) < 1e-9);
	ck_assert_uint_eq(sess_ring_key_count(ring), 4);
	ck_assert_int_eq(sess_ring_key_info(ring, 0, 5, &info), 0);
	ck_assert_str_eq(info.kid, "c");
	ck_assert_str_eq(info.use, "sig");
	ck_assert_str_eq(info.alg, "HS256");
	ck_assert_ptr_null(info.enc);
	ck_assert_int_eq(info.iat, 1);
	ck_assert_int_eq(info.nbf, 3000);
	ck_assert_int_eq(info.exp, -1);
	ck_assert_int_eq(info.revoked_at, 3500);
	ck_assert_int_eq(info.can_mint, 1);
	ck_assert_int_eq(sess_ring_key_info(ring, 1, 5, &info), 0);
	ck_assert_int_eq(info.exp, 2500);
	ck_assert_int_eq(info.revoked_at, -1);
	ck_assert_int_eq(sess_ring_key_info(ring, 4, 5, &info), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_key_info(ring, 0, -1, &info), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_key_info(ring, 0, TIME_END + 1, &info), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_key_info(NULL, 0, 5, &info), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_key_info(ring, 0, 5, NULL), SESS_ERR_ARGUMENT);
	sess_ring_free(ring);
	sess_ring_free(NULL);
}
END_TEST

/* Each kind of ring: its keys are what was asked for, it survives its own text, and it mints what it verifies. */
START_TEST(test_generated)
{
	const struct judge_combo *combo = &judge_combos[_i];
	int64_t now = JUDGE_NOW;
	json_t *doc = judge_generate(combo), *key;
	char *text = json_dumps(doc, 0), *a = NULL, *b = NULL;
	sess_ring *ring = ring_of(text), *again;
	size_t a_len = 0, b_len = 0, i;
	struct judge j;
	char *token = NULL;

	ck_assert_int_eq(sess_ring_form(ring), combo->form);
	ck_assert_uint_eq(sess_ring_key_count(ring), combo->form == SESS_FORM_NESTED ? 2 : 1);
	json_array_foreach(json_object_get(doc, "keys"), i, key) {
		sess_key_info info;

		ck_assert_int_eq(sess_ring_key_info(ring, i, now, &info), 0);
		ck_assert_int_eq(info.state, SESS_KEY_MINTS);
		ck_assert_str_eq(info.alg, strcmp(info.use, "sig") == 0 ? combo->alg : combo->kw);
		if (info.enc != NULL)
			ck_assert_str_eq(info.enc, combo->enc);
		ck_assert_uint_ge(strlen(info.kid), 16);
	}
	ck_assert_int_eq(sess_ring_dump(ring, &a, &a_len, NULL), 0);
	ck_assert_uint_eq(strlen(a), a_len);
	again = ring_of(a);
	ck_assert_int_eq(sess_ring_dump(again, &b, &b_len, NULL), 0);
	ck_assert_str_eq(a, b);
	sess_ring_text_free(a, a_len);
	sess_ring_text_free(b, b_len);
	sess_ring_text_free(NULL, 0);
	sess_ring_free(ring);
	sess_ring_free(again);
	free(text);
	judge_init_ring(&j, combo, NULL, doc);
	ck_assert_int_eq(sess_mint(j.manager, "anna", NULL, 0, NULL, &token, &a_len, NULL), 0);
	judge_expect(&j, "its own token", token, a_len, 0);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

static const char *
kw_of(const sess_ring *ring)
{
	sess_key_info info;

	for (size_t i = 0; sess_ring_key_info(ring, i, 1, &info) == 0; i++)
		if (strcmp(info.use, "enc") == 0)
			return info.alg;
	return "none";
}

/* NIST SP 800-38D: 2^32 invocations for each key; A256KW from a factor of two below. wants NULL: refused, naming member. */
static const struct {
	const char *what;
	sess_form form;
	const char *alg, *kw, *enc;
	double rate;
	int64_t key_life, token_life, session_life, leeway;
	const char *wants, *member;
} specs[] = {
	{ "little", SESS_FORM_NESTED, NULL, NULL, NULL, 10, 7776000, 3600, 43200, 30, "dir", NULL },
	{ "just below 2^31", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 2147483647, 3600, 43200, 30, "dir", NULL },
	{ "2^31", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 2147483648, 3600, 43200, 30, "A256KW", NULL },
	{ "much", SESS_FORM_SEALED, NULL, NULL, NULL, 100000, 7776000, 3600, 43200, 30, "A256KW", NULL },
	{ "much, with CBC", SESS_FORM_SEALED, NULL, NULL, "A256CBC-HS512", 100000, 7776000, 3600, 43200, 30, "dir", NULL },
	{ "much, dir with CBC", SESS_FORM_SEALED, NULL, "dir", "A256CBC-HS512", 100000, 7776000, 3600, 43200, 30, "dir", NULL },
	{ "dir near the bound", SESS_FORM_NESTED, NULL, "dir", NULL, 1, 2147483648, 3600, 43200, 30, NULL, "kw" },
	{ "A256KW though little", SESS_FORM_NESTED, NULL, "A256KW", NULL, 1, 10, 3600, 43200, 30, "A256KW", NULL },
	{ "signed", SESS_FORM_SIGNED, "EdDSA", NULL, NULL, 1e6, 7776000, 3600, 43200, 30, "none", NULL },
	{ "signed with kw", SESS_FORM_SIGNED, NULL, "dir", NULL, 1, 10, 3600, 43200, 30, NULL, "enc" },
	{ "sealed with alg", SESS_FORM_SEALED, "HS256", NULL, NULL, 1, 10, 3600, 43200, 30, NULL, "alg" },
	{ "unknown form", (sess_form)3, NULL, NULL, NULL, 1, 10, 3600, 43200, 30, NULL, "form" },
	{ "unknown alg", SESS_FORM_NESTED, "none", NULL, NULL, 1, 10, 3600, 43200, 30, NULL, "alg" },
	{ "unknown kw", SESS_FORM_NESTED, NULL, "RSA-OAEP", NULL, 1, 10, 3600, 43200, 30, NULL, "kw" },
	{ "unknown enc", SESS_FORM_NESTED, NULL, NULL, "A128GCM", 1, 10, 3600, 43200, 30, NULL, "enc" },
	{ "rate 0", SESS_FORM_NESTED, NULL, NULL, NULL, 0, 10, 3600, 43200, 30, NULL, "rate_per_s" },
	{ "rate negative", SESS_FORM_NESTED, NULL, NULL, NULL, -1, 10, 3600, 43200, 30, NULL, "rate_per_s" },
	{ "rate not a number", SESS_FORM_NESTED, NULL, NULL, NULL, NAN, 10, 3600, 43200, 30, NULL, "rate_per_s" },
	{ "rate infinite", SESS_FORM_NESTED, NULL, NULL, NULL, INFINITY, 10, 3600, 43200, 30, NULL, "rate_per_s" },
	{ "no key life", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 0, 3600, 43200, 30, NULL, "key_life_s" },
	{ "no token life", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 0, 43200, 30, NULL, "token_life_s" },
	{ "idle over absolute", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 43201, 43200, 30, NULL, "token_life_s" },
	{ "over 400 days", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 3600, 34560001, 30, NULL, "session_life_s" },
	{ "400 days", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 34560000, 34560000, 600, "dir", NULL },
	{ "no leeway", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 3600, 43200, 0, "dir", NULL },
	{ "a second of each", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 1, 1, 1, 0, "dir", NULL },
	{ "the least rate", SESS_FORM_NESTED, NULL, NULL, NULL, 1e-9, 10, 3600, 43200, 30, "dir", NULL },
	{ "below it", SESS_FORM_NESTED, NULL, NULL, NULL, 0.9e-9, 10, 3600, 43200, 30, NULL, "rate_per_s" },
	{ "the greatest rate", SESS_FORM_NESTED, NULL, NULL, NULL, 1e9, 10, 3600, 43200, 30, "A256KW", NULL },
	{ "above it", SESS_FORM_NESTED, NULL, NULL, NULL, 1.1e9, 10, 3600, 43200, 30, NULL, "rate_per_s" },
	{ "leeway 601", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 3600, 43200, 601, NULL, "leeway_s" },
	{ "leeway negative", SESS_FORM_NESTED, NULL, NULL, NULL, 1, 10, 3600, 43200, -1, NULL, "leeway_s" },
};

START_TEST(test_specs)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc;

	spec.form = specs[_i].form;
	spec.alg = specs[_i].alg;
	spec.kw = specs[_i].kw;
	spec.enc = specs[_i].enc;
	spec.rate_per_s = specs[_i].rate;
	spec.key_life_s = specs[_i].key_life;
	spec.token_life_s = specs[_i].token_life;
	spec.session_life_s = specs[_i].session_life;
	spec.leeway_s = specs[_i].leeway;
	rc = sess_ring_generate(&spec, 1, &ring, &diag);
	if (specs[_i].wants != NULL) {
		ck_assert_msg(rc == 0, "%s: %s", specs[_i].what, diag.message);
		ck_assert_msg(strcmp(kw_of(ring), specs[_i].wants) == 0, "%s: %s", specs[_i].what, kw_of(ring));
	} else {
		ck_assert_msg(rc == SESS_ERR_ARGUMENT, "%s: %d", specs[_i].what, rc);
		ck_assert_str_eq(diag.member, specs[_i].member);
		ck_assert_ptr_null(ring);
	}
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_generate_arguments)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	ck_assert_int_eq(sess_ring_generate(NULL, 1, &ring, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_generate(&spec, 1, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_generate(&spec, -1, &ring, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_generate(&spec, TIME_END + 1, &ring, NULL), SESS_ERR_ARGUMENT);
	spec.size--;
	ck_assert_int_eq(sess_ring_generate(&spec, 1, &ring, NULL), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(ring);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_rules");
	TCase *tcase = tcase_create("rules");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_states, 0, (int)(sizeof(moments) / sizeof(moments[0])));
	tcase_add_loop_test(tcase, test_who_mints, 0, (int)(sizeof(moments) / sizeof(moments[0])));
	tcase_add_test(tcase, test_info);
	tcase_add_loop_test(tcase, test_generated, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_specs, 0, (int)(sizeof(specs) / sizeof(specs[0])));
	tcase_add_test(tcase, test_generate_arguments);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
