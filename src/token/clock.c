/* SPDX-License-Identifier: MIT */
/* L4: the clocks. */
#include "token/clock.h"

#include <time.h>

#include "base/checked.h"
#include "base/diag.h"

/* The seconds of time(): its clock is read without asking the hardware, where the system has such a one. */
#ifdef CLOCK_REALTIME_COARSE
#define SECONDS_CLOCK CLOCK_REALTIME_COARSE
#else
#define SECONDS_CLOCK CLOCK_REALTIME
#endif

_Static_assert(sizeof(time_t) >= sizeof(int64_t), "a time_t of 32 bits ends in 2038: see meson.build");

int
clock_real(void *arg, int64_t *ret_now)
{
	struct timespec ts;

	(void)arg;
	if (clock_gettime(SECONDS_CLOCK, &ts) != 0)
		return -1;
	*ret_now = ts.tv_sec;
	return 0;
}

/* Goes on while the machine sleeps, so that a silence is as long as it was. */
int
clock_boot(void *arg, int64_t *ret_ms)
{
	struct timespec ts;

	(void)arg;
	if (clock_gettime(CLOCK_BOOTTIME, &ts) != 0)
		return -1;
	*ret_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	return 0;
}

int
clock_now(sess_clock_fn *clock, void *arg, int64_t *ret_now, sess_diag *diag)
{
	int64_t now = -1;

	if (clock(arg, &now) != 0)
		return diag_error(diag, SESS_ERR_CLOCK, "the clock cannot be read");
	if (!time_is_valid(now))
		return diag_error(diag, SESS_ERR_CLOCK, "the clock says %lld, outside 0..%lld; set it", (long long)now,
		    (long long)TIME_MAX);
	*ret_now = now;
	return 0;
}

int
clock_elapsed(sess_clock_fn *clock, void *arg, int64_t *ret_ms)
{
	int64_t ms = -1;

	if (clock(arg, &ms) != 0 || ms < 0)
		return SESS_ERR_CLOCK;
	*ret_ms = ms;
	return 0;
}
