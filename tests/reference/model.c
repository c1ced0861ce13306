/* SPDX-License-Identifier: MIT */
/* The model's rules, each as the design says it. */
#include "reference/model.h"

#include <string.h>

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static const struct model_key *
key_named(const struct model_ring *ring, const char *kid)
{
	for (size_t i = 0; i < ring->count; i++)
		if (strcmp(ring->key[i].kid, kid) == 0)
			return &ring->key[i];
	return NULL;
}

/* "Per use, the minting key has the greatest nbf that has come"; one revoked by its nbf never has a turn. */
static const struct model_key *
key_in_turn(const struct model_ring *ring, int enc, int64_t now)
{
	const struct model_key *best = NULL;

	for (size_t i = 0; i < ring->count; i++) {
		const struct model_key *key = &ring->key[i];

		if (key->enc != enc || key->nbf > now || (key->revoked_at != MODEL_NONE && key->revoked_at <= key->nbf))
			continue;
		if (best == NULL || key->nbf > best->nbf)
			best = key;
	}
	return best;
}

static int
is_expired(const struct model_key *key, int64_t now)
{
	return key->exp != MODEL_NONE && key->exp <= now;
}

/* Step 3, for the outer layer first. */
static uint32_t
check_keys(const struct model_ring *ring, const struct model_token *token, int64_t now)
{
	for (int enc = 1; enc >= 0; enc--) {
		const struct model_key *key;

		if (!ring->needs[enc])
			continue;
		key = key_named(ring, token->kid[enc]);
		if (key == NULL)
			return SESS_REASON_UNKNOWN_KEY;
		if (key->revoked_at != MODEL_NONE)
			return SESS_REASON_REVOKED_KEY;
		if (is_expired(key, now))
			return SESS_REASON_EXPIRED_KEY;
	}
	return 0;
}

static int64_t
hard_of(const struct model_policy *policy, const struct model_token *token)
{
	int64_t hard = token->auth_time + policy->absolute;

	return token->end == MODEL_NONE ? hard : lesser(hard, token->end);
}

static int64_t
soft_of(const struct model_policy *policy, const struct model_token *token)
{
	return lesser(token->exp, token->iat + policy->idle);
}

/* Steps 8, 9 and 11, where `state` says what was found about the context. */
static uint32_t
check_rules(const struct model_policy *policy, const struct model_token *token, int64_t now, const int state[MODEL_NAMES])
{
	int64_t hard = hard_of(policy, token), soft = soft_of(policy, token);
	uint32_t reasons = 0;

	if (token->audience != policy->audience)
		reasons |= SESS_REASON_WRONG_AUDIENCE;
	if (token->iat > now + policy->leeway || (token->nbf != MODEL_NONE && token->nbf > now + policy->leeway))
		reasons |= SESS_REASON_NOT_YET;
	if (now >= hard + policy->leeway)
		reasons |= SESS_REASON_ABSOLUTE_EXPIRED;
	if (now >= soft + policy->leeway && soft < hard)
		reasons |= SESS_REASON_IDLE_EXPIRED;
	for (int i = 0; i < MODEL_NAMES; i++)
		if (state[i] != SESS_CONTEXT_UNBOUND && policy->mode[i] == SESS_CONTEXT_MODE_ENFORCE && state[i] != SESS_CONTEXT_MATCHED)
			reasons |= SESS_REASON_CONTEXT_MISMATCH;
	return reasons;
}

void
model_state(const struct model_policy *policy, const struct model_token *token, const int given[MODEL_NAMES],
    int state[MODEL_NAMES])
{
	for (int i = 0; i < MODEL_NAMES; i++)
		state[i] = token->bound[i] == 0 ? SESS_CONTEXT_UNBOUND : policy->mode[i] == SESS_CONTEXT_MODE_OFF ? SESS_CONTEXT_OFF :
		    given[i] == 0 ? SESS_CONTEXT_NOT_GIVEN : given[i] == token->bound[i] ? SESS_CONTEXT_MATCHED : SESS_CONTEXT_CHANGED;
}

/* What mints at an instant, and until when at most; 0 or SESS_ERR_RING_NO_KEY. */
static int
minting_keys(const struct model_ring *ring, const struct model_policy *policy, int64_t at, struct model_token *token, int64_t *cap)
{
	*cap = INT64_MAX;
	for (int enc = 0; enc < 2; enc++) {
		const struct model_key *key = key_in_turn(ring, enc, at);

		token->kid[enc][0] = '\0';
		if (!ring->needs[enc])
			continue;
		if (key == NULL || key->revoked_at != MODEL_NONE || is_expired(key, at))
			return SESS_ERR_RING_NO_KEY;
		strcpy(token->kid[enc], key->kid);
		if (key->exp != MODEL_NONE)
			*cap = lesser(*cap, key->exp - policy->leeway);
	}
	return 0;
}

static int
is_older(const struct model_ring *ring, const struct model_token *token, int enc, int64_t now)
{
	const struct model_key *turn = key_in_turn(ring, enc, now);

	return ring->needs[enc] && turn != NULL && key_named(ring, token->kid[enc])->nbf < turn->nbf;
}

