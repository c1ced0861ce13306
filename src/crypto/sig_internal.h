/* SPDX-License-Identifier: MIT */
/* L1: what sig.c and the files of the two public-key algorithms share. Nothing outside this folder may include it. */
#ifndef CRYPTO_SIG_INTERNAL_H
#define CRYPTO_SIG_INTERNAL_H

#include "crypto/hmac.h"
#include "crypto/lib_internal.h"
#include "crypto/sig.h"

struct sig_key {
	atomic_uint refs;
	enum sig_kind kind;
	int can_sign;
	struct crypto_lib *lib;
	EVP_PKEY *pkey;	    /* ES256, EdDSA */
	struct hmac_key *started; /* HS256 */
	struct secret hmac; /* HS256 where that is NULL, through EVP */
};

struct sig {
	struct sig_key *key;
	EVP_MAC_CTX *mac;	/* HS256 through EVP */
	EVP_MD_CTX *md;		/* ES256: of the message; EdDSA: the whole operation */
	EVP_PKEY_CTX *signer;	/* ES256, NULL for a verify-only key */
	EVP_PKEY_CTX *verifier; /* ES256 */
};

/* Each takes lengths that sig.c has checked. Errors as the function of crypto/sig.h that calls it. */
SESS_CHECKED int sig_ecdsa_load(const struct secret *secret, const uint8_t *pub, EVP_PKEY **ret_pkey);
SESS_CHECKED int sig_ecdsa_public(const struct secret *secret, uint8_t pub[64]);
SESS_CHECKED int sig_ecdsa_init(struct sig *s);
SESS_CHECKED int sig_ecdsa_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t out[64]);
SESS_CHECKED int sig_ecdsa_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t sig[64]);

SESS_CHECKED int sig_eddsa_load(const struct secret *secret, const uint8_t *pub, EVP_PKEY **ret_pkey);
SESS_CHECKED int sig_eddsa_public(const struct secret *secret, uint8_t pub[32]);
SESS_CHECKED int sig_eddsa_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t out[64]);
SESS_CHECKED int sig_eddsa_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t sig[64]);

#endif
