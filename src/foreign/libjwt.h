/* SPDX-License-Identifier: MIT */
/*
 * L7: what libjwt is asked: whether one signature is good. It is given a token that has passed the gate, and a key that was
 * checked and written anew by us; nothing that it says of claims is used. One body for each of its APIs, in libjwt.c, the
 * only file that includes <jwt.h>.
 */
#ifndef FOREIGN_LIBJWT_H
#define FOREIGN_LIBJWT_H

#include <sess/error.h>

#include "foreign/alg.h"

/* A key as libjwt takes it: bytes for 1.x and 2.x (the secret, or PEM), a JWK for 3.x. Never empty; both NUL-terminated. */
struct libjwt_key {
	const struct foreign_alg *alg;
	const unsigned char *bytes;
	size_t bytes_len;
	const char *jwk; /* with "alg" */
	size_t jwk_len;
};

/* Of the build, "1.10.2"; NULL: built without. */
const char *libjwt_version(void);
/* Whether it verifies this algorithm, and tokens with this header "typ" (NULL: none). */
int libjwt_can(const struct foreign_alg *alg);
int libjwt_can_typ(const char *typ);

/*
 * 0: the signature is good, says libjwt, and *ret_alg is the name of the algorithm by which it says so (static; "none" where it
 * tells of none). SESS_ERR_REJECTED: it is not. SESS_ERR_MEMORY. The token is NUL-terminated and has passed the gate.
 */
SESS_CHECKED int libjwt_signature(const struct libjwt_key *key, const char *token, const char **ret_alg);

#endif
