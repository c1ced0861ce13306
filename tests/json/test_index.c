/* SPDX-License-Identifier: MIT */
/*
 * The payload index by named rows: what is accepted, what is refused and for which fault, its limits, and reading members.
 * Every row is also judged by jansson. The json layer alone.
 */
#include <check.h>

#include "json/agree.h"
#include "support/runner.h"

#define T(s) s, sizeof(s) - 1

static const struct json_limits full = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
static struct agree_room room;

static const struct {
	const char *name, *text;
	size_t len;
	enum json_fault fault;
} rows[] = {
	{ "empty object", T("{}"), JSON_F_NONE },
	{ "white space all round", T(" \t\r\n{ \"a\" : 1 , \"b\" : [ ] }\n "), JSON_F_NONE },
	{ "empty name", T("{\"\":1}"), JSON_F_NONE },
	{ "literals", T("{\"a\":true,\"b\":false,\"c\":null}"), JSON_F_NONE },
	{ "no text", T(""), JSON_F_NOT_OBJECT },
	{ "white space only", T(" \n"), JSON_F_NOT_OBJECT },
	{ "array", T("[1]"), JSON_F_NOT_OBJECT },
	{ "string", T("\"a\""), JSON_F_NOT_OBJECT },
	{ "byte order mark", T("\xef\xbb\xbf{}"), JSON_F_NOT_OBJECT },
	{ "UTF-16", T("{\0}\0"), JSON_F_SYNTAX },
	{ "NUL after", T("{}\0"), JSON_F_SYNTAX },
	{ "NUL after a number", T("{\"a\":1\0}"), JSON_F_SYNTAX },
	{ "NUL after a literal", T("{\"a\":true\0}"), JSON_F_SYNTAX },
	{ "NUL before a value", T("{\"a\":\0" "1}"), JSON_F_SYNTAX },
	{ "second object", T("{}{}"), JSON_F_SYNTAX },
	{ "second brace", T("{}}"), JSON_F_SYNTAX },
	{ "form feed as space", T("{\f}"), JSON_F_SYNTAX },
	{ "non-breaking space", T("{\xc2\xa0}"), JSON_F_SYNTAX },
	{ "comment", T("{/**/}"), JSON_F_SYNTAX },
	{ "trailing comma", T("{\"a\":1,}"), JSON_F_SYNTAX },
	{ "trailing comma in array", T("{\"a\":[1,]}"), JSON_F_SYNTAX },
	{ "leading comma", T("{,\"a\":1}"), JSON_F_SYNTAX },
	{ "leading comma in array", T("{\"a\":[,1]}"), JSON_F_SYNTAX },
	{ "no comma", T("{\"a\":1 \"b\":2}"), JSON_F_SYNTAX },
	{ "no colon", T("{\"a\" 1}"), JSON_F_SYNTAX },
	{ "no value", T("{\"a\":}"), JSON_F_SYNTAX },
	{ "name without quotes", T("{a:1}"), JSON_F_SYNTAX },
	{ "name a number", T("{1:1}"), JSON_F_SYNTAX },
	{ "single quotes", T("{'a':1}"), JSON_F_SYNTAX },
	{ "member in array", T("{\"a\":[\"b\":1]}"), JSON_F_SYNTAX },
	{ "array closed as object", T("{\"a\":[1}}"), JSON_F_SYNTAX },
	{ "object closed as array", T("{\"a\":1]"), JSON_F_SYNTAX },
	{ "literal cut", T("{\"a\":tru}"), JSON_F_SYNTAX },
	{ "literal continued", T("{\"a\":nullx}"), JSON_F_SYNTAX },
	{ "literal upper case", T("{\"a\":True}"), JSON_F_SYNTAX },
	{ "NaN", T("{\"a\":NaN}"), JSON_F_SYNTAX },
	{ "Infinity", T("{\"a\":-Infinity}"), JSON_F_SYNTAX },

	{ "duplicate", T("{\"a\":1,\"a\":2}"), JSON_F_DUPLICATE },
	{ "duplicate, escaped", T("{\"a\":1,\"\\u0061\":2}"), JSON_F_DUPLICATE },
	{ "duplicate, both escaped", T("{\"\\u00e9\":1,\"\\u00E9\":2}"), JSON_F_DUPLICATE },
	{ "duplicate, UTF-8 and escape", T("{\"\xc3\xa9\":1,\"\\u00e9\":2}"), JSON_F_DUPLICATE },
	{ "duplicate, pair and UTF-8", T("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"), JSON_F_DUPLICATE },
	{ "duplicate, solidus", T("{\"/\":1,\"\\/\":2}"), JSON_F_DUPLICATE },
	{ "duplicate empty name", T("{\"\":1,\"\":2}"), JSON_F_DUPLICATE },
	{ "duplicate nested", T("{\"v\":{\"a\":1,\"a\":2}}"), JSON_F_DUPLICATE },
	{ "duplicate nested, escaped", T("{\"v\":[{\"a\":1,\"b\":{},\"\\u0061\":2}]}"), JSON_F_DUPLICATE },
	{ "duplicate round an object", T("{\"a\":{\"b\":1},\"a\":2}"), JSON_F_DUPLICATE },
	{ "same name, other level", T("{\"a\":{\"a\":{\"a\":1}}}"), JSON_F_NONE },
	{ "same name, in a closed object", T("{\"v\":{\"a\":1},\"a\":2}"), JSON_F_NONE },
	{ "same name, siblings", T("{\"v\":[{\"a\":1},{\"a\":2}]}"), JSON_F_NONE },
	{ "prefix of a name", T("{\"a\":1,\"ab\":2,\"abc\":3}"), JSON_F_NONE },
	{ "other case", T("{\"a\":1,\"A\":2}"), JSON_F_NONE },

	{ "escapes", T("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uFFFF\"}"), JSON_F_NONE },
	{ "unknown escape", T("{\"a\":\"\\x\"}"), JSON_F_SYNTAX },
	{ "upper case u", T("{\"a\":\"\\U0061\"}"), JSON_F_SYNTAX },
	{ "escaped NUL byte", T("{\"a\":\"\\\0\"}"), JSON_F_SYNTAX },
	{ "three hex digits", T("{\"a\":\"\\u006\"}"), JSON_F_SYNTAX },
	{ "hex digit g", T("{\"a\":\"\\u006g\"}"), JSON_F_SYNTAX },
	{ "backslash at the end", T("{\"a\":\"\\\"}"), JSON_F_SYNTAX },
	{ "U+0000 escaped", T("{\"a\":\"\\u0000\"}"), JSON_F_NUL },
	{ "U+0000 escaped in a name", T("{\"\\u0000\":1}"), JSON_F_NUL },
	{ "U+0000", T("{\"a\":\"\0\"}"), JSON_F_NUL },
	{ "control 1f", T("{\"a\":\"\x1f\"}"), JSON_F_SYNTAX },
	{ "tab in a string", T("{\"a\":\"\t\"}"), JSON_F_SYNTAX },
	{ "line feed in a name", T("{\"a\n\":1}"), JSON_F_SYNTAX },
	{ "delete", T("{\"a\":\"\x7f\"}"), JSON_F_NONE },
	{ "surrogate pair", T("{\"a\":\"\\ud800\\udc00\\uDBFF\\uDFFF\"}"), JSON_F_NONE },
	{ "high surrogate alone", T("{\"a\":\"\\ud800\"}"), JSON_F_UTF8 },
	{ "low surrogate alone", T("{\"a\":\"\\udc00\"}"), JSON_F_UTF8 },
	{ "surrogates reversed", T("{\"a\":\"\\udc00\\ud800\"}"), JSON_F_UTF8 },
	{ "two high surrogates", T("{\"a\":\"\\ud800\\ud800\"}"), JSON_F_UTF8 },
	{ "high surrogate and letter", T("{\"a\":\"\\ud800a\"}"), JSON_F_UTF8 },
	{ "high surrogate in a name", T("{\"\\udbff\":1}"), JSON_F_UTF8 },

	{ "UTF-8 at its bounds", T("{\"a\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"),
	    JSON_F_NONE },
	{ "overlong of 2", T("{\"a\":\"\xc1\xbf\"}"), JSON_F_UTF8 },
	{ "overlong of 3", T("{\"a\":\"\xe0\x9f\xbf\"}"), JSON_F_UTF8 },
	{ "overlong of 4", T("{\"a\":\"\xf0\x8f\xbf\xbf\"}"), JSON_F_UTF8 },
	{ "overlong NUL", T("{\"a\":\"\xc0\x80\"}"), JSON_F_UTF8 },
	{ "surrogate in UTF-8", T("{\"a\":\"\xed\xa0\x80\"}"), JSON_F_UTF8 },
	{ "past U+10FFFF", T("{\"a\":\"\xf4\x90\x80\x80\"}"), JSON_F_UTF8 },
	{ "lead byte f5", T("{\"a\":\"\xf5\x80\x80\x80\"}"), JSON_F_UTF8 },
	{ "continuation alone", T("{\"a\":\"\x80\"}"), JSON_F_UTF8 },
	{ "sequence cut by the quote", T("{\"a\":\"\xe2\x82\"}"), JSON_F_UTF8 },
	{ "sequence cut by the end", T("{\"a\":\"\xf0\x9f\x98"), JSON_F_UTF8 },
	{ "byte ff in a name", T("{\"\xff\":1}"), JSON_F_UTF8 },

	{ "greatest integer", T("{\"a\":9223372036854775807}"), JSON_F_NONE },
	{ "2^63", T("{\"a\":9223372036854775808}"), JSON_F_NUMBER },
	{ "-2^63", T("{\"a\":-9223372036854775808}"), JSON_F_NONE },
	{ "-2^63 - 1", T("{\"a\":-9223372036854775809}"), JSON_F_NUMBER },
	{ "twenty digits", T("{\"a\":10000000000000000000}"), JSON_F_NUMBER },
	{ "large integer, nested", T("{\"a\":[[9223372036854775808]]}"), JSON_F_NUMBER },
	{ "-0", T("{\"a\":-0}"), JSON_F_NONE },
	{ "-0.0", T("{\"a\":-0.0}"), JSON_F_NONE },
	{ "01", T("{\"a\":01}"), JSON_F_SYNTAX },
	{ "-01", T("{\"a\":-01}"), JSON_F_SYNTAX },
	{ "00", T("{\"a\":00}"), JSON_F_SYNTAX },
	{ "+1", T("{\"a\":+1}"), JSON_F_SYNTAX },
	{ ".5", T("{\"a\":.5}"), JSON_F_SYNTAX },
	{ "-.5", T("{\"a\":-.5}"), JSON_F_SYNTAX },
	{ "1.", T("{\"a\":1.}"), JSON_F_SYNTAX },
	{ "1.e1", T("{\"a\":1.e1}"), JSON_F_SYNTAX },
	{ "-", T("{\"a\":-}"), JSON_F_SYNTAX },
	{ "1e", T("{\"a\":1e}"), JSON_F_SYNTAX },
	{ "1e+", T("{\"a\":1e+}"), JSON_F_SYNTAX },
	{ "1e1.5", T("{\"a\":1e1.5}"), JSON_F_SYNTAX },
	{ "0x10", T("{\"a\":0x10}"), JSON_F_SYNTAX },
	{ "1e307", T("{\"a\":1e307}"), JSON_F_NONE },
	{ "1e308", T("{\"a\":1e308}"), JSON_F_NUMBER },
	{ "12e306", T("{\"a\":12e306}"), JSON_F_NONE },
	{ "12e307", T("{\"a\":12e307}"), JSON_F_NUMBER },
	{ "1e400", T("{\"a\":1e400}"), JSON_F_NUMBER },
	{ "1e400, nested", T("{\"a\":{\"b\":[-1E+400]}}"), JSON_F_NUMBER },
	{ "1e99999999999999999999", T("{\"a\":1e99999999999999999999}"), JSON_F_NUMBER },
	{ "1e-99999999999999999999", T("{\"a\":1e-99999999999999999999}"), JSON_F_NONE },
	{ "1e0000000000000000000001", T("{\"a\":1e0000000000000000000001}"), JSON_F_NONE },
	{ "smallest real", T("{\"a\":4.9e-324}"), JSON_F_NONE },
};

