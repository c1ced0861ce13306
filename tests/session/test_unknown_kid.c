/* SPDX-License-Identifier: MIT */
/*
 * Tokens that name a key which the ring does not have: a flood of them costs one stat a second and no reading, while a key that
 * really is new is known within its second. Looks and loads are counted inside; the clock is the test's.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session/manager.h"
#include "support/forge.h"
#include "support/ringfile.h"
#include "support/runner.h"

static const int64_t NOW = 1800000000;

static struct ringfile file;
static struct ringfile_events events;
static sess_manager *manager;
static _Atomic(int64_t) elapsed_ms;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

static int
clock_elapsed(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = elapsed_ms;
	return 0;
}

static int
clock_broken(void *arg, int64_t *ret_now)
{
	(void)arg;
	(void)ret_now;
	return -1;
}

static sess_manager *
make_manager(sess_clock_fn *elapsed, sess_event_fn *on_event, sess_ring *ring)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;

	config.clock = clock_now;
	config.elapsed = elapsed;
	config.on_event = on_event;
	config.on_event_arg = &events;
	config.ring = ring;
	config.ring_path = ring == NULL ? file.path : NULL;
	ck_assert_int_eq(sess_manager_new(&config, &m, NULL), 0);
	return m;
}

static void
setup(void)
{
	ringfile_init(&file, NULL);
	elapsed_ms = 5000;
	manager = make_manager(clock_elapsed, ringfile_count, NULL);
	memset(&events, 0, sizeof(events));
}

static void
teardown(void)
{
	sess_manager_free(manager);
	ringfile_done(&file);
}

/* Of the ring that the file holds now. */
static char *
mint(void)
{
	sess_manager *minter = make_manager(clock_elapsed, NULL, NULL);
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(minter, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	sess_manager_free(minter);
	return token;
}

/* 0, or the reasons. */
static uint32_t
verify_by(sess_manager *m, const char *token)
{
	sess_session *session = NULL;
	sess_diag diag;
	int rc = sess_verify(m, token, strlen(token), NULL, &session, &diag);

	ck_assert_int_eq(rc == 0, session != NULL);
	ck_assert(rc == 0 || rc == SESS_ERR_REJECTED);
	ck_assert_int_eq(diag.code, rc);
	ck_assert_uint_eq(diag.findings_count, rc == 0 ? 0 : 1);
	sess_session_free(session);
	return rc == 0 ? 0 : diag.reasons;
}

static uint32_t
verify(const char *token)
{
	return verify_by(manager, token);
}

/* A token whose outer key nobody has. */
static char *
stray(int number)
{
	char *token = mint();
	char *header = forge_text("{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"stray-%d\",\"typ\":\"sess+jwt\",\"cty\":\"JWT\"}", number);
	char *out = forge_replace(token, 0, header, strlen(header));

	sess_token_free(token);
	free(header);
	return out;
}

/* A token that decrypts, and holds one whose signing key nobody has. */
static char *
stray_inside(void)
{
	json_t *ring = ringfile_read(&file), *enc = forge_key(ring, "enc");
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"stray\",\"typ\":\"sess+jwt\"}";
	char *jws = forge_jws(forge_key(ring, "sig"), header, strlen(header), "{}", 2);
	char *outer = forge_text("{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"%s\",\"typ\":\"sess+jwt\",\"cty\":\"JWT\"}",
	    json_string_value(json_object_get(enc, "kid")));
	char *token = forge_jwe(enc, outer, strlen(outer), jws, strlen(jws), NULL);

	free(jws);
	free(outer);
	json_decref(ring);
	return token;
}

static uint64_t
stats(void)
{
	return atomic_load(&manager->reload.stats);
}

static uint64_t
loads(void)
{
	return atomic_load(&manager->reload.loads);
}

START_TEST(test_flood)
{
	char *token[20];
	uint64_t stats_before = stats(), loads_before = loads();

	for (int i = 0; i < 19; i++)
		token[i] = stray(i);
	token[19] = stray_inside();
	for (int second = 0; second < 100; second++) {
		for (int i = 0; i < 200; i++) {
			ck_assert_uint_eq(verify(token[i % 20]), SESS_REASON_UNKNOWN_KEY);
			elapsed_ms += 5;
		}
	}
	ck_assert_uint_eq(stats() - stats_before, 100);
	ck_assert_uint_eq(loads(), loads_before);
	ck_assert_int_eq(events.count[SESS_EVENT_UNKNOWN_KEY], 20000);
	ck_assert_int_eq(events.count[SESS_EVENT_REJECTED], 20000);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_RELOADED] + events.count[SESS_EVENT_RING_REFUSED], 0);
	for (int i = 0; i < 20; i++)
		free(token[i]);
}
END_TEST

