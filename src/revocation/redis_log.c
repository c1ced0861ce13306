/* SPDX-License-Identifier: MIT */
/*
 * L5: the commands of the feed, and what their replies mean for it. A reply of a form that was not asked for is garbage, and an
 * error one of the faults; what is left are the few answers that decide something.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "revocation/redis_store.h"

static enum fault
expect(struct redis_store *s, enum redis_reply_of of, struct outbox_item *item, struct redis_ask *ask)
{
	size_t at = (s->expected_first + s->expected_count) % REDIS_EXPECTED;

	s->expected[at] = (struct redis_expected){ of, item, ask };
	s->expected_count++;
	return FAULT_NONE;
}

static int
has_room(const struct redis_store *s)
{
	return s->expected_count + 16 < REDIS_EXPECTED;
}

static enum fault
command(struct redis_store *s, enum redis_reply_of of, int argc, const char **argv)
{
	enum fault fault = redis_conn_send(&s->main, argc, argv, NULL, s->timeout_ms);

	return fault != FAULT_NONE ? fault : expect(s, of, NULL, NULL);
}

#define COMMAND(s, of, ...) \
	command((s), (of), (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *)), (const char *[]){ __VA_ARGS__ })

enum fault
redis_log_login(struct redis_store *s, struct redis_conn *c, unsigned *ret_replies)
{
	const struct redis_auth *a = s->auth;
	char db[16];
	enum fault fault = FAULT_NONE;

	*ret_replies = 0;
	if (a != NULL) {
		const char *argv[] = { "AUTH", a->user_len > 0 ? a->user : a->password, a->password };
		size_t lens[] = { 4, a->user_len > 0 ? a->user_len : a->password_len, a->password_len };

		fault = redis_conn_send(c, a->user_len > 0 ? 3 : 2, argv, lens, s->timeout_ms);
		++*ret_replies;
	}
	(void)snprintf(db, sizeof(db), "%d", s->target.db);
	if (fault == FAULT_NONE && s->target.db != 0) {
		fault = redis_conn_send(c, 2, (const char *[]){ "SELECT", db }, NULL, s->timeout_ms);
		++*ret_replies;
	}
	for (unsigned i = 0; c == &s->main && i < *ret_replies; i++)
		(void)expect(s, REPLY_LOGIN, NULL, NULL);
	return fault;
}

enum fault
redis_log_round(struct redis_store *s)
{
	enum fault fault;

	/* A read that a server would not answer if it were cut off proves nothing: this one writes. */
	if ((fault = COMMAND(s, REPLY_BEAT, "SET", s->beat, "1", "EX", "86400")) != FAULT_NONE ||
	    (fault = COMMAND(s, REPLY_TIME, "TIME")) != FAULT_NONE ||
	    (fault = COMMAND(s, REPLY_EPOCH, "XINFO", "GROUPS", s->log)) != FAULT_NONE)
		return fault;
	memcpy(s->asked, s->last, sizeof(s->asked));
	memcpy(s->asked_print, s->last_print, sizeof(s->asked_print));
	return COMMAND(s, REPLY_LAST, "XRANGE", s->log, s->asked, s->asked, "COUNT", "1");
}

enum fault
redis_log_read(struct redis_store *s)
{
	char count[24];

	(void)snprintf(count, sizeof(count), "%zu", s->batch);
	s->is_reading = 1;
	s->wants_read = 0;
	return COMMAND(s, REPLY_READ, "XREAD", "COUNT", count, "STREAMS", s->log, s->last);
}

enum fault
redis_log_trim(struct redis_store *s)
{
	char id[32];

	/* A server whose clock has run ahead would take what lives for old. */
	if (s->server_ms <= s->life_ms || s->server_ms / 1000 - redis_now(s) > REDIS_TRIM_AHEAD_S)
		return FAULT_NONE;
	(void)snprintf(id, sizeof(id), "%" PRId64, s->server_ms - s->life_ms);
	return COMMAND(s, REPLY_TRIM, "XTRIM", s->log, "MINID", id);
}

