/* SPDX-License-Identifier: MIT */
/*
 * L6: the rules that may change while a session lives, steps 8 to 11 of verification, in one place: for a token that has just
 * proved authentic, and again when its session is renewed. And the events of a verdict.
 */
#ifndef SESSION_RULES_H
#define SESSION_RULES_H

#include "session/event.h"
#include "session/manager.h"
#include "token/verify.h"

/* All are evaluated and collected. SESS_ERR_REJECTED; SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_CHECKED int rules_judge(sess_manager *m, struct verification *v);
/* Context names that the policy reports, and that are not what they were. */
void rules_tell_context(const sess_manager *m, const struct verification *v, const struct event_fact *fact);

#endif
