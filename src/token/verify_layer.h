/* SPDX-License-Identifier: MIT */
/*
 * L4: steps 1 to 4 of verification for one JWS or JWE: the token, or what lies inside a nested one. For token/verify.c alone.
 *
 * A text that begins with a key's own header and has its dots where that key's lengths put them is taken apart by that; what lies
 * between the dots is then looked at where it is decoded, before the key is used for anything, and not twice. The verdict is the one
 * of the steps in their order: whatever is refused meanwhile is first looked at as a whole.
 */
#ifndef TOKEN_VERIFY_LAYER_H
#define TOKEN_VERIFY_LAYER_H

#include "token/verify.h"

/* Each 0, or SESS_ERR_REJECTED with the reason noted. */
SESS_CHECKED int layer_text(struct verification *v, struct verify_layer *layer);    /* 1, of what is not longer than it may be */
SESS_CHECKED int layer_header(struct verification *v, struct verify_layer *layer);  /* 2 */
SESS_CHECKED int layer_key(struct verification *v, struct verify_layer *layer);	    /* 3 */
SESS_CHECKED int layer_lengths(struct verification *v, struct verify_layer *layer); /* 4 */

/* A segment that could not be decoded. */
SESS_CHECKED int layer_malformed(struct verification *v, struct verify_layer *layer);

/* The key with this kid, for what was verified before. */
SESS_CHECKED int layer_find_alive(struct verification *v, struct verify_layer *layer, const char *kid);

SESS_CHECKED int verify_reject(struct verification *v, uint32_t reason, const char *member, const char *expected, const char *got);

#endif
