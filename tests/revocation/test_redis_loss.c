/* SPDX-License-Identifier: MIT */
/*
 * What a real server does to a feed: silence, restarts with all, some or none of its data, a flush, a replica, no memory, no writes;
 * and what somebody does who may write on it and has no ring. For each: the verdict, the event, and that nothing revoked is accepted.
 */
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/runner.h"

#ifdef SESS_WITH_REDIS
#include "redis_node.h"
#include "revocation/feed_entry.h"

#define R SESS_REASON_REVOKED
#define U SESS_REASON_STORE_UNAVAILABLE

static char log_name[128], stash[2048];

/* The name of the log, as the server has it. */
static void
find_log(void)
{
	char reply[512], *at;

	REDIS_SAY(&redis_server, reply, "KEYS", "sess:*:log");
	ck_assert_ptr_nonnull(at = strstr(reply, "sess:"));
	at[strcspn(at, "\r")] = '\0';
	strcpy(log_name, at);
}

static void
setup(void)
{
	redis_setup();
	find_log();
}

static void
restart_empty(void)
{
	char path[128];

	redis_server_kill(&redis_server);
	(void)snprintf(path, sizeof(path), "%s/dump.rdb", redis_server.dir);
	(void)unlink(path);
	redis_server_start(&redis_server, NULL);
}

static int
was_told(const struct node *n, const char *why)
{
	int told = 0;

	for (int i = 0; i < n->events.lost && i < 16; i++)
		told |= strcmp(n->events.why[i], why) == 0;
	return told;
}

static void
add_elapsed(int64_t ms)
{
	(void)__atomic_fetch_add(&redis_elapsed_ms, ms, __ATOMIC_RELAXED);
}

/* Silence up to what the policy allows, and beyond it; closed, or open and told. */
START_TEST(test_silence)
{
	int open = _i == 1;
	struct node a;
	sess_revocation r;
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;

	redis_policy.revocations_max_staleness_s = 10;
	redis_policy.revocations_when_stale = open ? SESS_STALE_OPEN : SESS_STALE_CLOSED;
	redis_config.elapsed = redis_clock_elapsed;
	redis_config.elapsed_arg = &redis_elapsed_ms;
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_server_kill(&redis_server);
	redis_await_why(a.manager, "UNREACHABLE");
	/* Told at once, though nothing is refused yet. */
	redis_await_count(&a.events.lost, 1);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), 0);
	redis_revoke(a.manager, 1, &r);
	ck_assert_int_eq(r.queued, 1);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	add_elapsed(10000);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), 0);
	add_elapsed(1);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), open ? 0 : U);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), open ? R : U | R);
	ck_assert(was_told(&a, open ? "STALE_OPEN" : "STALE"));
	ck_assert_int_eq(sess_revocations_status(a.manager, &status, NULL), 0);
	ck_assert_int_eq(status.is_open, open);
	ck_assert_int_eq(status.contact_age_ms, 10001);
	ck_assert_uint_eq(status.queued, 1);
	redis_node_close(&a);
}
END_TEST

/* A server that is there and does not answer is as good as none. */
START_TEST(test_frozen)
{
	struct node a;

	redis_policy.revocations_max_staleness_s = 1;
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	ck_assert_int_eq(kill(redis_server.pid, SIGSTOP), 0);
	redis_await_verdict(a.manager, 1, U);
	redis_revoke(a.manager, 1, NULL);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U | R);
	ck_assert_int_eq(kill(redis_server.pid, SIGCONT), 0);
	redis_await_verdict(a.manager, 2, 0);
	redis_await_queued(a.manager, 0);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	redis_node_close(&a);
}
END_TEST

/* Revoked while it is away, published when it is back: with all it had, or with what it had saved before. */
START_TEST(test_restart)
{
	struct node a, b;
	char reply[64];
	sess_revocation r;

	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_revoke(a.manager, 1, NULL);
	redis_await_queued(a.manager, 0);
	REDIS_SAY(&redis_server, reply, "SAVE");
	redis_revoke(a.manager, 2, NULL); /* done, and lost with the server */
	redis_await_queued(a.manager, 0);
	redis_server_kill(&redis_server);
	redis_await_why(a.manager, "UNREACHABLE");
	redis_revoke(a.manager, 3, &r);
	ck_assert_int_eq(r.queued, 1);
	redis_server_start(&redis_server, NULL);
	redis_await_why(a.manager, NULL);
	redis_await_queued(a.manager, 0);
	redis_node_open(&b);
	redis_await_why(b.manager, NULL);
	for (unsigned n = 1; n <= 3; n++)
		redis_await_verdict(b.manager, n, R);
	ck_assert_uint_eq(redis_verdict(b.manager, 4), 0);
	ck_assert_int_eq(a.events.ignored + b.events.ignored, 0);
	redis_node_close(&a);
	redis_node_close(&b);
}
END_TEST

