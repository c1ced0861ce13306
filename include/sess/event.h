/* SPDX-License-Identifier: MIT */
/*
 * Events: what a manager saw, told to one callback. The enum grows as capabilities arrive; ignore
 * values that you do not know.
 */
#ifndef SESS_EVENT_H
#define SESS_EVENT_H

#include <sess/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sess_event_kind {
	SESS_EVENT_MINTED = 1,
	SESS_EVENT_VERIFIED = 2,
	SESS_EVENT_REJECTED = 3,    /* reasons says why */
	SESS_EVENT_UNKNOWN_KEY = 4, /* a token named a key that the ring does not have */
	SESS_EVENT_OLD_KEY_USED = 5 /* verified with a key that no longer mints */
} sess_event_kind;

typedef struct sess_event {
	size_t size; /* of this struct, as the library knows it */
	sess_event_kind kind;
	int64_t time;	       /* the manager's clock */
	uint32_t reasons;      /* SESS_REASON_* of a REJECTED event */
	const char *kid;       /* the ring's key that was used, or NULL; never text from the token */
	int has_session;       /* whether the next member names a session */
	uint8_t session[16];   /* keyed hash of the sid: the same on every node and through rotations */
} sess_event;

/* Called in the thread that minted or verified; must not call back into the same manager, and may
 * not keep pointers. */
typedef void sess_event_fn(const sess_event *event, void *arg);

#ifdef __cplusplus
}
#endif
#endif
