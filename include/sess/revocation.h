/* SPDX-License-Identifier: MIT */
/*
 * Revocations: logging out before a token expires. Verification looks them up in memory and never waits for a network; a
 * store, named by sess_config.revocations, keeps the memory of all processes current:
 *   "memory:"                this process alone; a forked child has a copy that goes its own way
 *   "lmdb:PATH"              a folder of this host, made where it is missing; what one process has revoked, all of them
 *                            refuse at once, and after a restart
 *   "redis://HOST:PORT/DB"   all hosts that use a Redis (6.2 or later) or Valkey server; HOST may be a name, an address, or an IPv6
 *                            address in brackets; :6379 and /0 may be left out. User and password come from the file
 *                            sess_config.revocations_auth_path. There is no TLS here: use a tunnel on this host for it
 *   "redis+unix:PATH"        the same, over a socket of this host
 * A store that this library was built without is SESS_ERR_ARGUMENT, and the message says so. While a store cannot vouch that
 * it is complete, verification refuses with SESS_REASON_STORE_UNAVAILABLE.
 *
 * Redis. sess_revocations_init() (sesstool revoke --init) makes the log of a ring, once; before that, and after a server has lost it, the
 * store is unavailable until somebody who knows that says so. sess_manager_new() waits for the log to be read, for 2 s at most, and
 * is no error without a server: verification is closed until it has been read. Then a feed keeps the node current, and proves
 * every second at most that the server still takes writes. Silence for longer than the policy's
 * revocations_max_staleness_s closes verification, or leaves it open where revocations_when_stale says so; both are told. What is
 * revoked while the server is away is in force here at once, is kept in memory, and is published when it is back. The feed runs in a thread
 * of the manager's, or with SESS_FEED_CALLER in the caller's loop. What the events STORE_LOST and sess_revocations_status()
 * name as `why`: FORKED (a child that has not begun), FAILED, FULL, READING (the log, not yet to its end), NO_EPOCH (not
 * initialised, or lost), STALE, STALE_OPEN; and of the server UNREACHABLE, TIMEOUT, CLOSED, GARBAGE, TOO_LARGE, DENIED, LOADING, READONLY,
 * OOM, MOVED, NO_WRITES, EMPTIED, ERROR, MEMORY.
 *
 * Forks. A child has no part in its parent's handles: at its first call it opens its own, and is closed until the log was read there.
 *
 * What is kept are 16-byte keyed hashes of what was named, and times; never a sid, subject or jti. An entry lives until
 * max(now, T) + the ring's session_life_s + 600 s: whatever it refuses has expired by then. All functions may be called by
 * any number of threads. Where the manager has no store they are SESS_ERR_ARGUMENT.
 */
#ifndef SESS_REVOCATION_H
#define SESS_REVOCATION_H

#include <sess/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sess_revocation_kind {
	SESS_REVOCATION_SESSION = 1, /* by sid: the session, through all its renewals */
	SESS_REVOCATION_SUBJECT = 2, /* by sub: all its sessions authenticated at or before `before` */
	SESS_REVOCATION_TOKEN = 3,   /* by jti: one token, not what it was renewed to */
	SESS_REVOCATION_ALL = 4,     /* everybody authenticated at or before `before` */
	SESS_REVOCATION_SPARE = 5,   /* a session that subject and all revocations up to `before` leave alone */
	SESS_REVOCATION_UNDO = 6     /* one that was taken back, remembered so that it does not return */
} sess_revocation_kind;

#define SESS_REVOCATION_ID_LEN 15 /* lower-case hex digits, without the NUL */

typedef struct sess_revocation {
	char id[SESS_REVOCATION_ID_LEN + 1]; /* names this revocation, for sess_revoke_undo() */
	sess_revocation_kind kind;
	int64_t before;	  /* T; of sessions and tokens: when they were revoked */
	int64_t until;	  /* lives until then */
	int queued;	  /* 0: done, the store has it. 1: in force here, and published when the store can be reached (Redis) */
	int merged;	  /* stands for several of one name, and cannot be undone */
	uint8_t name[16]; /* keyed hash of what is revoked */
} sess_revocation;

/* Options of revoking, size-versioned; NULL: the defaults. */
typedef struct sess_revoke_opts {
	size_t size;
	/* Of _subject and _all: this session, and what it is renewed to, stays; NULL: none does. If it has been revoked
	 * meanwhile, that is SESS_ERR_ARGUMENT, and while the store is not open, so that nobody here can know, SESS_ERR_STORE: nothing
	 * is done. */
	const sess_session *spare;
} sess_revoke_opts;
#define SESS_REVOKE_OPTS_INIT { sizeof(sess_revoke_opts), 0 }

