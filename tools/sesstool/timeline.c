/* SPDX-License-Identifier: MIT */
/*
 * sesstool: the keys of one use drawn over time. The scale is of moments, not of days: each stretch between two moments at
 * which something changes is as wide as any other, so that the hour of a rotation shows beside a month of minting. What a
 * stretch shows is what the library says of its beginning, so the picture says nothing but the rules. ASCII alone, without
 * colour: it is the same in a pipe.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "key.h"

#define INDENT 4
#define STEP_MIN 13 /* room for a label and a space */
#define STEP_MAX 20
#define FAR_S (INT64_C(300) * 86400)

int
tool_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
add(struct timeline *t, int64_t moment)
{
	for (int i = 0; i < t->count; i++) {
		if (t->point[i] == moment)
			return;
	}
	if (moment >= 0)
		t->point[t->count++] = moment;
}

static void
drop(struct timeline *t, int i)
{
	memmove(&t->point[i], &t->point[i + 1], (size_t)(t->count - i - 1) * sizeof(t->point[0]));
	t->count--;
}

/* What is long past goes first, then what is furthest ahead. */
static void
fit(struct timeline *t, int columns)
{
	int most = columns / STEP_MIN;

	while (t->count > most && t->point[0] != t->now)
		drop(t, 0);
	while (t->count > most && t->count > 1)
		t->count--;
	t->step = tool_width() < TIMELINE_COLUMNS_MIN ? 0 : columns / t->count > STEP_MAX ? STEP_MAX : columns / t->count;
}

void
timeline_init(struct timeline *t, const sess_ring *ring, const char *use, int64_t now)
{
	sess_key_info k;

	t->count = 0;
	t->now = now;
	add(t, now);
	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) != 0 || strcmp(k.use, use) != 0)
			continue;
		add(t, k.iat);
		add(t, k.nbf > k.iat ? k.nbf : -1);
		add(t, k.exp);
		add(t, k.revoked_at);
	}
	qsort(t->point, (size_t)t->count, sizeof(t->point[0]), by_time);
	fit(t, tool_width() - INDENT - 1);
}

/* "now", "02-14 09:00", or a year where that is far off; padded to `width`. */
static void
print_label(const struct timeline *t, int64_t moment, int width)
{
	const char *stamp = tool_stamp(moment);
	char label[16];

	if (moment == t->now)
		(void)snprintf(label, sizeof(label), "now");
	else if (moment > t->now + FAR_S || moment < t->now - FAR_S)
		(void)snprintf(label, sizeof(label), "%.10s", stamp);
	else
		(void)snprintf(label, sizeof(label), "%.5s %.5s", stamp + 5, stamp + 11);
	printf("%-*s", width, label);
}

void
timeline_print_scale(const struct timeline *t)
{
	if (t->step == 0)
		return;
	printf("%*s", INDENT, "");
	for (int i = 0; i < t->count; i++)
		print_label(t, t->point[i], i + 1 < t->count ? t->step : 0);
	printf("\n%*s", INDENT, "");
	for (int i = 0; i < t->count; i++)
		printf("%-*s", i + 1 < t->count ? t->step : 1, "|");
	putchar('\n');
}

static char
mark_of(const sess_ring *ring, size_t index, int64_t moment)
{
	sess_key_info k;

	if (sess_ring_key_info(ring, index, moment, &k) != 0 || (moment < k.iat && moment < k.nbf))
		return ' ';
	if (k.revoked_at >= 0)
		return moment < k.revoked_at ? '-' : 'x';
	switch (k.state) {
	case SESS_KEY_MINTS: return k.can_mint ? '=' : '-';
	case SESS_KEY_PENDING: return '.';
	case SESS_KEY_VERIFIES: return '-';
	default: return ' ';
	}
}

void
timeline_print_key(const struct timeline *t, const sess_ring *ring, size_t index)
{
	char line[TIMELINE_POINTS * STEP_MAX + 1];
	int n = t->step * t->count;

	if (t->step == 0)
		return;
	for (int i = 0; i < n; i++)
		line[i] = mark_of(ring, index, t->point[i / t->step]);
	while (n > 0 && line[n - 1] == ' ')
		n--;
	if (n > 0)
		printf("%*s%.*s\n", INDENT, "", n, line);
}
