/* SPDX-License-Identifier: MIT */
/* Faults that the property test of a session's life plants in steps of the library, one at a time: each must be found by a walk. */
#ifndef SESSION_MODEL_FAULTS_H
#define SESSION_MODEL_FAULTS_H

#include "token/mint.h"
#include "token/verify.h"

/* Functions of the library that a fault stands in front of; linked with -Wl,--wrap. */
void __real_verify_time(struct verification *v);
void __wrap_verify_time(struct verification *v);
int __real_verify_context(struct verification *v);
int __wrap_verify_context(struct verification *v);
void __real_verify_renewal(struct verification *v);
void __wrap_verify_renewal(struct verification *v);
void __real_verify_renewable(struct verification *v);
void __wrap_verify_renewable(struct verification *v);
int __real_mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag);
int __wrap_mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag);

enum fault {
	NO_FAULT, LATE_BY_A_SECOND, NO_LEEWAY, CONTEXT_IGNORED, CONTEXT_ALL_ENFORCED, RENEW_NEWER_KEYS, RENEW_THE_LAST,
	LEEWAY_AT_THE_HARD_END, AUTH_TIME_MOVES, GEN_STAYS, CLOCK_BACK_MOVES_IAT, END_FORGOTTEN, PER_FORGOTTEN, CONTEXT_DROPPED, FAULTS
};

static const char *const fault_names[FAULTS] = { "none", "a deadline a second late", "no leeway", "context not looked at",
	"reported context enforced", "newer keys renewed back", "the last token renewed", "leeway at the hard end", "auth_time moves",
	"gen stays", "iat goes back", "end forgotten", "per forgotten", "context dropped at renewal" };

static enum fault fault;

void
__wrap_verify_time(struct verification *v)
{
	sess_policy none = *v->policy;
	const sess_policy *own = v->policy;

	none.leeway_s = 0;
	if (fault == NO_LEEWAY)
		v->policy = &none;
	v->now -= fault == LATE_BY_A_SECOND;
	__real_verify_time(v);
	v->now += fault == LATE_BY_A_SECOND;
	v->policy = own;
}

int
__wrap_verify_context(struct verification *v)
{
	sess_policy strict = *v->policy;
	const sess_policy *own = v->policy;
	int rc;

	if (fault == CONTEXT_IGNORED)
		v->claims.context_count = 0;
	for (int i = 0; i < strict.context_count; i++)
		strict.context[i].mode = SESS_CONTEXT_MODE_ENFORCE;
	if (fault == CONTEXT_ALL_ENFORCED)
		v->policy = &strict;
	rc = __real_verify_context(v);
	v->policy = own;
	return rc;
}

void
__wrap_verify_renewal(struct verification *v)
{
	__real_verify_renewal(v);
	if (fault == RENEW_NEWER_KEYS && ring_key_in_turn(v->work->tab->ring, v->outer.use, v->now) != v->outer.entry->key)
		v->wants_renewal = 1;
	if (fault == RENEW_THE_LAST && v->now + 10 > v->idle_deadline)
		v->wants_renewal = 1;
}

void
__wrap_verify_renewable(struct verification *v)
{
	if (fault != LEEWAY_AT_THE_HARD_END)
		__real_verify_renewable(v);
}

int
__wrap_mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag)
{
	struct mint_request wrong = *req;

	if (fault == AUTH_TIME_MOVES)
		wrong.auth_time = wrong.iat;
	if (fault == GEN_STAYS && wrong.gen > 0)
		wrong.gen--;
	if (fault == CLOCK_BACK_MOVES_IAT && wrong.sid != NULL)
		wrong.iat -= 1;
	if (fault == END_FORGOTTEN && wrong.sid != NULL)
		wrong.hard_end = 0;
	if (fault == PER_FORGOTTEN && wrong.sid != NULL)
		wrong.persistent = 0;
	if (fault == CONTEXT_DROPPED && wrong.bound != NULL)
		wrong.context_count = 0;
	return __real_mint_token(w, policy, &wrong, ret, diag);
}

#endif
