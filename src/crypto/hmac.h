/* SPDX-License-Identifier: MIT */
/*
 * L1: HMAC-SHA256 (RFC 2104) with the key's two blocks hashed once, when it is loaded: a message then costs its own blocks and one
 * more, and no context. Immutable, shared by threads. Nothing outside this folder may include it.
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "base/secret.h"
#include "crypto/lib_internal.h"

struct hmac_key;

/*
 * *ret_key NULL: SHA-256 is not the default provider's here (but a FIPS module's, say), or
 * OpenSSL was built without these functions; whoever asked goes through EVP, which is the same MAC and dearer by a quarter.
 * SESS_ERR_MEMORY, SESS_ERR_CRYPTO.
 */
SESS_CHECKED int hmac_key_new(const struct crypto_lib *lib, const struct secret *key, struct hmac_key **ret_key);
void hmac_key_free(struct hmac_key *key); /* wipes; NULL allowed */
/* SESS_ERR_CRYPTO. */
SESS_CHECKED int hmac_sha256(const struct hmac_key *key, const uint8_t *msg, size_t n, uint8_t out[32]);

#endif
