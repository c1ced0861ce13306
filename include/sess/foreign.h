/* SPDX-License-Identifier: MIT */
/*
 * Tokens that somebody else issued: the ID token of an OpenID provider, or any signed JWT (RFC 7519) with a key that you
 * were given. libjwt decides one thing, whether the signature is good; what stands before it (text, header, key, lengths,
 * payload) and after it (issuer, audience, times, nonce) is judged here, by the manager's clock and the policy's leeway_s.
 *
 * What libjwt, as it is installed, cannot verify is SESS_ERR_UNSUPPORTED, and the message names what is missing and the
 * version that has it: 1.10 has HS256 to HS512, RS256 to RS512 and ES256 to ES512, and refuses every "typ" but JWT; 1.12
 * takes any "typ", 1.16 has PS256 to PS512, 1.18.0 ES256K, 1.18.3 EdDSA (Ed25519). Nothing is verified in its place. A library
 * built without libjwt reads keys and verifies nothing.
 *
 * Not judged: "at_hash" and "c_hash" (they are about a response, not about the token), "jti" (see sess_exchange()), encrypted
 * tokens (RFC 7516), which are refused.
 */
#ifndef SESS_FOREIGN_H
#define SESS_FOREIGN_H

#include <sess/session.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESS_FOREIGN_KEYS_MAX 64	  /* keys of one set */
#define SESS_FOREIGN_KEYS_BYTES_MAX 262144 /* of their text */
#define SESS_FOREIGN_KID_MAX 128	  /* bytes of a "kid" */
#define SESS_FOREIGN_TOKEN_BYTES 16384	  /* of a token, where the expectations set no other limit */
#define SESS_FOREIGN_TOKEN_BYTES_MAX 131072 /* libjwt 1.10 decodes on the stack */
#define SESS_FOREIGN_ALGS_MAX 16   /* named by one set of expectations */
#define SESS_FOREIGN_CLAIMS_MAX 32 /* chosen for one exchange */

/* The keys of one issuer. Immutable once loaded: any number of threads may verify with them at once. To refresh them, load
 * the new text, put the pointer in the old one's place, and free the old one when no call uses it. */
typedef struct sess_foreign_keys sess_foreign_keys;

/* Options of loading, size-versioned; NULL: the defaults. */
typedef struct sess_foreign_keys_opts {
	size_t size;
	/* The one algorithm of keys whose text names none, though several are possible (an RSA key, an oct key): "RS256", say.
	 * NULL: such a key is refused. A key of another kind is not touched by it. */
	const char *alg;
	const char *kid; /* of a PEM key; NULL: it has none, and verifies tokens whatever "kid" they name */
} sess_foreign_keys_opts;
#define SESS_FOREIGN_KEYS_OPTS_INIT { sizeof(sess_foreign_keys_opts), 0, 0 }

/*
 * Load a JWK Set (RFC 7517 §5), one JWK, or one public key as PEM ("PUBLIC KEY" or "RSA PUBLIC KEY"). Every key is checked, and one
 * bad key refuses them all: SESS_ERR_JWK, with the kid, the member and what to do. Rules:
 * - RSA: 2048 to 8192 bits, odd, without a factor below 168, an odd exponent of 65537 to 64 bits, no ROCA fingerprint
 *   (CVE-2017-15361). EC: P-256, P-384, P-521 or secp256k1, coordinates of full length, on the curve. OKP: Ed25519. oct (HMAC
 *   secrets): as long as the hash at least (RFC 7518 §3.2), at most 512 bytes, and not itself a public key: a text, DER or JWK
 *   of one is not a secret.
 * - One "alg" a key: its own member, or the only one its curve allows, or opts->alg. "use", where given, is "sig", and "key_ops"
 *   then holds "verify". Keys with use "enc", or of a "kty", "crv" or "alg" that is not for signatures that are known here, are
 *   passed over (RFC 7517 §5), and counted in sess_foreign_keys_skipped(); a set that has no other key is refused.
 * - "kid" is printable ASCII without space, `"`, `\`, and at most SESS_FOREIGN_KID_MAX bytes. Of several keys each has one.
 * - Refused: two keys of one kid; one key twice, whatever its kids; HMAC secrets beside public keys, since then a public key
 *   may pass for a secret; private members (d, p, q ...) and private PEM: whoever may read them can sign, so they do not belong
 *   on a verifier. "x5c" and the like are not looked at. Keys that are passed over count for none of this.
 *
 * sess_foreign_keys_load_file(): a regular file, which may be reached through a link, that not everybody may write; with HMAC secrets
 * nobody but the owner may read it either. SESS_ERR_IO, SESS_ERR_ARGUMENT, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. Thread-safe.
 */
SESS_API SESS_CHECKED int sess_foreign_keys_load_mem(const void *text, size_t text_len, const sess_foreign_keys_opts *opts,
    sess_foreign_keys **ret_keys, sess_diag *diag);
SESS_API SESS_CHECKED int sess_foreign_keys_load_file(const char *path, const sess_foreign_keys_opts *opts,
    sess_foreign_keys **ret_keys, sess_diag *diag);
