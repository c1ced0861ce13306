/* SPDX-License-Identifier: MIT */
/* Two threads that count without an order between them: ThreadSanitizer must stop this program, else it stops nothing. */
#include <check.h>
#include <pthread.h>

#include "support/runner.h"

static volatile int count;

static void *
count_on(void *arg)
{
	for (int i = 0; i < 100000; i++)
		count++;
	return arg;
}

START_TEST(test_race)
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, count_on, NULL), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("planted race");
	TCase *tcase = tcase_create("race");

	tcase_add_test(tcase, test_race);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
