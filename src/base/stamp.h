/* SPDX-License-Identifier: MIT */
/* L0: times as text for messages. Reads no time zone and no locale. */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include <stdint.h>

#define STAMP_ROOM 21

/* "2026-12-03T10:00:00Z" (RFC 3339 §5.6) of a time in 0..TIME_MAX; returns out. */
const char *stamp_format(int64_t t, char out[STAMP_ROOM]);

#endif
