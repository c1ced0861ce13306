/* SPDX-License-Identifier: MIT */
/* token/clock.c: clocks that cannot be read, that lie outside of all time, and the system's own. */
#include "token/clock.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "support/runner.h"

/* Linked with -Wl,--wrap. */
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

static int is_refused;

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	if (!is_refused)
		return __real_clock_gettime(clock, ret);
	errno = EINVAL;
	return -1;
}

START_TEST(test_system)
{
	int64_t now = -7, ms = -7;

	is_refused = 1;
	ck_assert_int_eq(clock_now(clock_real, NULL, &now, NULL), SESS_ERR_CLOCK);
	ck_assert_int_eq(clock_elapsed(clock_boot, NULL, &ms), SESS_ERR_CLOCK);
	ck_assert_int_ne(clock_real(NULL, &now), 0);
	ck_assert_int_ne(clock_boot(NULL, &ms), 0);
	ck_assert_int_eq(now, -7);
	ck_assert_int_eq(ms, -7);
	is_refused = 0;
	ck_assert_int_eq(clock_now(clock_real, NULL, &now, NULL), 0);
	ck_assert_int_eq(clock_elapsed(clock_boot, NULL, &ms), 0);
	ck_assert_int_gt(now, 0);
	ck_assert_int_gt(ms, 0);
}
END_TEST

/* What a caller's clock says, and whether it fails. */
struct said {
	int64_t value;
	int rc;
};

static int
say(void *arg, int64_t *ret)
{
	const struct said *said = arg;

	*ret = said->value;
	return said->rc;
}

START_TEST(test_injected)
{
	static struct said rows[] = { { 0, 0 }, { 253402300799, 0 }, { 253402300800, 0 }, { -1, 0 }, { INT64_MAX, 0 }, { INT64_MIN, 0 },
		{ 1, -1 }, { 1, 1 } };
	int is_time = rows[_i].rc == 0 && rows[_i].value >= 0 && rows[_i].value <= 253402300799;
	int64_t now = -7, ms = -7;
	sess_diag diag;

	ck_assert_int_eq(clock_now(say, &rows[_i], &now, &diag), is_time ? 0 : SESS_ERR_CLOCK);
	ck_assert_int_eq(now, is_time ? rows[_i].value : -7);
	if (!is_time)
		ck_assert_ptr_nonnull(strstr(diag.message, rows[_i].rc != 0 ? "cannot be read" : "outside"));
	/* Milliseconds since some moment: any number that is not negative. */
	ck_assert_int_eq(clock_elapsed(say, &rows[_i], &ms), rows[_i].rc == 0 && rows[_i].value >= 0 ? 0 : SESS_ERR_CLOCK);
	ck_assert_int_eq(ms, rows[_i].rc == 0 && rows[_i].value >= 0 ? rows[_i].value : -7);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_test(tcase, test_system);
	tcase_add_loop_test(tcase, test_injected, 0, 8);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
