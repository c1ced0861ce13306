/* SPDX-License-Identifier: MIT */
/* sesstool mint: a token from claims in a file and on the command line. */
#include <getopt.h>
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

struct mint_args {
	const char *ring, *policy, *subject, *claims, *now;
	json_t *extra; /* of --claim */
	sess_mint_opts opts;
	int as_json;
};

/* VALUE is JSON where it is valid JSON, else a string. */
static int
add_claim(json_t *extra, const char *argument)
{
	const char *equals = strchr(argument, '=');
	char name[128];
	json_t *value;
	size_t n;

	if (equals == NULL || equals == argument || (n = (size_t)(equals - argument)) >= sizeof(name))
		return tool_usage("--claim takes NAME=VALUE");
	memcpy(name, argument, n);
	name[n] = '\0';
	if (json_object_get(extra, name) != NULL)
		return tool_usage("--claim names one claim twice");
	value = json_loads(equals + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (value == NULL)
		value = json_string(equals + 1);
	if (json_object_set_new(extra, name, value) != 0)
		return tool_usage("--claim: name and value must be UTF-8");
	return 0;
}

static int
parse(int argc, char **argv, struct mint_args *a)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' }, { "sub", 1, NULL, 's' },
		{ "claims", 1, NULL, 'c' }, { "claim", 1, NULL, 'd' }, { "not-before", 1, NULL, 'b' }, { "end", 1, NULL, 'e' },
		{ "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	int c, status = 0;

	while (status == 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r': a->ring = optarg; break;
		case 'p': a->policy = optarg; break;
		case 's': a->subject = optarg; break;
		case 'c': a->claims = optarg; break;
		case 'd': status = add_claim(a->extra, optarg); break;
		case 'b': status = tool_time(optarg, &a->opts.not_before); break;
		case 'e': status = tool_time(optarg, &a->opts.hard_end); break;
		case 'n': a->now = optarg; break;
		case 'j': a->as_json = 1; break;
		default: return tool_usage("see `sesstool help mint`");
		}
	}
	if (status == 0 && optind != argc)
		return tool_usage("mint takes options only; claims come by --claims FILE or --claim NAME=VALUE");
	return status;
}

/* File and options become one text: the file's, with the options' members put in before its closing brace, so that the
 * library sees every duplicate and every byte as it was given. */
static int
join_claims(const struct mint_args *a, struct tool_text *text)
{
	char *extra, *end, *joined;
	size_t n;

	if (json_object_size(a->extra) == 0)
		return 0;
	if ((extra = json_dumps(a->extra, JSON_COMPACT)) == NULL)
		return TOOL_EXIT_INTERNAL;
	if (text->data == NULL) {
		text->data = extra;
		text->len = strlen(extra);
		return 0;
	}
	if ((end = strrchr(text->data, '}')) == NULL || (joined = malloc(text->len + strlen(extra) + 2)) == NULL) {
		free(extra);
		return tool_usage("the claims are not a JSON object");
	}
	n = (size_t)(end - text->data);
	memcpy(joined, text->data, n);
	/* An empty object takes no comma. */
	joined[n] = strspn(strchr(text->data, '{') + 1, " \t\r\n") == (size_t)(end - strchr(text->data, '{') - 1) ? ' ' : ',';
	strcpy(joined + n + 1, extra + 1);
	strcat(joined, end + 1);
	free(extra);
	tool_text_done(text);
	text->data = joined;
	text->len = strlen(joined);
	return 0;
}

static int
mint(const struct mint_args *a, sess_manager *manager, const struct tool_text *claims)
{
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc;

	if ((rc = sess_mint(manager, a->subject, claims->data, claims->len, &a->opts, &token, &len, &diag)) != 0)
		return tool_fail("minting", rc, &diag);
	if (a->as_json)
		tool_print_json(json_pack("{s:i, s:s, s:I}", "schema", TOOL_SCHEMA, "token", token, "bytes", (json_int_t)len));
	else
		puts(token);
	sess_token_free(token);
	return 0;
}

static int
run(const struct mint_args *a)
{
	struct tool_text claims = { NULL, 0 };
	sess_manager *manager = NULL;
	int64_t now;
	int status;

	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_manager(a->ring, a->policy, &now, &manager)) != 0)
		return status;
	if (a->claims != NULL)
		status = tool_read(a->claims, "the claims", &claims);
	if (status == 0)
		status = join_claims(a, &claims);
	if (status == 0)
		status = mint(a, manager, &claims);
	tool_text_done(&claims);
	sess_manager_free(manager);
	return status;
}

int
verb_mint(int argc, char **argv)
{
	struct mint_args a = { .extra = json_object(), .opts = SESS_MINT_OPTS_INIT };
	int status = parse(argc, argv, &a);

	if (status == 0)
		status = run(&a);
	json_decref(a.extra);
	return status;
}
