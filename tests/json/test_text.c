/* SPDX-License-Identifier: MIT */
/* Text in and out of JSON: unescaping, quoting, compacting, strict UTF-8; by named rows, and by jansson on all characters. */
#include <check.h>

#include "json/agree.h"
#include "json/name.h"
#include "json/text.h"
#include "support/runner.h"

#define T(s) s, sizeof(s) - 1

static const struct {
	const char *raw, *want;
	size_t want_len;
} unescaped[] = {
	{ "", T("") }, { "plain", T("plain") }, { "\\\"\\\\\\/\\b\\f\\n\\r\\t", T("\"\\/\b\f\n\r\t") }, { "a\\u0062c", T("abc") },
	{ "\\u007f\\u0080", T("\x7f\xc2\x80") }, { "\\u07FF\\u0800", T("\xdf\xbf\xe0\xa0\x80") }, { "\\uffff", T("\xef\xbf\xbf") },
	{ "\\ud800\\udc00", T("\xf0\x90\x80\x80") }, { "\\uDBFF\\uDFFF!", T("\xf4\x8f\xbf\xbf!") }, { "\xc3\xa9\\n", T("\xc3\xa9\n") },
	{ "\\\\u0041", T("\\u0041") },
};

START_TEST(unescape_row)
{
	size_t raw_len = strlen(unescaped[_i].raw), n;
	char *raw = agree_copy(unescaped[_i].raw, raw_len), *out = agree_copy(raw, raw_len);

	n = json_unescape(out, raw, raw_len);
	ck_assert_msg(n == unescaped[_i].want_len && memcmp(out, unescaped[_i].want, n) == 0, "%s", unescaped[_i].raw);
	free(raw);
	free(out);
}
END_TEST

static const struct {
	const char *text, *want;
} quoted[] = { { "", "\"\"" }, { "a/b", "\"a/b\"" }, { "a\"b\\c", "\"a\\\"b\\\\c\"" }, { "\x01\x1f\n", "\"\\u0001\\u001f\\u000a\"" },
	{ "\x7f\xc3\xa9", "\"\x7f\xc3\xa9\"" } };

START_TEST(quote_row)
{
	size_t len = strlen(quoted[_i].text), n;
	char *out = malloc(6 * len + 2);

	ck_assert_ptr_nonnull(out);
	n = json_quote(out, quoted[_i].text, len);
	ck_assert_msg(n == strlen(quoted[_i].want) && memcmp(out, quoted[_i].want, n) == 0, "row %d: %.*s", _i, (int)n, out);
	free(out);
}
END_TEST

/* What we quote, jansson reads back; the greatest growth fills the room to the last byte. */
START_TEST(quote_round_trip)
{
	for (unsigned c = 1; c < 0x80; c++) {
		char text[3] = { (char)c, (char)c, 'x' }, out[6 * 3 + 2];
		size_t n = json_quote(out, text, 3);
		json_t *value = json_loadb(out, n, JSON_DECODE_ANY, NULL);

		ck_assert_msg(value != NULL && json_string_length(value) == 3 && memcmp(json_string_value(value), text, 3) == 0,
		    "character %u", c);
		json_decref(value);
	}
}
END_TEST

static const struct {
	const char *text, *want;
} compacted[] = { { " { } ", "{}" }, { "{\"a\" :\t[ 1 ,\r\n2 ] }", "{\"a\":[1,2]}" }, { "{\" a \" : \" b \"}", "{\" a \":\" b \"}" },
	{ "{\"a\\\" \" : 1}", "{\"a\\\" \":1}" }, { "{\"a\\\\\" : 1}", "{\"a\\\\\":1}" }, { "{\"a\":\"\\u0020 \\\\\\\" \"}", "{\"a\":\"\\u0020 \\\\\\\" \"}" } };

START_TEST(compact_row)
{
	size_t len = strlen(compacted[_i].text), n;
	char *text = agree_copy(compacted[_i].text, len), *out = agree_copy(text, len);

	n = json_compact(out, text, len);
	ck_assert_msg(n == strlen(compacted[_i].want) && memcmp(out, compacted[_i].want, n) == 0, "%s gives %.*s", compacted[_i].text,
	    (int)n, out);
	free(text);
	free(out);
}
END_TEST

/* Whether jansson takes these bytes for a string's text. */
static int
jansson_takes(const char *s, size_t n)
{
	json_t *value = json_stringn(s, n);
	int takes = value != NULL;

	json_decref(value);
	return takes;
}

