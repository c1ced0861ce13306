/* SPDX-License-Identifier: MIT */
/* L5: following RESP2 from line to line. Arrays and bulk strings may be announced and found missing (-1). */
#include "revocation/resp_cap.h"

#include <stdint.h>
#include <string.h>

/* A length: digits, or -1. What is longer than 18 digits is larger than anything. */
static int
parse_length(const char *text, size_t n, int64_t *ret)
{
	int64_t value = 0;

	if (n == 2 && text[0] == '-' && text[1] == '1') {
		*ret = -1;
		return 0;
	}
	if (n == 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = i < 18 ? value * 10 + (text[i] - '0') : INT64_MAX;
	}
	*ret = value;
	return 0;
}

static int
is_integer(const char *text, size_t n)
{
	size_t sign = n > 0 && (text[0] == '-' || text[0] == '+');

	if (n == sign || n - sign > 19)
		return 0;
	for (size_t i = sign; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
	}
	return 1;
}

/* One value has ended; with it perhaps the arrays around it. */
static void
end_value(struct resp_cap *cap)
{
	while (cap->depth > 0 && --cap->left[cap->depth - 1] == 0)
		cap->depth--;
	if (cap->depth == 0)
		cap->bytes = cap->elements = 0;
}

static enum fault
begin_array(struct resp_cap *cap, int64_t n)
{
	if (n <= 0) {
		end_value(cap);
		return FAULT_NONE;
	}
	if ((uint64_t)n > RESP_CAP_ELEMENTS || cap->elements + (size_t)n > RESP_CAP_ELEMENTS || cap->depth == RESP_CAP_DEPTH)
		return FAULT_TOO_LARGE;
	cap->elements += (size_t)n;
	cap->left[cap->depth++] = (size_t)n;
	return FAULT_NONE;
}

static enum fault
begin_bulk(struct resp_cap *cap, int64_t n)
{
	if (n < 0) {
		end_value(cap);
		return FAULT_NONE;
	}
	if ((uint64_t)n > RESP_CAP_BYTES || cap->bytes + (size_t)n > RESP_CAP_BYTES)
		return FAULT_TOO_LARGE;
	cap->body = (size_t)n + 2;
	return FAULT_NONE;
}

/* A line without its end. */
static enum fault
end_line(struct resp_cap *cap)
{
	size_t n = cap->line_len;
	int64_t length = 0;

	cap->line_len = 0;
	if (n == 0)
		return FAULT_GARBAGE;
	switch (cap->line[0]) {
	case '+':
	case '-': end_value(cap); return FAULT_NONE;
	case ':':
		if (!is_integer(cap->line + 1, n - 1))
			return FAULT_GARBAGE;
		end_value(cap);
		return FAULT_NONE;
	case '$':
	case '*':
		if (parse_length(cap->line + 1, n - 1, &length) != 0)
			return FAULT_GARBAGE;
		return cap->line[0] == '$' ? begin_bulk(cap, length) : begin_array(cap, length);
	default: return FAULT_GARBAGE;
	}
}

static enum fault
feed_line(struct resp_cap *cap, char c)
{
	if (cap->line_len == 0 && memchr("+-:$*", c, 5) == NULL)
		return FAULT_GARBAGE;
	if (c == '\n') {
		if (cap->line_len < 2 || cap->line[cap->line_len - 1] != '\r')
			return FAULT_GARBAGE;
		cap->line_len--;
		return end_line(cap);
	}
	if (cap->line_len > 0 && cap->line[cap->line_len - 1] == '\r')
		return FAULT_GARBAGE;
	if (cap->line_len == RESP_CAP_LINE)
		return FAULT_TOO_LARGE;
	cap->line[cap->line_len++] = c;
	return FAULT_NONE;
}

/* The last two bytes of a body end its line. */
static enum fault
feed_body(struct resp_cap *cap, const char *bytes, size_t n)
{
	for (size_t i = cap->body > 2 ? cap->body - 2 : 0; i < n; i++) {
		if (bytes[i] != (cap->body - i == 2 ? '\r' : '\n'))
			return FAULT_GARBAGE;
	}
	cap->body -= n;
	if (cap->body == 0)
		end_value(cap);
	return FAULT_NONE;
}

enum fault
resp_cap_feed(struct resp_cap *cap, const char *bytes, size_t n)
{
	enum fault fault;

	while (n > 0) {
		size_t step = cap->body == 0 ? 1 : n < cap->body ? n : cap->body;

		cap->bytes += step;
		if (cap->bytes > RESP_CAP_BYTES)
			return FAULT_TOO_LARGE;
		fault = cap->body == 0 ? feed_line(cap, bytes[0]) : feed_body(cap, bytes, step);
		if (fault != FAULT_NONE)
			return fault;
		bytes += step;
		n -= step;
	}
	return FAULT_NONE;
}
