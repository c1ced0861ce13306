/* SPDX-License-Identifier: MIT */
/*
 * Signatures and decryption for the reference verifier, straight from RFC 7515, 7516 and 7518 with OpenSSL.
 * Every key is decoded for every token. Knows nothing of rings, policies or time.
 */
#include "reference/ref_crypto.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static const char *
member(const json_t *key, const char *name)
{
	const char *text = json_string_value(json_object_get(key, name));

	return text == NULL ? "" : text;
}

static int
is_alg(const json_t *key, const char *alg)
{
	return strcmp(member(key, "alg"), alg) == 0;
}

static int
is_gcm(const json_t *key)
{
	return strcmp(member(key, "enc"), "A256GCM") == 0;
}

static struct ref_bytes
key_bytes(const json_t *key, const char *name)
{
	const char *text = member(key, name);
	struct ref_bytes bytes = { NULL, 0 };

	if (ref_text_decode(text, strlen(text), &bytes) != 0)
		abort();
	return bytes;
}

int
ref_crypto_has_lengths(const json_t *key, const struct ref_split *split)
{
	const struct ref_segment *segment = split->segment;
	size_t ciphertext = segment[3].bytes.len;

	if (split->count == 3)
		return segment[2].bytes.len == (is_alg(key, "HS256") ? 32u : 64u);
	if (is_alg(key, "dir") && segment[1].bytes.len != 0)
		return 0;
	if (is_alg(key, "A256KW") && segment[1].bytes.len != (is_gcm(key) ? 40u : 72u))
		return 0;
	if (is_gcm(key))
		return segment[2].bytes.len == 12 && segment[4].bytes.len == 16;
	return segment[2].bytes.len == 16 && segment[4].bytes.len == 32 && ciphertext > 0 && ciphertext % 16 == 0;
}

static int
is_hs256(const json_t *key, const char *input, size_t len, const struct ref_bytes *signature)
{
	struct ref_bytes k = key_bytes(key, "k");
	unsigned char mac[32];
	unsigned mac_len = 0;

	if (HMAC(EVP_sha256(), k.data, (int)k.len, (const unsigned char *)input, len, mac, &mac_len) == NULL)
		abort();
	free(k.data);
	return mac_len == 32 && CRYPTO_memcmp(mac, signature->data, 32) == 0;
}

static int
is_digest_signed(EVP_PKEY *pkey, const EVP_MD *md, const char *input, size_t len, const unsigned char *der, size_t der_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, der, der_len, (const unsigned char *)input, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static int
is_es256(const json_t *key, const char *input, size_t len, const struct ref_bytes *signature)
{
	/* A SubjectPublicKeyInfo of a P-256 point (RFC 5480 §2), up to and with the 04 of "uncompressed". */
	unsigned char spki[27 + 64] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
		0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
	struct ref_bytes x = key_bytes(key, "x"), y = key_bytes(key, "y");
	const unsigned char *at = spki;
	ECDSA_SIG *rs = ECDSA_SIG_new();
	unsigned char *der = NULL;
	EVP_PKEY *pkey;
	int der_len, ok;

	memcpy(spki + 27, x.data, 32);
	memcpy(spki + 59, y.data, 32);
	free(x.data);
	free(y.data);
	pkey = d2i_PUBKEY(NULL, &at, (long)sizeof(spki));
	/* RFC 7518 §3.4: R and S, 32 bytes each; OpenSSL wants them as DER. */
	ECDSA_SIG_set0(rs, BN_bin2bn(signature->data, 32, NULL), BN_bin2bn(signature->data + 32, 32, NULL));
	der_len = i2d_ECDSA_SIG(rs, &der);
	if (pkey == NULL || der_len <= 0)
		abort();
	ok = is_digest_signed(pkey, EVP_sha256(), input, len, der, (size_t)der_len);
	OPENSSL_free(der);
	ECDSA_SIG_free(rs);
	EVP_PKEY_free(pkey);
	return ok;
}

static int
is_eddsa(const json_t *key, const char *input, size_t len, const struct ref_bytes *signature)
{
	struct ref_bytes x = key_bytes(key, "x");
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.data, x.len);
	int ok = is_digest_signed(pkey, NULL, input, len, signature->data, signature->len);

	EVP_PKEY_free(pkey);
	free(x.data);
	return ok;
}

