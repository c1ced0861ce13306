/* SPDX-License-Identifier: MIT */
/*
 * L1: the one pass over a payload: a loop with a stack of at most sixteen open containers, which keeps the names of
 * every open object to find duplicates, and records the members of the outermost one. Knows nothing of claims.
 */
#include "json/index.h"

#include <string.h>

#include "json/name.h"
#include "json/text.h"

struct level {
	int is_object;
	size_t first; /* of this object's names in the scratch */
	size_t count;
	uint64_t seen; /* a bit for each hash: where it is not set, no name needs to be compared */
};

struct pass {
	const char *text, *p, *end;
	const struct json_limits *limits;
	struct json_scratch *scratch;
	struct json_index *index;
	struct level level[JSON_DEPTH_MAX];
	size_t depth;
	size_t open; /* names in the scratch */
};

static const char *const sentences[] = {
	[JSON_F_NONE] = "nothing is wrong",
	[JSON_F_SYNTAX] = "it is not JSON (RFC 8259)",
	[JSON_F_UTF8] = "it is not strict UTF-8, or an escaped surrogate stands alone",
	[JSON_F_NUL] = "it holds U+0000",
	[JSON_F_DUPLICATE] = "an object has two members of one name",
	[JSON_F_NUMBER] = "a number is too large",
	[JSON_F_DEPTH] = "it is nested too deep",
	[JSON_F_MEMBERS] = "an object has too many members",
	[JSON_F_NOT_OBJECT] = "it is not an object",
	[JSON_F_TOO_LONG] = "it is too long",
};

const char *
json_fault_sentence(enum json_fault fault)
{
	return sentences[fault];
}

/* What runs for each member is put into the loop itself, where the compiler can keep the place in the text in a register. */
#define IN_LOOP static inline __attribute__((always_inline))

