/* SPDX-License-Identifier: MIT */
/*
 * Tests: who changes the fleet's ring: rotations of one use or both, two changes of algorithm, one revocation, and a prune after
 * each step. The operators of two hosts take turns, whose clocks are a leeway apart. What each write has made of the file is
 * read back from it and published.
 */
#include "proof/fleet.h"
#include "proof/fleet_plant.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct change {
	struct fleet *f;
	int64_t skew_s;
	enum fleet_deed deed;
	sess_rotation rotation;
	char kid[SESS_KID_MAX + 1]; /* to revoke */
};

static int64_t
clock_of(const struct change *c)
{
	return fleet_clock_at(c->f, fleet_real_us(), c->skew_s);
}

static int
edit(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	const struct change *c = arg;
	enum fleet_plant plant = c->f->plan.plant;
	int rc;

	if (c->deed == DEED_PRUNE)
		return sess_ring_prune(ring, NULL, 0, clock_of(c), ret_ring, diag);
	if (c->deed == DEED_REVOKE && plant == PLANT_NO_SUCCESSOR)
		return plant_bare_revocation(ring, c->kid, clock_of(c), ret_ring, diag);
	if (c->deed == DEED_REVOKE)
		return sess_ring_revoke(ring, c->kid, "lost", clock_of(c), ret_ring, diag);
	rc = sess_ring_rotate(ring, &c->rotation, clock_of(c), ret_ring, diag);
	return rc == 0 && plant == PLANT_CUT ? plant_earlier_ends(ret_ring, c->f->plan.idle_s, diag) : rc;
}

static int
complain(struct fleet *f, const char *what, const sess_diag *diag)
{
	(void)snprintf(f->complaint, sizeof(f->complaint), "%s: %s", what, diag == NULL ? "no room" : diag->message);
	return -1;
}

/* The file as it lies there now, at the end of the history. */
static int
publish(struct fleet *f, enum fleet_deed deed, int64_t begin_us)
{
	size_t n = atomic_load(&f->generations);
	struct fleet_generation *g = &f->generation[n];
	int64_t end_us = fleet_real_us();
	sess_ring *ring = NULL;
	sess_key_info info;
	sess_diag diag;

	if (n == FLEET_GENERATIONS_MAX)
		return complain(f, "history", NULL);
	if (sess_ring_load_file(f->path, NULL, &ring, &diag) != 0)
		return complain(f, "reading back", &diag);
	*g = (struct fleet_generation){ .deed = deed, .begin_us = begin_us, .end_us = deed == DEED_BEGIN ? 0 : end_us,
		.generation = sess_ring_generation(ring) };
	for (size_t i = 0; i < sess_ring_key_count(ring) && g->count < FLEET_KEYS_MAX; i++) {
		struct fleet_key *key = &g->key[g->count];

		if (sess_ring_key_info(ring, i, 0, &info) != 0)
			continue;
		*key = (struct fleet_key){ .use = info.use[0], .nbf = info.nbf, .exp = info.exp, .revoked_at = info.revoked_at };
		(void)snprintf(key->kid, sizeof(key->kid), "%s", info.kid);
		(void)snprintf(key->alg, sizeof(key->alg), "%s", info.alg);
		g->count++;
	}
	n = (size_t)g->count == sess_ring_key_count(ring) ? n + 1 : FLEET_GENERATIONS_MAX + 1;
	sess_ring_free(ring);
	if (n > FLEET_GENERATIONS_MAX)
		return complain(f, "keys", NULL);
	atomic_store(&f->generations, n);
	return 0;
}

/* Does one change to the file, if there is anything to do. */
static int
carry_out(struct change *c, const char *what)
{
	int64_t begin_us = fleet_real_us();
	sess_ring *ring = NULL;
	sess_diag diag;
	int done;

	if (sess_ring_update_file(c->f->path, NULL, edit, c, &ring, &diag) != 0)
		return complain(c->f, what, &diag);
	done = ring != NULL;
	sess_ring_free(ring);
	return done ? publish(c->f, c->deed, begin_us) : 0;
}

