/* SPDX-License-Identifier: MIT */
/*
 * L4: the steps of verification, each one function over one state; sess_verify() calls them in order.
 * Steps 1 to 7 return SESS_ERR_REJECTED at the first failure. Those after them collect: they return 0 and
 * add to `reasons`. Nothing here allocates on behalf of a token that is refused.
 */
#ifndef TOKEN_VERIFY_H
#define TOKEN_VERIFY_H

#include <sess/policy.h>

#include "jose/compact.h"
#include "token/claims.h"
#include "token/work.h"

/* One JWS or JWE: the token itself, or the JWS inside a nested one. */
struct verify_layer {
	enum jose_use use;
	const char *text;
	size_t len;
	struct compact compact;
	int exact; /* the header is the text that mint writes; then the parsed one is not filled */
	int unseen; /* nothing between the dots has been looked at */
	const struct jose_alg *alg;
	const struct jose_enc *enc;
	const struct keytab_entry *entry;
};

struct verification {
	struct work *work;
	const sess_policy *policy;
	int64_t now;
	sess_diag *diag;
	struct verify_layer outer, inner; /* inner: of a nested token */
	struct verify_layer *minted_with; /* the layer whose key counts as the token's */
	const sess_context *context; /* the caller's; its names have been checked */
	size_t context_count;
	int context_is_judged; /* of a renewal: context_state stands as verification left it */
	uint8_t context_state[SESS_CONTEXT_MAX]; /* enum sess_context_state, one for each name of the token */
	int wrong_type;
	int authentic; /* steps 1 to 7 have held: the payload is what a minter wrote */
	const char *payload;
	size_t payload_len;
	struct claims claims;
	int64_t idle_deadline, absolute_deadline;
	int wants_renewal; /* said by verify_renewal() */
	uint32_t reasons;
	const char *kid; /* of the ring's key that was looked at last, or NULL */
};

void verify_init(struct verification *v, struct work *work, const sess_policy *policy, int64_t now, const char *token,
    size_t token_len, sess_diag *diag);

SESS_CHECKED int verify_text(struct verification *v);	   /* 1: size, alphabet, dots */
SESS_CHECKED int verify_header(struct verification *v);	   /* 2: exact text, else strict parse */
SESS_CHECKED int verify_key(struct verification *v);	   /* 3: by kid, its algorithm and role, alive */
SESS_CHECKED int verify_lengths(struct verification *v);   /* 4: IV, tag, encrypted key, signature */
SESS_CHECKED int verify_decrypt(struct verification *v);   /* 5: RFC 7516 §5.2 */
SESS_CHECKED int verify_signature(struct verification *v); /* 6: RFC 7515 §5.2; of a nested token 1 to 4 of the inner */
SESS_CHECKED int verify_payload(struct verification *v);   /* 7: the index, and the claims' shapes */
SESS_CHECKED int verify_open(struct verification *v);	   /* 1 to 7 */
void verify_names(struct verification *v);		   /* 8: typ, iss, aud */
void verify_time(struct verification *v);		   /* 9: nbf, iat, and both deadlines */
SESS_CHECKED int verify_context(struct verification *v);   /* 11: the client is the one that the session was bound to */

/* Of a token that was accepted: whether to renew it now. */
void verify_renewal(struct verification *v);

/*
 * Steps 3 and 7 once more, of a session that was verified before, under the ring and the clock of now: kid and, of a nested
 * token, outer_kid name its keys. Then 8 to 11 may follow, and verify_renewable(): whether the hard end lies ahead, which
 * no leeway moves. (A manager keeps its form through all reloads.)
 */
SESS_CHECKED int verify_again(struct verification *v, const char *kid, const char *outer_kid, const char *payload,
    size_t payload_len);
void verify_renewable(struct verification *v);
/* When a renewed token is issued: never before the one that it renews, also where the clock has stepped back. */
int64_t verify_renewal_time(const struct verification *v);

#endif
