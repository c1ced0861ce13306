/* SPDX-License-Identifier: MIT */
/* L7: the table of algorithms. A new one is one row here. */
#include "foreign/alg.h"

#include <string.h>

static const struct foreign_alg algs[] = {
	{ "HS256", FOREIGN_HMAC, PUBKEY_RSA, 32, "1.0" },
	{ "HS384", FOREIGN_HMAC, PUBKEY_RSA, 48, "1.0" },
	{ "HS512", FOREIGN_HMAC, PUBKEY_RSA, 64, "1.0" },
	{ "RS256", FOREIGN_RSA, PUBKEY_RSA, 0, "1.4" },
	{ "RS384", FOREIGN_RSA, PUBKEY_RSA, 0, "1.4" },
	{ "RS512", FOREIGN_RSA, PUBKEY_RSA, 0, "1.4" },
	{ "PS256", FOREIGN_RSA, PUBKEY_RSA, 0, "1.16" },
	{ "PS384", FOREIGN_RSA, PUBKEY_RSA, 0, "1.16" },
	{ "PS512", FOREIGN_RSA, PUBKEY_RSA, 0, "1.16" },
	{ "ES256", FOREIGN_EC, PUBKEY_P256, 64, "1.4" },
	{ "ES384", FOREIGN_EC, PUBKEY_P384, 96, "1.4" },
	{ "ES512", FOREIGN_EC, PUBKEY_P521, 132, "1.4" },
	{ "ES256K", FOREIGN_EC, PUBKEY_SECP256K1, 64, "1.18.0" },
	{ "EdDSA", FOREIGN_OKP, PUBKEY_ED25519, 64, "1.18.3" },
};

#define COUNT (sizeof(algs) / sizeof(algs[0]))

const struct foreign_alg *
foreign_alg_row(size_t i)
{
	return i < COUNT ? &algs[i] : NULL;
}

const struct foreign_alg *
foreign_alg_find(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strlen(algs[i].name) == n && memcmp(algs[i].name, name, n) == 0)
			return &algs[i];
	}
	return NULL;
}

const struct foreign_alg *
foreign_alg_only(enum pubkey_type type)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (algs[i].type == type && algs[i].family != FOREIGN_HMAC && algs[i].family != FOREIGN_RSA)
			return &algs[i];
	}
	return NULL;
}
