/* SPDX-License-Identifier: MIT */
/*
 * L3: what rotation, revocation, pruning and export have in common: a copy of a ring that may still be changed, fresh keys,
 * and the moments that follow from the lifetimes. The copy is a ring only after ring_change_finish().
 */
#ifndef RING_CHANGE_H
#define RING_CHANGE_H

#include "crypto/rng.h"
#include "ring/ring.h"

/* NIST SP 800-38D §8.3 allows 2^32 invocations of a GCM key with random nonces; a factor of two is kept for rates that were
 * guessed too low. */
#define RING_GCM_MINTS_MAX 2147483648.0

#define ROTATION_AHEAD_MAX_S 2592000 /* 30 days: how far ahead the turn of a new key may lie */

/* A copy with room for `room` more keys, next generation, one reference; its keys are not checked yet. SESS_ERR_MEMORY,
 * and SESS_ERR_RING_STATE where more than SESS_RING_KEYS_MAX keys would stand in it. */
SESS_CHECKED int ring_change_begin(const struct sess_ring *ring, size_t room, struct sess_ring **ret, sess_diag *diag);
/* Checks it as a loaded ring is and gives it to the caller; frees it where it is not valid. Takes it in either case. */
SESS_CHECKED int ring_change_finish(struct sess_ring *copy, struct sess_ring **ret, sess_diag *diag);
void ring_change_cleanup(struct sess_ring **copy);
#define RING_CHANGE_CLEANUP __attribute__((cleanup(ring_change_cleanup)))

/* Appends a fresh key that ring_change_begin() left room for; nbf moves on by seconds while another key of its use has
 * the same. The key stays the copy's. SESS_ERR_RANDOM, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int ring_change_append(struct sess_ring *copy, const struct jose_alg *alg, const struct jose_enc *enc,
    int64_t now, int64_t nbf, struct ring_key **ret, sess_diag *diag);
/* Whatever minted before the fresh key, or could have, verifies as long as its last token lives and no longer; the fresh key
 * likewise, where the turn of another comes after it. */
void ring_change_set_ends(struct sess_ring *copy, struct ring_key *fresh);
/* Fills a key with fresh secret, kid and times; revoked and exp absent. */
SESS_CHECKED int ring_key_generate(struct crypto_lib *lib, struct rng *rng, const struct jose_alg *alg,
    const struct jose_enc *enc, int64_t iat, int64_t nbf, struct ring_key *key);

struct ring_key *ring_key_find(const struct sess_ring *ring, const char *kid); /* NULL: none */
int ring_nbf_is_taken(const struct sess_ring *ring, enum jose_use use, int64_t nbf);
/* The earliest key of a use whose nbf lies ahead and which has not been revoked, or NULL. */
const struct ring_key *ring_key_pending(const struct sess_ring *ring, enum jose_use use, int64_t now);
/* Whether some private part is missing: the ring was made for verifying alone. */
int ring_is_verify_only(const struct sess_ring *ring);
/* Until when a key must verify whose last token is minted just before `until`. */
int64_t ring_verifies_until(const struct sess_ring *ring, int64_t until);
/* From when no valid token needs the key, or TIME_NONE. */
int64_t ring_key_prune_at(const struct sess_ring *ring, const struct ring_key *key, int64_t now);
/* Whether a dir key with A256GCM comes near its bound at this rate within this life. */
int ring_gcm_is_over(const struct jose_alg *alg, const struct jose_enc *enc, double rate_per_s, int64_t life_s);

#endif
