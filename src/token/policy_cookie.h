/* SPDX-License-Identifier: MIT */
/* L4: the policy's member `cookie`: defaults, ranges, contradictions, and its JSON. Writes no cookie. */
#ifndef TOKEN_POLICY_COOKIE_H
#define TOKEN_POLICY_COOKIE_H

#include <sess/policy.h>

#include "json/doc.h"

void policy_cookie_init(sess_cookie_policy *cookie);
/* SESS_ERR_POLICY names the member at fault, and says what it contradicts. */
SESS_CHECKED int policy_cookie_check(const sess_cookie_policy *cookie, sess_diag *diag);
/* Reads it from a policy's document where it is there. */
SESS_CHECKED int policy_cookie_parse(const json_t *doc, sess_cookie_policy *cookie, sess_diag *diag);

#endif
