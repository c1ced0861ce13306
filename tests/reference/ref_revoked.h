/* SPDX-License-Identifier: MIT */
/* Step 10 for the reference verifier: revocations as a plain list that is walked from end to end. */
#ifndef REFERENCE_REF_REVOKED_H
#define REFERENCE_REF_REVOKED_H

#include <jansson.h>
#include <stdint.h>

/* Adds one to the list (a JSON array). claim: "sid", "sub", "jti", or "" for everybody; t: up to which authentication, of
 * "sub" and ""; until: when it ends; spare: a sid that stays, or NULL. */
void ref_revoked_add(json_t *list, const char *claim, const char *value, int64_t t, int64_t until, const char *spare);
/* SESS_REASON_REVOKED, or 0. */
uint32_t ref_revoked_judge(const json_t *list, const json_t *claims, int64_t now);

#endif
