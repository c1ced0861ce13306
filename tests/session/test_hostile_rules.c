/* SPDX-License-Identifier: MIT */
/*
 * Rules about authentic tokens: issuer, audience, type and every boundary of time, alone and together, and what a
 * key may still verify. Every kind of ring; library and reference must agree.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define ISS SESS_REASON_WRONG_ISSUER
#define AUD SESS_REASON_WRONG_AUDIENCE
#define TYP SESS_REASON_WRONG_TYPE
#define SOON SESS_REASON_NOT_YET
#define IDLE SESS_REASON_IDLE_EXPIRED
#define HARD SESS_REASON_ABSOLUTE_EXPIRED

/* Times relative to JUDGE_NOW; end and nbf 0: none. idle 3600, absolute 43200, leeway 30. */
static const struct {
	const char *name;
	int64_t iat, exp, auth_time, end, nbf, now;
	uint32_t expected;
} times[] = {
	{ "just minted", 0, 3600, 0, 0, 0, 0, 0 },
	{ "last second of exp", 0, 3600, 0, 0, 0, 3629, 0 },
	{ "exp and leeway", 0, 3600, 0, 0, 0, 3630, IDLE },
	{ "one more", 0, 3600, 0, 0, 0, 3631, IDLE },
	{ "last second of a short exp", 0, 10, 0, 0, 0, 39, 0 },
	{ "a short exp", 0, 10, 0, 0, 0, 40, IDLE },
	{ "lax exp, last second of our idle time", 0, 99999, 0, 0, 0, 3629, 0 },
	{ "lax exp, our idle time", 0, 99999, 0, 0, 0, 3630, IDLE },
	{ "last second of the absolute time", 43199, 46799, 0, 0, 0, 43229, 0 },
	{ "absolute time", 43199, 46799, 0, 0, 0, 43230, HARD },
	{ "soft end just before the hard one", 40000, 43199, 0, 0, 0, 43228, 0 },
	{ "soft end passed, hard one not", 40000, 43199, 0, 0, 0, 43229, IDLE },
	{ "both passed, soft one first", 40000, 43199, 0, 0, 0, 43230, IDLE | HARD },
	{ "both at once", 40000, 43200, 0, 0, 0, 43230, HARD },
	{ "absolute long past", 0, 3600, 0, 0, 0, 1000000, IDLE | HARD },
	{ "last second of end", 0, 3600, 0, 1000, 0, 1029, 0 },
	{ "end", 0, 3600, 0, 1000, 0, 1030, HARD },
	{ "end later than the absolute time", 43199, 46799, 0, 50000, 0, 43230, HARD },
	{ "iat as far ahead as leeway", 30, 3600, 0, 0, 0, 0, 0 },
	{ "iat one further", 31, 3600, 0, 0, 0, 0, SOON },
	{ "nbf as far ahead as leeway", 0, 3600, 0, 0, 30, 0, 0 },
	{ "nbf one further", 0, 3600, 0, 0, 31, 0, SOON },
	{ "nbf past", 0, 3600, 0, 0, -5, 0, 0 },
	{ "nbf after exp", 0, 100, 0, 0, 5000, 200, SOON | IDLE },
	{ "auth_time long ago", 0, 3600, -43229, 0, 0, 0, 0 },
	{ "auth_time too long ago", 0, 3600, -43230, 0, 0, 0, HARD },
	{ "nbf ahead and end past", 0, 3600, 0, -31, 500, 0, SOON | HARD },
};

static char *
optional(const char *name, int64_t offset)
{
	if (offset == 0)
		return forge_text("%s", "");
	return forge_text(",\"%s\":%lld", name, (long long)(JUDGE_NOW + offset));
}

static char *
timed_payload(int64_t iat, int64_t exp, int64_t auth_time, int64_t end, int64_t nbf)
{
	const char *ids = "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"gen\":3";
	char *end_text = optional("end", end), *nbf_text = optional("nbf", nbf);
	char *text = forge_text("{%s,\"iat\":%lld,\"exp\":%lld,\"auth_time\":%lld%s%s}", ids, (long long)(JUDGE_NOW + iat),
	    (long long)(JUDGE_NOW + exp), (long long)(JUDGE_NOW + auth_time), end_text, nbf_text);

	free(end_text);
	free(nbf_text);
	return text;
}

START_TEST(test_times)
{
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char *payload =
		    timed_payload(times[i].iat, times[i].exp, times[i].auth_time, times[i].end, times[i].nbf);

		j.now = JUDGE_NOW + times[i].now;
		judge_take(&j, times[i].name, judge_token(&j, payload, strlen(payload)), times[i].expected);
		free(payload);
	}
	judge_done(&j);
}
END_TEST

