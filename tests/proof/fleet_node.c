/* SPDX-License-Identifier: MIT */
/*
 * Tests: the nodes of the fleet, minters and verifiers, as a service would write them: a manager of their own, made after the
 * fork, and a look at the file now and then. They write down what they saw and know nothing of what is right.
 */
#include "proof/fleet.h"

#include <stdlib.h>
#include <string.h>

#define SIGHTS_PER_TOKEN 20 /* on the average, at least */

struct me {
	struct fleet *f;
	struct fleet_node *node;
	sess_manager *manager;
	int64_t now;	  /* at which the last token was minted, or judged */
	int64_t asked_us; /* when it was last asked to look at the file */
	char kid[SESS_KID_MAX + 1]; /* of the last token minted */
	size_t turn[FLEET_MINTERS]; /* the next token of each minter, for a verifier that takes them in turn */
	uint64_t dice;
};

static int
tell_time(void *arg, int64_t *ret_now)
{
	const struct me *me = arg;

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
	struct me *me = arg;

	int minted = event->kind == SESS_EVENT_MINTED || event->kind == SESS_EVENT_RENEWED;

	if (minted || event->kind == SESS_EVENT_VERIFIED || event->kind == SESS_EVENT_REJECTED)
		me->now = event->time;
	if (minted)
		(void)memcpy(me->kid, event->kid, strlen(event->kid) + 1);
	else if (event->kind == SESS_EVENT_UNKNOWN_KEY)
		atomic_fetch_add(&me->node->unknown_key, 1);
	else if (event->kind == SESS_EVENT_RING_RELOADED)
		hear_of_ring(me->node, event->generation);
	else if (event->kind == SESS_EVENT_RING_REFUSED)
		atomic_fetch_add(&me->node->ring_refused, 1);
}

/* Cheap and repeatable: which token is looked at next decides nothing but coverage. */
static uint64_t
roll(struct me *me, uint64_t sides)
{
	me->dice ^= me->dice << 13;
	me->dice ^= me->dice >> 7;
	me->dice ^= me->dice << 17;
	return me->dice % sides;
}

static int
begin(struct me *me, struct fleet *f, int number)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	sess_ring *ring = NULL;
	int rc;

	*me = (struct me){ .f = f, .node = &f->node[number], .dice = UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number };
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

/* Asks for a look at the file when that is due. A failure stands in the counter of refused rings. */
static void
keep_up(struct me *me, int64_t now_us)
{
	if (me->node->deaf || me->node->watches || now_us - me->asked_us < me->node->poll_us)
		return;
	if (sess_manager_reload_if_changed(me->manager, NULL, NULL) == 0)
		me->asked_us = now_us;
}

static void
read_back(struct me *me, struct fleet_token *t)
{
	sess_session *session = NULL;

	t->exp = -1;
	if (sess_verify(me->manager, t->text, t->len, NULL, &session, NULL) != 0)
		return;
	if (sess_session_get_int(session, "exp", &t->exp) != 0)
		t->exp = -1;
	sess_session_free(session);
}

static void
write_failure(struct me *me, int number, int64_t begin_us, int code)
{
	struct fleet *f = me->f;
	size_t n = atomic_load(&f->failures[number]);

	if (n == FLEET_FAILURES_MAX) {
		atomic_fetch_add(&me->node->lost, 1);
		return;
	}
	f->failure[number][n] = (struct fleet_failure){ begin_us, fleet_real_us(), code };
	atomic_store(&f->failures[number], n + 1);
}

static void
mint_one(struct me *me, int number)
{
	static const char claims[] = "{\"cart\":[1,2,3],\"roles\":[\"buyer\"],\"locale\":\"en\"}";
	struct fleet *f = me->f;
	size_t n = atomic_load(&f->tokens[number]);
	struct fleet_token *t = &f->token[number][n];
	char *text = NULL;
	size_t len = 0;
	int64_t begin_us = fleet_real_us();
	int rc;

	keep_up(me, begin_us);
	if ((rc = sess_mint(me->manager, "somebody", claims, sizeof(claims) - 1, NULL, &text, &len, NULL)) != 0) {
		write_failure(me, number, begin_us, rc);
		return;
	}
	if (n == f->tokens_max || len >= FLEET_TOKEN_ROOM) {
		atomic_fetch_add(&me->node->lost, 1);
		sess_token_free(text);
		return;
	}
	t->begin_us = begin_us;
	t->now = me->now;
	t->len = (uint32_t)len;
	(void)memcpy(t->text, text, len + 1);
	(void)memcpy(t->sig, me->kid, sizeof(t->sig));
	sess_token_free(text);
	fleet_read_enc_kid(t->text, t->len, t->enc);
	read_back(me, t);
	t->end_us = fleet_real_us();
	/* From here on every process sees it. */
	atomic_store(&f->tokens[number], n + 1);
}

