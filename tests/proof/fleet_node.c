/* SPDX-License-Identifier: MIT */
/*
 * Tests: what the nodes of the fleet have in common, as a service would write it: a manager of their own, made after the fork,
 * and a look at the file now and then.
 */
#include "proof/fleet_node.h"

#include <string.h>

static int
tell_time(void *arg, int64_t *ret_now)
{
	const struct node *me = arg;

	*ret_now = fleet_clock_at(me->f, fleet_real_us(), me->node->skew_s);
	return 0;
}

/* Also called in the thread of a manager that watches its file. */
static void
hear_of_ring(struct fleet_node *node, int64_t generation)
{
	size_t n = atomic_fetch_add(&node->reloads, 1);

	if (n < FLEET_GENERATIONS_MAX)
		node->reload[n] = (struct fleet_reload){ generation, fleet_real_us() };
	else
		atomic_fetch_add(&node->lost, 1);
}

static void
hear(const sess_event *event, void *arg)
{
	struct node *me = arg;
	int minted = event->kind == SESS_EVENT_MINTED || event->kind == SESS_EVENT_RENEWED;

	if (minted || event->kind == SESS_EVENT_VERIFIED || event->kind == SESS_EVENT_REJECTED)
		me->now = event->time;
	if (minted)
		(void)memcpy(me->kid, event->kid, strlen(event->kid) + 1);
	else if (event->kind == SESS_EVENT_RING_RELOADED)
		hear_of_ring(me->node, event->generation);
	else if (event->kind == SESS_EVENT_RING_REFUSED)
		atomic_fetch_add(&me->node->ring_refused, 1);
}

uint64_t
node_roll(struct node *me, uint64_t sides)
{
	me->dice ^= me->dice << 13;
	me->dice ^= me->dice >> 7;
	me->dice ^= me->dice << 17;
	return me->dice % sides;
}

int
node_begin(struct node *me, struct fleet *f, int number)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	sess_ring *ring = NULL;
	int rc;

	*me = (struct node){ .f = f, .node = &f->node[number], .dice = UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number };
	sess_policy_init(&policy);
	policy.idle_timeout_s = f->plan.idle_s;
	policy.renew_after_percent = f->plan.renew_percent;
	policy.leeway_s = f->plan.plant == PLANT_LAX ? 2 * f->plan.leeway_s : f->plan.leeway_s;
	config.policy = &policy;
	config.clock = tell_time;
	config.clock_arg = me;
	config.on_event = hear;
	config.on_event_arg = me;
	config.watch_interval_s = me->node->watches ? f->plan.watch_s : 0;
	if (me->node->deaf && (rc = sess_ring_load_file(f->path, NULL, &ring, NULL)) != 0)
		return rc;
	config.ring = ring;
	config.ring_path = ring == NULL ? f->path : NULL;
	rc = sess_manager_new(&config, &me->manager, NULL);
	sess_ring_free(ring);
	atomic_store(&me->node->ready, rc == 0);
	return rc;
}

void
node_keep_up(struct node *me, int64_t now_us)
{
	if (me->node->deaf || me->node->watches || now_us - me->asked_us < me->node->poll_us)
		return;
	if (sess_manager_reload_if_changed(me->manager, NULL, NULL) == 0)
		me->asked_us = now_us;
}
