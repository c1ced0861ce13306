/* SPDX-License-Identifier: MIT */
/* L4: the names of the library's own claims (doc/format.md, "Claims"), and finding all of them in one walk over an index. */
#ifndef TOKEN_CLAIM_NAMES_H
#define TOKEN_CLAIM_NAMES_H

#include "json/name.h"

enum claim { CLAIM_ISS, CLAIM_AUD, CLAIM_SUB, CLAIM_SID, CLAIM_JTI, CLAIM_IAT, CLAIM_NBF, CLAIM_EXP, CLAIM_AUTH_TIME, CLAIM_GEN,
	CLAIM_CTX, CLAIM_END, CLAIM_PER, CLAIM_COUNT };

const char *claim_name(enum claim claim);
/* All of them. */
extern const struct json_names claim_names_all;

/* Their hashes, as in an index, in their order: X(arg, hash) of each. */
#define CLAIM_HASH(a, b, c) NAME_HASH((a) | (b) << 8 | (c) << 16, 0)
#define CLAIM_HASH_AUTH_TIME NAME_HASH(UINT64_C(0x6d69745f68747561), 'e') /* "auth_tim", the first character the lowest */
#define CLAIM_HASHES(X, arg) \
	X(arg, CLAIM_HASH('i', 's', 's')) X(arg, CLAIM_HASH('a', 'u', 'd')) X(arg, CLAIM_HASH('s', 'u', 'b')) \
	X(arg, CLAIM_HASH('s', 'i', 'd')) X(arg, CLAIM_HASH('j', 't', 'i')) X(arg, CLAIM_HASH('i', 'a', 't')) \
	X(arg, CLAIM_HASH('n', 'b', 'f')) X(arg, CLAIM_HASH('e', 'x', 'p')) X(arg, CLAIM_HASH_AUTH_TIME) \
	X(arg, CLAIM_HASH('g', 'e', 'n')) X(arg, CLAIM_HASH('c', 't', 'x')) X(arg, CLAIM_HASH('e', 'n', 'd')) \
	X(arg, CLAIM_HASH('p', 'e', 'r'))
/* Which claim a member is, its name unescaped; CLAIM_COUNT: the caller's. */
enum claim claim_of(const char *text, const struct json_member *m);

struct claim_members {
	const struct json_member *at[CLAIM_COUNT]; /* NULL: absent */
};
void claim_members_find(const char *text, const struct json_index *index, struct claim_members *ret);

#endif
