/* SPDX-License-Identifier: MIT */
/* Tests: the fleet's shared memory, its clocks, and its processes from the first fork to the last wait. */
#include "proof/fleet.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EPOCH INT64_C(1900000000) /* what the fleet's clocks show at its start */
#define PROCESSES (FLEET_NODES + 1)
#define LIMIT_S 900 /* no plan lasts so long */
#define THREAD_WAITS_US 800000

int64_t
fleet_epoch(void)
{
	return EPOCH;
}

int64_t
fleet_real_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
fleet_clock_at(const struct fleet *f, int64_t real_us, int64_t skew_s)
{
	return EPOCH + (int64_t)((double)(real_us - f->start_us) * f->plan.pace / 1e6) + skew_s;
}

int64_t
fleet_moment_of(const struct fleet *f, int64_t time, int64_t skew_s)
{
	return f->start_us + (int64_t)((double)(time - skew_s - EPOCH) * 1e6 / f->plan.pace);
}

void
fleet_pause_us(int64_t us)
{
	const struct timespec t = { us / 1000000, (long)(us % 1000000) * 1000 };

	(void)nanosleep(&t, NULL);
}

/* Pages that nobody writes to cost nothing, so there is room for more than a run will need. */
static void *
shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int
map_records(struct fleet *f)
{
	for (int i = 0; i < FLEET_MINTERS; i++) {
		if ((f->token[i] = shared(f->tokens_max * sizeof(*f->token[i]))) == NULL)
			return -1;
	}
	for (int i = 0; i < FLEET_VERIFIERS; i++) {
		if ((f->sight[i] = shared(f->sights_max * sizeof(*f->sight[i]))) == NULL)
			return -1;
	}
	for (int i = 0; i < FLEET_CLIENTS; i++) {
		if ((f->visit[i] = shared(FLEET_VISITS_MAX * sizeof(*f->visit[i]))) == NULL)
			return -1;
	}
	return 0;
}

/* The clocks lie evenly between half a leeway behind and half a leeway ahead; the minters' are at the two ends. */
static void
set_habits(struct fleet *f)
{
	const int64_t half = f->plan.leeway_s / 2;

	for (int i = 0; i < FLEET_NODES; i++) {
		struct fleet_node *node = &f->node[i];
		int place = i < FLEET_MINTERS ? i * (FLEET_VERIFIERS - 1) / (FLEET_MINTERS - 1) : i - FLEET_MINTERS;

		node->skew_s = -half + 2 * half * place / (FLEET_VERIFIERS - 1);
		node->watches = f->plan.watch_s > 0 && i % 2 == 1;
		/* Who asks does so in the call before; a thread of its own may have to wait for the machine. */
		node->poll_us = i >= FLEET_MINTERS && i % 2 == 1 ? f->plan.seldom_us : f->plan.poll_us;
		node->learns_us = node->watches ? f->plan.watch_s * 1000000 + THREAD_WAITS_US : node->poll_us;
	}
	if (f->plan.plant == PLANT_DEAF_MINTER)
		f->node[0].deaf = 1;
	if (f->plan.plant == PLANT_DEAF_VERIFIER)
		f->node[FLEET_MINTERS].deaf = 1;
	for (int i = FLEET_MINTERS; i < FLEET_NODES; i += 2)
		f->node[i].deaf |= f->plan.plant == PLANT_EARLY || f->plan.plant == PLANT_CUT;
}

struct fleet *
fleet_new(const struct fleet_plan *plan, const char *path)
{
	struct fleet *f = shared(sizeof(*f));

	if (f == NULL)
		return NULL;
	f->plan = *plan;
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	f->tokens_max = (size_t)(LIMIT_S * INT64_C(1000000) / 4 / plan->mint_us);
	f->sights_max = (size_t)(LIMIT_S * INT64_C(1000000) / 2 / plan->verify_us);
	set_habits(f);
	if (map_records(f) != 0) {
		fleet_free(f);
		return NULL;
	}
	return f;
}

void
fleet_free(struct fleet *f)
{
	if (f == NULL)
		return;
	for (int i = 0; i < FLEET_MINTERS; i++) {
		if (f->token[i] != NULL)
			(void)munmap(f->token[i], f->tokens_max * sizeof(*f->token[i]));
	}
	for (int i = 0; i < FLEET_VERIFIERS; i++) {
		if (f->sight[i] != NULL)
			(void)munmap(f->sight[i], f->sights_max * sizeof(*f->sight[i]));
	}
	for (int i = 0; i < FLEET_CLIENTS; i++) {
		if (f->visit[i] != NULL)
			(void)munmap(f->visit[i], FLEET_VISITS_MAX * sizeof(*f->visit[i]));
	}
	(void)munmap(f, sizeof(*f));
}

static int
live(struct fleet *f, int number)
{
	if (number < FLEET_MINTERS)
		return fleet_minter(f, number);
	return number < FLEET_NODES ? fleet_verifier(f, number - FLEET_MINTERS) : fleet_operator(f);
}

pid_t
fleet_fork(void)
{
	pid_t parent = getpid(), pid;

	(void)fflush(NULL);
	if ((pid = fork()) != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		exit(1);
	(void)alarm(LIMIT_S);
	return 0;
}

static pid_t
start(struct fleet *f, int number)
{
	pid_t pid = fleet_fork();

	if (pid == 0)
		exit(live(f, number));
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

static int
all_are_ready(const struct fleet *f)
{
	int n = 0;

	for (int i = 0; i < FLEET_NODES; i++)
		n += atomic_load(&f->node[i].ready);
	return n == FLEET_NODES;
}

/* Until the last token is past every end: its own, the leeway, and the skew of the clocks. */
static void
outlive_tokens(struct fleet *f)
{
	int64_t seconds = f->plan.idle_s + 6 * f->plan.leeway_s;

	fleet_pause_us((int64_t)((double)seconds * 1e6 / f->plan.pace));
}

int
fleet_run(struct fleet *f)
{
	pid_t pid[PROCESSES];
	int bad = 0;

	f->start_us = fleet_real_us();
	atomic_store(&f->minting, 1);
	atomic_store(&f->verifying, 1);
	for (int i = 0; i < FLEET_NODES; i++)
		pid[i] = start(f, i);
	for (int tries = 0; tries < 3000 && !all_are_ready(f); tries++)
		fleet_pause_us(10000);
	pid[FLEET_NODES] = start(f, FLEET_NODES);
	bad += wait_for(pid[FLEET_NODES]);
	atomic_store(&f->minting, 0);
	for (int i = 0; i < FLEET_MINTERS; i++)
		bad += wait_for(pid[i]);
	outlive_tokens(f);
	atomic_store(&f->verifying, 0);
	for (int i = FLEET_MINTERS; i < FLEET_NODES; i++)
		bad += wait_for(pid[i]);
	return bad;
}
