/* SPDX-License-Identifier: MIT */
/*
 * L3: the text of a ring to and from an encrypted JWK Set (RFC 7517 §7): a compact JWE under a protection. Knows nothing of
 * what the text says, and touches no file.
 */
#ifndef RING_CIPHER_H
#define RING_CIPHER_H

#include "base/buf.h"
#include "ring/ring_seal.h"

/* Whether the text is meant to be a compact JWE rather than JSON. White space around it is fine. */
int ring_cipher_is_sealed(const char *text, size_t n);

/*
 * The text within, which replaces what ret_text held, and how it was sealed. p may be NULL. SESS_ERR_RING_FORMAT: no such
 * JWE, naming the member where it is the header's. SESS_ERR_RING_ENCRYPTED: no protection, one of the other kind, or it
 * does not open. SESS_ERR_CRYPTO, SESS_ERR_MEMORY.
 */
SESS_CHECKED int ring_cipher_open(const char *text, size_t n, struct sess_protection *p, struct ring_seal *ret_seal,
    struct buf *ret_text, sess_diag *diag);

/*
 * A JWE with one newline behind it, NUL-terminated, for sess_ring_text_free(). The header is the seal's, so a ring that is
 * written again keeps alg, enc, p2s, p2c and whatever kid it had; content key and IV are fresh each time. p NULL or of the
 * other kind: SESS_ERR_RING_ENCRYPTED. Larger than a ring file may be: SESS_ERR_RING_FORMAT. SESS_ERR_RANDOM,
 * SESS_ERR_CRYPTO, SESS_ERR_MEMORY.
 */
SESS_CHECKED int ring_cipher_seal(const struct ring_seal *seal, struct sess_protection *p, const char *text, size_t n,
    char **ret_jwe, size_t *ret_jwe_len, sess_diag *diag);

#endif
