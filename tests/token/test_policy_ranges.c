/* SPDX-License-Identifier: MIT */
/*
 * Every member of a policy by every wrong type and at both ends of its range, from text and from a struct; each refusal names
 * the member and what is allowed. The rows of single policies are in test_policy.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sess/policy.h>

#include "support/runner.h"

static const struct {
	const char *name, *range;
	size_t offset, width;
	long long min, max;
} numbers[] = {
#define ROW(field, min, max, range) { #field, range, offsetof(sess_policy, field), sizeof(((sess_policy *)0)->field), min, max }
	ROW(idle_timeout_s, 1, 34560000, "1..34560000"),
	ROW(absolute_timeout_s, 1, 34560000, "1..34560000"),
	ROW(leeway_s, 0, 600, "0..600"),
	ROW(renew_after_percent, 1, 99, "1..99"),
	ROW(max_token_bytes, 256, 65536, "256..65536"),
	ROW(max_depth, 1, 16, "1..16"),
	ROW(max_members, 16, 128, "16..128"),
	ROW(revocations_max, 1, 100000000, "1..100000000"),
	ROW(revocations_max_staleness_s, 1, 86400, "1..86400"),
	ROW(watch_window_s, 1, 86400, "1..86400"),
	ROW(watch_client_rejections, 0, 1000000, "0..1000000"),
	ROW(watch_session_contexts, 0, 16, "0..16"),
	ROW(watch_unknown_keys, 0, 1000000, "0..1000000"),
	ROW(watch_slots, 8, 65536, "8..65536"),
#undef ROW
};

static const struct {
	const char *name;
	size_t offset, max;
} texts[] = {
	{ "issuer", offsetof(sess_policy, issuer), SESS_NAME_MAX },
	{ "audience", offsetof(sess_policy, audience), SESS_NAME_MAX },
	{ "typ", offsetof(sess_policy, typ), SESS_TYP_MAX },
};

static int64_t
field(const sess_policy *policy, int row)
{
	int64_t wide;
	int32_t narrow;

	if (numbers[row].width == sizeof(wide)) {
		memcpy(&wide, (const char *)policy + numbers[row].offset, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const char *)policy + numbers[row].offset, sizeof(narrow));
	return narrow;
}

static void
set_field(sess_policy *policy, int row, long long value)
{
	int64_t wide = value;
	int32_t narrow = (int32_t)value;

	if (numbers[row].width == sizeof(wide))
		memcpy((char *)policy + numbers[row].offset, &wide, sizeof(wide));
	else
		memcpy((char *)policy + numbers[row].offset, &narrow, sizeof(narrow));
}

/* A policy of this one member; the others are where they do not contradict it. */
static int
parse_member(const char *name, const char *value, sess_policy *policy, sess_diag *diag)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "{\"%s\":%s%s}", name, value,
	    strcmp(name, "idle_timeout_s") == 0	      ? ",\"absolute_timeout_s\":34560000" :
		strcmp(name, "absolute_timeout_s") == 0 ? ",\"idle_timeout_s\":1" :
							  "");

	ck_assert_int_lt(n, (int)sizeof(text));
	return sess_policy_parse(text, (size_t)n, policy, diag);
}

START_TEST(number_types)
{
	static const char *const wrong[] = { "\"60\"", "60.0", "6e1", "true", "false", "null", "[60]", "{}", "9223372036854775807",
		"-9223372036854775808", "4294967297" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		sess_policy policy;
		sess_diag diag;

		ck_assert_msg(parse_member(numbers[_i].name, wrong[i], &policy, &diag) == SESS_ERR_POLICY, "%s: %s", numbers[_i].name,
		    wrong[i]);
		ck_assert_str_eq(diag.member, numbers[_i].name);
		ck_assert_msg(strstr(diag.message, numbers[_i].range) != NULL, "%s", diag.message);
		ck_assert_int_eq(parse_member(numbers[_i].name, wrong[i], &policy, NULL), SESS_ERR_POLICY);
	}
}
END_TEST

START_TEST(number_ends)
{
	const long long values[] = { numbers[_i].min - 1, numbers[_i].min, numbers[_i].max, numbers[_i].max + 1 };

	for (size_t i = 0; i < 4; i++) {
		int ok = i == 1 || i == 2;
		sess_policy policy, direct;
		sess_diag diag;
		char value[32];

		(void)snprintf(value, sizeof(value), "%lld", values[i]);
		ck_assert_msg(parse_member(numbers[_i].name, value, &policy, &diag) == (ok ? 0 : SESS_ERR_POLICY), "%s: %s",
		    numbers[_i].name, value);
		if (ok)
			ck_assert_int_eq(field(&policy, _i), values[i]);
		else
			ck_assert_msg(strstr(diag.message, numbers[_i].range) != NULL, "%s", diag.message);
		sess_policy_init(&direct);
		direct.idle_timeout_s = 1;
		direct.absolute_timeout_s = 34560000;
		set_field(&direct, _i, values[i]);
		ck_assert_msg(sess_policy_check(&direct, &diag) == (ok ? 0 : SESS_ERR_POLICY), "%s: %s", numbers[_i].name, value);
		ck_assert_str_eq(diag.member, ok ? "" : numbers[_i].name);
		ck_assert_msg(ok || strstr(diag.message, numbers[_i].range) != NULL, "%s", diag.message);
	}
}
END_TEST

/* A wide number of which only the lower half lies in its range. */
START_TEST(number_halves)
{
	sess_policy policy;
	sess_diag diag;

	if (numbers[_i].width != sizeof(int64_t))
		return;
	sess_policy_init(&policy);
	set_field(&policy, _i, field(&policy, _i) + (1LL << 32));
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, numbers[_i].name);
}
END_TEST

