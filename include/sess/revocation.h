/* SPDX-License-Identifier: MIT */
/*
 * Revocations: logging out before a token expires. Verification looks them up in memory and never waits for a network; a
 * store, named by sess_config.revocations, keeps the memory of all processes current:
 *   "memory:"                this process alone; a forked child has a copy that goes its own way
 *   "lmdb:PATH"              a folder of this host, made where it is missing; what one process has revoked, all of them
 *                            refuse at once, and after a restart
 * A store that this library was built without is SESS_ERR_ARGUMENT, and the message says so. While a store cannot vouch that
 * it is complete, verification refuses with SESS_REASON_STORE_UNAVAILABLE.
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
	int queued;	  /* 0: done, the store has it. 1: in force here, and the store takes it later (of these stores, none does) */
	int merged;	  /* stands for several of one name, and cannot be undone */
	uint8_t name[16]; /* keyed hash of what is revoked */
} sess_revocation;

/* Options of revoking, size-versioned; NULL: the defaults. */
typedef struct sess_revoke_opts {
	size_t size;
	/* Of _subject and _all: this session, and what it is renewed to, stays; NULL: none does. If it has been revoked
	 * meanwhile, that is SESS_ERR_ARGUMENT and nothing is done. */
	const sess_session *spare;
} sess_revoke_opts;
#define SESS_REVOKE_OPTS_INIT { sizeof(sess_revoke_opts), 0 }

/*
 * Revoke one session by its "sid", or one token by its "jti" (each 22 base64url characters), one subject by its "sub"
 * (NUL-terminated UTF-8, not empty), or everybody. Subject and all refuse what was authenticated at or before T = now + 5 s,
 * for other nodes' clocks may be ahead; a session minted meanwhile gets auth_time = iat = T + 1 and lives (under a policy
 * whose leeway_s is less than 6 it is not valid until then). *ret_revocation (may be NULL) says what was done.
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

#ifdef __cplusplus
}
#endif
#endif
