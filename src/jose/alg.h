/* SPDX-License-Identifier: MIT */
/*
 * L2: the algorithms (RFC 7518 §3.1, §4.1, §5.1; RFC 8037 §3.1). One row each; whatever depends on
 * an algorithm reads its row, and a test walks the table. Knows nothing of tokens or rings.
 */
#ifndef JOSE_ALG_H
#define JOSE_ALG_H

#include "crypto/aead.h"
#include "crypto/keywrap.h"
#include "crypto/sig.h"

enum jose_use { JOSE_USE_SIG, JOSE_USE_ENC };
#define JOSE_USES 2

enum jose_kty { JOSE_KTY_OCT, JOSE_KTY_EC_P256, JOSE_KTY_OKP_ED25519 };

/* One value of "alg". */
struct jose_alg {
	const char *name;
	enum jose_use use;
	enum jose_kty kty;
	enum sig_kind sig; /* of a signature algorithm */
	int wraps;	   /* of key management: 1 wraps a fresh content key (A256KW), 0 uses the key itself (dir) */
};

/* One value of "enc". */
struct jose_enc {
	const char *name;
	enum aead_kind aead;
};

/* Rows by number, NULL past the end. */
const struct jose_alg *alg_row(size_t i);
const struct jose_enc *enc_row(size_t i);

/* The row with this name, or NULL. */
const struct jose_alg *alg_find(enum jose_use use, const char *name);
const struct jose_enc *enc_find(const char *name);

const char *alg_use_name(enum jose_use use); /* "sig", "enc" */

/* Least and greatest length of an oct key for this algorithm (and, for key management, content encryption). */
void alg_secret_bounds(const struct jose_alg *alg, const struct jose_enc *enc, size_t *ret_min, size_t *ret_max);
/* Bytes of the JWE encrypted key: 0 for dir (RFC 7516 §5.1 step 5), content key + 8 for A256KW. */
static inline size_t
alg_encrypted_key_len(const struct jose_alg *alg, const struct jose_enc *enc)
{
	return alg->wraps ? aead_key_len(enc->aead) + KEYWRAP_OVERHEAD : 0;
}

#endif
