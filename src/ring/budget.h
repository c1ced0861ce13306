/* SPDX-License-Identifier: MIT */
/*
 * L3: how many tokens one key may make in this process: a dir key with A256GCM draws a random nonce for each, and NIST SP 800-38D
 * §8.3 ends that at 2^32 for all who have the key; one process stops at half of it. Work spaces claim blocks, so that
 * counting costs one atomic operation in BUDGET_BLOCK tokens. Knows no ring and no token.
 */
#ifndef RING_BUDGET_H
#define RING_BUDGET_H

#include <stdatomic.h>

#include <sess/error.h>

#define BUDGET_LIMIT (INT64_C(1) << 31)
#define BUDGET_BLOCK 1024
#define BUDGET_NEAR (BUDGET_LIMIT / 4 * 3)	 /* from here on it is told ... */
#define BUDGET_TELL_EVERY (INT64_C(1) << 24) /* ... each time that so many more are gone */

struct budget {
	atomic_size_t refs;
	_Atomic(int64_t) claimed;
};

struct budget *budget_new(void); /* NULL: no memory */
struct budget *budget_ref(struct budget *b);
void budget_free(struct budget *b); /* gives one reference back; NULL is fine */

/* A block of BUDGET_BLOCK. *ret_near: all that is claimed, where that has come to another step that is to be told, else 0.
 * SESS_ERR_KEY_SPENT. */
SESS_CHECKED int budget_claim(struct budget *b, int64_t *ret_near);
/* What is left of a block. */
void budget_return(struct budget *b, int64_t n);

#endif
