/* SPDX-License-Identifier: MIT */
/*
 * L5: entries of the log on their way into the index: which are authentic, which came before, what the server has lost. The
 * number of an event makes its second copy harmless; copies that no node of ours has published are told besides.
 */
#include "revocation/redis_store.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_OF(reply) ((reply)->type == REDIS_REPLY_STRING ? (reply)->str : NULL)

int64_t
redis_read_id_ms(const char *id)
{
	return (int64_t)strtoll(id, NULL, 10);
}

void
redis_read_print(const redisReply *fields, uint8_t out[SIPHASH_LEN])
{
	static const uint8_t key[SIPHASH_KEY_LEN] = { 0 };
	uint8_t chain[2 * SIPHASH_LEN] = { 0 };

	for (size_t i = 0; i < fields->elements; i++) {
		const redisReply *f = fields->element[i];

		siphash_128(key, f->type == REDIS_REPLY_STRING ? f->str : "", f->type == REDIS_REPLY_STRING ? f->len : 0,
		    chain + SIPHASH_LEN);
		siphash_128(key, chain, sizeof(chain), chain);
	}
	memcpy(out, chain, SIPHASH_LEN);
}

enum fault
redis_read_anew(struct redis_store *s)
{
	index_free(s->there);
	if ((s->there = index_new(s->r->config.max)) == NULL)
		return FAULT_MEMORY;
	strcpy(s->last, REDIS_ZERO);
	memset(s->copies, 0, sizeof(s->copies));
	s->is_at_end = 0;
	s->skips_read = s->is_reading;
	revocations_set_state(s->r, STORE_READING);
	return FAULT_NONE;
}

/* The one field of an entry of ours; NULL: it is none. */
static const redisReply *
field_of(const redisReply *fields)
{
	if (fields->type != REDIS_REPLY_ARRAY || fields->elements != 2 || TEXT_OF(fields->element[0]) == NULL ||
	    TEXT_OF(fields->element[1]) == NULL || strcmp(fields->element[0]->str, "e") != 0)
		return NULL;
	return fields->element[1];
}

/* Whether an authentic entry that brought nothing is one that somebody else has put there again: it has come before, or
 * longer after its own time than a node takes to publish. */
static int
is_replay(struct redis_store *s, const struct feed_entry *e, int64_t id_ms)
{
	uint64_t *place = &s->copies[e->copy % REDIS_COPIES];
	int before = *place == e->copy;

	*place = e->copy;
	return before || id_ms - e->at_ms > REDIS_LATE_MS || e->at_ms - id_ms > REDIS_LATE_MS;
}

/* Under the revocations' lock. */
static enum fault
apply(struct redis_store *s, const struct feed_entry *e, int64_t id_ms, int64_t now)
{
	int64_t life_ms = (e->r.until - e->r.t + REDIS_TRIM_SPARE_S) * 1000;
	enum index_put put = INDEX_PUT_KNOWN, there;
	int rc = revocations_apply(s->r, &e->r, now, &put), is_ours, replay;

	if (rc != 0 && rc != SESS_ERR_STORE)
		return FAULT_MEMORY;
	/* What does not fit any more closes verification by itself. */
	if (s->there != NULL && index_put(s->there, &e->r, now, &there) == SESS_ERR_MEMORY)
		return FAULT_MEMORY;
	if (life_ms > s->life_ms)
		s->life_ms = life_ms;
	is_ours = outbox_read_back(s->outbox, &e->r);
	replay = is_replay(s, e, id_ms);
	s->ignored += rc == 0 && put != INDEX_PUT_NEW && replay && !is_ours;
	return FAULT_NONE;
}

static enum fault
read_one(struct redis_store *s, const redisReply *entry, int64_t now)
{
	struct feed_entry e;
	const redisReply *text;
	enum fault fault;
	int rc;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || TEXT_OF(entry->element[0]) == NULL ||
	    entry->element[0]->len >= REDIS_ID_ROOM || redis_read_id_ms(entry->element[0]->str) < 0 ||
	    entry->element[1]->type != REDIS_REPLY_ARRAY)
		return FAULT_GARBAGE;
	if ((text = field_of(entry->element[1])) == NULL)
		rc = SESS_ERR_REJECTED;
	else
		rc = feed_entry_parse(&s->key, s->epoch, text->str, text->len, &e);
	if (rc != 0 && rc != SESS_ERR_REJECTED)
		return FAULT_MEMORY;
	s->ignored += rc != 0;
	if (rc == 0 && (fault = apply(s, &e, redis_read_id_ms(entry->element[0]->str), now)) != FAULT_NONE)
		return fault;
	memcpy(s->last, entry->element[0]->str, entry->element[0]->len + 1);
	redis_read_print(entry->element[1], s->last_print);
	return FAULT_NONE;
}

enum fault
redis_read_entries(struct redis_store *s, const redisReply *entries, size_t *ret_count)
{
	enum fault fault = FAULT_NONE;
	int64_t now = redis_now(s);

	*ret_count = entries == NULL ? 0 : entries->elements;
	if (*ret_count == 0)
		return FAULT_NONE;
	forklock_take(s->r->lock);
	for (size_t i = 0; i < *ret_count && fault == FAULT_NONE; i++)
		fault = read_one(s, entries->element[i], now);
	forklock_give(s->r->lock);
	return fault;
}

struct missing {
	struct redis_store *s;
	int64_t now;
};

/* Whatever the server does not know of what lives here. */
static int
publish_missing(const struct revocation *e, void *arg)
{
	const struct missing *m = arg;
	enum index_put put = INDEX_PUT_NEW;
	int rc = index_put(m->s->there, e, m->now, &put);

	if (rc == SESS_ERR_MEMORY)
		return rc;
	if (rc == 0 && put != INDEX_PUT_NEW)
		return 0;
	return outbox_add(m->s->outbox, e, 0, NULL);
}

enum fault
redis_read_ended(struct redis_store *s)
{
	struct missing m = { s, redis_now(s) };
	int rc = 0;

	if (s->there != NULL) {
		forklock_take(s->r->lock);
		/* What a log answered for that is gone, or in another epoch, was not kept by it. No answer is under way: all came before the
		 * end that was read. */
		if (s->in_flight == 0)
			outbox_reset(s->outbox);
		rc = index_each(s->r->index, m.now, publish_missing, &m);
		forklock_give(s->r->lock);
		if (rc != 0)
			return FAULT_MEMORY;
		index_free(s->there);
		s->there = NULL;
	}
	s->is_at_end = 1;
	return FAULT_NONE;
}
