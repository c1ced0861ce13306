/* SPDX-License-Identifier: MIT */
/* L3: what a ring says of itself to its caller. Reads only. */
#include "ring/ring_change.h"

static const char *const form_names[] = { "nested", "sealed", "signed" };

const char *
sess_form_name(sess_form form)
{
	return (size_t)form < sizeof(form_names) / sizeof(form_names[0]) ? form_names[form] : "unknown";
}

sess_form
sess_ring_form(const sess_ring *ring)
{
	return ring->form;
}

int64_t
sess_ring_generation(const sess_ring *ring)
{
	return ring->generation;
}

int64_t
sess_ring_token_life_s(const sess_ring *ring)
{
	return ring->token_life_s;
}

int64_t
sess_ring_session_life_s(const sess_ring *ring)
{
	return ring->session_life_s;
}

int64_t
sess_ring_leeway_s(const sess_ring *ring)
{
	return ring->leeway_s;
}

double
sess_ring_rate_per_s(const sess_ring *ring)
{
	return ring->max_rate_per_s;
}

size_t
sess_ring_key_count(const sess_ring *ring)
{
	return ring->count;
}

const char *
sess_ring_encryption(const sess_ring *ring)
{
	return ring_seal_alg(&ring->seal);
}

int64_t
sess_ring_p2c(const sess_ring *ring)
{
	return ring->seal.p2c;
}

static sess_key_state
key_state(const struct sess_ring *ring, const struct ring_key *key, int64_t now)
{
	if (key->revoked_at != TIME_NONE)
		return SESS_KEY_REVOKED;
	if (ring_key_is_expired(key, now))
		return SESS_KEY_EXPIRED;
	if (key->nbf > now)
		return SESS_KEY_PENDING;
	return key == ring_key_in_turn(ring, key->alg->use, now) ? SESS_KEY_MINTS : SESS_KEY_VERIFIES;
}

/* When a key that mints, or will, stops doing so: the next one's turn, or its own end. */
static int64_t
mints_until(const struct sess_ring *ring, const struct ring_key *key, sess_key_state state, int64_t now)
{
	const struct ring_key *next;
	int64_t until = key->exp;

	if (state != SESS_KEY_MINTS && state != SESS_KEY_PENDING)
		return TIME_NONE;
	next = ring_key_pending(ring, key->alg->use, state == SESS_KEY_PENDING ? key->nbf : now);
	if (next != NULL)
		until = until == TIME_NONE ? next->nbf : time_min(until, next->nbf);
	return until;
}

int
sess_ring_key_info(const sess_ring *ring, size_t index, int64_t now, sess_key_info *ret_info)
{
	const struct ring_key *key;

	if (ring == NULL || ret_info == NULL || index >= ring->count || !time_is_valid(now))
		return SESS_ERR_ARGUMENT;
	key = &ring->keys[index];
	*ret_info = (sess_key_info){
		.kid = key->kid,
		.use = alg_use_name(key->alg->use),
		.alg = key->alg->name,
		.enc = key->enc == NULL ? NULL : key->enc->name,
		.iat = key->iat,
		.nbf = key->nbf,
		.exp = key->exp,
		.revoked_at = key->revoked_at,
		.reason = key->revoked_reason[0] == '\0' ? NULL : key->revoked_reason,
		.mints_until = mints_until(ring, key, key_state(ring, key, now), now),
		.prune_at = ring_key_prune_at(ring, key, now),
		.state = key_state(ring, key, now),
		.can_mint = ring_key_has_secret(key),
	};
	return 0;
}
