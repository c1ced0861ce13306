/* SPDX-License-Identifier: MIT */
/*
 * L0: base64url without padding (RFC 4648 §5, RFC 7515 §2), strict and canonical: no white space, no `=`,
 * no length of 1 mod 4, and the unused bits of the last character are zero, so that each byte string has
 * exactly one spelling.
 */
#ifndef BASE_B64URL_H
#define BASE_B64URL_H

#include <stddef.h>
#include <stdint.h>

#include <sess/error.h>

/* Characters for n bytes; n is at most SIZE_MAX / 2. */
#define B64URL_ENCODED_LEN(n) ((n) / 3 * 4 + ((n) % 3 ? (n) % 3 + 1 : 0))
/* Bytes in n characters (when n is a possible length). */
#define B64URL_DECODED_LEN(n) ((n) / 4 * 3 + ((n) % 4 ? (n) % 4 - 1 : 0))

/* Writes exactly B64URL_ENCODED_LEN(n) characters to out, no NUL. Returns that count. */
size_t b64url_encode(char *out, const uint8_t *in, size_t n);

/* Writes exactly B64URL_DECODED_LEN(n) bytes to out, which may be in itself. 0, or
 * SESS_ERR_ARGUMENT where the text is not canonical base64url (out then holds rubbish). */
SESS_CHECKED int b64url_decode(uint8_t *out, const char *in, size_t n);

/*
 * The same, in a time and with memory accesses that depend on the length alone: for keys. The others look characters up in tables.
 * The verdict is not hidden.
 */
size_t b64url_encode_secret(char *out, const uint8_t *in, size_t n);
SESS_CHECKED int b64url_decode_secret(uint8_t *out, const char *in, size_t n);

/* Where characters stand that are not of the alphabet: the first `max` places of them, in their order. Returns how many it wrote. */
size_t b64url_strays(const char *s, size_t n, size_t *ret_at, size_t max);

/* Whether c is one of the 64 characters. */
int b64url_is_char(unsigned char c);

#endif