START_TEST(row)
{
	enum agree verdict = agree_judge(rows[_i].text, rows[_i].len, &full, &room);

	ck_assert_msg(room.index.fault == rows[_i].fault, "%s: %s", rows[_i].name, json_fault_sentence(room.index.fault));
	ck_assert_msg(verdict != AGREE_BROKEN, "%s: %s", rows[_i].name, room.why);
	/* Here no rule of ours may explain it: jansson itself refuses. */
	if (rows[_i].fault == JSON_F_DUPLICATE || rows[_i].fault == JSON_F_UTF8 || rows[_i].fault == JSON_F_NUL)
		ck_assert_msg(verdict == AGREE_REFUSED, "%s: %s", rows[_i].name, agree_names[verdict]);
}
END_TEST

/* An object of n members, all of one width, in out. */
static size_t
put_members(char *out, size_t n)
{
	char *p = out;

	*p++ = '{';
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "%s\"m%06zu\":%zu", i > 0 ? "," : "", i, i);
	*p++ = '}';
	return (size_t)(p - out);
}

START_TEST(members)
{
	static const struct {
		size_t n, limit;
		enum json_fault fault;
	} counts[] = { { 0, 1, JSON_F_NONE }, { 1, 1, JSON_F_NONE }, { 2, 1, JSON_F_MEMBERS }, { 16, 16, JSON_F_NONE },
		{ 17, 16, JSON_F_MEMBERS }, { 128, 128, JSON_F_NONE }, { 129, 128, JSON_F_MEMBERS }, { 100000, 128, JSON_F_MEMBERS } };
	char *text = malloc(100000 * 20 + 64);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct json_limits limits = { JSON_DEPTH_MAX, counts[i].limit };
		size_t n = put_members(text, counts[i].n), nested;

		ck_assert_msg(agree_judge(text, n, &limits, &room) != AGREE_BROKEN, "%zu members: %s", counts[i].n, room.why);
		ck_assert_int_eq(room.index.fault, counts[i].fault);
		memcpy(text, "{\"v\":[", 6);
		nested = 6 + put_members(text + 6, counts[i].n);
		memcpy(text + nested, "]}", 2);
		ck_assert_msg(agree_judge(text, nested + 2, &limits, &room) != AGREE_BROKEN, "nested %zu: %s", counts[i].n, room.why);
		ck_assert_int_eq(room.index.fault, counts[i].fault);
	}
	free(text);
}
END_TEST

