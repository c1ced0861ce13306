/* SPDX-License-Identifier: MIT */
/*
 * L1: an indexed payload that is kept: its text, its members, and room where each string is unescaped and NUL-terminated when
 * it is asked for (at the offset it has in the text, so that nothing is allocated). Typed readers by name; SESS_ERR_NO_CLAIM.
 */
#ifndef JSON_VIEW_H
#define JSON_VIEW_H

#include "json/index.h"

struct json_view {
	char *text; /* NUL-terminated */
	size_t text_len;
	char *strings; /* text_len + 1 bytes */
	const struct json_member *member;
	size_t count;
};

/* NULL: no such member. */
const struct json_member *view_find(const struct json_view *v, const char *name);
/* A string member, unescaped; its length in *ret_len where that is not NULL. */
const char *view_string(const struct json_view *v, const struct json_member *m, size_t *ret_len);

SESS_CHECKED int view_get_string(const struct json_view *v, const char *name, const char **ret_value, size_t *ret_len);
SESS_CHECKED int view_get_int(const struct json_view *v, const char *name, int64_t *ret_value);
SESS_CHECKED int view_get_bool(const struct json_view *v, const char *name, int *ret_value);
SESS_CHECKED int view_get_json(const struct json_view *v, const char *name, const char **ret_json, size_t *ret_len);

#endif