/* The key that is to mint in the end, as the file has it; NULL where all have been revoked. */
static const struct fleet_key *
newest(const struct fleet *f, char use)
{
	const struct fleet_generation *g = &f->generation[atomic_load(&f->generations) - 1];
	const struct fleet_key *best = NULL;

	for (int i = 0; i < g->count; i++) {
		const struct fleet_key *key = &g->key[i];

		if (key->use == use && key->revoked_at < 0 && (best == NULL || key->nbf > best->nbf))
			best = key;
	}
	return best;
}

static int
is_used_by_all(const struct fleet *f)
{
	const struct fleet_key *sig = newest(f, 's'), *enc = newest(f, 'e');

	for (int i = 0; i < FLEET_MINTERS; i++) {
		size_t n = atomic_load(&f->tokens[i]);

		if (n == 0 || sig == NULL || enc == NULL || strcmp(f->token[i][n - 1].sig, sig->kid) != 0 || strcmp(f->token[i][n - 1].enc, enc->kid) != 0)
			return 0;
	}
	return 1;
}

/* An operator would wait for the date alone; here the next step also waits for a minter that the machine has held up. */
static void
await_use(const struct fleet *f)
{
	const struct fleet_key *sig = newest(f, 's'), *enc = newest(f, 'e');
	int64_t nbf = sig == NULL || enc == NULL ? 0 : sig->nbf > enc->nbf ? sig->nbf : enc->nbf;
	int64_t at_us = fleet_moment_of(f, nbf, -f->plan.leeway_s / 2), patience = f->plan.plant == PLANT_NONE ? 1000 : 20;

	if (at_us > fleet_real_us())
		fleet_pause_us(at_us - fleet_real_us());
	while (patience-- > 0 && !is_used_by_all(f))
		fleet_pause_us(10000);
	fleet_pause_us(f->plan.use_us);
}

static int
rotate(struct fleet *f, int number)
{
	struct change c = { .f = f, .skew_s = number % 2 == 0 ? f->plan.leeway_s / 2 : -f->plan.leeway_s / 2, .deed = DEED_ROTATE };
	const int to_es256 = 1 + f->plan.rotations / 3, to_wrapping = 1 + 2 * f->plan.rotations / 3;

	c.rotation = (sess_rotation)SESS_ROTATION_INIT;
	c.rotation.activate_in_s = (int64_t)ceil((double)f->plan.spread_us * f->plan.pace / 1e6) + f->plan.leeway_s;
	if (f->plan.plant == PLANT_EARLY)
		c.rotation.activate_in_s = 0;
	if (number == to_es256)
		c.rotation.alg = "ES256";
	else if (number == to_wrapping)
		c.rotation.kw = "A256KW";
	else if (number % 4 == 2)
		c.rotation.sig = 1;
	else if (number % 4 == 3)
		c.rotation.enc = 1;
	if (carry_out(&c, "rotate") != 0)
		return -1;
	await_use(f);
	c.deed = DEED_PRUNE;
	return carry_out(&c, "prune");
}

static int
revoke(struct fleet *f)
{
	struct change c = { .f = f, .skew_s = f->plan.leeway_s / 2, .deed = DEED_REVOKE };

	if (newest(f, 's') == NULL)
		return complain(f, "revoke", NULL);
	(void)snprintf(c.kid, sizeof(c.kid), "%s", newest(f, 's')->kid);
	if (carry_out(&c, "revoke") != 0)
		return -1;
	await_use(f);
	/* Long enough for what is late to be seen. */
	fleet_pause_us(f->plan.spread_us);
	return 0;
}

int
fleet_operator(struct fleet *f)
{
	fleet_pause_us(f->plan.use_us);
	if (publish(f, DEED_BEGIN, 0) != 0)
		return 1;
	for (int i = 0; i <= f->plan.rotations; i++) {
		if ((i > 0 && rotate(f, i) != 0) || (i == f->plan.revoke_after && revoke(f) != 0))
			return 1;
	}
	return 0;
}
