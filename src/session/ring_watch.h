/* SPDX-License-Identifier: MIT */
/* L6: a thread that looks at the ring's file at an interval. Judges nothing itself; what it finds goes into events. */
#ifndef SESSION_RING_WATCH_H
#define SESSION_RING_WATCH_H

#include <sess/manager.h>

#define RING_WATCH_INTERVAL_MAX_S 86400

struct ring_watch;

/* Begins to watch. SESS_ERR_MEMORY, also where no thread can be had. */
SESS_CHECKED int ring_watch_start(sess_manager *m, int64_t interval_s, struct ring_watch **ret);
/* Stops and joins the thread, then frees. In a forked child, where there is no such thread, it only frees. NULL is fine. */
void ring_watch_stop(struct ring_watch *watch);

#endif
