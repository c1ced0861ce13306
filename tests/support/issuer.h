/* SPDX-License-Identifier: MIT */
/*
 * Another issuer, for tests: a key of any algorithm of JWS, its public JWK and PEM, and tokens signed with it under any header
 * whatsoever. Built on OpenSSL alone; knows nothing of src/. Texts are on the heap, for free(); what fails ends the test.
 */
#ifndef SUPPORT_ISSUER_H
#define SUPPORT_ISSUER_H

#include <openssl/evp.h>
#include <stddef.h>

struct issuer {
	const char *alg, *kid;
	EVP_PKEY *pkey; /* NULL of HMAC */
	unsigned char secret[64];
	size_t secret_len;
};

/* A fresh key; bits: of RSA, 0 for 2048. HMAC secrets are fixed, as long as the hash. */
void issuer_init(struct issuer *i, const char *alg, const char *kid, unsigned bits);
void issuer_done(struct issuer *i);

/* The public JWK, or an HMAC secret's, with alg, use and kid (unless NULL); the set of n; the public key as PEM, as DER. */
char *issuer_jwk(const struct issuer *i);
char *issuer_jwks(const struct issuer *const *issuers, size_t n);
char *issuer_pem(const struct issuer *i);
unsigned char *issuer_der(const struct issuer *i, size_t *ret_len);

/* base64url(header).base64url(payload).signature; alg: how it is signed, NULL for the key's own, whatever the header says. */
char *issuer_sign_under(const struct issuer *i, const char *alg, const char *header, const char *payload);
/* The same under {"alg":...,"kid":...}. */
char *issuer_sign(const struct issuer *i, const char *payload);
/* HMAC with any bytes as the secret. */
char *issuer_hmac(const char *alg, const void *secret, size_t len, const char *header, const char *payload);

#endif