/* What waits has a limit, and beyond it nothing is called queued. */
START_TEST(test_queue)
{
	char sid[SID_LEN + 1];
	struct node a;
	sess_diag diag;

	redis_policy.revocations_max = 3;
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_server_kill(&redis_server);
	redis_await_why(a.manager, "UNREACHABLE");
	for (unsigned n = 0; n < 3; n++)
		redis_revoke(a.manager, n, NULL);
	redis_sid(3, sid);
	ck_assert_int_eq(sess_revoke_session(a.manager, sid, NULL, NULL, &diag), SESS_ERR_STORE);
	ck_assert_str_eq(diag.member, "revocations_max");
	ck_assert_uint_eq(redis_verdict(a.manager, 3), 0);
	restart_empty();
	redis_init_log();
	redis_await_why(a.manager, NULL);
	redis_await_queued(a.manager, 0);
	redis_node_close(&a);
}
END_TEST

/* Emptied: restarted, flushed, its log deleted, or replaced by one that nobody initialised. Closed until somebody says that this is how it
 * is to be, and then the nodes that live give back what was lost. */
START_TEST(test_emptied)
{
	struct node a, fresh;
	char reply[256];

	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_revoke(a.manager, 1, NULL);
	redis_await_queued(a.manager, 0);
	switch (_i) {
	case 0: restart_empty(); break;
	case 1: REDIS_SAY(&redis_server, reply, "FLUSHALL"); break;
	case 2: REDIS_SAY(&redis_server, reply, "DEL", log_name); break;
	default:
		REDIS_SAY(&redis_server, reply, "DEL", log_name);
		REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", "x");
		REDIS_SAY(&redis_server, reply, "XGROUP", "CREATE", log_name,
		    "epoch:AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "0");
		ck_assert_str_eq(reply, "+OK\r\n");
	}
	redis_await_why(a.manager, "NO_EPOCH");
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U | R);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), U);
	redis_await_count(&a.events.lost, 1);
	/* A new node on its first contact. */
	redis_node_open(&fresh);
	redis_await_why(fresh.manager, "NO_EPOCH");
	ck_assert_uint_eq(redis_verdict(fresh.manager, 1), U);
	redis_revoke(a.manager, 3, NULL);
	redis_init_log();
	redis_await_verdict(a.manager, 1, R);
	redis_await_verdict(a.manager, 2, 0);
	redis_await_verdict(fresh.manager, 1, R);
	redis_await_verdict(fresh.manager, 3, R);
	redis_node_close(&fresh);
	redis_node_close(&a);
}
END_TEST

/* Servers that take no writes: a replica, one without memory, one that has lost its replicas. */
START_TEST(test_no_writes)
{
	static const struct {
		const char *why, *away[3], *back[3];
	} rows[] = { { "READONLY", { "REPLICAOF", "127.0.0.1", "1" }, { "REPLICAOF", "NO", "ONE" } },
		{ "OOM", { "SET", "maxmemory", "1" }, { "SET", "maxmemory", "0" } },
		{ "NO_WRITES", { "SET", "min-replicas-to-write", "1" }, { "SET", "min-replicas-to-write", "0" } } };
	struct node a;
	char reply[256];
	sess_revocation r;

	redis_config.elapsed = redis_clock_elapsed;
	redis_config.elapsed_arg = &redis_elapsed_ms;
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	if (_i == 0)
		REDIS_SAY(&redis_server, reply, rows[_i].away[0], rows[_i].away[1], rows[_i].away[2]);
	else
		REDIS_SAY(&redis_server, reply, "CONFIG", rows[_i].away[0], rows[_i].away[1], rows[_i].away[2]);
	ck_assert_str_eq(reply, "+OK\r\n");
	redis_await_why(a.manager, rows[_i].why);
	redis_revoke(a.manager, 1, &r);
	ck_assert_int_eq(r.queued, 1);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	/* It answers, and can be read; that is no contact. */
	add_elapsed(30001);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), U);
	if (_i == 0)
		REDIS_SAY(&redis_server, reply, rows[_i].back[0], rows[_i].back[1], rows[_i].back[2]);
	else
		REDIS_SAY(&redis_server, reply, "CONFIG", rows[_i].back[0], rows[_i].back[1], rows[_i].back[2]);
	redis_await_why(a.manager, NULL);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), 0);
	redis_await_queued(a.manager, 0);
	redis_await_count(&a.events.back, 1);
	ck_assert(was_told(&a, rows[_i].why));
	redis_node_close(&a);
}
END_TEST

