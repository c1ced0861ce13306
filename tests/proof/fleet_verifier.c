/* SPDX-License-Identifier: MIT */
/*
 * Tests: a verifier of the fleet. It looks at tokens of all ages, serves clients, and writes down what it was told; it knows nothing
 * of what is right.
 */
#include "proof/fleet_node.h"

/* An age from which on tokens may be looked at: any that may still matter. */
static int64_t
any_age_us(struct node *me, int64_t from_s)
{
	const struct fleet_plan *p = &me->f->plan;
	int64_t age_s = from_s + (int64_t)node_roll(me, (uint64_t)(p->idle_s + 5 * p->leeway_s - from_s));

	return (int64_t)((double)age_s * 1e6 / p->pace);
}

/* The last token of a minter that is at least so old; its number + 1, or 0 for none. */
static size_t
find_token(const struct fleet *f, int minter, int64_t until_us)
{
	size_t low = 0, high = atomic_load(&f->tokens[minter]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->token[minter][middle].end_us <= until_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Each token once, in its order, at an age of this verifier's own: so all are seen at several ages. Its number + 1. */
static size_t
next_in_turn(struct node *me, int number, int minter)
{
	const struct fleet_plan *p = &me->f->plan;
	int64_t age_us = (int64_t)((double)((p->idle_s + 4 * p->leeway_s) * number / (FLEET_VERIFIERS - 1)) * 1e6 / p->pace);
	size_t next = me->turn[minter];

	if (next >= atomic_load(&me->f->tokens[minter]) || me->f->token[minter][next].end_us + age_us > fleet_real_us())
		return 0;
	return ++me->turn[minter];
}

static size_t
choose_token(struct node *me, int number, int minter)
{
	const struct fleet_plan *p = &me->f->plan;
	size_t token = 0;
	int64_t age_us = 0;
	uint64_t how = node_roll(me, 4);

	if (how >= 2 && (token = next_in_turn(me, number, minter)) > 0)
		return token;
	if (how == 1)
		age_us = any_age_us(me, p->idle_s - 2 * p->leeway_s); /* about to end */
	else if (how > 1 || !atomic_load(&me->f->minting))
		age_us = any_age_us(me, 0);
	return find_token(me->f, minter, fleet_real_us() - age_us);
}

static void
verify_one(struct node *me, int number)
{
	struct fleet *f = me->f;
	int minter = (int)node_roll(me, FLEET_MINTERS);
	size_t token = choose_token(me, number, minter);
	size_t n = atomic_load(&f->sights[number]);
	struct fleet_sight s = { .begin_us = fleet_real_us(), .exp = -1, .minter = (uint32_t)minter };
	const struct fleet_token *t;
	sess_session *session = NULL;
	sess_diag diag;

	if (token == 0)
		return;
	s.token = (uint32_t)token - 1;
	t = &f->token[minter][s.token];
	node_keep_up(me, s.begin_us);
	s.code = sess_verify(me->manager, t->text, t->len, NULL, &session, &diag);
	s.now = me->now;
	s.reasons = diag.reasons;
	if (s.code == 0 && sess_session_get_int(session, "exp", &s.exp) != 0)
		s.exp = -1;
	sess_session_free(session);
	s.end_us = fleet_real_us();
	if (n == f->sights_max) {
		atomic_fetch_add(&me->node->lost, 1);
		return;
	}
	f->sight[number][n] = s;
	atomic_store(&f->sights[number], n + 1);
}

static void
serve_one(struct node *me, int number)
{
	int64_t begin_us = fleet_real_us();

	node_keep_up(me, begin_us);
	fleet_serve(me->f, number, begin_us, me->manager, (int)node_roll(me, FLEET_CLIENTS), &me->now, me->kid);
}

int
fleet_verifier(struct fleet *f, int number)
{
	struct node me;

	if (node_begin(&me, f, FLEET_MINTERS + number) != 0)
		return 1;
	while (atomic_load(&f->verifying)) {
		if (node_roll(&me, 4) == 0)
			serve_one(&me, number);
		else
			verify_one(&me, number);
		fleet_pause_us(f->plan.verify_us / 2 + (int64_t)node_roll(&me, (uint64_t)f->plan.verify_us));
	}
	sess_manager_free(me.manager);
	return 0;
}
