/* SPDX-License-Identifier: MIT */
/* The memory of ended sessions: once each, from however many threads, in bounded room. */
#include "session/ended.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define SID_LEN 22

/* As if random: what minters write. */
static void
make_sid(uint64_t number, char out[SID_LEN + 1])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t state = number * UINT64_C(0x2545f4914f6cdd1d) + 1;

	for (size_t i = 0; i < SID_LEN; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[i] = digits[state >> 58];
	}
	out[SID_LEN] = '\0';
}

static int
add(struct ended *e, uint64_t number)
{
	char sid[SID_LEN + 1];

	make_sid(number, sid);
	return ended_add(e, sid);
}

START_TEST(test_once)
{
	struct ended *e = calloc(1, sizeof(*e));
	int new = 0;

	for (uint64_t i = 0; i < 1000; i++)
		new += add(e, i);
	ck_assert_int_eq(new, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		new += add(e, i);
	ck_assert_int_eq(new, 1000);
	free(e);
}
END_TEST

/* However many sessions end, each new one is new; the last ones are mostly still known, the first ones are not. */
START_TEST(test_bounded)
{
	struct ended *e = calloc(1, sizeof(*e));
	const uint64_t many = 300000;
	int new = 0, again = 0;

	for (uint64_t i = 0; i < many; i++)
		new += add(e, i);
	ck_assert_int_eq(new, (int)many);
	for (uint64_t i = many - ENDED_ROOM / 4; i < many; i++)
		again += !add(e, i);
	ck_assert_int_gt(again, ENDED_ROOM / 4 * 3 / 4);
	again = 0;
	for (uint64_t i = 0; i < 1000; i++)
		again += !add(e, i);
	ck_assert_int_lt(again, 10);
	free(e);
}
END_TEST

#define THREADS 8
#define SESSIONS 400

static pthread_barrier_t barrier;

static void *
add_all(void *arg)
{
	intptr_t new = 0;

	(void)pthread_barrier_wait(&barrier);
	for (uint64_t i = 0; i < SESSIONS; i++)
		new += add(arg, i);
	return (void *)new;
}

START_TEST(test_threads)
{
	for (int round = 0; round < 50; round++) {
		struct ended *e = calloc(1, sizeof(*e));
		pthread_t thread[THREADS];
		intptr_t new = 0;

		ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS), 0);
		for (size_t i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&thread[i], NULL, add_all, e), 0);
		for (size_t i = 0; i < THREADS; i++) {
			void *got = NULL;

			ck_assert_int_eq(pthread_join(thread[i], &got), 0);
			new += (intptr_t)got;
		}
		ck_assert_int_eq(new, SESSIONS);
		(void)pthread_barrier_destroy(&barrier);
		free(e);
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ended");
	TCase *tcase = tcase_create("ended");

	tcase_add_test(tcase, test_once);
	tcase_add_test(tcase, test_bounded);
	tcase_add_test(tcase, test_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
