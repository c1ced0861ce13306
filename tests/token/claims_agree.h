/* SPDX-License-Identifier: MIT */
/*
 * Judges the short way to a payload's claims by the general one: where the short way says anything, it says the same, member by
 * member. Shared by test and fuzz harness.
 */
#ifndef TOKEN_CLAIMS_AGREE_H
#define TOKEN_CLAIMS_AGREE_H

#include <stdlib.h>
#include <string.h>

#include "token/claims.h"

enum claims_agree { CLAIMS_BROKEN, CLAIMS_SHORT, CLAIMS_GENERAL, CLAIMS_REFUSED, CLAIMS_KINDS };

static const char *const claims_agree_names[CLAIMS_KINDS] = { "broken", "the short way", "the general way", "refused" };

struct claims_room {
	struct json_scratch scratch;
	struct json_index written, any, index;
	struct claims written_claims, any_claims, claims;
	const char *why; /* of CLAIMS_BROKEN */
};

static inline int
claims_same_member(const struct json_member *a, const struct json_member *b)
{
	return a->name_off == b->name_off && a->name_len == b->name_len && a->value_off == b->value_off && a->value_len == b->value_len &&
	    a->hash == b->hash && a->type == b->type && a->name_escaped == b->name_escaped && a->value_escaped == b->value_escaped;
}

static inline int
claims_same_index(const struct json_index *a, const struct json_index *b)
{
	if (a->count != b->count || a->strings != b->strings || a->is_spaced != b->is_spaced || a->fault != b->fault ||
	    a->fault_off != b->fault_off)
		return 0;
	for (size_t i = 0; i < a->count; i++) {
		if (!claims_same_member(&a->member[i], &b->member[i]))
			return 0;
	}
	return 1;
}

/* Which member a claim is, or none. */
static inline size_t
claims_place(const struct json_index *index, const struct json_member *m)
{
	return m == NULL ? JSON_MEMBERS_MAX : (size_t)(m - index->member);
}

static inline int
claims_same_context(const struct claims *a, const struct claims *b)
{
	if (a->context_count != b->context_count)
		return 0;
	for (size_t i = 0; i < a->context_count; i++) {
		if (strcmp(a->context[i].name, b->context[i].name) != 0 ||
		    memcmp(a->context[i].hash, b->context[i].hash, CONTEXT_HASH_BYTES) != 0)
			return 0;
	}
	return 1;
}

static inline int
claims_same(const struct json_index *ai, const struct claims *a, const struct json_index *bi, const struct claims *b)
{
	return claims_place(ai, a->iss) == claims_place(bi, b->iss) && claims_place(ai, a->aud) == claims_place(bi, b->aud) &&
	    claims_place(ai, a->sub) == claims_place(bi, b->sub) && strcmp(a->sid, b->sid) == 0 && strcmp(a->jti, b->jti) == 0 &&
	    a->iat == b->iat && a->exp == b->exp && a->auth_time == b->auth_time && a->gen == b->gen && a->nbf == b->nbf &&
	    a->end == b->end && a->persistent == b->persistent && claims_same_context(a, b);
}

static inline enum claims_agree
claims_broken(struct claims_room *room, const char *why)
{
	room->why = why;
	return CLAIMS_BROKEN;
}

/* In a copy of exactly len bytes, so that the sanitizers see any step past them. */
static inline enum claims_agree
claims_judge(const char *bytes, size_t len, const struct json_limits *limits, struct claims_room *room)
{
	const char *member[3] = { NULL, NULL, NULL }, *why[3] = { NULL, NULL, NULL };
	char *text = malloc(len == 0 ? 1 : len);
	int written, any, both;

	if (text == NULL)
		abort();
	if (len > 0)
		memcpy(text, bytes, len);
	/* What an earlier text has left must not help. */
	memset(&room->written_claims, 0xa5, sizeof(room->written_claims));
	memset(room->written.member, 0xa5, 32 * sizeof(room->written.member[0]));
	written = claims_parse_written(text, len, limits, &room->scratch, &room->written, &room->written_claims, &member[2],
	    &why[2]);
	any = claims_parse_any(text, len, limits, &room->scratch, &room->any, &room->any_claims, &member[0], &why[0]);
	both = claims_parse(text, len, limits, &room->scratch, &room->index, &room->claims, &member[1], &why[1]);
	free(text);
	if (both != any || member[0] != member[1] || why[0] != why[1] || !claims_same_index(&room->any, &room->index))
		return claims_broken(room, "the verdict, the fault or the index of both ways together");
	if (any == 0 && !claims_same(&room->any, &room->any_claims, &room->index, &room->claims))
		return claims_broken(room, "the claims of both ways together");
	if (written == CLAIMS_UNSAID)
		return any == 0 ? CLAIMS_GENERAL : CLAIMS_REFUSED;
	if (written != any || member[2] != member[0] || why[2] != why[0])
		return claims_broken(room, "the verdict of the short way");
	if (!claims_same_index(&room->any, &room->written))
		return claims_broken(room, "the index of the short way");
	if (written != 0)
		return CLAIMS_REFUSED;
	if (!claims_same(&room->any, &room->any_claims, &room->written, &room->written_claims))
		return claims_broken(room, "the claims of the short way");
	return CLAIMS_SHORT;
}

#endif
