/* SPDX-License-Identifier: MIT */
/*
 * base/diag.c: what a diagnostic holds after each call, that names and texts are cut to their room and cannot drive
 * a terminal, and that a NULL diagnostic is allowed everywhere.
 */
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "support/runner.h"

/* Everything set to rubbish: what a call leaves must be its own. */
static void
fill(sess_diag *diag)
{
	memset(diag, 'z', sizeof(*diag));
}

START_TEST(null_diag)
{
	diag_clear(NULL);
	diag_set_kid(NULL, "kid");
	ck_assert_int_eq(diag_error(NULL, SESS_ERR_IO, "x"), SESS_ERR_IO);
	ck_assert_int_eq(diag_error_at(NULL, SESS_ERR_RING_KEY, "kid", "alg", "x"), SESS_ERR_RING_KEY);
	ck_assert_int_eq(diag_reject(NULL, SESS_REASON_BAD_TAG, NULL, NULL, NULL), SESS_ERR_REJECTED);
	ck_assert_int_eq(diag_reject_num(NULL, SESS_REASON_NOT_YET, "nbf", SESS_UNIT_TIME, 1, 2, "", ""), SESS_ERR_REJECTED);
}
END_TEST

START_TEST(clear)
{
	sess_diag diag;

	fill(&diag);
	diag_clear(&diag);
	ck_assert_int_eq(diag.code, 0);
	ck_assert_uint_eq(diag.reasons, 0);
	ck_assert_uint_eq(diag.findings_count, 0);
	ck_assert_str_eq(diag.kid, "");
	ck_assert_str_eq(diag.member, "");
	ck_assert_str_eq(diag.message, "");
}
END_TEST

START_TEST(error_says_it)
{
	sess_diag diag;

	fill(&diag);
	diag_clear(&diag);
	ck_assert_int_eq(diag_error(&diag, SESS_ERR_IO, "line %d", 7), SESS_ERR_IO);
	ck_assert_int_eq(diag.code, SESS_ERR_IO);
	ck_assert_str_eq(diag.message, "line 7");
	ck_assert_int_eq(diag_error(&diag, SESS_ERR_MEMORY, NULL), SESS_ERR_MEMORY);
	ck_assert_str_eq(diag.message, sess_error_sentence(SESS_ERR_MEMORY));
	ck_assert_int_eq(diag_error_at(&diag, SESS_ERR_RING_KEY, "k-1", "crv", NULL), SESS_ERR_RING_KEY);
	ck_assert_str_eq(diag.kid, "k-1");
	ck_assert_str_eq(diag.member, "crv");
	ck_assert_str_eq(diag.message, sess_error_sentence(SESS_ERR_RING_KEY));
	ck_assert_int_eq(diag_error_at(&diag, SESS_ERR_RING_KEY, NULL, NULL, "x"), SESS_ERR_RING_KEY);
	ck_assert_str_eq(diag.kid, "");
	ck_assert_str_eq(diag.member, "");
}
END_TEST

static const struct name {
	const char *name, *given, *kept;
} names[] = {
	{ "plain", "kid_1-A", "kid_1-A" },
	{ "escape sequence", "\033[31mred", "?[31mred" },
	{ "quote and backslash", "a\"b\\c", "a?b?c" },
	{ "line feed and tab", "a\nb\tc", "a?b?c" },
	{ "delete", "a\x7f", "a?" },
	{ "high bytes", "\xc3\xa9\x9b", "???" },
	{ "the ends of the printable range", " ~", " ~" },
};

START_TEST(name_is_sanitised)
{
	sess_diag diag;

	fill(&diag);
	diag_clear(&diag);
	(void)diag_error_at(&diag, SESS_ERR_RING_KEY, names[_i].given, names[_i].given, "x");
	ck_assert_str_eq(diag.kid, names[_i].kept);
	ck_assert_str_eq(diag.member, names[_i].kept);
	diag_set_kid(&diag, "");
	diag_set_kid(&diag, names[_i].given);
	ck_assert_str_eq(diag.kid, names[_i].kept);
	(void)diag_reject(&diag, SESS_REASON_MALFORMED, names[_i].given, NULL, NULL);
	ck_assert_str_eq(diag.findings[0].member, names[_i].kept);
	ck_assert_str_eq(diag.findings[0].expected_text, "");
	ck_assert_str_eq(diag.findings[0].got_text, "");
}
END_TEST

static const struct name texts[] = {
	{ "UTF-8 stays", "caf\xc3\xa9 \"\\", "caf\xc3\xa9 \"\\" },
	{ "escape sequence", "\033[31mred", "?[31mred" },
	{ "line feed and delete", "a\nb\x7f", "a?b?" },
	{ "the control characters above ASCII", "a\xc2\x9b" "31m\xc2\xa0", "a??31m\xc2\xa0" },
};

START_TEST(text_is_sanitised)
{
	sess_diag diag;

	fill(&diag);
	diag_clear(&diag);
	(void)diag_error(&diag, SESS_ERR_IO, "%s", texts[_i].given);
	ck_assert_str_eq(diag.message, texts[_i].kept);
	(void)diag_reject(&diag, SESS_REASON_WRONG_ISSUER, "iss", texts[_i].given, texts[_i].given);
	ck_assert_str_eq(diag.findings[0].expected_text, texts[_i].kept);
	ck_assert_str_eq(diag.findings[0].got_text, texts[_i].kept);
}
END_TEST

