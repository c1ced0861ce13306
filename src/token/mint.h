/* SPDX-License-Identifier: MIT */
/* L3: from claims to a token, with one work space, at one instant. Knows no clock and raises no event. */
#ifndef TOKEN_MINT_H
#define TOKEN_MINT_H

#include <sess/manager.h>

#include "token/claims.h"
#include "token/work.h"

struct mint_request {
	const char *subject;	 /* NULL: none */
	const char *claims_json; /* NULL: none */
	size_t claims_json_len;
	int64_t now, not_before, hard_end; /* the last two: 0 for none */
};

struct minted {
	char *token; /* NUL-terminated, the caller's */
	size_t len;
	const char *kid; /* of the minting role's key, in the ring */
	char sid[CLAIMS_ID_LEN + 1];
};

SESS_CHECKED int mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret,
    sess_diag *diag);

#endif
