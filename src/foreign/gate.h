/* SPDX-License-Identifier: MIT */
/*
 * L7: the gate before libjwt: everything about a foreign token that can be judged without a signature. gate.c takes the text,
 * the header and the payload apart, gate_key.c finds the key and holds the token to it. Knows no clock and no claim.
 */
#ifndef FOREIGN_GATE_H
#define FOREIGN_GATE_H

#include "foreign/keys.h"
#include "jose/compact.h"
#include "json/index.h"

#define GATE_HEADER_MAX 4096 /* bytes, decoded: others put certificates' hashes and more into it */
#define GATE_ALG_MAX 15
#define GATE_TYP_MAX SESS_TYP_MAX

/* One token under judgement, with the room that it takes; too large for a stack. */
struct gate {
	const sess_foreign_expectations *expectations;
	const sess_foreign_keys *keys;
	sess_diag *diag; /* may be NULL */
	uint32_t reasons;
	char *token; /* a NUL-terminated copy */
	size_t token_len;
	struct compact compact;
	int has_kid, has_typ;
	char alg[GATE_ALG_MAX + 1], kid[SESS_FOREIGN_KID_MAX + 1], typ[GATE_TYP_MAX + 1];
	const struct foreign_key *key;
	char *payload; /* decoded, NUL-terminated */
	size_t payload_len;
	struct json_index index; /* of the payload */
	struct json_scratch scratch;
	struct json_index header_index;
	char header[GATE_HEADER_MAX];
};

/* SESS_ERR_MEMORY: *ret untouched. The rest is borrowed. */
SESS_CHECKED int gate_new(const sess_foreign_keys *keys, const sess_foreign_expectations *expectations, sess_diag *diag,
    struct gate **ret);
/* Wipes. NULL is allowed. */
void gate_free(struct gate *g);

/* The steps, in this order. SESS_ERR_REJECTED with reason and finding; SESS_ERR_MEMORY. */
SESS_CHECKED int gate_text(struct gate *g, const char *token, size_t len);
SESS_CHECKED int gate_header(struct gate *g);
SESS_CHECKED int gate_key(struct gate *g);    /* also SESS_ERR_UNSUPPORTED */
SESS_CHECKED int gate_lengths(struct gate *g);
SESS_CHECKED int gate_payload(struct gate *g);

/* Adds a reason and its finding. Returns SESS_ERR_REJECTED. */
int gate_refuse(struct gate *g, uint32_t reason, const char *member, const char *expected, const char *got);

#endif
