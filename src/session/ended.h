/* SPDX-License-Identifier: MIT */
/*
 * L6: a small memory of sessions that have ended, so that a client which keeps sending a dead token is counted once.
 * Bounded: of about ENDED_ROOM ends the last are remembered. Lock-free.
 */
#ifndef SESSION_ENDED_H
#define SESSION_ENDED_H

#include <stdatomic.h>
#include <stdint.h>

#define ENDED_SETS 512 /* a power of two */
#define ENDED_WAYS 8   /* a line of memory */
#define ENDED_ROOM (ENDED_SETS * ENDED_WAYS)

/* Zero-initialised. */
struct ended {
	_Atomic(uint64_t) seen[ENDED_SETS][ENDED_WAYS];
};

/* sid: of an authentic token. Whether it is new here; it is remembered from then on. Of threads that ask
 * at once for one session, one is told that it is new. */
int ended_add(struct ended *e, const char *sid);

#endif
