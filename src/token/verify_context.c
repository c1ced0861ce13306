/* SPDX-License-Identifier: MIT */
/* L4: step 11 of verification: what the token binds, against what the caller knows of its client. Raises no event. */
#include "base/diag.h"
#include "token/verify.h"

static int
look(struct verification *v, const struct context_bound *bound, uint8_t *ret_state)
{
	const sess_context *given = context_find(v->context, v->context_count, bound->name);
	uint8_t hash[CONTEXT_HASH_BYTES];
	int rc;

	*ret_state = SESS_CONTEXT_NOT_GIVEN;
	if (given == NULL)
		return 0;
	if ((rc = work_hash_context(v->work, v->claims.sid, given, hash)) != 0)
		return rc;
	*ret_state = sig_mac_equals(hash, bound->hash, sizeof(hash)) ? SESS_CONTEXT_MATCHED : SESS_CONTEXT_CHANGED;
	return 0;
}

/*
 * Only what the token binds is looked at. A name that it lacks is accepted: nobody can take a name out of an authentic
 * token, so it was minted where the name was not known or not wanted, and its absolute deadline ends that by itself;
 * refusing would log everybody out on the day on which a service begins to bind.
 */
int
verify_context(struct verification *v)
{
	int rc;

	for (size_t i = 0; i < v->claims.context_count; i++) {
		const struct context_bound *bound = &v->claims.context[i];
		enum sess_context_mode mode = context_mode(v->policy, bound->name);
		uint8_t *state = &v->context_state[i];

		if (mode == SESS_CONTEXT_MODE_OFF)
			*state = SESS_CONTEXT_OFF;
		else if (!v->context_is_judged && (rc = look(v, bound, state)) != 0)
			return diag_error(v->diag, rc, NULL);
		if (mode != SESS_CONTEXT_MODE_ENFORCE || *state == SESS_CONTEXT_MATCHED)
			continue;
		v->reasons |= SESS_REASON_CONTEXT_MISMATCH;
		(void)diag_reject(v->diag, SESS_REASON_CONTEXT_MISMATCH, bound->name, "the value that the session was bound to",
		    *state == SESS_CONTEXT_CHANGED ? "another value" : "no value: give what the client shows");
	}
	return 0;
}
