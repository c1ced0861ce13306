/* SPDX-License-Identifier: MIT */
/*
 * The manager: ring + policy + clocks + event sink. A service makes one and shares it among all its
 * threads. Mints tokens here; sess/session.h verifies them.
 *
 * The ring may be changed while the manager works ("Reloading", below). Calls that have begun end with the ring they
 * began with; when the last of them has ended, the keys of the old ring are wiped.
 *
 * Forks: a child may go on using the manager. Its revocation store is opened anew at the first call (sess/revocation.h). A thread that watches the ring (watch_interval_s) is not in the child, which calls
 * sess_manager_reload_if_changed() itself, or makes a manager of its own; tokens with unknown keys cause their look at the
 * file there too. OpenSSL wants no fork while another thread is inside it, and the watching thread is whenever the file has
 * changed: a process that forks workers all its life forks from where no such thread runs.
 */
#ifndef SESS_MANAGER_H
#define SESS_MANAGER_H

#include <sess/context.h>
#include <sess/event.h>
#include <sess/policy.h>
#include <sess/ring.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sess_manager sess_manager;

/* A time in *ret_now; non-zero when the clock cannot be read. The wall clock gives seconds since the epoch
 * (0..253402300799), the clock of elapsed time milliseconds since anything, not negative. */
typedef int sess_clock_fn(void *arg, int64_t *ret_now);
/* Fill buf with len unpredictable bytes; non-zero when that fails. For tests: predictable bytes make
 * forgeable tokens. */
typedef int sess_random_fn(void *arg, uint8_t *buf, size_t len);

enum sess_feed {
	SESS_FEED_THREAD = 0, /* a thread of the manager's own, with all signals blocked */
	SESS_FEED_CALLER = 1  /* the caller's loop, by sess_revocations_poll() */
};

/* Initialise with SESS_CONFIG_INIT. Give exactly one of ring and ring_path, at most one of policy and
 * policy_path. Everything is copied or referenced by the manager; the caller's may go at once. */
typedef struct sess_config {
	size_t size;
	const char *ring_path;
	const sess_ring_access *ring_access; /* as for sess_ring_load_file(); NULL: the defaults */
	sess_ring *ring;	   /* the manager holds a reference of its own */
	const char *policy_path;
	const sess_policy *policy; /* neither: the defaults */
	sess_clock_fn *clock;	   /* NULL: CLOCK_REALTIME */
	void *clock_arg;
	sess_random_fn *insecure_random; /* NULL: OpenSSL's, buffered */
	void *insecure_random_arg;
	sess_event_fn *on_event; /* NULL: none */
	void *on_event_arg;
	int64_t watch_interval_s; /* with ring_path: look at the file this often, in a thread of the manager's own,
				     at most 86400; 0: no such thread */
	sess_clock_fn *elapsed;	  /* durations, in milliseconds; NULL: CLOCK_BOOTTIME */
	void *elapsed_arg;
	const char *revocations; /* the revocation store, as sess/revocation.h names them; NULL: none */
	const char *revocations_auth_path; /* of redis:// and redis+unix: a file, its owner's alone (0600): one line with the
					      password, or two with user and password; NULL: neither */
	int revocations_feed; /* enum sess_feed: who moves such a store's feed on */
} sess_config;
#define SESS_CONFIG_INIT { sizeof(sess_config), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * SESS_ERR_ARGUMENT, SESS_ERR_POLICY, every error of loading a ring, SESS_ERR_RING_LIFETIME when
 * the policy's lifetimes exceed the ring's (the message names both). Not thread-safe against itself
 * on one *ret_manager; the result is.
 */
SESS_API SESS_CHECKED int sess_manager_new(const sess_config *config, sess_manager **ret_manager, sess_diag *diag);
/* Stops the watching thread, if there is one. No other thread may be inside a call with this manager, and it is not called
 * from an event. NULL is allowed. */
SESS_API void sess_manager_free(sess_manager *manager);
/* The policy in force; lives as long as the manager. */
SESS_API const sess_policy *sess_manager_policy(const sess_manager *manager);

