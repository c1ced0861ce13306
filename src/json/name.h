/* SPDX-License-Identifier: MIT */
/*
 * L1: names of members, between their quotes: the hash by which they are found, and whether two are equal, escapes undone in
 * both. What is plain, as nearly all names are, is hashed eight bytes at a time, within the loop that meets it.
 */
#ifndef JSON_NAME_H
#define JSON_NAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Up to eight bytes as one word, zeros behind them; the same word whatever lies behind them in memory. */
static inline uint64_t
name_word(const char *p, size_t n)
{
	const uint8_t *b = (const uint8_t *)p;
	uint32_t low, high;
	uint64_t word;

	if (n >= 8) {
		memcpy(&word, p, 8);
		return word;
	}
	if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return low | (uint64_t)high << 8 * (n - 4);
	}
	if (n == 0)
		return 0;
	return b[0] | (uint64_t)b[n / 2] << 8 * (n / 2) | (uint64_t)b[n - 1] << 8 * (n - 1);
}

static inline uint64_t
name_mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* Of n bytes, or of what is behind `h` and n bytes more; the length counts, for zeros do not. */
static inline uint32_t
name_hash_rest(uint64_t h, size_t before, const char *p, size_t n)
{
	size_t total = before + n;

	for (; n >= 8; p += 8, n -= 8)
		h = name_mix(h, name_word(p, 8));
	return (uint32_t)name_mix(name_mix(h, name_word(p, n)), total);
}

uint32_t name_hash_escaped(const char *raw, size_t n);

/* The same for every spelling of a name. */
static inline uint32_t
name_hash(const char *raw, size_t n, int escaped)
{
	return escaped ? name_hash_escaped(raw, n) : name_hash_rest(0, 0, raw, n);
}

int name_equals(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
