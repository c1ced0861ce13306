/* SPDX-License-Identifier: MIT */
/*
 * L6: which counters belong to which key. A key table is bound when it comes into force: each of its keys gets a meter, the
 * one that its kid had in other tables that still live. When the last table that knows a kid goes, its counts are added to
 * those of the keys that are gone, and the meter is free. So labels are bounded by the keys in use, and no count is lost.
 */
#ifndef SESSION_METERS_H
#define SESSION_METERS_H

#include <sess/ring.h>

#include "base/forklock.h"
#include "token/keytab.h"
#include "token/tally.h"

struct meter {
	size_t tables; /* that know the kid; 0: free */
	char kid[SESS_KID_MAX + 1];
};

struct meters {
	struct forklock *lock; /* guards all below, and meters of tallies that no table knows */
	_Atomic(struct tally *) *tallies; /* the manager's, to fold */
	struct meter meter[TALLY_METERS]; /* number 0 is no key's own */
	uint64_t gone_verified, gone_minted;
};

/* SESS_ERR_MEMORY. tallies: the head of a list that grows and never shrinks. */
SESS_CHECKED int meters_init(struct meters *meters, _Atomic(struct tally *) *tallies);
/* All tables are gone by then. */
void meters_done(struct meters *meters);

/* Between the two, no meter changes hands. */
void meters_take(struct meters *meters);
void meters_give(struct meters *meters);

/* Of a table that nobody uses yet; until it is freed it refers to meters. */
void meters_bind(struct meters *meters, struct keytab *tab);

#endif
