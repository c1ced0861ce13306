/* SPDX-License-Identifier: MIT */
/*
 * L5: the revocations of one manager: the index in memory, the keys of its hashes, the store that keeps it current, and
 * whether it can vouch for being complete. Step 10 of verification is one call here. A store is one file behind `struct
 * store_ops`; this file knows none of them by name.
 */
#ifndef SESSION_REVOCATION_H
#define SESSION_REVOCATION_H

#include <stdatomic.h>

#include <sess/revocation.h>

#include "base/forklock.h"
#include "crypto/kdf.h"
#include "crypto/siphash.h"
#include "session/manager.h"
#include "session/revocation_index.h"
#include "token/verify.h"

#define REVOCATION_SKEW_S 5	/* how far other nodes' clocks may be ahead */
#define REVOCATION_KEEP_S 600	/* how much longer than needed an entry is kept: the greatest leeway */

/* Whether the index holds all that it should. */
enum store_state {
	STORE_OPEN,
	STORE_FORKED,	/* a child of the process that opened it, before it has handles of its own */
	STORE_FAILED,
	STORE_FULL	/* more revocations than the policy's cap */
};

struct revocations;

struct store_ops {
	const char *scheme; /* of the URI, with its colon */
	/* `rest` is the URI behind the scheme. The store reads its log into the index, or sees to it that it will be. */
	int (*open)(struct revocations *r, const char *rest, sess_diag *diag);
	void (*close)(struct revocations *r);
	/* Within a reader's stay, and cheap: whether others may have written since the last refresh. NULL: never. */
	int (*is_behind)(struct revocations *r);
	/* Under the lock: reads what others have written into the index. NULL: nothing to do. */
	int (*refresh)(struct revocations *r, int64_t now, sess_diag *diag);
	/* Under the lock, before the index has them: n entries of one act, all or none. *ret_queued: 1 when the store takes them
	 * later. NULL: nobody else needs to know. */
	int (*publish)(struct revocations *r, const struct revocation *entry, size_t n, int64_t now, int *ret_queued,
	    sess_diag *diag);
	/* In a forked child, alone: handles of the parent are left behind, new ones opened. NULL: nothing is shared. */
	int (*after_fork)(struct revocations *r, sess_diag *diag);
};

struct revocations {
	sess_manager *manager;
	const struct store_ops *ops;
	void *store; /* the store's own */
	struct revocation_index *index;
	struct forklock *lock; /* of the index's writers, and of the store */
	uint8_t name_key[REVOCATION_UNDO + 1][SIPHASH_KEY_LEN]; /* by kind: hashes names under this ring and issuer */
	uint8_t all_key[REVOCATION_KEY_LEN];
	uint8_t ring_id[REVOCATION_KEY_LEN]; /* of the ring's tag alone: tells whose names a store holds */
	_Atomic int state; /* enum store_state */
	_Atomic int told;  /* the state that the last event told */
	_Atomic int64_t full_until;
	_Atomic int *home; /* in a page that a fork wipes: 2 at home, 1 settling, 0 a child that has not begun */
};

/* uri NULL: none, and *ret NULL. SESS_ERR_ARGUMENT: no such store, or not in this build; the store's own errors. */
SESS_CHECKED int revocations_new(sess_manager *m, const char *uri, struct revocations **ret, sess_diag *diag);
void revocations_free(struct revocations *r);

/* Step 10: adds REVOKED, STORE_UNAVAILABLE to what verification has collected. Only for tokens that proved authentic.
 * r NULL: nothing. SESS_ERR_MEMORY. */
SESS_CHECKED int revocations_verify(struct revocations *r, struct verification *v);
/* The earliest auth_time that a session of this subject (NULL: none) may be minted with, at least now. */
int64_t revocations_floor(struct revocations *r, const char *subject, int64_t now);

/* Where the old session is spared from something, the new one that takes its place is too. Errors as of revoking. */
SESS_CHECKED int revocations_carry_spare(sess_manager *m, const char *old_sid, const char *new_sid, int64_t now,
    sess_diag *diag);
/* The name of a session among those spared from revocations of subjects, or of all. */
void revocations_spare_name(const struct revocations *r, enum revocation_kind from, const char sid[CLAIMS_ID_LEN],
    uint8_t out[REVOCATION_KEY_LEN]);

/* For the stores. */
void revocations_set_state(struct revocations *r, enum store_state state);
/* Under the lock: one entry of the log into the index. SESS_ERR_STORE (and closed) at the cap, SESS_ERR_MEMORY. */
SESS_CHECKED int revocations_apply(struct revocations *r, const struct revocation *entry, int64_t now,
    enum index_put *ret_put);
/* The state that counts now, told by an event when it is another than before. */
enum store_state revocations_state(struct revocations *r, int64_t now);
const char *revocations_state_words(enum store_state state);

/* For the public calls: locks, brings up to date and, in a child, settles. SESS_ERR_STORE. */
SESS_CHECKED int revocations_lock(struct revocations *r, int64_t now, sess_diag *diag);
void revocations_unlock(struct revocations *r);
/* The name under which a thing of this kind is kept. */
void revocations_name(const struct revocations *r, enum revocation_kind kind, const char *id, size_t n,
    uint8_t out[REVOCATION_KEY_LEN]);

extern const struct store_ops store_memory;
#ifdef SESS_WITH_LMDB
extern const struct store_ops store_lmdb;
#endif

#endif
