/* SPDX-License-Identifier: MIT */
/* L1: what aead.c and aead_cbc.c share. Nothing outside this folder may include it. */
#ifndef CRYPTO_AEAD_INTERNAL_H
#define CRYPTO_AEAD_INTERNAL_H

#include "crypto/aead.h"
#include "crypto/lib_internal.h"

#define AEAD_CBC_MAC_KEY_LEN 32

struct aead {
	enum aead_kind kind;
	int keyed;
	struct crypto_lib *lib;
	EVP_CIPHER_CTX *sealer;
	EVP_CIPHER_CTX *opener;
	EVP_MAC_CTX *mac; /* NULL for GCM */
	uint8_t expected[16];	    /* the tag that is to be checked, where set_expected says it is */
	OSSL_PARAM set_expected[2]; /* what EVP_CIPHER_CTX_ctrl() would put together for each message */
};

/* As aead_seal() and aead_open(), for lengths that fit int; wiping and the error queue are the caller's. */
SESS_CHECKED int aead_cbc_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in,
    size_t n, uint8_t *out, uint8_t *tag);
SESS_CHECKED int aead_cbc_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in,
    size_t n, const uint8_t *tag, uint8_t *out, size_t *ret_len);

#endif