/* Every open object full at every depth: the scratch holds all their names. */
START_TEST(full_scratch)
{
	size_t room_len = JSON_DEPTH_MAX * JSON_MEMBERS_MAX * 20, n = 0;
	char *text = malloc(room_len);

	ck_assert_ptr_nonnull(text);
	for (int depth = 0; depth < JSON_DEPTH_MAX; depth++) {
		n += put_members(text + n, JSON_MEMBERS_MAX - 1) - 1;
		n += (size_t)sprintf(text + n, ",\"v\":%s", depth + 1 < JSON_DEPTH_MAX ? "" : "0");
	}
	memset(text + n, '}', JSON_DEPTH_MAX);
	ck_assert_msg(agree_judge(text, n + JSON_DEPTH_MAX, &full, &room) == AGREE_ACCEPTED, "%s", room.why);
	ck_assert_uint_eq(room.index.count, JSON_MEMBERS_MAX);
	free(text);
}
END_TEST

START_TEST(depths)
{
	for (size_t limit = 1; limit <= JSON_DEPTH_MAX; limit++) {
		struct json_limits limits = { limit, JSON_MEMBERS_MAX };

		for (size_t depth = 1; depth <= JSON_DEPTH_MAX + 2; depth++) {
			char arrays[64], objects[128];
			size_t n = (size_t)sprintf(arrays, "{\"a\":%.*s%s%.*s}", (int)depth - 1, "[[[[[[[[[[[[[[[[[[[[",
			    depth == 1 ? "1" : "", (int)depth - 1, "]]]]]]]]]]]]]]]]]]]]"), m = 0;

			for (size_t i = 0; i < depth; i++)
				m += (size_t)sprintf(objects + m, "{%s", i + 1 < depth ? "\"a\":" : "");
			memset(objects + m, '}', depth);
			ck_assert_int_eq(agree_judge(arrays, n, &limits, &room), depth <= limit ? AGREE_ACCEPTED : AGREE_DEPTH);
			ck_assert_int_eq(agree_judge(objects, m + depth, &limits, &room), depth <= limit ? AGREE_ACCEPTED : AGREE_DEPTH);
		}
	}
}
END_TEST

