/* SPDX-License-Identifier: MIT */
/*
 * The life of a session as plain arithmetic: what mint, verify, renew and regenerate must answer, given the keys of a ring, a
 * policy and a clock. Written from the design and doc/format.md; knows no token text, no cryptography and nothing of src/.
 */
#ifndef REFERENCE_MODEL_H
#define REFERENCE_MODEL_H

#include <sess/sess.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_KEYS 128
#define MODEL_NONE INT64_C(-1)
#define MODEL_NAMES 2 /* context names: 0 and 1 */

struct model_key {
	char kid[SESS_KID_MAX + 1];
	int enc; /* use */
	int64_t nbf, exp, revoked_at;
};

struct model_ring {
	int needs[2]; /* which uses the form has: sig, enc */
	size_t count;
	struct model_key key[MODEL_KEYS];
};

struct model_policy {
	int64_t idle, absolute, leeway;
	int percent, audience;
	int mode[MODEL_NAMES]; /* SESS_CONTEXT_MODE_* */
};

/* A token, and the values that its context names are bound to; 0: not bound. */
struct model_token {
	char kid[2][SESS_KID_MAX + 1]; /* sig, enc; "" where the form has none */
	int64_t iat, auth_time, exp, nbf, end, gen;
	int persistent, audience;
	int bound[MODEL_NAMES];
};

struct model_verdict {
	uint32_t reasons;
	int64_t idle_deadline, absolute_deadline;
	int is_last;
	int old_key; /* its minting key has a successor */
	int wants_least, wants_most; /* the spread by sid is not for the model to know: it lies between */
	int state[MODEL_NAMES];	     /* sess_context_state */
};

/* given: values of the context names; 0: not given. */
void model_verify(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int given[MODEL_NAMES], struct model_verdict *ret);

/* What is found about the context of a token, from these values. */
void model_state(const struct model_policy *policy, const struct model_token *token, const int given[MODEL_NAMES],
    int ret_state[MODEL_NAMES]);

enum model_end { MODEL_GOES_ON, MODEL_ENDED_IDLE, MODEL_ENDED_ABSOLUTE };

/* Whether these reasons show that the session has ended: by which deadline, and how long after its authentication. */
enum model_end model_end(const struct model_policy *policy, const struct model_token *token, uint32_t reasons, int64_t *ret_length);

struct model_request {
	int64_t nbf, end; /* MODEL_NONE */
	int persistent;
	int context[MODEL_NAMES];
};

/* Each: 0 and the token, or the code; SESS_ERR_REJECTED with reasons. */
int model_mint(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_request *request,
    struct model_token *ret);
/* `state` is what verification found; given NULL: it still holds. */
int model_renew(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int state[MODEL_NAMES], const int *given, struct model_token *ret, uint32_t *ret_reasons);
int model_regenerate(const struct model_ring *ring, const struct model_policy *policy, int64_t now, const struct model_token *token,
    const int given[MODEL_NAMES], struct model_token *ret, uint32_t *ret_reasons);

#endif