/* Within the second of a look nothing happens, to the millisecond; then the first token is accepted, with no word of the first try. */
static void
expect_picked_up(const char *fresh, const char *unknown)
{
	uint64_t stats_before, loads_before;
	int rejected = events.count[SESS_EVENT_REJECTED];

	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	stats_before = stats();
	loads_before = loads();
	elapsed_ms += 999;
	ck_assert_uint_eq(verify(fresh), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(stats(), stats_before);
	ck_assert_int_eq(events.count[SESS_EVENT_REJECTED], rejected + 2);
	elapsed_ms += 1;
	ck_assert_uint_eq(verify(fresh), 0);
	ck_assert_uint_eq(stats(), stats_before + 1);
	ck_assert_uint_eq(loads(), loads_before + 1);
	ck_assert_int_eq(events.count[SESS_EVENT_REJECTED], rejected + 2);
	ck_assert_int_eq(events.count[SESS_EVENT_UNKNOWN_KEY], rejected + 2);
	ck_assert_int_eq(events.count[SESS_EVENT_VERIFIED], 1);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_RELOADED], 1);
	ck_assert_int_eq(sess_manager_generation(manager), 2);
}

START_TEST(test_fresh_key)
{
	char *unknown = stray(0), *old = mint(), *fresh;

	/* The look of this second has been. */
	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	elapsed_ms += 1000;
	ringfile_rotate(&file, NOW);
	fresh = mint();
	/* The look that `unknown` causes finds the rotated file, and reads it: then `fresh` is known without another. */
	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_RELOADED], 1);
	ck_assert_uint_eq(verify(fresh), 0);
	ck_assert_uint_eq(verify(old), 0);
	sess_token_free(fresh);
	sess_token_free(old);
	free(unknown);
}
END_TEST

static int
rotate_signing(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	sess_rotation rotation = SESS_ROTATION_INIT;

	(void)arg;
	rotation.sig = 1;
	rotation.activate_in_s = 0;
	return sess_ring_rotate(ring, &rotation, NOW, ret_ring, diag);
}

/* Both keys are new, or the inner one alone. */
START_TEST(test_within_its_second)
{
	char *unknown = stray(0), *fresh;

	/* The file changes just after the look. */
	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	if (_i == 0)
		ringfile_rotate(&file, NOW);
	else
		ck_assert_int_eq(sess_ring_update_file(file.path, NULL, rotate_signing, NULL, NULL, NULL), 0);
	fresh = mint();
	expect_picked_up(fresh, unknown);
	sess_token_free(fresh);
	free(unknown);
}
END_TEST

START_TEST(test_bad_file)
{
	json_t *good = ringfile_read(&file);
	char *unknown = stray(0), *fresh;
	uint64_t loads_before = loads();

	ringfile_write_text(&file, "{}", 2);
	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
		elapsed_ms += 100;
	}
	ck_assert_uint_eq(loads(), loads_before + 1);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], 1);
	ringfile_write(&file, good);
	ringfile_rotate(&file, NOW);
	fresh = mint();
	elapsed_ms += 1000;
	ck_assert_uint_eq(verify(fresh), 0);
	sess_token_free(fresh);
	free(unknown);
	json_decref(good);
}
END_TEST

/* Nothing but an unknown key causes a look. */
START_TEST(test_other_refusals)
{
	char *token = mint();
	size_t len = strlen(token);
	uint64_t before = stats();

	ck_assert_uint_eq(verify(token), 0);
	token[len - 4] = token[len - 4] == 'A' ? 'B' : 'A';
	ck_assert_uint_eq(verify(token), SESS_REASON_BAD_TAG);
	ck_assert_uint_eq(verify("a.b"), SESS_REASON_MALFORMED);
	ck_assert_uint_eq(stats(), before);
	sess_token_free(token);
}
END_TEST

