/* SPDX-License-Identifier: MIT */
/*
 * Look at a token without any key. Nothing that comes out of here is verified: it is what the bytes
 * claim to be. For people at a terminal, never for a decision.
 */
#ifndef SESS_INSPECT_H
#define SESS_INSPECT_H

#include <sess/ring.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESS_INSPECT_BYTES_MAX 65536

typedef struct sess_inspection sess_inspection;

typedef enum sess_kind { SESS_KIND_JWS, SESS_KIND_JWE } sess_kind;

/* Splits and decodes a compact serialization of at most SESS_INSPECT_BYTES_MAX bytes. Any header
 * that is a JSON object will do. SESS_ERR_REJECTED (MALFORMED or OVERSIZE) says what is wrong. */
SESS_API SESS_CHECKED int sess_inspect(const char *token, size_t token_len, sess_inspection **ret_inspection, sess_diag *diag);
SESS_API void sess_inspection_free(sess_inspection *inspection);

SESS_API sess_kind sess_inspection_kind(const sess_inspection *inspection);
/* Whether the header is one this library mints, and then which form. 1: yes, 0: no. */
SESS_API int sess_inspection_form(const sess_inspection *inspection, sess_form *ret_form);
/* Decoded header and, of a JWS, decoded payload (NULL of a JWE); NUL-terminated, may hold anything. */
SESS_API const char *sess_inspection_header(const sess_inspection *inspection, size_t *ret_len);
SESS_API const char *sess_inspection_payload(const sess_inspection *inspection, size_t *ret_len);
/* Segment number i (0..2 of a JWS, 0..4 of a JWE): its name ("header", "encrypted key", "iv",
 * "ciphertext", "tag", "payload", "signature"), length as text and decoded. SESS_ERR_ARGUMENT. */
SESS_API size_t sess_inspection_segment_count(const sess_inspection *inspection);
SESS_API SESS_CHECKED int sess_inspection_segment(const sess_inspection *inspection, size_t i, const char **ret_name,
    size_t *ret_text_len, size_t *ret_bytes);

#ifdef __cplusplus
}
#endif
#endif
