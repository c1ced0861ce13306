/* SPDX-License-Identifier: MIT */
/* sesstool bench: what was measured, as a table or as one JSON object. Times nothing. */
#include <string.h>

#include "bench.h"

#define MIDDLE (BENCH_ROUNDS / 2)

#define NOISE "The machine is noisy: other programs and the clock rate move all figures."
#define ADVICE "Take the ratios, and those of one run."

/* The keys that mint now (or, in a verify-only ring, would): one for each use. */
static int
minting_key(const struct bench *b, const char *use, sess_key_info *ret)
{
	for (size_t i = 0; i < sess_ring_key_count(b->ring); i++) {
		if (sess_ring_key_info(b->ring, i, b->start, ret) == 0 && ret->state == SESS_KEY_MINTS && strcmp(ret->use, use) == 0)
			return 1;
	}
	return 0;
}

static json_t *
algorithms_json(const struct bench *b)
{
	json_t *o = json_object();
	sess_key_info k;

	if (minting_key(b, "sig", &k))
		json_object_set_new(o, "sig", json_string(k.alg));
	if (minting_key(b, "enc", &k)) {
		json_object_set_new(o, "kw", json_string(k.alg));
		json_object_set_new(o, "enc", json_string(k.enc));
	}
	return o;
}

static json_t *
case_json(const struct bench *b, const struct bench_case *c)
{
	if (c->left_out != NULL)
		return json_pack("{s:s, s:s}", "name", c->name, "left_out", c->left_out);
	return json_pack("{s:s, s:s*, s:I, s:f, s:f, s:f, s:f, s:f}", "name", c->name, "reason", c->reason, "calls",
	    (json_int_t)c->batch * BENCH_ROUNDS, "ns", c->ns[MIDDLE], "ns_least", c->ns[0], "ns_most", c->ns[BENCH_ROUNDS - 1],
	    "per_s", 1e9 / c->ns[MIDDLE], "to_verify", c->ns[MIDDLE] / b->cases[0].ns[MIDDLE]);
}

static void
print_json(const struct bench *b, double seconds)
{
	json_t *cases = json_array(), *counts = json_array();

	for (size_t i = 0; i < BENCH_CASES; i++)
		json_array_append_new(cases, case_json(b, &b->cases[i]));
	for (size_t i = 0; i < b->count_count; i++)
		json_array_append_new(counts, json_pack("{s:I, s:f, s:f}", "threads", (json_int_t)b->counts[i].threads, "per_s",
		    b->counts[i].per_s[MIDDLE], "to_one", b->counts[i].per_s[MIDDLE] / b->counts[0].per_s[MIDDLE]));
	tool_print_json(json_pack("{s:i, s:s, s:o, s:I, s:b, s:I, s:I, s:f, s:i, s:o, s:o, s:I, s:s}", "schema", TOOL_SCHEMA, "form",
	    sess_form_name(sess_ring_form(b->ring)), "algorithms", algorithms_json(b), "keys",
	    (json_int_t)sess_ring_key_count(b->ring), "can_mint", b->can_mint, "token_bytes", (json_int_t)b->token.len,
	    "payload_bytes", (json_int_t)b->payload_len, "seconds", seconds, "rounds", BENCH_ROUNDS, "cases", cases, "threads", counts,
	    "minted", (json_int_t)b->minted, "note", NOISE " " ADVICE));
}

static void
print_head(const struct bench *b, double seconds)
{
	size_t keys = sess_ring_key_count(b->ring);
	sess_key_info k;

	printf("ring      %s", sess_form_name(sess_ring_form(b->ring)));
	if (minting_key(b, "sig", &k))
		printf(", %s", k.alg);
	if (minting_key(b, "enc", &k))
		printf(", %s, %s", k.alg, k.enc);
	printf("; %zu key%s%s\n", keys, keys == 1 ? "" : "s", b->can_mint ? "" : "; it cannot mint: mint and renew are left out");
	printf("token     %zu bytes, of a payload of %zu\n", b->token.len, b->payload_len);
	printf("rounds    %d, interleaved, in about %g s; the median of each\n\n", BENCH_ROUNDS, seconds);
}

static void
print_case(const struct bench *b, const struct bench_case *c)
{
	if (c->left_out != NULL) {
		printf("%-26s  left out: %s\n", c->name, c->left_out);
		return;
	}
	printf("%-26s %11.0f %13.0f %10.2f  %s\n", c->name, c->ns[MIDDLE], 1e9 / c->ns[MIDDLE], c->ns[MIDDLE] / b->cases[0].ns[MIDDLE],
	    c->reason == NULL ? "" : c->reason);
}

static void
print_counts(const struct bench *b)
{
	printf("\n%-26s %11s %13s %10s\n", "verify by", "threads", "calls a s", "to one");
	for (size_t i = 0; i < b->count_count; i++)
		printf("%-26s %11zu %13.0f %10.2f\n", "", b->counts[i].threads, b->counts[i].per_s[MIDDLE],
		    b->counts[i].per_s[MIDDLE] / b->counts[0].per_s[MIDDLE]);
}

void
bench_print(const struct bench *b, double seconds)
{
	if (b->as_json) {
		print_json(b, seconds);
		return;
	}
	print_head(b, seconds);
	printf("%-26s %11s %13s %10s\n", "", "ns a call", "calls a s", "to verify");
	for (size_t i = 0; i < BENCH_CASES; i++)
		print_case(b, &b->cases[i]);
	print_counts(b);
	printf("\n" NOISE "\n" ADVICE "\n");
	if (b->minted > 0)
		printf("%llu tokens were minted and thrown away; they count as the keys' work.\n", (unsigned long long)b->minted);
}
