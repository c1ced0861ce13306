/* SPDX-License-Identifier: MIT */
/*
 * L5: the store of all hosts, over a server of the Redis protocol: what the revocation layer calls. A revocation goes into the
 * outbox and the index at once; the feed publishes it. doc/revocation-feed.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "crypto/rng.h"
#include "revocation/redis_init.h"
#include "revocation/redis_store.h"
#include "token/clock.h"

#define OPEN_WAIT_MS 2000
#define DRIVE_WAIT_MS 10 /* a turn may have ended what is waited for, and waits all the same */
#define PAUSE_MIN_NS 50000
#define PAUSE_MAX_NS 1000000

int64_t
redis_now(const struct redis_store *s)
{
	int64_t now = 0;

	return clock_now(s->r->config.clock, s->r->config.clock_arg, &now, NULL) == 0 ? now : -1;
}

void
redis_names(struct redis_store *s, const struct names *names)
{
	char ring[2 * REVOCATION_KEY_LEN + 1];

	for (size_t i = 0; i < REVOCATION_KEY_LEN; i++)
		(void)snprintf(ring + 2 * i, 3, "%02x", names->ring_id[i]);
	/* The braces keep all names of a ring on one node of a cluster. */
	(void)snprintf(s->log, sizeof(s->log), "sess:{%s}:log", ring);
	(void)snprintf(s->beat, sizeof(s->beat), "sess:{%s}:beat", ring);
	(void)snprintf(s->once, sizeof(s->once), "sess:{%s}:once:", ring);
}

static void
take_turn(void *arg)
{
	(void)redis_turn(arg, 1000);
}

static void
wake_up(void *arg)
{
	redis_wake(arg);
}

/* As it begins, and begins again in a forked child: closed until the log was read. */
static int
begin(struct redis_store *s)
{
	struct revocations *r = s->r;
	int rc;

	s->phase = REDIS_DOWN;
	s->expected_first = s->expected_count = s->in_flight = 0;
	s->retry_at = s->next_trim = s->bell_retry_at = 0;
	s->backoff_ms = REDIS_BACKOFF_MIN_MS;
	s->round = ROUND_NONE;
	s->has_epoch = s->is_at_end = s->is_reading = s->skips_read = s->wants_read = s->round_reads_again = 0;
	s->bell_is_armed = 0;
	s->batch = REDIS_BATCH;
	s->server_ms = -1;
	s->there = NULL;
	s->asks = NULL;
	s->feed = NULL;
	strcpy(s->last, REDIS_ZERO);
	atomic_store(&r->contact_ms, -1);
	atomic_store(&r->fault, FAULT_NONE);
	revocations_set_state(r, STORE_READING);
	if ((s->outbox = outbox_new()) == NULL)
		return SESS_ERR_MEMORY;
	if ((rc = redis_open_handles(s)) != 0)
		return rc;
	return r->config.is_callers_loop ? 0 : feed_start(take_turn, wake_up, s, &s->feed);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
draw_copy_key(struct redis_store *s)
{
	struct rng *rng = NULL;
	int rc = rng_new(NULL, NULL, &rng);

	if (rc == 0)
		rc = rng_bytes(rng, (uint8_t *)&s->copy_key, sizeof(s->copy_key));
	rng_free(rng);
	return rc;
}

static int
prepare(struct redis_store *s, const char *rest, sess_diag *diag)
{
	struct revocations *r = s->r;
	int rc;

	s->epoll = s->wake = -1;
	s->main = s->bell = (struct redis_conn)REDIS_CONN_NONE;
	if ((rc = redis_target_parse(r->ops->scheme, rest, &s->target, diag)) != 0)
		return rc;
	if (r->config.auth_path != NULL && (rc = redis_auth_load(r->config.auth_path, &s->auth, diag)) != 0)
		return rc;
	if ((rc = feed_key_init(&s->key, r->config.ring)) != 0 || (rc = forklock_new(&s->drive)) != 0 ||
	    (rc = draw_copy_key(s)) != 0)
		return diag_error(diag, rc, NULL);
	redis_names(s, &r->names);
	s->timeout_ms = least(REDIS_TIMEOUT_MS, r->config.max_staleness_ms / 2);
	s->beat_ms = least(REDIS_BEAT_MS, r->config.max_staleness_ms / 4);
	s->life_ms = (r->config.ring->session_life_s + REVOCATION_KEEP_S + REVOCATION_SKEW_S + REDIS_TRIM_SPARE_S) * 1000;
	return 0;
}

/* Under the revocations' lock, or not: both are atomic. */
static int
is_settled(struct redis_store *s, void *arg)
{
	int state = atomic_load(&s->r->state);

	(void)arg;
	return state == STORE_OPEN || state == STORE_NO_EPOCH || atomic_load(&s->r->fault) != FAULT_NONE;
}

/* A server that is away is no error: the node is closed until it is there. */
static int
redis_open(struct revocations *r, const char *rest, sess_diag *diag)
{
	struct redis_store *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	r->store = s;
	s->r = r;
	if ((rc = prepare(s, rest, diag)) != 0)
		return rc;
	if ((rc = begin(s)) != 0)
		return diag_error(diag, rc, "the revocation store: no thread or descriptor can be had");
	if (!r->config.is_callers_loop)
		(void)redis_wait_until(s, is_settled, NULL, OPEN_WAIT_MS);
	return 0;
}

static void
redis_close(struct revocations *r)
{
	struct redis_store *s = r->store;

	if (s == NULL)
		return;
	feed_stop(s->feed);
	redis_close_handles(s);
	if (s->pid == getpid()) {
		redis_reply_forget(s);
		outbox_free(s->outbox);
		index_free(s->there);
	}
	secret_pages_free(s->auth, sizeof(*s->auth));
	feed_key_done(&s->key);
	forklock_free(s->drive);
	free(s);
}

/* The parent's sockets are closed without a word, its queues may be half changed and are left where they are; what they held
 * is in the index, and published from there if the server lacks it. */
static int
redis_after_fork(struct revocations *r, sess_diag *diag)
{
	struct redis_store *s = r->store;
	int rc;

	redis_close_handles(s);
	if ((rc = draw_copy_key(s)) != 0 || (rc = begin(s)) != 0)
		return diag_error(diag, rc, NULL);
	return 0;
}

static int
redis_publish(struct revocations *r, const struct revocation *entry, size_t n, int64_t now, uint64_t *ret_ticket,
    sess_diag *diag)
{
	struct redis_store *s = r->store;
	int rc;

	(void)now;
	if (s->outbox == NULL)
		return diag_error(diag, SESS_ERR_STORE, "the revocation store: no memory for a queue was had after the fork");
	/* No more than could be in force: the index takes no more either. */
	if (outbox_count(s->outbox) + n > r->config.max)
		return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations_max",
		    "as many revocations wait for the store as revocations_max allows: this one is not in force");
	for (size_t i = 0; i < n; i++) {
		if ((rc = outbox_add(s->outbox, &entry[i], 1, ret_ticket)) != 0)
			return diag_error(diag, rc, NULL);
	}
	redis_wake(s);
	return 0;
}

