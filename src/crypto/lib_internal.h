/* SPDX-License-Identifier: MIT */
/*
 * L1: what the files of src/crypto share behind crypto/lib.h: the fetched algorithms and the small steps that each
 * of them needs. Nothing outside this folder may include it, for it shows OpenSSL's types.
 */
#ifndef CRYPTO_LIB_INTERNAL_H
#define CRYPTO_LIB_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "crypto/lib.h"

struct crypto_lib {
	atomic_uint refs;
	EVP_CIPHER *gcm;  /* AES-256-GCM */
	EVP_CIPHER *cbc;  /* AES-256-CBC */
	EVP_CIPHER *ecb;  /* AES-256-ECB, one block at a time: for key wrap */
	EVP_MAC *hmac;
	EVP_MD *sha256;
	EVP_KDF *hkdf;
	EVP_KDF *pbkdf2;
};

/* Empties OpenSSL's error queue, which is per thread and would grow, and returns SESS_ERR_CRYPTO. */
int crypto_lib_failed(void);
/* The same for a verdict: `verdict`, or SESS_ERR_CRYPTO where the queue tells of the machine (no memory). */
int crypto_lib_refused(int verdict);

/* An unkeyed HMAC context over the digest named "SHA256" or "SHA512". NULL: OpenSSL failed. */
EVP_MAC_CTX *crypto_lib_hmac(struct crypto_lib *lib, const char *digest);

/* For pointers to nothing: OpenSSL is never given NULL with a length of 0, which several calls take for a question. */
const uint8_t *crypto_lib_bytes(const uint8_t *p);

#endif
