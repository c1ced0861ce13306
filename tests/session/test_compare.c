/* SPDX-License-Identifier: MIT */
/* Which of two tokens of one session is newer: a total order by gen, iat, jti. */
#include "session/renew.h"

#include "support/runner.h"

/* From oldest to newest. */
static const struct {
	int gen, iat;
	const char *jti;
} order[] = {
	{ 0, 0, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 0, 0, "AAAAAAAAAAAAAAAAAAAAAQ" },
	{ 0, 0, "___________________ccg" },
	{ 0, 1, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 0, 20, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 1, 0, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 1, 2, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 2, 1, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 10, 0, "AAAAAAAAAAAAAAAAAAAAAA" },
	{ 2147483647, 0, "AAAAAAAAAAAAAAAAAAAAAA" },
};

#define ROWS (sizeof(order) / sizeof(order[0]))

static sess_session *
session_of(struct judge *j, const char *sid, size_t row)
{
	char *payload = forge_text("{\"sid\":\"%s\",\"jti\":\"%s\",\"iat\":%lld,\"exp\":1800003600,\"auth_time\":1800000000,\"gen\":%d}", sid,
	    order[row].jti, (long long)(JUDGE_NOW + order[row].iat), order[row].gen);
	char *token = judge_token(j, payload, strlen(payload));

	free(payload);
	return accept(j, token, strlen(token));
}

START_TEST(test_order)
{
	struct judge j;
	sess_session *s[ROWS];

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < ROWS; i++)
		s[i] = session_of(&j, "AAAAAAAAAAAAAAAAAAAAAA", i);
	for (size_t a = 0; a < ROWS; a++) {
		for (size_t b = 0; b < ROWS; b++) {
			int got = 7;

			ck_assert_int_eq(sess_session_compare(s[a], s[b], &got), 0);
			ck_assert_msg(a == b ? got == 0 : a < b ? got < 0 : got > 0, "%zu and %zu: %d", a, b, got);
		}
	}
	for (size_t i = 0; i < ROWS; i++)
		sess_session_free(s[i]);
	judge_done(&j);
}
END_TEST

START_TEST(test_spellings)
{
	struct judge j;
	sess_session *a, *b;
	int got = 7;

	judge_init(&j, &judge_combos[0], NULL);
	a = session_of(&j, "AAAAAAAAAAAAAAAAAAAAAA", 0);
	b = session_of(&j, "\\u0041AAAAAAAAAAAAAAAAAAAAA", 0);
	ck_assert_int_eq(sess_session_compare(a, b, &got), 0);
	ck_assert_int_eq(got, 0);
	sess_session_free(b);
	b = session_of(&j, "AAAAAAAAAAAAAAAAAAAAAQ", 0);
	got = 7;
	ck_assert_int_eq(sess_session_compare(a, b, &got), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_session_compare(NULL, b, &got), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_session_compare(a, NULL, &got), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(got, 7);
	ck_assert_int_eq(sess_session_compare(a, a, NULL), SESS_ERR_ARGUMENT);
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

/* A chain of renewals, and two requests that renewed the same token at once. */
START_TEST(test_renewals)
{
	struct judge j;
	sess_session *s[4], *twin;
	int got = 0, back = 0;

	judge_init(&j, &judge_combos[0], NULL);
	s[0] = session_with(&j, NULL, NULL);
	for (int i = 1; i < 4; i++) {
		s[i] = renewed(&j, s[i - 1], NULL);
		ck_assert_int_eq(sess_session_compare(s[i], s[i - 1], &got), 0);
		ck_assert_int_gt(got, 0);
	}
	twin = renewed(&j, s[2], NULL);
	ck_assert_int_eq(sess_session_compare(twin, s[3], &got), 0);
	ck_assert_int_eq(sess_session_compare(s[3], twin, &back), 0);
	ck_assert_int_ne(got, 0);
	ck_assert_int_eq(got, -back);
	for (int i = 0; i < 4; i++)
		sess_session_free(s[i]);
	sess_session_free(twin);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("compare");
	TCase *tcase = tcase_create("order");

	tcase_add_loop_test(tcase, test_order, 0, 3);
	tcase_add_test(tcase, test_spellings);
	tcase_add_test(tcase, test_renewals);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