START_TEST(bombs)
{
	static const char *const units[] = { "[", "{\"a\":", "[{\"a\":", "\"", "\\", " ", "1", "\xf0\x9f\x98\x80" };
	char *text = malloc(700016);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = (size_t)sprintf(text, "{\"a\":"), unit = strlen(units[i]);

		for (int k = 0; k < 100000; k++, n += unit)
			memcpy(text + n, units[i], unit);
		ck_assert_msg(agree_judge(text, n, &full, &room) == AGREE_REFUSED, "%s: %s", units[i], room.why);
	}
	free(text);
}
END_TEST

START_TEST(too_long)
{
	ck_assert_int_eq(json_index_build("{}", (size_t)UINT32_MAX / 2 + 1, &full, &room.scratch, &room.index), SESS_ERR_REJECTED);
	ck_assert_int_eq(room.index.fault, JSON_F_TOO_LONG);
	ck_assert_uint_eq(room.index.count, 0);
}
END_TEST

START_TEST(recorded)
{
	static const char text[] = " { \"a\" : [ 1, {\"x\":2} ] , \"b\\u0063\":\"d\\n\",\"n\":-12 , \"o\":{} }";
	static const struct {
		const char *name, *value;
		enum json_type type;
		uint8_t name_escaped, value_escaped;
	} want[] = { { "a", "[ 1, {\"x\":2} ]", JSON_T_ARRAY, 0, 0 }, { "bc", "\"d\\n\"", JSON_T_STRING, 1, 1 },
		{ "n", "-12", JSON_T_INT, 0, 0 }, { "o", "{}", JSON_T_OBJECT, 0, 0 } };

	ck_assert_int_eq(json_index_build(text, sizeof(text) - 1, &full, &room.scratch, &room.index), 0);
	ck_assert_uint_eq(room.index.count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct json_member *m = json_member_find(text, room.index.member, room.index.count, want[i].name,
		    strlen(want[i].name));

		ck_assert_msg(m == &room.index.member[i], "%s is not found", want[i].name);
		ck_assert_uint_eq(m->value_len, strlen(want[i].value));
		ck_assert_mem_eq(text + m->value_off, want[i].value, m->value_len);
		ck_assert_int_eq(m->type, want[i].type);
		ck_assert_int_eq(m->name_escaped, want[i].name_escaped);
		ck_assert_int_eq(m->value_escaped, want[i].value_escaped);
	}
	ck_assert_ptr_null(json_member_find(text, room.index.member, room.index.count, "x", 1));
	ck_assert_ptr_null(json_member_find(text, room.index.member, room.index.count, "b", 1));
	ck_assert_ptr_null(json_member_find(text, room.index.member, room.index.count, "bcd", 3));
	ck_assert_ptr_null(json_member_find(text, room.index.member, room.index.count, "b\\u0063", 7));
	ck_assert_ptr_null(json_member_find(text, room.index.member, room.index.count, "", 0));
}
END_TEST

