/* SPDX-License-Identifier: MIT */
/*
 * base/b64url.c: the vectors of RFC 4648 §10 and RFC 7515 Appendix C, and exhaustive proofs that each byte string
 * has one spelling. The alphabet is spelled out here again, so that a wrong table cannot vouch for itself.
 */
#include "base/b64url.h"

#include <string.h>

#include "support/runner.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const struct vector {
	const char *name, *bytes;
	size_t len;
	const char *text;
} vectors[] = {
	{ "empty", "", 0, "" },
	{ "f", "f", 1, "Zg" },
	{ "fo", "fo", 2, "Zm8" },
	{ "foo", "foo", 3, "Zm9v" },
	{ "foob", "foob", 4, "Zm9vYg" },
	{ "fooba", "fooba", 5, "Zm9vYmE" },
	{ "foobar", "foobar", 6, "Zm9vYmFy" },
	{ "RFC 7515 Appendix C", "\x03\xec\xff\xe0\xc1", 5, "A-z_4ME" },
};

START_TEST(vector)
{
	const struct vector *v = &vectors[_i];
	char text[16];
	uint8_t bytes[16];
	size_t n = strlen(v->text);

	memset(text, '#', sizeof(text));
	ck_assert_uint_eq(B64URL_ENCODED_LEN(v->len), n);
	ck_assert_uint_eq(b64url_encode(text, (const uint8_t *)v->bytes, v->len), n);
	ck_assert_msg(memcmp(text, v->text, n) == 0, "%s: encoded otherwise", v->name);
	ck_assert_msg(text[n] == '#', "%s: wrote beyond its length", v->name);
	memset(bytes, 0xa5, sizeof(bytes));
	ck_assert_uint_eq(B64URL_DECODED_LEN(n), v->len);
	ck_assert_msg(b64url_decode(bytes, v->text, n) == 0, "%s: refused", v->name);
	ck_assert_msg(memcmp(bytes, v->bytes, v->len) == 0, "%s: decoded otherwise", v->name);
	ck_assert_msg(bytes[v->len] == 0xa5, "%s: wrote beyond its length", v->name);
}
END_TEST

/* Every string of one, two and three bytes, there and back. */
START_TEST(round_trip)
{
	size_t len = (size_t)_i;
	uint32_t end = UINT32_C(1) << 8 * len;

	for (uint32_t x = 0; x < end; x++) {
		uint8_t in[3] = { (uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16) }, out[3] = { 0, 0, 0 };
		char text[4];
		size_t n = b64url_encode(text, in, len);

		if (n != len + 1 || b64url_decode(out, text, n) != 0 || memcmp(in, out, len) != 0)
			ck_abort_msg("%u does not come back", (unsigned)x);
	}
}
END_TEST

START_TEST(foreign_byte)
{
	size_t n = (size_t)_i;

	for (size_t at = 0; at < n; at++) {
		for (int c = 0; c < 256; c++) {
			char text[9];
			uint8_t out[8];
			int is_own = c != 0 && strchr(alphabet, c) != NULL;

			memset(text, 'A', sizeof(text));
			text[at] = (char)c;
			if (!is_own)
				ck_assert_msg(b64url_decode(out, text, n) == SESS_ERR_ARGUMENT, "byte %d at %zu of %zu", c, at, n);
			else if (at + 1 < n || n % 4 == 0)
				ck_assert_msg(b64url_decode(out, text, n) == 0, "byte %d at %zu of %zu refused", c, at, n);
		}
	}
}
END_TEST

/* Of the last character's 64 values only those with zero in the unused bits are the canonical spelling. */
START_TEST(trailing_bits)
{
	for (size_t n = 2; n <= 7; n++) {
		unsigned unused = n % 4 == 2 ? 15 : 3;

		if (n % 4 < 2)
			continue;
		for (unsigned v = 0; v < 64; v++) {
			char text[8];
			uint8_t out[8];
			int rc;

			memset(text, 'b', sizeof(text));
			text[n - 1] = alphabet[v];
			rc = b64url_decode(out, text, n);
			ck_assert_msg(rc == ((v & unused) == 0 ? 0 : SESS_ERR_ARGUMENT), "'%c' last of %zu", alphabet[v], n);
		}
	}
}
END_TEST

START_TEST(impossible_length)
{
	uint8_t out[16];

	for (size_t n = 1; n < 16; n += 4)
		ck_assert_msg(b64url_decode(out, "AAAAAAAAAAAAAAAA", n) == SESS_ERR_ARGUMENT, "%zu characters", n);
}
END_TEST

static const char *const refused[] = { "Zg==", "Zm8=", "Zm9v\n", "Zm 9v", "Zm9+", "Zm9/", "Zm9v.", " Zm9" };

START_TEST(other_spelling)
{
	uint8_t out[8];

	ck_assert_msg(b64url_decode(out, refused[_i], strlen(refused[_i])) != 0, "accepted '%s'", refused[_i]);
}
END_TEST

START_TEST(in_place)
{
	for (size_t len = 0; len < 64; len++) {
		uint8_t in[64] = { 0 }, room[96];
		size_t n;

		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)(251 * i + len);
		n = b64url_encode((char *)room, in, len);
		ck_assert_int_eq(b64url_decode(room, (const char *)room, n), 0);
		ck_assert_msg(memcmp(room, in, len) == 0, "%zu bytes", len);
	}
}
END_TEST

START_TEST(is_char)
{
	for (int c = 0; c < 256; c++)
		ck_assert_msg(!b64url_is_char((unsigned char)c) == !(c != 0 && strchr(alphabet, c) != NULL), "byte %d", c);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("b64url");
	TCase *tcase = tcase_create("b64url");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, vector, 0, (int)(sizeof(vectors) / sizeof(vectors[0])));
	tcase_add_loop_test(tcase, round_trip, 1, 4);
	tcase_add_loop_test(tcase, foreign_byte, 2, 5);
	tcase_add_loop_test(tcase, foreign_byte, 6, 9);
	tcase_add_test(tcase, trailing_bits);
	tcase_add_test(tcase, impossible_length);
	tcase_add_loop_test(tcase, other_spelling, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tcase, in_place);
	tcase_add_test(tcase, is_char);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
