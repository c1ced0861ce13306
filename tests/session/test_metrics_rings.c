/* SPDX-License-Identifier: MIT */
/* Metrics where rings are exchanged and threads are many: keys that come and go, counts that are kept, sums of which none is lost. */
#include <pthread.h>
#include <stdatomic.h>

#include "session/metrics_read.h"
#include "support/runner.h"

/* A second key, newer or older than the first by its nbf, which is what OLD_KEY_USED hangs on, from one instant to the next. */
START_TEST(test_old_key)
{
	json_t *ring = judge_generate(&judge_combos[0]), *next = json_deep_copy(forge_key(ring, "sig"));
	struct judge j;
	char *token;

	json_object_set_new(next, "kid", json_string("next"));
	json_object_set_new(next, "k", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	json_object_set_new(next, "nbf", json_integer(JUDGE_NOW + 100));
	json_array_append_new(json_object_get(ring, "keys"), next);
	judge_init_ring(&j, &judge_combos[0], NULL, ring);
	token = mint(j.manager, 0);
	j.now = JUDGE_NOW + 99;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "before", "sess_old_key_used_total", 0);
	j.now = JUDGE_NOW + 100;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "from its nbf", "sess_old_key_used_total", 1);
	j.now = JUDGE_NOW + 1000;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "after", "sess_old_key_used_total", 2);
	j.now = JUDGE_NOW + 50;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "a clock that went back", "sess_old_key_used_total", 2);
	sess_token_free(token);
	j.now = JUDGE_NOW + 200;
	token = mint(j.manager, 0);
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "the new key's own", "sess_old_key_used_total", 2);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", "next"), 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", "next"), 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 4);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

static int
set_ring(sess_manager *manager, const json_t *doc)
{
	char *text = json_dumps(doc, 0);
	sess_ring *ring = NULL;
	int rc;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	rc = sess_manager_set_ring(manager, ring, NULL);
	sess_ring_free(ring);
	free(text);
	return rc;
}

static void
set_generation(json_t *ring, int generation)
{
	json_object_set_new(json_object_get(ring, "sess"), "generation", json_integer(generation));
}

/* Another ring: counts stay with the kids that it has, and are summed up of those that it has not. */
START_TEST(test_rings)
{
	json_t *ring = judge_generate(&judge_combos[2]), *more, *less, *next;
	const char *first_kid = json_string_value(json_object_get(forge_key(ring, "sig"), "kid"));
	struct judge j;
	char *token, *later;

	json_object_set_new(forge_key(ring, "sig"), "nbf", json_integer(5));
	more = json_deep_copy(ring);
	next = json_deep_copy(forge_key(ring, "sig"));
	json_object_set_new(next, "kid", json_string("next"));
	json_object_set_new(next, "k", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	json_object_set_new(next, "nbf", json_integer(6));
	json_array_append_new(json_object_get(more, "keys"), next);
	set_generation(more, 2);
	less = json_deep_copy(more);
	json_array_remove(json_object_get(less, "keys"), 0);
	set_generation(less, 3);
	judge_init_ring(&j, &judge_combos[2], NULL, json_incref(ring));
	token = mint(j.manager, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(present(j.manager, token), 0);
	ck_assert_int_eq(set_ring(j.manager, more), 0);
	later = mint(j.manager, 0);
	ck_assert_uint_eq(present(j.manager, token), 0);
	ck_assert_uint_eq(present(j.manager, later), 0);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", first_kid), 4);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", first_kid), 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", "next"), 1);
	expect(j.manager, "more", "sess_tokens_verified_total{kid=\"(gone)\"}", 0);
	expect(j.manager, "more", "sess_old_key_used_total", 1);
	expect(j.manager, "more", "sess_ring_generation", 2);
	ck_assert_int_eq(set_ring(j.manager, less), 0);
	ck_assert_uint_eq(present(j.manager, token), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(present(j.manager, later), 0);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", first_kid), ABSENT);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", "next"), 2);
	expect(j.manager, "less", "sess_tokens_verified_total{kid=\"(gone)\"}", 4);
	expect(j.manager, "less", "sess_tokens_minted_total{kid=\"(gone)\"}", 1);
	expect(j.manager, "less", "sess_sessions_started_total", 2);
	ck_assert_int_eq(set_ring(j.manager, more), SESS_ERR_RING_ROLLBACK);
	expect(j.manager, "rollback", "sess_ring_reloads_total{result=\"ok\"}", 2);
	expect(j.manager, "rollback", "sess_ring_reloads_total{result=\"refused\"}", 1);
	expect(j.manager, "rollback", "sess_ring_generation", 3);
	expect(j.manager, "rollback", "sess_token_faults_total{reason=\"unknown_key\"}", 1);
	sess_token_free(token);
	sess_token_free(later);
	json_decref(ring);
	json_decref(more);
	json_decref(less);
	judge_done(&j);
}
END_TEST

