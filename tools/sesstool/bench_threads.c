/* SPDX-License-Identifier: MIT */
/* sesstool bench: verification by several threads that share one manager. The numbers of threads take turns in rounds. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "bench.h"

struct crew {
	const struct bench *b;
	pthread_mutex_t gate; /* held until all threads are there */
	atomic_int stop;
};

struct worker {
	struct crew *crew;
	pthread_t thread;
	double start, end;
	size_t calls;
	int rc;
};

static int
verify(const struct bench *b)
{
	sess_session *s = NULL;
	int rc = sess_verify(b->manager, b->token.data, b->token.len, NULL, &s, NULL);

	if (rc == 0)
		(void)sess_session_subject(s);
	sess_session_free(s);
	return rc;
}

/* The first call, which sets up what a thread keeps, is not counted. One is, also of a thread whose turn came too late. */
static void *
work(void *arg)
{
	struct worker *w = arg;
	size_t calls = 0;
	int rc = verify(w->crew->b);

	(void)pthread_mutex_lock(&w->crew->gate);
	(void)pthread_mutex_unlock(&w->crew->gate);
	w->start = bench_time_ns();
	while (rc == 0 && (calls == 0 || !atomic_load_explicit(&w->crew->stop, memory_order_relaxed))) {
		rc = verify(w->crew->b);
		calls++;
	}
	w->end = bench_time_ns();
	w->calls = calls;
	w->rc = rc;
	return NULL;
}

static void
wait_ns(double ns)
{
	struct timespec ts = { (time_t)(ns / 1e9), 0 };

	ts.tv_nsec = (long)(ns - (double)ts.tv_sec * 1e9);
	while (nanosleep(&ts, &ts) != 0)
		continue;
}

/* All calls over the time from the first thread's start to the last one's end: a thread that was kept waiting counts too. */
static int
add_up(const struct worker *workers, size_t count, double *ret_per_s)
{
	double start = workers[0].start, end = workers[0].end, calls = 0;
	sess_diag none = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (workers[i].rc != 0)
			return tool_fail("verify, several threads", workers[i].rc, &none);
		start = workers[i].start < start ? workers[i].start : start;
		end = workers[i].end > end ? workers[i].end : end;
		calls += (double)workers[i].calls;
	}
	*ret_per_s = end > start ? calls * 1e9 / (end - start) : 0;
	return 0;
}

static int
time_count(const struct bench *b, size_t count, double ns, double *ret_per_s)
{
	struct crew crew = { .b = b, .gate = PTHREAD_MUTEX_INITIALIZER };
	struct worker workers[BENCH_THREADS_MAX] = { { .crew = NULL } };
	size_t made = 0;

	(void)pthread_mutex_lock(&crew.gate);
	for (; made < count; made++) {
		workers[made].crew = &crew;
		if (pthread_create(&workers[made].thread, NULL, work, &workers[made]) != 0)
			break;
	}
	(void)pthread_mutex_unlock(&crew.gate);
	if (made == count)
		wait_ns(ns);
	atomic_store(&crew.stop, 1);
	for (size_t i = 0; i < made; i++)
		(void)pthread_join(workers[i].thread, NULL);
	(void)pthread_mutex_destroy(&crew.gate);
	if (made == count)
		return add_up(workers, count, ret_per_s);
	tool_say(stderr, "sesstool: only %zu of %zu threads could be started; ask for fewer with --threads\n", made, count);
	return TOOL_EXIT_INTERNAL;
}

int
bench_threads(struct bench *b, size_t most, double seconds)
{
	int status = 0;

	for (size_t n = 1; n < most; n *= 2)
		b->counts[b->count_count++].threads = n;
	b->counts[b->count_count++].threads = most;
	for (size_t round = 0; round < BENCH_ROUNDS; round++) {
		for (size_t i = 0; i < b->count_count && status == 0; i++)
			status = time_count(b, b->counts[i].threads, seconds * 1e9 / (double)(BENCH_ROUNDS * b->count_count),
			    &b->counts[i].per_s[round]);
	}
	for (size_t i = 0; i < b->count_count; i++)
		bench_sort(b->counts[i].per_s, BENCH_ROUNDS);
	return status;
}
