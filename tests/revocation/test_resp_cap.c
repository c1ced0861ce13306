/* SPDX-License-Identifier: MIT */
/*
 * What a server may say before it is parsed: replies of every form pass however they are cut, and what announces too much, nests too
 * deep or is no RESP is refused before its end has come, so before anything is allocated for it.
 */
#include "revocation/resp_cap.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

static const struct {
	const char *name, *text;
	enum fault expected;
} rows[] = {
	{ "a status", "+OK\r\n", FAULT_NONE },
	{ "an error", "-READONLY You can't write\r\n", FAULT_NONE },
	{ "a number", ":-12\r\n", FAULT_NONE },
	{ "a string", "$3\r\nabc\r\n", FAULT_NONE },
	{ "a string with line ends", "$4\r\n\r\n\r\n\r\n", FAULT_NONE },
	{ "an empty string", "$0\r\n\r\n", FAULT_NONE },
	{ "no string", "$-1\r\n", FAULT_NONE },
	{ "an empty array", "*0\r\n", FAULT_NONE },
	{ "no array", "*-1\r\n", FAULT_NONE },
	{ "an array of arrays", "*2\r\n*1\r\n$1\r\na\r\n*0\r\n", FAULT_NONE },
	{ "a log", "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\ne\r\n$1\r\nx\r\n", FAULT_NONE },
	{ "seven levels", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", FAULT_NONE },
	{ "two replies", "+OK\r\n*1\r\n:1\r\n", FAULT_NONE },
	{ "the largest array", "*16384\r\n", FAULT_NONE },
	{ "eight levels", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", FAULT_TOO_LARGE },
	{ "2^31 bytes", "$2147483648\r\n", FAULT_TOO_LARGE },
	{ "2^31 - 1 bytes", "$2147483647\r\n", FAULT_TOO_LARGE },
	{ "2^63 bytes", "$9223372036854775808\r\n", FAULT_TOO_LARGE },
	{ "more than any number", "$99999999999999999999999999999999\r\n", FAULT_TOO_LARGE },
	{ "a little too much", "$1048577\r\n", FAULT_TOO_LARGE },
	{ "2^31 elements", "*2147483648\r\n", FAULT_TOO_LARGE },
	{ "2^32 elements and one", "*4294967297\r\n", FAULT_TOO_LARGE },
	{ "many arrays of many", "*2\r\n*16383\r\n", FAULT_TOO_LARGE },
	{ "a length of -2", "$-2\r\n", FAULT_GARBAGE },
	{ "an array of -2", "*-2\r\n", FAULT_GARBAGE },
	{ "a length with a sign", "$+3\r\n", FAULT_GARBAGE },
	{ "a length that is none", "$abc\r\n", FAULT_GARBAGE },
	{ "no length", "$\r\n", FAULT_GARBAGE },
	{ "a number that is none", ":1x\r\n", FAULT_GARBAGE },
	{ "no number", ":\r\n", FAULT_GARBAGE },
	{ "only a line feed", "+OK\n", FAULT_GARBAGE },
	{ "a carriage return alone", "+O\rK\r\n", FAULT_GARBAGE },
	{ "a body longer than said", "$1\r\nab\r\n", FAULT_GARBAGE },
	{ "a body without its end", "$1\r\naxx", FAULT_GARBAGE },
	{ "RESP3", "%1\r\n+a\r\n+b\r\n", FAULT_GARBAGE },
	{ "HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", FAULT_GARBAGE },
	{ "NUL", "\0", FAULT_GARBAGE },
	{ "an empty line", "\r\n", FAULT_GARBAGE },
};

static size_t
length_of(int row)
{
	return strcmp(rows[row].name, "NUL") == 0 ? 1 : strlen(rows[row].text);
}

/* Fed in two pieces, cut anywhere, and byte by byte. */
START_TEST(test_rows)
{
	size_t n = length_of(_i);

	for (size_t cut = 0; cut <= n; cut++) {
		struct resp_cap cap = { 0 };
		enum fault fault = resp_cap_feed(&cap, rows[_i].text, cut);

		if (fault == FAULT_NONE)
			fault = resp_cap_feed(&cap, rows[_i].text + cut, n - cut);
		ck_assert_msg(fault == rows[_i].expected, "%s, cut at %zu: %s", rows[_i].name, cut, fault_name(fault));
		if (fault == FAULT_NONE && strcmp(rows[_i].name, "the largest array") != 0)
			ck_assert_uint_eq(cap.bytes + cap.depth + cap.elements + cap.body + cap.line_len, 0);
	}
	for (struct resp_cap cap = { 0 }; n > 0; n = 0) {
		enum fault fault = FAULT_NONE;

		for (size_t i = 0; i < length_of(_i) && fault == FAULT_NONE; i++)
			fault = resp_cap_feed(&cap, rows[_i].text + i, 1);
		ck_assert_int_eq(fault, rows[_i].expected);
	}
}
END_TEST

/* Bytes are counted over a whole reply, and the next begins at nothing. */
START_TEST(test_bytes)
{
	static char body[65536];
	struct resp_cap cap = { 0 };
	enum fault fault;
	int parts = 0;

	memset(body, 'x', sizeof(body));
	ck_assert_int_eq(resp_cap_feed(&cap, "*100\r\n", 6), FAULT_NONE);
	do {
		parts++;
		if ((fault = resp_cap_feed(&cap, "$65536\r\n", 8)) == FAULT_NONE && (fault = resp_cap_feed(&cap, body, sizeof(body))) == FAULT_NONE)
			fault = resp_cap_feed(&cap, "\r\n", 2);
	} while (fault == FAULT_NONE);
	ck_assert_int_eq(fault, FAULT_TOO_LARGE);
	ck_assert_int_eq(parts, 16);
	memset(&cap, 0, sizeof(cap));
	for (int i = 0; i < 40; i++) {
		ck_assert_int_eq(resp_cap_feed(&cap, "$65536\r\n", 8), FAULT_NONE);
		ck_assert_int_eq(resp_cap_feed(&cap, body, sizeof(body)), FAULT_NONE);
		ck_assert_int_eq(resp_cap_feed(&cap, "\r\n", 2), FAULT_NONE);
	}
	body[0] = '+';
	ck_assert_int_eq(resp_cap_feed(&cap, body, 1025), FAULT_TOO_LARGE);
}
END_TEST

/* Each fault has a name of one word and words of its own, and the errors of servers are told apart. */
START_TEST(test_faults)
{
	static const struct {
		const char *text;
		enum fault fault;
	} errors[] = { { "LOADING Redis is loading", FAULT_LOADING }, { "READONLY You", FAULT_READONLY }, { "OOM command", FAULT_OOM },
		{ "MOVED 1 h:1", FAULT_MOVED }, { "ASK 1 h:1", FAULT_MOVED }, { "CLUSTERDOWN x", FAULT_MOVED },
		{ "NOAUTH x", FAULT_DENIED }, { "WRONGPASS x", FAULT_DENIED }, { "NOPERM x", FAULT_DENIED },
		{ "MISCONF x", FAULT_NO_WRITES }, { "NOREPLICAS x", FAULT_NO_WRITES }, { "MASTERDOWN x", FAULT_READONLY },
		{ "ERR unknown command", FAULT_ERROR }, { "OOMPH", FAULT_ERROR }, { "", FAULT_ERROR }, { "OOM", FAULT_OOM } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		ck_assert_int_eq(fault_of_error(errors[i].text, strlen(errors[i].text)), errors[i].fault);
	for (int f = FAULT_NONE; f <= FAULT_MEMORY; f++) {
		ck_assert_ptr_null(strchr(fault_name((enum fault)f), ' '));
		ck_assert_uint_ge(strlen(fault_words((enum fault)f)), 7);
		for (int g = FAULT_NONE; g < f; g++)
			ck_assert_str_ne(fault_words((enum fault)f), fault_words((enum fault)g));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resp_cap");
	TCase *tcase = tcase_create("resp_cap");

	tcase_add_loop_test(tcase, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_bytes);
	tcase_add_test(tcase, test_faults);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
