/* SPDX-License-Identifier: MIT */
/*
 * L2: the compact serializations (RFC 7515 §7.1, RFC 7516 §7.1) as text: splitting at the dots, and
 * checking that every segment is canonical base64url; or finding the dots where the lengths of an algorithm put them. Decodes
 * nothing.
 */
#ifndef JOSE_COMPACT_H
#define JOSE_COMPACT_H

#include <stddef.h>

#include <sess/error.h>

#define COMPACT_JWS 3
#define COMPACT_JWE 5

/* Segments of a JWE, and of a JWS. */
enum { JWE_HEADER, JWE_ENCRYPTED_KEY, JWE_IV, JWE_CIPHERTEXT, JWE_TAG };
enum { JWS_HEADER, JWS_PAYLOAD, JWS_SIGNATURE };

struct compact {
	const char *segment[COMPACT_JWE];
	size_t len[COMPACT_JWE];
	size_t count; /* COMPACT_JWS or COMPACT_JWE */
};

/* Points into text. 0, or SESS_ERR_REJECTED with *ret_why a static sentence. Raw layers, whose payload may be
 * empty, allow that by `empty_payload`. */
SESS_CHECKED int compact_split(const char *text, size_t n, int empty_payload, struct compact *ret, const char **ret_why);

/* The lengths that a key's algorithms give to the segments, in characters; one of them, the payload's, may have any. */
struct compact_shape {
	size_t count; /* COMPACT_JWS or COMPACT_JWE */
	size_t any;
	size_t len[COMPACT_JWE];
};

/* Whether the dots of a text that is not empty stand where they must, and something is in the segment of any length; then *ret points
 * into the text, and nothing between the dots has been looked at. Else *ret is undefined. */
int compact_fits(const char *text, size_t n, const struct compact_shape *shape, struct compact *ret);

#endif
