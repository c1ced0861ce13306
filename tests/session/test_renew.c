/* SPDX-License-Identifier: MIT */
/*
 * Renewal: what stays, what changes, when it is wanted and when it is refused; clocks that step. Every kind of ring where
 * the form matters; the reference verifier judges each token that comes out.
 */
#include "session/renew.h"

#include "support/runner.h"

#define CLAIM "\"role\":\"admin\",\"deep\":{\"a\":[1,2.50,true]},\"n\\u0061me\":\"\\u00e9 x\""

START_TEST(test_kept_and_changed)
{
	struct judge j;
	sess_session *a, *b;
	const char *text = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	a = session_with(&j, "gen", "\"gen\":4,\"nbf\":1800000000,\"end\":1800030000,\"ctx\":{\"ua\":\"AAAAAAAAAAAAAAAA\"},\"per\":true," CLAIM);
	j.now += 1800;
	b = renewed(&j, a, NULL);
	ck_assert_str_eq(sess_session_id(b), sess_session_id(a));
	ck_assert_str_ne(sess_session_token_id(b), sess_session_token_id(a));
	ck_assert_str_eq(sess_session_subject(b), "anna");
	ck_assert_int_eq(sess_session_renewals(b), 5);
	ck_assert_int_eq(sess_session_auth_time(b), JUDGE_NOW);
	ck_assert_int_eq(sess_session_issued_at(b), JUDGE_NOW + 1800);
	ck_assert_int_eq(sess_session_idle_deadline(b), JUDGE_NOW + 1800 + 3600);
	ck_assert_int_eq(sess_session_hard_end(b), 1800030000);
	ck_assert_int_eq(sess_session_absolute_deadline(b), 1800030000);
	ck_assert_int_eq(sess_session_is_persistent(b), 1);
	ck_assert_int_eq(sess_session_get_json(b, "nbf", &text, &len), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_json(b, "ctx", &text, &len), 0);
	ck_assert_uint_eq(len, strlen("{\"ua\":\"AAAAAAAAAAAAAAAA\"}"));
	/* The caller's claims, byte for byte and in their order, are the end of the payload. */
	text = sess_session_claims_json(b, &len);
	ck_assert_uint_gt(len, strlen(CLAIM) + 1);
	ck_assert_int_eq(memcmp(text + len - strlen(CLAIM) - 1, CLAIM "}", strlen(CLAIM) + 1), 0);
	/* The old token lives on: requests in flight are not logged out. */
	ck_assert_int_eq(sess_session_idle_deadline(a), JUDGE_NOW + 3600);
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

START_TEST(test_bare)
{
	struct judge j;
	sess_session *a, *b;
	const char *text = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	a = session_with(&j, "sub", NULL);
	b = renewed(&j, a, NULL);
	ck_assert_ptr_null(sess_session_subject(b));
	ck_assert_int_eq(sess_session_hard_end(b), -1);
	ck_assert_int_eq(sess_session_is_persistent(b), 0);
	ck_assert_int_eq(sess_session_get_json(b, "per", &text, &len), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_json(b, "ctx", &text, &len), SESS_ERR_NO_CLAIM);
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

START_TEST(test_claims_replaced)
{
	static const char wanted[] = " { \"role\" : \"user\" , \"n\" : [ 1 ] } ";
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	struct judge j;
	sess_session *a, *b;
	const char *text = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	a = session_with(&j, NULL, CLAIM);
	opts.claims_json = wanted;
	opts.claims_json_len = strlen(wanted);
	b = renewed(&j, a, &opts);
	ck_assert_int_eq(sess_session_get_string(b, "role", &text, NULL), 0);
	ck_assert_str_eq(text, "user");
	ck_assert_int_eq(sess_session_get_json(b, "deep", &text, &len), SESS_ERR_NO_CLAIM);
	sess_session_free(b);
	opts.claims_json = "{}";
	opts.claims_json_len = 2;
	b = renewed(&j, a, &opts);
	ck_assert_int_eq(sess_session_get_json(b, "role", &text, &len), SESS_ERR_NO_CLAIM);
	ck_assert_str_eq(sess_session_subject(b), "anna");
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

/* Claims replaced by ones that no longer fit. */
START_TEST(test_claims_that_do_not_fit)
{
	static const struct {
		const char *what, *claims;
		int code;
		const char *member;
	} rows[] = {
		{ "empty text", "", SESS_ERR_CLAIMS, NULL },
		{ "no object", "[]", SESS_ERR_CLAIMS, NULL },
		{ "cut short", "{\"a\":", SESS_ERR_CLAIMS, NULL },
		{ "not UTF-8", "{\"a\":\"\xff\"}", SESS_ERR_CLAIMS, NULL },
		{ "twice the same", "{\"a\":1,\"a\":2}", SESS_ERR_CLAIMS, NULL },
		{ "sid", "{\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\"}", SESS_ERR_CLAIMS, "sid" },
		{ "gen, escaped", "{\"\\u0067en\":0}", SESS_ERR_CLAIMS, "gen" },
		{ "ctx", "{\"ctx\":{}}", SESS_ERR_CLAIMS, "ctx" },
		{ "per", "{\"per\":true}", SESS_ERR_CLAIMS, "per" },
	};
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	struct judge j;
	sess_session *a;
	char *large = malloc(5000), *many = forge_text("{\"x\":0"), *whole;

	judge_init(&j, &judge_combos[_i], NULL);
	a = session_with(&j, NULL, CLAIM);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		opts.claims_json = rows[i].claims;
		opts.claims_json_len = strlen(rows[i].claims);
		not_renewed(&j, a, &opts, rows[i].what, rows[i].code, 0, rows[i].member);
	}
	ck_assert_ptr_nonnull(large);
	(void)snprintf(large, 5000, "{\"a\":\"%04000d\"}", 0);
	opts.claims_json = large;
	opts.claims_json_len = strlen(large);
	not_renewed(&j, a, &opts, "too large", SESS_ERR_TOKEN_SIZE, 0, NULL);
	/* 122 alone are few enough; with seven of the library's own they are not. */
	for (int i = 1; i < 122; i++) {
		char *more = forge_text("%s,\"x%d\":0", many, i);

		free(many);
		many = more;
	}
	whole = forge_text("%s}", many);
	opts.claims_json = whole;
	opts.claims_json_len = strlen(whole);
	not_renewed(&j, a, &opts, "too many together", SESS_ERR_CLAIMS, 0, NULL);
	opts.claims_json = NULL;
	opts.claims_json_len = 1;
	not_renewed(&j, a, &opts, "NULL with a length", SESS_ERR_ARGUMENT, 0, NULL);
	free(large);
	free(many);
	free(whole);
	sess_session_free(a);
	judge_done(&j);
}
END_TEST

/* Verified at JUDGE_NOW; renewed when the clock says JUDGE_NOW + step. Default policy: idle 3600, absolute 43200, leeway 30. */
static const struct {
	const char *what, *claim, *instead;
	int64_t step;
	uint32_t reasons; /* 0: renewed */
	const char *member;
	int64_t iat, exp; /* of the new token, from JUDGE_NOW */
} clocks[] = {
	{ "at once", NULL, NULL, 0, 0, NULL, 0, 3600 },
	{ "before the idle deadline", NULL, NULL, 3599, 0, NULL, 3599, 7199 },
	{ "idle, within leeway", NULL, NULL, 3629, 0, NULL, 3629, 7229 },
	{ "expired: idle", NULL, NULL, 3630, SESS_REASON_IDLE_EXPIRED, "exp", 0, 0 },
	{ "clock steps far forward", NULL, NULL, 1000000, SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED, "exp", 0, 0 },
	{ "clock steps back a little", NULL, NULL, -29, 0, NULL, 0, 3600 },
	{ "clock steps back by the leeway", NULL, NULL, -30, 0, NULL, 0, 3600 },
	{ "clock steps back beyond leeway", NULL, NULL, -31, SESS_REASON_NOT_YET, "iat", 0, 0 },
	{ "clock steps back far", NULL, NULL, -1000000, SESS_REASON_NOT_YET, "iat", 0, 0 },
	{ "issued ahead, within leeway", "iat", "\"iat\":1800000030", 0, 0, NULL, 30, 3630 },
	{ "issued ahead, clock catches up", "iat", "\"iat\":1800000030", 31, 0, NULL, 31, 3631 },
	{ "hard end a second away", NULL, "\"end\":1800000100", 99, 0, NULL, 99, 100 },
	{ "expired: at the hard end, which no leeway moves", NULL, "\"end\":1800000100", 100, SESS_REASON_ABSOLUTE_EXPIRED, "end", 0, 0 },
	{ "hard end passed by the leeway", NULL, "\"end\":1800000100", 130, SESS_REASON_ABSOLUTE_EXPIRED, "end", 0, 0 },
	{ "absolute timeout a second away", "auth_time", "\"auth_time\":1799957000", 199, 0, NULL, 199, 200 },
	{ "expired: at the absolute timeout", "auth_time", "\"auth_time\":1799957000", 200, SESS_REASON_ABSOLUTE_EXPIRED, "auth_time", 0, 0 },
	{ "nbf ahead within leeway, clock back", NULL, "\"nbf\":1800000030", -1, SESS_REASON_NOT_YET, "nbf", 0, 0 },
	{ "issued ahead, the end before", "iat", "\"iat\":1800000030,\"end\":1800000020", 0, SESS_REASON_ABSOLUTE_EXPIRED, "end", 0, 0 },
};

START_TEST(test_clocks)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct judge j;
		sess_session *a, *b;

		judge_init(&j, &judge_combos[_i], NULL);
		a = session_with(&j, clocks[i].claim != NULL ? clocks[i].claim : "sub", clocks[i].instead);
		j.now += clocks[i].step;
		if (clocks[i].reasons != 0) {
			not_renewed(&j, a, NULL, clocks[i].what, SESS_ERR_REJECTED, clocks[i].reasons, clocks[i].member);
		} else {
			b = renewed(&j, a, NULL);
			ck_assert_msg(sess_session_issued_at(b) == JUDGE_NOW + clocks[i].iat, "%s: iat", clocks[i].what);
			ck_assert_msg(sess_session_idle_deadline(b) == JUDGE_NOW + clocks[i].exp, "%s: exp", clocks[i].what);
			sess_session_free(b);
		}
		sess_session_free(a);
		judge_done(&j);
	}
}
END_TEST

