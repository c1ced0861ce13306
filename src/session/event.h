/* SPDX-License-Identifier: MIT */
/*
 * L6: telling what happened, in one place: callers fill in the fact that they know, and one function makes the event
 * of it. Hashes nothing where nobody listens.
 */
#ifndef SESSION_EVENT_H
#define SESSION_EVENT_H

#include "session/manager.h"
#include "token/mint.h"

/* The session of an authentic or fresh token. */
struct event_session {
	const char *sid; /* CLAIMS_ID_LEN characters */
	int64_t auth_time, gen; /* TIME_NONE, -1: not known */
	int64_t idle_deadline, absolute_deadline; /* of a token that was refused by the time */
};

struct event_fact {
	sess_event_kind kind;
	int64_t now;
	uint32_t reasons;
	int code;
	const struct keytab_entry *entry; /* of the key that kid names, where it is at hand */
	const char *kid;    /* of a ring's key, or NULL */
	const char *member; /* or NULL */
	const struct event_session *session; /* or NULL */
	const void *client;		     /* what names the client, or NULL */
	size_t client_len;
	const sess_context *context; /* what the caller said of the client, names checked */
	size_t context_count;
	int64_t generation, value, limit;
};

/* Counts the fact, and tells whoever listens. w: counts it and keys the hashes; NULL where none is at hand, for events
 * that name no session and no client. A name that cannot be made is left out. */
void event_raise(const sess_manager *m, struct work *w, const struct event_fact *fact);

/* KEY_NEAR_LIMIT, where a token that was just minted is to be told of so. */
void event_raise_budget(const sess_manager *m, int64_t now, const struct minted *minted);

#endif
