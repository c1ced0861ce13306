/* SPDX-License-Identifier: MIT */
/* L1: looking members up in an index, and reading integers. Trusts the pass that made it. */
#include <string.h>

#include "json/name.h"
#include "json/text.h"

/* Whether a name that is spelled with escapes is this one. */
static int
is_escaped_name(const char *p, size_t n, const char *name, size_t name_len)
{
	const char *end = p + n;
	size_t at = 0;

	while (p < end) {
		uint8_t bytes[4];
		size_t len;

		p = text_next(p, bytes, &len);
		if (name_len - at < len || memcmp(name + at, bytes, len) != 0)
			return 0;
		at += len;
	}
	return at == name_len;
}

static int
is_name(const char *text, const struct json_member *m, const char *name, size_t name_len)
{
	const char *raw = text + m->name_off;

	if (m->name_escaped)
		return is_escaped_name(raw, m->name_len, name, name_len);
	return m->name_len == name_len && memcmp(raw, name, name_len) == 0;
}

const struct json_member *
json_member_find(const char *text, const struct json_member *members, size_t count, const char *name, size_t name_len)
{
	const struct json_member *m = members, *end = members + count;
	uint32_t h = name_hash_plain(name, name_len);

	for (; end - m >= 4; m += 4) {
		if (m[0].hash != h && m[1].hash != h && m[2].hash != h && m[3].hash != h)
			continue;
		for (size_t i = 0; i < 4; i++) {
			if (m[i].hash == h && is_name(text, &m[i], name, name_len))
				return &m[i];
		}
	}
	for (; m < end; m++) {
		if (m->hash == h && is_name(text, m, name, name_len))
			return m;
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
