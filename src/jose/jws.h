/* SPDX-License-Identifier: MIT */
/* L2: JSON Web Signature over bytes (RFC 7515 §5), compact serialization. Header and key are the caller's business. */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include "jose/alg.h"
#include "jose/compact.h"

/* The segments' lengths; the payload's is any. */
struct compact_shape jws_shape(const struct jose_alg *alg, size_t header_b64_len);
/* Whether the signature segment has the length that the algorithm demands. */
int jws_length_is_right(const struct jose_alg *alg, const struct compact *jws);

/* RFC 7515 §5.2 step 8. 0, SESS_ERR_REJECTED, SESS_ERR_CRYPTO; SESS_ERR_ARGUMENT: the signature's segment is no canonical base64url.
 * The lengths have been checked. */
SESS_CHECKED int jws_verify(struct sig *sig, const struct compact *jws);

/* Characters of a JWS. */
size_t jws_text_len(const struct jose_alg *alg, size_t header_b64_len, size_t payload_len);
/* RFC 7515 §5.1: writes jws_text_len characters to out, no NUL. header_b64: encoded. SESS_ERR_CRYPTO. */
SESS_CHECKED int jws_sign(struct sig *sig, const struct jose_alg *alg, const char *header_b64, size_t header_b64_len,
    const uint8_t *payload, size_t payload_len, char *out);

#endif