static void
judge_renewal(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    struct model_verdict *v)
{
	int64_t at = now > token->iat ? now : token->iat, wait = (v->idle_deadline - token->iat) * policy->percent / 100, cap, exp;
	int old = is_older(ring, token, 0, now) || is_older(ring, token, 1, now);
	struct model_token next;

	v->wants_least = v->wants_most = 0;
	if (v->is_last || at >= v->absolute_deadline || minting_keys(ring, policy, at, &next, &cap) != 0)
		return;
	exp = lesser(lesser(at + policy->idle, v->absolute_deadline), cap);
	if (old) {
		v->wants_least = v->wants_most = exp > at;
		return;
	}
	v->wants_most = exp > v->idle_deadline && now >= token->iat + wait - wait / 16;
	v->wants_least = exp > v->idle_deadline && now >= token->iat + wait;
}

void
model_verify(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int given[MODEL_NAMES], struct model_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if ((ret->reasons = check_keys(ring, token, now)) != 0)
		return;
	model_state(policy, token, given, ret->state);
	if ((ret->reasons = check_rules(policy, token, now, ret->state)) != 0)
		return;
	ret->idle_deadline = soft_of(policy, token);
	ret->absolute_deadline = hard_of(policy, token);
	ret->is_last = ret->idle_deadline >= ret->absolute_deadline;
	/* The key that signs; where nothing is signed, the one that seals. */
	ret->old_key = is_older(ring, token, !ring->needs[0], now);
	judge_renewal(ring, policy, now, token, ret);
}

enum model_end
model_end(const struct model_policy *policy, const struct model_token *token, uint32_t reasons, int64_t *ret_length)
{
	int idle = (reasons & SESS_REASON_IDLE_EXPIRED) != 0;

	/* Another service's token says nothing about this one's sessions. */
	if ((reasons & SESS_REASON_WRONG_AUDIENCE) != 0 || (!idle && (reasons & SESS_REASON_ABSOLUTE_EXPIRED) == 0))
		return MODEL_GOES_ON;
	*ret_length = (idle ? soft_of(policy, token) : hard_of(policy, token)) - token->auth_time;
	return idle ? MODEL_ENDED_IDLE : MODEL_ENDED_ABSOLUTE;
}

/* exp = min(iat + idle, auth_time + absolute, end), and at most the keys' own less leeway. */
static int
finish(const struct model_ring *ring, const struct model_policy *policy, struct model_token *token)
{
	int64_t cap, hard = hard_of(policy, token);
	int rc = minting_keys(ring, policy, token->iat, token, &cap);

	if (rc != 0)
		return rc;
	if (hard <= token->iat)
		return SESS_ERR_ARGUMENT;
	token->exp = lesser(lesser(token->iat + policy->idle, hard), cap);
	return token->exp <= token->iat ? SESS_ERR_RING_NO_KEY : 0;
}

static void
bind_context(const struct model_policy *policy, const int context[MODEL_NAMES], struct model_token *token)
{
	for (int i = 0; i < MODEL_NAMES; i++)
		token->bound[i] = policy->mode[i] == SESS_CONTEXT_MODE_OFF ? 0 : context[i];
}

int
model_mint(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_request *request,
    struct model_token *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->iat = ret->auth_time = now;
	ret->nbf = request->nbf;
	ret->end = request->end;
	ret->persistent = request->persistent;
	ret->audience = policy->audience;
	bind_context(policy, request->context, ret);
	return finish(ring, policy, ret);
}

static int
judge_again(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int state[MODEL_NAMES], struct model_token *ret, uint32_t *reasons)
{
	int64_t at = now > token->iat ? now : token->iat;

	if ((*reasons = check_keys(ring, token, now)) != 0)
		return SESS_ERR_REJECTED;
	*reasons = check_rules(policy, token, now, state);
	/* "It needs now < auth_time + absolute, without leeway." */
	if (at >= hard_of(policy, token))
		*reasons |= SESS_REASON_ABSOLUTE_EXPIRED;
	if (*reasons != 0)
		return SESS_ERR_REJECTED;
	*ret = *token;
	ret->iat = at;
	ret->nbf = MODEL_NONE;
	return 0;
}

int
model_renew(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int state[MODEL_NAMES], const int *given, struct model_token *ret, uint32_t *ret_reasons)
{
	int found[MODEL_NAMES], rc;

	memcpy(found, state, sizeof(found));
	if (given != NULL)
		model_state(policy, token, given, found);
	if ((rc = judge_again(ring, policy, now, token, found, ret, ret_reasons)) != 0)
		return rc;
	ret->gen++;
	return finish(ring, policy, ret);
}

int
model_regenerate(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int given[MODEL_NAMES], struct model_token *ret, uint32_t *ret_reasons)
{
	int found[MODEL_NAMES], rc;

	model_state(policy, token, given, found);
	if ((rc = judge_again(ring, policy, now, token, found, ret, ret_reasons)) != 0)
		return rc;
	ret->gen = 0;
	bind_context(policy, given, ret);
	return finish(ring, policy, ret);
}
