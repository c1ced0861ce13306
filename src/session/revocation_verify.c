/* SPDX-License-Identifier: MIT */
/*
 * L5: step 10 of verification, and the earliest auth_time that a mint may give: look-ups in the index alone, after one cheap
 * question whether others have written. Writes nothing.
 */
#include <string.h>

#include "base/diag.h"
#include "session/revocation.h"

/* What one token is looked up by. */
struct names {
	int wants[REVOCATION_SPARE + 1];
	uint8_t key[REVOCATION_SPARE + 1][REVOCATION_KEY_LEN];
	uint8_t all_spare[REVOCATION_KEY_LEN];
};

static void
refuse(struct verification *v, uint32_t reason, const char *member, const char *expected, const char *got)
{
	v->reasons |= reason;
	(void)diag_reject(v->diag, reason, member, expected, got);
}

/* A string's bytes, escapes undone; only an escaped one needs room. */
static int
text_of(struct verification *v, const struct json_member *m, const char **ret, size_t *ret_len)
{
	const char *raw = v->payload + m->value_off + 1;
	struct buf *room = &v->work->ciphertext; /* spent since step 5, and wiped with the rest */
	size_t n = m->value_len - 2;
	int rc;

	if (!m->value_escaped) {
		*ret = raw;
		*ret_len = n;
		return 0;
	}
	buf_clear(room);
	if ((rc = buf_reserve(room, n)) != 0)
		return rc;
	*ret = (const char *)room->data;
	*ret_len = json_unescape((char *)room->data, raw, n);
	return 0;
}

static void
want(struct revocations *r, enum revocation_kind kind, const char *id, size_t n, struct names *names)
{
	names->wants[kind] = index_has(r->index, kind);
	if (names->wants[kind])
		revocations_name(r, kind, id, n, names->key[kind]);
}

/* The session's name among the spared: apart for each kind that it is spared from. */
void
revocations_spare_name(const struct revocations *r, enum revocation_kind from, const char sid[CLAIMS_ID_LEN],
    uint8_t out[REVOCATION_KEY_LEN])
{
	char text[1 + CLAIMS_ID_LEN];

	text[0] = from == REVOCATION_ALL ? 'A' : 'S';
	memcpy(text + 1, sid, CLAIMS_ID_LEN);
	revocations_name(r, REVOCATION_SPARE, text, sizeof(text), out);
}

static int
collect_names(struct revocations *r, struct verification *v, struct names *names)
{
	const char *sub = NULL;
	size_t n = 0;
	int rc;

	want(r, REVOCATION_SESSION, v->claims.sid, CLAIMS_ID_LEN, names);
	want(r, REVOCATION_TOKEN, v->claims.jti, CLAIMS_ID_LEN, names);
	names->wants[REVOCATION_SUBJECT] = 0;
	if (v->claims.sub != NULL && index_has(r->index, REVOCATION_SUBJECT)) {
		if ((rc = text_of(v, v->claims.sub, &sub, &n)) != 0)
			return rc;
		want(r, REVOCATION_SUBJECT, sub, n, names);
	}
	names->wants[REVOCATION_ALL] = index_has(r->index, REVOCATION_ALL);
	names->wants[REVOCATION_SPARE] = index_has(r->index, REVOCATION_SPARE);
	if (!names->wants[REVOCATION_SPARE])
		return 0;
	revocations_spare_name(r, REVOCATION_SUBJECT, v->claims.sid, names->key[REVOCATION_SPARE]);
	revocations_spare_name(r, REVOCATION_ALL, v->claims.sid, names->all_spare);
	return 0;
}

static int
is_refused_until(struct revocations *r, const struct verification *v, const uint8_t *key, enum revocation_kind kind,
    const uint8_t *spare, int64_t *ret_t)
{
	*ret_t = index_find(r->index, key, kind, v->now);
	if (v->claims.auth_time > *ret_t)
		return 0;
	return spare == NULL || index_find(r->index, spare, REVOCATION_SPARE, v->now) < *ret_t;
}

