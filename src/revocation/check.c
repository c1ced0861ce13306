/* SPDX-License-Identifier: MIT */
/*
 * L5: step 10 of verification, the earliest auth_time that a mint may give, and whether a subject was logged out since: look-ups
 * in the index alone, after one cheap question whether others have written. Writes nothing.
 */
#include <string.h>

#include "base/diag.h"
#include "revocation/revocations.h"

/* What one token is looked up by. */
struct wanted {
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
want(struct revocations *r, enum revocation_kind kind, const char *id, size_t n, struct wanted *names)
{
	names->wants[kind] = index_has(r->index, kind);
	if (names->wants[kind])
		names_of(&r->names, kind, id, n, names->key[kind]);
}

static int
collect_names(struct revocations *r, struct verification *v, struct wanted *names)
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
	names_of_spared(&r->names, REVOCATION_SUBJECT, v->claims.sid, names->key[REVOCATION_SPARE]);
	names_of_spared(&r->names, REVOCATION_ALL, v->claims.sid, names->all_spare);
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
look_up(struct revocations *r, struct verification *v, const struct wanted *names)
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
	if (names->wants[REVOCATION_ALL] && is_refused_until(r, v, r->names.all, REVOCATION_ALL, all_spare, &t))
		refuse_time(v, t, "authenticated after everybody was logged out");
}

int
revocations_verify(struct revocations *r, struct verification *v)
{
	enum store_state state;
	struct wanted names;
	unsigned stay;
	int rc;

	if (r == NULL)
		return 0;
	revocations_catch_up(r, v->now);
	state = revocations_state(r, v->now);
	if (!revocations_is_open(state))
		refuse(v, SESS_REASON_STORE_UNAVAILABLE, NULL, revocations_state_words(STORE_OPEN), revocations_why(r, state));
	/* While a child settles, its readers are counted anew: nobody may be among them. */
	if (state == STORE_FORKED)
		return 0;
	if ((rc = collect_names(r, v, &names)) != 0)
		return diag_error(v->diag, rc, NULL);
	stay = index_enter(r->index);
	look_up(r, v, &names);
	index_leave(r->index, stay);
	return 0;
}

/* The latest T of the subject's own revocations (NULL: none) and of everybody's, or -1. */
static int64_t
latest_of(struct revocations *r, const char *subject, size_t len, int64_t now)
{
	uint8_t key[REVOCATION_KEY_LEN];
	int64_t t = -1, of_all;
	unsigned stay;

	if (subject != NULL)
		names_of(&r->names, REVOCATION_SUBJECT, subject, len, key);
	stay = index_enter(r->index);
	if (subject != NULL)
		t = index_find(r->index, key, REVOCATION_SUBJECT, now);
	of_all = index_find(r->index, r->names.all, REVOCATION_ALL, now);
	index_leave(r->index, stay);
	return of_all > t ? of_all : t;
}

int64_t
revocations_floor(struct revocations *r, const char *subject, int64_t now)
{
	int64_t t;

	if (r == NULL)
		return now;
	revocations_catch_up(r, now);
	if (revocations_state(r, now) == STORE_FORKED)
		return now;
	t = latest_of(r, subject, subject == NULL ? 0 : strlen(subject), now);
	return t >= now ? t + 1 : now;
}

int
revocations_refuses_subject(struct revocations *r, const char *subject, size_t subject_len, int64_t since, int64_t now,
    int *ret_refused, sess_diag *diag)
{
	int rc;

	revocations_catch_up(r, now);
	if ((rc = revocations_check_open(r, now, diag)) != 0)
		return rc;
	*ret_refused = since <= latest_of(r, subject, subject_len, now);
	return 0;
}
