/* SPDX-License-Identifier: MIT */
/*
 * The claim ctx under right signatures and tags: its shape, and step 11 for each mode. Every kind of ring; library and
 * reference must agree.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "reference/ref_context.h"
#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define BAD SESS_REASON_BAD_PAYLOAD
#define MISMATCH SESS_REASON_CONTEXT_MISMATCH
#define SID "AAAAAAAAAAAAAAAAAAAAAA" /* of judge_payload() */
#define H "AAAAAAAAAAAAAAAA"
#define H8(c) "\"" c "1\":\"" H "\",\"" c "2\":\"" H "\",\"" c "3\":\"" H "\",\"" c "4\":\"" H "\",\"" c "5\":\"" H "\",\"" c "6\":\"" H \
	"\",\"" c "7\":\"" H "\",\"" c "8\":\"" H "\""

#define A100 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Nothing is given, so that a name which is off or reported passes, and any other is a mismatch. */
static const struct {
	const char *name, *ctx;
	uint32_t expected;
} shapes[] = {
	{ "empty", "{}", 0 },
	{ "empty with white space", "{ \t\r\n}", 0 },
	{ "reported", "{\"ua\":\"" H "\"}", 0 },
	{ "off", "{\"net\":\"" H "\"}", 0 },
	{ "enforced", "{\"tls\":\"" H "\"}", MISMATCH },
	{ "enforced among others", "{\"ua\":\"" H "\",\"tls\":\"" H "\",\"net\":\"" H "\"}", MISMATCH },
	{ "white space between", "{ \"ua\" : \"" H "\" ,\t\"net\"\n:\r\"" H "\" }", 0 },
	{ "name escaped", "{\"\\u0075a\":\"" H "\"}", 0 },
	{ "name escaped all through", "{\"\\u006e\\u0065\\u0074\":\"" H "\"}", 0 },
	{ "value escaped", "{\"ua\":\"\\u0041AAAAAAAAAAAAAAA\"}", 0 },
	{ "value escaped all through", "{\"ua\":\"\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041"
	  "\\u0041\\u0041\\u0041\\u0041\\u0041\"}", 0 },
	{ "value of _ and -", "{\"ua\":\"____------------\"}", 0 },
	{ "an array", "[]", BAD },
	{ "an array of names", "[\"ua\"]", BAD },
	{ "null", "null", BAD },
	{ "a string", "\"ua\"", BAD },
	{ "a number", "1", BAD },
	{ "true", "true", BAD },
	{ "name empty", "{\"\":\"" H "\"}", BAD },
	{ "name of 15", "{\"abcdefghijklmno\":\"" H "\"}", MISMATCH },
	{ "name of 16", "{\"abcdefghijklmnop\":\"" H "\"}", BAD },
	{ "name of 100", "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\""
	  H "\"}", BAD },
	{ "name in capitals", "{\"UA\":\"" H "\"}", BAD },
	{ "name with a point", "{\"u.a\":\"" H "\"}", BAD },
	{ "name with a space", "{\"u a\":\"" H "\"}", BAD },
	{ "name with a brace", "{\"u{a\":\"" H "\"}", BAD },
	{ "name with a slash", "{\"u/a\":\"" H "\"}", BAD },
	{ "name not ASCII", "{\"\xc3\xab\":\"" H "\"}", BAD },
	{ "name with a quote", "{\"u\\\"a\":\"" H "\"}", BAD },
	{ "name of digits and -_", "{\"0-9_\":\"" H "\"}", MISMATCH },
	{ "name twice", "{\"ua\":\"" H "\",\"ua\":\"" H "\"}", BAD },
	{ "name twice, escaped", "{\"ua\":\"" H "\",\"\\u0075a\":\"" H "\"}", BAD },
	{ "value of 15", "{\"ua\":\"AAAAAAAAAAAAAAA\"}", BAD },
	{ "value of 17", "{\"ua\":\"AAAAAAAAAAAAAAAAA\"}", BAD },
	{ "value escaped all through, of 17", "{\"ua\":\"\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041"
	  "\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\"}", BAD },
	{ "value escaped, of 17", "{\"ua\":\"\\u0041AAAAAAAAAAAAAAAA\"}", BAD },
	{ "value escaped once, and much longer", "{\"ua\":\"\\u0041" A100 A100 A100 A100 A100 A100 A100 A100 A100 A100 "\"}", BAD },
	{ "name escaped once, and much longer", "{\"\\u0061" A100 A100 A100 A100 A100 A100 A100 A100 A100 A100 "\":\"" H "\"}", BAD },
	{ "value empty", "{\"ua\":\"\"}", BAD },
	{ "value with +", "{\"ua\":\"AAAAAAAAAAAAAAA+\"}", BAD },
	{ "value with padding", "{\"ua\":\"AAAAAAAAAAAAAA==\"}", BAD },
	{ "value a number", "{\"ua\":1}", BAD },
	{ "value null", "{\"ua\":null}", BAD },
	{ "value an array", "{\"ua\":[\"" H "\"]}", BAD },
	{ "value an object", "{\"ua\":{\"ua\":\"" H "\"}}", BAD },
	{ "value of the second a number", "{\"ua\":\"" H "\",\"net\":1}", BAD },
	{ "8 names", "{" H8("a") "}", MISMATCH },
	{ "9 names", "{\"ua\":\"" H "\"," H8("a") "}", BAD },
	{ "16 names", "{" H8("a") "," H8("b") "}", BAD },
};

