/* SPDX-License-Identifier: MIT */
/* The cryptography of the reference verifier: a key of the ring as JSON, one token, one answer. */
#ifndef REFERENCE_REF_CRYPTO_H
#define REFERENCE_REF_CRYPTO_H

#include <jansson.h>

#include "reference/ref_text.h"

/* Whether IV, tag, encrypted key, ciphertext or signature have the lengths that the key's algorithms demand. */
int ref_crypto_has_lengths(const json_t *key, const struct ref_split *split);
/* Whether the signature of a JWS is right (RFC 7515 §5.2). */
int ref_crypto_is_signed(const json_t *key, const struct ref_split *jws);
/* Decrypts a JWE (RFC 7516 §5.2): 0 with *ret_plain on the heap, or -1. */
int ref_crypto_open(const json_t *key, const struct ref_split *jwe, struct ref_bytes *ret_plain);
/* The content key that A256KW has wrapped (RFC 3394): 0 with *ret_key on the heap, or -1. */
int ref_crypto_content_key(const json_t *key, const struct ref_split *jwe, struct ref_bytes *ret_key);

#endif
