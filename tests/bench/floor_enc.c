/* SPDX-License-Identifier: MIT */
/* The floor's encryption: a cipher that is given a new IV alone, or, where a content key is wrapped, that key and an IV. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "floor.h"

#define POOL 768

struct enc {
	int wraps;
	EVP_CIPHER_CTX *open, *seal, *wrap, *unwrap;
	unsigned char pool[POOL];
	size_t left;
};

static void
key_wrap(struct enc *e, const unsigned char *key)
{
	EVP_CIPHER *wrap = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);

	e->wraps = 1;
	e->wrap = EVP_CIPHER_CTX_new();
	e->unwrap = EVP_CIPHER_CTX_new();
	EVP_CIPHER_CTX_set_flags(e->wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	EVP_CIPHER_CTX_set_flags(e->unwrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_EncryptInit_ex2(e->wrap, wrap, key, NULL, NULL) != 1 || EVP_DecryptInit_ex2(e->unwrap, wrap, key, NULL, NULL) != 1)
		bench_die("the floor's key wrap");
	EVP_CIPHER_free(wrap);
}

void *
floor_enc_new(const json_t *jwk)
{
	EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	struct enc *e = calloc(1, sizeof(*e));
	unsigned char key[32];

	if (e == NULL || strcmp(json_string_value(json_object_get(jwk, "enc")), "A256GCM") != 0) {
		EVP_CIPHER_free(gcm);
		free(e);
		return NULL;
	}
	bench_member(jwk, "k", key);
	e->open = EVP_CIPHER_CTX_new();
	e->seal = EVP_CIPHER_CTX_new();
	if (EVP_DecryptInit_ex2(e->open, gcm, key, NULL, NULL) != 1 || EVP_EncryptInit_ex2(e->seal, gcm, key, NULL, NULL) != 1)
		bench_die("the floor's GCM");
	if (strcmp(json_string_value(json_object_get(jwk, "alg")), "A256KW") == 0)
		key_wrap(e, key);
	EVP_CIPHER_free(gcm);
	return e;
}

int
floor_enc_wraps(const void *enc)
{
	return ((const struct enc *)enc)->wraps;
}

static const unsigned char *
draw(struct enc *e, size_t n)
{
	if (e->left < n) {
		if (RAND_bytes(e->pool, POOL) != 1)
			bench_die("randomness");
		e->left = POOL;
	}
	e->left -= n;
	return e->pool + e->left;
}

int
floor_enc_open(void *enc, const unsigned char *wrapped, const unsigned char *iv, const char *aad, size_t aad_len,
    const unsigned char *in, size_t n, const unsigned char *tag, unsigned char *out)
{
	unsigned char cek[40], given[16];
	struct enc *e = enc;
	int got = 0, last = 0;

	if (e->wraps && (EVP_DecryptInit_ex2(e->unwrap, NULL, NULL, NULL, NULL) != 1 ||
	    EVP_DecryptUpdate(e->unwrap, cek, &got, wrapped, 40) != 1))
		return -1;
	memcpy(given, tag, sizeof(given));
	return EVP_DecryptInit_ex2(e->open, NULL, e->wraps ? cek : NULL, iv, NULL) == 1 &&
	    EVP_DecryptUpdate(e->open, NULL, &got, (const unsigned char *)aad, (int)aad_len) == 1 &&
	    EVP_DecryptUpdate(e->open, out, &got, in, (int)n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(e->open, EVP_CTRL_AEAD_SET_TAG, 16, given) == 1 &&
	    EVP_DecryptFinal_ex(e->open, out + got, &last) == 1 ? 0 : -1;
}

int
floor_enc_seal(void *enc, unsigned char *wrapped, unsigned char *iv, const char *aad, size_t aad_len,
    const unsigned char *in, size_t n, unsigned char *out, unsigned char *tag)
{
	struct enc *e = enc;
	const unsigned char *cek = e->wraps ? draw(e, 32) : NULL;
	int got = 0, last = 0;

	if (e->wraps && (EVP_EncryptInit_ex2(e->wrap, NULL, NULL, NULL, NULL) != 1 ||
	    EVP_EncryptUpdate(e->wrap, wrapped, &got, cek, 32) != 1))
		return -1;
	if (e->wraps && EVP_EncryptInit_ex2(e->seal, NULL, cek, NULL, NULL) != 1)
		return -1;
	memcpy(iv, draw(e, 12), 12);
	return EVP_EncryptInit_ex2(e->seal, NULL, NULL, iv, NULL) == 1 &&
	    EVP_EncryptUpdate(e->seal, NULL, &got, (const unsigned char *)aad, (int)aad_len) == 1 &&
	    EVP_EncryptUpdate(e->seal, out, &got, in, (int)n) == 1 &&
	    EVP_EncryptFinal_ex(e->seal, out + got, &last) == 1 &&
	    EVP_CIPHER_CTX_ctrl(e->seal, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1 ? 0 : -1;
}
