/* SPDX-License-Identifier: MIT */
/*
 * L2: the header gate. The strict parse of a protected header (RFC 7515 §4, RFC 7516 §4): an object of the members
 * alg, enc, kid, typ and cty, each a string and at most once; crit, zip, b64, jwk, jku, x5u, x5c and
 * anything else are refused. And the exact text that we write ourselves.
 */
#ifndef JOSE_HEADER_H
#define JOSE_HEADER_H

#include "base/buf.h"
#include "jose/alg.h"
#include "json/index.h"

#define JOSE_HEADER_MAX 1024 /* bytes, decoded */

struct jose_header {
	/* NUL-terminated, in store; NULL: absent */
	const char *alg, *enc, *kid, *typ, *cty;
	char store[JOSE_HEADER_MAX + 8];
};

/* Room that a parse needs; part of a work space. */
struct header_scratch {
	struct json_scratch json;
	struct json_index index;
	char text[JOSE_HEADER_MAX];
};

/* From canonical base64url. 0, or SESS_ERR_REJECTED with *ret_why a static sentence and *ret_member a static name or NULL. */
SESS_CHECKED int header_parse(const char *b64, size_t n, struct header_scratch *scratch, struct jose_header *ret,
    const char **ret_why, const char **ret_member);

/* Appends the exact text (not yet base64url) with the members in our order; enc and cty may be NULL. The values need no
 * escaping. SESS_ERR_MEMORY. */
SESS_CHECKED int header_format(struct buf *out, const char *alg, const char *enc, const char *kid, const char *typ,
    const char *cty);

#endif
