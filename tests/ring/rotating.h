/* SPDX-License-Identifier: MIT */
/* What the tests of rotation share. Over the public API. */
#ifndef RING_ROTATING_H
#define RING_ROTATING_H

#include <check.h>

#include "support/life.h"

#define NOW LIFE_NOW
#define DAY 86400
#define NESTED SESS_FORM_NESTED
#define SEALED SESS_FORM_SEALED
#define SIGNED SESS_FORM_SIGNED

static inline sess_ring *
rotated(const sess_ring *ring, const sess_rotation *what, int64_t now)
{
	sess_ring *next = NULL;
	sess_diag diag;
	int rc = sess_ring_rotate(ring, what, now, &next, &diag);

	ck_assert_msg(rc == 0, "%s: %s", sess_error_name(rc), diag.message);
	if (next != NULL)
		life_check(next);
	return next;
}

#endif
