/* SPDX-License-Identifier: MIT */
/*
 * Two threads verify and one mints at full speed while another rotates the ring, revokes, reloads: every token is accepted or refused for
 * the reason it should be, and under ThreadSanitizer there is nothing to report (tools/test.sh --threads). 50 reloads;
 * with SESS_LONG=1 in the environment 1,000.
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "session/manager.h"
#include "support/ringfile.h"
#include "support/runner.h"

static const int64_t NOW = 1800000000;

static struct ringfile file;
static sess_manager *manager;
static struct ringfile_events events;

static struct {
	_Atomic(int) stop, wrong;
	_Atomic(uint64_t) verified, minted, rounds[2]; /* rounds: tokens that each verifier has taken */
	pthread_mutex_t lock;
	char token[4096]; /* the newest, for the verifiers; under the lock */
} traffic;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

static void
count_event(const sess_event *event, void *arg)
{
	struct ringfile_events *e = arg;

	e->count[event->kind]++;
}

static void
setup(void)
{
	sess_config config = SESS_CONFIG_INIT;

	ringfile_init(&file, NULL);
	config.ring_path = file.path;
	config.clock = clock_now;
	config.on_event = count_event;
	config.on_event_arg = &events;
	config.watch_interval_s = 1;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	memset(&events, 0, sizeof(events));
	memset(&traffic, 0, sizeof(traffic));
	ck_assert_int_eq(pthread_mutex_init(&traffic.lock, NULL), 0);
}

static void
teardown(void)
{
	sess_manager_free(manager);
	ck_assert_int_eq(pthread_mutex_destroy(&traffic.lock), 0);
	ringfile_done(&file);
}

static void *
mint_on(void *arg)
{
	(void)arg;
	while (!traffic.stop) {
		char *token = NULL;
		size_t len = 0;

		if (sess_mint(manager, "anna", "{\"n\":7}", 7, NULL, &token, &len, NULL) != 0) {
			traffic.wrong = 1;
			return NULL;
		}
		traffic.minted++;
		(void)pthread_mutex_lock(&traffic.lock);
		memcpy(traffic.token, token, len + 1);
		(void)pthread_mutex_unlock(&traffic.lock);
		sess_token_free(token);
	}
	return NULL;
}

/* No key is revoked or removed before its tokens are out of the traffic: nothing may be refused. */
static void *
verify_on(void *arg)
{
	_Atomic(uint64_t) *rounds = arg;
	char token[sizeof(traffic.token)];

	while (!traffic.stop) {
		sess_session *session = NULL;
		const char *subject;

		(void)pthread_mutex_lock(&traffic.lock);
		memcpy(token, traffic.token, sizeof(token));
		(void)pthread_mutex_unlock(&traffic.lock);
		for (int i = 0; i < 4; i++) {
			if (sess_verify(manager, token, strlen(token), NULL, &session, NULL) != 0) {
				traffic.wrong = 2;
				return NULL;
			}
			subject = sess_session_subject(session);
			if (subject == NULL || strcmp(subject, "anna") != 0)
				traffic.wrong = 3;
			sess_session_free(session);
			session = NULL;
			traffic.verified++;
		}
		(*rounds)++;
	}
	return NULL;
}

static int
prune(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	sess_key_info info;

	(void)arg;
	ck_assert_int_eq(sess_ring_key_info(ring, 0, NOW, &info), 0);
	return sess_ring_prune(ring, info.kid, 1, NOW, ret_ring, diag);
}

/* Old keys go once there are many: those of eight rotations ago have no token left in the traffic. */
static void
change_ring(int number, int reloads)
{
	sess_ring *ring = NULL;

	ringfile_rotate(&file, NOW - reloads + number);
	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &ring, NULL), 0);
	for (size_t keys = sess_ring_key_count(ring); keys > 16; keys--)
		ck_assert_int_eq(sess_ring_update_file(file.path, NULL, prune, NULL, NULL, NULL), 0);
	sess_ring_free(ring);
}

/* Until everybody has done something with the ring in force, and let go of what was minted long before. */
static void
let_all_pass(void)
{
	_Atomic(uint64_t) *const counts[] = { &traffic.minted, &traffic.rounds[0], &traffic.rounds[1] };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t before = *counts[i];

		while (*counts[i] < before + 2 && !traffic.wrong)
			(void)sched_yield();
	}
}

START_TEST(test_reloads)
{
	const int reloads = getenv("SESS_LONG") != NULL ? 1000 : 50;
	pthread_t minter, verifier[2];
	int64_t generation = 0;

	ck_assert_int_eq(pthread_create(&minter, NULL, mint_on, NULL), 0);
	while (traffic.minted == 0 && !traffic.wrong)
		(void)sched_yield();
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&verifier[i], NULL, verify_on, &traffic.rounds[i]), 0);
	for (int i = 0; i < reloads && !traffic.wrong; i++) {
		change_ring(i, reloads);
		if (i % 2 == 0)
			ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
		else
			ck_assert_int_eq(sess_manager_reload_if_changed(manager, NULL, NULL), 0);
		ck_assert_int_gt(sess_manager_generation(manager), generation);
		generation = sess_manager_generation(manager);
		let_all_pass();
	}
	traffic.stop = 1;
	ck_assert_int_eq(pthread_join(minter, NULL), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(verifier[i], NULL), 0);
	printf("# %d reloads, %llu tokens minted, %llu verified\n", reloads, (unsigned long long)traffic.minted,
	    (unsigned long long)traffic.verified);
	(void)fflush(stdout);
	ck_assert_int_eq(traffic.wrong, 0);
	ck_assert_int_ge(events.count[SESS_EVENT_RING_RELOADED], reloads);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED] + events.count[SESS_EVENT_REJECTED], 0);
	ck_assert_uint_eq((uint64_t)events.count[SESS_EVENT_VERIFIED], traffic.verified);
	/* No work space of an old ring is left over. */
	for (size_t i = 0; i < MANAGER_SLOTS; i++) {
		const struct work *w = atomic_load(&manager->slot[i].work);

		ck_assert(w == NULL || w->tab == atomic_load(&manager->current));
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("threads");
	TCase *tcase = tcase_create("threads");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, test_reloads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
