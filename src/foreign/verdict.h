/* SPDX-License-Identifier: MIT */
/*
 * L7: the claims of a foreign token whose signature is good (RFC 7519 §4.1; OpenID Connect Core §2, §3.1.3.7), and the rules on
 * them. All are evaluated; none ends the others.
 */
#ifndef FOREIGN_VERDICT_H
#define FOREIGN_VERDICT_H

#include "foreign/gate.h"

/* Times: -1 where there is none. */
struct foreign_claims {
	int64_t exp, iat, nbf, auth_time;
	const struct json_member *iss, *sub; /* strings, or NULL */
};

/* Expectations that contradict themselves, or leave open what must be said: SESS_ERR_ARGUMENT. */
SESS_CHECKED int expectations_check(const sess_foreign_expectations *e, sess_diag *diag);

/* SESS_ERR_REJECTED with all reasons and findings; SESS_ERR_MEMORY. */
SESS_CHECKED int verdict_claims(struct gate *g, int64_t now, int64_t leeway_s, struct foreign_claims *ret);

#endif
