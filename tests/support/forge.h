/* SPDX-License-Identifier: MIT */
/*
 * A forge of tokens for tests: signs and seals anything whatsoever with a ring's own keys, under any header text,
 * so that hostile content arrives behind a valid signature or tag. Built on OpenSSL alone; knows nothing of src/.
 * The algorithms are those of the key, whatever the header says. Results are on the heap, for free().
 */
#ifndef SUPPORT_FORGE_H
#define SUPPORT_FORGE_H

#include <jansson.h>
#include <stddef.h>

/* What a JWE is made with instead of random bytes; NULL members: as usual. */
struct forge_given {
	const unsigned char *cek; /* A256KW alone; 32 bytes for A256GCM, 64 for A256CBC-HS512 */
	const unsigned char *iv;  /* 12 bytes for A256GCM, 16 for A256CBC-HS512 */
};

/* The first key of a ring (JSON text or document) with this use ("sig", "enc"), borrowed; NULL: none. */
json_t *forge_ring(const char *ring_json, size_t len);
json_t *forge_key(const json_t *ring, const char *use);

/* base64url without padding, NUL-terminated; and back, without any strictness. */
char *forge_b64(const void *bytes, size_t len);
unsigned char *forge_unb64(const char *text, size_t len, size_t *ret_len);

/* A compact JWS (RFC 7515 §7.1) and a compact JWE (RFC 7516 §7.1), NUL-terminated. */
char *forge_jws(const json_t *key, const void *header, size_t header_len, const void *payload, size_t payload_len);
char *forge_jwe(const json_t *key, const void *header, size_t header_len, const void *plain, size_t plain_len,
    const struct forge_given *given);

/* The token with segment `index` (0 the first) replaced by base64url of these bytes. */
char *forge_replace(const char *token, size_t index, const void *bytes, size_t len);
/* printf into the heap. */
char *forge_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