/* An exp that a stricter policy now shortens. */
START_TEST(test_stricter_policy)
{
	sess_policy policy;
	struct judge j;
	sess_session *a, *b;
	char *payload = judge_payload("exp", "\"exp\":1800043200"), *token;

	sess_policy_init(&policy);
	policy.idle_timeout_s = 600;
	policy.absolute_timeout_s = 1000;
	judge_init(&j, &judge_combos[_i], &policy);
	a = session_with(&j, "exp", "\"exp\":1800043200");
	ck_assert_int_eq(sess_session_idle_deadline(a), JUDGE_NOW + 600);
	ck_assert_int_eq(sess_session_is_last(a), 0);
	j.now += 599;
	b = renewed(&j, a, NULL);
	ck_assert_int_eq(sess_session_idle_deadline(b), JUDGE_NOW + 1000);
	ck_assert_int_eq(sess_session_is_last(b), 1);
	ck_assert_int_eq(sess_session_wants_renewal(b), 0);
	j.now = JUDGE_NOW + 630;
	not_renewed(&j, a, NULL, "idle by a stricter policy", SESS_ERR_REJECTED, SESS_REASON_IDLE_EXPIRED, "iat");
	token = judge_token(&j, payload, strlen(payload));
	judge_take(&j, "exp that the policy shortens", token, SESS_REASON_IDLE_EXPIRED);
	sess_session_free(a);
	sess_session_free(b);
	free(payload);
	judge_done(&j);
}
END_TEST

