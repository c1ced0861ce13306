/* SPDX-License-Identifier: MIT */
/* json/view.c and json/name.c: members of every type asked for as every type, pointers that are missing, and names that only begin alike. */
#include "json/view.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "json/name.h"
#include "support/runner.h"

static const char text[] = "{\"s\":\"a\\u00e9\",\"i\":-7,\"r\":1.5,\"t\":true,\"f\":false,\"n\":null,\"a\":[1],\"o\":{\"s\":1},"
			   "\"\\u006eame\":\"x\",\"a name of more than sixteen bytes\":1}";
static struct json_scratch scratch;
static struct json_index index_of;
static struct json_view view;
static char strings[sizeof(text)], copy[sizeof(text)];

static void
setup(void)
{
	const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };

	memcpy(copy, text, sizeof(text));
	ck_assert_int_eq(json_index_build(copy, sizeof(text) - 1, &limits, &scratch, &index_of), 0);
	view = (struct json_view){ copy, sizeof(text) - 1, strings, index_of.member, index_of.count };
}

/* What each member can be read as; -1: not at all. */
static const struct {
	const char *name, *string;
	int is_int, boolean;
	const char *json;
} members[] = {
	{ "s", "a\xc3\xa9", 0, -1, "\"a\\u00e9\"" },
	{ "i", NULL, 1, -1, "-7" },
	{ "r", NULL, 0, -1, "1.5" },
	{ "t", NULL, 0, 1, "true" },
	{ "f", NULL, 0, 0, "false" },
	{ "n", NULL, 0, -1, "null" },
	{ "a", NULL, 0, -1, "[1]" },
	{ "o", NULL, 0, -1, "{\"s\":1}" },
	{ "name", "x", 0, -1, "\"x\"" },
	{ "a name of more than sixteen bytes", NULL, 1, -1, "1" },
	{ "", NULL, 0, -1, NULL },
	{ "nam", NULL, 0, -1, NULL },
	{ "names", NULL, 0, -1, NULL },
	{ "a name of more than sixteen byte", NULL, 0, -1, NULL },
	{ NULL, NULL, 0, -1, NULL },
};

START_TEST(test_member)
{
	const char *name = members[_i].name, *string = "untouched", *json = "untouched";
	size_t string_len = 99, json_len = 99;
	int64_t number = 99;
	int boolean = 99;

	ck_assert_int_eq(view_get_string(&view, name, &string, &string_len), members[_i].string == NULL ? SESS_ERR_NO_CLAIM : 0);
	ck_assert_str_eq(string, members[_i].string == NULL ? "untouched" : members[_i].string);
	ck_assert_uint_eq(string_len, members[_i].string == NULL ? 99 : strlen(members[_i].string));
	ck_assert_int_eq(view_get_int(&view, name, &number), members[_i].is_int ? 0 : SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(number, !members[_i].is_int ? 99 : strcmp(name, "i") == 0 ? -7 : 1);
	ck_assert_int_eq(view_get_bool(&view, name, &boolean), members[_i].boolean >= 0 ? 0 : SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(boolean, members[_i].boolean >= 0 ? members[_i].boolean : 99);
	ck_assert_int_eq(view_get_json(&view, name, &json, &json_len), members[_i].json != NULL ? 0 : SESS_ERR_NO_CLAIM);
	if (members[_i].json == NULL)
		ck_assert_str_eq(json, "untouched");
	else
		ck_assert(json_len == strlen(members[_i].json) && memcmp(json, members[_i].json, json_len) == 0);
}
END_TEST

START_TEST(test_pointers)
{
	const char *value = NULL;
	size_t n = 0;

	ck_assert_int_eq(view_get_string(&view, "s", NULL, &n), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(view_get_string(&view, "s", &value, NULL), 0);
	ck_assert_str_eq(value, "a\xc3\xa9");
	ck_assert_int_eq(view_get_int(&view, "i", NULL), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(view_get_bool(&view, "t", NULL), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(view_get_json(&view, "s", NULL, &n), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(view_get_json(&view, "s", &value, NULL), SESS_ERR_NO_CLAIM);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* Raw, between the quotes; equal in both orders, or in none. */
static const struct {
	const char *a, *b;
	int equal;
} names[] = {
	{ "", "", 1 },
	{ "a", "", 0 },
	{ "ab", "a", 0 },
	{ "ab", "ac", 0 },
	{ "sub", "\\u0073ub", 1 },
	{ "sub", "su\\u0062\\u0062", 0 },
	{ "\xc3\xa9", "\\u00e9", 1 },
	{ "\xc3", "\\u00e9", 0 }, /* one byte of the two: no escape ends within a character, and yet */
	{ "\xf0\x9f\x98\x80", "\\uD83D\\uDE00", 1 },
	{ "\\/\\n", "/\\u000a", 1 },
};

START_TEST(test_names)
{
	const char *a = names[_i].a, *b = names[_i].b;

	ck_assert_int_eq(name_equals(a, strlen(a), b, strlen(b)), names[_i].equal);
	ck_assert_int_eq(name_equals(b, strlen(b), a, strlen(a)), names[_i].equal);
	if (names[_i].equal)
		ck_assert_uint_eq(name_hash(a, strlen(a), 1), name_hash(b, strlen(b), 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("view");
	TCase *tcase = tcase_create("view");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_member, 0, (int)(sizeof(members) / sizeof(members[0])));
	tcase_add_test(tcase, test_pointers);
	tcase_add_loop_test(tcase, test_names, 0, (int)(sizeof(names) / sizeof(names[0])));
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
