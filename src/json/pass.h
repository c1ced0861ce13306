/* SPDX-License-Identifier: MIT */
/*
 * L1: what a pass over a payload knows while it runs, and its reading of tokens and scalars, which is put into its loop. For the
 * index alone.
 */
#ifndef JSON_PASS_H
#define JSON_PASS_H

#include "json/name.h"

/* An open container. Of an object, its members stand from `first` on: of the outermost one in the index, of the others in the
 * scratch, behind those of the objects around them. */
struct level {
	struct json_member *first, *full; /* full: as many as the limit allows */
	struct json_member *after;	  /* the first that is free once it is closed */
	struct json_member *around;	  /* the member whose value this is */
	struct json_names seen;		  /* of an object */
	size_t strings;			  /* see struct json_index */
	char close;			  /* the bracket that ends it */
};

struct pass {
	const char *text, *end;
	const char *near; /* from here on the end is near: before it NEAR bytes can be read */
	size_t max_members;
	const struct level *deepest;
	struct json_member *scratch;
	struct level level[1 + JSON_DEPTH_MAX]; /* the first: outside of all */
	struct json_member nobody;		/* the member that an array's elements are of */
	const struct json_member *last; /* what was free as the container that was closed last ended */
	int is_spaced, is_met;
	enum json_fault fault;
	const char *fault_at;
};

#define NEAR (NAME_SHORT_ROOM + 1)

/* Where the pass is. All its parts stay in registers. */
struct place {
	const char *p;
	struct level *level;	  /* the innermost */
	struct json_member *next; /* the first that is free */
};

/* What runs for each member is put into the loop itself; what does not stays out of it. */
#define IN_LOOP static inline __attribute__((always_inline))
#define ASIDE static __attribute__((noinline))

ASIDE enum json_fault
stop(struct pass *s, const char *p, enum json_fault fault)
{
	s->fault_at = p;
	return s->fault = fault;
}

ASIDE const char *
skip_spaces(struct pass *s, const char *p)
{
	const char *start = p;

	while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	s->is_spaced |= p > start;
	return p;
}

/* The next token's first character, behind white space, which mostly there is none of; NUL, which is no token, at the end. */
IN_LOOP char
token(struct pass *s, struct place *at, const char *end)
{
	if (at->p < end && (unsigned char)*at->p > ' ')
		return *at->p;
	at->p = skip_spaces(s, at->p);
	return at->p < end ? *at->p : '\0';
}

/* The place behind the word, or NULL. */
IN_LOOP const char *
read_literal(struct pass *s, struct json_member *m, const char *p, const char *end)
{
	size_t n = 4;

	if (end - p >= 4 && memcmp(p, "true", 4) == 0) {
		m->type = JSON_T_TRUE;
	} else if (end - p >= 4 && memcmp(p, "null", 4) == 0) {
		m->type = JSON_T_NULL;
	} else if (end - p >= 5 && memcmp(p, "fals", 4) == 0 && p[4] == 'e') {
		m->type = JSON_T_FALSE;
		n = 5;
	} else {
		(void)stop(s, p, JSON_F_SYNTAX);
		return NULL;
	}
	return p + n;
}

/* The same of a number that is not merely digits, or of many. */
ASIDE const char *
read_any_number(struct pass *s, struct json_member *m, const char *p)
{
	enum json_type type = JSON_T_INT;
	const char *end = p;
	enum json_fault fault = text_scan_number(p, s->end, &end, &type);

	m->type = (uint8_t)type;
	if (fault == JSON_F_NONE)
		return end;
	(void)stop(s, end, fault);
	return NULL;
}

#define DIGITS_FIT 18 /* in an int64_t, whatever they are */

IN_LOOP const char *
read_number(struct pass *s, struct json_member *m, const char *p, const char *end)
{
	const char *digits = p + (*p == '-');
	size_t n = digits < s->near ? text_digits_block(digits) : (size_t)(text_skip_digits(digits, end) - digits);
	const char *q = digits + n;
	char next = q < end ? *q : '\0';

	if (n - 1 >= DIGITS_FIT || (*digits == '0' && n > 1) || n == TEXT_BLOCK)
		return read_any_number(s, m, p);
	m->type = JSON_T_INT;
	if (next == '.') {
		const char *fraction = q + 1;

		m->type = JSON_T_REAL;
		q = text_skip_digits(fraction, end);
		next = q == fraction ? 'e' : q < end ? *q : '\0';
	}
	return (next | 0x20) == 'e' ? read_any_number(s, m, p) : q;
}

/* A string of any kind; the place behind it, or NULL. */
ASIDE const char *
read_any_string(struct pass *s, struct json_member *m, const char *p)
{
	const char *close = NULL;
	int escaped = 0;
	enum json_fault fault = text_scan_string(p + 1, s->end, &close, &escaped);

	m->value_escaped = (uint8_t)escaped;
	if (fault == JSON_F_NONE)
		return close + 1;
	(void)stop(s, close, fault);
	return NULL;
}

IN_LOOP const char *
read_string(struct pass *s, struct json_member *m, const char *p)
{
	size_t n = p < s->near ? text_plain_block(p + 1) : TEXT_BLOCK;

	m->type = JSON_T_STRING;
	return n < TEXT_BLOCK && p[1 + n] == '"' ? p + 1 + n + 1 : read_any_string(s, m, p);
}

#endif
