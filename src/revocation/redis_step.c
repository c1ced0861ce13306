/* SPDX-License-Identifier: MIT */
/*
 * L5: the feed's time: when to connect and how long to wait after a fault, when to prove contact, what is sent when. Every step
 * does what can be done without waiting, and says how long there is nothing to do.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "revocation/redis_store.h"
#include "token/clock.h"

#define WAIT_MAX_MS 1000

int
redis_open_handles(struct redis_store *s)
{
	struct epoll_event e = { .events = EPOLLIN };

	s->main = s->bell = (struct redis_conn)REDIS_CONN_NONE;
	s->main_mask = s->bell_mask = 0;
	s->pid = getpid();
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->epoll < 0 || s->wake < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->wake, &e) != 0)
		return SESS_ERR_MEMORY;
	return 0;
}

static void
close_one(struct redis_store *s, struct redis_conn *c, int *mask)
{
	/* Not left to close(): a forked child may hold a copy of the descriptor, and then it would stay in the set. */
	if (*mask != 0)
		(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, atomic_load(&c->fd), NULL);
	*mask = 0;
	redis_conn_close(c);
}

static void
close_bell(struct redis_store *s)
{
	close_one(s, &s->bell, &s->bell_mask);
	s->bell_is_armed = 0;
	s->bell_retry_at = redis_conn_clock() + s->beat_ms;
}

void
redis_close_handles(struct redis_store *s)
{
	if (s->pid == getpid()) {
		close_one(s, &s->main, &s->main_mask);
		close_one(s, &s->bell, &s->bell_mask);
	} else {
		redis_conn_abandon(&s->main);
		redis_conn_abandon(&s->bell);
	}
	if (s->epoll >= 0)
		(void)close(s->epoll);
	if (s->wake >= 0)
		(void)close(s->wake);
	s->epoll = s->wake = -1;
}

void
redis_wake(struct redis_store *s)
{
	uint64_t one = 1;
	ssize_t n = write(s->wake, &one, sizeof(one));

	(void)n; /* full: it will wake as it is */
}

static void
watch(struct redis_store *s, struct redis_conn *c, int *mask)
{
	int wanted = EPOLLIN | (redis_conn_wants_write(c) ? EPOLLOUT : 0);
	struct epoll_event e = { .events = (uint32_t)wanted };

	if (c->context == NULL || *mask == wanted)
		return;
	(void)epoll_ctl(s->epoll, *mask == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, atomic_load(&c->fd), &e);
	*mask = wanted;
}

/* Everything that the connection stood for begins anew with the next; how long that takes doubles. */
static void
fail(struct redis_store *s, enum fault fault)
{
	if (fault == FAULT_TOO_LARGE)
		s->batch = s->batch > 8 ? s->batch / 8 : 1;
	close_one(s, &s->main, &s->main_mask);
	close_bell(s);
	redis_reply_forget(s);
	s->phase = REDIS_DOWN;
	s->has_epoch = s->is_at_end && s->has_epoch;
	s->retry_at = redis_conn_clock() + s->backoff_ms;
	s->backoff_ms = s->backoff_ms * 2 < REDIS_BACKOFF_MAX_MS ? s->backoff_ms * 2 : REDIS_BACKOFF_MAX_MS;
	atomic_store(&s->r->fault, (int)fault);
}

static enum fault
connect_main(struct redis_store *s)
{
	unsigned replies = 0;
	enum fault fault = redis_conn_open(&s->main, &s->target, s->timeout_ms);

	if (fault != FAULT_NONE)
		return fault;
	s->phase = REDIS_LOGIN;
	return redis_log_login(s, &s->main, &replies);
}

static enum fault
begin_round(struct redis_store *s, int64_t now)
{
	int64_t ms = -1;
	enum fault fault;

	if (clock_elapsed(s->r->config.elapsed, s->r->config.elapsed_arg, &ms) != 0)
		ms = -1;
	s->round_began_ms = ms;
	s->round = ROUND_SENT;
	s->next_round = now + s->beat_ms;
	if ((fault = redis_log_round(s)) != FAULT_NONE || !s->is_at_end || now < s->next_trim)
		return fault;
	s->next_trim = now + REDIS_TRIM_EVERY_MS;
	return redis_log_trim(s);
}

