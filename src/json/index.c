/* SPDX-License-Identifier: MIT */
/*
 * L1: the one pass over a payload: a loop with a stack of at most sixteen open containers, which keeps the members of every open
 * object to find duplicates; those of the outermost one are the index. Knows nothing of claims.
 */
#include "json/index.h"

#include <string.h>

#include "json/pass.h"

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

/* Whether one from `first` on has the name of m, which is the last. */
static int
is_named(const char *text, const struct json_member *first, const struct json_member *m)
{
	for (; first < m; first++) {
		if (first->hash == m->hash && name_equals(text + first->name_off, first->name_len, text + m->name_off, m->name_len))
			return 1;
	}
	return 0;
}

/* A name whose bit is set: that of a member before it, or one that was watched for, or neither. */
ASIDE int
meet(struct pass *s, const struct level *level, const struct json_member *m)
{
	s->is_met |= level == &s->level[1];
	return is_named(s->text, level->first, m);
}

IN_LOOP enum json_fault
note_name(struct pass *s, struct place *at, const char *text, const char *close, uint32_t hash, int escaped)
{
	struct json_member *m = at->next;
	const char *name = at->p + 1;

	if (m == at->level->full)
		return JSON_F_MEMBERS;
	m->name_off = (uint32_t)(name - text);
	m->name_len = (uint32_t)(close - name);
	m->hash = hash;
	m->name_escaped = (uint8_t)escaped;
	if (names_hold(&at->level->seen, hash) && meet(s, at->level, m))
		return JSON_F_DUPLICATE;
	names_add(&at->level->seen, hash);
	at->next = m + 1;
	return JSON_F_NONE;
}

/* What was found of a name. */
struct name {
	const char *close; /* its closing quote */
	uint32_t hash;
	int escaped;
};

/* A name of any kind, p where its opening quote should be. */
ASIDE enum json_fault
scan_name(struct pass *s, const char *p, struct name *ret)
{
	enum json_fault fault;

	if (p == s->end || *p != '"')
		return stop(s, p, JSON_F_SYNTAX);
	if ((fault = text_scan_string(p + 1, s->end, &ret->close, &ret->escaped)) != JSON_F_NONE)
		return stop(s, ret->close, fault);
	ret->hash = name_hash_within(p + 1, (size_t)(ret->close - p - 1), ret->escaped, s->end);
	return JSON_F_NONE;
}

/* To behind the colon, of a name that is another than most, or near the end of the text. */
IN_LOOP enum json_fault
read_any_name(struct pass *s, struct place *at, const char *text, const char *end)
{
	struct name name;
	enum json_fault fault;

	(void)token(s, at, end);
	if (scan_name(s, at->p, &name) != JSON_F_NONE)
		return s->fault;
	if ((fault = note_name(s, at, text, name.close, name.hash, name.escaped)) != JSON_F_NONE)
		return stop(s, at->p, fault);
	at->p = name.close + 1;
	if (token(s, at, end) != ':')
		return stop(s, at->p, JSON_F_SYNTAX);
	at->p++;
	return JSON_F_NONE;
}

/* To behind the colon. */
IN_LOOP enum json_fault
read_name(struct pass *s, struct place *at, const char *text, const char *end)
{
	size_t n;
	enum json_fault fault;

	if (at->p >= s->near || (n = name_scan_short(at->p)) == NAME_BLOCK)
		return read_any_name(s, at, text, end);
	if ((fault = note_name(s, at, text, at->p + 1 + n, name_hash_block(at->p + 1, n), 0)) != JSON_F_NONE)
		return stop(s, at->p, fault);
	at->p += 1 + n + 2;
	return JSON_F_NONE;
}

IN_LOOP enum json_fault
open_container(struct pass *s, struct place *at, struct json_member *around, char bracket)
{
	struct level *level = at->level + 1;

	if (at->level == s->deepest)
		return stop(s, at->p, JSON_F_DEPTH);
	level->after = at->next;
	level->first = at->level == s->level + 1 ? s->scratch : at->next; /* of the outermost enter() says it */
	level->full = level->first + s->max_members;
	level->around = around;
	level->seen = (struct json_names){ { 0 } };
	level->strings = 0;
	level->close = bracket == '{' ? '}' : ']';
	at->level = level;
	at->next = level->first;
	at->p++;
	return JSON_F_NONE;
}

IN_LOOP void
close_container(struct pass *s, struct place *at, const char *text)
{
	const struct level *level = at->level--;

	s->last = at->next;
	at->next = level->after;
	at->p++;
	level->around->value_len = (uint32_t)(at->p - text) - level->around->value_off;
}

enum step { STOPPED, READ, OPENED };

