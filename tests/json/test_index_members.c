/* SPDX-License-Identifier: MIT */
/*
 * What the payload index records of each member, how it is found by name, and how its integers are read. Layer json. Knows
 * nothing of claims.
 */
#include <string.h>

#include "json/index.h"
#include "support/runner.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
static struct json_scratch scratch;
static struct json_index record;

static void
build(const char *text)
{
	ck_assert_msg(json_index_build(text, strlen(text), &limits, &scratch, &record) == 0, "%s", text);
}

static const char sample[] = "{\"s\": \"x\\n\" ,\"plain\":\"\xc3\xa9\",\"i\":-12,\"r\":1.5e3,\"t\":true,\"f\":false,\"n\" : null,"
			     "\"o\":{\"s\":1} ,\"l\":[ 1,{\"t\":2} ],\"\\u0065sc\":0,\"\":7}";

static const struct row {
	const char *name, *raw, *value;
	enum json_type type;
	uint8_t name_escaped, value_escaped;
} rows[] = {
	{ "s", "s", "\"x\\n\"", JSON_T_STRING, 0, 1 },
	{ "plain", "plain", "\"\xc3\xa9\"", JSON_T_STRING, 0, 0 },
	{ "i", "i", "-12", JSON_T_INT, 0, 0 },
	{ "r", "r", "1.5e3", JSON_T_REAL, 0, 0 },
	{ "t", "t", "true", JSON_T_TRUE, 0, 0 },
	{ "f", "f", "false", JSON_T_FALSE, 0, 0 },
	{ "n", "n", "null", JSON_T_NULL, 0, 0 },
	{ "o", "o", "{\"s\":1}", JSON_T_OBJECT, 0, 0 },
	{ "l", "l", "[ 1,{\"t\":2} ]", JSON_T_ARRAY, 0, 0 },
	{ "esc", "\\u0065sc", "0", JSON_T_INT, 1, 0 },
	{ "", "", "7", JSON_T_INT, 0, 0 },
};

START_TEST(test_record)
{
	const struct row *row = &rows[_i];
	const struct json_member *m;

	build(sample);
	ck_assert_uint_eq(record.count, COUNT(rows));
	m = &record.member[_i];
	ck_assert_msg(m->name_len == strlen(row->raw) && memcmp(sample + m->name_off, row->raw, m->name_len) == 0, "%s: name", row->name);
	ck_assert_msg(m->value_len == strlen(row->value) && memcmp(sample + m->value_off, row->value, m->value_len) == 0, "%s: value",
	    row->name);
	ck_assert_msg(m->type == row->type, "%s: type %d", row->name, m->type);
	ck_assert_msg(m->name_escaped == row->name_escaped && m->value_escaped == row->value_escaped, "%s: escaped", row->name);
	ck_assert_ptr_eq(json_member_find(sample, record.member, record.count, row->name, strlen(row->name)), m);
}
END_TEST

static const struct find_row {
	const char *name, *text, *sought;
	int at; /* -1: there is none */
} find_rows[] = {
	{ "no members", "{}", "a", -1 },
	{ "another name", "{\"a\":1}", "b", -1 },
	{ "a longer name", "{\"a\":1}", "ab", -1 },
	{ "a shorter name", "{\"ab\":1}", "a", -1 },
	{ "the empty name, absent", "{\"ab\":1}", "", -1 },
	{ "another case", "{\"Sub\":1}", "sub", -1 },
	{ "nested only", "{\"a\":{\"b\":1}}", "b", -1 },
	{ "equal hashes, the first", "{\"costarring\":1,\"liquid\":2}", "costarring", 0 },
	{ "equal hashes, the second", "{\"costarring\":1,\"liquid\":2}", "liquid", 1 },
	{ "equal hashes, the other absent", "{\"costarring\":1}", "liquid", -1 },
	{ "equal hashes, one escaped", "{\"co\\u0073tarring\":1}", "liquid", -1 },
	{ "the spelling is not the name", "{\"\\u0061\":1}", "\\u0061", -1 },
	{ "an escaped pair", "{\"x\":0,\"\\ud83d\\ude00\":1}", "\xf0\x9f\x98\x80", 1 },
	{ "an escaped quote", "{\"\\\"\":1}", "\"", 0 },
};

START_TEST(test_find)
{
	const struct find_row *row = &find_rows[_i];
	const struct json_member *m;

	build(row->text);
	m = json_member_find(row->text, record.member, record.count, row->sought, strlen(row->sought));
	ck_assert_msg(m == (row->at < 0 ? NULL : &record.member[row->at]), "%s", row->name);
}
END_TEST

static const struct number_row {
	const char *text; /* of {"v":…} */
	int is_int;
	int64_t value, max;
	int is_digits; /* at most max */
} number_rows[] = {
	{ "{\"v\":0}", 1, 0, 0, 1 },
	{ "{\"v\":1}", 1, 1, 0, 0 },
	{ "{\"v\":-0}", 1, 0, 10, 0 },
	{ "{\"v\":-1}", 1, -1, 10, 0 },
	{ "{\"v\":253402300799}", 1, INT64_C(253402300799), INT64_C(253402300799), 1 },
	{ "{\"v\":253402300800}", 1, INT64_C(253402300800), INT64_C(253402300799), 0 },
	{ "{\"v\":9223372036854775807}", 1, INT64_MAX, INT64_MAX, 1 },
	{ "{\"v\":-9223372036854775808}", 1, INT64_MIN, INT64_MAX, 0 },
	{ "{\"v\":1.0}", 0, 0, 10, 0 },
	{ "{\"v\":1e2}", 0, 0, 1000, 0 },
	{ "{\"v\":\"1\"}", 0, 0, 10, 0 },
	{ "{\"v\":true}", 0, 0, 10, 0 },
	{ "{\"v\":null}", 0, 0, 10, 0 },
	{ "{\"v\":[1]}", 0, 0, 10, 0 },
};

START_TEST(test_numbers)
{
	const struct number_row *row = &number_rows[_i];
	int64_t value = 4711;

	build(row->text);
	ck_assert_msg(json_member_int(row->text, &record.member[0], &value) == (row->is_int ? 0 : SESS_ERR_REJECTED), "%s", row->text);
	ck_assert_msg(value == (row->is_int ? row->value : 4711), "%s: %lld", row->text, (long long)value);
	value = 4711;
	ck_assert_msg(json_member_digits(row->text, &record.member[0], row->max, &value) == (row->is_digits ? 0 : SESS_ERR_REJECTED),
	    "%s as digits", row->text);
	ck_assert_msg(value == (row->is_digits ? row->value : 4711), "%s as digits: %lld", row->text, (long long)value);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json index members");
	TCase *tc = tcase_create("members");

	tcase_add_loop_test(tc, test_record, 0, (int)COUNT(rows));
	tcase_add_loop_test(tc, test_find, 0, (int)COUNT(find_rows));
	tcase_add_loop_test(tc, test_numbers, 0, (int)COUNT(number_rows));
	suite_add_tcase(suite, tc);
	return runner_main(suite);
}
