/* SPDX-License-Identifier: MIT */
/* sesstool cookie: Set-Cookie for a token, what clears it, its size by claim, and a pasted Cookie header read as a service would. */
#include <getopt.h>
#include <string.h>

#include "cookie.h"

/* Data on stdout: header lines, ready to be pasted into a response. */
static void
print_lines(const sess_cookies *cookies)
{
	for (size_t i = 0; i < sess_cookies_count(cookies); i++)
		printf("Set-Cookie: %s\n", sess_cookies_value(cookies, i, NULL));
}

static int
print_lines_json(const sess_cookies *cookies)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < sess_cookies_count(cookies); i++)
		json_array_append_new(lines, json_string(sess_cookies_value(cookies, i, NULL)));
	tool_print_json(json_pack("{s:i, s:o, s:I, s:I}", "schema", TOOL_SCHEMA, "set_cookie", lines, "chunks",
	    (json_int_t)sess_cookies_chunks(cookies), "spare_bytes", (json_int_t)sess_cookies_spare(cookies)));
	return 0;
}

static int
print(const struct cookie_args *a, const sess_cookies *cookies)
{
	if (a->as_json)
		return print_lines_json(cookies);
	print_lines(cookies);
	if (sess_cookies_chunks(cookies) > 0)
		fprintf(stderr, "%zu cookie%s, %zu bytes to spare; `sesstool cookie size` shows what fills it\n",
		    sess_cookies_chunks(cookies), sess_cookies_chunks(cookies) == 1 ? "" : "s",
		    sess_cookies_spare(cookies));
	return 0;
}

static int
set(const struct cookie_args *a, sess_manager *manager, const struct tool_text *token, int explain)
{
	sess_cookies *cookies = NULL;
	sess_session *session = NULL;
	sess_diag diag;
	int rc, status;
	int64_t now;

	if ((rc = sess_cookie_set(manager, token->data, token->len, &cookies, &diag)) == 0 && explain)
		rc = sess_verify(manager, token->data, token->len, NULL, &session, &diag);
	if (rc == SESS_ERR_REJECTED)
		status = tool_now(a->now, &now) != 0 ?
		    TOOL_EXIT_USAGE :
		    tool_refuse(&diag, sess_manager_policy(manager), now, a->as_json);
	else if (rc != 0)
		status = tool_fail("the cookie", rc, &diag);
	else
		status = explain ? cookie_explain(a, manager, session, token, cookies) : print(a, cookies);
	sess_session_free(session);
	sess_cookies_free(cookies);
	return status;
}

static int
clear(const struct cookie_args *a, const sess_manager *manager)
{
	sess_cookies *cookies = NULL;
	sess_diag diag;
	int rc, status;

	if ((rc = sess_cookie_clear(manager, &cookies, &diag)) != 0)
		return tool_fail("the cookie", rc, &diag);
	status = print(a, cookies);
	sess_cookies_free(cookies);
	return status;
}

static int
run(const char *verb, struct cookie_args *a)
{
	struct tool_text token = { NULL, 0 };
	sess_manager *manager = NULL;
	int64_t now;
	int status;

	if (strcmp(verb, "get") == 0)
		return cookie_read(a);
	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_manager(&a->ring, a->policy, &now, &manager)) != 0)
		return status;
	if (strcmp(verb, "clear") == 0)
		status = clear(a, manager);
	else if ((status = tool_read_token(a->operand, &token)) == 0)
		status = set(a, manager, &token, strcmp(verb, "size") == 0);
	tool_text_done(&token);
	sess_manager_free(manager);
	return status;
}

static int
check_args(const char *verb, const struct cookie_args *a, int operands)
{
	int is_get = strcmp(verb, "get") == 0, takes = strcmp(verb, "clear") != 0;

	if (operands > takes)
		return tool_usage(
		    takes ? "cookie %s takes one %s" : "cookie %s takes no operand", verb, is_get ? "file" : "token");
	if (is_get && (a->ring.path != NULL || a->now != NULL))
		return tool_usage(
		    "cookie get looks at the header alone; pass what it prints to `sesstool verify --ring RING`");
	return 0;
}

static int
parse(int argc, char **argv, struct cookie_args *a)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' },
		{ "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'r':
			a->ring.path = optarg;
			break;
		case 'p':
			a->policy = optarg;
			break;
		case 'n':
			a->now = optarg;
			break;
		case 'j':
			a->as_json = 1;
			break;
		default:
			if (!tool_ring_option(&a->ring, c, optarg, &status))
				return tool_see("cookie");
		}
	}
	if (status != 0 || (status = check_args(argv[0], a, argc - optind)) != 0)
		return status;
	a->operand = argv[optind];
	return 0;
}

int
verb_cookie(int argc, char **argv)
{
	static const char *const verbs[] = { "set", "clear", "get", "size", NULL };
	struct cookie_args a = { .ring = TOOL_RING_NONE };
	const char *close;
	int status;

	for (size_t i = 0; argc > 1 && verbs[i] != NULL; i++) {
		if (strcmp(argv[1], verbs[i]) != 0)
			continue;
		if ((status = parse(argc - 1, argv + 1, &a)) == 0)
			status = run(verbs[i], &a);
		tool_ring_done(&a.ring);
		return status;
	}
	if (argc > 1 && (close = tool_closest(argv[1], verbs)) != NULL)
		return tool_usage("there is no such word here; did you mean `sesstool cookie %s`?", close);
	(void)tool_usage("cookie needs one of: set, clear, get, size");
	return tool_see("cookie");
}
