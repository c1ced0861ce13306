/* SPDX-License-Identifier: MIT */
/*
 * L5: what the replies to the feed's commands mean for it. A reply of a form that was not asked for is garbage, and an error one of
 * the faults; what is left are the few answers that decide something.
 */
#include <stdlib.h>
#include <string.h>

#include "revocation/redis_store.h"

static enum fault
take_status(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STATUS ? FAULT_NONE : FAULT_GARBAGE;
}

static enum fault
take_time(struct redis_store *s, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_STRING || reply->element[0]->len > 15)
		return FAULT_GARBAGE;
	s->server_ms = (int64_t)strtoll(reply->element[0]->str, NULL, 10) * 1000 +
	    (int64_t)strtoll(reply->element[1]->str, NULL, 10) / 1000;
	return s->server_ms > 0 ? FAULT_NONE : FAULT_GARBAGE;
}

/* A group's members: a name and a value by turns. */
static const redisReply *
name_of_group(const redisReply *group)
{
	for (size_t i = 0; group->type == REDIS_REPLY_ARRAY && i + 1 < group->elements; i += 2) {
		const redisReply *key = group->element[i], *value = group->element[i + 1];

		if (key->type == REDIS_REPLY_STRING && value->type == REDIS_REPLY_STRING && strcmp(key->str, "name") == 0)
			return value;
	}
	return NULL;
}

int
redis_reply_find_epoch(const struct feed_key *key, const redisReply *groups, uint8_t ret[FEED_EPOCH_BYTES])
{
	for (size_t i = 0; i < groups->elements; i++) {
		const redisReply *name = name_of_group(groups->element[i]);

		if (name != NULL && feed_epoch_parse(key, name->str, name->len, ret) == 0)
			return 1;
	}
	return 0;
}

static enum fault
lose_epoch(struct redis_store *s)
{
	s->has_epoch = 0;
	s->is_at_end = 0;
	revocations_set_state(s->r, STORE_NO_EPOCH);
	return FAULT_NONE;
}

static int
is_missing_key(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "ERR no such key", 15) == 0;
}

static enum fault
take_epoch(struct redis_store *s, const redisReply *reply)
{
	uint8_t epoch[FEED_EPOCH_BYTES];
	int same;

	if (is_missing_key(reply))
		return lose_epoch(s);
	if (reply->type != REDIS_REPLY_ARRAY)
		return FAULT_GARBAGE;
	if (!redis_reply_find_epoch(&s->key, reply, epoch))
		return lose_epoch(s);
	same = s->has_epoch && memcmp(epoch, s->epoch, sizeof(epoch)) == 0;
	memcpy(s->epoch, epoch, sizeof(epoch));
	s->has_epoch = 1;
	/* Another, or none before: nothing that was read counts. */
	return same ? FAULT_NONE : redis_read_anew(s);
}

/* The server does what it is asked. */
static void
end_fault(struct redis_store *s)
{
	atomic_store(&s->r->fault, FAULT_NONE);
	s->backoff_ms = REDIS_BACKOFF_MIN_MS;
}

/* Whether what had been read last is still there. What is older than any living entry may have been trimmed. */
static enum fault
take_last(struct redis_store *s, const redisReply *reply)
{
	int was_read = strcmp(s->asked, REDIS_ZERO) != 0 && strcmp(s->last, REDIS_ZERO) != 0;
	int is_old = redis_read_id_ms(s->asked) < s->server_ms - s->life_ms;
	uint8_t print[SIPHASH_LEN];
	enum fault fault;

	if (reply->type != REDIS_REPLY_ARRAY)
		return FAULT_GARBAGE;
	if (!s->has_epoch) {
		s->round = ROUND_NONE;
		end_fault(s);
		return FAULT_NONE;
	}
	if (was_read && !(is_old && reply->elements == 0)) {
		memset(print, 0, sizeof(print));
		if (reply->elements == 1 && reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2 &&
		    reply->element[0]->element[1]->type == REDIS_REPLY_ARRAY)
			redis_read_print(reply->element[0]->element[1], print);
		if (memcmp(print, s->asked_print, sizeof(print)) != 0 && (fault = redis_read_anew(s)) != FAULT_NONE)
			return fault;
	}
	s->round = ROUND_READS;
	s->round_reads_again = s->is_reading;
	return s->is_reading ? FAULT_NONE : redis_log_read(s);
}

/* The server has written when it was asked to, and after that there was nothing that is not known here. */
static enum fault
end_round(struct redis_store *s)
{
	enum fault fault = redis_read_ended(s);

	if (fault != FAULT_NONE)
		return fault;
	s->round = ROUND_NONE;
	atomic_store(&s->r->contact_ms, s->round_began_ms);
	end_fault(s);
	revocations_set_state(s->r, STORE_OPEN);
	return FAULT_NONE;
}

