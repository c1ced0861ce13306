/* SPDX-License-Identifier: MIT */
/*
 * L1: AES-256 key wrap (RFC 3394) with the default initial value, block by block over AES-256-ECB. OpenSSL's own AES-256-WRAP does not
 * use the processor's AES: it costs five times as much, and looks the key up in tables. Keeps one keyed context a direction, since the
 * two key schedules differ. Knows nothing of what is wrapped.
 */
#include "crypto/keywrap.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/lib_internal.h"

#define HALF 8	 /* a block is two: A, and one of R[1..n] */
#define STEPS 6	 /* over all of R */
#define INITIAL 0xa6

struct keywrap {
	struct crypto_lib *lib;
	EVP_CIPHER_CTX *wrapper;
	EVP_CIPHER_CTX *unwrapper;
};

int
keywrap_new(struct crypto_lib *lib, const uint8_t key[KEYWRAP_KEY_LEN], struct keywrap **ret_kw)
{
	struct keywrap *kw = calloc(1, sizeof(*kw));

	if (!kw)
		return SESS_ERR_MEMORY;
	kw->lib = crypto_lib_ref(lib);
	kw->wrapper = EVP_CIPHER_CTX_new();
	kw->unwrapper = EVP_CIPHER_CTX_new();
	if (!kw->wrapper || !kw->unwrapper || EVP_EncryptInit_ex2(kw->wrapper, lib->ecb, key, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(kw->unwrapper, lib->ecb, key, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(kw->wrapper, 0) != 1 || EVP_CIPHER_CTX_set_padding(kw->unwrapper, 0) != 1) {
		keywrap_free(kw);
		return crypto_lib_failed();
	}
	*ret_kw = kw;
	return 0;
}

/* A with t, which is below 2^32, added to its end. */
static void
count(uint8_t a[HALF], size_t t)
{
	for (size_t i = 0; i < 4; i++)
		a[HALF - 1 - i] ^= (uint8_t)(t >> 8 * i);
}

/* RFC 3394 §2.2.1, of out, which holds R behind room for A. */
static int
wrap(EVP_CIPHER_CTX *aes, uint8_t *out, size_t halves)
{
	uint8_t block[2 * HALF];
	size_t t = 0;
	int len = 0, done = 1;

	memset(block, INITIAL, HALF);
	for (size_t j = 0; j < STEPS && done; j++) {
		for (size_t i = 1; i <= halves && done; i++) {
			memcpy(block + HALF, out + i * HALF, HALF);
			done = EVP_EncryptUpdate(aes, block, &len, block, sizeof(block)) == 1 && len == sizeof(block);
			memcpy(out + i * HALF, block + HALF, HALF);
			count(block, ++t);
		}
	}
	memcpy(out, block, HALF);
	secret_wipe(block, sizeof(block));
	return done ? 0 : SESS_ERR_CRYPTO;
}

int
keywrap_wrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out)
{
	if (n < 2 * HALF || n % HALF != 0 || n > KEYWRAP_MAX)
		return SESS_ERR_ARGUMENT;
	memmove(out + HALF, in, n);
	if (wrap(kw->wrapper, out, n / HALF) == 0)
		return 0;
	secret_wipe(out, n + KEYWRAP_OVERHEAD);
	return crypto_lib_failed();
}

/* §2.2.2, of out, which holds R, and A. A is the initial value when the wrapping was whole. */
static int
unwrap(EVP_CIPHER_CTX *aes, const uint8_t a[HALF], uint8_t *out, size_t halves)
{
	uint8_t block[2 * HALF], initial[HALF];
	size_t t = STEPS * halves;
	int len = 0, done = 1, whole;

	memcpy(block, a, HALF);
	for (; t > 0 && done; t--) {
		uint8_t *r = out + (t - 1) % halves * HALF;

		count(block, t);
		memcpy(block + HALF, r, HALF);
		done = EVP_DecryptUpdate(aes, block, &len, block, sizeof(block)) == 1 && len == sizeof(block);
		memcpy(r, block + HALF, HALF);
	}
	memset(initial, INITIAL, HALF);
	whole = secret_equals(block, initial, HALF);
	secret_wipe(block, sizeof(block));
	return !done ? SESS_ERR_CRYPTO : whole ? 0 : SESS_ERR_REJECTED;
}

int
keywrap_unwrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out)
{
	if (n < 3 * HALF || n % HALF != 0 || n - KEYWRAP_OVERHEAD > KEYWRAP_MAX)
		return SESS_ERR_REJECTED;
	uint8_t a[HALF];
	memcpy(a, in, HALF);
	memmove(out, in + HALF, n - KEYWRAP_OVERHEAD);
	int rc = unwrap(kw->unwrapper, a, out, n / HALF - 1);
	if (rc == 0)
		return 0;
	/* RFC 3394 §2.2.3: nothing of a key that fails its check may be used. */
	secret_wipe(out, n - KEYWRAP_OVERHEAD);
	return rc == SESS_ERR_REJECTED ? rc : crypto_lib_failed();
}

void
keywrap_free(struct keywrap *kw)
{
	if (!kw)
		return;
	EVP_CIPHER_CTX_free(kw->wrapper);
	EVP_CIPHER_CTX_free(kw->unwrapper);
	crypto_lib_free(kw->lib);
	free(kw);
}