/* Under the lock. */
static int
is_published(struct redis_store *s, void *arg)
{
	return outbox_is_acked(s->outbox, *(const uint64_t *)arg);
}

static int
redis_await(struct revocations *r, uint64_t ticket)
{
	return !redis_wait_until(r->store, is_published, &ticket, REDIS_AWAIT_MS);
}

static int
redis_is_queued(struct revocations *r, const struct revocation *entry)
{
	const struct redis_store *s = r->store;

	return s->outbox != NULL && outbox_has(s->outbox, entry);
}

static size_t
redis_count_queued(struct revocations *r)
{
	const struct redis_store *s = r->store;

	return s->outbox == NULL ? 0 : outbox_count(s->outbox);
}

static int
redis_fd(struct revocations *r)
{
	const struct redis_store *s = r->store;

	return s->epoll;
}

static int
redis_turn_once(struct revocations *r)
{
	return redis_turn(r->store, 0);
}

/* Where nobody else moves the feed on, whoever waits does. */
static void
pause_or_drive(struct redis_store *s, struct timespec *pause, int64_t left_ms)
{
	if (s->r->config.is_callers_loop) {
		(void)redis_turn(s, left_ms < DRIVE_WAIT_MS ? left_ms : DRIVE_WAIT_MS);
		return;
	}
	(void)nanosleep(pause, NULL);
	if (pause->tv_nsec * 2 <= PAUSE_MAX_NS)
		pause->tv_nsec *= 2;
}

/* A store that is known to be away is not waited for. */
static int
is_hopeless(struct redis_store *s)
{
	return atomic_load(&s->r->fault) != FAULT_NONE || atomic_load(&s->r->state) == STORE_NO_EPOCH;
}

int
redis_wait_until(struct redis_store *s, int (*is_done)(struct redis_store *s, void *arg), void *arg, int64_t wait_ms)
{
	struct timespec pause = { 0, PAUSE_MIN_NS };
	int64_t end = redis_conn_clock() + wait_ms, left;
	int done;

	for (;;) {
		forklock_take(s->r->lock);
		done = is_done(s, arg);
		forklock_give(s->r->lock);
		left = end - redis_conn_clock();
		if (done || left <= 0 || is_hopeless(s))
			return done;
		pause_or_drive(s, &pause, left);
	}
}

#define OPS(name) \
	{ .scheme = (name), .init = redis_init, .open = redis_open, .close = redis_close, .publish = redis_publish, .await = redis_await, \
		.is_queued = redis_is_queued, .once = redis_once, .after_fork = redis_after_fork, .turn = redis_turn_once, \
		.fd = redis_fd, .count_queued = redis_count_queued }

const struct store_ops store_redis = OPS("redis://");
const struct store_ops store_redis_unix = OPS("redis+unix:");
const struct store_ops store_redis_tls = OPS("rediss://");
