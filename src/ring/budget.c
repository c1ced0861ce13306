/* SPDX-License-Identifier: MIT */
/* L3: counting claims against a limit. */
#include "ring/budget.h"

#include <stdlib.h>

struct budget *
budget_new(void)
{
	struct budget *b = malloc(sizeof(*b));

	if (b == NULL)
		return NULL;
	atomic_init(&b->refs, 1);
	atomic_init(&b->claimed, 0);
	return b;
}

struct budget *
budget_ref(struct budget *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void
budget_free(struct budget *b)
{
	if (b != NULL && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
		free(b);
}

int
budget_claim(struct budget *b, int64_t *ret_near)
{
	int64_t before = atomic_load_explicit(&b->claimed, memory_order_relaxed), after;

	do {
		after = before + BUDGET_BLOCK;
		if (after > BUDGET_LIMIT)
			return SESS_ERR_KEY_SPENT;
	} while (!atomic_compare_exchange_weak_explicit(&b->claimed, &before, after, memory_order_relaxed, memory_order_relaxed));
	*ret_near = after >= BUDGET_NEAR && before / BUDGET_TELL_EVERY != after / BUDGET_TELL_EVERY ? after : 0;
	return 0;
}

void
budget_return(struct budget *b, int64_t n)
{
	atomic_fetch_sub_explicit(&b->claimed, n, memory_order_relaxed);
}
