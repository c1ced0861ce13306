/* SPDX-License-Identifier: MIT */
/*
 * L1: HKDF-SHA256 (RFC 5869) and one-shot HMAC-SHA256 for what is derived from the ring's tag; PBKDF2-HMAC-SHA512. Contexts
 * are fresh at each call, so nothing here belongs on a hot path. Knows no label: those are the callers'.
 */
#include "crypto/kdf.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto/lib_internal.h"

/* OSSL_PARAM is not const, though a derivation only reads. */
static OSSL_PARAM
octets(const char *name, const uint8_t *p, size_t n)
{
	OSSL_PARAM param = OSSL_PARAM_construct_octet_string(name, NULL, n);
	const void *bytes = crypto_lib_bytes(p);

	memcpy(&param.data, &bytes, sizeof(param.data));
	return param;
}

int
kdf_hkdf_sha256_raw(struct crypto_lib *lib, const uint8_t *ikm, size_t ikm_len, const uint8_t *salt, size_t salt_len,
    const uint8_t *info, size_t info_len, uint8_t *out, size_t out_len)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[5];
	size_t n = 0;

	if (out_len == 0 || out_len > (size_t)255 * 32)
		return SESS_ERR_ARGUMENT;
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(lib->hkdf);
	if (!ctx)
		return crypto_lib_failed();
	params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[n++] = octets(OSSL_KDF_PARAM_KEY, ikm, ikm_len);
	/* RFC 5869 §2.2: no salt is a salt of zeros, which HMAC cannot tell from an empty one. */
	if (salt_len)
		params[n++] = octets(OSSL_KDF_PARAM_SALT, salt, salt_len);
	if (info_len)
		params[n++] = octets(OSSL_KDF_PARAM_INFO, info, info_len);
	params[n] = OSSL_PARAM_construct_end();
	int ok = EVP_KDF_derive(ctx, out, out_len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	if (ok)
		return 0;
	secret_wipe(out, out_len);
	return crypto_lib_failed();
}

int
kdf_hkdf_sha256(struct crypto_lib *lib, const struct secret *ikm, const char *label, size_t out_len, struct secret *out)
{
	SECRET_CLEANUP struct secret derived = {0};

	if (out_len == 0 || out_len > SECRET_MAX)
		return SESS_ERR_ARGUMENT;
	int rc = kdf_hkdf_sha256_raw(lib, ikm->bytes, ikm->len, NULL, 0, (const uint8_t *)label, strlen(label),
	    derived.bytes, out_len);
	if (rc != 0)
		return rc;
	derived.len = out_len;
	*out = derived;
	return 0;
}

int
kdf_hmac_sha256(struct crypto_lib *lib, const struct secret *key, const uint8_t *msg, size_t n, uint8_t out[32])
{
	size_t len = 0;
	EVP_MAC_CTX *mac = crypto_lib_hmac(lib, "SHA256");
	int ok = mac && EVP_MAC_init(mac, key->bytes, key->len, NULL) == 1 &&
	    EVP_MAC_update(mac, crypto_lib_bytes(msg), n) == 1 && EVP_MAC_final(mac, out, &len, 32) == 1 && len == 32;

	EVP_MAC_CTX_free(mac);
	if (ok)
		return 0;
	secret_wipe(out, 32);
	return crypto_lib_failed();
}

int
kdf_pbkdf2_sha512(struct crypto_lib *lib, const uint8_t *passphrase, size_t passphrase_len, const uint8_t *salt,
    size_t salt_len, uint64_t iterations, uint8_t *out, size_t out_len)
{
	char digest[] = "SHA512";
	EVP_KDF_CTX *ctx;
	int ok;

	if (passphrase_len == 0 || salt_len == 0 || iterations == 0 || out_len == 0 || out_len > (size_t)255 * 64)
		return SESS_ERR_ARGUMENT;
	if ((ctx = EVP_KDF_CTX_new(lib->pbkdf2)) == NULL)
		return crypto_lib_failed();
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_PASSWORD, passphrase, passphrase_len),
		octets(OSSL_KDF_PARAM_SALT, salt, salt_len),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
		OSSL_PARAM_construct_end(),
	};
	ok = EVP_KDF_derive(ctx, out, out_len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	if (ok)
		return 0;
	secret_wipe(out, out_len);
	return crypto_lib_failed();
}
