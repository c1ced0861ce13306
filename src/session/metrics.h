/* SPDX-License-Identifier: MIT */
/*
 * L6: what a manager counts, and where: each work space has a tally of its own, which outlives it; what happens without a
 * work space goes into one that is shared. Reading sums them up, and takes nothing from who counts.
 */
#ifndef SESSION_METRICS_H
#define SESSION_METRICS_H

#include <sess/metrics.h>

#include "session/ended.h"
#include "session/event.h"
#include "session/meters.h"

enum metrics_cause { CAUSE_LOGOUT, CAUSE_REVOKED, CAUSE_IDLE, CAUSE_ABSOLUTE };
_Static_assert(CAUSE_ABSOLUTE + 1 == TALLY_CAUSES, "a histogram a cause");

struct metrics {
	_Atomic(struct tally *) tallies; /* all; a tally is never freed before the manager */
	struct tally *shared;		 /* one of them, added to by locked instructions */
	struct meters meters;
	struct ended ended;
};

extern const int64_t metrics_bounds_s[TALLY_BOUNDS];

/* SESS_ERR_MEMORY. */
SESS_CHECKED int metrics_new(struct metrics **ret);
/* Work spaces and key tables are gone by then. NULL is fine. */
void metrics_free(struct metrics *metrics);

/* A tally for a new work space; tally_give() gives it back. SESS_ERR_MEMORY. */
SESS_CHECKED int metrics_take_tally(struct metrics *metrics, struct tally **ret);

/* w: whose tally counts it; NULL: the shared one. */
void metrics_count(const sess_manager *m, struct work *w, const struct event_fact *fact);

/* What that comes to for an accepted token. tally: a work space's. */
static inline void
metrics_count_verified(struct tally *tally, const struct keytab_entry *entry)
{
	tally_add(&tally->verified[entry->meter], 1);
}

#endif
