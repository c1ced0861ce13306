/* SPDX-License-Identifier: MIT */
/*
 * Protection: what opens and seals a ring file at rest, a passphrase or a key-encryption key.
 *
 * A ring at rest may be plain text or a standard encrypted JWK Set (RFC 7517 §7): a compact JWE whose "alg" is
 * PBES2-HS512+A256KW (RFC 7518 §4.8; a passphrase) or A256KW (RFC 7518 §4.4; a key of 32 bytes). Put a protection into
 * sess_ring_access, and encrypted files load as plain ones do. doc/format.md, "The ring at rest", has the format.
 *
 * A passphrase is made slow to guess by p2c iterations of PBKDF2, which also makes the first load slow (210,000 take about
 * a tenth of a second). The protection keeps the keys that it has derived, so that loading the same file again, or another
 * version of it, costs nothing of this. Secrets are held in memory that is kept out of core dumps, and wiped when they go.
 */
#ifndef SESS_PROTECTION_H
#define SESS_PROTECTION_H

#include <sess/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque, immutable to its users; any number of threads may share one. */
typedef struct sess_protection sess_protection;

#define SESS_PASSPHRASE_MAX 1024 /* bytes */
#define SESS_P2C_DEFAULT 210000	 /* iterations of PBKDF2 */
#define SESS_P2C_MIN 1000	 /* fewer, in a file or asked for, are refused (RFC 7518 §4.8.1.2) */
#define SESS_P2C_MAX 1000000	 /* more are refused before any work: a file must not stop a server */

/*
 * From a passphrase of 1..SESS_PASSPHRASE_MAX bytes, taken as they are (a trailing newline is part of it); copied. p2c: the
 * iterations for rings that are encrypted anew, SESS_P2C_MIN..SESS_P2C_MAX, 0 for the default; a file that is opened says its own.
 * SESS_ERR_ARGUMENT names the member ("passphrase", "p2c"). SESS_ERR_MEMORY, SESS_ERR_CRYPTO. Free with sess_protection_free().
 */
SESS_API SESS_CHECKED int sess_protection_new_passphrase(const void *passphrase, size_t passphrase_len, int64_t p2c,
    sess_protection **ret_protection, sess_diag *diag);

/*
 * From a key-encryption key: 32 raw bytes, or the text of a JSON Web Key (RFC 7517) of kty "oct" whose k is 32 bytes; where
 * it has "alg" that must be A256KW, where it has "use" that must be "enc". Copied. SESS_ERR_ARGUMENT: neither of the two, or
 * 32 zero bytes. SESS_ERR_JWK names the member. SESS_ERR_MEMORY, SESS_ERR_CRYPTO. Free with sess_protection_free().
 */
SESS_API SESS_CHECKED int sess_protection_new_kek(const void *kek, size_t kek_len, sess_protection **ret_protection,
    sess_diag *diag);

/* Gives the caller's reference back; the secrets are wiped with the last one (a manager that was given the protection holds
 * its own). NULL is allowed. Thread-safe. */
SESS_API void sess_protection_free(sess_protection *protection);

#ifdef __cplusplus
}
#endif
#endif
