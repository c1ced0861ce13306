/* SPDX-License-Identifier: MIT */
/*
 * A node's feed over a real server while memory fails, in its caller's loop: each allocation in turn, alone or with all after
 * it, from the first contact to a revocation of its own. It never accepts what was revoked before, a call says whether it was
 * done, and with memory back the feed finds its way by itself. Links with -Wl,--wrap=malloc and the like (session/famine.h).
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <sess/sess.h>

#include "support/runner.h"

#ifdef SESS_WITH_REDIS
#include "redis_node.h"
#include "session/famine.h"

#define BEFORE 40   /* sessions that the log has revoked */
#define TURNS 2000
#define STARVED_POLLS 30

/* Without a word of Check's, which allocates for each. */
static int
is_open(sess_manager *m)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;

	return sess_revocations_status(m, &status, NULL) == 0 && status.is_open && status.queued == 0;
}

/* Nor is there one in what events do: there are none. */
static sess_manager *
opened(void)
{
	sess_manager *m = NULL;

	ck_assert_int_eq(sess_manager_new(&redis_config, &m, NULL), 0);
	return m;
}

/* One step of the caller's loop, and a short wait for what it waits for. */
static void
drive(sess_manager *m)
{
	struct pollfd p = { .events = POLLIN };
	int wait_ms = 0;

	/* It may fail while memory does. */
	(void)!sess_revocations_poll(m, &wait_ms, NULL);
	p.fd = sess_revocations_fd(m);
	(void)poll(&p, 1, wait_ms < 0 || wait_ms > 5 ? 5 : wait_ms);
}

/* A token whose session was revoked before: whatever fails, it is not let in. */
static char *
revoked_token(sess_manager *m, char sid[SESS_ID_LEN + 1])
{
	sess_session *s = NULL;
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(m, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(m, token, len, NULL, &s, NULL), 0);
	memcpy(sid, sess_session_id(s), SESS_ID_LEN + 1);
	sess_session_free(s);
	return token;
}

static int
is_let_in(sess_manager *m, const char *token)
{
	sess_session *s = NULL;
	int rc = sess_verify(m, token, strlen(token), NULL, &s, NULL);

	sess_session_free(s);
	return rc == 0;
}

/* How many allocations were refused. */
static size_t
run_turn(size_t turn, int once, const char *token, unsigned number)
{
	sess_manager *m = opened();
	size_t refused;
	int rc, let_in = 0;
	char sid[SID_LEN + 1];

	redis_sid(number, sid);
	famine.left = turn;
	famine.once = once;
	famine.refused = 0;
	famine.whose = OURS;
	for (int i = 0; i < STARVED_POLLS && !is_open(m) && (once || famine.refused < 3); i++) {
		drive(m);
		let_in |= is_let_in(m, token);
	}
	rc = sess_revoke_session(m, sid, NULL, NULL, NULL);
	drive(m);
	let_in |= is_let_in(m, token);
	famine.whose = 0;
	refused = famine.refused;
	ck_assert_msg(!let_in, "turn %zu: a revoked session was let in", turn);
	ck_assert_msg(rc == 0 || sess_error_class_of(rc) == SESS_CLASS_SYSTEM, "turn %zu: %d", turn, rc);
	for (int i = 0; i < PATIENCE_MS / 5 && !is_open(m); i++)
		drive(m);
	ck_assert_msg(is_open(m), "turn %zu: the feed does not find its way", turn);
	ck_assert(!is_let_in(m, token));
	if (rc == 0)
		ck_assert_uint_eq(redis_verdict(m, number), SESS_REASON_REVOKED);
	sess_manager_free(m);
	return refused;
}

START_TEST(test_starved)
{
	char sid[SESS_ID_LEN + 1], *token;
	unsigned number = 0;
	sess_manager *first;

	redis_config.revocations_feed = SESS_FEED_CALLER;
	first = opened();
	while (!is_open(first))
		drive(first);
	token = revoked_token(first, sid);
	ck_assert_int_eq(sess_revoke_session(first, sid, NULL, NULL, NULL), 0);
	for (; number < BEFORE; number++)
		redis_revoke(first, number, NULL);
	while (!is_open(first))
		drive(first);
	sess_manager_free(first);
	for (int once = 0; once <= 1; once++) {
		size_t turn = 0;

		while (turn < TURNS && run_turn(turn, once, token, number) > 0) {
			turn++;
			number++;
		}
		printf("# %s: %zu allocations refused in turn\n", once ? "one alone" : "one and all after it", turn);
		ck_assert_uint_gt(turn, 10);
		ck_assert_uint_lt(turn, TURNS);
	}
	sess_token_free(token);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tcase;

	if (redis_server_program() == NULL)
		return runner_skip("neither redis-server nor valkey-server is installed");
	if (famine_install() != 0)
		return 1;
	suite = suite_create("redis_starve");
	tcase = tcase_create("starve");
	tcase_add_checked_fixture(tcase, redis_setup, redis_teardown);
	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_starved);
	suite_add_tcase(suite, tcase);
	return famine_end("redis_starve", runner_main(suite));
}

#else

int
main(void)
{
	return runner_skip("this library was built without redis:");
}

#endif
