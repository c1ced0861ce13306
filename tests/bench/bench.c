/* SPDX-License-Identifier: MIT */
/*
 * The benchmark's program. Results go to stdout as JSON, progress to stderr.
 *   bench compare [ROUNDS]           every case of every kind of token, in interleaved rounds
 *   bench sweep [ROUNDS]             by size of ring, of payload, and by live revocations
 *   bench threads [SECONDS]          verifications a second over 1, 2 and 4 threads, the floor's beside ours
 *   bench tokens                     tokens, payloads and keys of each kind, for peers in other languages
 *   bench once WHO WHAT KIND N       one case N times, for a profiler
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define SAMPLE_NS 3e6
#define ALLOC_RUNS 100
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct bench_case cases[BENCH_CASES_MAX];
static size_t count;

static const struct {
	const char *name;
	sess_form form;
	const char *alg, *kw, *enc;
} kinds[] = {
	{ "nested", SESS_FORM_NESTED, "HS256", "dir", "A256GCM" },
	{ "sealed", SESS_FORM_SEALED, NULL, "dir", "A256GCM" },
	{ "signed", SESS_FORM_SIGNED, "HS256", NULL, NULL },
	{ "nested A256KW", SESS_FORM_NESTED, "HS256", "A256KW", "A256GCM" },
	{ "nested CBC", SESS_FORM_NESTED, "HS256", "dir", "A256CBC-HS512" },
	{ "nested ES256", SESS_FORM_NESTED, "ES256", "dir", "A256GCM" },
	{ "nested EdDSA", SESS_FORM_NESTED, "EdDSA", "dir", "A256GCM" },
	{ "signed ES256", SESS_FORM_SIGNED, "ES256", NULL, NULL },
};

static double
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

void
bench_add(const char *who, const char *what, const struct bench_token *on, void *state, int (*run)(void *state))
{
	if (count == BENCH_CASES_MAX)
		bench_die("too many cases");
	cases[count++] = (struct bench_case){ .who = who, .what = what, .on = on, .state = state, .run = run };
}

static double
sample(const struct bench_case *c)
{
	double start = now_ns();

	for (size_t i = 0; i < c->batch; i++) {
		if (c->run(c->state) != 0)
			bench_die(c->who);
	}
	return (now_ns() - start) / (double)c->batch;
}

/* As many as fill a sample, so that slow and fast cases meet the machine for as long. */
static void
calibrate(struct bench_case *c)
{
	c->batch = 1;
	while (sample(c) * (double)c->batch < SAMPLE_NS)
		c->batch *= 2;
}

static void
count_allocations(struct bench_case *c)
{
	size_t own, crypto;

	for (int i = 0; i < 3; i++)
		(void)c->run(c->state);
	allocs_reset();
	for (int i = 0; i < ALLOC_RUNS; i++)
		(void)c->run(c->state);
	allocs_read(&own, &crypto);
	c->allocs_own = (double)own / ALLOC_RUNS;
	c->allocs_crypto = (double)crypto / ALLOC_RUNS;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
run_rounds(size_t rounds)
{
	for (size_t i = 0; i < count; i++) {
		if (cases[i].run(cases[i].state) != 0)
			bench_die("a case is not correct");
		cases[i].ns = calloc(rounds, sizeof(double));
		count_allocations(&cases[i]);
		calibrate(&cases[i]);
	}
	for (size_t r = 0; r < rounds; r++) {
		for (size_t i = 0; i < count; i++)
			cases[i].ns[r] = sample(&cases[i]);
		fprintf(stderr, "\rbench: round %zu of %zu", r + 1, rounds);
	}
	fputc('\n', stderr);
	for (size_t i = 0; i < count; i++) {
		qsort(cases[i].ns, rounds, sizeof(double), by_value);
		cases[i].median = cases[i].ns[rounds / 2];
	}
}

static void
print_cases(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct bench_case *c = &cases[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:I, s:I}", "who", c->who, "what", c->what,
		    "kind", c->on->kind, "ns", c->median, "least_ns", c->ns[0], "allocs", c->allocs_own, "allocs_crypto",
		    c->allocs_crypto, "token_bytes", (json_int_t)c->on->len, "payload_bytes", (json_int_t)c->on->payload_len));
	}
	json_dumpf(list, stdout, JSON_INDENT(1));
	putchar('\n');
}

