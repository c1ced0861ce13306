/* SPDX-License-Identifier: MIT */
/* sesstool: the clocks of a session as one line of the terminal, and the words beneath it. ASCII, at whatever width. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define WIDTH_MIN 24
#define WIDTH_MAX 120
#define NOW_SIGN '*'

struct mark {
	char sign;
	int64_t at;
	char words[64];
};

static size_t
column(int64_t t, int64_t from, int64_t to, size_t width)
{
	if (t <= from || to <= from)
		return 0;
	if (t >= to)
		return width - 1;
	return (size_t)((t - from) * (int64_t)(width - 1) / (to - from));
}

static void
describe(struct mark *m, char sign, const char *what, int64_t at, int64_t now)
{
	m->sign = sign;
	m->at = at;
	if (at == now)
		(void)snprintf(m->words, sizeof(m->words), "%c %s now", sign, what);
	else
		(void)snprintf(m->words, sizeof(m->words), at > now ? "%c %s in %s" : "%c %s %s ago", sign, what,
		    tool_span(at - now));
}

/* In the order of time. */
static size_t
collect(sess_session *s, int64_t now, struct mark *marks)
{
	int64_t started = sess_session_auth_time(s), issued = sess_session_issued_at(s), idle = sess_session_idle_deadline(s);
	int64_t hard = sess_session_absolute_deadline(s);
	size_t n = 0;

	describe(&marks[n++], '[', "started", started, now);
	if (sess_session_renewals(s) > 0 || issued != started)
		describe(&marks[n++], 'r', sess_session_renewals(s) > 0 ? "renewed" : "issued", issued, now);
	describe(&marks[n++], 'i', "idle", idle, now);
	marks[n] = (struct mark){ NOW_SIGN, now, "* now" };
	if (now < idle) {
		marks[n] = marks[n - 1];
		marks[n - 1] = (struct mark){ NOW_SIGN, now, "* now" };
	}
	n++;
	describe(&marks[n++], ']', hard > now ? "ends" : "ended", hard, now); /* past: within the leeway */
	return n;
}

static void
print_words(const struct mark *marks, size_t count, size_t width)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(marks[i].words);

		if (used > 0 && used + 2 + n > width) {
			putchar('\n');
			used = 0;
		}
		printf("%s%s", used > 0 ? "  " : "", marks[i].words);
		used += n + (used > 0 ? 2 : 0);
	}
	putchar('\n');
}

void
tool_print_clocks(sess_session *s, int64_t now)
{
	struct mark marks[5];
	size_t count = collect(s, now, marks), width = (size_t)tool_width();
	int64_t from = marks[0].at, to = marks[count - 1].at;
	char line[WIDTH_MAX + 1];

	width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
	memset(line, '.', width);
	memset(line, '-', column(sess_session_idle_deadline(s), from, to, width));
	memset(line, '=', column(now, from, to, width));
	for (size_t i = 0; i < count; i++)
		line[column(marks[i].at, from, to, width)] = marks[i].sign;
	line[column(now, from, to, width)] = NOW_SIGN; /* over any other */
	printf("%.*s\n", (int)width, line);
	print_words(marks, count, width);
}
