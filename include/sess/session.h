/* SPDX-License-Identifier: MIT */
/*
 * Verification, the verified session, and its renewal. A session belongs to one request: use it from one thread
 * at a time, then free it. It outlives neither its manager nor its caller's patience, but does not
 * depend on the token's text.
 */
#ifndef SESS_SESSION_H
#define SESS_SESSION_H

#include <sess/manager.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sess_session sess_session;

/* Options of verification, size-versioned; NULL: the defaults. */
typedef struct sess_verify_opts {
	size_t size;
	const void *client; /* bytes that name who sent the token, an address for instance: for events alone, which hold */
	size_t client_len;  /* a keyed hash of them; NULL and 0: not known */
	const sess_context *context; /* what the client shows now, to be compared with what the session was bound to */
	size_t context_count;
} sess_verify_opts;
#define SESS_VERIFY_OPTS_INIT { sizeof(sess_verify_opts), 0, 0, 0, 0 }

/*
 * Verify a token. 0: every rule held, and *ret_session is the session. SESS_ERR_REJECTED: one rule or
 * more did not; diag->reasons and diag->findings say which, *ret_session stays untouched. The steps,
 * in order: 1 text, 2 header, 3 key, 4 lengths, 5 decryption (RFC 7516 §5.2), 6 signature
 * (RFC 7515 §5.2), 7 payload, 8 typ iss aud, 9 time, 10 revocation, 11 context. Up to 7 the first
 * failure ends it; 8 to 11 are all evaluated. A context name that the policy enforces must be given and be the same
 * (SESS_REASON_CONTEXT_MISMATCH names it); one that it reports changes nothing but sess_session_context() and raises
 * SESS_EVENT_CONTEXT_CHANGED; names that the token does not bind, or that are not asked about, are no matter. Also
 * SESS_ERR_ARGUMENT, SESS_ERR_CLOCK, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. Any number of threads.
 */
SESS_API SESS_CHECKED int sess_verify(sess_manager *manager, const char *token, size_t token_len,
    const sess_verify_opts *opts, sess_session **ret_session, sess_diag *diag);
/* Wipes and frees. NULL is allowed. */
SESS_API void sess_session_free(sess_session *session);

/*
 * The name that events give this session (sess_event.session), by the ring in force: for whoever keeps names out of
 * events and wants to know a session by them. Writes ret_name only on success. SESS_ERR_ARGUMENT, SESS_ERR_CRYPTO,
 * SESS_ERR_MEMORY.
 */
SESS_API SESS_CHECKED int sess_session_event_name(sess_manager *manager, const sess_session *session,
    uint8_t ret_name[SESS_EVENT_NAME_LEN], sess_diag *diag);

/* The library's own claims. Pointers live as long as the session. */
SESS_API const char *sess_session_subject(sess_session *session);  /* "sub"; NULL: none */
SESS_API const char *sess_session_id(sess_session *session);	    /* "sid" */
SESS_API const char *sess_session_token_id(sess_session *session); /* "jti" */
SESS_API const char *sess_session_kid(const sess_session *session); /* the minting role's key: the signing
	key of nested and signed tokens, the encryption key of sealed ones */
SESS_API int64_t sess_session_issued_at(const sess_session *session);	 /* "iat" */
SESS_API int64_t sess_session_auth_time(const sess_session *session);	 /* "auth_time" */
SESS_API int64_t sess_session_renewals(const sess_session *session);	 /* "gen" */
/* min(exp, iat + idle) and min(auth_time + absolute, end) under this verifier's policy, without leeway. */
SESS_API int64_t sess_session_idle_deadline(const sess_session *session);
SESS_API int64_t sess_session_absolute_deadline(const sess_session *session);
SESS_API int64_t sess_session_hard_end(const sess_session *session); /* "end"; -1: none */
SESS_API int sess_session_is_persistent(const sess_session *session); /* "per" */
/* 1: the idle deadline has reached the absolute one; no renewal can move it, and the next sign-in is the user's. */
SESS_API int sess_session_is_last(const sess_session *session);
/*
 * 1: renew the token with this response. It is wanted once the policy's renew_after_percent of the time from "iat" to
 * the idle deadline is used (for each session up to a sixteenth of that earlier, by its sid, so that sessions of one
 * second do not come back in one second), or when a key of the token is older than the one that mints now. 0 where
 * renewal could not extend the session, or this ring cannot mint. Decided when the token was verified, and not changed
 * after.
 */
SESS_API int sess_session_wants_renewal(const sess_session *session);
/* What verification found about a context name, by the caller's values; a name that is not bound, NULL included, is
 * SESS_CONTEXT_UNBOUND. */
SESS_API sess_context_state sess_session_context(const sess_session *session, const char *name);