/* only: the name of one kind, or NULL: all. */
static void
make_kinds(struct bench_token *tokens, const char *only)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (only != NULL && strcmp(kinds[i].name, only) != 0)
			continue;
		bench_token_make(&tokens[i], kinds[i].name, kinds[i].form, kinds[i].alg, kinds[i].kw, kinds[i].enc, 1, bench_claims,
		    bench_claims_len);
		floor_cases(&tokens[i]);
		sess_cases(&tokens[i]);
		libjwt_cases(&tokens[i]);
		cjose_cases(&tokens[i]);
		jose_cases(&tokens[i]);
		rhonabwy_cases(&tokens[i]);
	}
}

static void
compare(size_t rounds)
{
	static struct bench_token tokens[KINDS];

	make_kinds(tokens, NULL);
	run_rounds(rounds);
	print_cases();
}

/* {"k":"xxx..."} of so many bytes. */
static char *
payload_of(size_t n)
{
	char *text = malloc(n + 64), *p = text;

	p = stpcpy(p, "{\"plan\":\"pro\",\"tenant\":4711,\"note\":\"");
	while ((size_t)(p - text) + 2 < n)
		*p++ = 'x';
	(void)stpcpy(p, "\"}");
	return text;
}

static void
sweep(size_t rounds)
{
	static const size_t rings[] = { 2, 8, 16, 32, 64, 128 };
	static const size_t payloads[] = { 100, 300, 1000, 2000, 3000 };
	static const size_t revocations[] = { 0, 1000, 100000, 1000000 };
	static struct bench_token tokens[16];
	static char names[16][32];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++, n++) {
		(void)snprintf(names[n], sizeof(names[n]), "keys %zu", rings[i]);
		bench_token_make(&tokens[n], names[n], SESS_FORM_NESTED, "HS256", "dir", "A256GCM", rings[i], bench_claims,
		    bench_claims_len);
		sess_cases(&tokens[n]);
	}
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++, n++) {
		char *claims = payload_of(payloads[i]);

		(void)snprintf(names[n], sizeof(names[n]), "payload %zu", payloads[i]);
		bench_token_make(&tokens[n], names[n], SESS_FORM_NESTED, "HS256", "dir", "A256GCM", 1, claims, strlen(claims));
		floor_cases(&tokens[n]);
		sess_cases(&tokens[n]);
		free(claims);
	}
	for (size_t i = 0; i < sizeof(revocations) / sizeof(revocations[0]); i++, n++) {
		(void)snprintf(names[n], sizeof(names[n]), "revoked %zu", revocations[i]);
		bench_token_make(&tokens[n], names[n], SESS_FORM_NESTED, "HS256", "dir", "A256GCM", 1, bench_claims, bench_claims_len);
		bench_token_revoke(&tokens[n], revocations[i]);
		sess_cases(&tokens[n]);
	}
	run_rounds(rounds);
	print_cases();
}

/* One thread of a throughput run. */
struct runner {
	pthread_t thread;
	void *state;
	int (*run)(void *state);
	const atomic_int *stop;
	size_t done;
};

static void *
run_until_stopped(void *arg)
{
	struct runner *r = arg;

	while (!atomic_load_explicit(r->stop, memory_order_relaxed)) {
		if (r->run(r->state) != 0)
			bench_die("a thread's case is not correct");
		r->done++;
	}
	return NULL;
}

