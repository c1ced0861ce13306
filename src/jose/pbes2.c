/* SPDX-License-Identifier: MIT */
/* L2: RFC 7518 §4.8.1: what PBKDF2 is given. Remembers nothing. */
#include "jose/pbes2.h"

#include <string.h>

#include "crypto/kdf.h"
#include "crypto/keywrap.h"

int
pbes2_derive(struct crypto_lib *lib, const uint8_t *passphrase, size_t passphrase_len, const uint8_t *p2s, size_t p2s_len,
    int64_t p2c, struct secret *ret_key)
{
	SECRET_CLEANUP struct secret key = { { 0 }, KEYWRAP_KEY_LEN };
	/* RFC 7518 §4.8.1.1: UTF8(alg) || 0x00 || salt input; the NUL of the literal is that zero. */
	uint8_t salt[sizeof(PBES2_ALG) + PBES2_SALT_MAX] = PBES2_ALG;
	int rc;

	if (p2s_len < PBES2_SALT_MIN || p2s_len > PBES2_SALT_MAX || p2c < 1)
		return SESS_ERR_ARGUMENT;
	memcpy(salt + sizeof(PBES2_ALG), p2s, p2s_len);
	if ((rc = kdf_pbkdf2_sha512(lib, passphrase, passphrase_len, salt, sizeof(PBES2_ALG) + p2s_len, (uint64_t)p2c,
		 key.bytes, key.len)) != 0)
		return rc;
	*ret_key = key;
	return 0;
}
