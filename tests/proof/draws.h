/* SPDX-License-Identifier: MIT */
/*
 * What a token drew from chance, taken out of it by the reference's cryptography and not by the library's: sid, jti, IV, content
 * key, and the r of an ECDSA signature. Collected, to be counted for what is there twice.
 */
#ifndef PROOF_DRAWS_H
#define PROOF_DRAWS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum draw { DRAW_SID, DRAW_JTI, DRAW_IV_GCM, DRAW_IV_CBC, DRAW_CONTENT_KEY, DRAW_ECDSA_R, DRAWS };
extern const char *const draw_names[DRAWS];

struct draws {
	struct {
		size_t count, room;
		uint8_t *bytes;
	} of[DRAWS];
	size_t flat; /* draws of one byte repeated: all zero, for instance */
};

/* Opens the token with the ring's own keys and adds what it drew. 0, or -1: it could not be opened, or its signature is wrong. */
int draws_add(struct draws *d, const json_t *sig_key, const json_t *enc_key, const char *token, size_t len);
/* How many draws of a kind are there already: 0 is what it should be. Sorts them. */
size_t draws_repeated(struct draws *d, enum draw kind);
void draws_done(struct draws *d);

#endif
