/* SPDX-License-Identifier: MIT */
/* sesstool exchange: the token of another issuer in, a session of ours out, once. */
#include <getopt.h>

#include "foreign.h"

struct exchange_args {
	struct tool_ring ring;
	struct tool_foreign foreign;
	struct tool_context context;
	const char *policy, *now, *claims;
	const char *pairs[TOOL_CLAIMS_MAX]; /* of --claim */
	size_t pair_count;
	const char *taken[SESS_FOREIGN_CLAIMS_MAX]; /* of --take */
	sess_exchange_opts opts;
	int as_json;
};

static int
add(const char **list, size_t *count, size_t most, const char *option, const char *value)
{
	if (*count == most)
		return tool_usage("--%s: at most %zu of them", option, most);
	list[(*count)++] = value;
	return 0;
}

static int
parse(int argc, char **argv, struct exchange_args *a)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' },
		{ "store", 1, NULL, 's' }, TOOL_STORE_AUTH,
		{ "subject-prefix", 1, NULL, 'P' }, { "take", 1, NULL, 't' }, { "claims", 1, NULL, 'c' }, { "claim", 1, NULL, 'd' },
		{ "cap-end", 0, NULL, 'e' }, { "end", 1, NULL, 'h' }, { "context", 1, NULL, 'x' }, { "persistent", 0, NULL, 'k' },
		{ "insecure-exchange-again", 0, NULL, 'a' }, { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS,
		TOOL_FOREIGN_OPTIONS, { NULL, 0, NULL, 0 } };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'r': a->ring.path = optarg; break;
		case 'p': a->policy = optarg; break;
		case 's': a->ring.store = optarg; break;
		case 'P': a->opts.subject_prefix = optarg; break;
		case 't': status = add(a->taken, &a->opts.claims_count, SESS_FOREIGN_CLAIMS_MAX, "take", optarg); break;
		case 'c': a->claims = optarg; break;
		case 'd': status = add(a->pairs, &a->pair_count, TOOL_CLAIMS_MAX, "claim", optarg); break;
		case 'e': a->opts.capped = 1; break;
		case 'h': status = tool_time(optarg, &a->opts.hard_end); break;
		case 'x': status = tool_context_add(&a->context, optarg); break;
		case 'k': a->opts.persistent = 1; break;
		case 'a': a->opts.insecure_exchange_again = 1; break;
		case 'n': a->now = optarg; break;
		case 'j': a->as_json = 1; break;
		default:
			if (!tool_foreign_option(&a->foreign, c, optarg, &status) &&
			    !tool_ring_option(&a->ring, c, optarg, &status))
				return tool_see("exchange");
		}
	}
	if (status == 0 && argc - optind > 1)
		return tool_usage("exchange takes one token");
	if (status == 0 && a->ring.path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	return status;
}

static int
exchange(struct exchange_args *a, sess_manager *manager, const struct tool_text *token, int64_t now)
{
	char *session = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc;

	rc = sess_exchange(manager, a->foreign.keys, token->data, token->len, &a->foreign.expect, &a->opts, &session, &len, &diag);
	if (rc != 0)
		return tool_foreign_fail("exchanging", rc, &diag, sess_manager_policy(manager), now, a->as_json);
	if (a->as_json)
		tool_print_json(json_pack("{s:i, s:s, s:I}", "schema", TOOL_SCHEMA, "token", session, "bytes", (json_int_t)len));
	else
		puts(session);
	sess_token_free(session);
	return 0;
}

/* Without --store: the folder RING.revocations, made here where it is not there yet. Without a store nothing is exchanged once. */
static int
open_and_exchange(struct exchange_args *a, const struct tool_text *token)
{
	sess_manager *manager = NULL;
	int64_t now = 0;
	int status;

	a->ring.makes_store = !a->opts.insecure_exchange_again;
	a->opts.claims = a->taken;
	a->opts.context = a->context.item;
	a->opts.context_count = a->context.count;
	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_foreign_begin(&a->foreign, 1)) != 0 ||
	    (status = tool_manager(&a->ring, a->policy, &now, &manager)) != 0)
		return status;
	status = exchange(a, manager, token, now);
	sess_manager_free(manager);
	return status;
}

static int
run(struct exchange_args *a, const char *argument)
{
	struct tool_text token = { NULL, 0 }, claims = { NULL, 0 };
	int status;

	if ((status = tool_claims(a->claims, a->pairs, a->pair_count, &claims)) == 0 &&
	    (status = tool_read_token(argument, &token)) == 0) {
		a->opts.claims_json = claims.data;
		a->opts.claims_json_len = claims.len;
		status = open_and_exchange(a, &token);
	}
	tool_text_done(&claims);
	tool_text_done(&token);
	return status;
}

int
verb_exchange(int argc, char **argv)
{
	struct exchange_args a = { .ring = TOOL_RING_NONE, .foreign = TOOL_FOREIGN_NONE, .opts = SESS_EXCHANGE_OPTS_INIT };
	int status = parse(argc, argv, &a);

	if (status == 0)
		status = run(&a, argv[optind]);
	tool_foreign_done(&a.foreign);
	tool_ring_done(&a.ring);
	return status;
}
