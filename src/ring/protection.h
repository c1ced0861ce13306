/* SPDX-License-Identifier: MIT */
/*
 * L3: the secret that opens rings at rest, behind sess/protection.h, and the keys derived from it. Knows no JWE.
 */
#ifndef RING_PROTECTION_H
#define RING_PROTECTION_H

#include <sess/protection.h>

#include "base/secret.h"
#include "crypto/lib.h"

enum protection_kind { PROTECTION_PASSPHRASE, PROTECTION_KEK };

struct sess_protection *protection_ref(struct sess_protection *p); /* thread-safe count */

enum protection_kind protection_kind_of(const struct sess_protection *p);
/* The iterations for rings that are encrypted anew. */
int64_t protection_p2c(const struct sess_protection *p);
/* Borrowed. */
struct crypto_lib *protection_lib(const struct sess_protection *p);

/*
 * The key for A256KW, of 32 bytes. Of a passphrase: derived for this salt and count, or remembered (p2s_len and p2c are the
 * caller's to judge, see jose/pbes2.h). Of a key-encryption key: itself; the rest is ignored. SESS_ERR_ARGUMENT,
 * SESS_ERR_CRYPTO. Thread-safe.
 */
SESS_CHECKED int protection_key(struct sess_protection *p, const uint8_t *p2s, size_t p2s_len, int64_t p2c,
    struct secret *ret_key);

/* How often a key was derived rather than remembered. */
size_t protection_derivations(const struct sess_protection *p);

#endif
