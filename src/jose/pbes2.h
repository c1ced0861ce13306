/* SPDX-License-Identifier: MIT */
/*
 * L2: the key of PBES2-HS512+A256KW (RFC 7518 §4.8): from a passphrase, a salt and a count of iterations to the key that
 * A256KW wraps with. Knows no header: p2s and p2c come decoded and judged.
 */
#ifndef JOSE_PBES2_H
#define JOSE_PBES2_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "crypto/lib.h"

#define PBES2_ALG "PBES2-HS512+A256KW"
#define PBES2_SALT_MIN 8  /* bytes of p2s; RFC 7518 §4.8.1.1 */
#define PBES2_SALT_MAX 64 /* more adds nothing to a hash of 64 bytes */

/* ret_key becomes 32 bytes. SESS_ERR_ARGUMENT: an empty passphrase, p2s_len outside the bounds above, or p2c below 1.
 * SESS_ERR_CRYPTO. */
SESS_CHECKED int pbes2_derive(struct crypto_lib *lib, const uint8_t *passphrase, size_t passphrase_len, const uint8_t *p2s,
    size_t p2s_len, int64_t p2c, struct secret *ret_key);

#endif
