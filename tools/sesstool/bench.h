/* SPDX-License-Identifier: MIT */
/* sesstool bench: what its parts share. Its figures are of one run on one machine; it compares with nothing else. */
#ifndef SESSTOOL_BENCH_H
#define SESSTOOL_BENCH_H

#include "tool.h"

#define BENCH_ROUNDS 11
#define BENCH_CASES 7
#define BENCH_THREADS_MAX 64
#define BENCH_COUNTS_MAX 8 /* 1, 2, 4 ... 64, and one that is no power of two */

struct bench_case {
	const char *name;
	const char *left_out;	 /* why it is not timed; NULL: it is */
	const char *reason;	 /* of a refusal, by name; else NULL */
	double ns[BENCH_ROUNDS]; /* a call, in order once all rounds are done */
	size_t batch;		 /* calls in a round */
};

struct bench_count {
	size_t threads;
	double per_s[BENCH_ROUNDS]; /* calls of all threads together, in order once all rounds are done */
};

struct bench {
	sess_ring *ring;
	sess_manager *manager;
	sess_session *session; /* the token's, verified: what is renewed */
	struct tool_text token, changed, junk, claims; /* claims.data NULL: none, or not known */
	size_t payload_len;
	int64_t start, clock; /* when it began; what the clock says now */
	int as_json, can_mint, is_given; /* is_given: the token came from outside */
	uint64_t minted;
	struct bench_case cases[BENCH_CASES];
	struct bench_count counts[BENCH_COUNTS_MAX];
	size_t count_count;
};

/* All print their own complaint and return 0 for success, else an exit status. */

/* bench_token.c: the token that is timed, minted or read, and its spoilt copies. bytes 0: not given. */
struct bench_source {
	const char *operand, *claims;
	size_t bytes;
};
int bench_token(struct bench *b, const struct bench_source *from);

/* bench_cases.c: each kind of call, tried once and then timed in interleaved rounds. */
int bench_cases(struct bench *b, double seconds);
/* bench_threads.c: verification by 1, 2, 4 ... threads at once. */
int bench_threads(struct bench *b, size_t most, double seconds);
/* The time since anything, in nanoseconds; and doubles put into order. */
double bench_time_ns(void);
void bench_sort(double *values, size_t count);

/* bench_report.c */
void bench_print(const struct bench *b, double seconds);

#endif
