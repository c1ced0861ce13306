/* SPDX-License-Identifier: MIT */
/* L4: the names of the library's own claims (doc/format.md, "Claims"), and finding all of them in one walk over an index. */
#ifndef TOKEN_CLAIM_NAMES_H
#define TOKEN_CLAIM_NAMES_H

#include "json/index.h"

enum claim { CLAIM_ISS, CLAIM_AUD, CLAIM_SUB, CLAIM_SID, CLAIM_JTI, CLAIM_IAT, CLAIM_NBF, CLAIM_EXP, CLAIM_AUTH_TIME, CLAIM_GEN,
	CLAIM_CTX, CLAIM_END, CLAIM_PER, CLAIM_COUNT };

const char *claim_name(enum claim claim);
/* Which claim a member is, its name unescaped; CLAIM_COUNT: the caller's. */
enum claim claim_of(const char *text, const struct json_member *m);

struct claim_members {
	const struct json_member *at[CLAIM_COUNT]; /* NULL: absent */
};
void claim_members_find(const char *text, const struct json_index *index, struct claim_members *ret);

#endif
