/* SPDX-License-Identifier: MIT */
/* L3: copies of rings in the making, fresh keys, and what follows from the lifetimes. Touches no file. */
#include "ring/ring_change.h"

#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"

#define KID_BYTES 12

static void
rng_cleanup(struct rng **rng)
{
	rng_free(*rng);
}

int
ring_change_begin(const struct sess_ring *ring, size_t room, struct sess_ring **ret, sess_diag *diag)
{
	struct sess_ring *copy;

	if (ring->generation >= TIME_MAX)
		return diag_error(diag, SESS_ERR_RING_STATE, "the ring has no generation left; make a new ring");
	if (ring->count + room > SESS_RING_KEYS_MAX)
		return diag_error(diag, SESS_ERR_RING_STATE, "the ring would hold more than %d keys; prune it first", SESS_RING_KEYS_MAX);
	if ((copy = ring_new(ring->count + room)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	copy->form = ring->form;
	copy->generation = ring->generation + 1;
	copy->token_life_s = ring->token_life_s;
	copy->session_life_s = ring->session_life_s;
	copy->leeway_s = ring->leeway_s;
	copy->max_rate_per_s = ring->max_rate_per_s;
	copy->tag = ring->tag;
	copy->seal = ring->seal;
	copy->protection = ring->protection == NULL ? NULL : protection_ref(ring->protection);
	copy->lib = crypto_lib_ref(ring->lib);
	copy->count = ring->count;
	for (size_t i = 0; i < ring->count; i++) {
		copy->keys[i] = ring->keys[i];
		copy->keys[i].sig = NULL; /* made anew, and checked, at the end */
	}
	*ret = copy;
	return 0;
}

int
ring_change_finish(struct sess_ring *copy, struct sess_ring **ret, sess_diag *diag)
{
	int rc = ring_finish(copy, diag);

	if (rc != 0)
		sess_ring_free(copy);
	else
		*ret = copy;
	return rc;
}

void
ring_change_cleanup(struct sess_ring **copy)
{
	sess_ring_free(*copy);
}

int
ring_key_generate(struct crypto_lib *lib, struct rng *rng, const struct jose_alg *alg, const struct jose_enc *enc, int64_t iat,
    int64_t nbf, struct ring_key *key)
{
	uint8_t id[KID_BYTES];
	size_t min, max;
	int rc;

	key->alg = alg;
	key->enc = enc;
	key->iat = iat;
	key->nbf = nbf;
	key->exp = key->revoked_at = TIME_NONE;
	key->jwk.kty = alg->kty;
	alg_secret_bounds(alg, enc, &min, &max);
	key->jwk.secret.len = min;
	/* Whoever names the key on a command line must not name an option: none begins with '-', the 62nd of base64url. */
	do {
		if ((rc = rng_bytes(rng, id, sizeof(id))) != 0)
			return rc;
	} while (id[0] >> 2 == 62);
	key->kid[b64url_encode(key->kid, id, sizeof(id))] = '\0';
	/* A random scalar is out of range once in 2^32: draw again. */
	for (int tries = 0; tries < 8; tries++) {
		if ((rc = rng_bytes(rng, key->jwk.secret.bytes, min)) != 0)
			return rc;
		if (alg->kty == JOSE_KTY_OCT)
			return 0;
		if ((rc = sig_public_from_secret(lib, alg->sig, &key->jwk.secret, key->jwk.pub)) != SESS_ERR_ARGUMENT)
			return rc;
	}
	return SESS_ERR_CRYPTO;
}

int
ring_nbf_is_taken(const struct sess_ring *ring, enum jose_use use, int64_t nbf)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (ring->keys[i].alg->use == use && ring->keys[i].nbf == nbf)
			return 1;
	}
	return 0;
}