/* A scalar is read to its end; a container is opened. */
IN_LOOP enum step
read_value(struct pass *s, struct place *at, struct json_member *m, const char *text, const char *end)
{
	char c = token(s, at, end);
	const char *start = at->p, *p;

	m->value_off = (uint32_t)(start - text);
	m->value_escaped = 0;
	if (c == '"') {
		if ((p = read_string(s, m, start)) != NULL)
			at->level->strings += (size_t)(p - start) - 1;
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		p = read_number(s, m, start, end);
	} else if (c == '{' || c == '[') {
		m->type = c == '{' ? JSON_T_OBJECT : JSON_T_ARRAY;
		return open_container(s, at, m, c) == JSON_F_NONE ? OPENED : STOPPED;
	} else {
		p = read_literal(s, m, start, end);
	}
	if (p == NULL)
		return STOPPED;
	m->value_len = (uint32_t)(p - start);
	at->p = p;
	return READ;
}

/* Behind a value: closes what ends here, and passes the comma before what comes next, or comes to be outside of all. */
IN_LOOP enum json_fault
read_separators(struct pass *s, struct place *at, const char *text, const char *end)
{
	char c = token(s, at, end);

	for (; c != ','; c = token(s, at, end)) {
		if (c == '\0' || c != at->level->close)
			return stop(s, at->p, JSON_F_SYNTAX);
		close_container(s, at, text);
		if (at->level == s->level)
			return JSON_F_NONE;
	}
	at->p++;
	return JSON_F_NONE;
}

/* Whether another member or element comes at once, as nearly always. */
IN_LOOP int
passes_comma(struct pass *s, struct place *at)
{
	if (at->p >= s->near || *at->p != ',')
		return 0;
	at->p++;
	return 1;
}

/* From `at`, which stands behind a value, or, where something was just opened, behind its bracket, to the end of the text. */
static void
run(struct pass *s, struct place at, enum step step)
{
	const char *text = s->text, *end = s->end;

	for (;;) {
		/* What was just opened may be empty. */
		if (step == READ || token(s, &at, end) == at.level->close) {
			if (read_separators(s, &at, text, end) != JSON_F_NONE)
				return;
			if (at.level == s->level)
				break;
		}
		do {
			struct json_member *m = &s->nobody;

			if (at.level->close == '}') {
				if (read_name(s, &at, text, end) != JSON_F_NONE)
					return;
				m = at.next - 1;
			}
			if ((step = read_value(s, &at, m, text, end)) == STOPPED)
				return;
		} while (step == READ && passes_comma(s, &at));
	}
	if (token(s, &at, end) != '\0' || at.p != end)
		(void)stop(s, at.p, JSON_F_SYNTAX);
}

/* Opens the outermost object; where members of it have been read already, it goes in behind them. */
static void
enter(struct pass *s, const struct json_begun *begun, struct json_index *index)
{
	struct place at = { s->text, s->level, index->member };

	if (token(s, &at, s->end) != '{') {
		(void)stop(s, at.p, JSON_F_NOT_OBJECT);
		return;
	}
	s->nobody.value_off = 0;
	s->level[0].close = '\0';
	if (open_container(s, &at, &s->nobody, '{') != JSON_F_NONE)
		return; /* GCOVR_EXCL_LINE: max_depth is at least 1 */
	at.level->first = index->member;
	at.level->full = index->member + s->max_members;
	at.level->seen = begun->watched;
	if (begun->count > s->max_members) {
		(void)stop(s, at.p, JSON_F_MEMBERS);
		return;
	}
	if (begun->count > 0) {
		at.p = s->text + begun->end_off;
		at.next += begun->count;
		at.level->strings = begun->strings;
	}
	run(s, at, begun->count > 0 ? READ : OPENED);
}

int
json_index_resume(const char *text, size_t text_len, const struct json_limits *limits, struct json_scratch *scratch,
    const struct json_begun *begun, struct json_index *index)
{
	struct pass s; /* its levels are set as they are opened */

	s.text = s.fault_at = text;
	s.end = text_len > UINT32_MAX / 2 ? text : text + text_len;
	s.near = s.end - s.text < NEAR ? s.text : s.end - NEAR + 1;
	s.max_members = limits->max_members;
	s.deepest = &s.level[limits->max_depth];
	s.last = index->member;
	s.level[1].strings = 0;
	s.is_spaced = s.is_met = 0;
	s.fault = JSON_F_NONE;
	s.scratch = scratch->open;
	enter(&s, begun, index);
	index->count = s.fault == JSON_F_NONE ? (size_t)(s.last - index->member) : 0;
	index->strings = s.fault == JSON_F_NONE ? s.level[1].strings : 0;
	index->is_spaced = s.is_spaced;
	index->is_met = s.is_met;
	index->fault = text_len > UINT32_MAX / 2 ? JSON_F_TOO_LONG : s.fault;
	index->fault_off = (size_t)(s.fault_at - text);
	return index->fault == JSON_F_NONE ? 0 : SESS_ERR_REJECTED;
}

int
json_index_build(const char *text, size_t text_len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index)
{
	static const struct json_begun nothing = { 0 };

	return json_index_resume(text, text_len, limits, scratch, &nothing, ret_index);
}
