/* SPDX-License-Identifier: MIT */
/*
 * Judges the payload index by jansson on one text: what the index accepts jansson accepts with the same values, and what only
 * jansson accepts is refused by a rule of ours that is found broken in jansson's own document. Shared by tests and fuzz harness.
 */
#ifndef JSON_AGREE_H
#define JSON_AGREE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/index.h"
#include "json/name.h"

enum agree { AGREE_BROKEN, AGREE_ACCEPTED, AGREE_REFUSED, AGREE_OBJECT, AGREE_DEPTH, AGREE_MEMBERS, AGREE_MAGNITUDE,
	AGREE_NUL, AGREE_KINDS };

static const char *const agree_names[AGREE_KINDS] = { "broken", "accepted by both", "refused by both", "rule: an object",
	"rule: depth", "rule: members", "rule: magnitude of a real", "rule: no NUL between tokens" };

struct agree_room {
	struct json_scratch scratch;
	struct json_index index, resumed;
	char why[128]; /* of AGREE_BROKEN */
};

static inline enum agree
agree_broken(struct agree_room *room, const char *what, size_t at)
{
	(void)snprintf(room->why, sizeof(room->why), "%s (%zu)", what, at);
	return AGREE_BROKEN;
}

/* A copy of exactly n bytes, so that the sanitizers see any step past them. */
static inline char *
agree_copy(const char *p, size_t n)
{
	char *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

static inline int
agree_string(const json_t *value, const char *raw, size_t raw_len)
{
	char *out = agree_copy(raw, raw_len);
	size_t n = json_unescape(out, raw, raw_len);
	int same = n == json_string_length(value) && memcmp(out, json_string_value(value), n) == 0;

	free(out);
	return same;
}

/* The value alone, read by jansson, is the value that jansson found in its place. */
static inline int
agree_value(const char *text, const struct json_member *m, const json_t *value)
{
	static const json_type types[] = { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_INTEGER, JSON_REAL, JSON_TRUE, JSON_FALSE,
		JSON_NULL };
	const char *raw = text + m->value_off;
	json_t *alone = json_loadb(raw, m->value_len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	int64_t number;
	int same;

	same = alone != NULL && m->type < sizeof(types) / sizeof(types[0]) && json_typeof(value) == types[m->type] &&
	    json_equal(alone, value);
	json_decref(alone);
	if (same && m->type == JSON_T_STRING)
		return agree_string(value, raw + 1, m->value_len - 2) &&
		    m->value_escaped == (memchr(raw, '\\', m->value_len) != NULL);
	if (same && m->type == JSON_T_INT)
		return json_member_int(text, m, &number) == 0 && number == json_integer_value(value);
	return same;
}

static inline enum agree
agree_members(const char *text, struct agree_room *room, const json_t *doc)
{
	const struct json_index *index = &room->index;

	if (json_object_size(doc) != index->count)
		return agree_broken(room, "count of members", index->count);
	for (size_t i = 0; i < index->count; i++) {
		const struct json_member *m = &index->member[i];
		char *name = agree_copy(text + m->name_off, m->name_len);
		size_t n = json_unescape(name, text + m->name_off, m->name_len);
		const json_t *value = json_object_getn(doc, name, n);
		const struct json_member *found = json_member_find(text, index->member, index->count, name, n);

		free(name);
		if (found != m)
			return agree_broken(room, "a member is not found by its name", i);
		if (value == NULL || !agree_value(text, m, value))
			return agree_broken(room, "a member has another value", i);
	}
	return AGREE_ACCEPTED;
}

/* Without white space it is the same document. */
static inline enum agree
agree_compact(const char *text, size_t len, struct agree_room *room, const json_t *doc)
{
	char *out = agree_copy(text, len);
	size_t n = json_compact(out, text, len);
	json_t *again = n <= len ? json_loadb(out, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	int same = again != NULL && json_equal(again, doc);

	json_decref(again);
	free(out);
	return same ? AGREE_ACCEPTED : agree_broken(room, "compacted, another document", n);
}

/* The first members that a caller could have read: how many. */
static inline size_t
agree_begun(const char *text, const struct json_index *index, struct json_begun *ret)
{
	size_t n = 0;

	*ret = (struct json_begun){ .count = 0 };
	if (index->is_spaced)
		return 0;
	for (; n < index->count && !index->member[n].name_escaped; n++) {
		const struct json_member *m = &index->member[n];

		names_add(&ret->watched, name_hash(text + m->name_off, m->name_len, 0));
		ret->strings += m->type == JSON_T_STRING ? m->value_len - 1 : 0;
		ret->end_off = (size_t)m->value_off + m->value_len;
	}
	return ret->count = n;
}

static inline int
agree_same_member(const struct json_member *a, const struct json_member *b)
{
	return a->name_off == b->name_off && a->name_len == b->name_len && a->value_off == b->value_off && a->value_len == b->value_len &&
	    a->hash == b->hash && a->type == b->type && a->name_escaped == b->name_escaped && a->value_escaped == b->value_escaped;
}

/* Gone into behind its first members, or watched for the last one's name, it is the same index. */
static inline enum agree
agree_resumed(const char *text, size_t len, const struct json_limits *limits, struct agree_room *room)
{
	const struct json_index *index = &room->index;
	struct json_begun begun;
	size_t n = agree_begun(text, index, &begun);

	if (index->count == 0)
		return AGREE_ACCEPTED;
	if (n == index->count && n > 1)
		begun = (struct json_begun){ .watched = begun.watched };
	else
		names_add(&begun.watched, index->member[index->count - 1].hash);
	memcpy(room->resumed.member, index->member, n * sizeof(index->member[0]));
	if (json_index_resume(text, len, limits, &room->scratch, &begun, &room->resumed) != 0)
		return agree_broken(room, "refused behind its first members", n);
	if (room->resumed.count != index->count || room->resumed.strings != index->strings ||
	    room->resumed.is_spaced != index->is_spaced)
		return agree_broken(room, "another index behind its first members", n);
	if (!room->resumed.is_met && begun.count < index->count)
		return agree_broken(room, "a name was watched for and not met", n);
	for (size_t i = 0; i < index->count; i++) {
		if (!agree_same_member(&index->member[i], &room->resumed.member[i]))
			return agree_broken(room, "another member behind the first ones", i);
	}
	return AGREE_ACCEPTED;
}

/* How deep, and how many members the largest object has. jansson's own limit of depth bounds the recursion. */
static inline void
agree_measure(json_t *value, size_t depth, size_t *ret_depth, size_t *ret_members)
{
	json_t *child;
	const char *name;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return;
	if (depth > *ret_depth)
		*ret_depth = depth;
	if (json_object_size(value) > *ret_members)
		*ret_members = json_object_size(value);
	json_object_foreach (value, name, child)
		agree_measure(child, depth + 1, ret_depth, ret_members);
	json_array_foreach (value, i, child)
		agree_measure(child, depth + 1, ret_depth, ret_members);
}

/* Whether valid JSON text holds a real whose digits before the point and exponent sum to more than 308. */
static inline int
agree_is_large(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char number[8192];
		size_t n = 0, whole;
		const char *mark;

		if (text[i] == '"') {
			while (text[++i] != '"')
				i += text[i] == '\\';
			continue;
		}
		while (i < len && n + 1 < sizeof(number) && text[i] != '\0' && strchr("+-.0123456789eE", text[i]) != NULL)
			number[n++] = text[i++];
		number[n] = '\0';
		/* "true" and "false" give their e. */
		if (n > 0 && number[0] != 'e' && strpbrk(number, ".eE") != NULL) {
			whole = strspn(number + (number[0] == '-'), "0123456789");
			mark = strpbrk(number, "eE");
			if ((double)whole + (mark == NULL ? 0.0 : strtod(mark + 1, NULL)) > 308.0)
				return 1;
		}
		i -= n > 0;
	}
	return 0;
}

/* jansson 2.14 passes over a NUL that follows a number or a literal: put back, it is taken for the end of its buffer. */
static inline int
agree_is_stray_nul(const char *text, size_t len, size_t at)
{
	return at > 0 && at < len && text[at] == '\0' && strchr("0123456789els", text[at - 1]) != NULL;
}

static inline enum agree
agree_refusal(const char *text, size_t len, const struct json_limits *limits, struct agree_room *room, json_t *doc)
{
	size_t depth = 0, members = 0;

	agree_measure(doc, 1, &depth, &members);
	switch (room->index.fault) {
	case JSON_F_NOT_OBJECT:
		return json_is_object(doc) ? agree_broken(room, "an object taken for another", 0) : AGREE_OBJECT;
	case JSON_F_DEPTH:
		return depth > limits->max_depth ? AGREE_DEPTH : agree_broken(room, "not too deep", depth);
	case JSON_F_MEMBERS:
		return members > limits->max_members ? AGREE_MEMBERS : agree_broken(room, "not too many members", members);
	case JSON_F_NUMBER:
		return agree_is_large(text, len) ? AGREE_MAGNITUDE : agree_broken(room, "no large real", room->index.fault_off);
	case JSON_F_SYNTAX:
		if (agree_is_stray_nul(text, len, room->index.fault_off))
			return AGREE_NUL;
		return agree_broken(room, "jansson reads it", room->index.fault_off);
	default:
		return agree_broken(room, json_fault_sentence(room->index.fault), room->index.fault_off);
	}
}

static inline enum agree
agree_judge(const char *bytes, size_t len, const struct json_limits *limits, struct agree_room *room)
{
	char *text = agree_copy(bytes, len);
	int rc = json_index_build(text, len, limits, &room->scratch, &room->index);
	json_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	enum agree verdict;

	if ((rc == 0) != (room->index.fault == JSON_F_NONE) || room->index.fault_off > len)
		verdict = agree_broken(room, "result and fault differ", room->index.fault_off);
	else if (rc == 0 && doc == NULL)
		verdict = agree_broken(room, "jansson refuses what the index accepts", len);
	else if (rc == 0 && (verdict = agree_members(text, room, doc)) == AGREE_ACCEPTED &&
	    (verdict = agree_compact(text, len, room, doc)) == AGREE_ACCEPTED)
		verdict = agree_resumed(text, len, limits, room);
	else if (rc != 0)
		verdict = doc == NULL ? AGREE_REFUSED : agree_refusal(text, len, limits, room, doc);
	json_decref(doc);
	free(text);
	return verdict;
}

#endif
