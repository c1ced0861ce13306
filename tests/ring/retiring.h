/* SPDX-License-Identifier: MIT */
/* What the tests of revoked and of pruned keys share: a ring in its next state, which must come out. Over the public API. */
#ifndef RING_RETIRING_H
#define RING_RETIRING_H

#include <check.h>
#include <string.h>

#include "support/life.h"

#define NOW LIFE_NOW
#define DAY 86400
#define NESTED SESS_FORM_NESTED
#define SIGNED SESS_FORM_SIGNED

static inline sess_ring *
rotated(const sess_ring *ring, int sig, int64_t now)
{
	sess_rotation what = SESS_ROTATION_INIT;
	sess_ring *next = NULL;

	what.sig = sig;
	ck_assert_int_eq(sess_ring_rotate(ring, &what, now, &next, NULL), 0);
	ck_assert_ptr_nonnull(next);
	return next;
}

/* The signing key alone, and the ring before it is gone. */
static inline sess_ring *
turned(sess_ring *ring, int64_t now)
{
	sess_ring *next = rotated(ring, 1, now);

	sess_ring_free(ring);
	return next;
}

static inline sess_ring *
revoked(const sess_ring *ring, const char *kid, const char *reason, int64_t now)
{
	sess_ring *next = NULL;
	sess_diag diag;
	int rc = sess_ring_revoke(ring, kid, reason, now, &next, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
	return next;
}

static inline sess_ring *
pruned(const sess_ring *ring, const char *kid, int force, int64_t now)
{
	sess_ring *next = NULL;
	sess_diag diag;
	int rc = sess_ring_prune(ring, kid, force, now, &next, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
	return next;
}

/* A kid that outlives its ring. */
static inline char *
kid_of(const sess_ring *ring, const char *use, sess_key_state state, int64_t now)
{
	return strdup(life_only(ring, use, state, now).kid);
}

#endif
