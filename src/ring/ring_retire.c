/* SPDX-License-Identifier: MIT */
/* L3: keys that go: revoked at once, with a successor where that is needed, or pruned when no valid token needs them. */
#include <string.h>

#include <sess/rotation.h>

#include "base/diag.h"
#include "base/stamp.h"
#include "json/index.h"
#include "ring/ring_change.h"

static int
no_such_key(sess_diag *diag)
{
	return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "kid",
	    "no key of this ring has that kid; compare it with the list of the ring's keys");
}

/* A turn that has come: a leeway ago, so that minters whose clocks are behind need not wait, else as near to that as what had
 * its turn before allows. */
static int64_t
turn_at_once(const struct sess_ring *copy, enum jose_use use, int64_t now)
{
	const struct ring_key *before = ring_key_in_turn(copy, use, now);
	int64_t least = before == NULL ? 0 : before->nbf + 1;
	int64_t want = now - copy->leeway_s < least ? least : now - copy->leeway_s;

	for (int64_t nbf = want; nbf <= now; nbf++) {
		if (!ring_nbf_is_taken(copy, use, nbf))
			return nbf;
	}
	for (int64_t nbf = want - 1; nbf >= least; nbf--) {
		if (!ring_nbf_is_taken(copy, use, nbf))
			return nbf;
	}
	return now + 1;
}

static int
replace_minting(struct sess_ring *copy, const struct ring_key *gone, int64_t now, sess_diag *diag)
{
	int64_t nbf = turn_at_once(copy, gone->alg->use, now);
	struct ring_key *fresh = NULL;
	int rc;

	if ((rc = ring_change_append(copy, gone->alg, gone->enc, now, nbf, &fresh, diag)) != 0)
		return rc;
	ring_change_set_ends(copy, fresh);
	return 0;
}

/* The successor of a pending key, as far ahead as that was when it was made (a file may say anything: no farther than a rotation
 * goes). Whoever was to end for the one that is gone ends for the next one. */
static int
replace_pending(struct sess_ring *copy, const struct ring_key *gone, int64_t now, sess_diag *diag)
{
	int64_t ahead = gone->nbf > gone->iat ? time_min(gone->nbf - gone->iat, ROTATION_AHEAD_MAX_S) : 0;
	int64_t nbf = time_add(now, ahead);
	int64_t end = ring_verifies_until(copy, gone->nbf);
	const struct ring_key *next;
	struct ring_key *fresh = NULL;
	int rc;

	if (nbf <= gone->nbf)
		nbf = gone->nbf + 1;
	if ((rc = ring_change_append(copy, gone->alg, gone->enc, now, nbf, &fresh, diag)) != 0)
		return rc;
	ring_change_set_ends(copy, fresh);
	next = ring_key_pending(copy, gone->alg->use, now);
	for (size_t i = 0; i < copy->count; i++) {
		struct ring_key *key = &copy->keys[i];

		if (key->nbf <= now && key->alg->use == gone->alg->use && key->exp == end)
			key->exp = ring_verifies_until(copy, next->nbf);
	}
	return 0;
}

/* Of a key that mints or will; where it can be made at all. */
static int
needs_successor(const struct sess_ring *ring, const struct ring_key *key, int64_t now)
{
	return !ring_is_verify_only(ring) && (key->nbf > now || key == ring_key_in_turn(ring, key->alg->use, now));
}

static int
revoke(struct sess_ring *copy, const char *kid, const char *reason, int with_successor, int64_t now, sess_diag *diag)
{
	struct ring_key *key = ring_key_find(copy, kid);

	key->revoked_at = now;
	if (reason != NULL)
		memcpy(key->revoked_reason, reason, strlen(reason) + 1);
	if (!with_successor)
		return 0;
	return key->nbf > now ? replace_pending(copy, key, now, diag) : replace_minting(copy, key, now, diag);
}

