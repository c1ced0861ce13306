/* SPDX-License-Identifier: MIT */
/* L6: making a manager from its configuration, and its pool of work spaces keyed from the ring in force. Mints and verifies nothing
 * itself, and does not decide what ring that is. */
#include "session/manager.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/diag.h"
#include "session/metrics.h"
#include "session/revocation.h"
#include "session/ring_watch.h"
#include "token/clock.h"

#define PROBES 8

static int
load_policy(const sess_config *config, sess_policy *ret, sess_diag *diag)
{
	if (config->policy != NULL && config->policy_path != NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "give policy or policy_path, not both");
	if (config->policy_path != NULL)
		return sess_policy_load_file(config->policy_path, ret, diag);
	if (config->policy == NULL) {
		sess_policy_init(ret);
		return 0;
	}
	*ret = *config->policy;
	return sess_policy_check(ret, diag);
}

static void
ring_cleanup(struct sess_ring **ring)
{
	sess_ring_free(*ring);
}

static void
manager_cleanup(struct sess_manager **m)
{
	sess_manager_free(*m);
}

static int
check_config(const sess_config *config, sess_diag *diag)
{
	if (config->watch_interval_s < 0 || config->watch_interval_s > RING_WATCH_INTERVAL_MAX_S)
		return diag_error(diag, SESS_ERR_ARGUMENT, "watch_interval_s is %lld; it must lie in 0..%d",
		    (long long)config->watch_interval_s, RING_WATCH_INTERVAL_MAX_S);
	if (config->revocations_feed != SESS_FEED_THREAD && config->revocations_feed != SESS_FEED_CALLER)
		return diag_error(diag, SESS_ERR_ARGUMENT, "revocations_feed is %d; it must be SESS_FEED_THREAD or SESS_FEED_CALLER",
		    config->revocations_feed);
	if (config->watch_interval_s > 0 && config->ring_path == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "watch_interval_s watches the file of ring_path, and none is given");
	return 0;
}

static struct sess_manager *
new_manager(const sess_config *config)
{
	struct sess_manager *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->clock = config->clock != NULL ? config->clock : clock_real;
	m->clock_arg = config->clock_arg;
	m->elapsed = config->elapsed != NULL ? config->elapsed : clock_boot;
	m->elapsed_arg = config->elapsed_arg;
	m->random = config->insecure_random;
	m->random_arg = config->insecure_random_arg;
	m->on_event = config->on_event;
	m->on_event_arg = config->on_event_arg;
	for (size_t i = 0; i < MANAGER_SLOTS; i++)
		atomic_init(&m->slot[i].work, NULL);
	return m;
}

static int
open_ring(struct sess_manager *m, const sess_config *config, sess_diag *diag)
{
	__attribute__((cleanup(ring_cleanup))) struct sess_ring *ring = NULL;
	struct keytab *tab = NULL;
	int rc;

	if ((rc = reload_init(&m->reload, config, &ring, diag)) != 0 ||
	    (rc = reload_check_lifetimes(&m->policy, ring, diag)) != 0)
		return rc;
	if ((rc = forklock_new(&m->keytab_lock)) != 0 || (rc = metrics_new(&m->metrics)) != 0 ||
	    (rc = keytab_new(ring, m->policy.typ, NULL, &tab)) != 0)
		return diag_error(diag, rc, NULL);
	meters_bind(&m->metrics->meters, tab);
	atomic_init(&m->current, tab);
	return 0;
}

