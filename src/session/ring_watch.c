/* SPDX-License-Identifier: MIT */
/* L6: the thread of a manager that watches its ring's file. It sleeps on a condition, so that stopping does not wait. */
#include "session/ring_watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct ring_watch {
	sess_manager *manager;
	int64_t interval_s;
	pid_t pid; /* whose thread it is */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int stop; /* under the lock */
};

/* Sleeps for one interval. Whether to go on. */
static int
sleep_once(struct ring_watch *watch)
{
	struct timespec until;
	int rc = 0, stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)watch->interval_s;
	(void)pthread_mutex_lock(&watch->lock);
	while (!watch->stop && rc == 0)
		rc = pthread_cond_timedwait(&watch->wake, &watch->lock, &until);
	stop = watch->stop;
	(void)pthread_mutex_unlock(&watch->lock);
	return !stop;
}

static void *
run(void *arg)
{
	struct ring_watch *watch = arg;

	while (sleep_once(watch)) {
		/* A file that is refused is told of by its event. */
		int rc = sess_manager_reload_if_changed(watch->manager, NULL, NULL);

		(void)rc;
	}
	return NULL;
}

/* Signals are the service's own business: none is delivered to a thread that it does not know. */
static int
start_thread(struct ring_watch *watch)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return -1;
	rc = pthread_create(&watch->thread, NULL, run, watch);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? 0 : -1;
}

static int
init_wake(pthread_cond_t *wake)
{
	pthread_condattr_t attr;
	int rc;

	if (pthread_condattr_init(&attr) != 0)
		return -1;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 && pthread_cond_init(wake, &attr) == 0 ? 0 : -1;
	(void)pthread_condattr_destroy(&attr);
	return rc;
}

int
ring_watch_start(sess_manager *m, int64_t interval_s, struct ring_watch **ret)
{
	struct ring_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return SESS_ERR_MEMORY;
	watch->manager = m;
	watch->interval_s = interval_s;
	watch->pid = getpid();
	if (init_wake(&watch->wake) != 0 || pthread_mutex_init(&watch->lock, NULL) != 0 || start_thread(watch) != 0) {
		free(watch);
		return SESS_ERR_MEMORY;
	}
	*ret = watch;
	return 0;
}

void
ring_watch_stop(struct ring_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->pid == getpid()) {
		(void)pthread_mutex_lock(&watch->lock);
		watch->stop = 1;
		(void)pthread_cond_signal(&watch->wake);
		(void)pthread_mutex_unlock(&watch->lock);
		(void)pthread_join(watch->thread, NULL);
		(void)pthread_mutex_destroy(&watch->lock);
		(void)pthread_cond_destroy(&watch->wake);
	}
	free(watch);
}