START_TEST(test_arguments)
{
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	sess_context bad = { "UA", "x", 1 }, twice[2] = { { "ua", "x", 1 }, { "ua", "x", 1 } }, none = { "ua", NULL, 0 };
	struct judge j, other;
	sess_session *a, *last;
	char *token = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[0], NULL);
	judge_init(&other, &judge_combos[0], NULL);
	a = session_with(&j, NULL, NULL);
	ck_assert_int_eq(sess_renew(NULL, a, NULL, &token, &len, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_renew(j.manager, NULL, NULL, &token, &len, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_renew(j.manager, a, NULL, NULL, &len, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_renew(j.manager, a, NULL, &token, NULL, NULL), SESS_ERR_ARGUMENT);
	/* Whoever verified it under another policy cannot have it renewed under this one. */
	ck_assert_int_eq(sess_renew(other.manager, a, NULL, &token, &len, NULL), SESS_ERR_ARGUMENT);
	opts.size--;
	not_renewed(&j, a, &opts, "size", SESS_ERR_ARGUMENT, 0, NULL);
	opts.size++;
	opts.context = &bad;
	opts.context_count = 1;
	not_renewed(&j, a, &opts, "name", SESS_ERR_ARGUMENT, 0, NULL);
	opts.context = &none;
	not_renewed(&j, a, &opts, "no value", SESS_ERR_ARGUMENT, 0, "ua");
	opts.context = twice;
	opts.context_count = 2;
	not_renewed(&j, a, &opts, "twice", SESS_ERR_ARGUMENT, 0, "ua");
	opts.context_count = 9;
	not_renewed(&j, a, &opts, "too many", SESS_ERR_ARGUMENT, 0, NULL);
	opts.context = NULL;
	opts.context_count = 1;
	not_renewed(&j, a, &opts, "NULL with a count", SESS_ERR_ARGUMENT, 0, NULL);
	last = session_with(&j, "gen", "\"gen\":2147483647");
	not_renewed(&j, last, NULL, "gen at its maximum", SESS_ERR_CLAIMS, 0, "gen");
	sess_session_free(last);
	sess_session_free(a);
	judge_done(&j);
	judge_done(&other);
}
END_TEST

START_TEST(test_last_gen)
{
	struct judge j;
	sess_session *a, *b;

	judge_init(&j, &judge_combos[0], NULL);
	a = session_with(&j, "gen", "\"gen\":2147483646");
	b = renewed(&j, a, NULL);
	ck_assert_int_eq(sess_session_renewals(b), 2147483647);
	sess_session_free(a);
	sess_session_free(b);
	/* One that cannot be renewed does not ask for it. */
	j.now += 3000;
	a = session_with(&j, "gen", "\"gen\":2147483647");
	ck_assert_int_eq(sess_session_wants_renewal(a), 0);
	sess_session_free(a);
	a = session_with(&j, "gen", "\"gen\":2147483646");
	ck_assert_int_eq(sess_session_wants_renewal(a), 1);
	sess_session_free(a);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("renew");
	TCase *tcase = tcase_create("renewal");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_kept_and_changed, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_bare, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_claims_replaced, 0, 3);
	tcase_add_loop_test(tcase, test_claims_that_do_not_fit, 0, 3);
	tcase_add_loop_test(tcase, test_clocks, 0, 3);
	tcase_add_loop_test(tcase, test_stricter_policy, 0, 3);
	tcase_add_test(tcase, test_arguments);
	tcase_add_test(tcase, test_last_gen);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
