/* SPDX-License-Identifier: MIT */
/*
 * Claims from a file and from the command line, as one JSON text. The text is put together rather than written from
 * a document, so that numbers reach the token as they were spelled. Says nothing of a claim but its name.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static void
doc_cleanup(json_t **doc)
{
	json_decref(*doc);
}

static void
free_text(char *json)
{
	if (json != NULL)
		explicit_bzero(json, strlen(json));
	free(json);
}

/* The text between the braces of the object in the file. jansson's own message would quote it: it is not repeated. */
static int
write_file_members(const struct tool_text *in, FILE *out, size_t *ret_count)
{
	__attribute__((cleanup(doc_cleanup))) json_t *doc = json_loadb(in->data, in->len, 0, NULL);
	const char *first, *last;

	if (!json_is_object(doc))
		return tool_usage("--claims: not one JSON object");
	first = memchr(in->data, '{', in->len);
	last = memrchr(in->data, '}', in->len);
	(void)fwrite(first + 1, 1, (size_t)(last - first - 1), out);
	*ret_count = json_object_size(doc);
	return 0;
}

/* A value that is JSON stands as it is; anything else becomes a string. */
static int
write_value(FILE *out, const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	char *quoted;

	if (value != NULL) {
		json_decref(value);
		(void)fputs(text, out);
		return 0;
	}
	if ((value = json_string(text)) == NULL)
		return -1;
	quoted = json_dumps(value, JSON_ENCODE_ANY);
	json_decref(value);
	if (quoted == NULL)
		return -1;
	(void)fputs(quoted, out);
	free_text(quoted);
	return 0;
}

static int
write_pair(FILE *out, json_t *names, size_t file_count, const char *pair)
{
	const char *eq = strchr(pair, '=');
	size_t n = eq == NULL ? 0 : (size_t)(eq - pair);
	char name[256], *quoted;
	json_t *key;

	if (n == 0 || n >= sizeof(name))
		return tool_usage("--claim: write NAME=VALUE");
	memcpy(name, pair, n);
	name[n] = '\0';
	if ((key = json_string(name)) == NULL)
		return tool_usage("--claim: the name is not UTF-8");
	quoted = json_dumps(key, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	json_decref(key);
	if (quoted == NULL)
		return TOOL_EXIT_INTERNAL;
	if (json_object_get(names, name) != NULL) {
		(void)tool_usage("--claim: %s is given twice", quoted);
		free(quoted);
		return TOOL_EXIT_USAGE;
	}
	(void)fprintf(out, "%s%s:", file_count + json_object_size(names) > 0 ? "," : "", quoted);
	free(quoted);
	(void)json_object_set_new(names, name, json_null());
	if (write_value(out, eq + 1) != 0)
		return tool_usage("--claim: the value is not UTF-8");
	return 0;
}

static int
write_all(FILE *out, const struct tool_text *file, const char *const *pairs, size_t count)
{
	__attribute__((cleanup(doc_cleanup))) json_t *names = json_object();
	size_t file_count = 0;
	int rc;

	(void)fputc('{', out);
	if (file->data != NULL && (rc = write_file_members(file, out, &file_count)) != 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if ((rc = write_pair(out, names, file_count, pairs[i])) != 0)
			return rc;
	}
	(void)fputc('}', out);
	return 0;
}

/* Members that file and options both name are found by the library. */
int
tool_claims(const char *path, const char *const *pairs, size_t count, struct tool_text *ret)
{
	__attribute__((cleanup(tool_text_done))) struct tool_text file = { NULL, 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *out;
	int rc;

	if (path != NULL && (rc = tool_read(path, "the claims", count == 0 ? ret : &file)) != 0)
		return rc;
	if (count == 0)
		return 0;
	if ((out = open_memstream(&text, &n)) == NULL)
		return TOOL_EXIT_INTERNAL;
	rc = write_all(out, &file, pairs, count);
	if (fclose(out) != 0 && rc == 0)
		rc = TOOL_EXIT_INTERNAL;
	if (rc != 0) {
		free_text(text);
		return rc;
	}
	ret->data = text;
	ret->len = n;
	return 0;
}