START_TEST(test_shapes)
{
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		char *member = forge_text("\"ctx\":%s", shapes[i].ctx), *payload = judge_payload(NULL, member);

		judge_take(&j, shapes[i].name, judge_token(&j, payload, strlen(payload)), shapes[i].expected);
		free(payload);
		free(member);
	}
	judge_done(&j);
}
END_TEST

#define GIVE(name, value) { name, value, sizeof(value) - 1 }

/* What the token binds, what the client shows, and what comes of it. Where `bound` is NULL the token binds nothing. */
static const struct {
	const char *name;
	sess_context bound, given;
	const char *mode; /* NULL: the policy does not mention the name */
	uint32_t expected;
} rules[] = {
	{ "same", GIVE("tls", "key"), GIVE("tls", "key"), NULL, 0 },
	{ "same, enforced by name", GIVE("ua", "Firefox"), GIVE("ua", "Firefox"), "enforce", 0 },
	{ "other", GIVE("tls", "key"), GIVE("tls", "kez"), NULL, MISMATCH },
	{ "other, enforced by name", GIVE("ua", "Firefox"), GIVE("ua", "Lynx"), "enforce", MISMATCH },
	{ "other, enforced net", GIVE("net", "192.0.2.0/24"), GIVE("net", "192.0.3.0/24"), "enforce", MISMATCH },
	{ "longer", GIVE("tls", "key"), GIVE("tls", "key "), NULL, MISMATCH },
	{ "with NUL", GIVE("tls", "key"), GIVE("tls", "key\0"), NULL, MISMATCH },
	{ "NUL within", GIVE("tls", "k\0y"), GIVE("tls", "k\0y"), NULL, 0 },
	{ "empty and empty", GIVE("tls", ""), GIVE("tls", ""), NULL, 0 },
	{ "empty and not", GIVE("tls", ""), GIVE("tls", "x"), NULL, MISMATCH },
	/* The length between name and value keeps these apart. */
	{ "name and value joined otherwise", GIVE("ab", "c"), GIVE("a", "bc"), NULL, MISMATCH },
	{ "not given", GIVE("tls", "key"), GIVE("dpop", "key"), NULL, MISMATCH },
	{ "not given, reported", GIVE("tls", "key"), GIVE("dpop", "key"), "report", 0 },
	{ "not given, off", GIVE("tls", "key"), GIVE("dpop", "key"), "off", 0 },
	{ "other, reported", GIVE("ua", "Firefox"), GIVE("ua", "Lynx"), NULL, 0 },
	{ "other, reported by name", GIVE("tls", "key"), GIVE("tls", "kez"), "report", 0 },
	{ "other, off", GIVE("net", "a"), GIVE("net", "b"), NULL, 0 },
	{ "other, off by name", GIVE("tls", "a"), GIVE("tls", "b"), "off", 0 },
	{ "not bound", { NULL, NULL, 0 }, GIVE("tls", "key"), "enforce", 0 },
};

START_TEST(test_rules)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct judge j;
		sess_policy policy;
		char hash[17], *member = NULL, *payload, *json;

		json = rules[i].mode == NULL ? forge_text("{}") : forge_text("{\"context\":{\"%s\":\"%s\"}}",
		    rules[i].bound.name != NULL ? rules[i].bound.name : rules[i].given.name, rules[i].mode);
		ck_assert_int_eq(sess_policy_parse(json, strlen(json), &policy, NULL), 0);
		judge_init(&j, &judge_combos[_i], &policy);
		j.context = &rules[i].given;
		j.context_count = 1;
		if (rules[i].bound.name != NULL) {
			ref_context_hash(j.ring, SID, &rules[i].bound, hash);
			member = forge_text("\"ctx\":{\"%s\":\"%s\"}", rules[i].bound.name, hash);
		}
		payload = judge_payload(NULL, member);
		judge_take(&j, rules[i].name, judge_token(&j, payload, strlen(payload)), rules[i].expected);
		free(payload);
		free(member);
		free(json);
		judge_done(&j);
	}
}
END_TEST

/* A mismatch is told beside every other rule of an authentic token that does not hold. */
START_TEST(test_collected)
{
	struct judge j;
	char *payload = judge_payload(NULL, "\"iss\":\"x\",\"ctx\":{\"tls\":\"" H "\",\"dpop\":\"" H "\"}"), *token;
	sess_session *session = NULL;
	sess_diag diag;

	judge_init(&j, &judge_combos[_i], NULL);
	j.now += 1000000;
	token = judge_token(&j, payload, strlen(payload));
	judge_expect(&j, "all at once", token, strlen(token), MISMATCH | SESS_REASON_WRONG_ISSUER |
	    SESS_REASON_ABSOLUTE_EXPIRED | SESS_REASON_IDLE_EXPIRED);
	ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.findings_count, 5);
	ck_assert_str_eq(diag.findings[3].member, "tls");
	ck_assert_str_eq(diag.findings[4].member, "dpop");
	ck_assert_uint_eq(diag.findings[4].reason, MISMATCH);
	free(token);
	free(payload);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("hostile_context");
	TCase *tcase = tcase_create("context");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_shapes, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_rules, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_collected, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
