/* SPDX-License-Identifier: MIT */
/* sesstool: what arguments mean: durations, times, rates. UTC whatever the environment says. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool.h"

#define TIME_MAX INT64_C(253402300799)

int
tool_usage(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n >= 0)
		tool_say(stderr, "sesstool: %s\n", text);
	free(text);
	return TOOL_EXIT_USAGE;
}

int
tool_see(const char *verb)
{
	fprintf(stderr, "See `sesstool help %s`.\n", verb);
	return TOOL_EXIT_USAGE;
}

/* Digits at the start of text, at most TIME_MAX. */
static int
read_digits(const char *text, int64_t *ret, const char **ret_end)
{
	int64_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (*p - '0');
		if (value > TIME_MAX)
			return -1;
	}
	*ret = value;
	*ret_end = p;
	return p == text ? -1 : 0;
}

int
tool_duration(const char *text, int64_t *ret_s)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	const char *end;
	int64_t value;

	if (read_digits(text, &value, &end) == 0) {
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
			if (strcmp(end, units[i].unit) == 0 && value <= TIME_MAX / units[i].seconds) {
				*ret_s = value * units[i].seconds;
				return 0;
			}
		}
	}
	return tool_usage("a duration is a number with s, m, h or d, such as 15m, 8h or 30d");
}

int
tool_rate(const char *text, double *ret_per_s)
{
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char number[32], *end;
	double value, per;

	per = slash == NULL || strcmp(slash, "/s") == 0 ? 1 : strcmp(slash, "/m") == 0 ? 60 :
	    strcmp(slash, "/h") == 0 ? 3600 : strcmp(slash, "/d") == 0 ? 86400 : 0;
	if (n > 0 && n < sizeof(number) && per > 0 && strspn(text, "0123456789.") >= n) {
		memcpy(number, text, n);
		number[n] = '\0';
		value = strtod(number, &end);
		if (*end == '\0' && value > 0) {
			*ret_per_s = value / per;
			return 0;
		}
	}
	return tool_usage("a rate is a number a second, minute, hour or day, such as 10/s or 5000/h");
}

/* "Z", "+hh:mm" or "-hh:mm" (RFC 3339 §5.6), as seconds east. */
static int
read_zone(const char *s, int64_t *ret_east)
{
	int hours, minutes, n = 0;

	*ret_east = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return 0;
	if ((s[0] != '+' && s[0] != '-') || strlen(s) != 6 || strspn(s + 1, "0123456789") != 2 ||
	    sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &n) != 2 || n != 5 || hours > 23 || minutes < 0 || minutes > 59)
		return -1;
	*ret_east = (s[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

static int
read_rfc3339(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t value, east;
	int day = tm.tm_mday, second = tm.tm_sec;

	if (end == NULL || end - text != 19 || read_zone(end, &east) != 0)
		return -1;
	/* timegm() mends what is out of range: a date that it changes was none. */
	value = timegm(&tm);
	if (tm.tm_mday != day || tm.tm_sec != second || value - east < 0 || value - east > TIME_MAX)
		return -1;
	*ret = value - east;
	return 0;
}

int
tool_time(const char *text, int64_t *ret_time)
{
	const char *end;
	int64_t value;

	if ((read_digits(text, &value, &end) == 0 && *end == '\0') || read_rfc3339(text, &value) == 0) {
		*ret_time = value;
		return 0;
	}
	return tool_usage("a time is 2026-12-03T10:00:00Z, or seconds since the epoch");
}

int
tool_now(const char *option, int64_t *ret_now)
{
	if (option != NULL)
		return tool_time(option, ret_now);
	*ret_now = time(NULL);
	return 0;
}

int
tool_fixed_clock(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}