static void
refuse_time(struct verification *v, int64_t t, const char *expected)
{
	v->reasons |= SESS_REASON_REVOKED;
	(void)diag_reject_num(v->diag, SESS_REASON_REVOKED, "auth_time", SESS_UNIT_TIME, t, v->claims.auth_time, expected,
	    "authenticated before");
}

static void
look_up(struct revocations *r, struct verification *v, const struct names *names)
{
	const uint8_t *spare = names->wants[REVOCATION_SPARE] ? names->key[REVOCATION_SPARE] : NULL;
	const uint8_t *all_spare = names->wants[REVOCATION_SPARE] ? names->all_spare : NULL;
	int64_t t = 0;

	for (int kind = REVOCATION_SESSION; kind <= REVOCATION_TOKEN; kind++) {
		if (names->wants[kind])
			index_prefetch(r->index, names->key[kind]);
	}
	if (names->wants[REVOCATION_SESSION] &&
	    index_find(r->index, names->key[REVOCATION_SESSION], REVOCATION_SESSION, v->now) >= 0)
		refuse(v, SESS_REASON_REVOKED, "sid", "a session that nobody has revoked", "a revoked session");
	if (names->wants[REVOCATION_TOKEN] &&
	    index_find(r->index, names->key[REVOCATION_TOKEN], REVOCATION_TOKEN, v->now) >= 0)
		refuse(v, SESS_REASON_REVOKED, "jti", "a token that nobody has revoked", "a revoked token");
	if (names->wants[REVOCATION_SUBJECT] &&
	    is_refused_until(r, v, names->key[REVOCATION_SUBJECT], REVOCATION_SUBJECT, spare, &t))
		refuse_time(v, t, "authenticated after the subject was logged out everywhere");
	if (names->wants[REVOCATION_ALL] && is_refused_until(r, v, r->all_key, REVOCATION_ALL, all_spare, &t))
		refuse_time(v, t, "authenticated after everybody was logged out");
}

/* Others' writing is read before the look-up: what they have acknowledged is refused here at once. */
static void
catch_up(struct revocations *r, int64_t now)
{
	unsigned stay;
	int behind;

	if (r->ops->is_behind == NULL)
		return;
	stay = index_enter(r->index);
	behind = r->ops->is_behind(r);
	index_leave(r->index, stay);
	if (behind && revocations_lock(r, now, NULL) == 0)
		revocations_unlock(r);
}

int
revocations_verify(struct revocations *r, struct verification *v)
{
	enum store_state state;
	struct names names;
	unsigned stay;
	int rc;

	if (r == NULL)
		return 0;
	/* A child's first question is where it is. */
	if (revocations_state(r, v->now) != STORE_FORKED)
		catch_up(r, v->now);
	state = revocations_state(r, v->now);
	if (state != STORE_OPEN)
		refuse(v, SESS_REASON_STORE_UNAVAILABLE, NULL, revocations_state_words(STORE_OPEN), revocations_state_words(state));
	if ((rc = collect_names(r, v, &names)) != 0)
		return diag_error(v->diag, rc, NULL);
	stay = index_enter(r->index);
	look_up(r, v, &names);
	index_leave(r->index, stay);
	return 0;
}

int64_t
revocations_floor(struct revocations *r, const char *subject, int64_t now)
{
	uint8_t key[REVOCATION_KEY_LEN];
	int64_t t = -1, of_all;
	unsigned stay;

	if (r == NULL)
		return now;
	if (revocations_state(r, now) != STORE_FORKED)
		catch_up(r, now);
	if (subject != NULL)
		revocations_name(r, REVOCATION_SUBJECT, subject, strlen(subject), key);
	stay = index_enter(r->index);
	if (subject != NULL)
		t = index_find(r->index, key, REVOCATION_SUBJECT, now);
	of_all = index_find(r->index, r->all_key, REVOCATION_ALL, now);
	index_leave(r->index, stay);
	t = of_all > t ? of_all : t;
	return t >= now ? t + 1 : now;
}
