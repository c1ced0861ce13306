/* SPDX-License-Identifier: MIT */
/*
 * The reference verifier: the verdict of sess_verify() computed plainly, everything parsed by jansson, one step
 * after the other, every key prepared anew. It is the judge of the library, so it shares no code with it: it
 * knows doc/format.md, the RFCs and the public names of reasons and policy, and nothing of src/.
 */
#ifndef REFERENCE_REFERENCE_H
#define REFERENCE_REFERENCE_H

#include <jansson.h>
#include <sess/context.h>
#include <sess/error.h>
#include <sess/policy.h>

struct reference;

/* The ring as JSON text, believed to be valid; the policy is copied. 0 or -1. */
int reference_new(const char *ring_json, size_t len, const sess_policy *policy, struct reference **ret);
void reference_free(struct reference *r);

/* Step 10 from now on: see ref_revoked_add(). */
void reference_revoke(struct reference *r, const char *claim, const char *value, int64_t t, int64_t until,
    const char *spare);

/* 0: accepted, and *ret_claims (may be NULL) is a new reference. Else the set of SESS_REASON_* bits. */
uint32_t reference_verify(const struct reference *r, const char *token, size_t len, int64_t now, json_t **ret_claims);
/* The same of a client that shows this context. */
uint32_t reference_verify_client(const struct reference *r, const char *token, size_t len, int64_t now,
    const sess_context *context, size_t context_count, json_t **ret_claims);

#endif
