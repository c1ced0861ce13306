/* SPDX-License-Identifier: MIT */
/* Tests: threads that verify all the time, so that the moment of a change of verdict is known from both sides. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proof/feed_node.h"

enum { SAMPLERS_MAX = 8, WATCHED_MAX = 4096, WATCH_PAUSE_US = 50 };

struct sampler {
	const struct node *node;
	pthread_t thread;
	char name[32], *token;
	int64_t pause_us;
	size_t verified, accepted;
};

static struct sampler sampler[SAMPLERS_MAX];
static size_t samplers;

static struct watcher {
	const struct node *node;
	pthread_t thread;
	int runs;
	char *token[WATCHED_MAX];
	_Atomic size_t count; /* handed over */
	size_t refused;	      /* of these, from the front */
	size_t verified_after, accepted_after;
} watcher;

static atomic_int over;

static void *
sample(void *arg)
{
	struct sampler *s = arg;
	uint32_t last = 0;
	int64_t last_begin = 0;

	while (!atomic_load(&over)) {
		int64_t begin = node_us();
		uint32_t got = node_verdict(s->node, s->token);

		if (s->verified == 0 || got != last)
			node_say("seen %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRIx32, s->name, last_begin, begin, node_us(), got);
		last = got;
		last_begin = begin;
		s->verified++;
		s->accepted += got == 0;
		node_pause_us(s->pause_us);
	}
	return NULL;
}

void
eyes_sample(struct node *n, const char *name, const char *token, int64_t pause_us)
{
	struct sampler *s = &sampler[samplers++];

	if (samplers > SAMPLERS_MAX)
		abort();
	*s = (struct sampler){ .node = n, .token = strdup(token), .pause_us = pause_us };
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	if (s->token == NULL || pthread_create(&s->thread, NULL, sample, s) != 0)
		abort();
}

/* One token that was refused before, a different one each time. */
static void
look_back(struct watcher *w)
{
	if (w->refused == 0)
		return;
	w->accepted_after += node_verdict(w->node, w->token[w->verified_after % w->refused]) == 0;
	w->verified_after++;
}

static void *
watch(void *arg)
{
	struct watcher *w = arg;

	while (!atomic_load(&over)) {
		if (w->refused < atomic_load(&w->count) && node_verdict(w->node, w->token[w->refused]) != 0) {
			w->refused++;
			node_say("refused %" PRId64, node_us());
		}
		look_back(w);
		node_pause_us(WATCH_PAUSE_US);
	}
	return NULL;
}

void
eyes_watch(struct node *n, const char *token)
{
	size_t count = atomic_load(&watcher.count);

	if (count >= WATCHED_MAX || (watcher.token[count] = strdup(token)) == NULL)
		abort();
	atomic_store(&watcher.count, count + 1);
	if (watcher.runs)
		return;
	watcher.node = n;
	watcher.runs = 1;
	if (pthread_create(&watcher.thread, NULL, watch, &watcher) != 0)
		abort();
}

void
eyes_stop(void)
{
	atomic_store(&over, 1);
	for (size_t i = 0; i < samplers; i++) {
		(void)pthread_join(sampler[i].thread, NULL);
		node_say("stopped %s %zu %zu", sampler[i].name, sampler[i].verified, sampler[i].accepted);
		free(sampler[i].token);
	}
	if (watcher.runs)
		(void)pthread_join(watcher.thread, NULL);
	node_say("watched %zu %zu %zu", watcher.refused, watcher.verified_after, watcher.accepted_after);
	for (size_t i = 0; i < atomic_load(&watcher.count); i++)
		free(watcher.token[i]);
	memset(&watcher, 0, sizeof(watcher));
	samplers = 0;
	atomic_store(&over, 0);
}
