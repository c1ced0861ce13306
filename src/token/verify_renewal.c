/* SPDX-License-Identifier: MIT */
/* L4: when a session is to be renewed, and whether it can be. Mints nothing. */
#include "base/diag.h"
#include "token/mint.h"
#include "token/verify.h"

/* Older, never merely other: where clocks differ, a token of the key that comes next must not be taken back to this
 * one. */
static int
is_old(const struct verify_layer *layer, int64_t now)
{
	return layer->entry != NULL && layer->entry->key->succeeded_at <= now;
}

/* 0..63, the same for all tokens of a session. */
static int64_t
spread(const char *sid)
{
	uint32_t h = UINT32_C(2166136261); /* FNV-1a */

	for (; *sid != '\0'; sid++)
		h = (h ^ (uint8_t)*sid) * UINT32_C(16777619);
	return (int64_t)((h ^ h >> 16) & 63);
}

/* Sessions that began in the same second are renewed up to a sixteenth of the wait earlier, not all at once. Most
 * tokens are younger than that, and their sid need not be looked at. */
static int
is_due(const struct verification *v)
{
	int64_t wait = (v->idle_deadline - v->claims.iat) * v->policy->renew_after_percent / 100;
	int64_t age = v->now - v->claims.iat;

	return age >= wait - wait / 16 && age >= wait - wait * spread(v->claims.sid) / (64 * 16);
}

int64_t
verify_renewal_time(const struct verification *v)
{
	return v->now > v->claims.iat ? v->now : v->claims.iat;
}

void
verify_renewal(struct verification *v)
{
	int64_t hard = v->absolute_deadline, at = verify_renewal_time(v), exp = 0;
	int old = is_old(&v->outer, v->now) || is_old(&v->inner, v->now);

	v->wants_renewal = 0;
	if (v->idle_deadline >= hard || at >= hard || v->claims.gen >= CLAIMS_GEN_MAX || (!old && !is_due(v)))
		return;
	/* Only now, so that the keys are searched for few tokens: a renewal must be possible, and gain something. */
	if (mint_latest_expiry(v->work, v->policy, at, hard, &exp) == 0)
		v->wants_renewal = exp > (old ? at : v->idle_deadline);
}

void
verify_renewable(struct verification *v)
{
	int64_t hard = v->absolute_deadline;

	if (verify_renewal_time(v) < hard || (v->reasons & SESS_REASON_ABSOLUTE_EXPIRED) != 0)
		return;
	v->reasons |= SESS_REASON_ABSOLUTE_EXPIRED;
	(void)diag_reject_num(v->diag, SESS_REASON_ABSOLUTE_EXPIRED, hard == v->claims.end ? "end" : "auth_time",
	    SESS_UNIT_TIME, hard, v->now, NULL, NULL);
}
