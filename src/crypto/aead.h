/* SPDX-License-Identifier: MIT */
/*
 * L1: JWE content encryption (RFC 7518 §5): A256GCM and A256CBC-HS512 as one interface. A context is
 * keyed once and used for any number of messages by one thread at a time; re-keying it replaces the
 * key. IVs come from the caller.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/lib.h"

enum aead_kind { AEAD_A256GCM, AEAD_A256CBC_HS512 };

#define AEAD_IV_MAX 16
#define AEAD_TAG_MAX 32
#define AEAD_KEY_MAX 64

static inline size_t
aead_key_len(enum aead_kind kind)
{
	return kind == AEAD_A256GCM ? 32 : 64;
}

static inline size_t
aead_iv_len(enum aead_kind kind)
{
	return kind == AEAD_A256GCM ? 12 : 16;
}

static inline size_t
aead_tag_len(enum aead_kind kind)
{
	return kind == AEAD_A256GCM ? 16 : 32;
}

/* Ciphertext length for n bytes of plaintext: n, or n padded to the next multiple of 16 (n + 1..16). */
static inline size_t
aead_sealed_len(enum aead_kind kind, size_t n)
{
	return kind == AEAD_A256GCM ? n : n + 16 - n % 16;
}

struct aead;

/* An unkeyed context. SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int aead_new(struct crypto_lib *lib, enum aead_kind kind, struct aead **ret_aead);
/* key: aead_key_len bytes. Forgets an earlier key. */
SESS_CHECKED int aead_set_key(struct aead *a, const uint8_t *key);
void aead_free(struct aead *a);

/* out: aead_sealed_len(n) bytes, not overlapping in; tag: aead_tag_len bytes. SESS_ERR_CRYPTO. */
SESS_CHECKED int aead_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in,
    size_t n, uint8_t *out, uint8_t *tag);
/* out: room for n bytes, not overlapping in; *ret_len says how many. SESS_ERR_REJECTED when the tag is wrong (checked
 * before padding is looked at, in constant time; out is wiped), SESS_ERR_CRYPTO when OpenSSL fails. n 0 is fine for
 * GCM; for CBC n must be a positive multiple of 16, else SESS_ERR_REJECTED. */
SESS_CHECKED int aead_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in,
    size_t n, const uint8_t *tag, uint8_t *out, size_t *ret_len);

#endif
