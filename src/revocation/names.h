/* SPDX-License-Identifier: MIT */
/*
 * L5: the keys under the ring's tag that revocations need: those that hash names, one for each kind and issuer, and what
 * tells rings apart in a store. Keeps no ring.
 */
#ifndef REVOCATION_NAMES_H
#define REVOCATION_NAMES_H

#include "crypto/siphash.h"
#include "revocation/index.h"
#include "ring/ring.h"
#include "token/claims.h"

struct names {
	uint8_t key[REVOCATION_UNDO + 1][SIPHASH_KEY_LEN]; /* by kind: hashes names under this ring and issuer */
	uint8_t all[REVOCATION_KEY_LEN];		   /* the one name of everybody */
	uint8_t ring_id[REVOCATION_KEY_LEN];		   /* of the ring's tag alone: tells whose names a store holds */
};

/* SESS_ERR_CRYPTO. */
SESS_CHECKED int names_init(struct names *n, const struct sess_ring *ring, const char *issuer);
void names_done(struct names *n);

/* The name under which a thing of this kind is kept. */
void names_of(const struct names *n, enum revocation_kind kind, const char *id, size_t len,
    uint8_t out[REVOCATION_KEY_LEN]);
/* The name of a session among those spared: apart for each kind that it is spared from. */
void names_of_spared(const struct names *n, enum revocation_kind from, const char sid[CLAIMS_ID_LEN],
    uint8_t out[REVOCATION_KEY_LEN]);

#endif