IN_LOOP void
skip_space(struct pass *s)
{
	/* Mostly there is none. */
	if (s->p < s->end && (unsigned char)*s->p > ' ')
		return;
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

IN_LOOP enum json_fault
note_name(struct pass *s, const char *name, size_t n, int escaped)
{
	struct level *level = &s->level[s->depth - 1];
	uint32_t h = name_hash(name, n, escaped);
	uint32_t off = (uint32_t)(name - s->text);
	uint64_t bit = UINT64_C(1) << (h & 63);

	if (level->count == s->limits->max_members)
		return JSON_F_MEMBERS;
	for (size_t i = (level->seen & bit) != 0 ? level->first : s->open; i < s->open; i++) {
		if (s->scratch->open[i].hash == h &&
		    name_equals(s->text + s->scratch->open[i].name_off, s->scratch->open[i].name_len, name, n))
			return JSON_F_DUPLICATE;
	}
	s->scratch->open[s->open].name_off = off;
	s->scratch->open[s->open].name_len = (uint32_t)n;
	s->scratch->open[s->open].hash = h;
	s->scratch->open[s->open++].escaped = (uint8_t)escaped;
	if (s->depth == 1) {
		s->index->member[level->count] = (struct json_member){ .name_off = off, .name_len = (uint32_t)n, .hash = h,
			.name_escaped = (uint8_t)escaped };
		s->index->count = level->count + 1;
	}
	level->seen |= bit;
	level->count++;
	return JSON_F_NONE;
}

/* Leaves the place at the member's value. */
IN_LOOP enum json_fault
read_name(struct pass *s)
{
	enum json_fault fault;
	const char *name, *close;
	int escaped;

	if (s->p == s->end || *s->p != '"')
		return JSON_F_SYNTAX;
	name = s->p + 1;
	if ((fault = text_scan_string(name, s->end, &close, &escaped)) != JSON_F_NONE ||
	    (fault = note_name(s, name, (size_t)(close - name), escaped)) != JSON_F_NONE)
		return fault;
	s->p = close + 1;
	skip_space(s);
	if (s->p == s->end || *s->p != ':')
		return JSON_F_SYNTAX;
	s->p++;
	skip_space(s);
	return JSON_F_NONE;
}

/* The member of the outermost object whose value begins or ends now, if that is where we are. */
IN_LOOP struct json_member *
current_member(struct pass *s)
{
	return s->depth == 1 ? &s->index->member[s->index->count - 1] : NULL;
}

IN_LOOP enum json_fault
open_container(struct pass *s)
{
	int is_object = *s->p == '{';

	if (s->depth == s->limits->max_depth)
		return JSON_F_DEPTH;
	s->level[s->depth++] = (struct level){ is_object, s->open, 0, 0 };
	s->p++;
	return JSON_F_NONE;
}

IN_LOOP enum json_fault
read_literal(struct pass *s, const char *word, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return JSON_F_SYNTAX;
	s->p += n;
	return JSON_F_NONE;
}

IN_LOOP enum json_fault
read_scalar(struct pass *s, enum json_type *type, int *escaped)
{
	enum json_fault fault;
	const char *end = s->p;

	switch (*s->p) {
	case '"':
		*type = JSON_T_STRING;
		if ((fault = text_scan_string(s->p + 1, s->end, &end, escaped)) == JSON_F_NONE)
			s->p = end + 1;
		return fault;
	case 't':
		*type = JSON_T_TRUE;
		return read_literal(s, "true", 4);
	case 'f':
		*type = JSON_T_FALSE;
		return read_literal(s, "false", 5);
	case 'n':
		*type = JSON_T_NULL;
		return read_literal(s, "null", 4);
	default:
		if (*s->p != '-' && (*s->p < '0' || *s->p > '9'))
			return JSON_F_SYNTAX;
		fault = text_scan_number(s->p, s->end, &end, type);
		s->p = end;
		return fault;
	}
}

/* A scalar is read to its end; a container is opened. */
IN_LOOP enum json_fault
read_value(struct pass *s, int *ret_opened)
{
	struct json_member *m = current_member(s);
	const char *start = s->p;
	enum json_fault fault;
	enum json_type type = JSON_T_NULL;
	int escaped = 0;

	if (s->p == s->end)
		return JSON_F_SYNTAX;
	*ret_opened = *s->p == '{' || *s->p == '[';
	if (m != NULL)
		m->value_off = (uint32_t)(start - s->text);
	if (*ret_opened) {
		if (m != NULL)
			m->type = *s->p == '{' ? JSON_T_OBJECT : JSON_T_ARRAY;
		return open_container(s);
	}
	if ((fault = read_scalar(s, &type, &escaped)) != JSON_F_NONE || m == NULL)
		return fault;
	m->value_len = (uint32_t)(s->p - start);
	m->type = (uint8_t)type;
	m->value_escaped = (uint8_t)escaped;
	return JSON_F_NONE;
}

IN_LOOP void
close_container(struct pass *s)
{
	struct json_member *m;

	s->open = s->level[--s->depth].first;
	s->p++;
	if (s->depth > 0 && (m = current_member(s)) != NULL)
		m->value_len = (uint32_t)(s->p - s->text) - m->value_off;
}

/* After a value, or at the first place in a container: closes what ends here, and passes the comma before what comes next. Done
 * where the outermost container has been closed. */
IN_LOOP enum json_fault
read_separators(struct pass *s, int first)
{
	for (;; first = 0) {
		skip_space(s);
		if (s->p == s->end)
			return JSON_F_SYNTAX;
		if (*s->p == (s->level[s->depth - 1].is_object ? '}' : ']')) {
			close_container(s);
			if (s->depth == 0)
				return JSON_F_NONE;
			continue;
		}
		if (first)
			return JSON_F_NONE;
		if (*s->p != ',')
			return JSON_F_SYNTAX;
		s->p++;
		skip_space(s);
		return JSON_F_NONE;
	}
}

static enum json_fault
run(struct pass *s)
{
	enum json_fault fault;
	int opened = 1;

	skip_space(s);
	if (s->p == s->end || *s->p != '{')
		return JSON_F_NOT_OBJECT;
	if ((fault = open_container(s)) != JSON_F_NONE)
		return fault;
	for (;;) {
		if ((fault = read_separators(s, opened)) != JSON_F_NONE)
			return fault;
		if (s->depth == 0)
			break;
		if (s->level[s->depth - 1].is_object && (fault = read_name(s)) != JSON_F_NONE)
			return fault;
		if ((fault = read_value(s, &opened)) != JSON_F_NONE)
			return fault;
	}
	skip_space(s);
	return s->p == s->end ? JSON_F_NONE : JSON_F_SYNTAX;
}

int
json_index_build(const char *text, size_t text_len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index)
{
	struct pass s = { .text = text, .p = text, .limits = limits, .scratch = scratch, .index = ret_index };

	ret_index->count = 0;
	ret_index->fault_off = 0;
	ret_index->fault = text_len > UINT32_MAX / 2 ? JSON_F_TOO_LONG : JSON_F_NONE;
	if (ret_index->fault == JSON_F_NONE) {
		s.end = text + text_len;
		ret_index->fault = run(&s);
		ret_index->fault_off = (size_t)(s.p - text);
	}
	return ret_index->fault == JSON_F_NONE ? 0 : SESS_ERR_REJECTED;
}

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
	int negative = *p == '-';
	int64_t value = 0;

	if (m->type != JSON_T_INT)
		return SESS_ERR_REJECTED;
	/* Summed below zero, where int64 reaches one further; the pass has checked that it fits. */
	for (p += negative; p < end; p++)
		value = value * 10 - (*p - '0');
	*ret_value = negative ? value : -value;
	return 0;
}
