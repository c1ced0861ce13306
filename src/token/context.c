/* SPDX-License-Identifier: MIT */
/* L4: reading and writing the claim `ctx`, and looking names up. Knows no key and no clock. */
#include "token/context.h"

#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "json/index.h"

static int
is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':';
}

/* The next string of an object's text, between its quotes, and *p behind it; NULL: another value, or the closing
 * brace. */
static const char *
next_string(const char **p, size_t *ret_len)
{
	const char *start, *q = *p;

	while (is_between(*q))
		q++;
	if (*q != '"') {
		*p = q;
		return NULL;
	}
	for (start = ++q; *q != '"'; q++) {
		if (*q == '\\')
			q++;
	}
	*ret_len = (size_t)(q - start);
	*p = q + 1;
	return start;
}

/* Escapes undone; the length, or 0 where more than max would come out. */
static size_t
plain(char *out, size_t max, const char *raw, size_t n)
{
	char text[6 * CONTEXT_HASH_LEN];

	if (n > 6 * max || n > sizeof(text) || (n = json_unescape(text, raw, n)) > max)
		return 0;
	memcpy(out, text, n);
	return n;
}

int
context_is_name(const char *name, size_t n)
{
	if (n < 1 || n > SESS_CONTEXT_NAME_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return 0;
	}
	return 1;
}

const char *
context_read(const char *p, struct context_bound ret[SESS_CONTEXT_MAX], size_t *ret_count)
{
	size_t count = 0, n = 0;
	const char *raw;

	for (p++; (raw = next_string(&p, &n)) != NULL; count++) {
		char hash[CONTEXT_HASH_LEN];

		if (count == SESS_CONTEXT_MAX)
			return "it must hold at most 8 names";
		n = plain(ret[count].name, SESS_CONTEXT_NAME_MAX, raw, n);
		if (!context_is_name(ret[count].name, n))
			return "its names must be 1 to 15 characters of [a-z0-9_-]";
		ret[count].name[n] = '\0';
		if ((raw = next_string(&p, &n)) == NULL || plain(hash, sizeof(hash), raw, n) != CONTEXT_HASH_LEN ||
		    b64url_decode(ret[count].hash, hash, CONTEXT_HASH_LEN) != 0)
			return "its values must be base64url of 12 bytes";
	}
	*ret_count = count;
	return NULL;
}

int
context_format(struct buf *out, const struct context_bound *bound, size_t count)
{
	int rc;

	for (size_t i = 0; i < count; i++) {
		if ((rc = buf_append_str(out, i == 0 ? ",\"ctx\":{\"" : "\",\"")) != 0 ||
		    (rc = buf_append_str(out, bound[i].name)) != 0 || (rc = buf_append_str(out, "\":\"")) != 0 ||
		    (rc = buf_reserve(out, CONTEXT_HASH_LEN)) != 0)
			return rc;
		out->len += b64url_encode((char *)out->data + out->len, bound[i].hash, CONTEXT_HASH_BYTES);
	}
	return count == 0 ? 0 : buf_append_str(out, "\"}");
}

int
context_check(const sess_context *context, size_t count, sess_diag *diag)
{
	if (count > SESS_CONTEXT_MAX || (context == NULL && count > 0))
		return diag_error(diag, SESS_ERR_ARGUMENT, "the context must be at most %d names", SESS_CONTEXT_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *name = context[i].name;

		if (name == NULL || !context_is_name(name, strnlen(name, SESS_CONTEXT_NAME_MAX + 1)))
			return diag_error(diag, SESS_ERR_ARGUMENT,
			    "name %zu of the context must be 1 to %d characters of [a-z0-9_-]", i + 1, SESS_CONTEXT_NAME_MAX);
		if (context[i].value == NULL)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, name,
			    "the context's \"%s\" has no value; leave the name out where the client shows none", name);
		if (context_find(context, i, name) != NULL)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, name, "the context names \"%s\" twice", name);
	}
	return 0;
}

const sess_context *
context_find(const sess_context *context, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(context[i].name, name) == 0)
			return &context[i];
	}
	return NULL;
}

enum sess_context_mode
context_mode(const sess_policy *policy, const char *name)
{
	for (int32_t i = 0; i < policy->context_count; i++) {
		if (strcmp(policy->context[i].name, name) == 0)
			return (enum sess_context_mode)policy->context[i].mode;
	}
	if (strcmp(name, "net") == 0)
		return SESS_CONTEXT_MODE_OFF;
	return strcmp(name, "ua") == 0 ? SESS_CONTEXT_MODE_REPORT : SESS_CONTEXT_MODE_ENFORCE;
}
