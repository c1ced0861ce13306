/* SPDX-License-Identifier: MIT */
/*
 * L6: a table of fixed size that counts over windows of time, by subjects that are named by keyed hashes. Raises nothing and
 * takes no lock.
 */
#ifndef SESSION_WATCH_TABLE_H
#define SESSION_WATCH_TABLE_H

#include <stdint.h>

#include <sess/event.h>

#define WATCH_DISTINCT_MAX 16 /* different things that one subject's window can tell apart */
#define WATCH_WAYS 8	      /* slots that share a place */

/* A subject's window. */
struct watch_slot {
	int used;
	uint8_t name[SESS_EVENT_NAME_LEN];
	int64_t start; /* of the window, by the events' clock */
	uint64_t seen; /* turn of its last event */
	int64_t count;
	uint64_t distinct[WATCH_DISTINCT_MAX];
};

struct watch_table {
	struct watch_slot *slot;
	size_t places; /* of WATCH_WAYS slots each */
	uint64_t turn;
};

/* slots is rounded up to whole places. SESS_ERR_MEMORY. */
SESS_CHECKED int watch_table_init(struct watch_table *t, size_t slots);
void watch_table_done(struct watch_table *t);

/* The subject's window that holds `now`, begun anew where there was none; of another subject, where there is no room. */
struct watch_slot *watch_table_get(struct watch_table *t, const uint8_t name[SESS_EVENT_NAME_LEN], int64_t now, int64_t window_s);

/* Begins a window where `now` lies outside. A clock that steps back by less than a window's length does not end it: the clocks
 * of two threads do that. */
void watch_slot_begin(struct watch_slot *slot, int64_t now, int64_t window_s);

/* Counts `what` unless it has been counted in this window, or there are `max` already. Whether it was counted. */
int watch_slot_add_distinct(struct watch_slot *slot, const uint8_t what[SESS_EVENT_NAME_LEN], int64_t max);

#endif
