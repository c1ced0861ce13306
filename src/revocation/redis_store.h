/* SPDX-License-Identifier: MIT */
/*
 * L5: the inside of the Redis and Valkey store, shared by its files. One connection, `main`, does everything, in the order of
 * its commands; a second, `bell`, only hears that the log has grown, and may fail without harm. Whoever holds `drive` moves
 * the feed on, and holds no other lock while talking to the server; `outbox` and `asks` are under the revocations' lock.
 *   redis.c        what the index calls        redis_step.c   connecting, rounds, time        redis_log.c   commands, replies
 *   redis_read.c   entries that were read      redis_once.c   one-time use                    redis_init.c  writing an epoch
 */
#ifndef REVOCATION_REDIS_STORE_H
#define REVOCATION_REDIS_STORE_H

#include "revocation/feed.h"
#include "revocation/feed_entry.h"
#include "revocation/outbox.h"
#include "revocation/redis_conn.h"
#include "revocation/revocations.h"

#define REDIS_TIMEOUT_MS 2000	   /* of a reply, at most; less under a shorter max_staleness */
#define REDIS_BEAT_MS 1000	   /* between two proofs of contact, at most; likewise */
#define REDIS_BACKOFF_MIN_MS 50
#define REDIS_BACKOFF_MAX_MS 1000
#define REDIS_BELL_MS 5000	   /* for how long one command of the bell waits on the server */
#define REDIS_TRIM_EVERY_MS 60000
#define REDIS_TRIM_SPARE_S 60	   /* how much longer than needed the log keeps an entry */
#define REDIS_TRIM_AHEAD_S 600	   /* of the server's clock before ours, from where on nothing is trimmed */
#define REDIS_BATCH 512		   /* entries of one reply */
#define REDIS_FLIGHT 256	   /* entries that were sent and not answered */
#define REDIS_EXPECTED 512	   /* replies awaited at a time */
#define REDIS_COPIES 4096	   /* publications remembered, to tell one that comes again */
#define REDIS_LATE_MS 30000	   /* between an entry's own time and the server's: longer is a replay */
#define REDIS_AWAIT_MS 1000	   /* that a call waits for the server */
#define REDIS_ID_ROOM 48
#define REDIS_KEY_ROOM 64
#define REDIS_ZERO "0-0"

enum redis_phase {
	REDIS_DOWN,
	REDIS_LOGIN, /* or connecting */
	REDIS_LIVE
};

/* What the next reply answers. */
enum redis_reply_of {
	REPLY_LOGIN, /* AUTH, SELECT */
	REPLY_BEAT,
	REPLY_TIME,
	REPLY_EPOCH,
	REPLY_LAST,
	REPLY_READ,
	REPLY_TRIM,
	REPLY_ADD,
	REPLY_ASK
};

enum ask_state { ASK_WAITING, ASK_SENT, ASK_FIRST, ASK_USED, ASK_LOST };

/* One question of one-time use. Freed by whoever is last to need it. */
struct redis_ask {
	struct redis_ask *next;
	uint8_t key[REVOCATION_KEY_LEN];
	int64_t ttl_s;
	enum ask_state state;
	int is_left; /* nobody waits for it any more */
};

struct redis_expected {
	enum redis_reply_of of;
	struct outbox_item *item; /* of REPLY_ADD */
	struct redis_ask *ask;	  /* of REPLY_ASK */
};

struct redis_store {
	struct revocations *r;
	struct redis_target target;
	struct redis_auth *auth; /* NULL: none */
	struct feed_key key;
	char log[REDIS_KEY_ROOM], beat[REDIS_KEY_ROOM], once[REDIS_KEY_ROOM]; /* names on the server */
	int64_t timeout_ms, beat_ms;
	pid_t pid; /* whose sockets these are */
	struct forklock *drive;
	int epoll, wake; /* to wait on; an eventfd within */
	struct feed *feed;