static double
throughput(struct runner *runners, size_t n, double seconds)
{
	struct timespec pause = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
	atomic_int stop = 0;
	double start = now_ns(), sum = 0;

	for (size_t i = 0; i < n; i++) {
		runners[i].stop = &stop;
		runners[i].done = 0;
		if (pthread_create(&runners[i].thread, NULL, run_until_stopped, &runners[i]) != 0)
			bench_die("no thread");
	}
	(void)nanosleep(&pause, NULL);
	atomic_store(&stop, 1);
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(runners[i].thread, NULL);
		sum += (double)runners[i].done;
	}
	return sum / ((now_ns() - start) / 1e9);
}

static const struct bench_case *
find_case(const char *who, const char *what, const char *kind)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(cases[i].who, who) == 0 && strcmp(cases[i].what, what) == 0 && strcmp(cases[i].on->kind, kind) == 0)
			return &cases[i];
	}
	bench_die("there is no such case");
	return NULL;
}

/* Interleaved too: floor and ours by turns, the best of five of each. */
static void
threads(double seconds)
{
	static const size_t numbers[] = { 1, 2, 4 };
	static struct bench_token token;
	struct runner floor_runners[4], sess_runners[4];
	json_t *list = json_array();
	const struct bench_case *c;

	bench_token_make(&token, "nested", SESS_FORM_NESTED, "HS256", "dir", "A256GCM", 1, bench_claims, bench_claims_len);
	sess_cases(&token);
	c = find_case("sess", "verify", "nested");
	for (size_t i = 0; i < 4; i++) {
		floor_runners[i] = (struct runner){ .state = floor_new(&token), .run = floor_verify };
		sess_runners[i] = (struct runner){ .state = c->state, .run = c->run };
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		double floor_best = 0, sess_best = 0;

		for (int r = 0; r < 5; r++) {
			double f = throughput(floor_runners, numbers[i], seconds), s = throughput(sess_runners, numbers[i], seconds);

			floor_best = f > floor_best ? f : floor_best;
			sess_best = s > sess_best ? s : sess_best;
		}
		json_array_append_new(list, json_pack("{s:I, s:f, s:f}", "threads", (json_int_t)numbers[i], "floor_per_s", floor_best,
		    "sess_per_s", sess_best));
	}
	json_dumpf(list, stdout, JSON_INDENT(1));
	putchar('\n');
}

static void
print_tokens(void)
{
	static struct bench_token tokens[KINDS];
	json_t *list = json_array();

	for (size_t i = 0; i < KINDS; i++) {
		struct bench_token *t = &tokens[i];
		char *payload;

		bench_token_make(t, kinds[i].name, kinds[i].form, kinds[i].alg, kinds[i].kw, kinds[i].enc, 1, bench_claims,
		    bench_claims_len);
		payload = bench_payload(t);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:O*, s:O*}", "kind", t->kind, "token", t->text, "payload", payload,
		    "subject", BENCH_SUBJECT, "sig", t->sig_key, "enc", t->enc_key));
		free(payload);
	}
	json_dumpf(list, stdout, JSON_COMPACT);
	putchar('\n');
}

static void
once(const char *who, const char *what, const char *kind, size_t n)
{
	static struct bench_token tokens[KINDS];
	const struct bench_case *c;

	make_kinds(tokens, kind);
	c = find_case(who, what, kind);
	for (size_t i = 0; i < n; i++) {
		if (c->run(c->state) != 0)
			bench_die("the case is not correct");
	}
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "compare";

	if (strcmp(mode, "compare") == 0)
		compare(argc > 2 ? (size_t)atoi(argv[2]) : 31);
	else if (strcmp(mode, "sweep") == 0)
		sweep(argc > 2 ? (size_t)atoi(argv[2]) : 31);
	else if (strcmp(mode, "threads") == 0)
		threads(argc > 2 ? atof(argv[2]) : 1.0);
	else if (strcmp(mode, "tokens") == 0)
		print_tokens();
	else if (strcmp(mode, "once") == 0 && argc == 6)
		once(argv[2], argv[3], argv[4], (size_t)atoi(argv[5]));
	else
		bench_die("bench compare [ROUNDS] | sweep [ROUNDS] | threads [SECONDS] | once WHO WHAT KIND N");
	return 0;
}
