/* SPDX-License-Identifier: MIT */
/* L3: rotation: which use is due, to which algorithm, from which moment, and until when the predecessor verifies. */
#include <string.h>

#include <sess/rotation.h>

#include "base/diag.h"
#include "base/stamp.h"
#include "ring/ring_change.h"

/* One use that is to get a new key. */
struct turn {
	enum jose_use use;
	const struct ring_key *before; /* in turn now; NULL: no key's time has come */
	const struct jose_alg *alg;
	const struct jose_enc *enc;
};

struct rotation {
	const struct sess_ring *ring;
	const sess_rotation *what;
	int64_t now;
	double rate_per_s;
	struct turn turn[2];
	size_t count;
};

static int
check_rotation(const sess_rotation *what, sess_diag *diag)
{
	const int code = SESS_ERR_ARGUMENT;

	if (what->activate_in_s < 0 || what->activate_in_s > ROTATION_AHEAD_MAX_S)
		return diag_error_at(diag, code, NULL, "activate_in_s", "a new key must become active within 0 s to 30 days");
	if (what->key_life_s < 1 || what->key_life_s > TIME_MAX)
		return diag_error_at(diag, code, NULL, "key_life_s", "the key life must be at least 1 s");
	if (what->rate_per_s != 0 && !(what->rate_per_s >= 1e-9 && what->rate_per_s <= RING_RATE_MAX))
		return diag_error_at(diag, code, NULL, "rate_per_s", "the rate must be above 0 and at most 1e9 a second");
	return 0;
}

/* Which uses are asked for, and that nothing is asked of one that is not. */
static int
asks_for(const struct rotation *r, enum jose_use use)
{
	return (!r->what->sig && !r->what->enc) || (use == JOSE_USE_SIG ? r->what->sig : r->what->enc);
}

static int
check_uses(const struct rotation *r, sess_diag *diag)
{
	const int code = SESS_ERR_ARGUMENT;
	const char *form = sess_form_name(r->ring->form);
	int sig = asks_for(r, JOSE_USE_SIG) && ring_form_needs(r->ring->form, JOSE_USE_SIG);
	int enc = asks_for(r, JOSE_USE_ENC) && ring_form_needs(r->ring->form, JOSE_USE_ENC);

	if (!sig && (r->what->sig || r->what->alg != NULL))
		return diag_error_at(diag, code, NULL, "alg", ring_form_needs(r->ring->form, JOSE_USE_SIG) ?
		    "alg is the signing key's; rotate that as well" : "a %s ring has no signing key to rotate", form);
	if (!enc && (r->what->enc || r->what->kw != NULL || r->what->content_enc != NULL))
		return diag_error_at(diag, code, NULL, "enc", ring_form_needs(r->ring->form, JOSE_USE_ENC) ?
		    "kw and enc are the encryption key's; rotate that as well" : "a %s ring has no encryption key to rotate", form);
	if (ring_is_verify_only(r->ring))
		return diag_error(diag, SESS_ERR_RING_STATE,
		    "this ring is verify-only: rotate the whole ring, where tokens are minted, and export it again");
	return 0;
}

static int
choose_algs(const struct rotation *r, struct turn *t, sess_diag *diag)
{
	const char *alg = t->use == JOSE_USE_SIG ? r->what->alg : r->what->kw;

	/* Whatever stands in the ring: another key of the use gives the algorithm where none has had its turn. */
	for (size_t i = 0; t->alg == NULL && i < r->ring->count; i++) {
		const struct ring_key *like = t->before != NULL ? t->before : &r->ring->keys[i];

		if (like->alg->use == t->use) {
			t->alg = like->alg;
			t->enc = like->enc;
		}
	}
	if (alg != NULL && (t->alg = alg_find(t->use, alg)) == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, t->use == JOSE_USE_SIG ? "alg" : "kw",
		    t->use == JOSE_USE_SIG ? "alg must be HS256, ES256 or EdDSA" : "kw must be dir or A256KW");
	if (t->use == JOSE_USE_ENC && r->what->content_enc != NULL && (t->enc = enc_find(r->what->content_enc)) == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "enc", "enc must be A256GCM or A256CBC-HS512");
	if (t->use == JOSE_USE_ENC && ring_gcm_is_over(t->alg, t->enc, r->rate_per_s, r->what->key_life_s))
		return diag_error_at(diag, SESS_ERR_RING_STATE, NULL, "kw",
		    "%.10g mints a second for %lld s come near the 2^32 that one dir key with A256GCM may make; take A256KW, or a shorter key life",
		    r->rate_per_s, (long long)r->what->key_life_s);
	return 0;
}

static int
can_mint(const struct ring_key *key, int64_t now)
{
	return key != NULL && key->revoked_at == TIME_NONE && !ring_key_is_expired(key, now);
}