	/* From here: whoever holds `drive`. */
	enum redis_phase phase;
	struct redis_conn main, bell;
	int main_mask, bell_mask; /* what epoll waits for; 0: not there */
	struct redis_expected expected[REDIS_EXPECTED];
	size_t expected_first, expected_count, in_flight;
	int64_t retry_at, backoff_ms, next_round, next_trim;
	enum { ROUND_NONE, ROUND_SENT, ROUND_READS } round; /* READS: nothing is lost, and what is new is read */
	int round_reads_again; /* what is being read was asked for before */
	int64_t round_began_ms; /* elapsed */
	int has_epoch;
	uint8_t epoch[FEED_EPOCH_BYTES];
	char last[REDIS_ID_ROOM]; /* id of the last entry read, "0-0": none */
	uint8_t last_print[SIPHASH_LEN];
	char asked[REDIS_ID_ROOM]; /* what was the last when this round asked for it: a read under way may have moved on since */
	uint8_t asked_print[SIPHASH_LEN];
	int is_at_end; /* the log has been read to its end once, under this epoch */
	int is_reading, skips_read, wants_read;
	size_t batch;
	int64_t server_ms; /* its clock, as last told; -1: never */
	int64_t life_ms;   /* of the entry that lives longest */
	struct revocation_index *there; /* during a full reading: what the server has */
	uint64_t copies[REDIS_COPIES];
	uint64_t copy_key; /* of the numbers of our own publications */
	int64_t ignored;   /* entries, since that was last told */
	int64_t bell_retry_at;
	unsigned bell_login; /* replies to come before it can be armed */
	int bell_is_armed;

	/* From here: under the revocations' lock. */
	struct outbox *outbox;
	struct redis_ask *asks;
};

/* redis_step.c: under `drive`, without another lock. Milliseconds until it wants to be called again. */
SESS_CHECKED int redis_step(struct redis_store *s);
/* The handles of a process: SESS_ERR_MEMORY. */
SESS_CHECKED int redis_open_handles(struct redis_store *s);
void redis_close_handles(struct redis_store *s);
void redis_wake(struct redis_store *s);
/* One turn of whoever drives: a step, what is to be told, and (wait_ms > 0) a wait of at most that long. Returns how long
 * there is nothing to do. */
int redis_turn(struct redis_store *s, int64_t wait_ms);

/* redis_log.c: each sends one command, whose reply redis_reply_take() understands. */
SESS_CHECKED enum fault redis_log_login(struct redis_store *s, struct redis_conn *c, unsigned *ret_replies);
SESS_CHECKED enum fault redis_log_round(struct redis_store *s); /* a write, the server's time, its epoch, the last entry */
SESS_CHECKED enum fault redis_log_read(struct redis_store *s);
SESS_CHECKED enum fault redis_log_trim(struct redis_store *s);
SESS_CHECKED enum fault redis_log_publish(struct redis_store *s); /* as much as may be in flight */
SESS_CHECKED enum fault redis_log_ask(struct redis_store *s);
SESS_CHECKED enum fault redis_log_arm_bell(struct redis_store *s);
/* Every reply that has come. */
SESS_CHECKED enum fault redis_reply_take(struct redis_store *s);
/* No reply will come any more. */
void redis_reply_forget(struct redis_store *s);
/* The epoch among a stream's groups, as the server lists them. */
SESS_CHECKED int redis_reply_find_epoch(const struct feed_key *key, const redisReply *groups, uint8_t ret[FEED_EPOCH_BYTES]);

/* redis_read.c */
/* The log is to be read from its beginning, and what the server lacks published again. */
SESS_CHECKED enum fault redis_read_anew(struct redis_store *s);
/* The entries of one reply to XREAD (NULL: none). *ret_count: how many. */
SESS_CHECKED enum fault redis_read_entries(struct redis_store *s, const redisReply *entries, size_t *ret_count);
/* The end was reached. */
SESS_CHECKED enum fault redis_read_ended(struct redis_store *s);
/* What an entry is recognised by. */
void redis_read_print(const redisReply *fields, uint8_t out[SIPHASH_LEN]);
int64_t redis_read_id_ms(const char *id);

/* redis_once.c */
SESS_CHECKED int redis_once(struct revocations *r, const struct revocation *use, int64_t now, int *ret_first, sess_diag *diag);

/* redis.c */
int64_t redis_now(const struct redis_store *s); /* -1: the clock cannot be read */
void redis_names(struct redis_store *s, const struct names *names);
/* Waits, or drives the feed where nobody else does, until is_done says so or the time is over; and says what it said. */
int redis_wait_until(struct redis_store *s, int (*is_done)(struct redis_store *s, void *arg), void *arg,
    int64_t wait_ms);

#endif
