/* SPDX-License-Identifier: MIT */
/*
 * Hostile payloads under right signatures and tags: the limits of the payload index and the shape of each of the
 * library's own claims. Every kind of ring; library and reference must agree.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define BAD SESS_REASON_BAD_PAYLOAD
#define OVER SESS_REASON_OVERSIZE
#define ISS SESS_REASON_WRONG_ISSUER
#define AUD SESS_REASON_WRONG_AUDIENCE
#define SOON SESS_REASON_NOT_YET
#define IDLE SESS_REASON_IDLE_EXPIRED
#define HARD SESS_REASON_ABSOLUTE_EXPIRED

#define A "\\u0041"
#define X100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

/* `instead` stands in the place of the claim `claim`, NULL for none; without a claim it is appended. */
static const struct {
	const char *name, *claim, *instead;
	uint32_t expected;
} claims[] = {
	{ "as it should be", NULL, NULL, 0 },
	{ "sub missing", "sub", NULL, 0 },
	{ "sub empty", "sub", "\"sub\":\"\"", BAD },
	{ "sub a number", "sub", "\"sub\":1", BAD },
	{ "sub null", "sub", "\"sub\":null", BAD },
	{ "sub an array", "sub", "\"sub\":[\"anna\"]", BAD },
	{ "sid missing", "sid", NULL, BAD },
	{ "sid of 21", "sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAAA\"", BAD },
	{ "sid of 23", "sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAAA\"", BAD },
	{ "sid empty", "sid", "\"sid\":\"\"", BAD },
	{ "sid not canonical", "sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAB\"", BAD },
	{ "sid with +", "sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAA+A\"", BAD },
	{ "sid with padding", "sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAA==\"", BAD },
	{ "sid escaped", "sid", "\"sid\":\"\\u0041AAAAAAAAAAAAAAAAAAAAA\"", 0 },
	{ "sid escaped all through", "sid", "\"sid\":\"" A A A A A A A A A A A A A A A A A A A A A A "\"", 0 },
	{ "sid escaped, of 23", "sid", "\"sid\":\"" A A A A A A A A A A A A A A A A A A A A A A A "\"", BAD },
	{ "sid escaped once, and much too long", "sid", "\"sid\":\"" A X1000 "\"", BAD },
	{ "sid a number", "sid", "\"sid\":1", BAD },
	{ "jti missing", "jti", NULL, BAD },
	{ "jti of 21", "jti", "\"jti\":\"AAAAAAAAAAAAAAAAAAAAA\"", BAD },
	{ "jti not canonical", "jti", "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAf\"", BAD },
	{ "jti null", "jti", "\"jti\":null", BAD },
	{ "iat missing", "iat", NULL, BAD },
	{ "iat fractional", "iat", "\"iat\":1800000000.0", BAD },
	{ "iat with exponent", "iat", "\"iat\":18e8", BAD },
	{ "iat negative", "iat", "\"iat\":-1", BAD },
	{ "iat a string", "iat", "\"iat\":\"1800000000\"", BAD },
	{ "iat true", "iat", "\"iat\":true", BAD },
	{ "iat 1e400", "iat", "\"iat\":1e400", BAD },
	{ "iat 2^63", "iat", "\"iat\":9223372036854775808", BAD },
	{ "iat 2^63-1", "iat", "\"iat\":9223372036854775807", BAD },
	{ "iat above all time", "iat", "\"iat\":253402300800", BAD },
	{ "iat after exp", "iat", "\"iat\":1800003601", BAD },
	{ "iat at exp", "iat", "\"iat\":1800003600", BAD },
	{ "exp missing", "exp", NULL, BAD },
	{ "exp fractional", "exp", "\"exp\":1800003600.5", BAD },
	{ "exp negative", "exp", "\"exp\":-1800003600", BAD },
	{ "exp a string", "exp", "\"exp\":\"1800003600\"", BAD },
	{ "exp null", "exp", "\"exp\":null", BAD },
	{ "exp 1e400", "exp", "\"exp\":1e400", BAD },
	{ "exp 2^63", "exp", "\"exp\":9223372036854775808", BAD },
	{ "exp 2^64", "exp", "\"exp\":18446744073709551616", BAD },
	{ "exp at the end of time", "exp", "\"exp\":253402300799", 0 },
	{ "exp above all time", "exp", "\"exp\":253402300800", BAD },
	{ "exp at iat", "exp", "\"exp\":1800000000", BAD },
	{ "exp before iat", "exp", "\"exp\":1799999999", BAD },
	{ "exp just after iat", "exp", "\"exp\":1800000001", 0 },
	{ "exp with leading zero", "exp", "\"exp\":01800003600", BAD },
	{ "exp with plus", "exp", "\"exp\":+1800003600", BAD },
	{ "exp in hex", "exp", "\"exp\":0x6b49d200", BAD },
	{ "exp escaped", "exp", "\"\\u0065xp\":1800003600", 0 },
	{ "auth_time missing", "auth_time", NULL, BAD },
	{ "auth_time fractional", "auth_time", "\"auth_time\":0.5", BAD },
	{ "auth_time negative", "auth_time", "\"auth_time\":-1", BAD },
	{ "auth_time minus zero", "auth_time", "\"auth_time\":-0", BAD },
	{ "auth_time zero", "auth_time", "\"auth_time\":0", HARD },
	{ "auth_time a string", "auth_time", "\"auth_time\":\"1\"", BAD },
	{ "auth_time 1e400", "auth_time", "\"auth_time\":1e400", BAD },
	{ "auth_time 2^63", "auth_time", "\"auth_time\":9223372036854775808", BAD },
	{ "auth_time at the end of time", "auth_time", "\"auth_time\":253402300799", BAD },
	{ "auth_time above all time", "auth_time", "\"auth_time\":253402300800", BAD },
	{ "auth_time after iat", "auth_time", "\"auth_time\":1800000001", BAD },
	{ "gen missing", "gen", NULL, BAD },
	{ "gen fractional", "gen", "\"gen\":1.0", BAD },
	{ "gen negative", "gen", "\"gen\":-1", BAD },
	{ "gen minus zero", "gen", "\"gen\":-0", BAD },
	{ "gen a string", "gen", "\"gen\":\"0\"", BAD },
	{ "gen 1e400", "gen", "\"gen\":1e400", BAD },
	{ "gen 2^63", "gen", "\"gen\":9223372036854775808", BAD },
	{ "gen at most", "gen", "\"gen\":2147483647", 0 },
	{ "gen too great", "gen", "\"gen\":2147483648", BAD },
	{ "a name as long as auth_time", NULL, "\"favourite\":1", 0 },
	{ "a name escaped, longer than any claim's", NULL, "\"" A A A A A A A A A A "\":1", 0 },
	{ "a name escaped, as long as auth_time", NULL, "\"" A A A A A A A A A "\":1", 0 },
	{ "a name escaped once, and much longer", NULL, "\"" A X1000 "\":1", 0 },
	{ "nbf", NULL, "\"nbf\":1800000000", 0 },
	{ "nbf fractional", NULL, "\"nbf\":1.5", BAD },
	{ "nbf negative", NULL, "\"nbf\":-1", BAD },
	{ "nbf a string", NULL, "\"nbf\":\"1\"", BAD },
	{ "nbf null", NULL, "\"nbf\":null", BAD },
	{ "nbf 1e400", NULL, "\"nbf\":1e400", BAD },
	{ "nbf 2^63", NULL, "\"nbf\":9223372036854775808", BAD },
	{ "nbf at the end of time", NULL, "\"nbf\":253402300799", SOON },
	{ "nbf above all time", NULL, "\"nbf\":253402300800", BAD },
	{ "end", NULL, "\"end\":1800000100", 0 },
	{ "end past", NULL, "\"end\":1", HARD },
	{ "end above all time", NULL, "\"end\":253402300800", BAD },
	{ "end a string", NULL, "\"end\":\"\"", BAD },
	{ "per true", NULL, "\"per\":true", 0 },
	{ "per false", NULL, "\"per\":false", 0 },
	{ "per a number", NULL, "\"per\":1", BAD },
	{ "per null", NULL, "\"per\":null", BAD },
	{ "iss where none is", NULL, "\"iss\":\"anybody\"", ISS },
	{ "iss empty where none is", NULL, "\"iss\":\"\"", ISS },
	{ "iss a number", NULL, "\"iss\":1", BAD },
	{ "iss null", NULL, "\"iss\":null", BAD },
	{ "iss an array", NULL, "\"iss\":[\"a\"]", BAD },
	{ "aud where none is", NULL, "\"aud\":\"anybody\"", AUD },
	{ "aud an empty array", NULL, "\"aud\":[]", AUD },
	{ "aud an array", NULL, "\"aud\":[\"a\",\"b\"]", AUD },
	{ "aud an array with a number", NULL, "\"aud\":[\"a\",1]", BAD },
	{ "aud a number", NULL, "\"aud\":1", BAD },
	{ "aud an object", NULL, "\"aud\":{}", BAD },
	{ "duplicate claim", NULL, "\"gen\":0", BAD },
	{ "duplicate claim escaped", NULL, "\"\\u0067en\":0", BAD },
	{ "duplicate of the caller's", NULL, "\"a\":1,\"a\":1", BAD },
	{ "duplicate of the caller's escaped", NULL, "\"a\":1,\"\\u0061\":1", BAD },
	{ "duplicate nested", NULL, "\"a\":[{\"b\":1,\"c\":2,\"b\":1}]", BAD },
	{ "duplicate nested, escaped", NULL, "\"a\":{\"\\uD83D\\uDE00\":1,\"\xf0\x9f\x98\x80\":1}", BAD },
	{ "duplicate of the empty name", NULL, "\"\":1,\"\":2", BAD },
	{ "same name at two depths", NULL, "\"a\":{\"a\":{\"a\":1}},\"b\":{\"sid\":1}", 0 },
	{ "the empty name", NULL, "\"\":1", 0 },
	{ "not UTF-8", NULL, "\"a\":\"\xff\"", BAD },
	{ "overlong UTF-8", NULL, "\"a\":\"\xc0\xaf\"", BAD },
	{ "UTF-8 of a surrogate", NULL, "\"a\":\"\xed\xa0\x80\"", BAD },
	{ "UTF-8 above U+10FFFF", NULL, "\"a\":\"\xf4\x90\x80\x80\"", BAD },
	{ "UTF-8 cut short", NULL, "\"a\":\"\xe2\x82\"", BAD },
	{ "name not UTF-8", NULL, "\"\xff\":1", BAD },
	{ "U+10FFFF and U+FFFF", NULL, "\"a\":\"\xf4\x8f\xbf\xbf\xef\xbf\xbf\x7f\"", 0 },
	{ "escaped NUL", NULL, "\"a\":\"\\u0000\"", BAD },
	{ "escaped NUL in a name", NULL, "\"a\\u0000\":1", BAD },
	{ "high surrogate alone", NULL, "\"a\":\"\\ud800\"", BAD },
	{ "low surrogate alone", NULL, "\"a\":\"\\udc00\"", BAD },
	{ "surrogates swapped", NULL, "\"a\":\"\\udc00\\ud800\"", BAD },
	{ "surrogate pair", NULL, "\"a\":\"\\uD83D\\uDE00\"", 0 },
	{ "every escape", NULL, "\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 0 },
	{ "unknown escape", NULL, "\"a\":\"\\x41\"", BAD },
	{ "escape cut short", NULL, "\"a\":\"\\u12\"", BAD },
	{ "raw control character", NULL, "\"a\":\"\x01\"", BAD },
	{ "integer at most", NULL, "\"a\":9223372036854775807,\"b\":-9223372036854775808", 0 },
	{ "integer too great", NULL, "\"a\":9223372036854775808", BAD },
	{ "integer too small", NULL, "\"a\":-9223372036854775809", BAD },
	{ "integer of 30 digits", NULL, "\"a\":[100000000000000000000000000000]", BAD },
	{ "minus zero of the caller", NULL, "\"a\":-0", 0 },
	{ "real of magnitude 308", NULL, "\"a\":1.5e307", 0 },
	{ "real of magnitude 309", NULL, "\"a\":1.5e308", BAD },
	{ "zero of magnitude 309", NULL, "\"a\":0e308", BAD },
	{ "real 1e400", NULL, "\"a\":{\"b\":[1e400]}", BAD },
	{ "real -1E+400", NULL, "\"a\":-1E+400", BAD },
	{ "real 1e-400", NULL, "\"a\":1e-400", 0 },
	{ "exponent of 30 digits", NULL, "\"a\":1e100000000000000000000000000000", BAD },
	{ "exponent of minus 30 digits", NULL, "\"a\":1e-100000000000000000000000000000", 0 },
	{ "exponent with zeros", NULL, "\"a\":1e0000000000000000000000000000001", 0 },
	{ "digits in a string", NULL, "\"a\":\"1e400 \\\"1e400\"", 0 },
	{ "leading zero", NULL, "\"a\":01", BAD },
	{ "minus alone", NULL, "\"a\":-", BAD },
	{ "point without digits", NULL, "\"a\":1.", BAD },
	{ "point first", NULL, "\"a\":.5", BAD },
	{ "exponent without digits", NULL, "\"a\":1e", BAD },
	{ "NaN", NULL, "\"a\":NaN", BAD },
	{ "Infinity", NULL, "\"a\":-Infinity", BAD },
	{ "True", NULL, "\"a\":True", BAD },
	{ "nul", NULL, "\"a\":nul", BAD },
	{ "nulll", NULL, "\"a\":nulll", BAD },
	{ "name without quotes", NULL, "a:1", BAD },
	{ "no colon", NULL, "\"a\" 1", BAD },
	{ "comma too many", NULL, "\"a\":1,", BAD },
	{ "comma in an array", NULL, "\"a\":[1,]", BAD },
	{ "comment", NULL, "\"a\":1/* */", BAD },
	{ "brackets crossed", NULL, "\"a\":[{]}", BAD },
	{ "form feed between", NULL, "\f\"a\":1", BAD },
	{ "white space between", NULL, " \t\r\n\"a\" : [ 1 , { } , [ ] ] ", 0 },
};

START_TEST(test_claims)
{
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		char *payload = judge_payload(claims[i].claim, claims[i].instead);

		judge_take(&j, claims[i].name, judge_token(&j, payload, strlen(payload)), claims[i].expected);
		free(payload);
	}
	judge_done(&j);
}
END_TEST

