/* SPDX-License-Identifier: MIT */
/* L5: two queues, and a table of buckets by name to find what was read back. */
#include "revocation/outbox.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096 /* a power of two */

struct queue {
	struct outbox_item *first, *last;
	struct outbox_item *next; /* the first that waits, or NULL: none does */
};

struct outbox {
	struct queue queue[2]; /* by `fresh` */
	struct outbox_item *bucket[BUCKETS];
	uint64_t tickets;
	size_t unacked;
};

struct outbox *
outbox_new(void)
{
	return calloc(1, sizeof(struct outbox));
}

void
outbox_free(struct outbox *o)
{
	struct outbox_item *next;

	if (o == NULL)
		return;
	for (int q = 0; q < 2; q++) {
		for (struct outbox_item *i = o->queue[q].first; i != NULL; i = next) {
			next = i->next;
			free(i);
		}
	}
	free(o);
}

/* The name is a keyed hash: its bytes are as good as random. */
static size_t
bucket_of(const struct revocation *r)
{
	return (size_t)(r->key[0] | r->key[1] << 8) & (BUCKETS - 1);
}

static struct outbox_item *
find(const struct outbox *o, const struct revocation *r)
{
	struct outbox_item *i = o->bucket[bucket_of(r)];

	while (i != NULL && (i->gone || i->r.event != r->event || memcmp(i->r.key, r->key, REVOCATION_KEY_LEN) != 0))
		i = i->next_there;
	return i;
}

int
outbox_add(struct outbox *o, const struct revocation *r, int fresh, uint64_t *ret_ticket)
{
	struct outbox_item *i = find(o, r);
	struct queue *q = &o->queue[fresh != 0];
	size_t at = bucket_of(r);

	if (i == NULL) {
		if ((i = calloc(1, sizeof(*i))) == NULL)
			return SESS_ERR_MEMORY;
		i->r = *r;
		i->fresh = fresh != 0;
		i->ticket = ++o->tickets;
		i->next_there = o->bucket[at];
		o->bucket[at] = i;
		i->prev = q->last;
		if (q->last != NULL)
			q->last->next = i;
		else
			q->first = i;
		q->last = i;
		if (q->next == NULL)
			q->next = i;
		o->unacked++;
	}
	if (ret_ticket != NULL)
		*ret_ticket = i->ticket;
	return 0;
}

static void
drop(struct outbox *o, struct outbox_item *item)
{
	struct queue *q = &o->queue[item->fresh];
	struct outbox_item **at = &o->bucket[bucket_of(&item->r)];

	while (*at != item)
		at = &(*at)->next_there;
	*at = item->next_there;
	if (q->next == item)
		q->next = item->next;
	if (item->prev != NULL)
		item->prev->next = item->next;
	else
		q->first = item->next;
	if (item->next != NULL)
		item->next->prev = item->prev;
	else
		q->last = item->prev;
	o->unacked -= item->state != OUTBOX_ACKED && !item->gone;
	free(item);
}

struct outbox_item *
outbox_next(struct outbox *o)
{
	return o->queue[1].next != NULL ? o->queue[1].next : o->queue[0].next;
}

/* Within a queue they are sent in their order: behind the next one, all wait. */
void
outbox_sent(struct outbox *o, struct outbox_item *item)
{
	item->state = OUTBOX_SENT;
	o->queue[item->fresh].next = item->next;
}

void
outbox_acked(struct outbox *o, struct outbox_item *item)
{
	if (item->gone) {
		drop(o, item);
		return;
	}
	item->state = OUTBOX_ACKED;
	o->unacked--;
}

int
outbox_read_back(struct outbox *o, const struct revocation *r)
{
	struct outbox_item *item = find(o, r);

	if (item == NULL)
		return 0;
	if (item->state != OUTBOX_SENT) {
		drop(o, item);
		return 1;
	}
	item->gone = 1;
	o->unacked--;
	return 1;
}

static void
reset_queue(struct outbox *o, struct queue *q)
{
	struct outbox_item *next;

	for (struct outbox_item *i = q->first; i != NULL; i = next) {
		next = i->next;
		if (i->gone) {
			drop(o, i);
			continue;
		}
		o->unacked += i->state == OUTBOX_ACKED;
		i->state = OUTBOX_WAITING;
	}
	q->next = q->first;
}

void
outbox_reset(struct outbox *o)
{
	reset_queue(o, &o->queue[0]);
	reset_queue(o, &o->queue[1]);
}

int
outbox_is_acked(const struct outbox *o, uint64_t ticket)
{
	for (const struct outbox_item *i = o->queue[1].first; i != NULL && i->ticket <= ticket; i = i->next) {
		if (i->state != OUTBOX_ACKED && !i->gone)
			return 0;
	}
	return 1;
}

int
outbox_has(const struct outbox *o, const struct revocation *r)
{
	const struct outbox_item *i = find(o, r);

	return i != NULL && i->state != OUTBOX_ACKED;
}

size_t
outbox_count(const struct outbox *o)
{
	return o->unacked;
}
