/* SPDX-License-Identifier: MIT */
/* sesstool key list: what each key does now and next, in words, beneath a timeline; or the same as JSON. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

#define GCM_MINTS_MAX 4294967296.0 /* NIST SP 800-38D: 2^32 with random nonces */

static const char *
state_name(sess_key_state state)
{
	static const char *const names[] = { "mints", "pending", "verifies", "expired", "revoked" };

	return names[state];
}

/* How long a dir key with A256GCM lasts at a rate, or -1 where there is no such bound. */
static double
budget_s(const sess_key_info *k, double rate_per_s)
{
	if (strcmp(k->alg, "dir") != 0 || k->enc == NULL || strcmp(k->enc, "A256GCM") != 0)
		return -1;
	return GCM_MINTS_MAX / rate_per_s;
}

static json_t *
key_json(const sess_key_info *k, double rate_per_s)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s*, s:I, s:I, s:s, s:b}", "kid", k->kid, "use", k->use, "alg", k->alg, "enc",
	    k->enc, "iat", (json_int_t)k->iat, "nbf", (json_int_t)k->nbf, "state", state_name(k->state), "can_mint",
	    k->can_mint);
	static const char *const names[] = { "exp", "revoked_at", "mints_until", "prune_at" };
	const int64_t times[] = { k->exp, k->revoked_at, k->mints_until, k->prune_at };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i] >= 0)
			json_object_set_new(o, names[i], json_integer(times[i]));
	}
	if (k->reason != NULL)
		json_object_set_new(o, "reason", json_string(k->reason));
	if (budget_s(k, rate_per_s) >= 0)
		json_object_set_new(o, "budget_days", json_real(budget_s(k, rate_per_s) / 86400));
	return o;
}

static int
show_json(const sess_ring *ring, int64_t now, double rate_per_s)
{
	json_t *keys = json_array();
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) == 0)
			json_array_append_new(keys, key_json(&k, rate_per_s));
	}
	tool_print_json(json_pack("{s:i, s:s, s:s*, s:I, s:I, s:I, s:I, s:f, s:I, s:o}", "schema", TOOL_SCHEMA, "form",
	    sess_form_name(sess_ring_form(ring)), "encryption", sess_ring_encryption(ring), "generation",
	    (json_int_t)sess_ring_generation(ring), "token_life_s", (json_int_t)sess_ring_token_life_s(ring), "session_life_s",
	    (json_int_t)sess_ring_session_life_s(ring), "leeway_s", (json_int_t)sess_ring_leeway_s(ring), "max_rate_per_s",
	    sess_ring_rate_per_s(ring), "now", (json_int_t)now, "keys", keys));
	return 0;
}

/* Of a key that is revoked or expired: when it may go, or that no other has taken its turn. */
static void
say_prune(FILE *out, const sess_key_info *k, int64_t now)
{
	if (k->prune_at < 0)
		fprintf(out, k->can_mint ? "nothing mints in its place: rotate the ring" : "nothing mints in its place");
	else if (k->prune_at <= now)
		fprintf(out, "safe to prune");
	else
		fprintf(out, "safe to prune from %s", tool_when(k->prune_at, now));
}

static void
say_end(FILE *out, const sess_key_info *k, int64_t now)
{
	if (k->exp >= 0)
		fprintf(out, "verifies until %s, then safe to prune", tool_when(k->exp, now));
	else
		fprintf(out, "verifies; no end is set: the next rotation sets one");
}

static void
say_revoked(FILE *out, const sess_key_info *k, int64_t now)
{
	fprintf(out, "revoked %s", tool_when(k->revoked_at, now));
	if (k->reason != NULL) {
		fprintf(out, " (");
		tool_print_safe(out, k->reason, strlen(k->reason));
		fprintf(out, ")");
	}
	fprintf(out, "; ");
	say_prune(out, k, now);
}

/* What it does now, and what next. */
static void
say_state(FILE *out, const sess_key_info *k, int64_t now)
{
	fprintf(out, "    ");
	switch (k->state) {
	case SESS_KEY_REVOKED:
		say_revoked(out, k, now);
		break;
	case SESS_KEY_EXPIRED:
		fprintf(out, "expired %s; ", tool_when(k->exp, now));
		say_prune(out, k, now);
		break;
	case SESS_KEY_PENDING:
		fprintf(out, "verifies already, mints from %s", tool_when(k->nbf, now));
		break;
	case SESS_KEY_VERIFIES:
		say_end(out, k, now);
		break;
	default:
		fprintf(out, k->can_mint ? "mints now" : "verifies; its private part is not here, it mints elsewhere");
		if (k->mints_until >= 0)
			fprintf(out, ", until %s", tool_when(k->mints_until, now));
		if (k->exp >= 0) {
			fprintf(out, "\n    ");
			say_end(out, k, now);
		}
		break;
	}
	fputc('\n', out);
}