/* Whoever mints wrongly is told which claim it is. */
START_TEST(test_named)
{
	static const struct {
		const char *claim, *instead, *why;
	} rows[] = {
		{ "sub", "\"sub\":\"\"", "not empty" },
		{ "sid", NULL, "missing" },
		{ "jti", "\"jti\":1", "16 bytes" },
		{ "iat", "\"iat\":-1", "digits" },
		{ "exp", "\"exp\":1800000000", "after iat" },
		{ "auth_time", "\"auth_time\":1800000001", "after iat" },
		{ "gen", "\"gen\":2147483648", "range" },
	};
	struct judge j;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *payload = judge_payload(rows[i].claim, rows[i].instead), *token = judge_token(&j, payload, strlen(payload));
		sess_session *session = NULL;
		sess_diag diag;

		ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
		ck_assert_uint_eq(diag.reasons, BAD);
		ck_assert_str_eq(diag.findings[0].member, rows[i].claim);
		ck_assert_msg(strstr(diag.findings[0].got_text, rows[i].why) != NULL, "%s: %s", rows[i].claim, diag.findings[0].got_text);
		free(payload);
		free(token);
	}
	judge_done(&j);
}
END_TEST

/* What stands before and behind a payload that is right. */
static const struct {
	const char *name, *before, *behind;
	size_t behind_len;
	uint32_t expected;
} frames[] = {
	{ "white space around", " \t\r\n", " \t\r\n", 4, 0 },
	{ "byte order mark", "\xef\xbb\xbf", "", 0, BAD },
	{ "NUL behind", "", "\0", 1, BAD },
	{ "NUL and text behind", "", "\0}", 2, BAD },
	{ "brace behind", "", "}", 1, BAD },
	{ "another object behind", "", "{}", 2, BAD },
	{ "form feed behind", "", "\f", 1, BAD },
	{ "in an array", "[", "]", 1, BAD },
	{ "in a string", "\"", "\"", 1, BAD },
	{ "a letter before", "x", "", 0, BAD },
};