static const struct {
	const char *text;
	int64_t max;
	int ok;
	int64_t value;
} digits[] = {
	{ "{\"a\":0}", 0, 1, 0 }, { "{\"a\":1}", 0, 0, 0 }, { "{\"a\":253402300799}", 253402300799, 1, 253402300799 },
	{ "{\"a\":253402300800}", 253402300799, 0, 0 }, { "{\"a\":9223372036854775807}", INT64_MAX, 1, INT64_MAX },
	{ "{\"a\":-1}", INT64_MAX, 0, 0 }, { "{\"a\":-0}", INT64_MAX, 0, 0 }, { "{\"a\":1.0}", INT64_MAX, 0, 0 },
	{ "{\"a\":1e3}", INT64_MAX, 0, 0 }, { "{\"a\":\"1\"}", INT64_MAX, 0, 0 }, { "{\"a\":true}", INT64_MAX, 0, 0 },
	{ "{\"a\":null}", INT64_MAX, 0, 0 }, { "{\"a\":[1]}", INT64_MAX, 0, 0 }, { "{\"a\":{}}", INT64_MAX, 0, 0 },
};

START_TEST(digits_row)
{
	int64_t value = 77;
	int rc;

	ck_assert_int_eq(json_index_build(digits[_i].text, strlen(digits[_i].text), &full, &room.scratch, &room.index), 0);
	rc = json_member_digits(digits[_i].text, &room.index.member[0], digits[_i].max, &value);
	ck_assert_msg(rc == (digits[_i].ok ? 0 : SESS_ERR_REJECTED), "%s", digits[_i].text);
	ck_assert_msg(value == (digits[_i].ok ? digits[_i].value : 77), "%s", digits[_i].text);
}
END_TEST

