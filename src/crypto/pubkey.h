/* SPDX-License-Identifier: MIT */
/*
 * L1: public keys of others, as plain numbers: whether they are fit to trust a signature to, and their text as PEM. Signs and
 * verifies nothing, and knows no JSON.
 */
#ifndef CRYPTO_PUBKEY_H
#define CRYPTO_PUBKEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define PUBKEY_RSA_BITS_MIN 2048
#define PUBKEY_RSA_BITS_MAX 8192
#define PUBKEY_RSA_MAX (PUBKEY_RSA_BITS_MAX / 8)
#define PUBKEY_EXPONENT_MAX 8 /* bytes: SP 800-56B allows 32, OpenSSL 8 for long keys */
#define PUBKEY_POINT_MAX 132  /* x then y of P-521 */

enum pubkey_type { PUBKEY_RSA, PUBKEY_P256, PUBKEY_P384, PUBKEY_P521, PUBKEY_SECP256K1, PUBKEY_ED25519 };

/* Big-endian numbers without regard to who wrote them; zero-initialise, since keys are compared as bytes. */
struct pubkey {
	enum pubkey_type type;
	size_t len;	     /* RSA: bytes of n, without leading zeros. EC: bytes of one coordinate. Ed25519: 32 */
	size_t exponent_len; /* RSA: bytes of e, without leading zeros */
	uint8_t exponent[PUBKEY_EXPONENT_MAX];
	uint8_t bytes[PUBKEY_RSA_MAX]; /* n; x then y; the Ed25519 key */
};

/* Bytes of one coordinate, or of the Ed25519 key; 0 of RSA. */
size_t pubkey_coordinate_len(enum pubkey_type type);

/* n and e into an empty key; leading zeros go. SESS_ERR_ARGUMENT with *ret_why, a static sentence: one is too long or 0. */
SESS_CHECKED int pubkey_set_rsa(struct pubkey *key, const uint8_t *n, size_t n_len, const uint8_t *e, size_t e_len,
    const char **ret_why);

/*
 * SESS_ERR_ARGUMENT with *ret_why, a static sentence, and *ret_member, "n", "e" or "x": RSA: its size, an even or small exponent, an
 * even modulus or one with a small factor, the fingerprint of ROCA (CVE-2017-15361). EC, Ed25519: not a point of the curve.
 * SESS_ERR_CRYPTO.
 */
SESS_CHECKED int pubkey_check(const struct pubkey *key, const char **ret_why, const char **ret_member);

/* Appends "-----BEGIN PUBLIC KEY-----" and so on. SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int pubkey_format_pem(const struct pubkey *key, struct buf *out);
/* Reads one such block, or one of "RSA PUBLIC KEY", and nothing but it. SESS_ERR_ARGUMENT with *ret_why. Not yet checked. */
SESS_CHECKED int pubkey_parse_pem(const char *text, size_t len, struct pubkey *ret, const char **ret_why);

/* 1: these bytes are a public key or certificate in some spelling, and so can be no secret: PEM, DER, OpenSSH. 0: they are not.
 * SESS_ERR_CRYPTO: that could not be found out. */
SESS_CHECKED int pubkey_is_encoded(const uint8_t *bytes, size_t len);

/* Empties OpenSSL's error queue of this thread, after a library that does not. */
void pubkey_forget_errors(void);

#endif
