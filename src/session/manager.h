/* SPDX-License-Identifier: MIT */
/*
 * L6: the manager's inside: the key table in force, one policy, the pool of work spaces, clocks and event sink. Work spaces
 * are taken and put back by one atomic exchange; when all are busy another is made. Each belongs to the key table that it was made
 * from; when another has come into force it is freed instead of used again, and with the last of them go the old keys.
 */
#ifndef SESSION_MANAGER_H
#define SESSION_MANAGER_H

#include <stdatomic.h>

#include <sess/session.h>

#include "session/reload.h"
#include "token/work.h"

#define MANAGER_SLOTS 64 /* a power of two */

struct revocations;
struct ring_watch;
struct metrics;

/* Where a work space waits. Each has lines of memory of its own: a thread writes to its slot twice a token, and two slots in one line
 * would go to and fro between two processors. */
struct manager_slot {
	_Atomic(struct work *) work;
	char after[TALLY_LINE - sizeof(struct work *)];
};

struct sess_manager {
	_Atomic(struct keytab *) current; /* holds a reference; to be compared with, and followed only by who reloads */
	struct forklock *keytab_lock;	  /* for the moment of a swap, and of taking another reference */
	struct reload reload;
	struct ring_watch *watch; /* NULL: none */
	sess_policy policy;
	sess_clock_fn *clock;
	void *clock_arg;
	sess_clock_fn *elapsed;
	void *elapsed_arg;
	sess_random_fn *random;
	void *random_arg;
	sess_event_fn *on_event;
	void *on_event_arg;
	struct metrics *metrics;
	struct revocations *revocations; /* NULL: none */
	char before[TALLY_LINE];
	struct manager_slot slot[MANAGER_SLOTS];
};

SESS_CHECKED int manager_now(const sess_manager *m, int64_t *ret_now, sess_diag *diag);
/* Milliseconds of a clock that nobody sets. SESS_ERR_CLOCK. */
SESS_CHECKED int manager_elapsed(const sess_manager *m, int64_t *ret_ms);
SESS_CHECKED int manager_take_work(sess_manager *m, struct work **ret, sess_diag *diag);
/* Wipes what the last token left, and keeps the work space for the next. */
void manager_put_work(sess_manager *m, struct work *w);
/* Puts a key table into force, whose reference moves in. One caller at a time. */
void manager_swap_keytab(sess_manager *m, struct keytab *tab);

#endif
