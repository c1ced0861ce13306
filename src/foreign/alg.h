/* SPDX-License-Identifier: MIT */
/*
 * L7: the signature algorithms of other issuers' tokens (RFC 7518 §3.1, RFC 8037, RFC 8812), one row each: what keys they
 * take, how long their signatures are, and since when libjwt has them. Computes nothing.
 */
#ifndef FOREIGN_ALG_H
#define FOREIGN_ALG_H

#include "crypto/pubkey.h"

enum foreign_family { FOREIGN_HMAC, FOREIGN_RSA, FOREIGN_EC, FOREIGN_OKP };

struct foreign_alg {
	const char *name;
	enum foreign_family family;
	enum pubkey_type type; /* of the key; nothing of HMAC */
	size_t len; /* HMAC: of the tag, and the least of a secret; EC, OKP: of the signature; RSA: 0, as long as the modulus */
	const char *since; /* the first version of libjwt that verifies it */
};

/* NULL: not known. */
const struct foreign_alg *foreign_alg_find(const char *name, size_t n);
/* The one algorithm that a key of this type can have, or NULL: there are several. */
const struct foreign_alg *foreign_alg_only(enum pubkey_type type);
/* Rows by number, NULL past the end. */
const struct foreign_alg *foreign_alg_row(size_t i);

#endif
