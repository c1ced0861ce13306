/* SPDX-License-Identifier: MIT */
/*
 * L1: AES-256 key wrap (RFC 3394) with the default initial value. Keeps one keyed context a direction, since the two
 * key schedules differ. Knows nothing of what is wrapped.
 */
#include "crypto/keywrap.h"

#include <limits.h>
#include <stdlib.h>

#include "base/secret.h"
#include "crypto/lib_internal.h"

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
	if (!kw->wrapper || !kw->unwrapper) {
		keywrap_free(kw);
		return crypto_lib_failed();
	}
	EVP_CIPHER_CTX_set_flags(kw->wrapper, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	EVP_CIPHER_CTX_set_flags(kw->unwrapper, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_EncryptInit_ex2(kw->wrapper, lib->wrap, key, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(kw->unwrapper, lib->wrap, key, NULL, NULL) != 1) {
		keywrap_free(kw);
		return crypto_lib_failed();
	}
	*ret_kw = kw;
	return 0;
}

int
keywrap_wrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out)
{
	int len = 0;

	if (n < 16 || n % 8 != 0 || n > INT_MAX - KEYWRAP_OVERHEAD)
		return SESS_ERR_ARGUMENT;
	if (EVP_EncryptInit_ex2(kw->wrapper, NULL, NULL, NULL, NULL) == 1 &&
	    EVP_EncryptUpdate(kw->wrapper, out, &len, in, (int)n) == 1 && (size_t)len == n + KEYWRAP_OVERHEAD)
		return 0;
	secret_wipe(out, n + KEYWRAP_OVERHEAD);
	return crypto_lib_failed();
}

int
keywrap_unwrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out)
{
	int len = 0;

	if (n < 24 || n % 8 != 0 || n > INT_MAX)
		return SESS_ERR_REJECTED;
	if (EVP_DecryptInit_ex2(kw->unwrapper, NULL, NULL, NULL, NULL) != 1) {
		secret_wipe(out, n - KEYWRAP_OVERHEAD);
		return crypto_lib_failed();
	}
	if (EVP_DecryptUpdate(kw->unwrapper, out, &len, in, (int)n) == 1 && (size_t)len == n - KEYWRAP_OVERHEAD)
		return 0;
	/* RFC 3394 §2.2.3: nothing of a key that fails its check may be used. */
	secret_wipe(out, n - KEYWRAP_OVERHEAD);
	return crypto_lib_refused(SESS_ERR_REJECTED);
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
