/* SPDX-License-Identifier: MIT */
/* L5: starting and ending the thread. */
#include "revocation/feed.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct feed {
	void (*turn)(void *arg);
	void (*wake)(void *arg);
	void *arg;
	atomic_int stop;
	pid_t pid; /* whose thread it is */
	pthread_t thread;
};

static void *
run(void *arg)
{
	struct feed *feed = arg;

	while (!atomic_load(&feed->stop))
		feed->turn(feed->arg);
	return NULL;
}

/* Signals are the service's own business: none is delivered to a thread that it does not know. */
static int
start_thread(struct feed *feed)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return -1;
	rc = pthread_create(&feed->thread, NULL, run, feed);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? 0 : -1;
}

int
feed_start(void (*turn)(void *arg), void (*wake)(void *arg), void *arg, struct feed **ret)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL)
		return SESS_ERR_MEMORY;
	feed->turn = turn;
	feed->wake = wake;
	feed->arg = arg;
	feed->pid = getpid();
	if (start_thread(feed) != 0) {
		free(feed);
		return SESS_ERR_MEMORY;
	}
	*ret = feed;
	return 0;
}

void
feed_stop(struct feed *feed)
{
	if (feed == NULL)
		return;
	if (feed->pid == getpid()) {
		atomic_store(&feed->stop, 1);
		feed->wake(feed->arg);
		(void)pthread_join(feed->thread, NULL);
	}
	free(feed);
}