/* Wipes and frees. NULL is allowed. */
SESS_API void sess_foreign_keys_free(sess_foreign_keys *keys);

SESS_API size_t sess_foreign_keys_count(const sess_foreign_keys *keys);
SESS_API size_t sess_foreign_keys_skipped(const sess_foreign_keys *keys);
/* Key number i: its kid ("": none) and its algorithm, which live as long as the keys. NULL: there is no such key. */
SESS_API const char *sess_foreign_keys_kid(const sess_foreign_keys *keys, size_t i);
SESS_API const char *sess_foreign_keys_alg(const sess_foreign_keys *keys, size_t i);

/* The version of libjwt that this library was built with ("1.10.2"), or NULL: without it. Static. */
SESS_API const char *sess_foreign_libjwt_version(void);
/* 1: the installed libjwt verifies this algorithm ("RS256"). 0: it does not, or no such algorithm is known. Thread-safe. */
SESS_API int sess_foreign_can_verify(const char *alg);

typedef enum sess_foreign_kind {
	/* OpenID Connect Core 1.0 §3.1.3.7: iss, sub, aud, exp, iat and, unless waived, nonce are required. With several audiences
	 * azp is required; where azp is, it must be the authorized party. "typ" is absent or JWT, so that what says that it is
	 * something else (an access token, "at+jwt", RFC 9068) is SESS_REASON_WRONG_TYPE. */
	SESS_FOREIGN_ID_TOKEN = 0,
	/* Any other JWT: iss, aud and exp are required, iat, nbf, nonce and azp are judged where they are given or expected.
	 * Any "typ", unless the expectations name one. */
	SESS_FOREIGN_JWT = 1
} sess_foreign_kind;

