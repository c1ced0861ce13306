/* SPDX-License-Identifier: MIT */
/* L5: a thread that takes turns until it is stopped. What a turn is, and how it is woken from it, its owner knows. */
#ifndef REVOCATION_FEED_H
#define REVOCATION_FEED_H

#include <sess/error.h>

struct feed;

/* Signals are blocked in the thread. turn waits by itself, and wake ends the wait of the turn that is under way.
 * SESS_ERR_MEMORY: no thread can be had. */
SESS_CHECKED int feed_start(void (*turn)(void *arg), void (*wake)(void *arg), void *arg, struct feed **ret);
/* NULL is fine. In a forked child nothing is there to stop. */
void feed_stop(struct feed *feed);

#endif