START_TEST(cut_to_room)
{
	char longest[1001];
	sess_diag diag;

	memset(longest, 'm', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	fill(&diag);
	diag_clear(&diag);
	(void)diag_error_at(&diag, SESS_ERR_RING_KEY, longest, longest, "%s", longest);
	ck_assert_uint_eq(strlen(diag.kid), SESS_KID_MAX);
	ck_assert_uint_eq(strlen(diag.member), SESS_MEMBER_MAX);
	ck_assert_uint_eq(strlen(diag.message), sizeof(diag.message) - 1);
	(void)diag_reject(&diag, SESS_REASON_WRONG_ISSUER, longest, longest, longest);
	ck_assert_uint_eq(strlen(diag.findings[0].member), SESS_MEMBER_MAX);
	ck_assert_uint_eq(strlen(diag.findings[0].expected_text), sizeof(diag.findings[0].expected_text) - 1);
	ck_assert_uint_eq(strlen(diag.findings[0].got_text), sizeof(diag.findings[0].got_text) - 1);
}
END_TEST

/* A character of two to four bytes is kept whole or not at all, wherever the cut falls. */
START_TEST(cut_between_characters)
{
	static const char *const characters[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91" };
	const char *c = characters[_i];
	size_t width = strlen(c);

	for (size_t before = 0; before < 4; before++) {
		char text[1024] = "";
		sess_diag diag;
		size_t room = sizeof(diag.message) - 1;

		memset(text, 'a', before);
		for (size_t n = before; n + width < sizeof(text); n += width)
			memcpy(text + n, c, width);
		fill(&diag);
		diag_clear(&diag);
		(void)diag_error(&diag, SESS_ERR_IO, "%s", text);
		ck_assert_uint_eq(strlen(diag.message), before + (room - before) / width * width);
	}
}
END_TEST

START_TEST(rejections_collect)
{
	sess_diag diag;

	fill(&diag);
	diag_clear(&diag);
	ck_assert_int_eq(diag_reject_num(&diag, SESS_REASON_IDLE_EXPIRED, "exp", SESS_UNIT_TIME, 100, 200, "e", "g"),
	    SESS_ERR_REJECTED);
	ck_assert_str_eq(diag.message, sess_reason_sentence(SESS_REASON_IDLE_EXPIRED));
	ck_assert_int_eq(diag_reject(&diag, SESS_REASON_WRONG_TYPE, "typ", "sess+jwt", NULL), SESS_ERR_REJECTED);
	ck_assert_int_eq(diag.code, SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_IDLE_EXPIRED | SESS_REASON_WRONG_TYPE);
	ck_assert_str_eq(diag.message, sess_reason_sentence(SESS_REASON_WRONG_TYPE));
	ck_assert_uint_eq(diag.findings_count, 2);
	ck_assert_uint_eq(diag.findings[0].reason, SESS_REASON_IDLE_EXPIRED);
	ck_assert_int_eq(diag.findings[0].unit, SESS_UNIT_TIME);
	ck_assert_int_eq(diag.findings[0].expected, 100);
	ck_assert_int_eq(diag.findings[0].got, 200);
	ck_assert_str_eq(diag.findings[0].member, "exp");
	ck_assert_str_eq(diag.findings[0].expected_text, "e");
	ck_assert_str_eq(diag.findings[0].got_text, "g");
	ck_assert_uint_eq(diag.findings[1].reason, SESS_REASON_WRONG_TYPE);
	ck_assert_int_eq(diag.findings[1].unit, SESS_UNIT_NONE);
	ck_assert_int_eq(diag.findings[1].expected, 0);
	ck_assert_int_eq(diag.findings[1].got, 0);
	ck_assert_str_eq(diag.findings[1].expected_text, "sess+jwt");
	ck_assert_str_eq(diag.findings[1].got_text, "");
}
END_TEST

START_TEST(room_for_findings_is_kept)
{
	sess_diag diag;

	fill(&diag);
	diag_clear(&diag);
	for (int i = 0; i < SESS_FINDINGS_MAX; i++)
		(void)diag_reject(&diag, SESS_REASON_NOT_YET, "nbf", NULL, NULL);
	(void)diag_reject(&diag, SESS_REASON_MALFORMED, "alg", NULL, NULL);
	ck_assert_uint_eq(diag.findings_count, SESS_FINDINGS_MAX);
	ck_assert_uint_eq(diag.findings[SESS_FINDINGS_MAX - 1].reason, SESS_REASON_NOT_YET);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_NOT_YET | SESS_REASON_MALFORMED);
	ck_assert_str_eq(diag.message, sess_reason_sentence(SESS_REASON_MALFORMED));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("diag");
	TCase *tcase = tcase_create("diag");

	tcase_add_test(tcase, null_diag);
	tcase_add_test(tcase, clear);
	tcase_add_test(tcase, error_says_it);
	tcase_add_loop_test(tcase, name_is_sanitised, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_loop_test(tcase, text_is_sanitised, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(tcase, cut_to_room);
	tcase_add_loop_test(tcase, cut_between_characters, 0, 3);
	tcase_add_test(tcase, rejections_collect);
	tcase_add_test(tcase, room_for_findings_is_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
