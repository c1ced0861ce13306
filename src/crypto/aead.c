/* SPDX-License-Identifier: MIT */
/*
 * L1: the two content encryptions of RFC 7518 §5 behind one interface: GCM here, the composite CBC and HMAC in
 * aead_cbc.c. Contexts keep their key schedule, so that a message costs an IV and no more. Knows nothing of
 * headers, tokens or where a key came from.
 */
#include "crypto/aead_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "base/secret.h"

void
aead_free(struct aead *a)
{
	if (!a)
		return;
	EVP_CIPHER_CTX_free(a->sealer);
	EVP_CIPHER_CTX_free(a->opener);
	EVP_MAC_CTX_free(a->mac);
	crypto_lib_free(a->lib);
	free(a);
}

int
aead_new(struct crypto_lib *lib, enum aead_kind kind, struct aead **ret_aead)
{
	struct aead *a = calloc(1, sizeof(*a));

	if (!a)
		return SESS_ERR_MEMORY;
	const EVP_CIPHER *cipher = kind == AEAD_A256GCM ? lib->gcm : lib->cbc;
	a->kind = kind;
	a->lib = crypto_lib_ref(lib);
	a->set_expected[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, a->expected, sizeof(a->expected));
	a->set_expected[1] = OSSL_PARAM_construct_end();
	a->sealer = EVP_CIPHER_CTX_new();
	a->opener = EVP_CIPHER_CTX_new();
	a->mac = kind == AEAD_A256GCM ? NULL : crypto_lib_hmac(lib, "SHA512");
	/* The cipher is named here and never again: naming it at each message would touch a shared count. */
	if (!a->sealer || !a->opener || (kind != AEAD_A256GCM && !a->mac) ||
	    EVP_EncryptInit_ex2(a->sealer, cipher, NULL, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(a->opener, cipher, NULL, NULL, NULL) != 1) {
		aead_free(a);
		return crypto_lib_failed();
	}
	*ret_aead = a;
	return 0;
}

int
aead_set_key(struct aead *a, const uint8_t *key)
{
	/* RFC 7518 §5.2.2.1: the MAC key is the first half, the encryption key the second. */
	const uint8_t *enc_key = a->kind == AEAD_A256GCM ? key : key + AEAD_CBC_MAC_KEY_LEN;

	a->keyed = 0;
	if (EVP_EncryptInit_ex2(a->sealer, NULL, enc_key, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(a->opener, NULL, enc_key, NULL, NULL) != 1)
		return crypto_lib_failed();
	if (a->mac && EVP_MAC_init(a->mac, key, AEAD_CBC_MAC_KEY_LEN, NULL) != 1)
		return crypto_lib_failed();
	a->keyed = 1;
	return 0;
}

static int
gcm_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    uint8_t *out, uint8_t *tag)
{
	int len = 0;

	if (EVP_EncryptInit_ex2(a->sealer, NULL, NULL, iv, NULL) != 1)
		return SESS_ERR_CRYPTO;
	if (aad_len && EVP_EncryptUpdate(a->sealer, NULL, &len, aad, (int)aad_len) != 1)
		return SESS_ERR_CRYPTO;
	if (n && EVP_EncryptUpdate(a->sealer, out, &len, in, (int)n) != 1)
		return SESS_ERR_CRYPTO;
	/* GCM has nothing to flush; the tag doubles as a valid place to point at. */
	if (EVP_EncryptFinal_ex(a->sealer, tag, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(a->sealer, EVP_CTRL_AEAD_GET_TAG, 16, tag) != 1)
		return SESS_ERR_CRYPTO;
	return 0;
}

static int
gcm_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    const uint8_t *tag, uint8_t *out, size_t *ret_len)
{
	uint8_t rest[16];
	int len = 0;

	memcpy(a->expected, tag, sizeof(a->expected));
	if (EVP_DecryptInit_ex2(a->opener, NULL, NULL, iv, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_params(a->opener, a->set_expected) != 1)
		return SESS_ERR_CRYPTO;
	if (aad_len && EVP_DecryptUpdate(a->opener, NULL, &len, aad, (int)aad_len) != 1)
		return SESS_ERR_CRYPTO;
	if (n && EVP_DecryptUpdate(a->opener, out, &len, in, (int)n) != 1)
		return SESS_ERR_CRYPTO;
	if (EVP_DecryptFinal_ex(a->opener, rest, &len) != 1)
		return SESS_ERR_REJECTED;
	*ret_len = n;
	return 0;
}

int
aead_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    uint8_t *out, uint8_t *tag)
{
	/* OpenSSL counts in int. */
	if (!a->keyed || n > INT_MAX - 16 || aad_len > INT_MAX)
		return SESS_ERR_CRYPTO;
	int rc = a->kind == AEAD_A256GCM ? gcm_seal(a, iv, aad, aad_len, in, n, out, tag) :
					   aead_cbc_seal(a, iv, aad, aad_len, in, n, out, tag);
	if (rc == 0)
		return 0;
	secret_wipe(out, aead_sealed_len(a->kind, n));
	secret_wipe(tag, aead_tag_len(a->kind));
	return crypto_lib_failed();
}

int
aead_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    const uint8_t *tag, uint8_t *out, size_t *ret_len)
{
	if (!a->keyed || n > INT_MAX - 16 || aad_len > INT_MAX)
		return SESS_ERR_CRYPTO;
	int rc = a->kind == AEAD_A256GCM ? gcm_open(a, iv, aad, aad_len, in, n, tag, out, ret_len) :
					   aead_cbc_open(a, iv, aad, aad_len, in, n, tag, out, ret_len);
	if (rc == 0)
		return 0;
	secret_wipe(out, n);
	(void)crypto_lib_failed();
	return rc;
}
