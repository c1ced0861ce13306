/* SPDX-License-Identifier: MIT */
/* L1: scanning strings and numbers (RFC 8259 §6, §7; RFC 3629). Knows nothing of objects. */
#include "json/text.h"

#include <string.h>

/* Decimal magnitude up to which a real certainly does not overflow a double. */
#define MAGNITUDE_MAX 308

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t
hex4(const char *p, const char *end)
{
	int32_t value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static int
is_high(int32_t u)
{
	return u >= 0xd800 && u <= 0xdbff;
}

static int
is_low(int32_t u)
{
	return u >= 0xdc00 && u <= 0xdfff;
}

/* p stands after "\u". */
static enum json_fault
scan_unicode(const char **p, const char *end)
{
	int32_t unit = hex4(*p, end);

	if (unit < 0)
		return JSON_F_SYNTAX;
	if (unit == 0)
		return JSON_F_NUL;
	if (is_low(unit))
		return JSON_F_UTF8;
	*p += 4;
	if (!is_high(unit))
		return JSON_F_NONE;
	if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u' || !is_low(hex4(*p + 2, end)))
		return JSON_F_UTF8;
	*p += 6;
	return JSON_F_NONE;
}

/* p stands after the backslash. */
static enum json_fault
scan_escape(const char **p, const char *end)
{
	char c;

	if (*p == end)
		return JSON_F_SYNTAX;
	c = *(*p)++;
	if (c == 'u')
		return scan_unicode(p, end);
	return c != '\0' && strchr("\"\\/bfnrt", c) != NULL ? JSON_F_NONE : JSON_F_SYNTAX;
}

/* Length of the well-formed sequence at p, which starts with a byte of 0x80 or above; 0: there is none (RFC 3629 §4). */
static size_t
utf8_len(const uint8_t *p, size_t room)
{
	uint8_t lead = p[0], low = 0x80, high = 0xbf;
	size_t n = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;

	if (n == 0 || n > room)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

enum json_fault
text_scan_special(const char *p, const char *end, const char **ret_end, int *ret_escaped)
{
	enum json_fault fault = JSON_F_NONE;

	for (;;) {
		size_t n;

		*ret_end = p = text_skip_plain(p, end);
		if (p == end)
			return JSON_F_SYNTAX;
		if (*p == '"')
			return JSON_F_NONE;
		if (*p == '\\') {
			*ret_escaped = 1;
			p++;
			if ((fault = scan_escape(&p, end)) != JSON_F_NONE)
				return fault;
			continue;
		}
		if ((uint8_t)*p < 0x80)
			return *p == '\0' ? JSON_F_NUL : JSON_F_SYNTAX;
		if ((n = utf8_len((const uint8_t *)p, (size_t)(end - p))) == 0)
			return JSON_F_UTF8;
		p += n;
	}
}

static int
fits_int64(const char *p, const char *end, int negative)
{
	uint64_t value = 0, max = (uint64_t)INT64_MAX + (negative ? 1 : 0);

	for (; p < end; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (value > (max - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	return 1;
}

/* The exponent, held at a thousand either way. */
static long
read_exponent(const char *p, const char *end)
{
	int negative = *p == '-';
	long value = 0;

	for (p += *p == '-' || *p == '+'; p < end; p++)
		value = value >= 1000 ? 1000 : value * 10 + (*p - '0');
	return negative ? -value : value;
}

enum json_fault
text_scan_number(const char *p, const char *end, const char **ret_end, enum json_type *ret_type)
{
	int negative = *p == '-';
	const char *digits = p + negative, *q = text_skip_digits(digits, end), *after = q;
	long exponent = 0;

	*ret_end = q;
	*ret_type = JSON_T_INT;
	if (q == digits || (*digits == '0' && q - digits > 1))
		return JSON_F_SYNTAX;
	if (after < end && *after == '.') {
		const char *fraction = after + 1;

		*ret_type = JSON_T_REAL;
		*ret_end = after = text_skip_digits(fraction, end);
		if (after == fraction)
			return JSON_F_SYNTAX;
	}
	if (after < end && (*after == 'e' || *after == 'E')) {
		const char *start = after + 1, *first = start + (start < end && (*start == '+' || *start == '-'));

		*ret_type = JSON_T_REAL;
		*ret_end = after = text_skip_digits(first, end);
		if (after == first)
			return JSON_F_SYNTAX;
		exponent = read_exponent(start, after);
	}
	if (*ret_type == JSON_T_INT)
		return fits_int64(digits, q, negative) ? JSON_F_NONE : JSON_F_NUMBER;
	return q - digits + exponent > MAGNITUDE_MAX ? JSON_F_NUMBER : JSON_F_NONE;
}

static size_t
put_utf8(uint32_t u, uint8_t out[4])
{
	if (u < 0x80) {
		out[0] = (uint8_t)u;
		return 1;
	}
	if (u < 0x800) {
		out[0] = (uint8_t)(0xc0 | u >> 6);
		out[1] = (uint8_t)(0x80 | (u & 0x3f));
		return 2;
	}
	if (u < 0x10000) {
		out[0] = (uint8_t)(0xe0 | u >> 12);
		out[1] = (uint8_t)(0x80 | (u >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (u & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | u >> 18);
	out[1] = (uint8_t)(0x80 | (u >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (u >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (u & 0x3f));
	return 4;
}

const char *
text_next(const char *p, uint8_t out[4], size_t *ret_len)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at;
	uint32_t u;

	*ret_len = 1;
	if (*p != '\\') {
		out[0] = (uint8_t)*p;
		return p + 1;
	}
	if (p[1] != 'u') {
		at = strchr(from, p[1]);
		out[0] = (uint8_t)(at == NULL ? p[1] : to[at - from]);
		return p + 2;
	}
	u = (uint32_t)hex4(p + 2, p + 6);
	p += 6;
	if (is_high((int32_t)u)) {
		u = 0x10000 + ((u - 0xd800) << 10) + ((uint32_t)hex4(p + 2, p + 6) - 0xdc00);
		p += 6;
	}
	*ret_len = put_utf8(u, out);
	return p;
}

int
json_is_utf8(const char *s, size_t n)
{
	const char *p = s, *end = s + n;

	while ((p = text_skip_plain(p, end)) < end) {
		size_t len = 1;

		if (*p == '\0' || ((uint8_t)*p >= 0x80 && (len = utf8_len((const uint8_t *)p, (size_t)(end - p))) == 0))
			return 0;
		p += len;
	}
	return 1;
}

size_t
json_unescape(char *out, const char *raw, size_t raw_len)
{
	const char *p = raw, *end = raw + raw_len;
	char *q = out;

	if (memchr(raw, '\\', raw_len) == NULL) {
		memcpy(out, raw, raw_len);
		return raw_len;
	}
	while (p < end) {
		uint8_t bytes[4];
		size_t n;

		p = text_next(p, bytes, &n);
		memcpy(q, bytes, n);
		q += n;
	}
	return (size_t)(q - out);
}

size_t
json_compact(char *out, const char *text, size_t n)
{
	int in_string = 0;
	char *q = out;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			continue;
		*q++ = c;
		if (c == '"')
			in_string = !in_string;
		else if (in_string && c == '\\')
			*q++ = text[++i];
	}
	return (size_t)(q - out);
}

size_t
json_quote(char *out, const char *utf8, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *q = out;

	*q++ = '"';
	for (const char *p = utf8, *end = utf8 + n; p < end; p++) {
		const char *plain = text_skip_plain(p, end);
		uint8_t c;

		memcpy(q, p, (size_t)(plain - p));
		q += plain - p;
		if ((p = plain) == end)
			break;
		c = (uint8_t)*p;
		if (c == '"' || c == '\\') {
			*q++ = '\\';
			*q++ = (char)c;
		} else if (c < 0x20) {
			memcpy(q, "\\u00", 4);
			q[4] = digits[c >> 4];
			q[5] = digits[c & 15];
			q += 6;
		} else {
			*q++ = (char)c;
		}
	}
	*q++ = '"';
	return (size_t)(q - out);
}
