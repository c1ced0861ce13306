/* SPDX-License-Identifier: MIT */
/*
 * L7: the keys of another issuer, checked and ready for libjwt. keys.c loads a set and judges it as a whole, keys_jwk.c reads
 * one JWK, keys_public.c judges public keys and reads PEM, keys_file.c finds the text. Knows no token.
 */
#ifndef FOREIGN_KEYS_H
#define FOREIGN_KEYS_H

#include <jansson.h>

#include <sess/foreign.h>

#include "base/buf.h"
#include "foreign/libjwt.h"

#define FOREIGN_SECRET_MAX 512 /* bytes of an HMAC secret */

struct foreign_key {
	char kid[SESS_FOREIGN_KID_MAX + 1]; /* "": none */
	const struct foreign_alg *alg;
	size_t signature_len;
	struct pubkey pub; /* of HMAC all zero */
	struct buf bytes, jwk; /* what libjwt takes: see there */
};

struct sess_foreign_keys {
	size_t count, skipped;
	int is_secret; /* HMAC secrets */
	struct foreign_key key[SESS_FOREIGN_KEYS_MAX];
};

/* Where a key comes from, for the words about it: its number in the set from 1, or 0: the only one. */
struct key_source {
	const sess_foreign_keys_opts *opts; /* not NULL */
	size_t number;
	const char *text; /* the whole of it */
	size_t text_len;
};

/* A key is passed over: it is sound, as far as anybody can tell, and of no use here. */
#define KEY_SKIPPED 1

/* Zeroed. NULL: no memory. */
struct sess_foreign_keys *keys_new(void);
/* Checks the numbers of a public key, pins its algorithm (NULL: none is named), and writes it for libjwt. SESS_ERR_JWK. */
SESS_CHECKED int keys_finish_public(const struct key_source *source, const struct foreign_alg *named, struct foreign_key *key,
    sess_diag *diag);
/* Whether a text may be a kid. */
int keys_kid_is_safe(const char *kid, size_t n);

/* SESS_ERR_JWK with kid, member and words; "key number 3: " goes before them. */
int keys_refuse(const struct key_source *source, const char *kid, const char *member, const char *why, sess_diag *diag);

/* Into a zeroed key. KEY_SKIPPED, SESS_ERR_JWK, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int keys_read_jwk(const json_t *object, const struct key_source *source, struct foreign_key *key, sess_diag *diag);
SESS_CHECKED int keys_read_pem(const char *text, size_t len, const struct key_source *source, struct foreign_key *key,
    sess_diag *diag);

/* The key with this kid; NULL: there is none, or none that a token without a kid can mean. */
const struct foreign_key *keys_find(const sess_foreign_keys *keys, const char *kid);

#endif