START_TEST(int_types)
{
	static const char text[] = "{\"i\":-9223372036854775808,\"r\":1.5,\"s\":\"1\"}";
	int64_t value = 77;

	ck_assert_int_eq(json_index_build(text, sizeof(text) - 1, &full, &room.scratch, &room.index), 0);
	ck_assert_int_eq(json_member_int(text, &room.index.member[1], &value), SESS_ERR_REJECTED);
	ck_assert_int_eq(json_member_int(text, &room.index.member[2], &value), SESS_ERR_REJECTED);
	ck_assert_int_eq(value, 77);
	ck_assert_int_eq(json_member_int(text, &room.index.member[0], &value), 0);
	ck_assert(value == INT64_MIN);
}
END_TEST

START_TEST(sentences)
{
	for (int i = JSON_F_NONE; i <= JSON_F_TOO_LONG; i++) {
		ck_assert_ptr_nonnull(json_fault_sentence((enum json_fault)i));
		for (int k = JSON_F_NONE; k < i; k++)
			ck_assert_str_ne(json_fault_sentence((enum json_fault)i), json_fault_sentence((enum json_fault)k));
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("json/index");
	TCase *tc = tcase_create("index");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, row, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tc, digits_row, 0, (int)(sizeof(digits) / sizeof(digits[0])));
	tcase_add_test(tc, members);
	tcase_add_test(tc, full_scratch);
	tcase_add_test(tc, depths);
	tcase_add_test(tc, bombs);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, recorded);
	tcase_add_test(tc, int_types);
	tcase_add_test(tc, sentences);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
