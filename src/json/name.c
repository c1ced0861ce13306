/* SPDX-License-Identifier: MIT */
/* L1: names that are spelled with escapes, hashed and compared as what they stand for. */
#include "json/name.h"

#include "json/text.h"

uint32_t
name_hash_escaped(const char *raw, size_t n)
{
	const char *p = raw, *end = raw + n;
	char block[NAME_BLOCK + 4]; /* what waits for the block to be full, and one character's four bytes behind it */
	size_t held = 0, len;
	uint64_t h = 0;

	while (p < end) {
		p = text_next(p, (uint8_t *)block + held, &len);
		held += len;
		if (held < NAME_BLOCK || (held == NAME_BLOCK && p == end))
			continue;
		h = name_mix(h, name_word(block, 8), name_word(block + 8, 8));
		held -= NAME_BLOCK;
		memmove(block, block + NAME_BLOCK, held);
	}
	return (uint32_t)name_mix_last(h, block, held);
}

/* Both between quotes; escapes undone as they are met. A raw byte is its own unit; an escape gives up to four. */
int
name_equals(const char *a, size_t a_len, const char *b, size_t b_len)
{
	const char *a_end = a + a_len, *b_end = b + b_len;
	uint8_t ua[4], ub[4];
	size_t na = 0, nb = 0, ia = 0, ib = 0;

	for (;;) {
		if (ia == na) {
			if (a == a_end)
				return ib == nb && b == b_end;
			a = text_next(a, ua, &na);
			ia = 0;
		}
		if (ib == nb) {
			if (b == b_end)
				return 0;
			b = text_next(b, ub, &nb);
			ib = 0;
		}
		if (ua[ia++] != ub[ib++])
			return 0;
	}
}
