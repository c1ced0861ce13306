/* SPDX-License-Identifier: MIT */
/* L6: the public calls that revoke, and what their entries say. */
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "session/revocation_act.h"
#include "session/session.h"

#define TIE_MAX_S 20	 /* how far repeated revocations of one name may push T */

/* Sid and jti: anything else could never be met in a token, so revoking it would revoke nothing. */
static int
check_id(const char *id, const char *member, sess_diag *diag)
{
	uint8_t bytes[CLAIMS_ID_BYTES];

	if (id == NULL || strnlen(id, CLAIMS_ID_LEN + 1) != CLAIMS_ID_LEN || b64url_decode(bytes, id, CLAIMS_ID_LEN) != 0)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, member,
		    "a %s is %d characters of base64url, as sess_session_id() and sess_session_token_id() give it", member,
		    CLAIMS_ID_LEN);
	return 0;
}

static int
check_subject(const char *subject, sess_diag *diag)
{
	if (subject == NULL || subject[0] == '\0')
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "sub",
		    "the subject is empty; name the user, or revoke all with sess_revoke_all()");
	if (!json_is_utf8(subject, strlen(subject)))
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "sub", "the subject is not UTF-8, so no token can hold it");
	return 0;
}

static int
check_opts(const struct act *a, const sess_revoke_opts *opts, sess_diag *diag)
{
	if (opts == NULL)
		return 0;
	if (opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_revoke_*: initialise the options with SESS_REVOKE_OPTS_INIT");
	if (opts->spare != NULL && a->kind != REVOCATION_SUBJECT && a->kind != REVOCATION_ALL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "a session can be spared where a subject or all are revoked, not here");
	return 0;
}

/* A second revocation of the same name in the same second must not spare what the first one spares. */
static int64_t
choose_t(const struct act *a, const uint8_t key[REVOCATION_KEY_LEN])
{
	int64_t t, there;
	unsigned stay;

	if (a->kind != REVOCATION_SUBJECT && a->kind != REVOCATION_ALL)
		return a->now;
	t = time_add(a->now, REVOCATION_SKEW_S);
	stay = index_enter(a->r->index);
	there = index_find(a->r->index, key, a->kind, a->now);
	index_leave(a->r->index, stay);
	return there >= t && there < t + TIE_MAX_S ? time_add(there, 1) : t;
}

/* A session that was logged out while its request was under way must not come back by sparing itself. */
static int
is_out(const struct act *a, const sess_session *s, const uint8_t spare_key[REVOCATION_KEY_LEN],
    const uint8_t key[REVOCATION_KEY_LEN])
{
	uint8_t session_key[REVOCATION_KEY_LEN];
	int64_t t, spared, by_sid;
	unsigned stay;

	names_of(&a->r->names, REVOCATION_SESSION, s->sid, CLAIMS_ID_LEN, session_key);
	stay = index_enter(a->r->index);
	t = index_find(a->r->index, key, a->kind, a->now);
	spared = index_find(a->r->index, spare_key, REVOCATION_SPARE, a->now);
	by_sid = index_find(a->r->index, session_key, REVOCATION_SESSION, a->now);
	index_leave(a->r->index, stay);
	return by_sid >= 0 || (s->auth_time <= t && spared < t);
}

/* Under the lock. */
static int
compose(struct act *a, uint64_t number, const sess_session *spare, sess_diag *diag)
{
	struct revocation *main = &a->entry[spare == NULL ? 0 : 1];
	names_of(&a->r->names, a->kind, a->id, a->id_len, main->key);
	main->event = number << 4 | (uint64_t)a->kind;
	main->t = choose_t(a, main->key);
	main->until = time_add(main->t, a->life_s);
	a->count = 1;
	if (spare == NULL)
		return 0;
	/* First, so that nobody sees the one without the other. */
	a->entry[0] = (struct revocation){ .event = number << 4 | REVOCATION_SPARE, .t = main->t, .until = main->until };
	names_of_spared(&a->r->names, a->kind, spare->sid, a->entry[0].key);
	a->count = 2;
	if (is_out(a, spare, a->entry[0].key, main->key))
		return diag_error(diag, SESS_ERR_ARGUMENT, "the session that is to be spared has been revoked itself; nothing was done");
	return 0;
}

/* Elsewhere the session may have been revoked in the meantime, and sparing it would bring it back. */
static int
check_can_spare(struct act *a, const sess_revoke_opts *opts, sess_diag *diag)
{
	if (opts == NULL || opts->spare == NULL || revocations_state(a->r, a->now) == STORE_OPEN)
		return 0;
	return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations",
	    "the store cannot tell now whether the session that is to be spared was revoked elsewhere; revoke without sparing it");
}

