/* SPDX-License-Identifier: MIT */
/* Hexadecimal text of test vectors, and the small checks that all tests of src/crypto share. */
#ifndef TESTS_CRYPTO_HEX_H
#define TESTS_CRYPTO_HEX_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/secret.h"

/* Bytes written; a test fails on text that is no hexadecimal or does not fit. */
static inline size_t
hex_parse(const char *text, uint8_t *out, size_t cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(text) / 2;

	ck_assert_msg(strlen(text) % 2 == 0 && n <= cap, "vector of %zu bytes does not fit %zu", n, cap);
	for (size_t i = 0; i < n; i++) {
		const char *hi = memchr(digits, text[2 * i], 16), *lo = memchr(digits, text[2 * i + 1], 16);
		ck_assert_msg(hi && lo, "vector is not hexadecimal");
		out[i] = (uint8_t)((hi - digits) << 4 | (lo - digits));
	}
	return n;
}

static inline struct secret
hex_secret(const char *text)
{
	struct secret s = {0};

	s.len = hex_parse(text, s.bytes, sizeof(s.bytes));
	return s;
}

static inline int
hex_is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

#endif