/* The text of an entry, from the server. */
static void
steal(unsigned nth, char text[FEED_ENTRY_LEN + 1])
{
	char *at = stash;

	REDIS_SAY(&redis_server, stash, "XRANGE", log_name, "-", "+");
	for (unsigned i = 0; i <= nth; i++) {
		at = strstr(at, "$118\r\n");
		ck_assert_ptr_nonnull(at);
		at += 6;
	}
	memcpy(text, at, FEED_ENTRY_LEN);
	text[FEED_ENTRY_LEN] = '\0';
}

/* Without the ring nothing can be revoked, taken back or brought back: not by what is made up, nor by what was there before. */
START_TEST(test_strangers)
{
	struct node a, fresh;
	char first[FEED_ENTRY_LEN + 1], undo[FEED_ENTRY_LEN + 1], reply[256];
	sess_revocation r;

	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_revoke(a.manager, 1, &r);
	redis_revoke(a.manager, 2, NULL);
	redis_await_queued(a.manager, 0);
	steal(0, first);
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", "made up");
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "f", first);
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", first, "e", first);
	first[20] = first[20] == 'A' ? 'B' : 'A';
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", first);
	while (a.events.ignored_entries < 4)
		redis_await_count(&a.events.ignored, a.events.ignored + (a.events.ignored_entries < 4));
	ck_assert_int_eq(a.events.ignored_entries, 4);
	/* A true entry a second time. */
	steal(0, first);
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", first);
	while (a.events.ignored_entries < 5)
		redis_await_count(&a.events.ignored, a.events.ignored + (a.events.ignored_entries < 5));
	/* After it was taken back: it does not return. Nor is what was taken back taken back by an old undo of another. */
	ck_assert_int_eq(sess_revoke_undo(a.manager, r.id, NULL, NULL), 0);
	redis_await_queued(a.manager, 0);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), 0);
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", first);
	while (a.events.ignored_entries < 6)
		redis_await_count(&a.events.ignored, a.events.ignored + (a.events.ignored_entries < 6));
	ck_assert_uint_eq(redis_verdict(a.manager, 1), 0);
	redis_revoke(a.manager, 1, NULL);
	redis_await_queued(a.manager, 0);
	steal(7, undo);
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "*", "e", undo);
	while (a.events.ignored_entries < 7)
		redis_await_count(&a.events.ignored, a.events.ignored + (a.events.ignored_entries < 7));
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), R);
	/* Who reads all of it for the first time comes to the same. */
	redis_node_open(&fresh);
	redis_await_why(fresh.manager, NULL);
	redis_await_verdict(fresh.manager, 1, R);
	ck_assert_uint_eq(redis_verdict(fresh.manager, 2), R);
	ck_assert_uint_eq(redis_verdict(fresh.manager, 3), 0);
	redis_await_count(&fresh.events.ignored, 1);
	ck_assert_int_eq(fresh.events.ignored_entries, 7);
	ck_assert_int_eq(a.events.lost, a.events.back);
	redis_node_close(&fresh);
	redis_node_close(&a);
}
END_TEST

/* What no living entry can be as old as leaves the log, by the server's clock; the epoch stays, and so does what lives. */
START_TEST(test_trim)
{
	struct node a;
	char reply[256];
	int trimmed = 0;

	redis_judge.now = (int64_t)time(NULL); /* as the server's, which decides */
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "1000-1", "e", "old");
	REDIS_SAY(&redis_server, reply, "XADD", log_name, "1000-2", "e", "old");
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_revoke(a.manager, 1, NULL);
	for (int i = 0; i < PATIENCE_MS && !trimmed; i++) {
		const struct timespec pause = { 0, 1000000 };

		(void)nanosleep(&pause, NULL);
		REDIS_SAY(&redis_server, reply, "XLEN", log_name);
		trimmed = strcmp(reply, ":1\r\n") == 0;
	}
	ck_assert_str_eq(reply, ":1\r\n");
	redis_node_close(&a);
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), 0);
	redis_node_close(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redis_loss");
	TCase *tcase = tcase_create("redis_loss");

	if (redis_server_program() == NULL)
		return runner_skip("neither redis-server nor valkey-server is installed");
	tcase_add_checked_fixture(tcase, setup, redis_teardown);
	tcase_add_loop_test(tcase, test_silence, 0, 2);
	tcase_add_test(tcase, test_frozen);
	tcase_add_test(tcase, test_restart);
	tcase_add_test(tcase, test_queue);
	tcase_add_loop_test(tcase, test_emptied, 0, 4);
	tcase_add_loop_test(tcase, test_no_writes, 0, 3);
	tcase_add_test(tcase, test_strangers);
	tcase_add_test(tcase, test_trim);
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
