/* SPDX-License-Identifier: MIT */
/* L4: own claims by name. A name is told by its length and its characters as one number; nothing is hashed. */
#include "token/claim_names.h"

#include <string.h>

#define NAME_MAX 9

static const char *const names[CLAIM_COUNT] = { "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "gen", "ctx",
	"end", "per" };

const char *
claim_name(enum claim claim)
{
	return names[claim];
}

#define BIT(word, hash) | NAMES_BIT(word, hash)
#define BITS(word) 0 CLAIM_HASHES(BIT, word)

const struct json_names claim_names_all = { { BITS(0), BITS(1), BITS(2), BITS(3) } };

#define THREE(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))

static enum claim
by_name(const char *s, size_t n)
{
	if (n == NAME_MAX)
		return memcmp(s, "auth_time", NAME_MAX) == 0 ? CLAIM_AUTH_TIME : CLAIM_COUNT;
	if (n != 3)
		return CLAIM_COUNT;
	switch (THREE((unsigned char)s[0], (unsigned char)s[1], (unsigned char)s[2])) {
	case THREE('i', 's', 's'): return CLAIM_ISS;
	case THREE('a', 'u', 'd'): return CLAIM_AUD;
	case THREE('s', 'u', 'b'): return CLAIM_SUB;
	case THREE('s', 'i', 'd'): return CLAIM_SID;
	case THREE('j', 't', 'i'): return CLAIM_JTI;
	case THREE('i', 'a', 't'): return CLAIM_IAT;
	case THREE('n', 'b', 'f'): return CLAIM_NBF;
	case THREE('e', 'x', 'p'): return CLAIM_EXP;
	case THREE('g', 'e', 'n'): return CLAIM_GEN;
	case THREE('c', 't', 'x'): return CLAIM_CTX;
	case THREE('e', 'n', 'd'): return CLAIM_END;
	case THREE('p', 'e', 'r'): return CLAIM_PER;
	default: return CLAIM_COUNT;
	}
}

enum claim
claim_of(const char *text, const struct json_member *m)
{
	char plain[6 * NAME_MAX];

	if (!m->name_escaped)
		return by_name(text + m->name_off, m->name_len);
	/* Six characters are the longest escape of one. */
	if (m->name_len > sizeof(plain))
		return CLAIM_COUNT;
	return by_name(plain, json_unescape(plain, text + m->name_off, m->name_len));
}

void
claim_members_find(const char *text, const struct json_index *index, struct claim_members *ret)
{
	*ret = (struct claim_members){ { NULL } };
	for (size_t i = 0; i < index->count; i++) {
		enum claim claim = claim_of(text, &index->member[i]);

		if (claim != CLAIM_COUNT)
			ret->at[claim] = &index->member[i];
	}
}