START_TEST(test_clocks)
{
	char *unknown = stray(0);
	sess_ring *ring = NULL;
	sess_manager *m = make_manager(clock_broken, NULL, NULL);
	uint64_t before = stats();

	/* A clock that cannot be read: no look, and the answer all the same. */
	ck_assert_uint_eq(verify_by(m, unknown), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(atomic_load(&m->reload.stats), 1);
	sess_manager_free(m);
	/* A clock that goes back must not stop the looks. */
	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(stats(), before + 1);
	elapsed_ms = 3;
	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(stats(), before + 2);
	ck_assert_uint_eq(verify(unknown), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(stats(), before + 2);
	/* A manager that has no file has nothing to look at. */
	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &ring, NULL), 0);
	m = make_manager(clock_elapsed, NULL, ring);
	ck_assert_uint_eq(verify_by(m, unknown), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(atomic_load(&m->reload.stats), 0);
	sess_manager_free(m);
	sess_ring_free(ring);
	free(unknown);
}
END_TEST

/* Who began with the old ring tries again where another thread has reloaded meanwhile, without a look of its own; and who finds a
 * reload under way does not wait for it. */
START_TEST(test_late_thread)
{
	struct work *w = NULL;
	uint64_t before;

	ck_assert_int_eq(manager_take_work(manager, &w, NULL), 0);
	forklock_take(manager->reload.lock);
	before = stats();
	ck_assert_int_eq(reload_for_unknown_key(manager, w->tab), 0);
	ck_assert_uint_eq(stats(), before);
	forklock_give(manager->reload.lock);
	ringfile_rotate(&file, NOW);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	before = stats();
	ck_assert_int_eq(reload_for_unknown_key(manager, w->tab), 1);
	ck_assert_uint_eq(stats(), before);
	manager_put_work(manager, w);
}
END_TEST

#define THREADS 3

static struct {
	_Atomic(int) stop, bad;
	_Atomic(uint64_t) verified;
	const char *unknown;
} flood;

static void *
flood_run(void *arg)
{
	(void)arg;
	while (!flood.stop) {
		sess_session *session = NULL;

		if (sess_verify(manager, flood.unknown, strlen(flood.unknown), NULL, &session, NULL) != SESS_ERR_REJECTED)
			flood.bad = 1;
		flood.verified++;
	}
	return NULL;
}

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Under the real clock: a flood from several threads, and rotations that must each be known in time. */
START_TEST(test_threads)
{
	const int rotations = getenv("SESS_LONG") != NULL ? 20 : 2;
	int64_t started, worst = 0;
	pthread_t thread[THREADS];
	char *unknown = stray(0);

	sess_manager_free(manager);
	manager = make_manager(NULL, NULL, NULL);
	flood.unknown = unknown;
	started = monotonic_ms();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, flood_run, NULL), 0);
	for (int i = 0; i < rotations; i++) {
		char *fresh;
		int64_t seen;

		ringfile_rotate(&file, NOW - rotations + i);
		seen = monotonic_ms();
		fresh = mint();
		while (verify(fresh) != 0)
			ck_assert_int_lt(monotonic_ms() - seen, 10000);
		seen = monotonic_ms() - seen;
		worst = seen > worst ? seen : worst;
		sess_token_free(fresh);
	}
	flood.stop = 1;
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	ck_assert_int_eq(flood.bad, 0);
	ck_assert_int_le((int64_t)stats(), 2 + (monotonic_ms() - started) / 1000);
	ck_assert_int_le((int64_t)loads(), rotations);
	printf("# %llu tokens with an unknown key in %lld ms: %llu looks, %llu loads; %d rotations, known after %lld ms at most\n",
	    (unsigned long long)flood.verified, (long long)(monotonic_ms() - started), (unsigned long long)stats(),
	    (unsigned long long)loads(), rotations, (long long)worst);
	(void)fflush(stdout);
	/* Its second, and what a busy machine adds. */
	ck_assert_int_lt(worst, 3000);
	free(unknown);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("unknown_kid");
	TCase *tcase = tcase_create("unknown_kid");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_flood);
	tcase_add_test(tcase, test_fresh_key);
	tcase_add_loop_test(tcase, test_within_its_second, 0, 2);
	tcase_add_test(tcase, test_bad_file);
	tcase_add_test(tcase, test_other_refusals);
	tcase_add_test(tcase, test_clocks);
	tcase_add_test(tcase, test_late_thread);
	tcase_add_test(tcase, test_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
