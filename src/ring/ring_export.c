/* SPDX-License-Identifier: MIT */
/* L3: what leaves the place where tokens are minted: a ring that only verifies, and public keys as a JWK Set. */
#include <string.h>

#include <sess/rotation.h>

#include "base/diag.h"
#include "base/stamp.h"
#include "ring/ring_change.h"

static int
is_alive(const struct ring_key *key, int64_t now)
{
	return key->revoked_at == TIME_NONE && !ring_key_is_expired(key, now);
}

static int
is_hmac(const struct ring_key *key)
{
	return key->alg->use == JOSE_USE_SIG && key->alg->kty == JOSE_KTY_OCT;
}

static int
has_public_part(const struct sess_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (ring->keys[i].alg->use == JOSE_USE_SIG && !is_hmac(&ring->keys[i]))
			return 1;
	}
	return 0;
}

static int
refuse_hmac(const struct ring_key *key, sess_diag *diag)
{
	char stamp[STAMP_ROOM];

	if (key->exp != TIME_NONE)
		return diag_error_at(diag, SESS_ERR_RING_STATE, key->kid, "alg",
		    "whoever verifies with this HMAC key can mint with it, and it lives until %s: export after that, or revoke it",
		    stamp_format(key->exp, stamp));
	return diag_error_at(diag, SESS_ERR_RING_STATE, key->kid, "alg",
	    "whoever verifies with this HMAC key can mint with it: rotate the signing key to ES256 or EdDSA, and export when this one has expired");
}

/* The signing secrets go; the HMAC keys, all dead, go whole: nothing of them is public. */
static void
keep_public(struct sess_ring *copy)
{
	size_t kept = 0;

	for (size_t i = 0; i < copy->count; i++) {
		struct ring_key *key = &copy->keys[i];

		if (is_hmac(key)) {
			jwk_done(&key->jwk);
			continue;
		}
		if (key->alg->use == JOSE_USE_SIG)
			secret_done(&key->jwk.secret);
		if (kept < i) {
			copy->keys[kept] = *key;
			jwk_done(&key->jwk);
		}
		kept++;
	}
	copy->count = kept;
}

int
sess_ring_export_verify_only(const sess_ring *ring, int64_t now, sess_ring **ret_ring, sess_diag *diag)
{
	struct sess_ring *copy = NULL;
	int rc;

	diag_clear(diag);
	if (ring == NULL || ret_ring == NULL || !time_is_valid(now))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_export_verify_only: a pointer is NULL, or the time is out of range");
	if (ring->form == SESS_FORM_SEALED)
		return diag_error_at(diag, SESS_ERR_RING_STATE, NULL, "form",
		    "whoever opens the tokens of a sealed ring can mint them: make a nested ring with ES256 or EdDSA for verifiers that must not mint");
	for (size_t i = 0; i < ring->count; i++) {
		if (is_hmac(&ring->keys[i]) && is_alive(&ring->keys[i], now))
			return refuse_hmac(&ring->keys[i], diag);
	}
	if (!has_public_part(ring))
		return diag_error_at(diag, SESS_ERR_RING_STATE, NULL, "keys",
		    "the ring has no signing key with a public part: rotate the signing key to ES256 or EdDSA, and export then");
	if ((rc = ring_change_begin(ring, 0, &copy, diag)) != 0)
		return rc;
	copy->generation = ring->generation;
	/* It is meant for others, who are not to know what opens the whole ring. */
	ring_unprotect(copy);
	keep_public(copy);
	return ring_change_finish(copy, ret_ring, diag);
}

int
sess_ring_export_jwks(const sess_ring *ring, int64_t now, char **ret_json, size_t *ret_json_len, sess_diag *diag)
{
	const struct ring_key *keys[SESS_RING_KEYS_MAX];
	size_t count = 0;

	diag_clear(diag);
	if (ring == NULL || ret_json == NULL || ret_json_len == NULL || !time_is_valid(now))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_export_jwks: a pointer is NULL, or the time is out of range");
	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_key *key = &ring->keys[i];

		if (key->alg->use == JOSE_USE_SIG && !is_hmac(key) && is_alive(key, now))
			keys[count++] = key;
	}
	if (count == 0)
		return diag_error_at(diag, SESS_ERR_RING_STATE, NULL, "keys",
		    "the ring has no living public key to export: only ES256 and EdDSA signing keys have one");
	return ring_format_public(keys, count, ret_json, ret_json_len, diag);
}