/* On a busy machine, fewer tokens rather than tokens that nobody looks at; but some in any case. */
static int
is_ahead(const struct fleet *f, int64_t minted_us)
{
	size_t tokens = 0, sights = 0;

	for (int i = 0; i < FLEET_MINTERS; i++)
		tokens += atomic_load(&f->tokens[i]);
	for (int i = 0; i < FLEET_VERIFIERS; i++)
		sights += atomic_load(&f->sights[i]);
	return tokens * SIGHTS_PER_TOKEN > sights + 1000 && fleet_real_us() - minted_us < 5 * f->plan.mint_us;
}

int
fleet_minter(struct fleet *f, int number)
{
	int64_t minted_us = 0;
	struct me me;

	if (begin(&me, f, number) != 0)
		return 1;
	while (atomic_load(&f->minting)) {
		if (!is_ahead(f, minted_us)) {
			minted_us = fleet_real_us();
			mint_one(&me, number);
		}
		fleet_pause_us(f->plan.mint_us / 2 + (int64_t)roll(&me, (uint64_t)f->plan.mint_us));
	}
	sess_manager_free(me.manager);
	return 0;
}

/* An age from which on tokens may be looked at: any that may still matter. */
static int64_t
any_age_us(struct me *me, int64_t from_s)
{
	const struct fleet_plan *p = &me->f->plan;
	int64_t age_s = from_s + (int64_t)roll(me, (uint64_t)(p->idle_s + 5 * p->leeway_s - from_s));

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
next_in_turn(struct me *me, int number, int minter)
{
	const struct fleet_plan *p = &me->f->plan;
	int64_t age_us = (int64_t)((double)((p->idle_s + 4 * p->leeway_s) * number / (FLEET_VERIFIERS - 1)) * 1e6 / p->pace);
	size_t next = me->turn[minter];

	if (next >= atomic_load(&me->f->tokens[minter]) || me->f->token[minter][next].end_us + age_us > fleet_real_us())
		return 0;
	return ++me->turn[minter];
}

static size_t
choose_token(struct me *me, int number, int minter)
{
	const struct fleet_plan *p = &me->f->plan;
	size_t token = 0;
	int64_t age_us = 0;
	uint64_t how = roll(me, 4);

	if (how >= 2 && (token = next_in_turn(me, number, minter)) > 0)
		return token;
	if (how == 1)
		age_us = any_age_us(me, p->idle_s - 2 * p->leeway_s); /* about to end */
	else if (how > 1 || !atomic_load(&me->f->minting))
		age_us = any_age_us(me, 0);
	return find_token(me->f, minter, fleet_real_us() - age_us);
}

static void
verify_one(struct me *me, int number)
{
	struct fleet *f = me->f;
	int minter = (int)roll(me, FLEET_MINTERS);
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
	keep_up(me, s.begin_us);
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
serve_one(struct me *me, int number)
{
	int64_t begin_us = fleet_real_us();

	keep_up(me, begin_us);
	fleet_serve(me->f, number, begin_us, me->manager, (int)roll(me, FLEET_CLIENTS), &me->now, me->kid);
}

int
fleet_verifier(struct fleet *f, int number)
{
	struct me me;

	if (begin(&me, f, FLEET_MINTERS + number) != 0)
		return 1;
	while (atomic_load(&f->verifying)) {
		if (roll(&me, 4) == 0)
			serve_one(&me, number);
		else
			verify_one(&me, number);
		fleet_pause_us(f->plan.verify_us / 2 + (int64_t)roll(&me, (uint64_t)f->plan.verify_us));
	}
	sess_manager_free(me.manager);
	return 0;
}