/* [[log, entries]], or nothing. */
static enum fault
take_read(struct redis_store *s, const redisReply *reply)
{
	const redisReply *entries = NULL;
	size_t count = 0, asked = s->batch;
	enum fault fault;

	s->is_reading = 0;
	if (s->skips_read || !s->has_epoch) {
		s->skips_read = s->round_reads_again = 0;
		return s->has_epoch ? redis_log_read(s) : FAULT_NONE;
	}
	if (reply->type != REDIS_REPLY_NIL) {
		if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 || reply->element[0]->type != REDIS_REPLY_ARRAY ||
		    reply->element[0]->elements != 2 || reply->element[0]->element[1]->type != REDIS_REPLY_ARRAY)
			return FAULT_GARBAGE;
		entries = reply->element[0]->element[1];
	}
	if ((fault = redis_read_entries(s, entries, &count)) != FAULT_NONE)
		return fault;
	s->batch = asked * 2 < REDIS_BATCH ? asked * 2 : REDIS_BATCH;
	if (count >= asked || s->round_reads_again) {
		s->round_reads_again = 0;
		return redis_log_read(s);
	}
	return s->round == ROUND_READS ? end_round(s) : FAULT_NONE;
}

static enum fault
take_add(struct redis_store *s, const struct redis_expected *x, const redisReply *reply)
{
	s->in_flight--;
	/* The stream is gone, and with it its epoch: the next round says so. */
	if (reply->type == REDIS_REPLY_NIL)
		return FAULT_EMPTIED;
	if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS)
		return FAULT_GARBAGE;
	forklock_take(s->r->lock);
	outbox_acked(s->outbox, x->item);
	forklock_give(s->r->lock);
	return FAULT_NONE;
}

/* Under the lock. */
static void
end_ask(struct redis_store *s, struct redis_ask *ask, enum ask_state state)
{
	struct redis_ask **at = &s->asks;

	ask->state = state;
	while (*at != ask)
		at = &(*at)->next;
	*at = ask->next;
	if (ask->is_left)
		free(ask);
}

static enum fault
take_ask(struct redis_store *s, const struct redis_expected *x, const redisReply *reply)
{
	int first = reply->type == REDIS_REPLY_STATUS;

	if (!first && reply->type != REDIS_REPLY_NIL)
		return FAULT_GARBAGE;
	forklock_take(s->r->lock);
	end_ask(s, x->ask, first ? ASK_FIRST : ASK_USED);
	forklock_give(s->r->lock);
	return FAULT_NONE;
}

static enum fault
take_one(struct redis_store *s, const struct redis_expected *x, const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_ERROR && !(x->of == REPLY_EPOCH && is_missing_key(reply)))
		return fault_of_error(reply->str, reply->len);
	switch (x->of) {
	case REPLY_LOGIN:
	case REPLY_BEAT: return take_status(reply);
	case REPLY_TIME: return take_time(s, reply);
	case REPLY_EPOCH: return take_epoch(s, reply);
	case REPLY_LAST: return take_last(s, reply);
	case REPLY_READ: return take_read(s, reply);
	case REPLY_TRIM: return reply->type == REDIS_REPLY_INTEGER ? FAULT_NONE : FAULT_GARBAGE;
	case REPLY_ADD: return take_add(s, x, reply);
	default: return take_ask(s, x, reply);
	}
}

enum fault
redis_reply_take(struct redis_store *s)
{
	redisReply *reply;
	enum fault fault = FAULT_NONE;

	while (fault == FAULT_NONE && (reply = redis_conn_reply(&s->main)) != NULL) {
		struct redis_expected x = s->expected[s->expected_first];

		s->expected_first = (s->expected_first + 1) % REDIS_EXPECTED;
		s->expected_count--;
		fault = take_one(s, &x, reply);
		freeReplyObject(reply);
	}
	return fault != FAULT_NONE ? fault : s->main.fault;
}

void
redis_reply_forget(struct redis_store *s)
{
	forklock_take(s->r->lock);
	if (s->outbox != NULL)
		outbox_reset(s->outbox);
	while (s->asks != NULL)
		end_ask(s, s->asks, ASK_LOST);
	forklock_give(s->r->lock);
	s->expected_first = s->expected_count = s->in_flight = 0;
	s->round = ROUND_NONE;
	s->is_reading = s->skips_read = s->wants_read = s->round_reads_again = 0;
}