static const char *const not_objects[] = { "{}", "[]", "1", "\"a\"", "null", "true", "{", "}", "{\"", "{\"a\"", "{\"a\":", " " };

START_TEST(test_frames)
{
	struct judge j;
	char *payload = judge_payload(NULL, NULL);

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		char *text = forge_text("%s%s%8s", frames[i].before, payload, "");
		size_t len = strlen(text) - 8;

		memcpy(text + len, frames[i].behind, frames[i].behind_len);
		judge_take(&j, frames[i].name, judge_token(&j, text, len + frames[i].behind_len), frames[i].expected);
		free(text);
	}
	for (size_t i = 0; i < sizeof(not_objects) / sizeof(not_objects[0]); i++)
		judge_take(&j, not_objects[i], judge_token(&j, not_objects[i], strlen(not_objects[i])), BAD);
	/* Every payload that ends early. */
	for (size_t len = 1; len < strlen(payload); len++)
		judge_take(&j, "payload cut short", judge_token(&j, payload, len), BAD);
	free(payload);
	judge_done(&j);
}
END_TEST

/* Without a count of payload bytes the cap is the greatest that a policy may set, so that the limits are reached. */
static const struct {
	const char *name;
	char open; /* of depth: what nests; 'm': members */
	int count;
	int max_depth, max_members;
	uint32_t expected;
} sizes[] = {
	{ "depth 16, arrays", '[', 15, 16, 128, 0 },
	{ "depth 17, arrays", '[', 16, 16, 128, BAD },
	{ "depth 16, objects", '{', 15, 16, 128, 0 },
	{ "depth 17, objects", '{', 16, 16, 128, BAD },
	{ "depth 10,001", '[', 10000, 16, 128, BAD },
	{ "depth 100,001", '[', 100000, 16, 128, OVER },
	{ "depth 3 of 3", '[', 2, 3, 128, 0 },
	{ "depth 4 of 3", '{', 3, 3, 128, BAD },
	{ "depth 2 of 1", '[', 1, 1, 128, BAD },
	{ "members 128", 'm', 128, 16, 128, 0 },
	{ "members 129", 'm', 129, 16, 128, BAD },
	{ "members 3,000", 'm', 3000, 16, 128, BAD },
	{ "members 100,000", 'm', 100000, 16, 128, OVER },
	{ "members 20 of 20", 'm', 20, 16, 20, 0 },
	{ "members 21 of 20", 'm', 21, 16, 20, BAD },
};