/* All first and second bytes, with each kind of rest, and each cut. */
START_TEST(utf8_by_jansson)
{
	static const char rest[][3] = { "\x80\x80", "\xbf\xbf", "\x7f\x80", "\x80\x7f", "\xc0\x80", "\x80\xc0", "aa" };
	unsigned taken = 0;

	for (unsigned lead = 1; lead < 256; lead++) {
		for (unsigned second = 1; second < 256; second++) {
			for (size_t r = 0; r < sizeof(rest) / sizeof(rest[0]); r++) {
				const char all[4] = { (char)lead, (char)second, rest[r][0], rest[r][1] };

				for (size_t n = 1; n <= 4; n++) {
					char *s = agree_copy(all, n);
					int ours = json_is_utf8(s, n);

					ck_assert_msg(ours == jansson_takes(s, n), "%02x %02x %02x %02x, %zu bytes", lead, second,
					    (unsigned)(unsigned char)all[2], (unsigned)(unsigned char)all[3], n);
					taken += (unsigned)ours;
					free(s);
				}
			}
		}
	}
	ck_assert_uint_gt(taken, 100000);
	ck_assert(json_is_utf8("", 0));
	ck_assert(!json_is_utf8("a\0b", 3));
}
END_TEST

/* Each character, escaped, gives the UTF-8 that jansson gives. */
START_TEST(every_character)
{
	for (unsigned u = 1; u <= 0x10ffff; u += u < 0x11000 ? 1 : 61) {
		char text[40];
		size_t n = u < 0x10000 ? (size_t)sprintf(text, "\"\\u%04x\"", u) :
					 (size_t)sprintf(text, "\"\\u%04X\\u%04X\"", 0xd800 + ((u - 0x10000) >> 10), 0xdc00 + (u & 0x3ff));
		json_t *value = json_loadb(text, n, JSON_DECODE_ANY, NULL);

		if (u >= 0xd800 && u <= 0xdfff)
			ck_assert_msg(value == NULL, "U+%04X", u);
		else
			ck_assert_msg(value != NULL && agree_string(value, text + 1, n - 2), "U+%04X", u);
		json_decref(value);
	}
}
END_TEST

/* A block of exactly n bytes, so that the sanitizers see a step outside; plain, but for one byte at one place. */
static void
same_skips(size_t n, size_t at, int byte, char filler)
{
	char *text = malloc(n), *end = text + n;

	ck_assert_ptr_nonnull(text);
	memset(text, filler, n);
	if (at < n)
		text[at] = (char)byte;
	for (const char *p = text; p <= end; p++) {
		ck_assert_ptr_eq(text_skip_plain(p, end), text_scalar_skip_plain(p, end));
		ck_assert_ptr_eq(text_skip_digits(p, end), text_scalar_skip_digits(p, end));
	}
	free(text);
}

/* The way by blocks goes as far as the other: each length to beyond three blocks, each byte at each place, from every start. */
START_TEST(skips_by_blocks)
{
	for (size_t n = 1; n <= 52; n++) {
		for (size_t at = 0; at <= n; at++)
			same_skips(n, at, at % 2 == 0 ? '"' : '\\', '7');
	}
	for (int byte = 0; byte < 256; byte++) {
		for (size_t at = 0; at < 36; at++)
			same_skips(36, at, byte, at % 2 == 0 ? '7' : 'x');
	}
}
END_TEST

/* As the loop hashes names, wherever the text ends behind them. */
START_TEST(hashes_by_blocks)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789\"abcdefghijklmnop";

	for (size_t n = 0; n <= 36; n++) {
		for (size_t room = n; room < sizeof(name); room++) {
			char *text = agree_copy(name, room);

			ck_assert_uint_eq(name_hash_within(text, n, 0, text + room), name_hash(name, n, 0));
			free(text);
		}
		ck_assert_uint_eq(name_hash_escaped(name, n), name_hash(name, n, 0));
	}
}
END_TEST

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("json/text");
	TCase *tc = tcase_create("text");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, unescape_row, 0, ROWS(unescaped));
	tcase_add_loop_test(tc, quote_row, 0, ROWS(quoted));
	tcase_add_loop_test(tc, compact_row, 0, ROWS(compacted));
	tcase_add_test(tc, quote_round_trip);
	tcase_add_test(tc, utf8_by_jansson);
	tcase_add_test(tc, every_character);
	tcase_add_test(tc, skips_by_blocks);
	tcase_add_test(tc, hashes_by_blocks);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
