/* SPDX-License-Identifier: MIT */
/* L5: the commands of the feed, each of which is expected to be answered in its turn. */
#include <inttypes.h>
#include <stdio.h>
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
