/* SPDX-License-Identifier: MIT */
/* L4: making a manager from its configuration, and its pool of work spaces. Mints and verifies nothing itself. */
#include "session/manager.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/diag.h"

#define PROBES 8

static int
real_clock(void *arg, int64_t *ret_now)
{
	struct timespec ts;

	(void)arg;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	*ret_now = ts.tv_sec;
	return 0;
}

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

static int
load_ring(const sess_config *config, struct sess_ring **ret, sess_diag *diag)
{
	if ((config->ring != NULL) == (config->ring_path != NULL))
		return diag_error(diag, SESS_ERR_ARGUMENT, "give exactly one of ring and ring_path");
	if (config->ring_path != NULL)
		return sess_ring_load_file(config->ring_path, config->ring_access, ret, diag);
	*ret = ring_ref(config->ring);
	return 0;
}

static int
check_lifetime(const char *member, int64_t policy, int64_t ring, const char *ring_member, sess_diag *diag)
{
	if (policy <= ring)
		return 0;
	return diag_error_at(diag, SESS_ERR_RING_LIFETIME, NULL, member,
	    "the policy's %s is %lld, the ring's %s only %lld: lower the policy's, or make a ring for longer sessions", member,
	    (long long)policy, ring_member, (long long)ring);
}

static int
check_lifetimes(const sess_policy *policy, const struct sess_ring *ring, sess_diag *diag)
{
	int rc;

	if ((rc = check_lifetime("idle_timeout_s", policy->idle_timeout_s, ring->token_life_s, "token_life_s", diag)) != 0 ||
	    (rc = check_lifetime("absolute_timeout_s", policy->absolute_timeout_s, ring->session_life_s, "session_life_s",
		 diag)) != 0)
		return rc;
	return check_lifetime("leeway_s", policy->leeway_s, ring->leeway_s, "leeway_s", diag);
}

static void
ring_cleanup(struct sess_ring **ring)
{
	sess_ring_free(*ring);
}

int
sess_manager_new(const sess_config *config, sess_manager **ret_manager, sess_diag *diag)
{
	__attribute__((cleanup(ring_cleanup))) struct sess_ring *ring = NULL;
	struct sess_manager *m;
	sess_policy policy;
	int rc;

	diag_clear(diag);
	if (config == NULL || ret_manager == NULL || config->size != sizeof(*config))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_manager_new: initialise the configuration with SESS_CONFIG_INIT");
	if ((rc = load_policy(config, &policy, diag)) != 0 || (rc = load_ring(config, &ring, diag)) != 0 ||
	    (rc = check_lifetimes(&policy, ring, diag)) != 0)
		return rc;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	m->policy = policy;
	m->clock = config->clock != NULL ? config->clock : real_clock;
	m->clock_arg = config->clock_arg;
	m->random = config->insecure_random;
	m->random_arg = config->insecure_random_arg;
	m->on_event = config->on_event;
	m->on_event_arg = config->on_event_arg;
	for (size_t i = 0; i < MANAGER_SLOTS; i++)
		atomic_init(&m->slot[i], NULL);
	if ((rc = keytab_new(ring, m->policy.typ, &m->tab)) != 0) {
		sess_manager_free(m);
		return diag_error(diag, rc, NULL);
	}
	*ret_manager = m;
	return 0;
}

void
sess_manager_free(sess_manager *manager)
{
	if (manager == NULL)
		return;
	for (size_t i = 0; i < MANAGER_SLOTS; i++)
		work_free(atomic_load(&manager->slot[i]));
	keytab_free(manager->tab);
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
	int64_t now = TIME_NONE;

	if (m->clock(m->clock_arg, &now) != 0)
		return diag_error(diag, SESS_ERR_CLOCK, "the clock cannot be read");
	if (!time_is_valid(now))
		return diag_error(diag, SESS_ERR_CLOCK, "the clock says %lld, outside 0..%lld; set it", (long long)now,
		    (long long)TIME_MAX);
	*ret_now = now;
	return 0;
}

/* Threads begin their search apart, so that each mostly finds the work space that it used last. */
static size_t
first_slot(void)
{
	uint64_t id = (uint64_t)(uintptr_t)pthread_self();

	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 58) & (MANAGER_SLOTS - 1);
}

int
manager_take_work(sess_manager *m, struct work **ret, sess_diag *diag)
{
	size_t first = first_slot();
	int rc;

	for (size_t i = 0; i < PROBES; i++) {
		struct work *w =
		    atomic_exchange_explicit(&m->slot[(first + i) & (MANAGER_SLOTS - 1)], NULL, memory_order_acquire);

		if (w != NULL) {
			*ret = w;
			return 0;
		}
	}
	rc = work_new(m->tab, m->random, m->random_arg, ret);
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

void
manager_put_work(sess_manager *m, struct work *w)
{
	size_t first = first_slot();

	work_clear(w);
	for (size_t i = 0; i < PROBES; i++) {
		struct work *none = NULL;

		if (atomic_compare_exchange_strong_explicit(&m->slot[(first + i) & (MANAGER_SLOTS - 1)], &none, w,
			memory_order_release, memory_order_relaxed))
			return;
	}
	work_free(w);
}