/* Every second around every boundary, for each leeway: what the two say, whatever that is. */
START_TEST(test_leeways)
{
	static const int64_t leeways[] = { 0, 1, 30 };
	static const int64_t boundaries[] = { 0, 500, 3600, 43200 };

	for (size_t i = 0; i < sizeof(leeways) / sizeof(leeways[0]); i++) {
		struct judge j;
		sess_policy policy;
		char *payload = timed_payload(500, 99999, 0, 0, 3600);

		sess_policy_init(&policy);
		policy.leeway_s = leeways[i];
		judge_init(&j, &judge_combos[_i], &policy);
		for (size_t k = 0; k < sizeof(boundaries) / sizeof(boundaries[0]); k++)
			for (int64_t off = -2 - leeways[i]; off <= 2 + leeways[i]; off++) {
				j.now = JUDGE_NOW + boundaries[k] + off;
				judge_take(&j, "around a boundary", judge_token(&j, payload, strlen(payload)), JUDGE_SAME);
			}
		free(payload);
		judge_done(&j);
	}
}
END_TEST

#define S100 "ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"

/* The policy's issuer and audience (NULL: none), and what the token says of them. */
static const struct {
	const char *name, *issuer, *audience;
	int any_audience;
	const char *members;
	uint32_t expected;
} parties[] = {
	{ "right", "us", "shop", 0, "\"iss\":\"us\",\"aud\":\"shop\"", 0 },
	{ "escaped", "us", "shop", 0, "\"i\\u0073s\":\"u\\u0073\",\"aud\":\"\\u0073hop\"", 0 },
	{ "right, of one letter each", "u", "s", 0, "\"iss\":\"u\",\"aud\":\"s\"", 0 },
	{ "issuer wrong", "us", "shop", 0, "\"iss\":\"them\",\"aud\":\"shop\"", ISS },
	{ "issuer longer", "us", "shop", 0, "\"iss\":\"us/\",\"aud\":\"shop\"", ISS },
	{ "issuer shorter", "us", "shop", 0, "\"iss\":\"u\",\"aud\":\"shop\"", ISS },
	{ "issuer escaped, another of its length", "us", "shop", 0, "\"iss\":\"\\u0075p\",\"aud\":\"shop\"", ISS },
	{ "issuer escaped, shorter", "us", "shop", 0, "\"iss\":\"\\u0075\",\"aud\":\"shop\"", ISS },
	{ "issuer escaped, longer", "us", "shop", 0, "\"iss\":\"\\u0075\\u0073\\u0073\",\"aud\":\"shop\"", ISS },
	{ "issuer escaped once, and much longer", "us", "shop", 0, "\"iss\":\"\\u0075" S100 S100 S100 S100 S100 S100 S100 S100 S100 S100
	  S100 S100 "\",\"aud\":\"shop\"", ISS },
	{ "issuer escaped once, and longer than any", "us", "shop", 0, "\"iss\":\"\\u0075" S100 S100 S100 S100 S100 S100 S100 S100 S100 S100
	  S100 S100 S100 S100 S100 S100 S100 "\",\"aud\":\"shop\"", ISS },
	{ "issuer in capitals", "us", "shop", 0, "\"iss\":\"US\",\"aud\":\"shop\"", ISS },
	{ "issuer empty", "us", "shop", 0, "\"iss\":\"\",\"aud\":\"shop\"", ISS },
	{ "issuer absent", "us", "shop", 0, "\"aud\":\"shop\"", ISS },
	{ "issuer where none is", NULL, "shop", 0, "\"iss\":\"us\",\"aud\":\"shop\"", ISS },
	{ "audience wrong", "us", "shop", 0, "\"iss\":\"us\",\"aud\":\"bank\"", AUD },
	{ "audience absent", "us", "shop", 0, "\"iss\":\"us\"", AUD },
	{ "audience empty", "us", "shop", 0, "\"iss\":\"us\",\"aud\":\"\"", AUD },
	{ "audience in an array", "us", "shop", 0, "\"iss\":\"us\",\"aud\":[\"bank\",\"shop\"]", 0 },
	{ "audience escaped in an array", "us", "shop", 0, "\"iss\":\"us\",\"aud\":[\"sho\\u0070\"]", 0 },
	{ "audience not in the array", "us", "shop", 0, "\"iss\":\"us\",\"aud\":[\"bank\",\"shopping\"]", AUD },
	{ "audience in an array with white space", "us", "shop", 0, "\"iss\":\"us\",\"aud\":[\r\n\t \"bank\"\t,\r\n\"shop\" \n]", 0 },
	{ "audience array empty", "us", "shop", 0, "\"iss\":\"us\",\"aud\":[]", AUD },
	{ "audience where none is", "us", NULL, 0, "\"iss\":\"us\",\"aud\":\"shop\"", AUD },
	{ "any audience, another", "us", NULL, 1, "\"iss\":\"us\",\"aud\":\"bank\"", 0 },
	{ "any audience, none", "us", NULL, 1, "\"iss\":\"us\"", 0 },
	{ "any audience, array", "us", NULL, 1, "\"iss\":\"us\",\"aud\":[\"a\",\"b\"]", 0 },
	{ "any audience, not an audience", "us", NULL, 1, "\"iss\":\"us\",\"aud\":7", SESS_REASON_BAD_PAYLOAD },
	{ "both wrong", "us", "shop", 0, "\"iss\":\"them\",\"aud\":\"bank\"", ISS | AUD },
	{ "both wrong and too early", "us", "shop", 0, "\"iss\":\"them\",\"nbf\":1900000000", ISS | AUD | SOON },
	{ "all wrong but type", "us", "shop", 0, "\"end\":5,\"nbf\":1900000000", ISS | AUD | SOON | HARD },
};

