/* SPDX-License-Identifier: MIT */
/*
 * The order in which a server's answers come: a read that is under way when a round begins, and an entry that the server has taken
 * and loses before it was read back. The server is real, and so are the connections; that they are slow is done by send() and recv(),
 * and time goes on where the test says so. The program itself drives the feed.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "support/runner.h"

#ifdef SESS_WITH_REDIS
#include "redis_node.h"
#include "revocation/redis_store.h"

/* Linked with -Wl,--wrap. */
ssize_t __real_send(int fd, const void *bytes, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t n, int flags);
ssize_t __real_recv(int fd, void *bytes, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t n, int flags);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

#define READ_COMMAND "*6\r\n$5\r\nXREAD\r\n"

static int mute_fd, no_read_fd; /* from which nothing comes; to which no read is let through; -1: none */
static int64_t clock_ms;

ssize_t
__wrap_recv(int fd, void *bytes, size_t n, int flags)
{
	if (fd != mute_fd)
		return __real_recv(fd, bytes, n, flags);
	errno = EAGAIN;
	return -1;
}

/* What stands before a read goes, as where a buffer is full. */
ssize_t
__wrap_send(int fd, const void *bytes, size_t n, int flags)
{
	const char *at = fd == no_read_fd ? memmem(bytes, n, READ_COMMAND, strlen(READ_COMMAND)) : NULL;
	size_t before = at == NULL ? n : (size_t)(at - (const char *)bytes);

	if (before > 0)
		return __real_send(fd, bytes, before, flags);
	errno = EAGAIN;
	return -1;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){ (time_t)(clock_ms / 1000), (long)(clock_ms % 1000) * 1000000 };
	return 0;
}

static struct redis_store *
store_of(const struct node *n)
{
	return n->manager->revocations->store;
}

static void
turn(struct node *n)
{
	const struct timespec pause = { 0, 1000000 };
	int wait_ms;

	ck_assert_int_eq(sess_revocations_poll(n->manager, &wait_ms, NULL), 0);
	(void)nanosleep(&pause, NULL);
}

/* Turns until it holds, or patience is over. */
#define TURN_UNTIL(node, holds) \
	do { \
		for (int turns = 0; !(holds) && turns < PATIENCE_MS; turns++) \
			turn(node); \
		ck_assert_msg(holds, "%s", #holds); \
	} while (0)

static int
is_open(const struct node *n)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;

	ck_assert_int_eq(sess_revocations_status(n->manager, &status, NULL), 0);
	return status.why == NULL;
}

static void
open_node(struct node *n)
{
	redis_node_open(n);
	TURN_UNTIL(n, is_open(n));
}

static void
setup(void)
{
	mute_fd = no_read_fd = -1;
	clock_ms = 1000000;
	redis_setup();
	redis_config.revocations_feed = SESS_FEED_CALLER;
}

/* The round asks whether the last entry is still there; then the read's answer comes first, with another that is the last. */
START_TEST(test_read_under_way)
{
	struct node a, b;
	struct redis_store *s;
	int lost;

	open_node(&a);
	lost = a.events.lost;
	s = store_of(&a);
	redis_revoke(a.manager, 1, NULL);
	TURN_UNTIL(&a, strcmp(s->last, REDIS_ZERO) != 0 && !s->is_reading && s->bell_is_armed);
	open_node(&b);
	mute_fd = atomic_load(&s->main.fd);
	redis_revoke(b.manager, 2, NULL);
	TURN_UNTIL(&a, s->is_reading);
	clock_ms += s->beat_ms;
	TURN_UNTIL(&a, s->round == ROUND_SENT && !redis_conn_wants_write(&s->main));
	ck_assert_uint_eq(redis_verdict(a.manager, 2), 0);
	mute_fd = -1;
	TURN_UNTIL(&a, s->round != ROUND_SENT);
	ck_assert_ptr_null(s->there);
	ck_assert(is_open(&a));
	ck_assert_uint_eq(redis_verdict(a.manager, 2), SESS_REASON_REVOKED);
	ck_assert_uint_eq(redis_verdict(a.manager, 3), 0);
	ck_assert_int_eq(a.events.lost, lost);
	redis_node_close(&b);
	redis_node_close(&a);
}
END_TEST

/* Done, said the server; then it lost everything, before anybody had read it. */
START_TEST(test_lost_before_it_was_read_back)
{
	struct node a, fresh;
	struct redis_store *s;
	sess_revocation done;
	uint8_t epoch[FEED_EPOCH_BYTES];
	char reply[512], log_name[REDIS_KEY_ROOM];

	open_node(&a);
	s = store_of(&a);
	memcpy(log_name, s->log, sizeof(log_name));
	memcpy(epoch, s->epoch, sizeof(epoch));
	no_read_fd = atomic_load(&s->main.fd);
	redis_revoke(a.manager, 1, &done);
	ck_assert_int_eq(done.queued, 0);
	REDIS_SAY(&redis_server, reply, "XLEN", log_name);
	ck_assert_str_eq(reply, ":1\r\n");
	ck_assert_str_eq(s->last, REDIS_ZERO);
	REDIS_SAY(&redis_server, reply, "FLUSHALL");
	redis_init_log();
	no_read_fd = -1;
	clock_ms += s->beat_ms;
	TURN_UNTIL(&a, memcmp(s->epoch, epoch, sizeof(epoch)) != 0 && is_open(&a));
	/* Without a read that failed or a connection that ended, either of which would have it published again too. */
	ck_assert_int_eq(atomic_load(&s->r->fault), FAULT_NONE);
	TURN_UNTIL(&a, strcmp(s->last, REDIS_ZERO) != 0);
	open_node(&fresh);
	ck_assert_uint_eq(redis_verdict(fresh.manager, 1), SESS_REASON_REVOKED);
	ck_assert_uint_eq(redis_verdict(fresh.manager, 2), 0);
	redis_node_close(&fresh);
	redis_node_close(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redis_order");
	TCase *tcase = tcase_create("redis_order");

	if (redis_server_program() == NULL)
		return runner_skip("neither redis-server nor valkey-server is installed");
	tcase_add_checked_fixture(tcase, setup, redis_teardown);
	tcase_add_test(tcase, test_read_under_way);
	tcase_add_test(tcase, test_lost_before_it_was_read_back);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}

#else

int
main(void)
{
	return runner_skip("this library has no Redis");
}

#endif
