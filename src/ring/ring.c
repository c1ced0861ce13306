/* SPDX-License-Identifier: MIT */
/* L3: the ring's rules: who mints, who verifies, and what is checked once at load. Reads and writes no text. */
#include "ring/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "crypto/kdf.h"

#define EVENT_LABEL "sess event"
#define CONTEXT_LABEL "sess context"

struct sess_ring *
ring_new(size_t count)
{
	struct sess_ring *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		return NULL;
	atomic_init(&ring->refs, 1);
	ring->keys = calloc(count, sizeof(*ring->keys));
	if (ring->keys == NULL) {
		free(ring);
		return NULL;
	}
	ring->count = count;
	return ring;
}

struct sess_ring *
ring_ref(struct sess_ring *ring)
{
	atomic_fetch_add_explicit(&ring->refs, 1, memory_order_relaxed);
	return ring;
}

void
sess_ring_free(sess_ring *ring)
{
	if (ring == NULL || atomic_fetch_sub_explicit(&ring->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < ring->count; i++) {
		jwk_done(&ring->keys[i].jwk);
		sig_key_free(ring->keys[i].sig);
	}
	free(ring->keys);
	for (size_t i = 0; ring->budget != NULL && i < ring->count; i++)
		budget_free(ring->budget[i]);
	free(ring->budget);
	sig_key_free(ring->event_key);
	sig_key_free(ring->context_key);
	secret_done(&ring->tag);
	crypto_lib_free(ring->lib);
	sess_protection_free(ring->protection);
	free(ring);
}

int
ring_form_needs(sess_form form, enum jose_use use)
{
	return form == SESS_FORM_NESTED || (form == SESS_FORM_SIGNED) == (use == JOSE_USE_SIG);
}

int
ring_key_is_expired(const struct ring_key *key, int64_t now)
{
	return key->exp != TIME_NONE && now >= key->exp;
}

int
ring_key_has_secret(const struct ring_key *key)
{
	return key->jwk.secret.len > 0;
}

/* Revoked before its time, a key does nothing, and that includes keeping others away. In the very second of its time too: else its
 * successor, whose nbf must differ, could mint in the next one only. */
static int
never_had_a_turn(const struct ring_key *key)
{
	return key->revoked_at != TIME_NONE && key->revoked_at <= key->nbf;
}

const struct ring_key *
ring_key_in_turn(const struct sess_ring *ring, enum jose_use use, int64_t now)
{
	const struct ring_key *best = NULL;

	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *key = &ring->keys[i];

		if (never_had_a_turn(key))
			continue;
		if (key->alg->use == use && key->nbf <= now && (best == NULL || key->nbf > best->nbf))
			best = key;
	}
	return best;
}

int
ring_has_tag_of(const struct sess_ring *a, const struct sess_ring *b)
{
	return secret_equals(a->tag.bytes, b->tag.bytes, RING_TAG_LEN);
}

int
ring_minting_key(const struct sess_ring *ring, enum jose_use use, int64_t now, const struct ring_key **ret,
    sess_diag *diag)
{
	const struct ring_key *key = ring_key_in_turn(ring, use, now);
	const char *name = alg_use_name(use);

	if (key == NULL)
		return diag_error_at(diag, SESS_ERR_RING_NO_KEY, NULL, "nbf",
		    "no key of use %s may mint yet: every nbf lies ahead; check the clock", name);
	if (key->revoked_at != TIME_NONE)
		return diag_error_at(diag, SESS_ERR_RING_NO_KEY, key->kid, "revoked",
		    "the minting key of use %s has been revoked; the ring needs a newer key", name);
	if (ring_key_is_expired(key, now))
		return diag_error_at(diag, SESS_ERR_RING_NO_KEY, key->kid, "exp",
		    "the minting key of use %s has expired; the ring needs a newer key", name);
	if (!ring_key_has_secret(key))
		return diag_error_at(diag, SESS_ERR_RING_NO_KEY, key->kid, "d",
		    "this ring is verify-only: it holds no private part of the minting key; mint where the whole ring is");
	*ret = key;
	return 0;
}

/* An all-zero key is what an uninitialised buffer makes. */
static int
check_secret(const struct ring_key *key, sess_diag *diag)
{
	const char *member = key->jwk.kty == JOSE_KTY_OCT ? "k" : "d";
	size_t min, max;

	if (key->alg->kty != key->jwk.kty)
		return diag_error_at(diag, SESS_ERR_RING_KEY, key->kid, "kty", "the \"kty\" does not suit alg %s", key->alg->name);
	if (!ring_key_has_secret(key))
		return 0;
	alg_secret_bounds(key->alg, key->enc, &min, &max);
	if (key->jwk.secret.len < min || key->jwk.secret.len > max)
		return diag_error_at(diag, SESS_ERR_RING_KEY, key->kid, member, "the key is %zu bytes long; %s takes %zu to %zu",
		    key->jwk.secret.len, key->alg->name, min, max);
	if (secret_is_zero(key->jwk.secret.bytes, key->jwk.secret.len))
		return diag_error_at(diag, SESS_ERR_RING_KEY, key->kid, member, "the key consists of zero bytes only; make a new one");
	return 0;
}

