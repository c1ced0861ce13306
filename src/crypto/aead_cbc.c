/* SPDX-License-Identifier: MIT */
/*
 * L1: AES_256_CBC_HMAC_SHA_512 (RFC 7518 §5.2): encrypt, then MAC; and the MAC is checked before a byte is decrypted,
 * so that padding says nothing to whoever lacks the key. Knows nothing of tokens.
 */
#include "crypto/aead_internal.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/secret.h"

#define MAC_LEN 64 /* of HMAC-SHA512; the tag is its first half */

/* RFC 7518 §5.2.2.1 steps 4 to 6: M = HMAC(AAD || IV || E || AL), T = its first 32 bytes. */
static int
compute_mac(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *sealed, size_t n,
    uint8_t mac[MAC_LEN])
{
	uint64_t bits = (uint64_t)aad_len * 8;
	uint8_t al[8];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(al); i++)
		al[i] = (uint8_t)(bits >> (56 - 8 * i));
	if (EVP_MAC_init(a->mac, NULL, 0, NULL) != 1 || EVP_MAC_update(a->mac, crypto_lib_bytes(aad), aad_len) != 1 ||
	    EVP_MAC_update(a->mac, iv, 16) != 1 || EVP_MAC_update(a->mac, sealed, n) != 1 ||
	    EVP_MAC_update(a->mac, al, sizeof(al)) != 1 || EVP_MAC_final(a->mac, mac, &len, MAC_LEN) != 1 ||
	    len != MAC_LEN)
		return SESS_ERR_CRYPTO;
	return 0;
}

int
aead_cbc_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    uint8_t *out, uint8_t *tag)
{
	uint8_t mac[MAC_LEN];
	int len = 0, last = 0;

	if (EVP_EncryptInit_ex2(a->sealer, NULL, NULL, iv, NULL) != 1)
		return SESS_ERR_CRYPTO;
	if (n && EVP_EncryptUpdate(a->sealer, out, &len, in, (int)n) != 1)
		return SESS_ERR_CRYPTO;
	if (EVP_EncryptFinal_ex(a->sealer, out + len, &last) != 1)
		return SESS_ERR_CRYPTO;
	int rc = compute_mac(a, iv, aad, aad_len, out, (size_t)len + (size_t)last, mac);
	if (rc == 0)
		memcpy(tag, mac, 32);
	secret_wipe(mac, sizeof(mac));
	return rc;
}

int
aead_cbc_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    const uint8_t *tag, uint8_t *out, size_t *ret_len)
{
	uint8_t mac[MAC_LEN];
	int len = 0, last = 0;

	if (n == 0 || n % 16 != 0)
		return SESS_ERR_REJECTED;
	int rc = compute_mac(a, iv, aad, aad_len, in, n, mac);
	/* RFC 7518 §5.2.2.2 step 2: before any decryption. */
	if (rc == 0 && CRYPTO_memcmp(mac, tag, 32) != 0)
		rc = SESS_ERR_REJECTED;
	secret_wipe(mac, sizeof(mac));
	if (rc != 0)
		return rc;
	if (EVP_DecryptInit_ex2(a->opener, NULL, NULL, iv, NULL) != 1 ||
	    EVP_DecryptUpdate(a->opener, out, &len, in, (int)n) != 1)
		return SESS_ERR_CRYPTO;
	/* Padding that is wrong under a good tag was made so by a holder of the key. */
	if (EVP_DecryptFinal_ex(a->opener, out + len, &last) != 1)
		return SESS_ERR_REJECTED;
	*ret_len = (size_t)len + (size_t)last;
	return 0;
}
