/* SPDX-License-Identifier: MIT */
/* sesstool bench: what calls cost on the user's own ring and machine. Options, and the order of its parts. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define SECONDS_LEAST 0.05
#define SECONDS_MOST 60.0
#define BYTES_MOST 65536

struct bench_args {
	struct tool_ring ring;
	const char *policy;
	struct bench_source source;
	double seconds;
	size_t threads;
	int as_json;
};

static void
bench_done(struct bench *b)
{
	sess_session_free(b->session);
	sess_manager_free(b->manager);
	sess_ring_free(b->ring);
	tool_text_done(&b->token);
	tool_text_done(&b->changed);
	tool_text_done(&b->junk);
	tool_text_done(&b->claims);
}

/* Reads the clock, for that is part of what a call costs, and stands still, so that no token expires under the bench. */
static int
standing_clock(void *arg, int64_t *ret_now)
{
	const int64_t *now = arg;
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	*ret_now = *now;
	return 0;
}

static int
read_seconds(const char *text, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0' || *end != '\0' || !(value >= SECONDS_LEAST) ||
	    value > SECONDS_MOST)
		return tool_usage("--seconds takes a number from 0.05 to 60, such as 0.5");
	*ret = value;
	return 0;
}

static int
read_number(const char *option, const char *text, size_t most, size_t *ret)
{
	size_t n = strspn(text, "0123456789"), value = 0;

	if (n > 0 && n < 10 && text[n] == '\0')
		value = strtoul(text, NULL, 10);
	if (value < 1 || value > most)
		return tool_usage("--%s takes a whole number from 1 to %zu", option, most);
	*ret = value;
	return 0;
}

static int
parse_one(struct bench_args *a, int c)
{
	switch (c) {
	case 'r': a->ring.path = optarg; break;
	case 'p': a->policy = optarg; break;
	case 'S': a->ring.store = optarg; break;
	case 'c': a->source.claims = optarg; break;
	case 'b': return read_number("bytes", optarg, BYTES_MOST, &a->source.bytes);
	case 's': return read_seconds(optarg, &a->seconds);
	case 't': return read_number("threads", optarg, BENCH_THREADS_MAX, &a->threads);
	case 'j': a->as_json = 1; break;
	default: return -1;
	}
	return 0;
}

static int
check(struct bench_args *a, int argc, char **argv)
{
	if (argc - optind > 1)
		return tool_usage("bench takes one token");
	a->source.operand = argv[optind];
	if (a->source.claims != NULL && a->source.bytes > 0)
		return tool_usage("give one of --claims FILE and --bytes N: both say what the payload is");
	if (a->source.operand != NULL && (a->source.claims != NULL || a->source.bytes > 0))
		return tool_usage("a token has its claims already: leave out --claims and --bytes, or the token");
	if (a->ring.path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	return 0;
}

static int
parse(int argc, char **argv, struct bench_args *a)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' }, { "store", 1, NULL, 'S' }, TOOL_STORE_AUTH,
		{ "claims", 1, NULL, 'c' }, { "bytes", 1, NULL, 'b' }, { "seconds", 1, NULL, 's' }, { "threads", 1, NULL, 't' },
		{ "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		if (!tool_ring_option(&a->ring, c, optarg, &status) && (status = parse_one(a, c)) < 0)
			return tool_see("bench");
	}
	return status != 0 ? status : check(a, argc, argv);
}

static int
run(struct bench_args *a)
{
	__attribute__((cleanup(bench_done))) struct bench b = { .as_json = a->as_json };
	int status;

	b.start = b.clock = time(NULL);
	if ((status = tool_ring_load(&a->ring, &b.ring)) != 0 ||
	    (status = tool_manager_of(&a->ring, b.ring, a->policy, standing_clock, &b.clock, &b.manager)) != 0 ||
	    (status = bench_token(&b, &a->source)) != 0 || (status = bench_cases(&b, a->seconds)) != 0 ||
	    (status = bench_threads(&b, a->threads, a->seconds)) != 0)
		return status;
	bench_print(&b, a->seconds);
	return 0;
}

int
verb_bench(int argc, char **argv)
{
	struct bench_args a = { .ring = TOOL_RING_NONE, .seconds = 1, .threads = 1 };
	int status = parse(argc, argv, &a);

	if (status == 0)
		status = run(&a);
	tool_ring_done(&a.ring);
	return status;
}
