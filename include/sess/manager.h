/* SPDX-License-Identifier: MIT */
/*
 * The manager: ring + policy + clock + event sink. A service makes one and shares it among all its
 * threads. Mints tokens here; sess/session.h verifies them.
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

/* Seconds since the epoch (0..253402300799) in *ret_now; non-zero when the clock cannot be read. */
typedef int sess_clock_fn(void *arg, int64_t *ret_now);
/* Fill buf with len unpredictable bytes; non-zero when that fails. For tests: predictable bytes make
 * forgeable tokens. */
typedef int sess_random_fn(void *arg, uint8_t *buf, size_t len);

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
} sess_config;
#define SESS_CONFIG_INIT { sizeof(sess_config), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * SESS_ERR_ARGUMENT, SESS_ERR_POLICY, every error of loading a ring, SESS_ERR_RING_LIFETIME when
 * the policy's lifetimes exceed the ring's (the message names both). Not thread-safe against itself
 * on one *ret_manager; the result is.
 */
SESS_API SESS_CHECKED int sess_manager_new(const sess_config *config, sess_manager **ret_manager, sess_diag *diag);
/* No other thread may be inside a call with this manager. NULL is allowed. */
SESS_API void sess_manager_free(sess_manager *manager);
/* The policy in force; lives as long as the manager. */
SESS_API const sess_policy *sess_manager_policy(const sess_manager *manager);

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
 * verify-only. SESS_ERR_RANDOM, SESS_ERR_CRYPTO, SESS_ERR_CLOCK, SESS_ERR_MEMORY.
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
