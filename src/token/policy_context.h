/* SPDX-License-Identifier: MIT */
/* L4: the policy's member `context`: a mode for each name. */
#ifndef TOKEN_POLICY_CONTEXT_H
#define TOKEN_POLICY_CONTEXT_H

#include <sess/policy.h>

#include "json/doc.h"

/* SESS_ERR_POLICY names the context name at fault, or the member. */
SESS_CHECKED int policy_check_context(const sess_policy *policy, sess_diag *diag);
/* Reads it from a policy's document where it is there. */
SESS_CHECKED int policy_parse_context(const json_t *doc, sess_policy *policy, sess_diag *diag);

#endif