static int
is_due(const struct rotation *r, const struct turn *t)
{
	const struct ring_key *key = t->before;
	int64_t soon = time_add(r->now, r->what->activate_in_s);

	if (!can_mint(key, r->now) || key->alg != t->alg || key->enc != t->enc)
		return 1;
	if (key->exp != TIME_NONE && ring_verifies_until(r->ring, soon) >= key->exp)
		return 1;
	return soon >= time_add(key->nbf, r->what->key_life_s);
}

static int
plan_use(struct rotation *r, enum jose_use use, sess_diag *diag)
{
	const struct ring_key *pending = ring_key_pending(r->ring, use, r->now);
	struct turn *t = &r->turn[r->count];
	char stamp[STAMP_ROOM];
	int rc;

	if (!asks_for(r, use) || !ring_form_needs(r->ring->form, use))
		return 0;
	*t = (struct turn){ .use = use, .before = ring_key_in_turn(r->ring, use, r->now) };
	if ((rc = choose_algs(r, t, diag)) != 0)
		return rc;
	if (pending != NULL && !r->what->if_due)
		return diag_error_at(diag, SESS_ERR_RING_STATE, pending->kid, "nbf",
		    "a key of use %s is pending already and mints from %s: wait until then, or revoke it", alg_use_name(use),
		    stamp_format(pending->nbf, stamp));
	if (pending == NULL && (!r->what->if_due || is_due(r, t)))
		r->count++;
	return 0;
}

/* A higher rate is the matter of the encryption key that stays, too. */
static int
check_rate(const struct rotation *r, sess_diag *diag)
{
	const struct ring_key *key = ring_key_in_turn(r->ring, JOSE_USE_ENC, r->now);

	if (r->what->rate_per_s == 0 || asks_for(r, JOSE_USE_ENC) || key == NULL ||
	    !ring_gcm_is_over(key->alg, key->enc, r->rate_per_s, r->what->key_life_s))
		return 0;
	return diag_error_at(diag, SESS_ERR_RING_STATE, key->kid, "rate_per_s",
	    "at %.10g mints a second the dir key with A256GCM that stays would come near its 2^32: rotate it as well, to A256KW", r->rate_per_s);
}

/* At once where nothing mints; early enough where the predecessor has an end already, so that no session is cut short. */
static int64_t
activation(const struct rotation *r, const struct turn *t)
{
	int64_t at = time_add(r->now, r->what->activate_in_s);
	int64_t latest;

	if (!can_mint(t->before, r->now))
		at = r->now;
	else if (t->before->exp != TIME_NONE) {
		latest = t->before->exp - r->ring->token_life_s - 2 * r->ring->leeway_s;
		at = latest < r->now ? r->now : time_min(at, latest);
	}
	return t->before != NULL && at <= t->before->nbf ? t->before->nbf + 1 : at;
}

static int
carry_out(const struct rotation *r, struct sess_ring **ret, sess_diag *diag)
{
	RING_CHANGE_CLEANUP struct sess_ring *copy = NULL;
	struct sess_ring *done;
	struct ring_key *fresh = NULL;
	int rc;

	if ((rc = ring_change_begin(r->ring, r->count, &copy, diag)) != 0)
		return rc;
	copy->max_rate_per_s = r->rate_per_s;
	for (size_t i = 0; i < r->count; i++) {
		const struct turn *t = &r->turn[i];

		if ((rc = ring_change_append(copy, t->alg, t->enc, r->now, activation(r, t), &fresh, diag)) != 0)
			return rc;
		ring_change_set_ends(copy, fresh);
	}
	done = copy;
	copy = NULL;
	return ring_change_finish(done, ret, diag);
}

int
sess_ring_rotate(const sess_ring *ring, const sess_rotation *rotation, int64_t now, sess_ring **ret_ring, sess_diag *diag)
{
	struct rotation r = { .ring = ring, .what = rotation, .now = now };
	int rc;

	diag_clear(diag);
	if (ring == NULL || ret_ring == NULL || rotation == NULL || rotation->size != sizeof(*rotation))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_rotate: initialise the rotation with SESS_ROTATION_INIT");
	if (!time_is_valid(now))
		return diag_error(diag, SESS_ERR_ARGUMENT, "the time must lie in 0..%lld", (long long)TIME_MAX);
	r.rate_per_s = rotation->rate_per_s != 0 ? rotation->rate_per_s : ring->max_rate_per_s;
	if ((rc = check_rotation(rotation, diag)) != 0 || (rc = check_uses(&r, diag)) != 0 ||
	    (rc = check_rate(&r, diag)) != 0 || (rc = plan_use(&r, JOSE_USE_SIG, diag)) != 0 || (rc = plan_use(&r, JOSE_USE_ENC, diag)) != 0)
		return rc;
	if (r.count == 0) {
		*ret_ring = NULL;
		return 0;
	}
	return carry_out(&r, ret_ring, diag);
}
