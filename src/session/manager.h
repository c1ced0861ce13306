/* SPDX-License-Identifier: MIT */
/*
 * L4: the manager's inside: one key table, one policy, the pool of work spaces, clock and event sink. Work spaces
 * are taken and put back by one atomic exchange; when all are busy another is made.
 */
#ifndef SESSION_MANAGER_H
#define SESSION_MANAGER_H

#include <stdatomic.h>

#include <sess/session.h>

#include "token/work.h"

#define MANAGER_SLOTS 64 /* a power of two */

struct sess_manager {
	struct keytab *tab;
	sess_policy policy;
	sess_clock_fn *clock;
	void *clock_arg;
	sess_random_fn *random;
	void *random_arg;
	sess_event_fn *on_event;
	void *on_event_arg;
	_Atomic(struct work *) slot[MANAGER_SLOTS];
};

SESS_CHECKED int manager_now(const sess_manager *m, int64_t *ret_now, sess_diag *diag);
SESS_CHECKED int manager_take_work(sess_manager *m, struct work **ret, sess_diag *diag);
/* Wipes what the last token left, and keeps the work space for the next. */
void manager_put_work(sess_manager *m, struct work *w);

#endif