/* Under the lock; what is written says when by the server's clock, as far as that is known. */
static enum fault
publish_one(struct redis_store *s, struct outbox_item *item)
{
	struct feed_entry e = { .r = item->r, .at_ms = s->server_ms };
	char text[FEED_ENTRY_LEN + 1];
	uint8_t mixed[SIPHASH_LEN];
	enum fault fault;

	/* A counter that began at random, so that no two nodes' are the same, spread over the places where they are remembered. */
	s->copy_key++;
	siphash_128(s->r->names.key[REVOCATION_SESSION], &s->copy_key, sizeof(s->copy_key), mixed);
	memcpy(&e.copy, mixed, sizeof(e.copy));
	text[FEED_ENTRY_LEN] = '\0';
	if (feed_entry_format(&s->key, s->epoch, &e, text) != 0)
		return FAULT_MEMORY;
	if ((fault = redis_conn_send(&s->main, 6, (const char *[]){ "XADD", s->log, "NOMKSTREAM", "*", "e", text }, NULL,
		 s->timeout_ms)) != FAULT_NONE)
		return fault;
	outbox_sent(s->outbox, item);
	s->in_flight++;
	return expect(s, REPLY_ADD, item, NULL);
}

enum fault
redis_log_publish(struct redis_store *s)
{
	struct outbox_item *item;
	enum fault fault = FAULT_NONE;
	size_t sent = 0;

	forklock_take(s->r->lock);
	while (fault == FAULT_NONE && s->in_flight < REDIS_FLIGHT && has_room(s) && (item = outbox_next(s->outbox)) != NULL) {
		fault = publish_one(s, item);
		sent++;
	}
	forklock_give(s->r->lock);
	s->wants_read |= sent > 0;
	return fault;
}

/* Under the lock. */
static enum fault
ask_one(struct redis_store *s, struct redis_ask *ask)
{
	char name[REDIS_KEY_ROOM + 2 * REVOCATION_KEY_LEN], ttl[24];
	size_t n = strlen(s->once);
	enum fault fault;

	memcpy(name, s->once, n);
	for (size_t i = 0; i < REVOCATION_KEY_LEN; i++)
		(void)snprintf(name + n + 2 * i, 3, "%02x", ask->key[i]);
	(void)snprintf(ttl, sizeof(ttl), "%" PRId64, ask->ttl_s);
	if ((fault = redis_conn_send(&s->main, 6, (const char *[]){ "SET", name, "1", "NX", "EX", ttl }, NULL, s->timeout_ms)) !=
	    FAULT_NONE)
		return fault;
	ask->state = ASK_SENT;
	return expect(s, REPLY_ASK, NULL, ask);
}

enum fault
redis_log_ask(struct redis_store *s)
{
	enum fault fault = FAULT_NONE;

	forklock_take(s->r->lock);
	for (struct redis_ask *a = s->asks; fault == FAULT_NONE && a != NULL && has_room(s); a = a->next) {
		if (a->state == ASK_WAITING && !a->is_left)
			fault = ask_one(s, a);
	}
	forklock_give(s->r->lock);
	return fault;
}

enum fault
redis_log_arm_bell(struct redis_store *s)
{
	char ms[24];

	(void)snprintf(ms, sizeof(ms), "%d", REDIS_BELL_MS);
	s->bell_is_armed = 1;
	return redis_conn_send(&s->bell, 8,
	    (const char *[]){ "XREAD", "COUNT", "1", "BLOCK", ms, "STREAMS", s->log, s->last }, NULL, REDIS_BELL_MS + s->timeout_ms);
}

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
redis_log_find_epoch(const struct feed_key *key, const redisReply *groups, uint8_t ret[FEED_EPOCH_BYTES])
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
	if (!redis_log_find_epoch(&s->key, reply, epoch))
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
redis_log_take(struct redis_store *s)
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
redis_log_forget(struct redis_store *s)
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
