/* SPDX-License-Identifier: MIT */
/*
 * base/b64url_avx2.c against its scalar twin: every length to beyond four blocks, every byte at every place, on blocks of
 * exactly the size that may be touched, so that the sanitizers see a step outside.
 */
#include "base/b64url_internal.h"

#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#ifdef B64URL_AVX2

#define LENGTHS 180

static unsigned seed = 12345;

static uint8_t
next_byte(void)
{
	seed = seed * 1103515245u + 12345u;
	return (uint8_t)(seed >> 16);
}

/* A block of its own of n bytes. */
static void *
exactly(const void *bytes, size_t n)
{
	void *block = malloc(n == 0 ? 1 : n);

	ck_assert_ptr_nonnull(block);
	if (n > 0)
		memcpy(block, bytes, n);
	return block;
}

static void
random_text(char *text, size_t n)
{
	uint8_t bytes[LENGTHS * 3 / 4 + 3];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = next_byte();
	if (n % 4 == 1)
		memcpy(text, "AAAAA", n < 5 ? n : 5);
	else
		(void)b64url_scalar_encode(text, bytes, B64URL_DECODED_LEN(n));
}

static void
same_strays(const char *in, size_t n)
{
	for (size_t max = 0; max <= 6; max += 3) {
		size_t fast[6], slow[6], count = b64url_scalar_strays(in, n, slow, max);

		ck_assert_uint_eq(b64url_strays(in, n, fast, max), count);
		ck_assert_int_eq(memcmp(fast, slow, count * sizeof(*fast)), 0);
	}
}

static void
same_decoding(const char *text, size_t n)
{
	char *in = exactly(text, n);
	uint8_t *fast = calloc(1, B64URL_DECODED_LEN(n) + 1), *slow = calloc(1, B64URL_DECODED_LEN(n) + 1);
	uint8_t *exact = exactly(fast, B64URL_DECODED_LEN(n));
	int rc = b64url_scalar_decode(slow, in, n);

	ck_assert_int_eq(b64url_decode(exact, in, n), rc);
	if (rc == 0)
		ck_assert_int_eq(memcmp(exact, slow, B64URL_DECODED_LEN(n)), 0);
	same_strays(in, n);
	free(in);
	free(fast);
	free(slow);
	free(exact);
}

START_TEST(test_encode)
{
	for (size_t n = 0; n < LENGTHS; n++) {
		uint8_t bytes[LENGTHS], *in;
		char slow[2 * LENGTHS], *fast = malloc(B64URL_ENCODED_LEN(n) + 1);

		for (size_t i = 0; i < n; i++)
			bytes[i] = next_byte();
		in = exactly(bytes, n);
		fast[B64URL_ENCODED_LEN(n)] = '#';
		ck_assert_uint_eq(b64url_encode(fast, in, n), b64url_scalar_encode(slow, bytes, n));
		ck_assert_int_eq(memcmp(fast, slow, B64URL_ENCODED_LEN(n)), 0);
		ck_assert_int_eq(fast[B64URL_ENCODED_LEN(n)], '#');
		free(in);
		free(fast);
	}
}
END_TEST

/* Each of the 64 values in each of the 32 places of a block. */
START_TEST(test_every_value)
{
	for (unsigned v = 0; v < 64; v++) {
		uint8_t bytes[48] = { 0 };
		char fast[64], slow[64];

		for (size_t i = 0; i < 16; i++) {
			bytes[3 * i] = (uint8_t)(v << 2 | v >> 4);
			bytes[3 * i + 1] = (uint8_t)(v << 4 | v >> 2);
			bytes[3 * i + 2] = (uint8_t)(v << 6 | v);
		}
		(void)b64url_encode(fast, bytes, sizeof(bytes));
		(void)b64url_scalar_encode(slow, bytes, sizeof(bytes));
		ck_assert_int_eq(memcmp(fast, slow, sizeof(slow)), 0);
		same_decoding(slow, sizeof(slow));
	}
}
END_TEST

START_TEST(test_decode)
{
	char text[LENGTHS + 4];

	for (size_t n = 0; n < LENGTHS; n++) {
		random_text(text, n);
		same_decoding(text, n);
	}
}
END_TEST

/* One foreign byte, or another character, anywhere. */
START_TEST(test_every_byte_everywhere)
{
	char text[100];

	random_text(text, sizeof(text));
	for (size_t at = 0; at < sizeof(text); at++) {
		char was = text[at];

		for (int c = 0; c < 256; c++) {
			text[at] = (char)c;
			same_decoding(text, sizeof(text));
		}
		text[at] = was;
	}
}
END_TEST

START_TEST(test_in_place)
{
	for (size_t n = 0; n < LENGTHS; n++) {
		char text[LENGTHS + 4], *block;
		uint8_t slow[LENGTHS];

		if (n % 4 == 1)
			continue;
		random_text(text, n);
		block = exactly(text, n);
		ck_assert_int_eq(b64url_scalar_decode(slow, text, n), 0);
		ck_assert_int_eq(b64url_decode((uint8_t *)block, block, n), 0);
		ck_assert_int_eq(memcmp(block, slow, B64URL_DECODED_LEN(n)), 0);
		free(block);
	}
}
END_TEST

/* Strays by the dozen: each distance between two of them, at each length to beyond three blocks. */
START_TEST(many_strays)
{
	for (size_t n = 1; n <= 100; n++) {
		for (size_t step = 1; step <= n; step++) {
			char text[100], *in;

			memset(text, 'A', n);
			for (size_t i = step - 1; i < n; i += step)
				text[i] = i % 2 == 0 ? '.' : '=';
			in = exactly(text, n);
			same_strays(in, n);
			free(in);
		}
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("b64url_avx2");
	TCase *tcase = tcase_create("b64url_avx2");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_encode);
	tcase_add_test(tcase, test_every_value);
	tcase_add_test(tcase, test_decode);
	tcase_add_test(tcase, test_every_byte_everywhere);
	tcase_add_test(tcase, test_in_place);
	tcase_add_test(tcase, many_strays);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return b64url_avx2_is_here() ? runner_main(make_suite()) : runner_skip("this processor has no AVX2");
}

#else

int
main(void)
{
	return runner_skip("there is no vector twin for this processor");
}

#endif