static void
say_budget(FILE *out, const sess_key_info *k, double rate_per_s, int64_t now)
{
	double life = budget_s(k, rate_per_s);

	if (life < 0 || (k->state != SESS_KEY_MINTS && k->state != SESS_KEY_PENDING))
		return;
	fprintf(out, "    at %g/s it makes the 2^32 tokens that a dir key may in %.0f days", rate_per_s, life / 86400);
	if ((double)k->nbf + life < (double)INT64_C(253402300799))
		fprintf(out, ", by %.10s", tool_stamp(k->nbf + (int64_t)life));
	if (k->mints_until < 0 || (double)k->nbf + life < (double)k->mints_until)
		fprintf(out, (double)k->nbf + life < (double)now + 90.0 * 86400 ? ": rotate before, or take --kw A256KW" : "");
	fputc('\n', out);
}

/* What is said of one key, composed first: its lines are folded whole. */
static void
say(const sess_key_info *k, double rate_per_s, int64_t now)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL)
		return;
	say_state(out, k, now);
	say_budget(out, k, rate_per_s, now);
	if (fclose(out) == 0)
		tool_fold(stdout, text);
	free(text);
}

static void
show_use(const sess_ring *ring, const char *use, int64_t now, double rate_per_s)
{
	struct timeline line;
	int first = 1;
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) != 0 || strcmp(k.use, use) != 0)
			continue;
		if (first) {
			printf("%s keys\n", strcmp(use, "sig") == 0 ? "signing" : "encryption");
			timeline_init(&line, ring, use, now);
			timeline_print_scale(&line);
		}
		first = 0;
		printf("  %s%s%s  %s%s%s\n", tool_bold(stdout), k.kid, tool_plain(stdout), k.alg, k.enc == NULL ? "" : " ",
		    k.enc == NULL ? "" : k.enc);
		timeline_print_key(&line, ring, i);
		say(&k, rate_per_s, now);
	}
}

/* Some private part is missing: whatever the other keys could, no token comes out of it. */
static int
is_verify_only(const sess_ring *ring, int64_t now)
{
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) == 0 && !k.can_mint)
			return 1;
	}
	return 0;
}

int
key_show(const sess_ring *ring, int64_t now, double rate_per_s, int as_json)
{
	double rate = rate_per_s > 0 ? rate_per_s : sess_ring_rate_per_s(ring);

	if (as_json)
		return show_json(ring, now, rate);
	tool_say(stdout, "%s ring, %sgeneration %lld, at %s\n", sess_form_name(sess_ring_form(ring)),
	    is_verify_only(ring, now) ? "verify-only, " : "", (long long)sess_ring_generation(ring), tool_stamp(now));
	tool_say(stdout, "sessions of at most %s, idle %s, leeway %s, %g tokens a second\n", tool_span(sess_ring_session_life_s(ring)),
	    tool_span(sess_ring_token_life_s(ring)), tool_span(sess_ring_leeway_s(ring)), sess_ring_rate_per_s(ring));
	if (sess_ring_encryption(ring) != NULL)
		tool_say(stdout, "encrypted at rest: %s\n", sess_ring_encryption(ring));
	show_use(ring, "sig", now, rate);
	show_use(ring, "enc", now, rate);
	if (tool_width() >= TIMELINE_COLUMNS_MIN)
		tool_fold(stdout, "= mints and verifies; - verifies; . verifies, will mint; x revoked\n");
	return 0;
}

int
key_list(int argc, char **argv)
{
	static const struct option options[] = { { "rate", 1, NULL, 'r' }, { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' },
		TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	TOOL_RING_CLEANUP struct tool_ring from = TOOL_RING_NONE;
	const char *now_text = NULL;
	sess_ring *ring = NULL;
	double rate = 0;
	int64_t now;
	int c, status = 0, as_json = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'r': status = tool_rate(optarg, &rate); break;
		case 'n': now_text = optarg; break;
		case 'j': as_json = 1; break;
		default:
			if (!tool_ring_option(&from, c, optarg, &status))
				return tool_see("key list");
		}
	}
	if (status != 0 || (status = tool_now(now_text, &now)) != 0)
		return status;
	if (optind != argc - 1)
		return tool_usage("name one ring: sesstool key list RING");
	from.path = argv[optind];
	if ((status = tool_ring_load(&from, &ring)) == 0)
		status = key_show(ring, now, rate, as_json);
	sess_ring_free(ring);
	return status;
}
