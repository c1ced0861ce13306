/* SPDX-License-Identifier: MIT */
/* L6: handing out meters by kid, and folding the counts of those that go. Prints nothing. */
#include "session/meters.h"

#include <string.h>

int
meters_init(struct meters *meters, _Atomic(struct tally *) *tallies)
{
	meters->tallies = tallies;
	return forklock_new(&meters->lock);
}

void
meters_done(struct meters *meters)
{
	forklock_free(meters->lock);
}

void
meters_take(struct meters *meters)
{
	forklock_take(meters->lock);
}

void
meters_give(struct meters *meters)
{
	forklock_give(meters->lock);
}

/* The kid's own meter, else a free one, else 0. */
static size_t
find(const struct meters *meters, const char *kid)
{
	size_t free_one = 0;

	for (size_t i = TALLY_METERS - 1; i > 0; i--) {
		if (meters->meter[i].tables == 0)
			free_one = i;
		else if (strcmp(meters->meter[i].kid, kid) == 0)
			return i;
	}
	return free_one;
}

/* Nobody adds to this meter any more: the tables that knew it are gone, and so are the work spaces that kept them. */
static void
fold(struct meters *meters, size_t number)
{
	for (struct tally *t = atomic_load_explicit(meters->tallies, memory_order_acquire); t != NULL; t = t->next) {
		meters->gone_verified += atomic_exchange_explicit(&t->verified[number], 0, memory_order_relaxed);
		meters->gone_minted += atomic_exchange_explicit(&t->minted[number], 0, memory_order_relaxed);
	}
}

static void
unbind(void *arg, struct keytab *tab)
{
	struct meters *meters = arg;

	meters_take(meters);
	for (size_t i = 0; i < tab->ring->count; i++) {
		size_t number = tab->entry[i].meter;

		if (number != 0 && --meters->meter[number].tables == 0)
			fold(meters, number);
	}
	meters_give(meters);
}

void
meters_bind(struct meters *meters, struct keytab *tab)
{
	meters_take(meters);
	for (size_t i = 0; i < tab->ring->count; i++) {
		const char *kid = tab->ring->keys[i].kid;
		size_t number = find(meters, kid);

		tab->entry[i].meter = number;
		if (number != 0 && meters->meter[number].tables++ == 0)
			(void)strcpy(meters->meter[number].kid, kid);
	}
	meters_give(meters);
	tab->on_free = unbind;
	tab->on_free_arg = meters;
}
