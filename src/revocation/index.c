/* SPDX-License-Identifier: MIT */
/*
 * L5: the live revocations of one manager: readers that come and go, the writer's rules (known, undone, merged, full), and
 * the change to a larger table. Decides nothing about tokens.
 */
#include "revocation/index.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "revocation/table.h"

#define SLOTS_MIN 1024
#define STRIPES 64 /* a power of two */

/* A cache line each, so that readers do not disturb one another. */
struct stripe {
	_Alignas(64) atomic_uint readers;
};

struct revocation_index {
	struct stripe stripe[STRIPES];
	_Atomic(struct table *) table;
	atomic_size_t has[8];
	size_t max;
};

struct revocation_index *
index_new(size_t max)
{
	struct revocation_index *index = aligned_alloc(64, sizeof(*index));
	struct table *t = table_new(SLOTS_MIN);

	if (index == NULL || t == NULL) {
		free(index);
		table_free(t);
		return NULL;
	}
	memset(index, 0, sizeof(*index));
	index->max = max;
	atomic_init(&index->table, t);
	return index;
}

void
index_free(struct revocation_index *index)
{
	if (index == NULL)
		return;
	table_free(atomic_load(&index->table));
	free(index);
}

unsigned
index_enter(struct revocation_index *index)
{
	uint64_t id = (uint64_t)(uintptr_t)pthread_self();
	unsigned stay = (unsigned)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 58) & (STRIPES - 1);

	/* Ordered against the load of the table: the writer publishes first and counts readers after. */
	atomic_fetch_add(&index->stripe[stay].readers, 1);
	return stay;
}

void
index_leave(struct revocation_index *index, unsigned stay)
{
	atomic_fetch_sub_explicit(&index->stripe[stay].readers, 1, memory_order_release);
}

/* A stripe seen empty once is free of readers of the old: those that come now see the new. */
static void
synchronize(struct revocation_index *index)
{
	for (size_t i = 0; i < STRIPES; i++) {
		while (atomic_load(&index->stripe[i].readers) != 0)
			(void)sched_yield();
	}
}

void
index_forget_readers(struct revocation_index *index)
{
	for (size_t i = 0; i < STRIPES; i++)
		atomic_store(&index->stripe[i].readers, 0);
}

int
index_has(const struct revocation_index *index, enum revocation_kind kind)
{
	return atomic_load_explicit(&index->has[kind], memory_order_acquire) != 0;
}

void
index_prefetch(const struct revocation_index *index, const uint8_t key[REVOCATION_KEY_LEN])
{
	const struct table *t = atomic_load(&index->table);

	table_prefetch(t, key);
}

int64_t
index_find(const struct revocation_index *index, const uint8_t key[REVOCATION_KEY_LEN], enum revocation_kind kind,
    int64_t now)
{
	struct run run = run_start(atomic_load(&index->table), key);
	struct entry *e;
	int64_t best = -1;

	while ((e = run_next(&run)) != NULL) {
		struct revocation r = entry_read(e);

		/* What was undone reads as t 0, until 0. */
		if (REVOCATION_KIND_OF(r.event) == (int)kind && now < r.until && r.t > best)
			best = r.t;
	}
	return best;
}

static void
publish(struct revocation_index *index, struct table *t)
{
	struct table *old = atomic_exchange(&index->table, t);

	for (int kind = 0; kind < 8; kind++)
		atomic_store_explicit(&index->has[kind], t->kinds[kind], memory_order_release);
	synchronize(index);
	table_free(old);
}

static int
is_live(const struct revocation *r, int64_t now)
{
	/* What was undone reads as t 0, life 0. */
	return now < r->until;
}

static size_t
count_live(const struct table *t, int64_t now)
{
	size_t live = 0;

	for (size_t i = 0; i < t->slots; i++) {
		if (!table_is_used(t, i))
			continue;
		struct revocation r = entry_read(&t->entry[i]);
		live += (size_t)is_live(&r, now);
	}
	return live;
}

/* A table in which the living fill 0.57: at 0.80 the next one comes. */
static int
renew_table(struct revocation_index *index, int64_t now)
{
	const struct table *old = atomic_load(&index->table);
	size_t live = count_live(old, now), slots = live / 57 * 100 + 100;
	struct table *t = table_new(slots < SLOTS_MIN ? SLOTS_MIN : slots);

	if (t == NULL)
		return SESS_ERR_MEMORY;
	for (size_t i = 0; i < old->slots; i++) {
		if (!table_is_used(old, i))
			continue;
		struct revocation r = entry_read(&old->entry[i]);
		if (is_live(&r, now))
			table_add(t, &r);
	}
	publish(index, t);
	return 0;
}

static int
make_room(struct revocation_index *index, int64_t now)
{
	const struct table *t = atomic_load(&index->table);
	int rc;

	if (t->used < index->max && t->used + 1 <= t->slots / 5 * 4)
		return 0;
	if (t->used >= index->max && count_live(t, now) >= index->max)
		return SESS_ERR_STORE;
	if ((rc = renew_table(index, now)) != 0)
		return rc;
	return 0;
}