struct swapper {
	sess_manager *manager;
	json_t *ring;
	atomic_int *stop;
};

/* Generation after generation, until told to stop; how many. */
static void *
swap(void *arg)
{
	const struct swapper *swapper = arg;
	intptr_t generation = 1;

	while (!atomic_load(swapper->stop)) {
		set_generation(swapper->ring, (int)++generation);
		if (set_ring(swapper->manager, swapper->ring) != 0)
			return NULL;
	}
	return (void *)(generation - 1);
}

#define THREADS 80 /* more than a manager keeps work spaces */
#define TURNS 120

struct worker {
	sess_manager *manager;
	const char *good, *bad;
	pthread_barrier_t *start;
	long long generation; /* 0: any */
};

static void *
work(void *arg)
{
	const struct worker *worker = arg;
	intptr_t wrong = 0;

	(void)pthread_barrier_wait(worker->start);
	for (int i = 0; i < TURNS; i++) {
		wrong += present(worker->manager, worker->good) != 0;
		if (i % 3 == 0)
			wrong += present(worker->manager, worker->bad) == 0;
		if (i % 40 == 0)
			sess_token_free(mint(worker->manager, 0));
		if (i % 60 == 0)
			wrong += worker->generation != 0 && sample(worker->manager, "sess_ring_generation") != worker->generation;
	}
	return (void *)wrong;
}

/* No count is lost, though nobody waits for anybody. */
START_TEST(test_threads)
{
	pthread_t thread[THREADS];
	pthread_barrier_t start;
	struct judge j;
	char *payload = judge_payload("iss", "\"iss\":\"x\""), *bad, *good;
	struct worker worker;

	judge_init(&j, &judge_combos[0], NULL);
	bad = judge_token(&j, payload, strlen(payload));
	good = mint(j.manager, 0);
	worker = (struct worker){ j.manager, good, bad, &start, 1 };
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, work, &worker), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong = NULL;

		ck_assert_int_eq(pthread_join(thread[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), THREADS * TURNS);
	expect(j.manager, "threads", "sess_tokens_rejected_total", THREADS * TURNS / 3);
	expect(j.manager, "threads", "sess_token_faults_total{reason=\"wrong_issuer\"}", THREADS * TURNS / 3);
	expect(j.manager, "threads", "sess_sessions_started_total", THREADS * TURNS / 40 + 1);
	(void)pthread_barrier_destroy(&start);
	sess_token_free(good);
	free(bad);
	free(payload);
	judge_done(&j);
}
END_TEST

/* Work spaces go with each ring; their counts do not. */
START_TEST(test_threads_and_rings)
{
	pthread_t thread[8], swapping;
	pthread_barrier_t start;
	atomic_int stop = 0;
	struct judge j;
	char *payload = judge_payload("iss", "\"iss\":\"x\""), *bad, *good;
	struct swapper swapper;
	struct worker worker;
	void *rings = NULL;

	judge_init(&j, &judge_combos[2], NULL);
	bad = judge_token(&j, payload, strlen(payload));
	good = mint(j.manager, 0);
	worker = (struct worker){ j.manager, good, bad, &start, 0 };
	swapper = (struct swapper){ j.manager, json_deep_copy(j.ring), &stop };
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, 8), 0);
	ck_assert_int_eq(pthread_create(&swapping, NULL, swap, &swapper), 0);
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, work, &worker), 0);
	for (size_t i = 0; i < 8; i++) {
		void *wrong = NULL;

		ck_assert_int_eq(pthread_join(thread[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	atomic_store(&stop, 1);
	ck_assert_int_eq(pthread_join(swapping, &rings), 0);
	ck_assert_ptr_nonnull(rings);
	expect(j.manager, "rings", "sess_ring_reloads_total{result=\"ok\"}", (long long)(intptr_t)rings);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 8 * TURNS);
	expect(j.manager, "rings", "sess_tokens_verified_total{kid=\"(gone)\"}", 0);
	expect(j.manager, "rings", "sess_tokens_rejected_total", 8 * TURNS / 3);
	expect(j.manager, "rings", "sess_sessions_started_total", 8 * TURNS / 40 + 1);
	(void)pthread_barrier_destroy(&start);
	json_decref(swapper.ring);
	sess_token_free(good);
	free(bad);
	free(payload);
	judge_done(&j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics_rings");
	TCase *tcase = tcase_create("metrics_rings");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_old_key);
	tcase_add_test(tcase, test_rings);
	tcase_add_test(tcase, test_threads);
	tcase_add_test(tcase, test_threads_and_rings);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
