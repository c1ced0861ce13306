/* SPDX-License-Identifier: MIT */
/* L2: the table of algorithms. A new one is one row here, over a kind that src/crypto can compute. */
#include "jose/alg.h"

#include <string.h>

#include "base/secret.h"
#include "crypto/keywrap.h"

static const struct jose_alg algs[] = {
	{ "HS256", JOSE_USE_SIG, JOSE_KTY_OCT, SIG_HS256, 0 },
	{ "ES256", JOSE_USE_SIG, JOSE_KTY_EC_P256, SIG_ES256, 0 },
	{ "EdDSA", JOSE_USE_SIG, JOSE_KTY_OKP_ED25519, SIG_EDDSA, 0 },
	{ "dir", JOSE_USE_ENC, JOSE_KTY_OCT, SIG_HS256, 0 },
	{ "A256KW", JOSE_USE_ENC, JOSE_KTY_OCT, SIG_HS256, 1 },
};

static const struct jose_enc encs[] = {
	{ "A256GCM", AEAD_A256GCM },
	{ "A256CBC-HS512", AEAD_A256CBC_HS512 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct jose_alg *
alg_row(size_t i)
{
	return i < COUNT(algs) ? &algs[i] : NULL;
}

const struct jose_enc *
enc_row(size_t i)
{
	return i < COUNT(encs) ? &encs[i] : NULL;
}

const struct jose_alg *
alg_find(enum jose_use use, const char *name)
{
	for (size_t i = 0; i < COUNT(algs); i++) {
		if (algs[i].use == use && strcmp(algs[i].name, name) == 0)
			return &algs[i];
	}
	return NULL;
}

const struct jose_enc *
enc_find(const char *name)
{
	for (size_t i = 0; i < COUNT(encs); i++) {
		if (strcmp(encs[i].name, name) == 0)
			return &encs[i];
	}
	return NULL;
}

const char *
alg_use_name(enum jose_use use)
{
	return use == JOSE_USE_SIG ? "sig" : "enc";
}

void
alg_secret_bounds(const struct jose_alg *alg, const struct jose_enc *enc, size_t *ret_min, size_t *ret_max)
{
	if (alg->use == JOSE_USE_SIG) {
		*ret_min = sig_secret_len(alg->sig);
		*ret_max = alg->kty == JOSE_KTY_OCT ? SECRET_MAX : *ret_min;
	} else {
		*ret_min = *ret_max = alg->wraps ? KEYWRAP_KEY_LEN : aead_key_len(enc->aead);
	}
}