static enum fault
move_main(struct redis_store *s, int64_t now)
{
	enum fault fault;

	(void)redis_conn_pump(&s->main);
	/* What was said before a connection ended says why. */
	if ((fault = redis_reply_take(s)) != FAULT_NONE)
		return fault;
	if (s->phase == REDIS_LOGIN && s->main.is_connected && s->main.awaited == 0) {
		s->phase = REDIS_LIVE;
		s->next_round = now;
	}
	if (s->phase != REDIS_LIVE)
		return FAULT_NONE;
	if (s->round == ROUND_NONE && now >= s->next_round && (fault = begin_round(s, now)) != FAULT_NONE)
		return fault;
	/* Nothing is written into a log that has not been read to its end on this connection. */
	if (s->is_at_end && s->has_epoch && atomic_load(&s->r->fault) == FAULT_NONE &&
	    ((fault = redis_log_publish(s)) != FAULT_NONE || (fault = redis_log_ask(s)) != FAULT_NONE))
		return fault;
	if (s->wants_read && !s->is_reading && s->has_epoch && s->is_at_end && (fault = redis_log_read(s)) != FAULT_NONE)
		return fault;
	return redis_conn_flush(&s->main);
}

static enum fault
take_bell(struct redis_store *s)
{
	redisReply *reply;

	while ((reply = redis_conn_reply(&s->bell)) != NULL) {
		int type = reply->type;

		freeReplyObject(reply);
		if (type == REDIS_REPLY_ERROR)
			return FAULT_ERROR;
		if (s->bell_login > 0) {
			s->bell_login--;
			continue;
		}
		s->bell_is_armed = 0;
		s->wants_read |= type != REDIS_REPLY_NIL;
	}
	return s->bell.fault;
}

/* Whatever goes wrong with the bell goes wrong with the other connection too, or costs nothing but time until the next round. */
static void
move_bell(struct redis_store *s, int64_t now)
{
	enum fault fault = FAULT_NONE;

	if (s->phase != REDIS_LIVE || !s->is_at_end)
		return;
	if (s->bell.context == NULL) {
		if (now < s->bell_retry_at)
			return;
		fault = redis_conn_open(&s->bell, &s->target, s->timeout_ms);
		if (fault == FAULT_NONE)
			fault = redis_log_login(s, &s->bell, &s->bell_login);
	}
	if (fault == FAULT_NONE) {
		(void)redis_conn_pump(&s->bell);
		fault = take_bell(s);
	}
	if (fault == FAULT_NONE && s->bell_login == 0 && !s->bell_is_armed && !s->wants_read && !s->is_reading)
		fault = redis_log_arm_bell(s);
	if (fault != FAULT_NONE || redis_conn_flush(&s->bell) != FAULT_NONE)
		close_bell(s);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
until_next(const struct redis_store *s, int64_t now)
{
	int64_t at = now + WAIT_MAX_MS;

	if (s->phase == REDIS_DOWN)
		at = sooner(at, s->retry_at);
	if (s->phase == REDIS_LIVE && s->round == ROUND_NONE)
		at = sooner(at, s->next_round);
	if (s->main.context != NULL && (!s->main.is_connected || s->main.awaited > 0))
		at = sooner(at, s->main.deadline_ms);
	if (s->bell.context != NULL)
		at = sooner(at, s->bell.deadline_ms);
	else if (s->phase == REDIS_LIVE && s->is_at_end)
		at = sooner(at, s->bell_retry_at);
	if (s->wants_read && !s->is_reading && s->is_at_end && s->phase == REDIS_LIVE)
		at = now;
	return at <= now ? 0 : (int)(at - now);
}

int
redis_step(struct redis_store *s)
{
	int64_t now = redis_conn_clock();
	enum fault fault = FAULT_NONE;
	uint64_t count;

	if (read(s->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return WAIT_MAX_MS;
	if (s->phase == REDIS_DOWN && now >= s->retry_at)
		fault = connect_main(s);
	if (fault == FAULT_NONE && s->main.context != NULL)
		fault = move_main(s, now);
	if (fault != FAULT_NONE)
		fail(s, fault);
	else
		move_bell(s, now);
	watch(s, &s->main, &s->main_mask);
	watch(s, &s->bell, &s->bell_mask);
	return until_next(s, redis_conn_clock());
}

/* Told without a lock, by whoever has driven. */
static void
tell(struct redis_store *s, int64_t ignored)
{
	int64_t now = redis_now(s);

	if (ignored > 0)
		s->r->config.tell(&(struct revocations_news){ .kind = REVOCATIONS_IGNORED, .now = now, .count = ignored },
		    s->r->config.tell_arg);
	(void)revocations_state(s->r, now < 0 ? 0 : now);
}

int
redis_turn(struct redis_store *s, int64_t wait_ms)
{
	struct epoll_event e;
	int64_t ignored;
	int wait;

	forklock_take(s->drive);
	wait = redis_step(s);
	ignored = s->ignored;
	s->ignored = 0;
	forklock_give(s->drive);
	tell(s, ignored);
	if (wait_ms <= 0 || wait == 0)
		return wait;
	(void)epoll_wait(s->epoll, &e, 1, (int)(wait < wait_ms ? wait : wait_ms));
	return wait;
}
