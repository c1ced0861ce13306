/* SPDX-License-Identifier: MIT */
/*
 * Events: what a manager saw, told to one callback as it happens. Each carries fields, not text, and none holds a
 * token, a key, a claim or a client's address: sessions, clients and contexts are named by keyed hashes that are
 * the same on every node that has the ring and through all its rotations.
 *
 * Both the enum and the struct grow as capabilities arrive: ignore kinds that you do not know, and read no member
 * beyond event->size.
 */
#ifndef SESS_EVENT_H
#define SESS_EVENT_H

#include <sess/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, value, when it is raised) */
#define SESS_EVENT_TABLE(X)                                                                            \
	X(MINTED, 1, "a session was started")                                                          \
	X(VERIFIED, 2, "a token was accepted")                                                         \
	X(REJECTED, 3, "a token was refused")                                                          \
	X(UNKNOWN_KEY, 4, "a token named a key that the ring does not have")                           \
	X(OLD_KEY_USED, 5, "a token was accepted whose key no longer mints")                           \
	X(RENEWED, 6, "a session was given a new token")                                               \
	X(REGENERATED, 7, "a session was given a new name, for a change of privilege: told of the old one")  \
	X(CONTEXT_CHANGED, 8, "a session is used from another client than it was bound to")           \
	X(KEY_NEAR_LIMIT, 9, "a key comes near the number of tokens that it may mint")                 \
	X(RING_RELOADED, 10, "another ring is in force")                                               \
	X(RING_REFUSED, 11, "a ring was not taken; the one before stays in force")                     \
	X(REVOKED, 12, "sessions were revoked, or that was taken back")                                  \
	X(STORE_LOST, 13, "the revocation store cannot be reached, or is too far behind")              \
	X(STORE_BACK, 14, "the revocation store is up to date again")                                  \
	X(COOKIE_NEAR_LIMIT, 15, "a token nearly fills the cookies that may carry it")                 \
	X(COOKIE_HEADER_LARGE, 16, "a request's cookies come near what servers accept")   \
	X(FEED_IGNORED, 17, "the revocation store holds entries that no holder of the ring put there")

typedef enum sess_event_kind {
#define SESS_X(name, value, sentence) SESS_EVENT_##name = value,
	SESS_EVENT_TABLE(SESS_X)
#undef SESS_X
} sess_event_kind;

#define SESS_EVENT_NAME_LEN 16 /* bytes of a keyed hash */

/* Members that a kind does not use are zero, NULL, or the value that says "unknown". */
typedef struct sess_event {
	size_t size; /* of this struct, as the library knows it */
	sess_event_kind kind;
	int64_t time;	    /* the manager's clock; -1 where it could not be read */
	uint32_t reasons;   /* SESS_REASON_* of REJECTED and UNKNOWN_KEY: every rule that did not hold */
	int code;	    /* SESS_ERR_* of RING_REFUSED and STORE_LOST */
	const char *kid;    /* the ring's key that was used, or NULL; never text from the token */
	const char *member; /* CONTEXT_CHANGED: the name in the context; RING_REFUSED: what is wrong; STORE_LOST: one word for
			       what is wrong now, as sess/revocation.h lists them; or NULL */
	int has_session;    /* whether the next member names a session: of every authentic token, refused ones too */
	uint8_t session[SESS_EVENT_NAME_LEN];
	int has_client; /* whether the next member names what sess_verify_opts.client said */
	uint8_t client[SESS_EVENT_NAME_LEN];
	int has_context; /* whether the next member names the whole context that was given, in whatever order */
	uint8_t context[SESS_EVENT_NAME_LEN];
	int64_t age_s;	    /* seconds since the authentication, where a session is named; else -1 */
	int64_t gen;	    /* renewals of the token, where a session is named; else -1 */
	int64_t generation; /* of the ring that is in force after RING_RELOADED or RING_REFUSED; else 0 */
	int64_t value;	    /* what was counted or measured (FEED_IGNORED: entries, since the event before), against ... */
	int64_t limit;	    /* ... what is allowed: KEY_NEAR_LIMIT tokens,
				 COOKIE_* bytes */
} sess_event;

/* Called in the thread in which it happened (RING_RELOADED and RING_REFUSED also in the manager's own, where it watches
 * the ring's file; STORE_* and FEED_IGNORED also in that of the feed), before the call there returns; must not call back into the same manager, and may not keep pointers.
 * What it costs is added to that call. */
typedef void sess_event_fn(const sess_event *event, void *arg);

/* The name of a kind ("MINTED") and a sentence; any int is allowed, an unknown one is "UNKNOWN". Static strings.
 * Thread-safe. */
SESS_API const char *sess_event_name(int kind);
SESS_API const char *sess_event_sentence(int kind);

#ifdef __cplusplus
}
#endif
#endif
