/* SPDX-License-Identifier: MIT */
/* L1: SipHash-2-4, the 128-bit variant, as its authors' paper and reference give it. Knows no key's purpose. */
#include "crypto/siphash.h"

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* Little-endian whatever the machine is; n at most 8. */
static uint64_t
load(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << 8 * i;
	return x;
}

static void
store(uint8_t *p, uint64_t x)
{
	for (size_t i = 0; i < 8; i++)
		p[i] = (uint8_t)(x >> 8 * i);
}

static void
mix(struct state *s, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		s->v0 += s->v1;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v2 = rotl(s->v2, 32);
	}
}

static void
absorb(struct state *s, uint64_t block)
{
	s->v3 ^= block;
	mix(s, 2);
	s->v0 ^= block;
}

void
siphash_128(const uint8_t key[SIPHASH_KEY_LEN], const void *msg, size_t n, uint8_t out[SIPHASH_LEN])
{
	const uint8_t *p = msg;
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	struct state s = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	size_t whole = n / 8 * 8;

	for (size_t i = 0; i < whole; i += 8)
		absorb(&s, load(p + i, 8));
	absorb(&s, (uint64_t)n << 56 | load(p + whole, n - whole));
	s.v2 ^= 0xee;
	mix(&s, 4);
	store(out, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
	s.v1 ^= 0xdd;
	mix(&s, 4);
	store(out + 8, s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}
