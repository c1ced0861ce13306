/* SPDX-License-Identifier: MIT */
/* sesstool mint: a token from claims in a file and on the command line. */
#include <getopt.h>

#include "situation.h"

struct mint_args {
	struct tool_ring ring;
	const char *policy, *subject, *claims, *now;
	const char *pairs[TOOL_CLAIMS_MAX]; /* of --claim */
	size_t pair_count;
	struct tool_context context;
	sess_mint_opts opts;
	struct situation situation;
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

/* 256 and up are the ring's. */
enum { OPT_EXPIRED = 128, OPT_ENDED, OPT_FUTURE, OPT_NOT_YET, OPT_KEY, OPT_UNKNOWN, OPT_ISSUER, OPT_AUDIENCE, OPT_TYP, OPT_TAMPERED };

static int
set_time(struct mint_args *a, enum situation_time time)
{
	if (a->situation.time != SITUATION_NOW)
		return tool_usage("one at a time: --expired, --ended, --from-future or --not-yet");
	a->situation.time = time;
	return 0;
}

/* -1: none of these. */
static int
parse_situation(struct mint_args *a, int c)
{
	switch (c) {
	case OPT_EXPIRED: return set_time(a, SITUATION_EXPIRED);
	case OPT_ENDED: return set_time(a, SITUATION_ENDED);
	case OPT_FUTURE: return set_time(a, SITUATION_FUTURE);
	case OPT_NOT_YET: return set_time(a, SITUATION_NOT_YET);
	case OPT_KEY: a->situation.kid = optarg; return 0;
	case OPT_UNKNOWN: a->situation.unknown_key = 1; return 0;
	case OPT_ISSUER: a->situation.issuer = optarg; return 0;
	case OPT_AUDIENCE: a->situation.audience = optarg; return 0;
	case OPT_TYP: a->situation.typ = optarg; return 0;
	case OPT_TAMPERED: a->situation.tampered = 1; return 0;
	default: return -1;
	}
}

static int
check(const struct mint_args *a, int operands)
{
	if (operands > 0)
		return tool_usage("mint takes options only; claims come by --claims FILE or --claim NAME=VALUE");
	if (a->situation.kid != NULL && a->situation.unknown_key)
		return tool_usage("give one of --key KID and --unknown-key");
	if ((a->situation.time == SITUATION_ENDED && a->opts.hard_end != 0) ||
	    (a->situation.time == SITUATION_NOT_YET && a->opts.not_before != 0))
		return tool_usage("--ended sets --end, and --not-yet sets --not-before: give one of the two");
	if (a->ring.path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	return 0;
}

static int
parse(int argc, char **argv, struct mint_args *a)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' }, { "store", 1, NULL, 'S' }, TOOL_STORE_AUTH, { "sub", 1, NULL, 's' },
		{ "claims", 1, NULL, 'c' }, { "claim", 1, NULL, 'd' }, { "not-before", 1, NULL, 'b' }, { "end", 1, NULL, 'e' },
		{ "context", 1, NULL, 'x' }, { "persistent", 0, NULL, 't' },
		{ "expired", 0, NULL, OPT_EXPIRED }, { "ended", 0, NULL, OPT_ENDED }, { "from-future", 0, NULL, OPT_FUTURE },
		{ "not-yet", 0, NULL, OPT_NOT_YET }, { "key", 1, NULL, OPT_KEY }, { "unknown-key", 0, NULL, OPT_UNKNOWN },
		{ "issuer", 1, NULL, OPT_ISSUER }, { "audience", 1, NULL, OPT_AUDIENCE }, { "typ", 1, NULL, OPT_TYP },
		{ "tampered", 0, NULL, OPT_TAMPERED },
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
			if (!tool_ring_option(&a->ring, c, optarg, &status) && (status = parse_situation(a, c)) < 0)
				return tool_see("mint");
		}
	}
	return status != 0 ? status : check(a, argc - optind);
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
	if (situation_is_any(&a->situation))
		situation_say(&a->situation);
	situation_spoil(&a->situation, token, len);
	if (a->as_json)
		tool_print_json(json_pack("{s:i, s:s, s:I}", "schema", TOOL_SCHEMA, "token", token, "bytes", (json_int_t)len));
	else
		puts(token);
	sess_token_free(token);
	return 0;
}

/* Ring, policy and clock, for a token of today or for one that a test needs. */
static int
prepare(struct mint_args *a, int64_t *clock, sess_manager **ret)
{
	int is_for_test = situation_is_any(&a->situation);
	sess_ring *ring = NULL, *own = NULL;
	sess_policy policy;
	int status = tool_ring_load(&a->ring, &ring);

	if (status == 0 && is_for_test)
		status = situation_ring(&a->situation, ring, *clock, &own);
	if (status == 0)
		status = tool_policy(ring, a->policy, &policy);
	if (status == 0 && is_for_test && (status = situation_policy(&a->situation, &policy)) == 0)
		situation_time(&a->situation, &policy, clock, &a->opts);
	if (status == 0)
		status = tool_manager_with(&a->ring, own != NULL ? own : ring, &policy, tool_fixed_clock, clock, ret);
	sess_ring_free(own);
	sess_ring_free(ring);
	return status;
}

static int
run(struct mint_args *a)
{
	struct tool_text claims = { NULL, 0 };
	sess_manager *manager = NULL;
	int64_t clock;
	int status;

	a->opts.context = a->context.item;
	a->opts.context_count = a->context.count;
	if ((status = tool_now(a->now, &clock)) != 0 || (status = prepare(a, &clock, &manager)) != 0)
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
