/* SPDX-License-Identifier: MIT */
/* sesstool mint: a token from claims in a file and on the command line. */
#include <getopt.h>

#include "tool.h"

struct mint_args {
	struct tool_ring ring;
	const char *policy, *subject, *claims, *now;
	const char *pairs[TOOL_CLAIMS_MAX]; /* of --claim */
	size_t pair_count;
	struct tool_context context;
	sess_mint_opts opts;
	int as_json;
};

static int
add_pair(struct mint_args *a, const char *pair)
{
	if (a->pair_count == TOOL_CLAIMS_MAX)
		return tool_usage("--claim: at most %d of them; put them in a file", TOOL_CLAIMS_MAX);
	a->pairs[a->pair_count++] = pair;
	return 0;
}

static int
parse(int argc, char **argv, struct mint_args *a)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' }, { "store", 1, NULL, 'S' }, { "sub", 1, NULL, 's' },
		{ "claims", 1, NULL, 'c' }, { "claim", 1, NULL, 'd' }, { "not-before", 1, NULL, 'b' }, { "end", 1, NULL, 'e' },
		{ "context", 1, NULL, 'x' }, { "persistent", 0, NULL, 't' },
		{ "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'r': a->ring.path = optarg; break;
		case 'p': a->policy = optarg; break;
		case 'S': a->ring.store = optarg; break;
		case 's': a->subject = optarg; break;
		case 'c': a->claims = optarg; break;
		case 'd': status = add_pair(a, optarg); break;
		case 'b': status = tool_time(optarg, &a->opts.not_before); break;
		case 'e': status = tool_time(optarg, &a->opts.hard_end); break;
		case 'x': status = tool_context_add(&a->context, optarg); break;
		case 't': a->opts.persistent = 1; break;
		case 'n': a->now = optarg; break;
		case 'j': a->as_json = 1; break;
		default:
			if (!tool_ring_option(&a->ring, c, optarg, &status))
				return tool_see("mint");
		}
	}
	if (status == 0 && optind != argc)
		return tool_usage("mint takes options only; claims come by --claims FILE or --claim NAME=VALUE");
	return status;
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
run(struct mint_args *a)
{
	struct tool_text claims = { NULL, 0 };
	sess_manager *manager = NULL;
	int64_t now;
	int status;

	a->opts.context = a->context.item;
	a->opts.context_count = a->context.count;
	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_manager(&a->ring, a->policy, &now, &manager)) != 0)
		return status;
	if ((status = tool_claims(a->claims, a->pairs, a->pair_count, &claims)) == 0)
		status = mint(a, manager, &claims);
	tool_text_done(&claims);
	sess_manager_free(manager);
	return status;
}

int
verb_mint(int argc, char **argv)
{
	struct mint_args a = { .ring = TOOL_RING_NONE, .opts = SESS_MINT_OPTS_INIT };
	int status = parse(argc, argv, &a);

	if (status == 0)
		status = run(&a);
	tool_ring_done(&a.ring);
	return status;
}