int
sess_ring_revoke(const sess_ring *ring, const char *kid, const char *reason, int64_t now, sess_ring **ret_ring,
    sess_diag *diag)
{
	RING_CHANGE_CLEANUP struct sess_ring *copy = NULL;
	struct sess_ring *done;
	const struct ring_key *key;
	int more, rc;

	diag_clear(diag);
	if (ring == NULL || kid == NULL || ret_ring == NULL || !time_is_valid(now))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_revoke: a pointer is NULL, or the time is out of range");
	if (reason != NULL && (strlen(reason) > RING_REASON_MAX || !json_is_utf8(reason, strlen(reason))))
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "reason", "the reason must be UTF-8 of at most %d bytes", RING_REASON_MAX);
	if ((key = ring_key_find(ring, kid)) == NULL)
		return no_such_key(diag);
	if (key->revoked_at != TIME_NONE) {
		*ret_ring = NULL;
		return 0;
	}
	more = needs_successor(ring, key, now);
	if ((rc = ring_change_begin(ring, (size_t)more, &copy, diag)) != 0 ||
	    (rc = revoke(copy, kid, reason, more, now, diag)) != 0)
		return rc;
	done = copy;
	copy = NULL;
	return ring_change_finish(done, ret_ring, diag);
}

static int
check_prunable(const struct sess_ring *ring, const struct ring_key *key, int force, int64_t now, sess_diag *diag)
{
	int64_t at = ring_key_prune_at(ring, key, now);
	const int code = SESS_ERR_RING_STATE;
	char stamp[STAMP_ROOM];

	if (key == ring_key_in_turn(ring, key->alg->use, now) && at != TIME_NONE)
		return diag_error_at(diag, code, key->kid, NULL,
		    "it is the minting key; its successor is there, and it is safe to prune from %s on", stamp_format(at, stamp));
	if (key == ring_key_in_turn(ring, key->alg->use, now))
		return diag_error_at(diag, code, key->kid, NULL,
		    "it is the minting key: without it an older key would mint again; rotate or revoke it, and prune it later");
	if (key->nbf > now && key->revoked_at == TIME_NONE)
		return diag_error_at(diag, code, key->kid, "nbf", "it is pending, and its predecessor's end depends on it: revoke it instead");
	if (force || (at != TIME_NONE && at <= now))
		return 0;
	if (at == TIME_NONE)
		return diag_error_at(diag, code, key->kid, "exp",
		    "it has no end, so tokens under it may be valid for ever: rotate, and prune it when the ring says so");
	return diag_error_at(diag, code, key->kid, "exp", "tokens under it may be valid until %s; it is safe to prune from then on",
	    stamp_format(at, stamp));
}

static int
is_safe(const struct sess_ring *ring, const struct ring_key *key, int64_t now)
{
	int64_t at = ring_key_prune_at(ring, key, now);

	return at != TIME_NONE && at <= now;
}

/* The copy without one key, or without all that are safe. The order of the rest stays. */
static void
remove_keys(struct sess_ring *copy, const struct sess_ring *ring, const char *kid, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < ring->count; i++) {
		int gone = kid != NULL ? strcmp(ring->keys[i].kid, kid) == 0 : is_safe(ring, &ring->keys[i], now);

		if (!gone)
			copy->keys[kept++] = copy->keys[i];
	}
	secret_wipe(&copy->keys[kept], (ring->count - kept) * sizeof(copy->keys[0]));
	copy->count = kept;
}

int
sess_ring_prune(const sess_ring *ring, const char *kid, int force, int64_t now, sess_ring **ret_ring, sess_diag *diag)
{
	struct sess_ring *copy = NULL;
	const struct ring_key *key;
	size_t safe = 0;
	int rc;

	diag_clear(diag);
	if (ring == NULL || ret_ring == NULL || !time_is_valid(now))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_prune: a pointer is NULL, or the time is out of range");
	if (kid != NULL) {
		if ((key = ring_key_find(ring, kid)) == NULL)
			return no_such_key(diag);
		if ((rc = check_prunable(ring, key, force, now, diag)) != 0)
			return rc;
	}
	for (size_t i = 0; i < ring->count; i++)
		safe += (size_t)is_safe(ring, &ring->keys[i], now);
	if (kid == NULL && safe == 0) {
		*ret_ring = NULL;
		return 0;
	}
	if ((rc = ring_change_begin(ring, 0, &copy, diag)) != 0)
		return rc;
	remove_keys(copy, ring, kid, now);
	return ring_change_finish(copy, ret_ring, diag);
}