static int
revoke(struct act *a, const sess_revoke_opts *opts, sess_revocation *ret, sess_diag *diag)
{
	uint64_t number = 0;
	int rc;

	if ((rc = check_opts(a, opts, diag)) != 0 || (rc = manager_now(a->m, &a->now, diag)) != 0 ||
	    (rc = act_draw_number(a, &number, diag)) != 0)
		return rc;
	a->r = a->m->revocations;
	if ((rc = check_can_spare(a, opts, diag)) != 0 || (rc = revocations_lock(a->r, a->now, diag)) != 0)
		return rc;
	if ((rc = compose(a, number, opts == NULL ? NULL : opts->spare, diag)) == 0)
		rc = act_put_in_force(a, diag);
	revocations_unlock(a->r);
	(void)revocations_state(a->r, a->now); /* a full store is told now, not at the next request */
	if (rc != 0)
		return rc;
	act_await(a);
	act_tell(a);
	if (ret != NULL)
		act_describe(&a->entry[a->count - 1], a->queued, ret);
	return 0;
}

/* Under the lock: the same that spares the old session, for the new. */
static void
compose_spare(struct act *a, uint64_t number, const char *old_sid, const char *new_sid)
{
	static const enum revocation_kind from[] = { REVOCATION_SUBJECT, REVOCATION_ALL };

	for (size_t i = 0; i < 2; i++) {
		struct revocation *e = &a->entry[a->count];
		unsigned stay;

		names_of_spared(&a->r->names, from[i], old_sid, e->key);
		stay = index_enter(a->r->index);
		e->t = index_find(a->r->index, e->key, REVOCATION_SPARE, a->now);
		index_leave(a->r->index, stay);
		if (e->t < 0)
			continue;
		names_of_spared(&a->r->names, from[i], new_sid, e->key);
		e->event = number << 4 | REVOCATION_SPARE;
		e->until = time_add(e->t, a->life_s);
		a->count++;
	}
}

int
revocation_carry_spare(sess_manager *m, const char *old_sid, const char *new_sid, int64_t now, sess_diag *diag)
{
	struct act a = { .m = m, .r = m->revocations, .kind = REVOCATION_SPARE, .now = now };
	uint64_t number = 0;
	int rc;

	if (a.r == NULL || !index_has(a.r->index, REVOCATION_SPARE))
		return 0;
	if ((rc = act_draw_number(&a, &number, diag)) != 0 || (rc = revocations_lock(a.r, now, diag)) != 0)
		return rc;
	compose_spare(&a, number, old_sid, new_sid);
	if (a.count > 0)
		rc = act_put_in_force(&a, diag);
	revocations_unlock(a.r);
	return rc;
}

int
sess_revoke_session(sess_manager *manager, const char *sid, const sess_revoke_opts *opts, sess_revocation *ret_revocation,
    sess_diag *diag)
{
	struct act a = { .m = manager, .kind = REVOCATION_SESSION, .id = sid, .id_len = CLAIMS_ID_LEN };
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revoke_session", diag)) != 0 || (rc = check_id(sid, "sid", diag)) != 0)
		return rc;
	return revoke(&a, opts, ret_revocation, diag);
}

int
sess_revoke_token(sess_manager *manager, const char *jti, const sess_revoke_opts *opts, sess_revocation *ret_revocation,
    sess_diag *diag)
{
	struct act a = { .m = manager, .kind = REVOCATION_TOKEN, .id = jti, .id_len = CLAIMS_ID_LEN };
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revoke_token", diag)) != 0 || (rc = check_id(jti, "jti", diag)) != 0)
		return rc;
	return revoke(&a, opts, ret_revocation, diag);
}

int
sess_revoke_subject(sess_manager *manager, const char *subject, const sess_revoke_opts *opts,
    sess_revocation *ret_revocation, sess_diag *diag)
{
	struct act a = { .m = manager, .kind = REVOCATION_SUBJECT, .id = subject };
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revoke_subject", diag)) != 0 || (rc = check_subject(subject, diag)) != 0)
		return rc;
	a.id_len = strlen(subject);
	return revoke(&a, opts, ret_revocation, diag);
}

int
sess_revoke_all(sess_manager *manager, const sess_revoke_opts *opts, sess_revocation *ret_revocation, sess_diag *diag)
{
	struct act a = { .m = manager, .kind = REVOCATION_ALL, .id = "" };
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revoke_all", diag)) != 0)
		return rc;
	return revoke(&a, opts, ret_revocation, diag);
}
