/* SPDX-License-Identifier: MIT */
/*
 * Policy: who issues, for whom, and for how long. Plain data without secrets; copy it freely.
 *
 * As a file it is one JSON object whose members are named like the fields below, e.g.
 *   {"issuer": "https://shop.example", "idle_timeout_s": 3600, "absolute_timeout_s": 43200}
 * Members that are absent keep their defaults; unknown members, wrong types and contradictions are
 * errors that name the member and the allowed range.
 */
#ifndef SESS_POLICY_H
#define SESS_POLICY_H

#include <sess/context.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESS_NAME_MAX 255 /* bytes of issuer and audience, without the NUL */
#define SESS_TYP_MAX 63

/* What it means when a bound value (sess/context.h) is another at verify, or is not given. */
enum sess_context_mode {
	SESS_CONTEXT_MODE_OFF = 0,    /* nothing: the name is neither bound at mint nor looked at */
	SESS_CONTEXT_MODE_REPORT = 1, /* the session stands; an event and sess_session_context() tell */
	SESS_CONTEXT_MODE_ENFORCE = 2 /* the token is refused: SESS_REASON_CONTEXT_MISMATCH */
};

typedef struct sess_policy_context {
	char name[SESS_CONTEXT_NAME_MAX + 1]; /* 1..15 characters of [a-z0-9_-] */
	int32_t mode;			      /* enum sess_context_mode */
} sess_policy_context;

#define SESS_COOKIE_NAME_MAX 63	  /* characters of a cookie's name without its prefix, without the NUL */
#define SESS_COOKIE_DOMAIN_MAX 253
#define SESS_COOKIE_PATH_MAX 255
#define SESS_COOKIE_CHUNKS_MAX 4 /* cookies that one token may be spread over */

/* What the name promises, and the browser enforces (RFC 6265bis §4.1.3). */
enum sess_cookie_prefix {
	SESS_COOKIE_PREFIX_HOST = 0,   /* "__Host-": secure, path "/", no domain */
	SESS_COOKIE_PREFIX_SECURE = 1, /* "__Secure-": secure */
	SESS_COOKIE_PREFIX_NONE = 2
};

enum sess_cookie_same_site { SESS_COOKIE_LAX = 0, SESS_COOKIE_STRICT = 1, SESS_COOKIE_NONE = 2 };

/*
 * The cookie that carries the token; see sess/cookie.h. In the file it is the member "cookie", an object of members named like
 * these, e.g. {"cookie": {"name": "shop", "same_site": "strict", "max_chunks": 3}}. prefix is "host", "secure" or
 * "none", same_site is "lax", "strict" or "none", and 0 and 1 are false and true there. Contradictions are SESS_ERR_POLICY:
 * a host prefix with a domain, another path or without secure; a secure prefix, same_site none or partitioned without
 * secure.
 */
typedef struct sess_cookie_policy {
	char name[SESS_COOKIE_NAME_MAX + 1];	 /* without the prefix, an RFC 9110 token that does not begin with "__"; default
						    "session" */
	char domain[SESS_COOKIE_DOMAIN_MAX + 1]; /* default "": the host alone that set it */
	char path[SESS_COOKIE_PATH_MAX + 1];	 /* default "/" */
	int32_t prefix;		  /* enum sess_cookie_prefix; default SESS_COOKIE_PREFIX_HOST */
	int32_t same_site;	  /* enum sess_cookie_same_site; default SESS_COOKIE_LAX */
	int32_t secure;		  /* default 1: sent over TLS only */
	int32_t http_only;	  /* default 1: no script of the page can read it */
	int32_t partitioned;	  /* default 0; 1: kept apart for each site that embeds this one */
	int32_t max_chunks;	  /* default 1: one cookie or none; up to SESS_COOKIE_CHUNKS_MAX */
	int32_t max_header_bytes; /* of all Cookie headers of a request, as servers accept them; default 8192, 1024..1048576 */
} sess_cookie_policy;

