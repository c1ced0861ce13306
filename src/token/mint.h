/* SPDX-License-Identifier: MIT */
/* L4: from claims to a token, with one work space, at one instant. Knows no clock and raises no event. */
#ifndef TOKEN_MINT_H
#define TOKEN_MINT_H

#include <sess/manager.h>

#include "token/claims.h"
#include "token/work.h"

/* A new session has iat = auth_time, gen 0, no sid and no bound context of its own; a renewal brings them all. */
struct mint_request {
	const char *subject;	 /* NULL: none */
	const char *claims_json; /* NULL: none */
	size_t claims_json_len;
	int64_t iat; /* chooses the keys, too */
	int64_t auth_time, gen;
	int64_t not_before, hard_end; /* 0: none */
	int persistent;
	const char *sid; /* NULL: draw one */
	/* Values to bind, or what was bound before; one of them, or neither. */
	const sess_context *context;
	const struct context_bound *bound;
	size_t context_count;
};

struct minted {
	char *token; /* NUL-terminated, the caller's */
	size_t len;
	const char *kid; /* of the minting role's key, in the ring */
	char sid[CLAIMS_ID_LEN + 1];
	const char *near_limit_kid; /* of a key that has come a step nearer to its limit, or NULL */
	int64_t near_limit;	    /* the tokens that count for it */
};

/* The latest exp that a token issued at iat could have. SESS_ERR_RING_NO_KEY. */
SESS_CHECKED int mint_latest_expiry(struct work *w, const sess_policy *policy, int64_t iat, int64_t hard, int64_t *ret_exp);

/* The caller has checked the request's times and context names. */
SESS_CHECKED int mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret,
    sess_diag *diag);

#endif
