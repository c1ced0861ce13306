/* SPDX-License-Identifier: MIT */
/* L1: looking members up in an index, and reading integers. Trusts the pass that made it. */
#include <string.h>

#include "json/name.h"
#include "json/text.h"

const struct json_member *
json_member_find(const char *text, const struct json_member *members, size_t count, const char *name, size_t name_len)
{
	uint32_t h = name_hash(name, name_len, 0);

	for (size_t i = 0; i < count; i++) {
		const struct json_member *m = &members[i];
		const char *p = text + m->name_off, *end = p + m->name_len;
		size_t at = 0;

		if (m->hash != h)
			continue;
		if (!m->name_escaped) {
			if (m->name_len == name_len && memcmp(p, name, name_len) == 0)
				return m;
			continue;
		}
		while (p < end) {
			uint8_t bytes[4];
			size_t n;

			p = text_next(p, bytes, &n);
			if (name_len - at < n || memcmp(name + at, bytes, n) != 0)
				break;
			at += n;
			if (p == end && at == name_len)
				return m;
		}
	}
	return NULL;
}

int
json_member_digits(const char *text, const struct json_member *m, int64_t max, int64_t *ret_value)
{
	int64_t value;

	if (m->type != JSON_T_INT || text[m->value_off] == '-' || json_member_int(text, m, &value) != 0 || value > max)
		return SESS_ERR_REJECTED;
	*ret_value = value;
	return 0;
}

int
json_member_int(const char *text, const struct json_member *m, int64_t *ret_value)
{
	const char *p = text + m->value_off, *end = p + m->value_len;
	int negative;
	int64_t value = 0;

	if (m->type != JSON_T_INT)
		return SESS_ERR_REJECTED;
	negative = *p == '-';
	/* Summed below zero, where int64 reaches one further; the pass has checked that it fits. */
	for (p += negative; end - p >= 8; p += 8)
		value = value * 100000000 - (int64_t)text_eight_digits(text_word(p));
	for (; p < end; p++)
		value = value * 10 - (*p - '0');
	*ret_value = negative ? value : -value;
	return 0;
}
