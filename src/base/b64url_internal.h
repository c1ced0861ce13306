/* SPDX-License-Identifier: MIT */
/*
 * L0: the two ways of base64url behind base/b64url.h, for that file and the tests that compare them. The scalar one does
 * everything; the vector one as many whole blocks as it can, and leaves the rest.
 */
#ifndef BASE_B64URL_INTERNAL_H
#define BASE_B64URL_INTERNAL_H

#include "base/b64url.h"

size_t b64url_scalar_encode(char *out, const uint8_t *in, size_t n);
SESS_CHECKED int b64url_scalar_decode(uint8_t *out, const char *in, size_t n);
size_t b64url_scalar_strays(const char *s, size_t n, size_t *ret_at, size_t max);

#if defined(__x86_64__) && defined(__GNUC__)
#define B64URL_AVX2 1
/* Whether this processor has the instructions; the others may be called only then. */
static inline int
b64url_avx2_is_here(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

/* How many of the n bytes were encoded (a multiple of 12), or of the n characters decoded (a multiple of 16, ending before a
 * block with a foreign character). Nothing is read or written outside the n bytes and what they become. */
size_t b64url_avx2_encode(char *out, const uint8_t *in, size_t n);
size_t b64url_avx2_decode(uint8_t *out, const char *in, size_t n);
/* All of it, as b64url_strays(); n is at least 32. */
size_t b64url_avx2_strays(const char *s, size_t n, size_t *ret_at, size_t max);
#endif

#endif
