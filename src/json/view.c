/* SPDX-License-Identifier: MIT */
/* L1: reading members of a payload that is kept. */
#include "json/view.h"

#include <string.h>

const struct json_member *
view_find(const struct json_view *v, const char *name)
{
	return name == NULL ? NULL : json_member_find(v->text, v->member, v->count, name, strlen(name));
}

const char *
view_string(const struct json_view *v, const struct json_member *m, size_t *ret_len)
{
	char *out = v->strings + m->value_off;
	size_t n = json_unescape(out, v->text + m->value_off + 1, m->value_len - 2);

	out[n] = '\0';
	if (ret_len != NULL)
		*ret_len = n;
	return out;
}

int
view_get_string(const struct json_view *v, const char *name, const char **ret_value, size_t *ret_len)
{
	const struct json_member *m = view_find(v, name);

	if (m == NULL || m->type != JSON_T_STRING || ret_value == NULL)
		return SESS_ERR_NO_CLAIM;
	*ret_value = view_string(v, m, ret_len);
	return 0;
}

int
view_get_int(const struct json_view *v, const char *name, int64_t *ret_value)
{
	const struct json_member *m = view_find(v, name);

	if (m == NULL || m->type != JSON_T_INT || ret_value == NULL || json_member_int(v->text, m, ret_value) != 0)
		return SESS_ERR_NO_CLAIM;
	return 0;
}

int
view_get_bool(const struct json_view *v, const char *name, int *ret_value)
{
	const struct json_member *m = view_find(v, name);

	if (m == NULL || (m->type != JSON_T_TRUE && m->type != JSON_T_FALSE) || ret_value == NULL)
		return SESS_ERR_NO_CLAIM;
	*ret_value = m->type == JSON_T_TRUE;
	return 0;
}

int
view_get_json(const struct json_view *v, const char *name, const char **ret_json, size_t *ret_len)
{
	const struct json_member *m = view_find(v, name);

	if (m == NULL || ret_json == NULL || ret_len == NULL)
		return SESS_ERR_NO_CLAIM;
	*ret_json = v->text + m->value_off;
	*ret_len = m->value_len;
	return 0;
}
