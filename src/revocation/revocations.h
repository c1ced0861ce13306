/* SPDX-License-Identifier: MIT */
/*
 * L5: the revocations of one ring and issuer on one node: the index in memory, the store that keeps it current, and whether
 * it can vouch for being complete. A store is one file behind `struct store_ops`; this layer's other files know none of
 * them by name, and the layer knows no manager: what it needs of one stands in `struct revocations_config`.
 */
#ifndef REVOCATION_REVOCATIONS_H
#define REVOCATION_REVOCATIONS_H

#include <stdatomic.h>

#include <sess/manager.h>

#include "base/forklock.h"
#include "revocation/fault.h"
#include "revocation/index.h"
#include "revocation/names.h"
#include "token/verify.h"

#define REVOCATION_SKEW_S 5	/* how far other nodes' clocks may be ahead */
#define REVOCATION_KEEP_S 600	/* how much longer than needed an entry is kept: the greatest leeway */
#define REVOCATION_ONCE_MAX_S INT64_C(34560000) /* 400 days: for how long a use is remembered at most */

/* Whether the index holds all that it should. */
enum store_state {
	STORE_OPEN,
	STORE_FORKED,	/* a child of the process that opened it, before it has handles of its own */
	STORE_FAILED,
	STORE_FULL,	/* more revocations than the policy's cap */
	STORE_READING,	/* its log has not been read to its end */
	STORE_NO_EPOCH, /* never initialised, or emptied since */
	STORE_STALE,	/* silent for longer than the policy allows */
	STORE_STALE_OPEN /* the same, where the policy goes on with what is known */
};

/* What happened to the store, for whoever made the revocations. */
enum revocations_news_kind { REVOCATIONS_LOST, REVOCATIONS_BACK, REVOCATIONS_IGNORED };
struct revocations_news {
	enum revocations_news_kind kind;
	int64_t now;
	const char *why; /* of LOST: one word; static */
	int64_t count;	 /* of IGNORED: entries that did not authenticate, or were there before */
};
typedef void revocations_tell_fn(const struct revocations_news *news, void *arg);

struct revocations_config {
	const char *uri;
	const struct sess_ring *ring; /* read while opening, not kept */
	const char *issuer;
	size_t max; /* entries at most */
	int64_t max_staleness_ms;
	int is_open_when_stale;
	const char *auth_path; /* or NULL */
	int is_callers_loop;   /* no thread of ours */
	sess_clock_fn *clock, *elapsed;
	void *clock_arg, *elapsed_arg;
	revocations_tell_fn *tell; /* in any thread, without a lock held */
	void *tell_arg;
};

struct revocations;

struct store_ops {
	const char *scheme; /* of the URI, with its colon */
	/* Without anything opened: makes the log. NULL: opening does. */
	int (*init)(const struct revocations_config *config, const char *scheme, const char *rest, sess_diag *diag);
	/* `rest` is the URI behind the scheme. The store reads its log into the index, or sees to it that it will be. */
	int (*open)(struct revocations *r, const char *rest, sess_diag *diag);
	void (*close)(struct revocations *r);
	/* Within a reader's stay, and cheap: whether others may have written since the last refresh. NULL: never. */
	int (*is_behind)(struct revocations *r);
	/* Under the lock: reads what others have written into the index. NULL: nothing to do. */
	int (*refresh)(struct revocations *r, int64_t now, sess_diag *diag);
	/* Under the lock, before the index has them: n entries of one act, all or none. *ret_ticket: 0, the store has them; else
	 * for `await`. NULL: nobody else needs to know. */
	int (*publish)(struct revocations *r, const struct revocation *entry, size_t n, int64_t now, uint64_t *ret_ticket,
	    sess_diag *diag);
	/* Without a lock, for a bounded time: whether what was published has yet to reach the store. Where no ticket is given: NULL. */
	int (*await)(struct revocations *r, uint64_t ticket);
	/* Under the lock: the same, of one entry. NULL: never. */
	int (*is_queued)(struct revocations *r, const struct revocation *entry);
	/* Marks the key as used, in one step for all who share the store. *ret_first: whether nobody had. Takes the lock itself. */
	int (*once)(struct revocations *r, const struct revocation *use, int64_t now, int *ret_first, sess_diag *diag);
	/* In a forked child, alone: handles of the parent are left behind, new ones opened. NULL: nothing is shared. */
	int (*after_fork)(struct revocations *r, sess_diag *diag);
	/* For stores that a feed keeps current, whose contact may be lost; NULL: the others. One turn of a caller's loop, the
	 * descriptor that it waits on, and those waiting to be published (under the lock). */
	int (*turn)(struct revocations *r);
	int (*fd)(struct revocations *r);
	size_t (*count_queued)(struct revocations *r);
};

