/* SPDX-License-Identifier: MIT */
/* The mutex of forked children: it excludes, it can be tried, and in a child it is free whoever holds it. */
#include <check.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/forklock.h"
#include "support/runner.h"

static int has_no_pages;

/* Linked with -Wl,--wrap; by either name. */
#define MAP(name) \
	void *__real_##name(void *at, size_t n, int protection, int flags, int fd, off_t offset); \
	void *__wrap_##name(void *at, size_t n, int protection, int flags, int fd, off_t offset); \
	void *__wrap_##name(void *at, size_t n, int protection, int flags, int fd, off_t offset) \
	{ \
		return has_no_pages ? MAP_FAILED : __real_##name(at, n, protection, flags, fd, offset); \
	}

MAP(mmap)
MAP(mmap64)

/* To ThreadSanitizer a mutex of the child is still held by who held it before the fork: freeing it would be reported. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHED 1
#endif
#endif
#ifndef WATCHED
#define WATCHED 0
#endif

static struct forklock *lock;

static void
setup(void)
{
	ck_assert_int_eq(forklock_new(&lock), 0);
}

static void
teardown(void)
{
	forklock_free(lock);
	forklock_free(NULL);
}

static void *
try_it(void *arg)
{
	int *taken = arg;

	if ((*taken = forklock_try(lock)))
		forklock_give(lock);
	return NULL;
}

static int
try_elsewhere(void)
{
	pthread_t thread;
	int taken = -1;

	ck_assert_int_eq(pthread_create(&thread, NULL, try_it, &taken), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	return taken;
}

START_TEST(test_tried)
{
	ck_assert_int_eq(try_elsewhere(), 1);
	forklock_take(lock);
	ck_assert_int_eq(try_elsewhere(), 0);
	forklock_give(lock);
	ck_assert_int_eq(try_elsewhere(), 1);
	ck_assert_int_eq(forklock_try(lock), 1);
	ck_assert_int_eq(try_elsewhere(), 0);
	forklock_give(lock);
}
END_TEST

#define THREADS 4
#define TURNS 20000

static int counted;

static void *
count_on(void *arg)
{
	for (int i = 0; i < TURNS; i++) {
		forklock_take(lock);
		counted++;
		forklock_give(lock);
	}
	return arg;
}

START_TEST(test_excludes)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, count_on, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	ck_assert_int_eq(counted, THREADS * TURNS);
}
END_TEST

START_TEST(test_free_in_child)
{
	int status = -1;
	pid_t pid;

	forklock_take(lock);
	if ((pid = fork()) == 0) {
		int fine = forklock_try(lock) && !forklock_try(lock);

		forklock_give(lock);
		if (!WATCHED)
			forklock_free(lock);
		_exit(fine ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* The parent's is as it was. */
	ck_assert_int_eq(try_elsewhere(), 0);
	forklock_give(lock);
}
END_TEST

START_TEST(test_no_page)
{
	struct forklock *other = NULL;

	has_no_pages = 1;
	ck_assert_int_eq(forklock_new(&other), SESS_ERR_MEMORY);
	has_no_pages = 0;
	ck_assert_ptr_null(other);
	forklock_free(other);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("forklock");
	TCase *tcase = tcase_create("forklock");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_tried);
	tcase_add_test(tcase, test_excludes);
	tcase_add_test(tcase, test_free_in_child);
	tcase_add_test(tcase, test_no_page);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