START_TEST(text_types)
{
	static const char *const wrong[] = { "1", "1.5", "true", "null", "[\"a\"]", "{}", "\"\"", "\"a\\\"b\"", "\"a\\\\b\"", "\"a\\u001f\"",
		"\"a\\u007f\"" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		sess_policy policy;
		sess_diag diag;

		ck_assert_msg(parse_member(texts[_i].name, wrong[i], &policy, &diag) == SESS_ERR_POLICY, "%s: %s", texts[_i].name, wrong[i]);
		ck_assert_str_eq(diag.member, texts[_i].name);
	}
}
END_TEST

START_TEST(text_lengths)
{
	for (size_t n = texts[_i].max - 1; n <= texts[_i].max + 1; n++) {
		int ok = n <= texts[_i].max;
		char value[SESS_NAME_MAX + 8];
		sess_policy policy;
		sess_diag diag;

		memset(value, 'a', sizeof(value));
		value[0] = value[n + 1] = '"';
		value[n + 2] = '\0';
		ck_assert_msg(parse_member(texts[_i].name, value, &policy, &diag) == (ok ? 0 : SESS_ERR_POLICY), "%s of %zu", texts[_i].name, n);
		ck_assert_str_eq(diag.member, ok ? "" : texts[_i].name);
		if (ok)
			ck_assert_uint_eq(strlen((const char *)&policy + texts[_i].offset), n);
		(void)snprintf(value, sizeof(value), "%zu", texts[_i].max);
		ck_assert_msg(ok || strstr(diag.message, value) != NULL, "%s", diag.message);
	}
}
END_TEST

/* In a struct a text may be anything: not ended, not UTF-8, with what JSON would have to escape. */
START_TEST(text_direct)
{
	static const char *const wrong[] = { "a\"", "a\\", "a\n", "\x7f", "\xff", "\xc0\x80", "\xed\xa0\x80", "a\xc3" };
	sess_policy policy;
	sess_diag diag;

	for (size_t i = 0; i <= sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *out = (char *)&policy + texts[_i].offset;

		sess_policy_init(&policy);
		if (i == sizeof(wrong) / sizeof(wrong[0]))
			memset(out, 'a', texts[_i].max + 1);
		else
			memcpy(out, wrong[i], strlen(wrong[i]) + 1);
		ck_assert_msg(sess_policy_check(&policy, &diag) == SESS_ERR_POLICY, "%s, row %zu", texts[_i].name, i);
		ck_assert_str_eq(diag.member, texts[_i].name);
	}
}
END_TEST

START_TEST(typ_characters)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-/";

	for (int c = 1; c < 256; c++) {
		sess_policy policy;

		sess_policy_init(&policy);
		policy.typ[2] = (char)c;
		ck_assert_msg((sess_policy_check(&policy, NULL) == 0) == (strchr(allowed, c) != NULL), "character %d", c);
	}
}
END_TEST

START_TEST(any_audience)
{
	sess_policy policy;

	sess_policy_init(&policy);
	ck_assert_int_eq(policy.any_audience, 0);
	sess_policy_insecure_any_audience(&policy);
	ck_assert_int_eq(policy.any_audience, 1);
	ck_assert_int_eq(sess_policy_check(&policy, NULL), 0);
}
END_TEST

START_TEST(arguments)
{
	sess_policy policy;
	sess_diag diag;

	ck_assert_int_eq(sess_policy_check(NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_policy_parse(NULL, 1, &policy, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_policy_parse("{}", 2, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_policy_parse(NULL, 0, &policy, &diag), SESS_ERR_POLICY);
	ck_assert_int_eq(sess_policy_load_file("/nowhere", NULL, &diag), SESS_ERR_ARGUMENT);
}
END_TEST

/* A full file of 64 KiB is read, one byte more is not; a pipe without a writer does not hang. */
START_TEST(file_sizes)
{
	char dir[] = "/tmp/sess-policy-XXXXXX", path[64], fifo[64], *text = malloc(65537);
	sess_policy policy;
	sess_diag diag;

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/policy.json", dir);
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	memset(text, ' ', 65537);
	memcpy(text, "{}", 2);
	for (size_t n = 65536; n <= 65537; n++) {
		FILE *file = fopen(path, "wb");

		ck_assert_ptr_nonnull(file);
		ck_assert_uint_eq(fwrite(text, 1, n, file), n);
		ck_assert_int_eq(fclose(file), 0);
		ck_assert_int_eq(sess_policy_load_file(path, &policy, &diag), n == 65536 ? 0 : SESS_ERR_POLICY);
	}
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(sess_policy_load_file(fifo, &policy, &diag), SESS_ERR_IO);
	ck_assert_int_eq(sess_policy_load_file(dir, &policy, &diag), SESS_ERR_IO);
	(void)unlink(fifo);
	(void)unlink(path);
	(void)rmdir(dir);
	free(text);
}
END_TEST

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("token/policy, ranges");
	TCase *tc = tcase_create("ranges");

	tcase_add_loop_test(tc, number_types, 0, ROWS(numbers));
	tcase_add_loop_test(tc, number_ends, 0, ROWS(numbers));
	tcase_add_loop_test(tc, number_halves, 0, ROWS(numbers));
	tcase_add_loop_test(tc, text_types, 0, ROWS(texts));
	tcase_add_loop_test(tc, text_lengths, 0, ROWS(texts));
	tcase_add_loop_test(tc, text_direct, 0, ROWS(texts));
	tcase_add_test(tc, typ_characters);
	tcase_add_test(tc, any_audience);
	tcase_add_test(tc, arguments);
	tcase_add_test(tc, file_sizes);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
