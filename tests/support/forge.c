/* SPDX-License-Identifier: MIT */
/*
 * Makes JWS and JWE by hand from a JSON Web Key (RFC 7515, 7516, 7518, 8037). Test support; trusts its callers
 * and aborts when OpenSSL fails.
 */
#include "support/forge.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
need(int ok)
{
	if (!ok)
		abort();
}

static void *
bytes_new(size_t len)
{
	void *bytes = calloc(1, len + 1);

	need(bytes != NULL);
	return bytes;
}

char *
forge_text(const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	need(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	return text;
}

char *
forge_b64(const void *bytes, size_t len)
{
	unsigned char *text = bytes_new((len + 2) / 3 * 4);

	EVP_EncodeBlock(text, bytes, (int)len);
	for (unsigned char *c = text; *c != '\0'; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	}
	return (char *)text;
}

unsigned char *
forge_unb64(const char *text, size_t len, size_t *ret_len)
{
	size_t padded = (len + 3) / 4 * 4, i;
	unsigned char *spelled = bytes_new(padded), *bytes = bytes_new(padded);

	for (i = 0; i < padded; i++) {
		char c = i < len ? text[i] : '=';

		spelled[i] = (unsigned char)(c == '-' ? '+' : c == '_' ? '/' : c);
	}
	need(EVP_DecodeBlock(bytes, spelled, (int)padded) >= 0);
	free(spelled);
	*ret_len = len * 3 / 4;
	return bytes;
}

json_t *
forge_ring(const char *ring_json, size_t len)
{
	json_t *ring = json_loadb(ring_json, len, JSON_REJECT_DUPLICATES, NULL);

	need(ring != NULL);
	return ring;
}

static const char *
member(const json_t *key, const char *name)
{
	const char *text = json_string_value(json_object_get(key, name));

	need(text != NULL);
	return text;
}

static int
is_member(const json_t *key, const char *name, const char *text)
{
	return strcmp(member(key, name), text) == 0;
}

json_t *
forge_key(const json_t *ring, const char *use)
{
	json_t *key;
	size_t i;

	json_array_foreach(json_object_get(ring, "keys"), i, key)
		if (is_member(key, "use", use))
			return key;
	return NULL;
}

static unsigned char *
key_bytes(const json_t *key, const char *name, size_t *ret_len)
{
	const char *text = member(key, name);

	return forge_unb64(text, strlen(text), ret_len);
}

/* An EC key as the ECPrivateKey of RFC 5915, or an Ed25519 one. */
static EVP_PKEY *
private_key(const json_t *key)
{
	static const unsigned char middle[] = { 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1,
		0x44, 0x03, 0x42, 0x00, 0x04 };
	unsigned char der[121] = { 0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20 };
	const unsigned char *at = der;
	unsigned char *d, *x, *y;
	size_t len;
	EVP_PKEY *pkey;

	d = key_bytes(key, "d", &len);
	if (is_member(key, "alg", "EdDSA")) {
		pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d, len);
	} else {
		x = key_bytes(key, "x", &len);
		y = key_bytes(key, "y", &len);
		memcpy(der + 7, d, 32);
		memcpy(der + 39, middle, sizeof(middle));
		memcpy(der + 57, x, 32);
		memcpy(der + 89, y, 32);
		free(x);
		free(y);
		pkey = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)sizeof(der));
	}
	free(d);
	need(pkey != NULL);
	return pkey;
}