START_TEST(test_parties)
{
	for (size_t i = 0; i < sizeof(parties) / sizeof(parties[0]); i++) {
		struct judge j;
		sess_policy policy;
		char *payload = judge_payload(NULL, parties[i].members), *alien;

		sess_policy_init(&policy);
		if (parties[i].issuer != NULL)
			strcpy(policy.issuer, parties[i].issuer);
		if (parties[i].audience != NULL)
			strcpy(policy.audience, parties[i].audience);
		if (parties[i].any_audience)
			sess_policy_insecure_any_audience(&policy);
		strcpy(policy.typ, "shop+jwt");
		judge_init(&j, &judge_combos[_i], &policy);
		judge_take(&j, parties[i].name, judge_token(&j, payload, strlen(payload)), parties[i].expected);
		/* The same under another type: one rule more that fails, unless an earlier step ended it. */
		alien = forge_text("%s", j.inner != NULL ? j.inner : j.outer);
		memcpy(strstr(alien, "shop+jwt"), "SHOP", 4);
		judge_take(&j, parties[i].name, judge_token_under(&j, j.inner != NULL ? NULL : alien, alien, payload),
		    parties[i].expected == SESS_REASON_BAD_PAYLOAD ? parties[i].expected : parties[i].expected | TYP);
		free(alien);
		free(payload);
		judge_done(&j);
	}
}
END_TEST

/* What is done to the ring's key of one use; its exp is the clock's moment and exp_off. */
static const struct {
	const char *name;
	int revoked;
	int64_t exp_off;
	int has_exp;
	uint32_t expected;
} keys[] = {
	{ "living", 0, 0, 0, 0 },
	{ "expires in a second", 0, 1, 1, 0 },
	{ "expires now", 0, 0, 1, SESS_REASON_EXPIRED_KEY },
	{ "expired within the leeway", 0, -1, 1, SESS_REASON_EXPIRED_KEY },
	{ "revoked", 1, 0, 0, SESS_REASON_REVOKED_KEY },
	{ "revoked and expired", 1, -1, 1, SESS_REASON_REVOKED_KEY },
};

START_TEST(test_keys)
{
	static const char *const uses[] = { "sig", "enc" };
	char *payload = judge_payload(NULL, NULL);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (size_t u = 0; u < 2; u++) {
			json_t *ring = judge_generate(&judge_combos[_i]), *key = forge_key(ring, uses[u]);
			struct judge j;

			if (keys[i].has_exp && key != NULL)
				json_object_set_new(key, "exp", json_integer(JUDGE_NOW + keys[i].exp_off));
			if (keys[i].revoked && key != NULL)
				json_object_set_new(key, "revoked", json_pack("{s:I}", "revoked_at", (json_int_t)1));
			judge_init_ring(&j, &judge_combos[_i], NULL, ring);
			judge_take(&j, keys[i].name, judge_token(&j, payload, strlen(payload)),
			    key != NULL ? keys[i].expected : 0);
			judge_done(&j);
		}
	free(payload);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("hostile_rules");
	TCase *tcase = tcase_create("rules");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_times, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_leeways, 0, 3);
	tcase_add_loop_test(tcase, test_parties, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_keys, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