/*
 * Reloading. The new ring is judged as a whole, by every rule of loading and of sess_manager_new(), and then put into force in one
 * instant while other threads mint and verify; or it is refused, and the old one stays. Refused are, besides what no
 * manager accepts (SESS_ERR_RING_*, SESS_ERR_RING_LIFETIME with both values): an older generation (SESS_ERR_RING_ROLLBACK); a ring
 * of another form or another tag, which is not this ring at another time but another one (SESS_ERR_RING_FORMAT, member "form" or
 * "tag"; restart the service to change rings). SESS_ERR_IO: the file cannot be read. SESS_ERR_MEMORY, SESS_ERR_CRYPTO. Each
 * ring raises an event, SESS_EVENT_RING_RELOADED or SESS_EVENT_RING_REFUSED, in the thread that looked. A key that is revoked in
 * the new ring verifies nothing in any call that begins after.
 *
 * A manager made with ring_path also looks at the file by itself when a token names a key that the ring does not have: at most once
 * a second, and reads it only if it has changed. A fresh key is thus known within a second of its first token.
 *
 * Any number of threads; reloads wait for each other, verification waits for none.
 */

/* Read the file of ring_path now. A manager made from a ring has none: SESS_ERR_ARGUMENT; see sess_manager_set_ring(). */
SESS_API SESS_CHECKED int sess_manager_reload(sess_manager *manager, sess_diag *diag);
/*
 * The same, if the file is not the one that was judged last, good or bad: one stat(), comparing device, inode, size, mtime and ctime.
 * 0 with *ret_changed (may be NULL) 1: another ring is in force; 0: nothing to do, also where the same file has been
 * refused before. After SESS_ERR_MEMORY and the like the next call reads it again.
 */
SESS_API SESS_CHECKED int sess_manager_reload_if_changed(sess_manager *manager, int *ret_changed, sess_diag *diag);
/* Put a ring into force that the caller has loaded (from a descriptor, say), by the same rules. The manager holds a reference of its
 * own. */
SESS_API SESS_CHECKED int sess_manager_set_ring(sess_manager *manager, sess_ring *ring, sess_diag *diag);
/* The generation of the ring in force. */
SESS_API int64_t sess_manager_generation(const sess_manager *manager);

/* Options of minting, size-versioned. NULL or all zero: the defaults. */
typedef struct sess_mint_opts {
	size_t size;
	int64_t not_before; /* "nbf" (RFC 7519 §4.1.5); 0: none */
	int64_t hard_end;   /* "end": the session ends then at the latest; 0: by the policy alone */
	const sess_context *context; /* what the session is bound to; names that the policy has off are left out */
	size_t context_count;
	int persistent; /* "per": the cookie outlives the browser, through all renewals */
} sess_mint_opts;
#define SESS_MINT_OPTS_INIT { sizeof(sess_mint_opts), 0, 0, 0, 0, 0 }

/*
 * Mint a token for a session that begins now: fresh sid and jti, auth_time = iat = now,
 * exp = min(now + idle, now + absolute, hard_end), never past the keys' own exp less leeway.
 *
 * subject: "sub", NUL-terminated UTF-8, not empty; NULL: none. claims_json: one JSON object whose
 * members become claims as they stand (white space between tokens is dropped); NULL with length 0:
 * none. The library's own claims (iss aud sub sid jti iat nbf exp auth_time gen ctx end per) are
 * refused there: SESS_ERR_CLAIMS names the member. A token over the policy's cap is
 * SESS_ERR_TOKEN_SIZE, with both numbers. SESS_ERR_RING_NO_KEY: no key may mint now, or the ring is
 * verify-only. SESS_ERR_KEY_SPENT: the key (named) is of alg dir with A256GCM and has made the 2^31 tokens that one process may
 * make with it; rotate the ring. SESS_EVENT_KEY_NEAR_LIMIT tells of it from three quarters on. The count is kept over reloads,
 * and shared by managers that were made from one sess_ring. SESS_ERR_RANDOM, SESS_ERR_CRYPTO, SESS_ERR_CLOCK, SESS_ERR_MEMORY.
 *
 * *ret_token: NUL-terminated compact serialization (RFC 7515 §7.1, RFC 7516 §7.1); free it with
 * sess_token_free(). Any number of threads.
 */
SESS_API SESS_CHECKED int sess_mint(sess_manager *manager, const char *subject, const char *claims_json,
    size_t claims_json_len, const sess_mint_opts *opts, char **ret_token, size_t *ret_token_len, sess_diag *diag);
/* Wipes and frees. NULL is allowed. */
SESS_API void sess_token_free(char *token);

#ifdef __cplusplus
}
#endif
#endif
