/* SPDX-License-Identifier: MIT */
/*
 * sesstool cookie size: which claims cost how many bytes of the cookie. Encoding grows each byte of the payload by 4/3, and of a
 * nested token twice; what is left is the token's own: headers, IV, tag, signature.
 */
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cookie.h"

#define CLAIMS_MAX 128

struct claim {
	const char *name;
	size_t payload; /* bytes of "name":value, with the comma or brace that follows */
	size_t cookie;
	int own; /* the library's */
};

struct sizes {
	struct claim claim[CLAIMS_MAX];
	size_t count, overhead, used, limit, spare;
	size_t numerator, denominator; /* what a byte becomes */
	char name[SESS_COOKIE_FULL_NAME_MAX + 1];
};

static int
is_own(const char *name)
{
	static const char *const own[] = { "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "gen",
		"ctx", "end", "per", NULL };
	size_t i = 0;

	while (own[i] != NULL && strcmp(own[i], name) != 0)
		i++;
	return own[i] != NULL;
}

static int
by_size(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return x->payload == y->payload ? strcmp(x->name, y->name) : x->payload < y->payload ? 1 : -1;
}

static size_t
quoted_length(const char *name)
{
	json_t *text = json_string(name);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT);
	size_t n = quoted == NULL ? strlen(name) + 2 : strlen(quoted);

	free(quoted);
	json_decref(text);
	return n;
}

static void
measure(sess_session *session, json_t *claims, struct sizes *s)
{
	const char *name, *json;
	size_t len, sum = 0;
	json_t *value;

	json_object_foreach (claims, name, value) {
		struct claim *c = &s->claim[s->count];

		if (s->count == CLAIMS_MAX || sess_session_get_json(session, name, &json, &len) != 0)
			continue;
		*c = (struct claim){ name, quoted_length(name) + 1 + len + 1, 0, is_own(name) };
		c->cookie = (c->payload * s->numerator + s->denominator - 1) / s->denominator;
		sum += c->cookie;
		s->count++;
	}
	s->overhead = s->used > sum ? s->used - sum : 0;
	qsort(s->claim, s->count, sizeof(s->claim[0]), by_size);
}

static void
print(const struct sizes *s, size_t chunks)
{
	char parts[48] = "";

	if (chunks > 1)
		(void)snprintf(parts, sizeof(parts), ", in %zu cookies", chunks);
	tool_say(stdout, "cookie    %s: %zu bytes of %zu, %zu to spare%s\n", s->name, s->used, s->limit, s->spare, parts);
	tool_say(stdout, "growth    a byte of claims becomes %.2f in the cookie\n", (double)s->numerator / (double)s->denominator);
	printf("  %8s %8s\n", "claims", "cookie");
	for (size_t i = 0; i < s->count; i++) {
		const struct claim *c = &s->claim[i];

		printf("  %8zu %8zu  %3zu %%  ", c->payload, c->cookie, c->cookie * 100 / s->used);
		tool_print_safe(stdout, c->name, strlen(c->name));
		puts(c->own ? "   (the library's own)" : "");
	}
	printf(
	    "  %8s %8zu  %3zu %%  name, headers, IV, tag, signature\n", "", s->overhead, s->overhead * 100 / s->used);
	if (s->used * 100 >= s->limit * 80)
		tool_say(stdout, "%sNEARLY FULL%s: put large things on the server and their key here, shorten names, or allow "
		       "more chunks\n",
		    tool_red(stdout), tool_plain(stdout));
}

static void
print_json(const struct sizes *s, size_t chunks)
{
	json_t *claims = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(claims,
		    json_pack("{s:s, s:I, s:I, s:b}", "name", s->claim[i].name, "payload_bytes",
			(json_int_t)s->claim[i].payload, "cookie_bytes", (json_int_t)s->claim[i].cookie, "own",
			s->claim[i].own));
	tool_print_json(json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "schema", TOOL_SCHEMA, "name", s->name,
	    "bytes", (json_int_t)s->used, "limit", (json_int_t)s->limit, "spare_bytes", (json_int_t)s->spare, "chunks",
	    (json_int_t)chunks, "overhead_bytes", (json_int_t)s->overhead, "claims", claims));
}

static void
growth(const struct tool_text *token, struct sizes *s)
{
	sess_inspection *x = NULL;
	sess_form form = SESS_FORM_NESTED;
	int nested = sess_inspect(token->data, token->len, &x, NULL) == 0 && sess_inspection_form(x, &form) &&
	    form == SESS_FORM_NESTED;

	sess_inspection_free(x);
	s->numerator = nested ? 16 : 4;
	s->denominator = nested ? 9 : 3;
}

int
cookie_explain(const struct cookie_args *a, sess_manager *manager, sess_session *session, const struct tool_text *token,
    const sess_cookies *cookies)
{
	const sess_cookie_policy *policy = &sess_manager_policy(manager)->cookie;
	struct sizes s = { .spare = sess_cookies_spare(cookies) };
	json_t *claims = NULL;
	sess_diag diag;
	int rc;

	if ((rc = sess_session_claims_jansson(session, &claims, &diag)) != 0)
		return tool_fail("reading the claims", rc, &diag);
	growth(token, &s);
	s.limit = (size_t)SESS_COOKIE_BYTES_MAX * (size_t)policy->max_chunks;
	s.used = s.limit - s.spare;
	sess_cookie_full_name(policy, s.name);
	measure(session, claims, &s);
	if (a->as_json)
		print_json(&s, sess_cookies_chunks(cookies));
	else
		print(&s, sess_cookies_chunks(cookies));
	json_decref(claims);
	return 0;
}