int
ring_change_append(struct sess_ring *copy, const struct jose_alg *alg, const struct jose_enc *enc, int64_t now, int64_t nbf,
    struct ring_key **ret, sess_diag *diag)
{
	__attribute__((cleanup(rng_cleanup))) struct rng *rng = NULL;
	struct ring_key *key = &copy->keys[copy->count];
	int rc;

	while (ring_nbf_is_taken(copy, alg->use, nbf))
		nbf++;
	if (!time_is_valid(nbf))
		return diag_error(diag, SESS_ERR_RING_STATE, "the new key would mint after the end of time, 9999-12-31");
	if ((rc = rng_new(NULL, NULL, &rng)) != 0 || (rc = ring_key_generate(copy->lib, rng, alg, enc, now, nbf, key)) != 0) {
		jwk_done(&key->jwk); /* not counted yet, so nobody else will */
		return diag_error(diag, rc, NULL);
	}
	copy->count++;
	*ret = key;
	return 0;
}

struct ring_key *
ring_key_find(const struct sess_ring *ring, const char *kid)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (strcmp(ring->keys[i].kid, kid) == 0)
			return &ring->keys[i];
	}
	return NULL;
}

const struct ring_key *
ring_key_pending(const struct sess_ring *ring, enum jose_use use, int64_t now)
{
	const struct ring_key *first = NULL;

	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *key = &ring->keys[i];

		if (key->alg->use == use && key->nbf > now && key->revoked_at == TIME_NONE &&
		    (first == NULL || key->nbf < first->nbf))
			first = key;
	}
	return first;
}

void
ring_change_set_ends(struct sess_ring *copy, struct ring_key *fresh)
{
	const struct ring_key *next = ring_key_pending(copy, fresh->alg->use, fresh->nbf);
	int64_t end = ring_verifies_until(copy, fresh->nbf);

	if (next != NULL)
		fresh->exp = ring_verifies_until(copy, next->nbf);
	for (size_t i = 0; i < copy->count; i++) {
		struct ring_key *key = &copy->keys[i];

		if (key->alg->use == fresh->alg->use && key->nbf < fresh->nbf && key->revoked_at == TIME_NONE &&
		    (key->exp == TIME_NONE || key->exp > end))
			key->exp = end;
	}
}

int
ring_is_verify_only(const struct sess_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (!ring_key_has_secret(&ring->keys[i]))
			return 1;
	}
	return 0;
}

/* The last token is minted by a clock that shows `until` at the latest, lives token_life, and is accepted a leeway longer by
 * a clock of its own; the second leeway is what mint keeps from a key's exp. */
int64_t
ring_verifies_until(const struct sess_ring *ring, int64_t until)
{
	return time_add(until, ring->token_life_s + 2 * ring->leeway_s);
}

int64_t
ring_key_prune_at(const struct sess_ring *ring, const struct ring_key *key, int64_t now)
{
	const struct ring_key *next;
	int64_t at = key->exp;

	/* In turn: once a newer key has taken over, if one is there that will. */
	if (key == ring_key_in_turn(ring, key->alg->use, now)) {
		next = key->revoked_at != TIME_NONE || at == TIME_NONE ? NULL : ring_key_pending(ring, key->alg->use, now);
		return next != NULL && next->nbf <= at ? at : TIME_NONE;
	}
	if (key->revoked_at == TIME_NONE)
		return key->nbf > now ? TIME_NONE : at;
	/* A key that was revoked before its time has minted nothing; of another, tokens are called revoked to their end. */
	at = key->revoked_at < key->nbf ? key->revoked_at : ring_verifies_until(ring, key->revoked_at);
	return key->exp == TIME_NONE ? at : time_min(at, key->exp);
}

int
ring_gcm_is_over(const struct jose_alg *alg, const struct jose_enc *enc, double rate_per_s, int64_t life_s)
{
	return !alg->wraps && enc->aead == AEAD_A256GCM && rate_per_s * (double)life_s >= RING_GCM_MINTS_MAX;
}