int
sess_manager_new(const sess_config *config, sess_manager **ret_manager, sess_diag *diag)
{
	__attribute__((cleanup(manager_cleanup))) struct sess_manager *m = NULL;
	sess_policy policy;
	int rc;

	diag_clear(diag);
	if (config == NULL || ret_manager == NULL || config->size != sizeof(*config))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_manager_new: initialise the configuration with SESS_CONFIG_INIT");
	if ((rc = check_config(config, diag)) != 0 || (rc = load_policy(config, &policy, diag)) != 0)
		return rc;
	if ((m = new_manager(config)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	m->policy = policy;
	if ((rc = open_ring(m, config, diag)) != 0)
		return rc;
	if ((rc = revocation_open(m, config, diag)) != 0)
		return rc;
	if (config->watch_interval_s > 0 && (rc = ring_watch_start(m, config->watch_interval_s, &m->watch)) != 0)
		return diag_error(diag, rc, "no thread can be had to watch the ring");
	*ret_manager = m;
	m = NULL;
	return 0;
}

void
sess_manager_free(sess_manager *manager)
{
	if (manager == NULL)
		return;
	ring_watch_stop(manager->watch);
	revocations_free(manager->revocations);
	for (size_t i = 0; i < MANAGER_SLOTS; i++)
		work_free(atomic_load(&manager->slot[i].work));
	keytab_free(atomic_load(&manager->current));
	metrics_free(manager->metrics);
	forklock_free(manager->keytab_lock);
	reload_done(&manager->reload);
	free(manager);
}

const sess_policy *
sess_manager_policy(const sess_manager *manager)
{
	return &manager->policy;
}

int
manager_now(const sess_manager *m, int64_t *ret_now, sess_diag *diag)
{
	return clock_now(m->clock, m->clock_arg, ret_now, diag);
}

int
manager_elapsed(const sess_manager *m, int64_t *ret_ms)
{
	return clock_elapsed(m->elapsed, m->elapsed_arg, ret_ms);
}

static struct keytab *
take_keytab(const sess_manager *m)
{
	struct keytab *tab;

	forklock_take(m->keytab_lock);
	tab = keytab_ref(atomic_load_explicit(&m->current, memory_order_relaxed));
	forklock_give(m->keytab_lock);
	return tab;
}

int64_t
sess_manager_generation(const sess_manager *manager)
{
	struct keytab *tab = take_keytab(manager);
	int64_t generation = tab->ring->generation;

	keytab_free(tab);
	return generation;
}

/* A work space refers to its key table, so no other table can have come to the same address while it lives. */
static int
is_stale(const sess_manager *m, const struct keytab *tab)
{
	return tab != atomic_load(&m->current);
}

/* Threads begin their search apart, so that each mostly finds the work space that it used last. */
static size_t
first_slot(void)
{
	uint64_t id = (uint64_t)(uintptr_t)pthread_self();

	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 58) & (MANAGER_SLOTS - 1);
}

static int
make_work(sess_manager *m, struct work **ret)
{
	struct keytab *tab = take_keytab(m);
	struct work *w = NULL;
	int rc = work_new(tab, m->random, m->random_arg, &w);

	keytab_free(tab);
	if (rc != 0)
		return rc;
	if ((rc = metrics_take_tally(m->metrics, &w->tally)) != 0) {
		work_free(w);
		return rc;
	}
	*ret = w;
	return 0;
}

int
manager_take_work(sess_manager *m, struct work **ret, sess_diag *diag)
{
	size_t first = first_slot();
	int rc;

	for (size_t i = 0; i < PROBES; i++) {
		struct work *w =
		    atomic_exchange_explicit(&m->slot[(first + i) & (MANAGER_SLOTS - 1)].work, NULL, memory_order_acquire);

		if (w == NULL)
			continue;
		if (!is_stale(m, w->tab)) {
			*ret = w;
			return 0;
		}
		work_free(w);
	}
	rc = make_work(m, ret);
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

static void
sweep_slot(sess_manager *m, size_t i)
{
	struct work *w = atomic_exchange(&m->slot[i].work, NULL);

	if (w != NULL)
		manager_put_work(m, w);
}

/*
 * A swap of rings stores `current` and then sweeps the slots; here the slot is filled and then `current` read. In whatever order the
 * two run, one of them sees the other (all four are sequentially consistent), and nothing stale stays in a slot.
 */
void
manager_put_work(sess_manager *m, struct work *w)
{
	const struct keytab *tab = w->tab;
	size_t first = first_slot();

	work_clear(w);
	for (size_t i = 0; i < PROBES && !is_stale(m, tab); i++) {
		size_t at = (first + i) & (MANAGER_SLOTS - 1);
		struct work *none = NULL;

		if (!atomic_compare_exchange_strong(&m->slot[at].work, &none, w))
			continue;
		if (is_stale(m, tab))
			sweep_slot(m, at);
		return;
	}
	work_free(w);
}

void
manager_swap_keytab(sess_manager *m, struct keytab *tab)
{
	struct keytab *old;

	forklock_take(m->keytab_lock);
	old = atomic_exchange(&m->current, tab);
	forklock_give(m->keytab_lock);
	for (size_t i = 0; i < MANAGER_SLOTS; i++)
		sweep_slot(m, i);
	keytab_free(old);
}
