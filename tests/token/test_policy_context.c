/* SPDX-License-Identifier: MIT */
/* The policy's modes of context names, from text and from a struct. */
#include <check.h>
#include <sess/policy.h>
#include <stdio.h>
#include <string.h>

#include "support/runner.h"

#define SEVEN "\"a\":\"off\",\"b\":\"off\",\"c\":\"off\",\"d\":\"off\",\"e\":\"off\",\"f\":\"off\",\"g\":\"off\""

START_TEST(test_good)
{
	static const char json[] = "{\"context\":{\"ua\":\"report\",\"tls\":\"enforce\",\"net\":\"off\"," "\"abcdefghijklmn_\":\"enforce\"}}";
	static const struct {
		const char *name;
		int mode;
	} rows[] = { { "ua", SESS_CONTEXT_MODE_REPORT }, { "tls", SESS_CONTEXT_MODE_ENFORCE }, { "net", SESS_CONTEXT_MODE_OFF },
		{ "abcdefghijklmn_", SESS_CONTEXT_MODE_ENFORCE } };
	sess_policy policy;

	ck_assert_int_eq(sess_policy_parse(json, strlen(json), &policy, NULL), 0);
	ck_assert_int_eq(policy.context_count, 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_str_eq(policy.context[i].name, rows[i].name);
		ck_assert_int_eq(policy.context[i].mode, rows[i].mode);
	}
	ck_assert_int_eq(sess_policy_parse("{\"context\":{}}", 14, &policy, NULL), 0);
	ck_assert_int_eq(policy.context_count, 0);
	ck_assert_int_eq(sess_policy_parse("{\"context\":{" SEVEN ",\"h\":\"off\"}}", strlen("{\"context\":{" SEVEN ",\"h\":\"off\"}}"),
	    &policy, NULL), 0);
	ck_assert_int_eq(policy.context_count, 8);
	sess_policy_init(&policy);
	ck_assert_int_eq(policy.context_count, 0);
}
END_TEST

static const struct {
	const char *context, *member;
} bad[] = {
	{ "[]", "context" },
	{ "null", "context" },
	{ "\"report\"", "context" },
	{ "{" SEVEN ",\"h\":\"off\",\"i\":\"off\"}", "context" },
	{ "{\"\":\"off\"}", "" },
	{ "{\"UA\":\"off\"}", "UA" },
	{ "{\"Ua\":\"off\"}", "Ua" },
	{ "{\"uA\":\"off\"}", "uA" },
	{ "{\"u a\":\"off\"}", "u a" },
	{ "{\"abcdefghijklmnop\":\"off\"}", "abcdefghijklmnop" },
	{ "{\"ua\":\"on\"}", "ua" },
	{ "{\"ua\":\"Report\"}", "ua" },
	{ "{\"ua\":\"report \"}", "ua" },
	{ "{\"ua\":true}", "ua" },
	{ "{\"ua\":1}", "ua" },
	{ "{\"ua\":null}", "ua" },
	{ "{\"ua\":[\"report\"]}", "ua" },
};

START_TEST(test_bad_text)
{
	sess_policy policy = { .leeway_s = 7 };
	char json[400];
	sess_diag diag;

	(void)snprintf(json, sizeof(json), "{\"context\":%s}", bad[_i].context);
	ck_assert_int_eq(sess_policy_parse(json, strlen(json), &policy, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, bad[_i].member);
	ck_assert_uint_gt(strlen(diag.message), 20);
	ck_assert_int_eq(policy.leeway_s, 7);
}
END_TEST

START_TEST(test_bad_struct)
{
	sess_policy policy;
	sess_diag diag;

	sess_policy_init(&policy);
	strcpy(policy.context[0].name, "ua");
	strcpy(policy.context[1].name, "tls");
	policy.context[0].mode = policy.context[1].mode = SESS_CONTEXT_MODE_ENFORCE;
	policy.context_count = 2;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), 0);
	policy.context[1].mode = 3;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, "tls");
	policy.context[1].mode = -1;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	policy.context[1].mode = 0;
	strcpy(policy.context[1].name, "ua");
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, "ua");
	policy.context[1].name[0] = '\0';
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	memset(policy.context[1].name, 'a', sizeof(policy.context[1].name));
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	policy.context_count = 9;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, "context");
	policy.context_count = -1;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	policy.context_count = 1;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("policy_context");
	TCase *tcase = tcase_create("context");

	tcase_add_test(tcase, test_good);
	tcase_add_loop_test(tcase, test_bad_text, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tcase, test_bad_struct);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