/*
 * Revoke one session by its "sid", or one token by its "jti" (each 22 base64url characters), one subject by its "sub"
 * (NUL-terminated UTF-8, not empty), or everybody. Subject and all refuse what was authenticated at or before T = now + 5 s,
 * for other nodes' clocks may be ahead; a session minted meanwhile gets auth_time = iat = T + 1 and lives (under a policy
 * whose leeway_s is less than 6 it is not valid until then). *ret_revocation (may be NULL) says what was done. It is in force on
 * this node before anything else; then the call waits for a Redis server, up to one second and not at all while it is known to be away.
 *
 * SESS_ERR_ARGUMENT; SESS_ERR_STORE: the store has failed, or as many as the policy's revocations_max are held already (and
 * then verification fails closed until there is room); SESS_ERR_RANDOM, SESS_ERR_CLOCK, SESS_ERR_MEMORY. After any error
 * but SESS_ERR_ARGUMENT the revocation may be in force on this node and is not known to be in the store: repeat it.
 */
SESS_API SESS_CHECKED int sess_revoke_session(sess_manager *manager, const char *sid, const sess_revoke_opts *opts,
    sess_revocation *ret_revocation, sess_diag *diag);
SESS_API SESS_CHECKED int sess_revoke_subject(sess_manager *manager, const char *subject, const sess_revoke_opts *opts,
    sess_revocation *ret_revocation, sess_diag *diag);
SESS_API SESS_CHECKED int sess_revoke_token(sess_manager *manager, const char *jti, const sess_revoke_opts *opts,
    sess_revocation *ret_revocation, sess_diag *diag);
SESS_API SESS_CHECKED int sess_revoke_all(sess_manager *manager, const sess_revoke_opts *opts,
    sess_revocation *ret_revocation, sess_diag *diag);

/* Take one revocation back, by its id. SESS_ERR_ARGUMENT: no such live revocation, or it was merged with others of the same
 * name. Other errors as above. What it named is valid again where no other revocation names it. */
SESS_API SESS_CHECKED int sess_revoke_undo(sess_manager *manager, const char *id, sess_revocation *ret_revocation,
    sess_diag *diag);

/* Non-zero ends the listing and is returned by it. Must not call back into the same manager. */
typedef int sess_revocation_fn(const sess_revocation *revocation, void *arg);
/* Every live revocation of this node, in no order. 0; what the function returned; SESS_ERR_STORE: the list would not be
 * whole, for the store is unavailable; SESS_ERR_ARGUMENT, SESS_ERR_CLOCK. */
SESS_API SESS_CHECKED int sess_revocations_list(sess_manager *manager, sess_revocation_fn *each, void *arg, sess_diag *diag);

/*
 * Make the log of config's ring in config's store (ring or ring_path, ring_access, revocations and revocations_auth_path count), which then is
 * complete by definition. Where a server has lost its log, nodes that go on running publish what they know as soon as they see the
 * new one, within about a second: start no new ones meanwhile. Waits for the server, a few seconds at most.
 * SESS_ERR_EXISTS: there is one, and nothing was changed. SESS_ERR_ARGUMENT: the store needs none, or see above; SESS_ERR_STORE: what is
 * wrong with the server; SESS_ERR_IO: the password's file; the errors of loading a ring; SESS_ERR_RANDOM, SESS_ERR_MEMORY.
 */
SESS_API SESS_CHECKED int sess_revocations_init(const sess_config *config, sess_diag *diag);

/*
 * Move the feed of a manager with SESS_FEED_CALLER on: sends and receives what can be without waiting. Call it when the descriptor is
 * readable, and at the latest after *ret_wait_ms (-1: there is no feed, and nothing to wait for). A host's name in the
 * URI is looked up in here, for as long as that takes; an address is not. Any thread. SESS_ERR_ARGUMENT: the feed has a thread of its own.
 * That the server is away is no error; sess_revocations_status() says so.
 */
SESS_API SESS_CHECKED int sess_revocations_poll(sess_manager *manager, int *ret_wait_ms, sess_diag *diag);
/* What to wait on for reading, with poll() and its like, or -1: no feed, or one with a thread. In a forked child it is another
 * one from its first sess_revocations_poll() on. The manager's; do not close it. */
SESS_API int sess_revocations_fd(sess_manager *manager);

/* How the store is, size-versioned. */
typedef struct sess_revocation_status {
	size_t size;
	int is_open;	       /* whether verification believes it */
	const char *why;       /* one word, as listed above, or NULL: all is well. Static */
	const char *why_text;  /* the same for people, or NULL. Static */
	size_t entries;	       /* in memory, with the expired that still take room */
	size_t queued;	       /* that the server does not have yet */
	int64_t contact_age_ms; /* since the server last proved that it takes writes and all of them were read; -1: never, or no feed */
} sess_revocation_status;
#define SESS_REVOCATION_STATUS_INIT { sizeof(sess_revocation_status), 0, 0, 0, 0, 0, 0 }

/* Waits for no server. SESS_ERR_ARGUMENT, SESS_ERR_CLOCK. */
SESS_API SESS_CHECKED int sess_revocations_status(sess_manager *manager, sess_revocation_status *ret_status,
    sess_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