/* What a token must be to be accepted. Size-versioned; strings are NUL-terminated, and only read during the call. */
typedef struct sess_foreign_expectations {
	size_t size;
	sess_foreign_kind kind;
	const char *issuer;   /* "iss", compared byte by byte */
	const char *audience; /* must be "aud" or one of it: your client_id */
	const char *authorized_party; /* "azp"; NULL: of an ID token the audience, else not looked at */
	const char *const *algs;      /* the algorithms that are accepted, by name; no other is, and none by default */
	size_t algs_count;
	const char *nonce; /* of the request that the token answers */
	const char *typ;   /* header "typ", compared without regard to case, with or without "application/"; NULL: by kind */
	int64_t max_age_s; /* "auth_time" must be there, and at most this long ago (OIDC "max_age"); 0: no such rule */
	size_t max_token_bytes; /* 0: SESS_FOREIGN_TOKEN_BYTES */
	int waive_nonce; /* 1: an ID token of whatever request is accepted; for flows that have no nonce */
	int insecure_any_issuer;   /* 1: whoever has one of the keys may say that he is anybody */
	int insecure_any_audience; /* 1: a token that was given to somebody else works here */
} sess_foreign_expectations;
#define SESS_FOREIGN_EXPECTATIONS_INIT \
	{ sizeof(sess_foreign_expectations), SESS_FOREIGN_ID_TOKEN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* A verified foreign token; belongs to one thread at a time, and needs neither manager nor keys any more. */
typedef struct sess_foreign sess_foreign;

/*
 * Verify a foreign token. 0: every rule held, and *ret_foreign has its claims. SESS_ERR_REJECTED: diag->reasons and diag->findings
 * say why, and nothing comes out. In order, the first failure ending it: size and text (three segments of canonical
 * base64url); header (no member twice; crit, b64, zip, jwk, jku, x5u, x5c refused by name; alg, kid and typ strings; others
 * tolerated); key by kid (without one only from a set of one key), whose own algorithm must be the header's and be expected;
 * "typ"; exact length of the signature, no zero in one of ECDSA; payload (one strict JSON object, no member twice); signature, by
 * libjwt, which must report the same algorithm. Then all are evaluated: SESS_REASON_WRONG_ISSUER,
 * SESS_REASON_WRONG_AUDIENCE (members "aud", "azp"), SESS_REASON_CONTEXT_MISMATCH (member "nonce"),
 * SESS_REASON_ABSOLUTE_EXPIRED ("exp", or "auth_time" against max_age_s), SESS_REASON_NOT_YET ("iat", "nbf"),
 * SESS_REASON_BAD_PAYLOAD (a claim is missing or of a wrong type). Fractions of seconds are cut off.
 *
 * SESS_ERR_UNSUPPORTED as above. SESS_ERR_ARGUMENT: the expectations lack issuer, audience, algs or nonce and do not waive
 * it, or contradict themselves. SESS_ERR_CLOCK, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. Refused tokens raise SESS_EVENT_REJECTED,
 * which names no session. Nothing is read but the arguments: no file, no network, no store. Any number of threads.
 */
SESS_API SESS_CHECKED int sess_foreign_verify(sess_manager *manager, const sess_foreign_keys *keys, const char *token,
    size_t token_len, const sess_foreign_expectations *expectations, sess_foreign **ret_foreign, sess_diag *diag);
/* Wipes and frees. NULL is allowed. */
SESS_API void sess_foreign_free(sess_foreign *foreign);

/* The registered claims; pointers live as long as the token. NULL, or -1 of a time: the token has none. */
SESS_API const char *sess_foreign_issuer(sess_foreign *foreign);
SESS_API const char *sess_foreign_subject(sess_foreign *foreign);
SESS_API int64_t sess_foreign_issued_at(const sess_foreign *foreign);  /* "iat" */
SESS_API int64_t sess_foreign_expires_at(const sess_foreign *foreign); /* "exp" */
SESS_API int64_t sess_foreign_auth_time(const sess_foreign *foreign);  /* "auth_time" */
SESS_API const char *sess_foreign_kid(const sess_foreign *foreign); /* of the key that verified it; "": it has none */
SESS_API const char *sess_foreign_alg(const sess_foreign *foreign);
/* Any claim by name, as of a session: see sess_session_get_string() and its neighbours. SESS_ERR_NO_CLAIM. */
SESS_API SESS_CHECKED int sess_foreign_get_string(sess_foreign *foreign, const char *name, const char **ret_value,
    size_t *ret_len);
SESS_API SESS_CHECKED int sess_foreign_get_int(sess_foreign *foreign, const char *name, int64_t *ret_value);
SESS_API SESS_CHECKED int sess_foreign_get_bool(sess_foreign *foreign, const char *name, int *ret_value);
SESS_API SESS_CHECKED int sess_foreign_get_json(sess_foreign *foreign, const char *name, const char **ret_json, size_t *ret_len);
/* The whole payload, NUL-terminated JSON text; *ret_len may be NULL. Also as a document: sess/jansson.h. */
SESS_API const char *sess_foreign_claims_json(const sess_foreign *foreign, size_t *ret_len);

/* Options of exchange, size-versioned. NULL or all zero: the defaults. */
typedef struct sess_exchange_opts {
	size_t size;
	/* Put before the token's "sub" to make the session's, "google:" say: subjects are unique within one issuer only (OpenID
	 * Connect Core §2). NULL: nothing. */
	const char *subject_prefix;
	/* Claims of the token that the session takes over as they stand, where the token has them; "iss" becomes "idp_iss".
	 * Names of the library's own claims are otherwise refused. */
	const char *const *claims;
	size_t claims_count;
	const char *claims_json; /* more claims, of the caller's own, as for sess_mint() */
	size_t claims_json_len;
	int capped; /* 1: the session ends when the token does ("exp") at the latest */
	int64_t hard_end; /* as for sess_mint(); 0: none but that */
	const sess_context *context; /* as for sess_mint() */
	size_t context_count;
	int persistent;
	/* 1: no store is asked, and whoever gets hold of the token can exchange it as often as he likes until it expires, also
	 * after the subject was logged out everywhere. */
	int insecure_exchange_again;
} sess_exchange_opts;
#define SESS_EXCHANGE_OPTS_INIT { sizeof(sess_exchange_opts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * Exchange a foreign token for a session that begins now. The token goes through sess_foreign_verify(), whose errors are all
 * possible here; it must have "sub", "iss" and "iat", whatever its kind, its issuer and audience must be expected by name, and its nonce expected or
 * waived.
 * The session has sub = subject_prefix + "sub", auth_time = iat = now, and as claims, besides the chosen ones: "idp_auth_time" (the
 * token's "auth_time"), "acr" and "amr", where the token has them.
 *
 * A token is exchanged once, whoever asks, in whatever process that shares the manager's revocation store: it is known by a
 * keyed hash of its issuer and of what was signed, so another signature on the same is the same token. The store keeps that
 * until the token has expired under any policy, which is 600 s after its "exp". SESS_ERR_REJECTED with SESS_REASON_REUSED: it
 * was exchanged before; SESS_REASON_REVOKED: its subject (prefix and all), or everybody, has been logged out since its "iat",
 * which is also said of tokens of up to 5 s later, for clocks differ. Since revocations are listed for as long as a session may
 * last, a token whose "iat" is that long ago (the ring's session_life_s) is SESS_REASON_ABSOLUTE_EXPIRED, member "iat", and
 * one with more than 400 days to live SESS_REASON_BAD_PAYLOAD.
 *
 * The call waits for the store where that is elsewhere. SESS_ERR_STORE: the store did not answer, or cannot vouch for its
 * list; nothing comes out, and the token may count as used: let the user sign in again. SESS_ERR_ARGUMENT: the manager
 * has no store. Every error of sess_mint(). The token is marked as used when the new token is ready: after any other
 * error it is not, but where the subject's log-out is heard of in that moment. A session raises SESS_EVENT_MINTED. *ret_token as of sess_mint(). Any number of threads.
 */
SESS_API SESS_CHECKED int sess_exchange(sess_manager *manager, const sess_foreign_keys *keys, const char *token,
    size_t token_len, const sess_foreign_expectations *expectations, const sess_exchange_opts *opts, char **ret_token,
    size_t *ret_token_len, sess_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
