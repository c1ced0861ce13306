/* SPDX-License-Identifier: MIT */
/*
 * L1: JSON's tokens: strings and numbers, scanned strictly. Used by the index alone. What runs for each token stands here, to be
 * put into the loop that meets it; by 16 bytes where the processor is known to have the instructions, by eight or one elsewhere.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <string.h>

#include "json/index.h"

/* Of x86 with 64 bits alone: with 32 a half of a block cannot be taken out as a number. */
#if defined(__SSE2__) && defined(__x86_64__)
#define TEXT_SSE2 1
#include <emmintrin.h>
#endif

#define TEXT_BLOCK 16 /* bytes that are looked at at once */

/* Eight bytes, and four, as a number; the first is the lowest, whatever the processor's order is. */
static inline uint64_t
text_word(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

static inline uint32_t
text_half_word(const char *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap32(w);
#endif
	return w;
}

/* Whether all eight are digits: the upper half of each is 3, also when six is added. What a carry disturbs is refused by itself. */
static inline int
text_are_digits(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), upper = ones * 0xf0;

	return ((w & upper) | ((w + ones * 6) & upper) >> 4) == ones * 0x33;
}

/* Their value: pairs, then fours, then all. */
static inline uint64_t
text_eight_digits(uint64_t w)
{
	w = (w & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
	w = (w & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
	return (w & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
}

/* Past the bytes that stand for themselves: ASCII but for controls, the quote and the backslash. */
static inline const char *
text_scalar_skip_plain(const char *p, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, special;

	for (; end - p >= 8; p += 8) {
		w = text_word(p);
		/* The top bit of each byte that is special. A borrow may set it in a byte above one that is, never below the first. */
		special = ((w - ones * 0x20) | ((w ^ ones * '"') - ones) | ((w ^ ones * '\\') - ones) | w) & ones * 0x80;
		if (special != 0)
			return p + __builtin_ctzll(special) / 8;
	}
	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static inline const char *
text_scalar_skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

#ifdef TEXT_SSE2

/* A bit for each of the 16 bytes at p that does not stand for itself, or that is no digit. */
static inline unsigned
text_special(const char *p)
{
	__m128i text = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* Signed, so that what is not ASCII lies below the space too. */
	__m128i special = _mm_or_si128(_mm_cmplt_epi8(text, _mm_set1_epi8(' ')),
	    _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')), _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'))));

	return (unsigned)_mm_movemask_epi8(special);
}

static inline unsigned
text_not_digits(const char *p)
{
	__m128i value = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));
	__m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);

	return ~(unsigned)_mm_movemask_epi8(digit) & 0xffff;
}

/* How many of the 16 bytes at p stand for themselves, or are digits, up to the first that does not, or is none. */
static inline size_t
text_plain_block(const char *p)
{
	return (size_t)__builtin_ctz(text_special(p) | 0x10000);
}

static inline size_t
text_digits_block(const char *p)
{
	return (size_t)__builtin_ctz(text_not_digits(p) | 0x10000);
}

static inline const char *
text_skip_plain(const char *p, const char *end)
{
	for (; end - p >= TEXT_BLOCK; p += TEXT_BLOCK) {
		unsigned found = text_special(p);

		if (found != 0)
			return p + __builtin_ctz(found);
	}
	return text_scalar_skip_plain(p, end);
}

static inline const char *
text_skip_digits(const char *p, const char *end)
{
	for (; end - p >= TEXT_BLOCK; p += TEXT_BLOCK) {
		unsigned found = text_not_digits(p);

		if (found != 0)
			return p + __builtin_ctz(found);
	}
	return text_scalar_skip_digits(p, end);
}

#else

static inline size_t
text_plain_block(const char *p)
{
	return (size_t)(text_scalar_skip_plain(p, p + TEXT_BLOCK) - p);
}

static inline size_t
text_digits_block(const char *p)
{
	return (size_t)(text_scalar_skip_digits(p, p + TEXT_BLOCK) - p);
}

static inline const char *
text_skip_plain(const char *p, const char *end)
{
	return text_scalar_skip_plain(p, end);
}

static inline const char *
text_skip_digits(const char *p, const char *end)
{
	return text_scalar_skip_digits(p, end);
}

#endif

/* The rest of text_scan_string(), from the first byte that does not stand for itself. */
enum json_fault text_scan_special(const char *p, const char *end, const char **ret_end, int *ret_escaped);

/* p stands after the opening quote. On success *ret_end is the closing quote, *ret_escaped whether there is a backslash. On
 * a fault *ret_end is where it lies. */
static inline enum json_fault
text_scan_string(const char *p, const char *end, const char **ret_end, int *ret_escaped)
{
	p = text_skip_plain(p, end);
	*ret_end = p;
	*ret_escaped = 0;
	return p < end && *p == '"' ? JSON_F_NONE : text_scan_special(p, end, ret_end, ret_escaped);
}

/* p stands on '-' or a digit. *ret_type is JSON_T_INT or JSON_T_REAL. */
enum json_fault text_scan_number(const char *p, const char *end, const char **ret_end, enum json_type *ret_type);

/* Reads one character of the raw text between quotes, escapes undone: writes its 1 to 4 bytes and returns the rest. */
const char *text_next(const char *p, uint8_t out[4], size_t *ret_len);

#endif