int
ref_crypto_is_signed(const json_t *key, const struct ref_split *jws)
{
	const char *input = jws->segment[0].text;
	size_t len = jws->segment[0].text_len + 1 + jws->segment[1].text_len;

	if (is_alg(key, "HS256"))
		return is_hs256(key, input, len, &jws->segment[2].bytes);
	if (is_alg(key, "ES256"))
		return is_es256(key, input, len, &jws->segment[2].bytes);
	return is_eddsa(key, input, len, &jws->segment[2].bytes);
}

/* RFC 3394; 0 or -1. */
static int
unwrap(const struct ref_bytes *kek, const struct ref_bytes *wrapped, struct ref_bytes *ret_cek)
{
	unsigned char out[80];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int out_len = 0, ok;

	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_wrap(), NULL, kek->data, NULL) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &out_len, wrapped->data, (int)wrapped->len) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok || (size_t)out_len + 8 != wrapped->len)
		return -1;
	ret_cek->len = (size_t)out_len;
	ret_cek->data = malloc(ret_cek->len);
	memcpy(ret_cek->data, out, ret_cek->len);
	return 0;
}

int
ref_crypto_content_key(const json_t *key, const struct ref_split *jwe, struct ref_bytes *ret_key)
{
	struct ref_bytes k = key_bytes(key, "k");
	int rc = unwrap(&k, &jwe->segment[1].bytes, ret_key);

	free(k.data);
	return rc;
}

static int
open_gcm(const unsigned char *cek, const struct ref_split *jwe, struct ref_bytes *plain)
{
	const struct ref_segment *s = jwe->segment;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	int ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, cek, s[2].bytes.data) == 1 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)s[0].text, (int)s[0].text_len) == 1 &&
	    EVP_DecryptUpdate(ctx, plain->data, &n, s[3].bytes.data, (int)s[3].bytes.len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, s[4].bytes.data) == 1 &&
	    EVP_DecryptFinal_ex(ctx, plain->data + n, &last) == 1;

	EVP_CIPHER_CTX_free(ctx);
	plain->len = (size_t)n + (size_t)last;
	return ok ? 0 : -1;
}

/* RFC 7518 §5.2.2.2: the first half of the key authenticates, the second decrypts. */
static int
open_cbc(const unsigned char *cek, const struct ref_split *jwe, struct ref_bytes *plain)
{
	const struct ref_segment *s = jwe->segment;
	size_t aad = s[0].text_len, total = aad + 16 + s[3].bytes.len + 8;
	unsigned char *input = calloc(1, total), mac[64];
	EVP_CIPHER_CTX *ctx;
	int n = 0, last = 0, ok;

	memcpy(input, s[0].text, aad);
	memcpy(input + aad, s[2].bytes.data, 16);
	memcpy(input + aad + 16, s[3].bytes.data, s[3].bytes.len);
	for (size_t i = 0; i < 8; i++)
		input[total - 1 - i] = (unsigned char)((uint64_t)aad * 8 >> (8 * i) & 0xff);
	HMAC(EVP_sha512(), cek, 32, input, total, mac, NULL);
	free(input);
	if (CRYPTO_memcmp(mac, s[4].bytes.data, 32) != 0)
		return -1;
	ctx = EVP_CIPHER_CTX_new();
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, cek + 32, s[2].bytes.data) == 1 &&
	    EVP_DecryptUpdate(ctx, plain->data, &n, s[3].bytes.data, (int)s[3].bytes.len) == 1 &&
	    EVP_DecryptFinal_ex(ctx, plain->data + n, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	plain->len = (size_t)n + (size_t)last;
	return ok ? 0 : -1;
}

int
ref_crypto_open(const json_t *key, const struct ref_split *jwe, struct ref_bytes *ret_plain)
{
	struct ref_bytes k = key_bytes(key, "k"), cek = { NULL, 0 }, plain = { NULL, 0 };
	int failed;

	if (is_alg(key, "A256KW")) {
		failed = unwrap(&k, &jwe->segment[1].bytes, &cek);
		free(k.data);
		if (failed)
			return -1;
	} else {
		cek = k;
	}
	plain.data = calloc(1, jwe->segment[3].bytes.len + 33);
	failed = is_gcm(key) ? open_gcm(cek.data, jwe, &plain) : open_cbc(cek.data, jwe, &plain);
	free(cek.data);
	if (failed) {
		free(plain.data);
		return -1;
	}
	*ret_plain = plain;
	return 0;
}
