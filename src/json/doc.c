/* SPDX-License-Identifier: MIT */
/* L1: documents of our own files through jansson. Passes on none of jansson's texts, which may quote the input. */
#include "json/doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/secret.h"
#include "json/index.h"

/*
 * Why jansson refused a text. Where memory fails outside its lexer it leaves no words, and within it it may say "invalid
 * token"; but what the index accepts, jansson does with memory enough.
 */
static int
memory_failed(const char *text, size_t len, const json_error_t *error)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
	struct room {
		struct json_scratch scratch;
		struct json_index index;
	} *room;
	int is_valid;

	if (json_error_code(error) == json_error_out_of_memory || error->text[0] == '\0')
		return 1;
	if ((room = malloc(sizeof(*room))) == NULL)
		return 1;
	is_valid = json_index_build(text, len, &limits, &room->scratch, &room->index) == 0;
	secret_wipe(room, sizeof(*room));
	free(room);
	return is_valid;
}

json_t *
doc_parse_object(const char *text, size_t len, const char *what, int code, sess_diag *diag)
{
	json_error_t error;
	json_t *doc;

	if (len == 0) {
		(void)diag_error(diag, code, "%s is empty; it must be one JSON object", what);
		return NULL;
	}
	/* jansson 2.14 passes over a NUL that follows a number. */
	if (memchr(text, '\0', len) != NULL) {
		(void)diag_error(diag, code, "%s is not valid JSON: it holds a NUL byte", what);
		return NULL;
	}
	doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (doc == NULL && memory_failed(text, len, &error)) {
		(void)diag_error(diag, SESS_ERR_MEMORY, NULL);
		return NULL;
	}
	if (doc == NULL) {
		(void)diag_error(diag, code, "%s is not valid JSON, or a member stands twice, at line %d, column %d", what, error.line,
		    error.column);
		return NULL;
	}
	if (!json_is_object(doc)) {
		(void)diag_error(diag, code, "%s is JSON, but not an object", what);
		json_decref(doc);
		return NULL;
	}
	return doc;
}

int
doc_check_members(const json_t *object, const char *const *known, int code, const char *kid, sess_diag *diag)
{
	/* jansson's iterators take a document that is not const, though they only read. */
	json_t *o = (json_t *)(uintptr_t)object;

	for (void *it = json_object_iter(o); it != NULL; it = json_object_iter_next(o, it)) {
		const char *name = json_object_iter_key(it);
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], name) != 0)
			i++;
		if (known[i] == NULL)
			return diag_error_at(diag, code, kid, name, "this member is not known here; remove it or correct its name");
	}
	return 0;
}

int
doc_get_string(const json_t *object, const char *name, int required, int code, const char *kid, const char **ret,
    size_t *ret_len, sess_diag *diag)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return required ? diag_error_at(diag, code, kid, name, "\"%s\" is missing; it must be a string", name) : 0;
	if (!json_is_string(value))
		return diag_error_at(diag, code, kid, name, "\"%s\" must be a string", name);
	*ret = json_string_value(value);
	if (ret_len != NULL)
		*ret_len = json_string_length(value);
	return 0;
}

int
doc_get_int(const json_t *object, const char *name, int required, int64_t min, int64_t max, int code, const char *kid,
    int64_t *ret, sess_diag *diag)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return !required ? 0 : diag_error_at(diag, code, kid, name, "\"%s\" is missing; it must be an integer in %lld..%lld",
		    name, (long long)min, (long long)max);
	if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
		return diag_error_at(diag, code, kid, name, "\"%s\" must be an integer in %lld..%lld", name, (long long)min,
		    (long long)max);
	*ret = json_integer_value(value);
	return 0;
}

int
doc_get_number(const json_t *object, const char *name, int required, double min, double max, int code, const char *kid,
    double *ret, sess_diag *diag)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return !required ? 0 : diag_error_at(diag, code, kid, name, "\"%s\" is missing; it must be a number in %g..%g", name,
		    min, max);
	if (!json_is_number(value) || json_number_value(value) < min || json_number_value(value) > max)
		return diag_error_at(diag, code, kid, name, "\"%s\" must be a number in %g..%g", name, min, max);
	*ret = json_number_value(value);
	return 0;
}

void
doc_free_text(char *text, size_t len)
{
	secret_wipe(text, len);
	free(text);
}

void
doc_cleanup(json_t **doc)
{
	json_decref(*doc);
}