/* What the run of one key holds already, of an entry that is to come. */
struct same_key {
	int known, undone, dominated;
	struct entry *spent;  /* one that says nothing any more, so its place can be had */
	size_t kin;	      /* entries of the same kind */
	struct entry *a, *b;  /* the two of them with the least t */
};

static void
look_at(struct same_key *s, struct entry *e, const struct revocation *r, int64_t now)
{
	struct revocation there = entry_read(e);
	int same_number = REVOCATION_NUMBER_OF(there.event) == REVOCATION_NUMBER_OF(r->event);
	int kind = REVOCATION_KIND_OF(r->event);

	if (same_number && REVOCATION_KIND_OF(there.event) == REVOCATION_UNDO && kind != REVOCATION_UNDO)
		s->undone = 1;
	if (same_number && REVOCATION_KIND_OF(there.event) == kind)
		s->known = 1;
	if (!is_live(&there, now))
		s->spent = e;
	if (REVOCATION_KIND_OF(there.event) != kind || kind == REVOCATION_UNDO || !is_live(&there, now))
		return;
	if ((there.event & REVOCATION_FOLDED) != 0 && there.t >= r->t && there.until >= r->until)
		s->dominated = 1;
	s->kin++;
	if (s->a == NULL || there.t < entry_read(s->a).t) {
		s->b = s->a;
		s->a = e;
	} else if (s->b == NULL || there.t < entry_read(s->b).t) {
		s->b = e;
	}
}

/* Whoever logs out everywhere a thousand times must not make a run of a thousand. The later of the two oldest takes over what
 * both refuse, and for that can no longer be undone; the other's place is free. */
static struct entry *
fold(struct same_key *s)
{
	struct revocation a = entry_read(s->a), b = entry_read(s->b);
	int64_t until = a.until > b.until ? a.until : b.until;

	b.until = until;
	b.event |= REVOCATION_FOLDED;
	entry_change(s->b, &b);
	return s->a;
}

static void
kill_undone(const struct table *t, const struct revocation *undo)
{
	struct run run = run_start(t, undo->key);
	struct entry *e;

	while ((e = run_next(&run)) != NULL) {
		uint64_t event = entry_read(e).event;

		if (REVOCATION_NUMBER_OF(event) == REVOCATION_NUMBER_OF(undo->event) &&
		    REVOCATION_KIND_OF(event) != REVOCATION_UNDO && (event & REVOCATION_FOLDED) == 0)
			entry_kill(e);
	}
}

int
index_put(struct revocation_index *index, const struct revocation *r, int64_t now, enum index_put *ret_put)
{
	struct table *t = atomic_load(&index->table);
	struct same_key s = { 0 };
	struct run run = run_start(t, r->key);
	struct entry *e;
	int kind = REVOCATION_KIND_OF(r->event), rc;

	while ((e = run_next(&run)) != NULL)
		look_at(&s, e, r, now);
	*ret_put = !is_live(r, now) ? INDEX_PUT_EXPIRED : s.undone ? INDEX_PUT_UNDONE :
	    s.known || s.dominated ? INDEX_PUT_KNOWN : INDEX_PUT_NEW;
	if (*ret_put != INDEX_PUT_NEW)
		return 0;
	if (s.spent == NULL && s.kin >= INDEX_SAME_KEY)
		s.spent = fold(&s);
	if (s.spent == NULL && (rc = make_room(index, now)) != 0)
		return rc;
	t = atomic_load(&index->table);
	if (kind == REVOCATION_UNDO)
		kill_undone(t, r);
	/* Before there is one: a fork in between must not leave a child that never looks for it. */
	atomic_store_explicit(&index->has[kind], t->kinds[kind] + 1, memory_order_release);
	if (s.spent != NULL) {
		t->kinds[kind]++;
		entry_write(s.spent, r);
	} else {
		table_add(t, r);
	}
	atomic_store_explicit(&index->has[kind], t->kinds[kind], memory_order_release);
	return 0;
}

size_t
index_by_number(const struct revocation_index *index, uint64_t number, struct revocation *out, size_t room)
{
	const struct table *t = atomic_load(&index->table);
	size_t n = 0;

	for (size_t i = 0; i < t->slots && n < room; i++) {
		if (!table_is_used(t, i))
			continue;
		out[n] = entry_read(&t->entry[i]);
		n += REVOCATION_NUMBER_OF(out[n].event) == number;
	}
	return n;
}

int
index_each(const struct revocation_index *index, int64_t now, int (*each)(const struct revocation *r, void *arg), void *arg)
{
	const struct table *t = atomic_load(&index->table);
	int rc;

	for (size_t i = 0; i < t->slots; i++) {
		if (!table_is_used(t, i))
			continue;
		struct revocation r = entry_read(&t->entry[i]);
		if (is_live(&r, now) && (rc = each(&r, arg)) != 0)
			return rc;
	}
	return 0;
}

size_t
index_count(const struct revocation_index *index)
{
	return atomic_load(&index->table)->used;
}

size_t
index_bytes(const struct revocation_index *index)
{
	const struct table *t = atomic_load(&index->table);

	return sizeof(*t) + t->slots * (sizeof(t->entry[0]) + 1);
}
