/* SPDX-License-Identifier: MIT */
/* L4: reading the wall clock and the clock of elapsed time, the machine's or the caller's. */
#ifndef TOKEN_CLOCK_H
#define TOKEN_CLOCK_H

#include <sess/manager.h>

/* Seconds of CLOCK_REALTIME; milliseconds of CLOCK_BOOTTIME. */
int clock_real(void *arg, int64_t *ret_now);
int clock_boot(void *arg, int64_t *ret_ms);

/* SESS_ERR_CLOCK: it cannot be read, or says what is no time. */
SESS_CHECKED int clock_now(sess_clock_fn *clock, void *arg, int64_t *ret_now, sess_diag *diag);
SESS_CHECKED int clock_elapsed(sess_clock_fn *clock, void *arg, int64_t *ret_ms);

#endif
