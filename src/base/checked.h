/* SPDX-License-Identifier: MIT */
/* L0: checked arithmetic, and the range of times: seconds since the epoch, 0..9999-12-31T23:59:59Z. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_MAX INT64_C(253402300799)

static inline bool
checked_add_size(size_t a, size_t b, size_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

static inline bool
time_is_valid(int64_t t)
{
	return t >= 0 && t <= TIME_MAX;
}

/* a + b for two values of at most TIME_MAX each, held at TIME_MAX. */
static inline int64_t
time_add(int64_t a, int64_t b)
{
	int64_t sum = a + b;
	return sum > TIME_MAX ? TIME_MAX : sum;
}

static inline int64_t
time_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
