/* SPDX-License-Identifier: MIT */
/*
 * L3: the ring in memory, and the rules of what a key may do, as pure functions of ring and clock. ring_parse.c
 * reads it, ring_format.c writes it, ring_protect.c encrypts it, ring_generate.c makes it, ring_file.c moves it from and to files.
 */
#ifndef RING_H
#define RING_H

#include <stdatomic.h>

#include <sess/ring.h>

#include "base/checked.h"
#include "crypto/lib.h"
#include "jose/jwk.h"
#include "ring/budget.h"
#include "ring/ring_seal.h"

#define RING_LIFE_MAX_S 34560000 /* 400 days */
#define RING_LEEWAY_MAX_S 600
#define RING_RATE_MAX 1e9
#define RING_TAG_LEN 32
#define RING_REASON_MAX 127
#define TIME_NONE INT64_C(-1)

struct ring_key {
	char kid[SESS_KID_MAX + 1];
	const struct jose_alg *alg;
	const struct jose_enc *enc; /* of a key of use enc */
	int64_t iat, nbf, exp, revoked_at; /* exp, revoked_at: TIME_NONE where absent */
	int64_t succeeded_at; /* the least nbf after its own among the keys of its use; INT64_MAX where it is the newest */
	char revoked_reason[RING_REASON_MAX + 1];
	struct jwk jwk;
	struct sig_key *sig; /* of a key of use sig: checked and ready */
};

struct sess_ring {
	atomic_size_t refs;
	sess_form form;
	int64_t generation, token_life_s, session_life_s, leeway_s;
	double max_rate_per_s;
	struct secret tag;
	struct crypto_lib *lib;
	struct sig_key *event_key; /* HMAC key under the tag that names sessions in events */
	struct sig_key *context_key; /* the same, of the context hashes */
	size_t count;
	struct ring_key *keys; /* file order */
	struct budget **budget; /* of each key that has one (a dir key with A256GCM), else NULL; for those who share the ring */
	struct ring_seal seal; /* how its file is encrypted; all zero: plain text */
	struct sess_protection *protection; /* of an encrypted ring: under what it is written again */
};

/* An empty ring with one reference and room for count keys, or NULL. */
struct sess_ring *ring_new(size_t count);
struct sess_ring *ring_ref(struct sess_ring *ring);

/* Derives and checks what the text only states: signature keys, the hashes' keys, unique kids and times, the roles of
 * the form. SESS_ERR_RING_KEY, SESS_ERR_RING_FORMAT, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int ring_finish(struct sess_ring *ring, sess_diag *diag);

/* Of a ring in the making: plain text from now on. */
void ring_unprotect(struct sess_ring *ring);

/* SESS_ERR_ARGUMENT: not initialised, or an unknown option. NULL is fine. */
SESS_CHECKED int ring_check_access(const sess_ring_access *access, sess_diag *diag);

/* A JWK Set of the public members of these keys. As sess_ring_dump(). */
SESS_CHECKED int ring_format_public(const struct ring_key *const *keys, size_t count, char **ret_json, size_t *ret_json_len,
    sess_diag *diag);

int ring_form_needs(sess_form form, enum jose_use use);
int ring_key_is_expired(const struct ring_key *key, int64_t now);
int ring_key_has_secret(const struct ring_key *key);
/* Whether they are the same ring at different times; in constant time, for the tag is a secret. */
int ring_has_tag_of(const struct sess_ring *a, const struct sess_ring *b);

/* The key whose turn it is to mint for a use, or NULL where no nbf has come. It may be revoked, expired or public. */
const struct ring_key *ring_key_in_turn(const struct sess_ring *ring, enum jose_use use, int64_t now);
/* The same, able to mint; SESS_ERR_RING_NO_KEY says why there is none. */
SESS_CHECKED int ring_minting_key(const struct sess_ring *ring, enum jose_use use, int64_t now, const struct ring_key **ret,
    sess_diag *diag);

#endif
