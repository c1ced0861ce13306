/* SPDX-License-Identifier: MIT */
/*
 * The store of all hosts, over a real server: it is closed without an epoch and until it was read; what one node revokes or takes back,
 * all do; what is revoked while the server is away is in force, queued and published later; what the server lost comes back
 * from the nodes; trimming; prefork children; the caller's own loop; one-time use.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/runner.h"

#ifdef SESS_WITH_REDIS
#include "redis_node.h"

#define R SESS_REASON_REVOKED
#define U SESS_REASON_STORE_UNAVAILABLE

/* Only somebody who says so makes the log: no node does, and none is open without it. */
START_TEST(test_epoch)
{
	struct node a;
	sess_diag diag;
	sess_revocation r;
	char reply[512];

	redis_node_open(&a);
	redis_await_why(a.manager, "NO_EPOCH");
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U);
	/* In force here and queued; it waits for no server that cannot take it. */
	redis_revoke(a.manager, 1, &r);
	ck_assert_int_eq(r.queued, 1);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U | R);
	REDIS_SAY(&redis_server, reply, "KEYS", "*:log");
	ck_assert_str_eq(reply, "*0\r\n");
	redis_init_log();
	redis_await_why(a.manager, NULL);
	redis_await_queued(a.manager, 0);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), 0);
	ck_assert_int_eq(sess_revocations_init(&redis_config, &diag), SESS_ERR_EXISTS);
	ck_assert_str_eq(diag.member, "revocations");
	redis_node_close(&a);
}
END_TEST

START_TEST(test_two_nodes)
{
	struct node a, b;
	sess_revocation r;

	redis_node_open(&a);
	redis_node_open(&b);
	redis_await_why(a.manager, NULL);
	redis_await_why(b.manager, NULL);
	ck_assert_uint_eq(redis_verdict(b.manager, 1), 0);
	redis_revoke(a.manager, 1, &r);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	redis_await_verdict(b.manager, 1, R);
	ck_assert_uint_eq(redis_verdict(b.manager, 2), 0);
	redis_await_queued(a.manager, 0);
	ck_assert_int_eq(sess_revoke_undo(b.manager, r.id, NULL, NULL), 0);
	redis_await_verdict(a.manager, 1, 0);
	redis_node_close(&a);
	/* A node that comes later knows all. */
	redis_revoke(b.manager, 2, NULL);
	redis_await_queued(b.manager, 0);
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), 0);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), R);
	ck_assert_int_eq(a.events.ignored + b.events.ignored, 0);
	redis_node_close(&a);
	redis_node_close(&b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redis");
	TCase *bare = tcase_create("bare"), *tcase = tcase_create("redis");

	if (redis_server_program() == NULL)
		return runner_skip("neither redis-server nor valkey-server is installed");
	tcase_add_checked_fixture(bare, redis_setup_bare, redis_teardown);
	tcase_add_test(bare, test_epoch);
	tcase_add_checked_fixture(tcase, redis_setup, redis_teardown);
	tcase_add_test(tcase, test_two_nodes);
	suite_add_tcase(suite, bare);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}

#endif
