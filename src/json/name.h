/* SPDX-License-Identifier: MIT */
/*
 * L1: names of members, between their quotes: the hash by which they are found, and whether two are equal, escapes undone in
 * both. What is plain and short, as nearly all names are, is hashed in one step, within the loop that meets it.
 */
#ifndef JSON_NAME_H
#define JSON_NAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "json/text.h"

/* Up to eight bytes as one word, zeros behind them; the same word whatever lies behind them in memory. */
static inline uint64_t
name_word(const char *p, size_t n)
{
	const uint8_t *b = (const uint8_t *)p;

	if (n >= 8)
		return text_word(p);
	if (n >= 4)
		return text_half_word(p) | (uint64_t)text_half_word(p + n - 4) << 8 * (n - 4);
	if (n == 0)
		return 0;
	return b[0] | (uint64_t)b[n / 2] << 8 * (n / 2) | (uint64_t)b[n - 1] << 8 * (n - 1);
}

#define NAME_BLOCK 16 /* bytes that are hashed at once; behind a name's last there are zeros, for it holds none itself */

/* A step of the hash, also where a constant is needed: NAME_HASH() is that of a plain name of up to a block, as two words. */
#define NAME_MIX(h, low, high) NAME_FOLD(((h) ^ (low)) * UINT64_C(0x9e3779b97f4a7c15) + (high) * UINT64_C(0xc2b2ae3d27d4eb4f))
#define NAME_FOLD(x) ((x) ^ (x) >> 32)
#define NAME_HASH(low, high) ((uint32_t)NAME_MIX(UINT64_C(0), (uint64_t)(low), (uint64_t)(high)))

static inline uint64_t
name_mix(uint64_t h, uint64_t low, uint64_t high)
{
	return NAME_MIX(h, low, high);
}

/* The end of a name, up to a block, after the blocks that made h. */
static inline uint64_t
name_mix_last(uint64_t h, const char *p, size_t n)
{
	return name_mix(h, name_word(p, n), n > 8 ? name_word(p + 8, n - 8) : 0);
}

static inline uint32_t
name_hash_plain(const char *p, size_t n)
{
	uint64_t h = 0;

	for (; n > NAME_BLOCK; p += NAME_BLOCK, n -= NAME_BLOCK)
		h = name_mix(h, name_word(p, 8), name_word(p + 8, 8));
	return (uint32_t)name_mix_last(h, p, n);
}

uint32_t name_hash_escaped(const char *raw, size_t n);

/* The same for every spelling of a name. */
static inline uint32_t
name_hash(const char *raw, size_t n, int escaped)
{
	return escaped ? name_hash_escaped(raw, n) : name_hash_plain(raw, n);
}

#ifdef TEXT_SSE2
/* As name_hash_plain(), of at most a block, where a whole block can be read: no branch hangs on the length. */
static inline uint32_t
name_hash_block(const char *p, size_t n)
{
	static const uint8_t keep[2 * NAME_BLOCK] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	__m128i name = _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)p),
	    _mm_loadu_si128((const __m128i *)(const void *)(keep + NAME_BLOCK - n)));

	return (uint32_t)name_mix(0, (uint64_t)_mm_cvtsi128_si64(name), (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(name, name)));
}
#else
static inline uint32_t
name_hash_block(const char *p, size_t n)
{
	return name_hash_plain(p, n);
}
#endif

/* As name_hash(), within a text that goes on to end. */
static inline uint32_t
name_hash_within(const char *raw, size_t n, int escaped, const char *end)
{
	if (!escaped && n <= NAME_BLOCK && end - raw >= NAME_BLOCK)
		return name_hash_block(raw, n);
	return name_hash(raw, n, escaped);
}

#define NAME_SHORT_ROOM (1 + NAME_BLOCK + 1)

/* A name as nearly all are: p at its quote; up to 15 plain bytes; then its closing quote and a colon at once. Its length; NAME_BLOCK:
 * another. NAME_SHORT_ROOM bytes can be read. */
static inline size_t
name_scan_short(const char *p)
{
	size_t n = text_plain_block(p + 1);

	return *p == '"' && n < NAME_BLOCK && memcmp(p + 1 + n, "\":", 2) == 0 ? n : NAME_BLOCK;
}

/* What a name has of the set's word with this number. */
#define NAMES_BIT(word, hash) ((hash) / 64 % 4 == (word) ? UINT64_C(1) << ((hash) & 63) : UINT64_C(0))

static inline int
names_hold(const struct json_names *names, uint32_t hash)
{
	return (names->bit[hash / 64 % 4] >> (hash & 63) & 1) != 0;
}

static inline void
names_add(struct json_names *names, uint32_t hash)
{
	names->bit[hash / 64 % 4] |= UINT64_C(1) << (hash & 63);
}

int name_equals(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
