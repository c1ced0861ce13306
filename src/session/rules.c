/* SPDX-License-Identifier: MIT */
/* L6: steps 8 to 11 of verification in their order. */
#include "session/rules.h"

#include "revocation/revocations.h"
#include "session/manager.h"

int
rules_judge(sess_manager *m, struct verification *v)
{
	int rc;

	verify_names(v);
	verify_time(v);
	if ((rc = revocations_verify(m->revocations, v)) != 0)
		return rc;
	if ((rc = verify_context(v)) != 0)
		return rc;
	return v->reasons == 0 ? 0 : SESS_ERR_REJECTED;
}

void
rules_tell_context(const sess_manager *m, const struct verification *v, const struct event_fact *fact)
{
	struct event_fact changed = *fact;

	changed.kind = SESS_EVENT_CONTEXT_CHANGED;
	for (size_t i = 0; i < v->claims.context_count; i++) {
		if (v->context_state[i] != SESS_CONTEXT_CHANGED && v->context_state[i] != SESS_CONTEXT_NOT_GIVEN)
			continue;
		changed.member = v->claims.context[i].name;
		event_raise(m, v->work, &changed);
	}
}
