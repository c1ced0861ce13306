/* SPDX-License-Identifier: MIT */
/*
 * L2: the key material of one JSON Web Key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2): kty, crv, x, y, d, k. What the
 * key is for (kid, use, alg, lifetimes) is read by those who have rules for it.
 */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include <jansson.h>

#include "base/secret.h"
#include "jose/alg.h"

struct jwk {
	enum jose_kty kty;
	struct secret secret;	     /* k or d; len 0: a public key alone */
	uint8_t pub[SIG_PUBLIC_MAX]; /* x then y */
};

void jwk_done(struct jwk *jwk); /* wipes */
#define JWK_CLEANUP __attribute__((cleanup(jwk_done)))

/* Reads the material. `code` and the member at fault go to diag, with kid (may be NULL). Members of another kty in the same
 * object are refused. k is 1..64 bytes here. */
SESS_CHECKED int jwk_parse(const json_t *object, int code, const char *kid, struct jwk *ret, sess_diag *diag);

/* Adds kty and the material to object. SESS_ERR_MEMORY. */
SESS_CHECKED int jwk_format(const struct jwk *jwk, int with_secret, json_t *object);

#endif
