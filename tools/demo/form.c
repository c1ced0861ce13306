/* SPDX-License-Identifier: MIT */
/* Posted forms (application/x-www-form-urlencoded), and whether they come from this site's own pages. */
#include <string.h>

#include "demo.h"

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c | 0x20);

	return at == NULL || (c < '0') ? -1 : (int)(at - digits);
}

/* One character decoded; -1: broken. Moves *p on. */
static int
decode(const char **p, const char *end)
{
	int high, low;

	if (**p != '%')
		return *(*p)++ == '+' ? ' ' : (unsigned char)(*p)[-1];
	if (end - *p < 3 || (high = hex((*p)[1])) < 0 || (low = hex((*p)[2])) < 0)
		return -1;
	*p += 3;
	return high << 4 | low;
}

/* Line ends become spaces; other control characters do not belong into a form of ours. */
static int
copy_value(const char *p, const char *end, char *out, size_t room)
{
	size_t n = 0;

	while (p < end) {
		int c = decode(&p, end);

		if (c == '\r')
			continue;
		if (c == '\n' || c == '\t')
			c = ' ';
		if (c < 0x20 || c == 0x7f || n + 1 >= room)
			return -1;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return 0;
}

int
form_field(const struct request *r, const char *name, char *out, size_t room)
{
	size_t n = strlen(name);

	for (const char *p = r->body; *p != '\0';) {
		const char *end = p + strcspn(p, "&");

		if (strncmp(p, name, n) == 0 && p[n] == '=')
			return copy_value(p + n + 1, end, out, room);
		p = *end == '&' ? end + 1 : end;
	}
	return -1;
}

/* Every browser names the origin of a POST. One that does not, or another, gets nothing: cookies or not. */
int
form_is_ours(const struct request *r)
{
	const char *origin = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Origin");

	for (size_t i = 0; origin != NULL && i < r->demo->origin_count; i++) {
		if (strcmp(r->demo->origin[i], origin) == 0)
			return 1;
	}
	return 0;
}
