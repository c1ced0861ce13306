/* SPDX-License-Identifier: MIT */
/*
 * L1: JWS signatures (RFC 7518 §3, RFC 8037): HS256, ES256, EdDSA with Ed25519, as one interface.
 * A sig_key is the immutable key, shared by threads; a sig is a context keyed from it, used for any number
 * of messages by one thread at a time.
 */
#ifndef CRYPTO_SIG_H
#define CRYPTO_SIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "crypto/lib.h"

enum sig_kind { SIG_HS256, SIG_ES256, SIG_EDDSA };

#define SIG_LEN_MAX 64
#define SIG_PUBLIC_MAX 64

static inline size_t
sig_len(enum sig_kind kind)
{
	return kind == SIG_HS256 ? 32 : 64;
}

size_t sig_public_len(enum sig_kind kind); /* 0; 64 (x then y); 32 */
size_t sig_secret_len(enum sig_kind kind); /* of a generated secret: 32 (HS256: 32..64 are accepted), 32 (d), 32 (d) */

struct sig_key;

/*
 * secret: the HMAC key, or the private part d; NULL for a verify-only key (SESS_ERR_ARGUMENT for
 * HS256). pub: sig_public_len bytes (NULL for HS256). SESS_ERR_ARGUMENT: the point is not on the curve, d is out of
 * range, or d and the public part do not belong together, or an HMAC key is shorter than 32 or longer than 64 bytes.
 * SESS_ERR_CRYPTO, SESS_ERR_MEMORY. Copies what it needs.
 */
SESS_CHECKED int sig_key_new(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret,
    const uint8_t *pub, struct sig_key **ret_key);
struct sig_key *sig_key_ref(struct sig_key *key); /* thread-safe count */
void sig_key_free(struct sig_key *key);		  /* gives one reference back; NULL allowed */
int sig_key_can_sign(const struct sig_key *key);

/* The public part that belongs to a private d (ES256, EdDSA). SESS_ERR_ARGUMENT: d is out of range. */
SESS_CHECKED int sig_public_from_secret(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret,
    uint8_t pub[SIG_PUBLIC_MAX]);

struct sig;

SESS_CHECKED int sig_new(struct sig_key *key, struct sig **ret_sig); /* holds a reference of key */
void sig_free(struct sig *s);

/* out: sig_len bytes; ES256 as r || s (RFC 7518 §3.4). SESS_ERR_CRYPTO; SESS_ERR_ARGUMENT for a verify-only key. */
SESS_CHECKED int sig_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t *out);
/* 0: good. SESS_ERR_REJECTED: bad, also for any length but sig_len. SESS_ERR_CRYPTO. HMAC: in constant time. */
SESS_CHECKED int sig_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t *sig, size_t len);
/* Whether two MACs, or their first n bytes, are the same; in constant time. */
int sig_mac_equals(const uint8_t *a, const uint8_t *b, size_t n);

#endif
