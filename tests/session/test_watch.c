/* SPDX-License-Identifier: MIT */
/*
 * Unusual activity: thresholds to the event, windows to the second, once a window and subject, in fixed memory, from many
 * threads; and through a manager whose callback the watch is.
 */
#include <check.h>
#include <pthread.h>
#include <sess/sess.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

struct raised {
	atomic_int count[4];
	sess_unusual last;
};

static void
on_unusual(const sess_unusual *unusual, void *arg)
{
	struct raised *raised = arg;

	raised->count[unusual->kind]++;
	raised->last = *unusual;
}

/* As the threads of a test may call it together. */
static void
on_unusual_counted(const sess_unusual *unusual, void *arg)
{
	struct raised *raised = arg;

	(void)atomic_fetch_add(&raised->count[unusual->kind], 1);
}

static sess_policy
policy_of(int window_s, int rejections, int contexts, int unknown_keys)
{
	sess_policy policy;

	sess_policy_init(&policy);
	policy.watch_window_s = window_s;
	policy.watch_client_rejections = rejections;
	policy.watch_session_contexts = contexts;
	policy.watch_unknown_keys = unknown_keys;
	return policy;
}

static sess_watch *
watch_new(const sess_policy *policy, struct raised *raised)
{
	sess_watch *watch = NULL;

	ck_assert_int_eq(sess_watch_new(policy, on_unusual, raised, &watch, NULL), 0);
	return watch;
}

/* As if a keyed hash of the number: splitmix64. */
static void
name_of(uint64_t number, uint8_t out[16])
{
	for (size_t i = 0; i < 16; i += 8) {
		uint64_t z = number * 2 + i + 1;

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		memcpy(out + i, &z, 8);
	}
}

static void
rejected(sess_watch *watch, uint64_t client, int64_t now)
{
	sess_event event = { .size = sizeof(event), .kind = SESS_EVENT_REJECTED, .time = now, .has_client = 1 };

	name_of(client, event.client);
	sess_watch_event(&event, watch);
}

static void
seen(sess_watch *watch, sess_event_kind kind, uint64_t session, uint64_t context, int64_t now)
{
	sess_event event = { .size = sizeof(event), .kind = kind, .time = now, .has_session = 1, .has_context = 1 };

	name_of(session, event.session);
	name_of(context, event.context);
	sess_watch_event(&event, watch);
}

static void
unknown_key(sess_watch *watch, int64_t now)
{
	const sess_event event = { .size = sizeof(event), .kind = SESS_EVENT_UNKNOWN_KEY, .time = now };

	sess_watch_event(&event, watch);
}

START_TEST(test_client_threshold)
{
	const sess_policy policy = policy_of(60, 20, 0, 0);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = watch_new(&policy, &raised);
	uint8_t name[16];

	for (int i = 1; i < 20; i++)
		rejected(watch, 7, 1000 + i);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 0);
	rejected(watch, 8, 1020);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 0);
	rejected(watch, 7, 1020);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 1);
	name_of(7, name);
	ck_assert_uint_eq(raised.last.size, sizeof(raised.last));
	ck_assert_int_eq(raised.last.time, 1020);
	ck_assert_int_eq(raised.last.count, 20);
	ck_assert_int_eq(raised.last.window_s, 60);
	ck_assert(raised.last.has_client && !raised.last.has_session);
	ck_assert_mem_eq(raised.last.client, name, 16);
	/* Once in this window, and once more in the next. */
	for (int i = 0; i < 100; i++)
		rejected(watch, 7, 1021);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 1);
	for (int i = 0; i < 100; i++)
		rejected(watch, 7, 1061);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 2);
	sess_watch_free(watch);
}
END_TEST

/* The window is the first event's second and the 59 after it. */
START_TEST(test_window)
{
	static const struct {
		const char *what;
		int64_t at[4];
		int alarms;
	} rows[] = {
		{ "at once", { 500, 500, 500, 500 }, 1 },
		{ "the last second", { 500, 510, 540, 559 }, 1 },
		{ "one second too late", { 500, 510, 540, 560 }, 0 },
		{ "slow", { 500, 560, 620, 680 }, 0 },
		{ "back a little, as two threads do", { 500, 499, 500, 498 }, 1 },
		{ "back by less than a window", { 500, 441, 500, 500 }, 1 },
		{ "back by a window", { 500, 440, 440, 440 }, 0 },
		{ "far back", { 500, 0, 0, 0 }, 0 },
		{ "back and forth", { 500, 0, 500, 0 }, 0 },
		{ "at the end of time", { 253402300799, 253402300799, 253402300799, 253402300799 }, 1 },
		{ "from one end to the other", { 253402300799, 0, 253402300799, 0 }, 0 },
	};
	const sess_policy policy = policy_of(60, 4, 4, 4);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct raised raised = { .count = { 0 } };
		sess_watch *watch = watch_new(&policy, &raised);

		for (size_t k = 0; k < 4; k++) {
			rejected(watch, 7, rows[i].at[k]);
			seen(watch, SESS_EVENT_VERIFIED, 9, k, rows[i].at[k]);
			unknown_key(watch, rows[i].at[k]);
		}
		for (int kind = 1; kind <= 3; kind++)
			ck_assert_msg(raised.count[kind] == rows[i].alarms, "%s: %s", rows[i].what, sess_unusual_name(kind));
		sess_watch_free(watch);
	}
}
END_TEST

