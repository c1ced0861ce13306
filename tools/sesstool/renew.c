/* SPDX-License-Identifier: MIT */
/* sesstool renew: a token in, the next token of its session out; or, with --regenerate, the first of another. */
#include <getopt.h>

#include "tool.h"

struct renew_args {
	struct tool_ring ring;
	const char *policy, *claims, *now;
	const char *pairs[TOOL_CLAIMS_MAX]; /* of --claim */
	size_t pair_count;
	struct tool_context context;
	int regenerate, as_json;
};

struct renewed {
	char *token, old_sid[SESS_ID_LEN + 1];
	size_t len;
};

static int
parse_one(struct renew_args *a, int c)
{
	switch (c) {
	case 'r': a->ring.path = optarg; break;
	case 'p': a->policy = optarg; break;
	case 's': a->ring.store = optarg; break;
	case 'c': a->claims = optarg; break;
	case 'd':
		if (a->pair_count == TOOL_CLAIMS_MAX)
			return tool_usage("--claim: at most %d of them; put them in a file", TOOL_CLAIMS_MAX);
		a->pairs[a->pair_count++] = optarg;
		break;
	case 'x': return tool_context_add(&a->context, optarg);
	case 'g': a->regenerate = 1; break;
	case 'n': a->now = optarg; break;
	case 'j': a->as_json = 1; break;
	default: return -1;
	}
	return 0;
}

static int
renew(const struct renew_args *a, sess_manager *m, sess_session *s, const struct tool_text *claims,
    struct renewed *ret, sess_diag *diag)
{
	sess_regenerate_opts other = SESS_REGENERATE_OPTS_INIT;
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;

	other.claims_json = opts.claims_json = claims->data;
	other.claims_json_len = opts.claims_json_len = claims->len;
	other.context = a->context.item;
	other.context_count = a->context.count;
	if (a->regenerate)
		return sess_regenerate(m, s, &other, &ret->token, &ret->len, ret->old_sid, diag);
	return sess_renew(m, s, &opts, &ret->token, &ret->len, diag);
}

static void
print_renewed(const struct renew_args *a, const struct renewed *r)
{
	if (a->as_json) {
		tool_print_json(json_pack("{s:i, s:s, s:I, s:s*}", "schema", TOOL_SCHEMA, "token", r->token, "bytes",
		    (json_int_t)r->len, "old_session", a->regenerate ? r->old_sid : NULL));
		return;
	}
	puts(r->token);
	if (a->regenerate)
		tool_say(stderr, "sesstool: the session before was %s; revoke it once the new token is on its way\n", r->old_sid);
}

static int
run(struct renew_args *a, const struct tool_text *token, int64_t now, const struct tool_text *claims,
    sess_manager *manager)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	struct renewed renewed = { NULL, "", 0 };
	sess_session *session = NULL;
	sess_diag diag;
	int rc, status = 0;

	opts.context = a->context.item;
	opts.context_count = a->context.count;
	if ((rc = sess_verify(manager, token->data, token->len, &opts, &session, &diag)) == 0)
		rc = renew(a, manager, session, claims, &renewed, &diag);
	if (rc == SESS_ERR_REJECTED)
		status = tool_refuse(&diag, sess_manager_policy(manager), now, a->as_json);
	else if (rc != 0)
		status = tool_fail("renewing", rc, &diag);
	else
		print_renewed(a, &renewed);
	sess_token_free(renewed.token);
	sess_session_free(session);
	return status;
}

static int
prepare(struct renew_args *a, const char *operand)
{
	__attribute__((cleanup(tool_text_done))) struct tool_text token = { NULL, 0 }, claims = { NULL, 0 };
	sess_manager *manager = NULL;
	int64_t now;
	int status;

	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_manager(&a->ring, a->policy, &now, &manager)) != 0)
		return status;
	if ((status = tool_claims(a->claims, a->pairs, a->pair_count, &claims)) == 0 &&
	    (status = tool_read_token(operand, &token)) == 0)
		status = run(a, &token, now, &claims, manager);
	sess_manager_free(manager);
	return status;
}

int
verb_renew(int argc, char **argv)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' },
		{ "store", 1, NULL, 's' }, TOOL_STORE_AUTH, { "claims", 1, NULL, 'c' },
		{ "claim", 1, NULL, 'd' }, { "context", 1, NULL, 'x' }, { "regenerate", 0, NULL, 'g' }, { "now", 1, NULL, 'n' },
		{ "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	struct renew_args a = { .ring = TOOL_RING_NONE };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		if (!tool_ring_option(&a.ring, c, optarg, &status) && (status = parse_one(&a, c)) < 0)
			return tool_see("renew");
	}
	if (status == 0 && argc - optind > 1)
		status = tool_usage("renew takes one token");
	if (status == 0)
		status = prepare(&a, argv[optind]);
	tool_ring_done(&a.ring);
	return status;
}
