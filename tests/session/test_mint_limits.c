/* SPDX-License-Identifier: MIT */
/*
 * What is minted can be verified: the caller's members together with the library's own, at the policy's limits, with every set of
 * what a token may say besides. Minting looks at the caller's claims alone, so that the two counts must agree.
 */
#include <stdlib.h>
#include <string.h>

#include "session/manager.h"
#include "support/judge.h"
#include "support/runner.h"

#define MEMBERS 16
#define OWN_ALWAYS 6 /* sid, jti, iat, exp, auth_time, gen */

/* What may be said besides, by bits. */
enum { WITH_ISS = 1, WITH_AUD = 2, WITH_SUB = 4, WITH_NBF = 8, WITH_END = 16, WITH_CTX = 32, WITH_PER = 64, WITH_ALL = 127 };

static const sess_context bound[] = { { .name = "ua", .value = "a", .value_len = 1 }, { .name = "tls", .value = "b", .value_len = 1 } };

static int
bits(int set)
{
	return __builtin_popcount((unsigned)set);
}

static size_t
make_claims(char *out, int count)
{
	char *p = out;

	*p++ = '{';
	for (int i = 0; i < count; i++)
		p += sprintf(p, "%s\"m%d\":%d", i == 0 ? "" : ",", i, i);
	*p++ = '}';
	*p = '\0';
	return (size_t)(p - out);
}

static void
mint(struct judge *j, int with, const char *claims, size_t len, int expected)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	size_t token_len = 0;
	sess_diag diag;
	int rc;

	opts.not_before = with & WITH_NBF ? JUDGE_NOW : 0;
	opts.hard_end = with & WITH_END ? JUDGE_NOW + 1000 : 0;
	opts.persistent = (with & WITH_PER) != 0;
	opts.context = j->context = with & WITH_CTX ? bound : NULL;
	opts.context_count = j->context_count = with & WITH_CTX ? 2 : 0;
	rc = sess_mint(j->manager, with & WITH_SUB ? "alice" : NULL, claims, len, &opts, &token, &token_len, &diag);
	ck_assert_msg(rc == expected, "with %#x, %s: %s", (unsigned)with, claims, rc == 0 ? "minted" : diag.message);
	if (rc == 0)
		judge_expect(j, claims, token, token_len, 0);
	sess_token_free(token);
}

static void
judge_for(struct judge *j, int with, int max_depth)
{
	sess_policy policy;

	sess_policy_init(&policy);
	policy.max_members = MEMBERS;
	policy.max_depth = max_depth;
	(void)strcpy(policy.issuer, with & WITH_ISS ? "https://id.example/\xc3\xa9" : "");
	(void)strcpy(policy.audience, with & WITH_AUD ? "shop" : "");
	judge_init(j, &judge_combos[0], &policy);
}

START_TEST(test_members)
{
	for (int with = 0; with <= WITH_ALL; with++) {
		int room = MEMBERS - OWN_ALWAYS - bits(with);
		char claims[256];
		struct judge j;

		if ((with & (WITH_ISS | WITH_AUD)) != _i)
			continue;
		judge_for(&j, with, 16);
		mint(&j, with, claims, make_claims(claims, room), 0);
		mint(&j, with, claims, make_claims(claims, room + 1), SESS_ERR_CLAIMS);
		judge_done(&j);
	}
}
END_TEST

START_TEST(test_depth)
{
	static const struct {
		int with, max_depth;
		const char *claims;
		int expected;
	} rows[] = {
		{ 0, 1, "{\"a\":1}", 0 },
		{ 0, 1, "{\"a\":[]}", SESS_ERR_CLAIMS },
		{ WITH_CTX, 1, "{\"a\":1}", SESS_ERR_CLAIMS },
		{ WITH_CTX, 2, "{\"a\":[1]}", 0 },
		{ WITH_CTX, 2, "{\"a\":[[1]]}", SESS_ERR_CLAIMS },
		{ WITH_CTX, 3, " { \"a\" : [ [ 1 ] ] } ", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct judge j;

		judge_for(&j, rows[i].with, rows[i].max_depth);
		mint(&j, rows[i].with, rows[i].claims, strlen(rows[i].claims), rows[i].expected);
		judge_done(&j);
	}
}
END_TEST

/* A caller's name that is escaped is told from the library's own by what it stands for, however long it is. */
START_TEST(test_escaped_names)
{
	static const struct {
		const char *claims;
		int rc;
	} rows[] = {
		{ "{\"\\u0073\\u0075\\u0062\":1}", SESS_ERR_CLAIMS },
		{ "{\"\\u0061\\u0075\\u0074\\u0068\\u005f\\u0074\\u0069\\u006d\\u0065\":1}", SESS_ERR_CLAIMS },
		{ "{\"\\u0061\\u0075\\u0074\\u0068\\u005f\\u0074\\u0069\\u006d\\u0065\\u0073\":1}", 0 },
		{ "{\"\\u0061uth_time is not what this name, longer than any of the library's, stands for\":1}", 0 },
		{ "{\"\\u0061uth_time is not what this name, longer than any of the library's, stands for\":1,\"sub\":1}", SESS_ERR_CLAIMS },
	};
	struct judge j;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		mint(&j, 0, rows[i].claims, strlen(rows[i].claims), rows[i].rc);
	judge_done(&j);
}
END_TEST

/* Claims larger than any token may be are refused, and the room that they took is not kept for the next. */
START_TEST(test_room_is_given_back)
{
	enum { HUGE_LEN = 400000, KEPT_MAX = 262144 };
	char *claims = malloc(HUGE_LEN);
	struct judge j;
	struct work *w = NULL;
	char *token = NULL;
	size_t len = 0;

	memset(claims, 'x', HUGE_LEN);
	memcpy(claims, "{\"x\":\"", 6);
	memcpy(claims + HUGE_LEN - 2, "\"}", 2);
	judge_init(&j, &judge_combos[0], NULL);
	ck_assert_int_eq(sess_mint(j.manager, NULL, claims, HUGE_LEN, NULL, &token, &len, NULL), SESS_ERR_TOKEN_SIZE);
	ck_assert_int_eq(manager_take_work(j.manager, &w, NULL), 0);
	ck_assert_uint_le(w->payload.cap, KEPT_MAX);
	manager_put_work(j.manager, w);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(manager_take_work(j.manager, &w, NULL), 0);
	/* What a token of usual size took is. */
	ck_assert_uint_gt(w->payload.cap, 0);
	manager_put_work(j.manager, w);
	sess_token_free(token);
	judge_done(&j);
	free(claims);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("mint_limits");
	TCase *tcase = tcase_create("mint_limits");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_members, 0, (WITH_ISS | WITH_AUD) + 1);
	tcase_add_test(tcase, test_depth);
	tcase_add_test(tcase, test_escaped_names);
	tcase_add_test(tcase, test_room_is_given_back);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
