/* SPDX-License-Identifier: MIT */
/*
 * L4: counters that one work space adds to: plain additions by the one thread that holds it, to lines of memory that no
 * other thread writes. Whoever sums them up (session/metrics.c) reads them as they stand. Knows no names and no text.
 */
#ifndef TOKEN_TALLY_H
#define TOKEN_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

#include <sess/error.h>

#define TALLY_LINE 128 /* what processors move at once, pairs of lines included */
#define TALLY_KINDS 24 /* of events; more than there are */
#define TALLY_METERS 256 /* of keys; number 0 is shared by those that found no room */
#define TALLY_CAUSES 4 /* of a session's end */
#define TALLY_BOUNDS 11 /* of a histogram, +Inf besides */

typedef _Atomic(uint64_t) tally_count;

struct tally_histogram {
	tally_count bucket[TALLY_BOUNDS + 1]; /* each by itself */
	tally_count sum;
};

struct tally {
	struct tally *next; /* of a manager's; set once */
	atomic_int taken;   /* by a work space */
	char before[TALLY_LINE];
	tally_count kind[TALLY_KINDS];
	tally_count reason[SESS_REASON_COUNT];
	tally_count verified[TALLY_METERS], minted[TALLY_METERS];
	struct tally_histogram length[TALLY_CAUSES], renewal_age;
	char after[TALLY_LINE];
};

/* By the owner alone: no locked instruction. */
static inline void
tally_add(tally_count *count, uint64_t n)
{
	atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline uint64_t
tally_read(const tally_count *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

/* For the next work space; what was counted stays. NULL is fine. */
static inline void
tally_give(struct tally *tally)
{
	if (tally != NULL)
		atomic_store_explicit(&tally->taken, 0, memory_order_release);
}

#endif
