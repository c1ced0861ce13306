/* SPDX-License-Identifier: MIT */
/* sesstool inspect: what a token says of itself, without a key. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define COOKIE_MAX 4096

static const char *
form_words(const sess_inspection *x)
{
	sess_form form;

	if (sess_inspection_form(x, &form))
		return form == SESS_FORM_NESTED ? "nested: a signed token inside an encrypted one" : form == SESS_FORM_SEALED ?
		    "sealed: an encrypted token" : "signed: a signed token that anybody can read";
	return sess_inspection_kind(x) == SESS_KIND_JWS ? "a JWS, of no form of this library" : "a JWE, of no form of this library";
}

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
print(const sess_inspection *x, size_t token_len, int64_t now)
{
	size_t header_len, payload_len;
	const char *header = sess_inspection_header(x, &header_len), *payload = sess_inspection_payload(x, &payload_len);
	json_t *claims = load(payload, payload_len);

	printf("%sUNVERIFIED%s: this is what the token claims to be; anybody can write that\n", tool_red(stdout),
	    tool_plain(stdout));
	printf("form      %s\n", form_words(x));
	printf("size      %zu bytes of %d that a cookie may have\n", token_len, COOKIE_MAX);
	print_segments(x);
	printf("header    ");
	tool_print_safe(stdout, header, header_len);
	putchar('\n');
	if (payload == NULL) {
		puts("claims    encrypted; `sesstool verify --ring RING` opens it with the key that the header's kid names");
	} else if (json_is_object(claims)) {
		puts("claims");
		print_claims(claims, now);
	} else {
		printf("payload   %zu bytes that are not a JSON object\n", payload_len);
	}
	json_decref(claims);
}

static void
print_json(const sess_inspection *x, size_t token_len)
{
	size_t header_len, payload_len, text_len, bytes;
	const char *header = sess_inspection_header(x, &header_len), *payload = sess_inspection_payload(x, &payload_len), *name;
	json_t *segments = json_array();
	sess_form form;
	int known = sess_inspection_form(x, &form);

	for (size_t i = 0; i < sess_inspection_segment_count(x); i++) {
		if (sess_inspection_segment(x, i, &name, &text_len, &bytes) == 0)
			json_array_append_new(segments, json_pack("{s:s, s:I, s:I}", "name", name, "characters", (json_int_t)text_len,
			    "bytes", (json_int_t)bytes));
	}
	tool_print_json(json_pack("{s:i, s:b, s:s, s:s?, s:I, s:o, s:o*, s:o*}", "schema", TOOL_SCHEMA, "verified", 0, "kind",
	    sess_inspection_kind(x) == SESS_KIND_JWS ? "JWS" : "JWE", "form", known ? sess_form_name(form) : NULL, "bytes",
	    (json_int_t)token_len, "segments", segments, "header", load(header, header_len), "claims", load(payload, payload_len)));
}

int
verb_inspect(int argc, char **argv)
{
	static const struct option options[] = { { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	struct tool_text token = { NULL, 0 };
	sess_inspection *x = NULL;
	const char *now_text = NULL;
	sess_diag diag;
	int64_t now;
	int c, rc, status, as_json = 0;

	while ((c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'n': now_text = optarg; break;
		case 'j': as_json = 1; break;
		default: return tool_see("inspect");
		}
	}
	if (argc - optind > 1)
		return tool_usage("inspect takes one token");
	if ((status = tool_now(now_text, &now)) != 0 || (status = tool_read_token(argv[optind], &token)) != 0) {
		tool_text_done(&token);
		return status;
	}
	if ((rc = sess_inspect(token.data, token.len, &x, &diag)) != 0)
		status = tool_refuse(&diag, NULL, now, as_json);
	else if (as_json)
		print_json(x, token.len);
	else
		print(x, token.len, now);
	sess_inspection_free(x);
	tool_text_done(&token);
	return status;
}