START_TEST(test_session_contexts)
{
	const sess_policy policy = policy_of(60, 0, 4, 0);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = watch_new(&policy, &raised);
	uint8_t name[16];

	/* Three contexts, however often; other sessions are others. */
	for (uint64_t i = 0; i < 100; i++) {
		seen(watch, SESS_EVENT_VERIFIED, 1, i % 3, 1000);
		seen(watch, SESS_EVENT_VERIFIED, 2 + i, i, 1000);
	}
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 0);
	seen(watch, SESS_EVENT_REJECTED, 1, 3, 1059);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 1);
	name_of(1, name);
	ck_assert(raised.last.has_session && !raised.last.has_client);
	ck_assert_mem_eq(raised.last.session, name, 16);
	ck_assert_int_eq(raised.last.count, 4);
	for (uint64_t i = 0; i < 50; i++)
		seen(watch, SESS_EVENT_VERIFIED, 1, i, 1059);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 1);
	for (uint64_t i = 0; i < 50; i++)
		seen(watch, SESS_EVENT_VERIFIED, 1, i, 1060);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 2);
	/* What is told besides VERIFIED is not counted again. */
	for (uint64_t i = 0; i < 50; i++) {
		seen(watch, SESS_EVENT_OLD_KEY_USED, 1000, i, 1060);
		seen(watch, SESS_EVENT_CONTEXT_CHANGED, 1000, i, 1060);
		seen(watch, SESS_EVENT_MINTED, 1000, i, 1060);
	}
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 2);
	sess_watch_free(watch);
}
END_TEST

START_TEST(test_most_contexts)
{
	const sess_policy policy = policy_of(60, 0, 16, 0);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = watch_new(&policy, &raised);

	for (uint64_t i = 0; i < 15; i++)
		seen(watch, SESS_EVENT_VERIFIED, 1, i, 1000);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 0);
	for (uint64_t i = 15; i < 1000; i++)
		seen(watch, SESS_EVENT_VERIFIED, 1, i, 1000);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 1);
	sess_watch_free(watch);
}
END_TEST

START_TEST(test_unknown_keys)
{
	const sess_policy policy = policy_of(60, 0, 0, 50);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = watch_new(&policy, &raised);

	for (int i = 0; i < 49; i++)
		unknown_key(watch, 1000);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_UNKNOWN_KEYS], 0);
	for (int i = 0; i < 49; i++)
		unknown_key(watch, 1059);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_UNKNOWN_KEYS], 1);
	ck_assert(!raised.last.has_client && !raised.last.has_session);
	ck_assert_int_eq(raised.last.count, 50);
	sess_watch_free(watch);
}
END_TEST

START_TEST(test_switched_off)
{
	const sess_policy policy = policy_of(60, 0, 0, 0);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = watch_new(&policy, &raised);

	for (uint64_t i = 0; i < 100; i++) {
		rejected(watch, 7, 1000);
		seen(watch, SESS_EVENT_VERIFIED, 1, i, 1000);
		unknown_key(watch, 1000);
	}
	for (int kind = 1; kind <= 3; kind++)
		ck_assert_int_eq(raised.count[kind], 0);
	sess_watch_free(watch);
}
END_TEST

/* A million clients leave the table as large as it was; one that is busy among them is still found. */
START_TEST(test_flood)
{
	sess_policy policy = policy_of(60, 20, 0, 0);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch;
	uint8_t name[16];

	policy.watch_slots = 256;
	watch = watch_new(&policy, &raised);
	for (uint64_t i = 0; i < 1000000; i++) {
		rejected(watch, 1000 + i, 1000);
		if (i % 40 == 0 && i < 800)
			rejected(watch, 7, 1000);
	}
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 1);
	name_of(7, name);
	ck_assert_mem_eq(raised.last.client, name, 16);
	sess_watch_free(watch);
}
END_TEST

