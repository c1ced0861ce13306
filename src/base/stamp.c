/* SPDX-License-Identifier: MIT */
/* L0: times as text. Not strftime(), whose digits a locale may choose. */
#include "base/stamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *
stamp_format(int64_t t, char out[STAMP_ROOM])
{
	time_t seconds = (time_t)t;
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	(void)gmtime_r(&seconds, &tm);
	(void)snprintf(out, STAMP_ROOM, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100);
	return out;
}
