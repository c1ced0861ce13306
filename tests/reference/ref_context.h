/* SPDX-License-Identifier: MIT */
/* The claim ctx and step 11 as doc/format.md states them, for the reference verifier. */
#ifndef REFERENCE_REF_CONTEXT_H
#define REFERENCE_REF_CONTEXT_H

#include <jansson.h>
#include <sess/context.h>
#include <sess/policy.h>

/* Whether this is a ctx as it must be; NULL, none, is. */
int ref_context_has_shape(const json_t *ctx);
/* Whether every name that is bound and enforced is what the client shows. */
int ref_context_holds(const json_t *ring, const sess_policy *policy, const json_t *claims, const sess_context *context,
    size_t context_count);
/* The text that ctx must hold for a value: 16 characters and a NUL. */
void ref_context_hash(const json_t *ring, const char *sid, const sess_context *context, char out[17]);

#endif