/* "a": with this many objects or arrays within one another, or with one object of this many members. */
static char *
grow(char open, int count)
{
	size_t room = (size_t)count * 16 + 64, at;
	char *text = malloc(room);

	ck_assert_ptr_nonnull(text);
	strcpy(text, "\"a\":");
	at = strlen(text);
	if (open == 'm')
		text[at++] = '{';
	for (int i = 0; i < count; i++)
		if (open == 'm')
			at += (size_t)snprintf(text + at, room - at, "%s\"%d\":0", i > 0 ? "," : "", i);
		else
			at += (size_t)snprintf(text + at, room - at, "%s", open == '[' ? "[" :
					       i + 1 < count ? "{\"b\":" : "{");
	for (int i = 0; open != 'm' && i < count; i++)
		text[at++] = open == '[' ? ']' : '}';
	if (open == 'm')
		text[at++] = '}';
	text[at] = '\0';
	return text;
}

START_TEST(test_sizes)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct judge j;
		sess_policy policy;
		char *member = grow(sizes[i].open, sizes[i].count), *payload = judge_payload(NULL, member);

		sess_policy_init(&policy);
		policy.max_token_bytes = 65536;
		policy.max_depth = sizes[i].max_depth;
		policy.max_members = sizes[i].max_members;
		judge_init(&j, &judge_combos[_i], &policy);
		judge_take(&j, sizes[i].name, judge_token(&j, payload, strlen(payload)), sizes[i].expected);
		free(payload);
		free(member);
		judge_done(&j);
	}
}
END_TEST

/* The members of the payload object itself count as those of any other. */
START_TEST(test_top_members)
{
	struct judge j;
	char *members = forge_text("\"x0\":0"), *longer, *payload;

	judge_init(&j, &judge_combos[_i], NULL);
	/* 7 of the library's own claims and the first are there already. */
	for (int count = 9; count <= 129; count++) {
		longer = forge_text("%s,\"x%d\":0", members, count);
		free(members);
		members = longer;
		if (count < 127)
			continue;
		payload = judge_payload(NULL, members);
		judge_take(&j, "members of the payload", judge_token(&j, payload, strlen(payload)),
		    count <= 128 ? 0 : BAD);
		free(payload);
	}
	free(members);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("hostile_payload");
	TCase *tcase = tcase_create("payload");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_named);
	tcase_add_loop_test(tcase, test_claims, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_frames, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_sizes, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_top_members, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
