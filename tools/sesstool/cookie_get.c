/* SPDX-License-Identifier: MIT */
/* sesstool cookie get: a pasted Cookie header, or a whole request, read as a service reads it. Needs no ring and verifies nothing. */
#include <string.h>
#include <strings.h>

#include "cookie.h"

#define HEADERS_MAX 64

struct pasted {
	sess_cookie_header header[HEADERS_MAX];
	size_t count, bytes;
};

static int
is_named(const char *line)
{
	return strncasecmp(line, "cookie:", 7) == 0;
}

/* Lines that say "Cookie:", or, where none does, all of them. The text's line ends become NULs. */
static int
split(struct tool_text *text, struct pasted *ret)
{
	int named = is_named(text->data) || strcasestr(text->data, "\ncookie:") != NULL;
	char *rest = text->data, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t n = strlen(line);

		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		if (n == 0 || (named && !is_named(line)))
			continue;
		if (ret->count == HEADERS_MAX)
			return tool_usage("more than %d lines of cookies", HEADERS_MAX);
		line += named ? 7 : 0;
		line += strspn(line, " \t");
		n = strlen(line);
		ret->header[ret->count++] = (sess_cookie_header){ line, n };
		ret->bytes += n;
	}
	return 0;
}

/* One pair: its name, and the bytes that a browser counts. */
struct pair {
	const char *name;
	size_t name_len, bytes;
	int ours;
};

static int
next_pair(const sess_cookie_header *h, size_t *at, const char *own, struct pair *ret)
{
	size_t own_len = strlen(own);
	const char *p;
	size_t n;

	while (*at < h->len && strchr("; \t", h->value[*at]) != NULL)
		++*at;
	if (*at >= h->len)
		return 0;
	p = h->value + *at;
	n = strcspn(p, ";");
	*at += n;
	*ret = (struct pair){ p, strcspn(p, "=;"), n, 0 };
	ret->bytes -= ret->name_len < n;
	ret->ours = ret->name_len >= own_len && memcmp(p, own, own_len) == 0 &&
	    (ret->name_len == own_len || (ret->name_len == own_len + 2 && p[own_len] == '.'));
	return 1;
}

static void
print_pairs(const struct pasted *pasted, const sess_cookie_policy *policy, const char *own)
{
	struct pair pair;

	for (size_t i = 0; i < pasted->count; i++) {
		for (size_t at = 0; next_pair(&pasted->header[i], &at, own, &pair);) {
			fprintf(stderr, "  %6zu bytes  %s", pair.bytes, pair.ours ? tool_bold(stderr) : "");
			tool_print_safe(stderr, pair.name, pair.name_len);
			fprintf(stderr, "%s\n", pair.ours ? tool_plain(stderr) : "");
		}
	}
	fprintf(stderr, "  %6zu bytes in all; this policy expects servers to take %d\n", pasted->bytes,
	    policy->max_header_bytes);
}

static json_t *
pairs_json(const struct pasted *pasted, const char *own)
{
	json_t *pairs = json_array();
	struct pair pair;

	for (size_t i = 0; i < pasted->count; i++) {
		for (size_t at = 0; next_pair(&pasted->header[i], &at, own, &pair);)
			json_array_append_new(pairs,
			    json_pack("{s:o, s:I, s:b}", "name", json_stringn_nocheck(pair.name, pair.name_len),
				"bytes", (json_int_t)pair.bytes, "ours", pair.ours));
	}
	return pairs;
}

static int
report(const struct cookie_args *a, const struct pasted *pasted, const sess_cookie_policy *policy)
{
	char own[SESS_COOKIE_FULL_NAME_MAX + 1], *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc, status = 0;

	sess_cookie_full_name(policy, own);
	rc = sess_cookie_find(policy, pasted->header, pasted->count, &token, &len, &diag);
	if (!a->as_json)
		print_pairs(pasted, policy, own);
	if (rc == SESS_ERR_REJECTED)
		status = tool_refuse(&diag, NULL, 0, a->as_json);
	else if (rc != 0)
		status = tool_fail("the header", rc, &diag);
	else if (a->as_json)
		tool_print_json(json_pack("{s:i, s:s, s:s?, s:I, s:I, s:i, s:o}", "schema", TOOL_SCHEMA, "name", own,
		    "token", token, "bytes", (json_int_t)len, "header_bytes", (json_int_t)pasted->bytes,
		    "max_header_bytes", policy->max_header_bytes, "cookies", pairs_json(pasted, own)));
	else if (token != NULL)
		puts(token);
	if (rc == 0 && token == NULL) {
		tool_say(stderr, "sesstool: no cookie is named %s, exactly so; --policy FILE names another\n", own);
		status = 3;
	}
	sess_token_free(token);
	return status;
}

int
cookie_read(const struct cookie_args *a)
{
	struct tool_text text = { NULL, 0 };
	struct pasted pasted = { .count = 0 };
	sess_policy policy;
	sess_diag diag;
	int rc, status;

	sess_policy_init(&policy);
	if (a->policy != NULL && (rc = sess_policy_load_file(a->policy, &policy, &diag)) != 0)
		return tool_fail("the policy", rc, &diag);
	if ((status = tool_read(a->operand == NULL ? "-" : a->operand, "the Cookie header", &text)) == 0 &&
	    (status = split(&text, &pasted)) == 0)
		status = report(a, &pasted, &policy.cookie);
	tool_text_done(&text);
	return status;
}
