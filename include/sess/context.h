/* SPDX-License-Identifier: MIT */
/*
 * Context: what a service knows of the client that holds a token, as names with values: "ua" (its User-Agent), "net"
 * (the network it comes from), "tls" or "dpop" (the key it proves), or names of the service's own. Values given to
 * mint are bound to the session: the token carries a keyed hash of each, 12 bytes of HMAC-SHA256 under a key of the
 * ring, never the value. Values given to verify are compared with these. What a difference means is the policy's:
 * sess/policy.h.
 */
#ifndef SESS_CONTEXT_H
#define SESS_CONTEXT_H

#include <sess/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESS_CONTEXT_MAX 8	 /* names of one token, call or policy */
#define SESS_CONTEXT_NAME_MAX 15 /* characters of a name, without the NUL */
#define SESS_NET_PREFIX_MAX 64	 /* room for a prefix as text, with the NUL */

/* One name. The library copies what it needs; the caller's may go after the call. */
typedef struct sess_context {
	const char *name;  /* 1..15 characters of [a-z0-9_-], NUL-terminated */
	const void *value; /* any bytes, not NULL; compared byte for byte */
	size_t value_len;
} sess_context;

/* What verification found about one name; see sess_session_context(). */
typedef enum sess_context_state {
	SESS_CONTEXT_UNBOUND = 0,   /* the token does not bind the name */
	SESS_CONTEXT_MATCHED = 1,   /* bound, and the value is the same */
	SESS_CONTEXT_CHANGED = 2,   /* bound to another value */
	SESS_CONTEXT_NOT_GIVEN = 3, /* bound, and the caller gave no value */
	SESS_CONTEXT_OFF = 4	    /* bound, and the policy looks at it no more */
} sess_context_state;

/*
 * An IP address as text, reduced to its network, to be given as "net": "203.0.113.0/24", "2001:db8:0:100::/56". 0 bits:
 * the default, 24 and 56; else 1..32 and 1..128. An IPv4 address in IPv6 dress (::ffff:203.0.113.9) is taken as IPv4.
 * SESS_ERR_ARGUMENT: not a bare address; brackets, a port and a zone have messages of their own. Writes out only on
 * success. Thread-safe.
 */
SESS_API SESS_CHECKED int sess_context_net_prefix(const char *ip_text, int v4_bits, int v6_bits,
    char out[SESS_NET_PREFIX_MAX], sess_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