static int
same_secret(const struct ring_key *a, const struct ring_key *b)
{
	size_t n = a->jwk.secret.len;

	return n > 0 && n == b->jwk.secret.len && secret_equals(a->jwk.secret.bytes, b->jwk.secret.bytes, n);
}

static int
check_pair(const struct ring_key *a, const struct ring_key *b, sess_diag *diag)
{
	if (strcmp(a->kid, b->kid) == 0)
		return diag_error_at(diag, SESS_ERR_RING_KEY, b->kid, "kid", "two keys have this \"kid\"; each must have its own");
	if (a->alg->use == b->alg->use && a->nbf == b->nbf)
		return diag_error_at(diag, SESS_ERR_RING_KEY, b->kid, "nbf",
		    "two keys of use %s have the same \"nbf\"; which of them mints would be chance", alg_use_name(a->alg->use));
	if (same_secret(a, b))
		return diag_error_at(diag, SESS_ERR_RING_KEY, b->kid, b->jwk.kty == JOSE_KTY_OCT ? "k" : "d",
		    "two keys hold the same secret; a key serves one purpose");
	return 0;
}

static int
make_sig_key(struct sess_ring *ring, struct ring_key *key, sess_diag *diag)
{
	const struct secret *secret = ring_key_has_secret(key) ? &key->jwk.secret : NULL;
	int rc;

	if (key->alg->use != JOSE_USE_SIG)
		return 0;
	rc = sig_key_new(ring->lib, key->alg->sig, secret, key->jwk.kty == JOSE_KTY_OCT ? NULL : key->jwk.pub, &key->sig);
	if (rc == SESS_ERR_ARGUMENT)
		return diag_error_at(diag, SESS_ERR_RING_KEY, key->kid, key->jwk.kty == JOSE_KTY_OCT ? "k" : "x",
		    "the point is not on its curve, or \"d\" does not belong to it");
	return rc == 0 ? 0 : diag_error_at(diag, rc, key->kid, NULL, NULL);
}

static int
derive_key(struct sess_ring *ring, const char *label, struct sig_key **ret, sess_diag *diag)
{
	SECRET_CLEANUP struct secret derived = { { 0 }, 0 };
	int rc;

	if ((rc = kdf_hkdf_sha256(ring->lib, &ring->tag, label, 32, &derived)) != 0 ||
	    (rc = sig_key_new(ring->lib, SIG_HS256, &derived, NULL, ret)) != 0)
		return diag_error(diag, rc, NULL);
	return 0;
}

/* So that verify knows an old key without looking at the others. */
static void
find_successors(struct sess_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		struct ring_key *key = &ring->keys[i];

		key->succeeded_at = INT64_MAX;
		for (size_t j = 0; j < ring->count; j++) {
			const struct ring_key *other = &ring->keys[j];

			if (other->alg->use == key->alg->use && other->nbf > key->nbf && !never_had_a_turn(other))
				key->succeeded_at = time_min(key->succeeded_at, other->nbf);
		}
	}
}

static int
check_roles(const struct sess_ring *ring, sess_diag *diag)
{
	int has[2] = { 0, 0 };

	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *key = &ring->keys[i];

		has[key->alg->use] = 1;
		if (!ring_form_needs(ring->form, key->alg->use))
			return diag_error_at(diag, SESS_ERR_RING_KEY, key->kid, "use", "a %s ring takes no key of use %s",
			    sess_form_name(ring->form), alg_use_name(key->alg->use));
	}
	for (int use = JOSE_USE_SIG; use <= JOSE_USE_ENC; use++) {
		if (ring_form_needs(ring->form, (enum jose_use)use) && !has[use])
			return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "keys", "a %s ring needs a key of use %s and has none",
			    sess_form_name(ring->form), alg_use_name((enum jose_use)use));
	}
	return 0;
}

static int
make_budgets(struct sess_ring *ring, sess_diag *diag)
{
	if ((ring->budget = calloc(ring->count, sizeof(*ring->budget))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *key = &ring->keys[i];

		if (key->alg->use != JOSE_USE_ENC || key->alg->wraps || key->enc->aead != AEAD_A256GCM)
			continue;
		if ((ring->budget[i] = budget_new()) == NULL)
			return diag_error(diag, SESS_ERR_MEMORY, NULL);
	}
	return 0;
}

int
ring_finish(struct sess_ring *ring, sess_diag *diag)
{
	int rc;

	if (ring->lib == NULL && (rc = crypto_lib_new(&ring->lib)) != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = check_roles(ring, diag)) != 0)
		return rc;
	for (size_t i = 0; i < ring->count; i++) {
		if ((rc = check_secret(&ring->keys[i], diag)) != 0)
			return rc;
		for (size_t j = 0; j < i; j++) {
			if ((rc = check_pair(&ring->keys[j], &ring->keys[i], diag)) != 0)
				return rc;
		}
	}
	for (size_t i = 0; i < ring->count; i++) {
		if ((rc = make_sig_key(ring, &ring->keys[i], diag)) != 0)
			return rc;
	}
	find_successors(ring);
	if ((rc = make_budgets(ring, diag)) != 0)
		return rc;
	if ((rc = derive_key(ring, EVENT_LABEL, &ring->event_key, diag)) != 0)
		return rc;
	return derive_key(ring, CONTEXT_LABEL, &ring->context_key, diag);
}