/*
 * What it means when the revocation store has been silent for longer than revocations_max_staleness_s. In the file
 * {"revocations_when_stale": "closed"} or "open".
 */
enum sess_stale {
	SESS_STALE_CLOSED = 0, /* no token is accepted until it is back */
	SESS_STALE_OPEN = 1    /* what is known is gone by; who was logged out meanwhile, elsewhere, stays in. SESS_EVENT_STORE_LOST tells */
};

typedef struct sess_policy {
	char issuer[SESS_NAME_MAX + 1];	  /* "iss" minted and demanded; "": none, and none allowed */
	char audience[SESS_NAME_MAX + 1]; /* "aud" minted and demanded; "": none, and none allowed
					     (RFC 7519 §4.1.3) */
	char typ[SESS_TYP_MAX + 1];	  /* header "typ" (RFC 7515 §4.1.9); default "sess+jwt" */
	int64_t idle_timeout_s;		  /* default 3600; 1..absolute_timeout_s */
	int64_t absolute_timeout_s;	  /* default 43200; 1..34560000 (400 days) */
	int64_t leeway_s;		  /* default 30; 0..600 */
	int32_t renew_after_percent;	  /* of the idle time; default 50; 1..99 */
	int32_t max_token_bytes;	  /* default 4096; 256..65536 */
	int32_t max_depth;		  /* of a payload; default and at most 16; at least 1 */
	int32_t max_members;		  /* of one object; default and at most 128; at least 16 */
	int32_t revocations_max;	  /* held in memory, 64 bytes each; default 1000000; 1..100000000 */
	int32_t revocations_max_staleness_s; /* for how long a store of other hosts may be silent; default 30; 1..86400 */
	int32_t revocations_when_stale;	  /* enum sess_stale; default SESS_STALE_CLOSED */
	/* Of sess/watch.h; a threshold of 0 switches one off. */
	int32_t watch_window_s;		 /* default 60; 1..86400 */
	int32_t watch_client_rejections; /* refused tokens of one client; default 20; 0..1000000 */
	int32_t watch_session_contexts;	 /* contexts of one session; default 4; 0..16 */
	int32_t watch_unknown_keys;	 /* tokens naming unknown keys; default 50; 0..1000000 */
	int32_t watch_slots;		 /* clients, and sessions, that are watched at one time; default 1024; 8..65536 */
	int32_t any_audience;		  /* set only by sess_policy_insecure_any_audience() */
	/*
	 * Modes of context names; in the file {"context": {"ua": "report", "tls": "enforce", "net": "off"}}. A name that is not
	 * here: "net" is off, since addresses change; "ua" is reported, since browsers update themselves; every other is
	 * enforced, so that a name misspelt here fails closed.
	 */
	int32_t context_count;
	sess_policy_context context[SESS_CONTEXT_MAX];
	sess_cookie_policy cookie;
} sess_policy;

/* Fills *policy with the defaults above. */
SESS_API void sess_policy_init(sess_policy *policy);

/* Checks ranges and contradictions. SESS_ERR_POLICY names the member and the allowed range. */
SESS_API SESS_CHECKED int sess_policy_check(const sess_policy *policy, sess_diag *diag);

/* Reads a policy from JSON text, or from a file of at most 64 KiB. *ret_policy is written only on
 * success. SESS_ERR_POLICY, SESS_ERR_IO, SESS_ERR_MEMORY. Thread-safe. */
SESS_API SESS_CHECKED int sess_policy_parse(const char *json, size_t json_len, sess_policy *ret_policy, sess_diag *diag);
SESS_API SESS_CHECKED int sess_policy_load_file(const char *path, sess_policy *ret_policy, sess_diag *diag);

/* Accept tokens for whatever audience. A token that another service was given then works here. */
SESS_API void sess_policy_insecure_any_audience(sess_policy *policy);

#ifdef __cplusplus
}
#endif
#endif
