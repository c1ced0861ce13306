/* SPDX-License-Identifier: MIT */
/* L5: finding and adding entries. What they mean, and when a table is too small, the index knows. */
#include "revocation/table.h"

#include <stdlib.h>
#include <string.h>

#define GROUP 8 /* slots whose tags make one word */
#define LOW UINT64_C(0x0101010101010101)
#define SEVEN UINT64_C(0x7f7f7f7f7f7f7f7f)
#define T_SHIFT 26 /* `when` is t above that, and the life in seconds below */
#define DEAD 0

struct table *
table_new(size_t slots)
{
	size_t groups = (slots + GROUP - 1) / GROUP;
	struct table *t = calloc(1, sizeof(*t) + groups * sizeof(t->tags[0]));

	if (t == NULL)
		return NULL;
	t->groups = groups;
	t->slots = slots = groups * GROUP;
	t->entry = calloc(slots, sizeof(*t->entry));
	if (t->entry == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->entry);
	free(t);
}

/* The key is a keyed hash already: its bytes are as good as random. */
static uint64_t
spread(const uint8_t key[REVOCATION_KEY_LEN])
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	return h;
}

static size_t
home(const struct table *t, uint64_t h)
{
	return (size_t)(((h >> 32) * (uint64_t)t->groups) >> 32);
}

static uint8_t
tag_of(uint64_t h)
{
	uint8_t tag = (uint8_t)h;

	return tag == 0 ? 1 : tag;
}

/* The high bit of each byte that is zero, and of no other: a slot taken by mistake could be one that is being written to. */
static uint64_t
zero_bytes(uint64_t word)
{
	return ~(((word & SEVEN) + SEVEN) | word | SEVEN);
}

static void
run_look(struct run *run)
{
	run->word = atomic_load_explicit(&run->t->tags[run->group], memory_order_acquire);
	run->match = zero_bytes(run->word ^ run->pattern);
}

struct run
run_start(const struct table *t, const uint8_t key[REVOCATION_KEY_LEN])
{
	uint64_t h = spread(key);
	struct run run = { .t = t, .key = key, .pattern = LOW * tag_of(h), .group = home(t, h) };

	run_look(&run);
	return run;
}

struct entry *
run_next(struct run *run)
{
	for (;;) {
		while (run->match != 0) {
			struct entry *e = &run->t->entry[run->group * GROUP + (size_t)__builtin_ctzll(run->match) / 8];

			run->match &= run->match - 1;
			if (memcmp(e->key, run->key, REVOCATION_KEY_LEN) == 0)
				return e;
		}
		if (zero_bytes(run->word) != 0)
			return NULL;
		run->group = run->group + 1 == run->t->groups ? 0 : run->group + 1;
		run_look(run);
	}
}

int
table_is_used(const struct table *t, size_t slot)
{
	uint64_t word = atomic_load_explicit(&t->tags[slot / GROUP], memory_order_relaxed);

	return (word >> slot % GROUP * 8 & 255) != 0;
}

void
table_prefetch(const struct table *t, const uint8_t key[REVOCATION_KEY_LEN])
{
	__builtin_prefetch(&t->tags[home(t, spread(key))]);
}

static int64_t
t_of(uint64_t when)
{
	return (int64_t)(when >> T_SHIFT);
}

static int64_t
until_of(uint64_t when)
{
	return t_of(when) + (int64_t)(when & (uint64_t)INDEX_LIFE_MAX_S);
}

static uint64_t
when_of(int64_t t, int64_t until)
{
	int64_t life = until - t;

	return (uint64_t)t << T_SHIFT | (uint64_t)(life > INDEX_LIFE_MAX_S ? INDEX_LIFE_MAX_S : life);
}

struct revocation
entry_read(const struct entry *e)
{
	uint64_t when = atomic_load_explicit(&e->when, memory_order_acquire);
	struct revocation r = { .event = atomic_load_explicit(&e->event, memory_order_acquire), .t = t_of(when),
		.until = until_of(when) };

	memcpy(r.key, e->key, sizeof(r.key));
	return r;
}

void
entry_change(struct entry *e, const struct revocation *r)
{
	atomic_store_explicit(&e->when, when_of(r->t, r->until), memory_order_release);
	atomic_store_explicit(&e->event, r->event, memory_order_release);
}

void
entry_kill(struct entry *e)
{
	atomic_store_explicit(&e->when, DEAD, memory_order_release);
}

void
entry_write(struct entry *e, const struct revocation *r)
{
	entry_kill(e);
	atomic_store_explicit(&e->event, r->event, memory_order_release);
	atomic_store_explicit(&e->when, when_of(r->t, r->until), memory_order_release);
}

void
table_add(struct table *t, const struct revocation *r)
{
	uint64_t h = spread(r->key), word;
	size_t group = home(t, h), at;
	struct entry *e;

	while (zero_bytes(word = atomic_load_explicit(&t->tags[group], memory_order_relaxed)) == 0)
		group = group + 1 == t->groups ? 0 : group + 1;
	at = (size_t)__builtin_ctzll(zero_bytes(word)) / 8;
	e = &t->entry[group * GROUP + at];
	memcpy(e->key, r->key, sizeof(r->key));
	atomic_store_explicit(&e->event, r->event, memory_order_relaxed);
	atomic_store_explicit(&e->when, when_of(r->t, r->until), memory_order_relaxed);
	t->used++;
	t->kinds[REVOCATION_KIND_OF(r->event)]++;
	atomic_store_explicit(&t->tags[group], word | (uint64_t)tag_of(h) << at * 8, memory_order_release);
}
