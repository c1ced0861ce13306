/* SPDX-License-Identifier: MIT */
/*
 * L2: JSON Web Encryption over bytes (RFC 7516 §5), compact serialization, key management dir and A256KW. IVs and
 * content keys come from the caller, so that vectors can be computed. Header and key choice are the caller's business.
 */
#ifndef JOSE_JWE_H
#define JOSE_JWE_H

#include "base/buf.h"
#include "crypto/keywrap.h"
#include "jose/alg.h"
#include "jose/compact.h"

/* Contexts of one key: for dir, `aead` is keyed with the key itself; for A256KW, `wrap` is, and `aead` is keyed anew for
 * each message. One thread at a time. */
struct jwe_context {
	const struct jose_alg *alg;
	const struct jose_enc *enc;
	struct aead *aead;
	struct keywrap *wrap;
};

/* secret: of the length that alg and enc demand. */
SESS_CHECKED int jwe_context_init(struct crypto_lib *lib, const struct jose_alg *alg, const struct jose_enc *enc,
    const struct secret *secret, struct jwe_context *ret);
void jwe_context_done(struct jwe_context *ctx);

/* The segments' lengths; the ciphertext's is any. */
struct compact_shape jwe_shape(const struct jose_alg *alg, const struct jose_enc *enc, size_t header_b64_len);
/* A static sentence that says which length is wrong, or NULL when all are right. */
const char *jwe_wrong_length(const struct jose_alg *alg, const struct jose_enc *enc, const struct compact *jwe);

/* RFC 7516 §5.2 steps 9 to 16. The plaintext goes to out, replacing what it held; `scratch` is room for the
 * ciphertext. SESS_ERR_REJECTED: does not authenticate, at whatever step (§11.5). SESS_ERR_ARGUMENT: a segment is no
 * canonical base64url; then no key has been used. SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int jwe_open(struct jwe_context *ctx, const struct compact *jwe, struct buf *scratch, struct buf *out);

/* Characters of a JWE. */
size_t jwe_text_len(const struct jose_alg *alg, const struct jose_enc *enc, size_t header_b64_len, size_t plain_len);
/* RFC 7516 §5.1 steps 5 to 19: writes jwe_text_len characters to out, no NUL. cek: aead_key_len bytes for A256KW, else
 * ignored. SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int jwe_seal(struct jwe_context *ctx, const char *header_b64, size_t header_b64_len, const uint8_t *plain,
    size_t plain_len, const uint8_t *cek, const uint8_t *iv, struct buf *scratch, char *out);

#endif
