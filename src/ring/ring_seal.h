/* SPDX-License-Identifier: MIT */
/*
 * L3: how a ring file is sealed: the protected header of its JWE (doc/format.md, "The ring at rest"), read, judged and
 * written. Plain data without secrets; holds no key and opens nothing.
 */
#ifndef RING_SEAL_H
#define RING_SEAL_H

#include "base/b64url.h"
#include "jose/alg.h"
#include "jose/header.h"
#include "jose/pbes2.h"
#include "ring/protection.h"

struct ring_seal {
	const struct jose_enc *enc; /* NULL: the ring is in plain text, and the rest says nothing */
	enum protection_kind kind;
	int64_t p2c; /* of a passphrase: iterations and salt */
	size_t p2s_len;
	uint8_t p2s[PBES2_SALT_MAX];
	size_t header_len;
	char header[B64URL_ENCODED_LEN(JOSE_HEADER_MAX)]; /* base64url, as it stands in the file */
};

/* The value of "alg", or NULL of plain text. */
const char *ring_seal_alg(const struct ring_seal *seal);

/* From the header segment of a JWE, of canonical base64url. SESS_ERR_RING_FORMAT names the member. SESS_ERR_MEMORY. */
SESS_CHECKED int ring_seal_parse(const char *b64, size_t n, struct ring_seal *ret, sess_diag *diag);

/* A fresh one for this protection: A256GCM, and of a passphrase a new salt and the protection's p2c. SESS_ERR_RANDOM,
 * SESS_ERR_MEMORY. */
SESS_CHECKED int ring_seal_new(const struct sess_protection *p, struct ring_seal *ret);

#endif
