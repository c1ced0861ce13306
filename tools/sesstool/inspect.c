/* SPDX-License-Identifier: MIT */
/* sesstool inspect: what a token is and says of itself, without a key. What it is called is found elsewhere. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "inspect.h"

#define COOKIE_MAX 4096

static json_t *
load(const char *text, size_t n)
{
	return text == NULL ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
}

static void
print_segments(const sess_inspection *x)
{
	const char *name;
	size_t text_len, bytes;

	for (size_t i = 0; i < sess_inspection_segment_count(x); i++) {
		if (sess_inspection_segment(x, i, &name, &text_len, &bytes) == 0)
			printf("  %-14s%5zu characters, %5zu bytes\n", name, text_len, bytes);
	}
}

/* Each claim on a line; those that are times also in words. */
static void
print_claims(json_t *claims, int64_t now)
{
	static const char *const times[] = { "iat", "nbf", "exp", "auth_time", "end", NULL };
	const char *name;
	json_t *value;

	json_object_foreach(claims, name, value) {
		char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		size_t i = 0;

		printf("  ");
		tool_print_safe(stdout, name, strlen(name));
		printf(": ");
		if (text != NULL)
			tool_print_json_text(stdout, text, strlen(text), 1);
		while (times[i] != NULL && strcmp(times[i], name) != 0)
			i++;
		if (times[i] != NULL && json_is_integer(value) && json_integer_value(value) >= 0)
			printf("   %s", tool_when(json_integer_value(value), now));
		putchar('\n');
		free(text);
	}
}

static void
print_head(const struct named *named, size_t len)
{
	tool_say(stdout, "%sUNVERIFIED%s: this is what the token claims to be; anybody can write that\n", tool_red(stdout),
	    tool_plain(stdout));
	tool_say(stdout, "form      %s\n", named->what);
	tool_say(stdout, "size      %zu bytes of %d that a cookie may have\n", len, COOKIE_MAX);
}

static void
print(const sess_inspection *x, const struct named *named, json_t *claims, size_t token_len, int64_t now)
{
	size_t header_len, payload_len = 0;
	const char *header = sess_inspection_header(x, &header_len), *payload = sess_inspection_payload(x, &payload_len);

	print_head(named, token_len);
	print_segments(x);
	printf("header    ");
	tool_print_safe(stdout, header, header_len);
	putchar('\n');
	if (payload == NULL) {
		puts("claims    encrypted");
	} else if (json_is_object(claims)) {
		puts("claims    not verified:");
		print_claims(claims, now);
	} else {
		printf("payload   %zu bytes that are not a JSON object\n", payload_len);
	}
	tool_say(stdout, "to open   %s\n", named->needs);
}

static void
print_json(const sess_inspection *x, const struct named *named, json_t *header, json_t *claims, size_t token_len)
{
	size_t text_len, bytes;
	const char *name;
	json_t *segments = json_array();
	sess_form form;
	int is_ours = strcmp(named->kind, "session") == 0 && sess_inspection_form(x, &form);

	for (size_t i = 0; i < sess_inspection_segment_count(x); i++) {
		if (sess_inspection_segment(x, i, &name, &text_len, &bytes) == 0)
			json_array_append_new(segments, json_pack("{s:s, s:I, s:I}", "name", name, "characters", (json_int_t)text_len,
			    "bytes", (json_int_t)bytes));
	}
	tool_print_json(json_pack("{s:i, s:b, s:s, s:s?, s:s, s:s, s:s, s:I, s:o, s:O*, s:O*}", "schema", TOOL_SCHEMA,
	    "verified", 0, "kind", sess_inspection_kind(x) == SESS_KIND_JWS ? "JWS" : "JWE", "form",
	    is_ours ? sess_form_name(form) : NULL, "is", named->kind, "what", named->what, "needs", named->needs, "bytes",
	    (json_int_t)token_len, "segments", segments, "header", header, "claims", claims));
}

static int
show_jose(const struct tool_text *token, const sess_inspection *x, int64_t now, int as_json)
{
	size_t header_len = 0, payload_len = 0;
	const char *header_text = sess_inspection_header(x, &header_len);
	const char *payload_text = sess_inspection_payload(x, &payload_len);
	json_t *header = load(header_text, header_len), *claims = load(payload_text, payload_len);
	struct named named;

	named_by_header(x, header, claims, &named);
	if (as_json)
		print_json(x, &named, header, claims, token->len);
	else
		print(x, &named, claims, token->len, now);
	json_decref(header);
	json_decref(claims);
	return 0;
}

/* Of a text that is no compact JWS or JWE nothing is shown but its shape: it may be a secret. */
static void
show_shape(const struct tool_text *token, const struct named *named, int as_json)
{
	if (as_json) {
		tool_print_json(json_pack("{s:i, s:b, s:n, s:n, s:s, s:s, s:s, s:I}", "schema", TOOL_SCHEMA, "verified", 0,
		    "kind", "form", "is", named->kind, "what", named->what, "needs", named->needs, "bytes", (json_int_t)token->len));
		return;
	}
	print_head(named, token->len);
	tool_say(stdout, "to open   %s\n", named->needs);
}

static int
inspect(const struct tool_text *token, int64_t now, int as_json)
{
	sess_inspection *x = NULL;
	struct named named;
	sess_diag diag;
	int rc, status = 0;

	rc = sess_inspect(token->data, token->len, &x, &diag);
	if (rc == 0)
		status = show_jose(token, x, now, as_json);
	else if (rc == SESS_ERR_REJECTED && strlen(token->data) == token->len &&
	    named_by_shape(token->data, token->len, &named))
		show_shape(token, &named, as_json);
	else if (rc == SESS_ERR_REJECTED)
		status = tool_refuse(&diag, NULL, now, as_json);
	else
		status = tool_fail("inspecting", rc, &diag);
	sess_inspection_free(x);
	return status;
}

/* Not the name of a file that is missing, as far as can be told. */
static int
is_id(const char *argument)
{
	return argument != NULL && named_is_opaque(argument, strlen(argument)) && strchr(argument, '/') == NULL &&
	    strpbrk(argument, "0123456789") != NULL;
}

int
verb_inspect(int argc, char **argv)
{
	static const struct option options[] = { { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	struct tool_text token = { NULL, 0 };
	const char *now_text = NULL;
	int64_t now;
	int c, status, as_json = 0;

	while ((c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'n': now_text = optarg; break;
		case 'j': as_json = 1; break;
		default: return tool_see("inspect");
		}
	}
	if (argc - optind > 1)
		return tool_usage("inspect takes one token");
	if ((status = tool_now(now_text, &now)) == 0 &&
	    (status = tool_read_any(argv[optind], is_id(argv[optind]), &token)) == 0)
		status = inspect(&token, now, as_json);
	tool_text_done(&token);
	return status;
}