static void
sign_asymmetric(const json_t *key, const char *input, unsigned char *signature)
{
	const EVP_MD *md = is_member(key, "alg", "ES256") ? EVP_sha256() : NULL;
	EVP_PKEY *pkey = private_key(key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char made[128];
	const unsigned char *at = made;
	size_t len = sizeof(made);
	ECDSA_SIG *rs;

	need(EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1);
	need(EVP_DigestSign(ctx, made, &len, (const unsigned char *)input, strlen(input)) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	if (md == NULL) {
		memcpy(signature, made, 64);
		return;
	}
	rs = d2i_ECDSA_SIG(NULL, &at, (long)len);
	need(rs != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(rs), signature, 32) == 32);
	need(BN_bn2binpad(ECDSA_SIG_get0_s(rs), signature + 32, 32) == 32);
	ECDSA_SIG_free(rs);
}

char *
forge_jws(const json_t *key, const void *header, size_t header_len, const void *payload, size_t payload_len)
{
	char *first = forge_b64(header, header_len), *second = forge_b64(payload, payload_len), *third, *token;
	char *input = forge_text("%s.%s", first, second);
	unsigned char signature[64], *k;
	size_t len = 64;

	if (is_member(key, "alg", "HS256")) {
		k = key_bytes(key, "k", &len);
		need(HMAC(EVP_sha256(), k, (int)len, (unsigned char *)input, strlen(input), signature, NULL) != NULL);
		free(k);
		len = 32;
	} else {
		sign_asymmetric(key, input, signature);
	}
	third = forge_b64(signature, len);
	token = forge_text("%s.%s", input, third);
	free(first);
	free(second);
	free(input);
	free(third);
	return token;
}

static int
is_gcm(const json_t *key)
{
	return is_member(key, "enc", "A256GCM");
}

/* RFC 7518 §4.4: the content key wrapped under the ring's key; empty for dir (§4.5), where it is the ring's key. */
static char *
wrap_cek(const json_t *key, const struct forge_given *given, unsigned char cek[64])
{
	size_t cek_len = is_gcm(key) ? 32 : 64, k_len;
	unsigned char *k = key_bytes(key, "k", &k_len), wrapped[80];
	EVP_CIPHER_CTX *ctx;
	int n = 0;

	if (is_member(key, "alg", "dir")) {
		memcpy(cek, k, cek_len);
		free(k);
		return forge_b64("", 0);
	}
	need(RAND_bytes(cek, (int)cek_len) == 1);
	if (given != NULL && given->cek != NULL)
		memcpy(cek, given->cek, cek_len);
	ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	need(EVP_EncryptInit_ex(ctx, EVP_aes_256_wrap(), NULL, k, NULL) == 1);
	need(EVP_EncryptUpdate(ctx, wrapped, &n, cek, (int)cek_len) == 1);
	EVP_CIPHER_CTX_free(ctx);
	free(k);
	return forge_b64(wrapped, (size_t)n);
}

/* One content encryption; returns the length of the ciphertext. */
static size_t
encrypt(const json_t *key, const unsigned char *cek, const unsigned char *iv, const char *aad, const void *plain,
    size_t plain_len, unsigned char *ciphertext, unsigned char *tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t aad_len = strlen(aad), len, total;
	unsigned char *input, mac[64];
	int n = 0, last = 0;

	need(EVP_EncryptInit_ex(ctx, is_gcm(key) ? EVP_aes_256_gcm() : EVP_aes_256_cbc(), NULL,
		 is_gcm(key) ? cek : cek + 32, iv) == 1);
	if (is_gcm(key))
		need(EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)aad, (int)aad_len) == 1);
	need(EVP_EncryptUpdate(ctx, ciphertext, &n, plain, (int)plain_len) == 1);
	need(EVP_EncryptFinal_ex(ctx, ciphertext + n, &last) == 1);
	if (is_gcm(key))
		need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1);
	EVP_CIPHER_CTX_free(ctx);
	len = (size_t)n + (size_t)last;
	if (is_gcm(key))
		return len;
	/* RFC 7518 §5.2.2.1: MAC over AAD, IV, ciphertext and the 64-bit length of the AAD in bits. */
	total = aad_len + 16 + len + 8;
	input = bytes_new(total);
	memcpy(input, aad, aad_len);
	memcpy(input + aad_len, iv, 16);
	memcpy(input + aad_len + 16, ciphertext, len);
	for (size_t i = 0; i < 8; i++)
		input[total - 1 - i] = (unsigned char)((uint64_t)aad_len * 8 >> 8 * i & 0xff);
	need(HMAC(EVP_sha512(), cek, 32, input, total, mac, NULL) != NULL);
	free(input);
	memcpy(tag, mac, 32);
	return len;
}

char *
forge_jwe(const json_t *key, const void *header, size_t header_len, const void *plain, size_t plain_len,
    const struct forge_given *given)
{
	size_t iv_len = is_gcm(key) ? 12 : 16, tag_len = is_gcm(key) ? 16 : 32, len;
	unsigned char cek[64] = { 0 }, iv[16] = { 0 }, tag[32] = { 0 };
	unsigned char *ciphertext = bytes_new(plain_len + 32);
	char *aad = forge_b64(header, header_len), *wrapped = wrap_cek(key, given, cek);
	char *iv_text, *body, *tag_text, *token;

	need(RAND_bytes(iv, (int)iv_len) == 1);
	if (given != NULL && given->iv != NULL)
		memcpy(iv, given->iv, iv_len);
	len = encrypt(key, cek, iv, aad, plain, plain_len, ciphertext, tag);
	iv_text = forge_b64(iv, iv_len);
	body = forge_b64(ciphertext, len);
	tag_text = forge_b64(tag, tag_len);
	token = forge_text("%s.%s.%s.%s.%s", aad, wrapped, iv_text, body, tag_text);
	free(ciphertext);
	free(aad);
	free(wrapped);
	free(iv_text);
	free(body);
	free(tag_text);
	return token;
}

char *
forge_replace(const char *token, size_t index, const void *bytes, size_t len)
{
	const char *start = token, *end;
	char *segment = forge_b64(bytes, len), *made;

	for (; index > 0; index--) {
		start = strchr(start, '.');
		need(start != NULL);
		start++;
	}
	end = strchrnul(start, '.');
	made = forge_text("%.*s%s%s", (int)(start - token), token, segment, end);
	free(segment);
	return made;
}
