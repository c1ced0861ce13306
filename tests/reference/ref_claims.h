/* SPDX-License-Identifier: MIT */
/* The payload for the reference verifier: limits, the library's own claims, and the rules of steps 8 and 9. */
#ifndef REFERENCE_REF_CLAIMS_H
#define REFERENCE_REF_CLAIMS_H

#include <jansson.h>
#include <sess/policy.h>

#include "reference/ref_text.h"

/* Step 7: a new document, or NULL for a bad payload. */
json_t *ref_claims_parse(const struct ref_bytes *payload, const sess_policy *policy);
/* Steps 8 and 9 but for typ: the set of SESS_REASON_* bits of every rule that does not hold. */
uint32_t ref_claims_judge(const json_t *claims, const sess_policy *policy, int64_t now);

#endif
