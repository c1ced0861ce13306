/* SPDX-License-Identifier: MIT */
/* L1: AES-256 key wrap (RFC 3394, JWE A256KW of RFC 7518 §4.4). Keyed once, one thread at a time. */
#ifndef CRYPTO_KEYWRAP_H
#define CRYPTO_KEYWRAP_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/lib.h"

#define KEYWRAP_KEY_LEN 32
#define KEYWRAP_OVERHEAD 8
#define KEYWRAP_MAX 65536 /* bytes to be wrapped; far more than any key has */

struct keywrap;

SESS_CHECKED int keywrap_new(struct crypto_lib *lib, const uint8_t key[KEYWRAP_KEY_LEN], struct keywrap **ret_kw);
/* in: n bytes, a multiple of 8, 16 to KEYWRAP_MAX, else SESS_ERR_ARGUMENT; out: n + 8, may be in. SESS_ERR_CRYPTO. */
SESS_CHECKED int keywrap_wrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out);
/* in: n bytes; out: n - 8, may be in. SESS_ERR_REJECTED: n is not a possible length, or the integrity check failed (out
 * wiped). SESS_ERR_CRYPTO. */
SESS_CHECKED int keywrap_unwrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out);
void keywrap_free(struct keywrap *kw);

#endif
