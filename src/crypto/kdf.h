/* SPDX-License-Identifier: MIT */
/*
 * L1: HKDF-SHA256 (RFC 5869) for the keys under the ring's tag, and their HMAC-SHA256 hashes; PBKDF2 (RFC 8018 §5.2) for
 * keys from passphrases.
 */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "crypto/lib.h"

/* out_len 1..64; no salt. out->len becomes out_len. SESS_ERR_ARGUMENT: out_len is out of range; SESS_ERR_CRYPTO. */
SESS_CHECKED int kdf_hkdf_sha256(struct crypto_lib *lib, const struct secret *ikm, const char *label, size_t out_len,
    struct secret *out);
/* General form, for the vectors: any salt (NULL, 0 allowed), any info. out_len 1..255 * 32. Errors as above. */
SESS_CHECKED int kdf_hkdf_sha256_raw(struct crypto_lib *lib, const uint8_t *ikm, size_t ikm_len, const uint8_t *salt,
    size_t salt_len, const uint8_t *info, size_t info_len, uint8_t *out, size_t out_len);
/* HMAC-SHA256 with a fresh context. Not for hot paths. */
SESS_CHECKED int kdf_hmac_sha256(struct crypto_lib *lib, const struct secret *key, const uint8_t *msg, size_t n,
    uint8_t out[32]);

/* PBKDF2 with HMAC-SHA512. As slow as `iterations` says, on purpose. No length of 0, out_len at most 255 * 64, else
 * SESS_ERR_ARGUMENT; SESS_ERR_CRYPTO, and then out is wiped. */
SESS_CHECKED int kdf_pbkdf2_sha512(struct crypto_lib *lib, const uint8_t *passphrase, size_t passphrase_len,
    const uint8_t *salt, size_t salt_len, uint64_t iterations, uint8_t *out, size_t out_len);

#endif