/*
 * Claims of the caller, by member name (NUL-terminated, compared unescaped). SESS_ERR_NO_CLAIM when
 * there is no such member or it has another type. A string comes NUL-terminated and unescaped, its
 * length in *ret_len where that is not NULL. An int is a JSON integer that fits int64_t.
 */
SESS_API SESS_CHECKED int sess_session_get_string(sess_session *session, const char *name, const char **ret_value,
    size_t *ret_len);
SESS_API SESS_CHECKED int sess_session_get_int(sess_session *session, const char *name, int64_t *ret_value);
SESS_API SESS_CHECKED int sess_session_get_bool(sess_session *session, const char *name, int *ret_value);
SESS_API SESS_CHECKED int sess_session_get_double(sess_session *session, const char *name, double *ret_value);
/* The JSON text of any member's value, as it stands in the payload; not NUL-terminated. */
SESS_API SESS_CHECKED int sess_session_get_json(sess_session *session, const char *name, const char **ret_json,
    size_t *ret_len);

/* The whole payload, NUL-terminated JSON text; *ret_len may be NULL. Lives as long as the session. */
SESS_API const char *sess_session_claims_json(const sess_session *session, size_t *ret_len);

#define SESS_ID_LEN 22 /* characters of "sid" and "jti" */

/* Options of renewal, size-versioned. NULL or all zero: the defaults. */
typedef struct sess_renew_opts {
	size_t size;
	const char *claims_json; /* replaces the caller's claims, as for sess_mint(); NULL and 0: they stay as they stand */
	size_t claims_json_len;
	const sess_context *context; /* what the client shows now; NULL: what verification found still holds */
	size_t context_count;
} sess_renew_opts;
#define SESS_RENEW_OPTS_INIT { sizeof(sess_renew_opts), 0, 0, 0, 0 }

/*
 * A new token for the same session: same sid, sub, auth_time, end, per and context; new jti, gen + 1, no nbf; iat = now
 * (never earlier than the old token's); exp = min(iat + idle, auth_time + absolute, end), never past the keys' own exp
 * less leeway; signed and sealed with the keys that mint now. The old token stays valid until its own deadline, so that
 * requests in flight are not logged out.
 *
 * The session must come from this manager: else SESS_ERR_ARGUMENT. The rules are run again under the ring and the clock
 * of now: SESS_ERR_REJECTED with the reasons when the session has expired, its key has expired or been revoked or is
 * gone, or it has been revoked itself since it was verified; the hard end is meant here without leeway
 * (SESS_REASON_ABSOLUTE_EXPIRED). SESS_ERR_CLAIMS: claims that do not fit, or gen is at its maximum (member "gen").
 * Every error of sess_mint(). *ret_token as there. The session is only read, but its thread must not use it meanwhile.
 */
SESS_API SESS_CHECKED int sess_renew(sess_manager *manager, sess_session *session, const sess_renew_opts *opts,
    char **ret_token, size_t *ret_token_len, sess_diag *diag);

/* Options of regeneration, size-versioned. NULL or all zero: the defaults. */
typedef struct sess_regenerate_opts {
	size_t size;
	const char *claims_json; /* as above */
	size_t claims_json_len;
	const sess_context *context; /* what the new session is bound to, as for sess_mint() */
	size_t context_count;
} sess_regenerate_opts;
#define SESS_REGENERATE_OPTS_INIT { sizeof(sess_regenerate_opts), 0, 0, 0, 0 }

/*
 * For a change of privilege (a second factor, another role): a session under a new sid, so that whoever learned the old
 * one gains nothing. As sess_renew(), but gen is 0 and the context is taken anew: its values are first compared with
 * what the session was bound to, and a name that the policy enforces must be among them and be the same
 * (SESS_REASON_CONTEXT_MISMATCH); context hashes hang on the sid and cannot be copied. auth_time stays: only an
 * authentication sets it. ret_old_sid, with its NUL, is what to revoke once the new token is on its way.
 */
SESS_API SESS_CHECKED int sess_regenerate(sess_manager *manager, sess_session *session,
    const sess_regenerate_opts *opts, char **ret_token, size_t *ret_token_len, char ret_old_sid[SESS_ID_LEN + 1], sess_diag *diag);

/*
 * Which of two tokens of one session is newer: *ret_order > 0: a, < 0: b, 0: they are one token. By gen, then iat, then
 * jti as text: a total order, the same on every node. SESS_ERR_ARGUMENT: a pointer is NULL, or their sids differ.
 */
SESS_API SESS_CHECKED int sess_session_compare(const sess_session *a, const sess_session *b, int *ret_order);

#ifdef __cplusplus
}
#endif
#endif
