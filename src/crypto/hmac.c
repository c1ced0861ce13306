/* SPDX-License-Identifier: MIT */
/*
 * L1: the functions of SHA-256 below EVP, which OpenSSL 3 keeps and calls deprecated. EVP copies a context through the provider for
 * each message, with an allocation or two; here the same code of the same library starts from two states that are kept.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.h"

#ifdef OPENSSL_NO_DEPRECATED_3_0

int
hmac_key_new(const struct crypto_lib *lib, const struct secret *key, struct hmac_key **ret_key)
{
	(void)lib;
	(void)key;
	*ret_key = NULL;
	return 0;
}

void
hmac_key_free(struct hmac_key *key)
{
	(void)key;
}

int
hmac_sha256(const struct hmac_key *key, const uint8_t *msg, size_t n, uint8_t out[32])
{
	(void)key;
	(void)msg;
	(void)n;
	(void)out;
	return SESS_ERR_CRYPTO;
}

#else

#include <stdlib.h>
#include <string.h>

#include <openssl/provider.h>
#include <openssl/sha.h>

struct hmac_key {
	SHA256_CTX inner, outer; /* each has hashed one block: the key, with a constant added to every byte */
};

_Static_assert(SECRET_MAX <= SHA256_CBLOCK, "a longer key would be hashed first");

static int
is_default(const EVP_MD *md)
{
	return strcmp(OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(md)), "default") == 0;
}

static int
start(SHA256_CTX *state, const struct secret *key, uint8_t constant)
{
	uint8_t block[SHA256_CBLOCK];

	memset(block, constant, sizeof(block));
	for (size_t i = 0; i < key->len; i++)
		block[i] ^= key->bytes[i];
	int done = SHA256_Init(state) == 1 && SHA256_Update(state, block, sizeof(block)) == 1;
	secret_wipe(block, sizeof(block));
	return done ? 0 : SESS_ERR_CRYPTO;
}

int
hmac_key_new(const struct crypto_lib *lib, const struct secret *key, struct hmac_key **ret_key)
{
	struct hmac_key *made;
	int rc;

	*ret_key = NULL;
	if (!is_default(lib->sha256))
		return 0;
	if ((made = calloc(1, sizeof(*made))) == NULL)
		return SESS_ERR_MEMORY;
	if ((rc = start(&made->inner, key, 0x36)) != 0 || (rc = start(&made->outer, key, 0x5c)) != 0) {
		hmac_key_free(made);
		return rc;
	}
	*ret_key = made;
	return 0;
}

void
hmac_key_free(struct hmac_key *key)
{
	if (key == NULL)
		return;
	secret_wipe(key, sizeof(*key));
	free(key);
}

int
hmac_sha256(const struct hmac_key *key, const uint8_t *msg, size_t n, uint8_t out[32])
{
	SHA256_CTX state = key->inner;
	int done = SHA256_Update(&state, msg, n) == 1 && SHA256_Final(out, &state) == 1;

	state = key->outer;
	done = done && SHA256_Update(&state, out, 32) == 1 && SHA256_Final(out, &state) == 1;
	secret_wipe(&state, sizeof(state));
	return done ? 0 : SESS_ERR_CRYPTO;
}

#endif
