/* SPDX-License-Identifier: MIT */
/*
 * One compact JWS or JWE with one JSON Web Key: no ring, no policy, no clock, no claims. For test vectors
 * and for looking into other people's tokens; a service uses sess_verify().
 */
#ifndef SESS_RAW_H
#define SESS_RAW_H

#include <sess/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESS_RAW_BYTES_MAX 1048576 /* of a token */

/*
 * Verify a JWS (RFC 7515 §5.2: HS256, ES256, EdDSA with Ed25519) or open a JWE (RFC 7516 §5.2: dir or
 * A256KW with A256GCM or A256CBC-HS512). The JWK's alg and use are obeyed where present; a JWK Set is
 * refused. The header may hold alg, enc, kid, typ and cty and nothing else; a kid in both must agree.
 * SESS_ERR_JWK: the key cannot be used. SESS_ERR_REJECTED: the token; see diag->reasons.
 * *ret_payload is NUL-terminated for convenience, *ret_payload_len says how long it is; free both
 * with sess_raw_free(), which wipes.
 */
SESS_API SESS_CHECKED int sess_raw_open(const char *jwk_json, size_t jwk_json_len, const char *token, size_t token_len,
    uint8_t **ret_payload, size_t *ret_payload_len, sess_diag *diag);
SESS_API void sess_raw_free(uint8_t *payload, size_t payload_len);

#ifdef __cplusplus
}
#endif
#endif
