/* SPDX-License-Identifier: MIT */
/*
 * L6: changing a manager's ring while it works: the file it comes from, the last look at that file, and the rules by which
 * another ring takes the place of the one in force. Knows nothing of tokens.
 */
#ifndef SESSION_RELOAD_H
#define SESSION_RELOAD_H

#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include <sess/manager.h>

#include "base/forklock.h"
#include "token/keytab.h"

#define RELOAD_LOOK_EVERY_MS 1000 /* at the file, for tokens that name an unknown key */
#define RELOAD_NEVER INT64_MIN

/* What tells one state of the file from another. */
struct reload_stamp {
	int error; /* errno where there was nothing to look at; the rest is 0 then */
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

struct reload {
	char *path; /* NULL: the ring came as a ring, not as a file */
	sess_ring_access access; /* with a reference of its protection */
	struct forklock *lock;		   /* one reload at a time; guards the stamp */
	struct reload_stamp seen;	   /* the file as it was when last judged, good or bad */
	_Atomic(int64_t) looked_ms;	   /* by the elapsed clock: when an unknown key last caused a look; or RELOAD_NEVER */
	atomic_uint_fast64_t stats, loads; /* how often the file was looked at, and read */
};

/* Copies what the configuration says of the ring's file, and loads the ring that the manager begins with: *ret is a
 * reference. reload_done() also after a failure. */
SESS_CHECKED int reload_init(struct reload *r, const sess_config *config, struct sess_ring **ret, sess_diag *diag);
void reload_done(struct reload *r);

/* SESS_ERR_RING_LIFETIME when the policy's lifetimes exceed the ring's. */
SESS_CHECKED int reload_check_lifetimes(const sess_policy *policy, const struct sess_ring *ring, sess_diag *diag);

/*
 * After a token named a key that the ring of `tab` does not have: whether another ring is in force by now, so that a second try
 * makes sense. Looks at the file at most once in RELOAD_LOOK_EVERY_MS, in one thread; the others are answered at once.
 */
int reload_for_unknown_key(sess_manager *m, const struct keytab *tab);

#endif