/* With room for all, each is counted by itself. */
START_TEST(test_many)
{
	sess_policy policy = policy_of(60, 3, 0, 0);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch;

	policy.watch_slots = 65536;
	watch = watch_new(&policy, &raised);
	for (int round = 0; round < 3; round++) {
		for (uint64_t client = 0; client < 4000; client++)
			rejected(watch, client, 1000);
	}
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 4000);
	sess_watch_free(watch);
}
END_TEST

#define THREADS 8

static void *
reject_all(void *watch)
{
	for (uint64_t client = 0; client < 100; client++) {
		for (int i = 0; i < 100; i++)
			rejected(watch, client, 1000 + i % 50);
	}
	return NULL;
}

START_TEST(test_threads)
{
	const sess_policy policy = policy_of(60, 800, 4, 50);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = NULL;
	pthread_t thread[THREADS];

	ck_assert_int_eq(sess_watch_new(&policy, on_unusual_counted, &raised, &watch, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, reject_all, watch), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	/* 8 x 100 rejections each: the last of them reaches 800. */
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 100);
	sess_watch_free(watch);
}
END_TEST

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

/* The watch as a manager's callback: real tokens, named clients. */
START_TEST(test_through_manager)
{
	const sess_policy policy = policy_of(60, 3, 2, 2);
	struct raised raised = { .count = { 0 } };
	sess_watch *watch = watch_new(&policy, &raised);
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_session *session = NULL;
	int64_t now = JUDGE_NOW;
	struct judge j, other;
	sess_ring *ring = NULL;
	char *text, *token = NULL, *alien = NULL;
	size_t len = 0, alien_len = 0;

	judge_init(&j, &judge_combos[0], NULL);
	judge_init(&other, &judge_combos[0], NULL);
	text = json_dumps(j.ring, 0);
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.clock = clock_at;
	config.clock_arg = &now;
	config.on_event = sess_watch_event;
	config.on_event_arg = watch;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	ck_assert_int_eq(sess_mint(manager, "alice", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_mint(other.manager, "alice", NULL, 0, NULL, &alien, &alien_len, NULL), 0);
	for (int i = 0; i < 2; i++) {
		/* Without a context it is the client that is compared. */
		opts.client = i == 0 ? "192.0.2.1" : "192.0.2.2";
		opts.client_len = 9;
		ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 0);
		ck_assert_int_eq(sess_verify(manager, token, len, &opts, &session, NULL), 0);
		sess_session_free(session);
		session = NULL;
	}
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_SESSION_CONTEXTS], 1);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 0);
		ck_assert_int_eq(sess_verify(manager, alien, alien_len, &opts, &session, NULL), SESS_ERR_REJECTED);
	}
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_CLIENT_REJECTIONS], 1);
	ck_assert_int_eq(raised.count[SESS_UNUSUAL_UNKNOWN_KEYS], 1);
	sess_manager_free(manager);
	sess_watch_free(watch);
	sess_ring_free(ring);
	sess_token_free(token);
	sess_token_free(alien);
	free(text);
	judge_done(&j);
	judge_done(&other);
}
END_TEST

START_TEST(test_arguments)
{
	sess_policy policy = policy_of(0, 0, 0, 0);
	sess_watch *watch = NULL;
	sess_diag diag;

	ck_assert_int_eq(sess_watch_new(NULL, NULL, NULL, &watch, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_watch_new(NULL, on_unusual, NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_watch_new(&policy, on_unusual, NULL, &watch, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, "watch_window_s");
	ck_assert_ptr_null(watch);
	ck_assert_int_eq(sess_watch_new(NULL, on_unusual, NULL, &watch, &diag), 0);
	sess_watch_free(watch);
	sess_watch_free(NULL);
	ck_assert_str_eq(sess_unusual_name(SESS_UNUSUAL_SESSION_CONTEXTS), "SESSION_CONTEXTS");
	ck_assert_str_eq(sess_unusual_name(0), "UNKNOWN");
	ck_assert_str_eq(sess_unusual_name(4), "UNKNOWN");
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("watch");
	TCase *tcase = tcase_create("watch");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_client_threshold);
	tcase_add_test(tcase, test_window);
	tcase_add_test(tcase, test_session_contexts);
	tcase_add_test(tcase, test_most_contexts);
	tcase_add_test(tcase, test_unknown_keys);
	tcase_add_test(tcase, test_switched_off);
	tcase_add_test(tcase, test_flood);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_threads);
	tcase_add_test(tcase, test_through_manager);
	tcase_add_test(tcase, test_arguments);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
