/* SPDX-License-Identifier: MIT */
/*
 * L1: the one pass over a payload: a state machine with a stack of at most sixteen open containers, which keeps the names of
 * every open object to find duplicates, and records the members of the outermost one. Knows nothing of claims.
 */
#include "json/index.h"

#include <string.h>

#include "json/text.h"

struct level {
	int is_object;
	size_t first; /* of this object's names in the scratch */
	size_t count;
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

enum step { STEP_VALUE, STEP_FIRST, STEP_NAME, STEP_AFTER, STEP_DONE };

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

static uint32_t
hash_bytes(uint32_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT32_C(16777619);
	return h;
}

static uint32_t
hash_name(const char *raw, size_t n, int escaped)
{
	const char *p = raw, *end = raw + n;
	uint32_t h = UINT32_C(2166136261);

	if (!escaped)
		return hash_bytes(h, (const uint8_t *)raw, n);
	while (p < end) {
		uint8_t bytes[4];
		size_t len;

		p = text_next(p, bytes, &len);
		h = hash_bytes(h, bytes, len);
	}
	return h;
}

/* Both between quotes; escapes undone as they are met. A raw byte is its own unit; an escape gives up to four. */
static int
names_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	const char *a_end = a + a_len, *b_end = b + b_len;
	uint8_t ua[4], ub[4];
	size_t na = 0, nb = 0, ia = 0, ib = 0;

	for (;;) {
		if (ia == na) {
			if (a == a_end)
				return ib == nb && b == b_end;
			a = text_next(a, ua, &na);
			ia = 0;
		}
		if (ib == nb) {
			if (b == b_end)
				return 0;
			b = text_next(b, ub, &nb);
			ib = 0;
		}
		if (ua[ia++] != ub[ib++])
			return 0;
	}
}

static void
skip_space(struct pass *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static enum json_fault
note_name(struct pass *s, const char *name, size_t n, int escaped)
{
	struct level *level = &s->level[s->depth - 1];
	uint32_t h = hash_name(name, n, escaped);
	uint32_t off = (uint32_t)(name - s->text);

	if (level->count == s->limits->max_members)
		return JSON_F_MEMBERS;
	for (size_t i = level->first; i < s->open; i++) {
		if (s->scratch->open[i].hash == h &&
		    names_equal(s->text + s->scratch->open[i].name_off, s->scratch->open[i].name_len, name, n))
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
	level->count++;
	return JSON_F_NONE;
}

static enum json_fault
read_name(struct pass *s, enum step *next)
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
	*next = STEP_VALUE;
	return JSON_F_NONE;
}

/* The member of the outermost object whose value begins or ends now, if that is where we are. */
static struct json_member *
current_member(struct pass *s)
{
	return s->depth == 1 ? &s->index->member[s->index->count - 1] : NULL;
}

static enum json_fault
open_container(struct pass *s, enum step *next)
{
	int is_object = *s->p == '{';

	if (s->depth == s->limits->max_depth)
		return JSON_F_DEPTH;
	s->level[s->depth++] = (struct level){ is_object, s->open, 0 };
	s->p++;
	*next = STEP_FIRST;
	return JSON_F_NONE;
}

static enum json_fault
read_literal(struct pass *s, const char *word, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return JSON_F_SYNTAX;
	s->p += n;
	return JSON_F_NONE;
}

static enum json_fault
read_scalar(struct pass *s, enum json_type *type, int *escaped)
{
	enum json_fault fault;
	const char *close;

	switch (*s->p) {
	case '"':
		*type = JSON_T_STRING;
		if ((fault = text_scan_string(s->p + 1, s->end, &close, escaped)) == JSON_F_NONE)
			s->p = close + 1;
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
		return *s->p == '-' || (*s->p >= '0' && *s->p <= '9') ? text_scan_number(s->p, s->end, &s->p, type) : JSON_F_SYNTAX;
	}
}

static enum json_fault
read_value(struct pass *s, enum step *next)
{
	struct json_member *m = current_member(s);
	const char *start = s->p;
	enum json_fault fault;
	enum json_type type = JSON_T_NULL;
	int escaped = 0;

	if (s->p == s->end)
		return JSON_F_SYNTAX;
	if (m != NULL)
		m->value_off = (uint32_t)(start - s->text);
	if (*s->p == '{' || *s->p == '[') {
		if (m != NULL)
			m->type = *s->p == '{' ? JSON_T_OBJECT : JSON_T_ARRAY;
		return open_container(s, next);
	}
	if ((fault = read_scalar(s, &type, &escaped)) != JSON_F_NONE)
		return fault;
	if (m != NULL) {
		m->value_len = (uint32_t)(s->p - start);
		m->type = (uint8_t)type;
		m->value_escaped = (uint8_t)escaped;
	}
	*next = STEP_AFTER;
	return JSON_F_NONE;
}

static void
close_container(struct pass *s, enum step *next)
{
	struct json_member *m;

	s->open = s->level[--s->depth].first;
	s->p++;
	*next = STEP_AFTER;
	if (s->depth == 0) {
		*next = STEP_DONE;
	} else if ((m = current_member(s)) != NULL) {
		m->value_len = (uint32_t)(s->p - s->text) - m->value_off;
	}
}

/* After a value, or at the first place in a container. */
static enum json_fault
read_separator(struct pass *s, int first, enum step *next)
{
	const struct level *level = &s->level[s->depth - 1];

	if (s->p == s->end)
		return JSON_F_SYNTAX;
	if (*s->p == (level->is_object ? '}' : ']')) {
		close_container(s, next);
		return JSON_F_NONE;
	}
	*next = level->is_object ? STEP_NAME : STEP_VALUE;
	if (first)
		return JSON_F_NONE;
	if (*s->p != ',')
		return JSON_F_SYNTAX;
	s->p++;
	return JSON_F_NONE;
}

static enum json_fault
run(struct pass *s)
{
	enum step step = STEP_FIRST;
	enum json_fault fault;

	skip_space(s);
	if (s->p == s->end || *s->p != '{')
		return JSON_F_NOT_OBJECT;
	if ((fault = open_container(s, &step)) != JSON_F_NONE)
		return fault;
	while (step != STEP_DONE) {
		skip_space(s);
		switch (step) {
		case STEP_VALUE:
			fault = read_value(s, &step);
			break;
		case STEP_NAME:
			fault = read_name(s, &step);
			break;
		default:
			fault = read_separator(s, step == STEP_FIRST, &step);
			break;
		}
		if (fault != JSON_F_NONE)
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
	uint32_t h = hash_bytes(UINT32_C(2166136261), (const uint8_t *)name, name_len);

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