struct revocations {
	struct revocations_config config; /* uri, ring and issuer are NULL: they were for opening */
	const struct store_ops *ops;
	void *store; /* the store's own */
	struct revocation_index *index;
	struct revocation_index *used; /* keys that were to be used once, where the store keeps them in memory; of kind ONCE */
	struct forklock *lock; /* of the indexes' writers, and of the store */
	struct names names;
	_Atomic int state; /* enum store_state */
	_Atomic int fault; /* enum fault; of a feed */
	_Atomic int told;  /* state and fault that the last news told */
	_Atomic int64_t contact_ms; /* of a feed: the elapsed time when the store last proved that it is there and read; -1: never */
	_Atomic int64_t full_until, used_full_until; /* an entry that there was no room for lives until then */
	_Atomic int *home; /* in a page that a fork wipes: 2 at home, 1 settling, 0 a child that has not begun */
	int home_stays; /* no fork wipes it here: each process writes words of its own into it */
};

/* SESS_ERR_ARGUMENT: no such store, or not in this build; the store's own errors. */
SESS_CHECKED int revocations_new(const struct revocations_config *config, struct revocations **ret, sess_diag *diag);
void revocations_free(struct revocations *r); /* NULL is fine */
/* For stores that must be initialised before their first use; uri, ring and auth_path count. SESS_ERR_ARGUMENT: another store, or
 * none; else as the store says. */
SESS_CHECKED int revocations_init(const struct revocations_config *config, sess_diag *diag);

/* Step 10: adds REVOKED, STORE_UNAVAILABLE to what verification has collected. Only for tokens that proved authentic.
 * r NULL: nothing. SESS_ERR_MEMORY. */
SESS_CHECKED int revocations_verify(struct revocations *r, struct verification *v);
/* The earliest auth_time that a session of this subject (NULL: none) may be minted with, at least now. */
int64_t revocations_floor(struct revocations *r, const char *subject, int64_t now);
/* Whether a revocation of the subject, or of all, refuses what was authenticated at `since`. SESS_ERR_STORE: the store
 * cannot vouch for an answer. */
SESS_CHECKED int revocations_refuses_subject(struct revocations *r, const char *subject, size_t subject_len, int64_t since,
    int64_t now, int *ret_refused, sess_diag *diag);
/* *ret_first 1: nobody had used the key, and from now on it is used, until then and by all who share the store. 0: it had been
 * used. May wait for the store. SESS_ERR_STORE: not known; SESS_ERR_MEMORY. */
SESS_CHECKED int revocations_once(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now,
    int *ret_first, sess_diag *diag);

/* For the stores. */
void revocations_set_state(struct revocations *r, enum store_state state);
/* Under the lock: one entry of the log into its index. SESS_ERR_STORE (and closed) at the cap, SESS_ERR_MEMORY. */
SESS_CHECKED int revocations_apply(struct revocations *r, const struct revocation *entry, int64_t now,
    enum index_put *ret_put);
/* Under the lock: whether the key is used. */
int revocations_is_used(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t now);

/* The state that counts now, told when it is another than before. */
enum store_state revocations_state(struct revocations *r, int64_t now);
/* Whether what the index says is to be believed. */
int revocations_is_open(enum store_state state);
const char *revocations_state_words(enum store_state state);
/* The same, or what is wrong with the feed, where that is why. */
const char *revocations_why(struct revocations *r, enum store_state state);
/* In one word; NULL: all is well. */
const char *revocations_why_name(struct revocations *r, enum store_state state);
/* SESS_ERR_STORE with the words of the state, where it is not open. */
SESS_CHECKED int revocations_check_open(struct revocations *r, int64_t now, sess_diag *diag);
/* Others' writing is read before a look-up: what they have acknowledged is refused here at once. */
void revocations_catch_up(struct revocations *r, int64_t now);

/* Locks, brings up to date and, in a child, settles. SESS_ERR_STORE. */
SESS_CHECKED int revocations_lock(struct revocations *r, int64_t now, sess_diag *diag);
void revocations_unlock(struct revocations *r);

extern const struct store_ops store_memory;
#ifdef SESS_WITH_LMDB
extern const struct store_ops store_lmdb;
#endif
#ifdef SESS_WITH_REDIS
extern const struct store_ops store_redis, store_redis_unix, store_redis_tls;
#endif

#endif
