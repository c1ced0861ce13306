/* SPDX-License-Identifier: MIT */
/*
 * L1: fetches the algorithms once and counts who shares them. Fetching walks OpenSSL's provider store under a lock,
 * so no other file of the session path does it. Knows nothing of keys or messages.
 */
#include "crypto/lib_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/err.h>
#include <openssl/params.h>

int
crypto_lib_failed(void)
{
	ERR_clear_error();
	return SESS_ERR_CRYPTO;
}

int
crypto_lib_refused(int verdict)
{
	int fatal = 0;

	for (unsigned long e = ERR_get_error(); e != 0; e = ERR_get_error())
		fatal |= ERR_FATAL_ERROR(e) != 0;
	return fatal ? SESS_ERR_CRYPTO : verdict;
}

EVP_MAC_CTX *
crypto_lib_hmac(struct crypto_lib *lib, const char *digest)
{
	char name[16] = "";
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(lib->hmac);

	memcpy(name, digest, strnlen(digest, sizeof(name) - 1));
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	if (ctx && EVP_MAC_CTX_set_params(ctx, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

const uint8_t *
crypto_lib_bytes(const uint8_t *p)
{
	static const uint8_t nothing[1];

	return p ? p : nothing;
}

int
crypto_lib_new(struct crypto_lib **ret_lib)
{
	struct crypto_lib *lib = calloc(1, sizeof(*lib));

	if (!lib)
		return SESS_ERR_MEMORY;
	atomic_init(&lib->refs, 1);
	lib->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	lib->cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	lib->ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	lib->hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	lib->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	lib->hkdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	lib->pbkdf2 = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_PBKDF2, NULL);
	if (!lib->gcm || !lib->cbc || !lib->ecb || !lib->hmac || !lib->sha256 || !lib->hkdf || !lib->pbkdf2) {
		crypto_lib_free(lib);
		return crypto_lib_failed();
	}
	*ret_lib = lib;
	return 0;
}

struct crypto_lib *
crypto_lib_ref(struct crypto_lib *lib)
{
	atomic_fetch_add_explicit(&lib->refs, 1, memory_order_relaxed);
	return lib;
}

void
crypto_lib_free(struct crypto_lib *lib)
{
	if (!lib || atomic_fetch_sub_explicit(&lib->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_CIPHER_free(lib->gcm);
	EVP_CIPHER_free(lib->cbc);
	EVP_CIPHER_free(lib->ecb);
	EVP_MAC_free(lib->hmac);
	EVP_MD_free(lib->sha256);
	EVP_KDF_free(lib->hkdf);
	EVP_KDF_free(lib->pbkdf2);
	free(lib);
}
