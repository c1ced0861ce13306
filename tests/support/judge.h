/* SPDX-License-Identifier: MIT */
/*
 * One ring with a manager of the library and the reference verifier beside it, under one clock: every token given
 * to judge_expect() must have the same verdict from both, and the one that the test expects. Test support over
 * the public API.
 */
#ifndef SUPPORT_JUDGE_H
#define SUPPORT_JUDGE_H

#include <jansson.h>
#include <sess/sess.h>

#include "reference/reference.h"

#define JUDGE_NOW INT64_C(1800000000)
#define JUDGE_SAME UINT32_MAX		/* expected: whatever the reference says */
#define JUDGE_REFUSED (UINT32_MAX - 1u) /* expected: what the reference says, but no acceptance */

/* Form x signature x key management x content encryption: every kind of ring that there is. */
struct judge_combo {
	const char *name;
	sess_form form;
	const char *alg, *kw, *enc;
};
#define JUDGE_COMBOS 19
extern const struct judge_combo judge_combos[JUDGE_COMBOS];

struct judge {
	const struct judge_combo *combo;
	sess_policy policy;
	json_t *ring;
	json_t *sig_key, *enc_key; /* borrowed from the ring; NULL where the form has none */
	char *outer, *inner;	   /* header texts of the JWE and of the JWS, as minted; NULL likewise */
	int64_t now;
	const sess_context *context; /* what the client shows; from the start: nothing */
	size_t context_count;
	sess_manager *manager;
	struct reference *reference;
};

/* A generated ring; NULL: the default policy. */
void judge_init(struct judge *j, const struct judge_combo *combo, const sess_policy *policy);
/* The same with a ring of the test's own (whose first keys of each use are the ones to forge with); takes it. */
void judge_init_ring(struct judge *j, const struct judge_combo *combo, const sess_policy *policy, json_t *ring);
void judge_done(struct judge *j);
json_t *judge_generate(const struct judge_combo *combo);

/* A token around this payload, signed and sealed with the ring's own keys, NUL-terminated on the heap. A NULL
 * header is the minted one; of a header that the form does not have, nothing is used. */
char *judge_token(const struct judge *j, const void *payload, size_t len);
char *judge_token_under(const struct judge *j, const char *outer, const char *inner, const char *payload);

/* Fails the test unless library and reference agree on the set of reasons and on the claims, and with `expected`:
 * 0 for acceptance or the set of SESS_REASON_* bits. */
void judge_expect(struct judge *j, const char *what, const char *token, size_t len, uint32_t expected);
/* The same, of a NUL-terminated token that it frees. */
void judge_take(struct judge *j, const char *what, char *token, uint32_t expected);

/* Revokes for both: claim "sid", "sub", "jti", or "" for everybody. spare: NULL, or the session with this sid. */
void judge_revoke(struct judge *j, const char *claim, const char *value, const sess_session *spare, const char *spare_sid);

/* A payload that is accepted at JUDGE_NOW under the default policy, with `instead` ("\"exp\":1", or NULL for none)
 * in the place of the member `name`; a name that is not there, or NULL: appended. On the heap. */
char *judge_payload(const char *name, const char *instead);

#endif
