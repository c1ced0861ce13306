/* SPDX-License-Identifier: MIT */
/* Tests: reading the history that the operator has published. The rule of the minting key stands here a second time, on purpose. */
#include "proof/fleet_history.h"

#include <string.h>

int
history_find(const struct history *h, const char *kid)
{
	for (size_t i = 0; i < h->v->keys; i++) {
		if (strcmp(h->v->key[i].last.kid, kid) == 0)
			return (int)i;
	}
	return -1;
}

/* Written so slowly that some node might meet a token of a new key before it must have read the file. */
static int
is_late(const struct fleet *f, const struct fleet_generation *g)
{
	int64_t most = 0;

	for (int i = 0; i < FLEET_NODES; i++)
		most = f->node[i].learns_us > most ? f->node[i].learns_us : most;
	return g->deed == DEED_ROTATE && g->end_us + most > g->begin_us + f->plan.spread_us;
}

static int
read_key(struct history *h, size_t generation, const struct fleet_key *key)
{
	int number = history_find(h, key->kid);
	struct judged_key *known;

	if (number < 0 && h->v->keys == JUDGE_KEYS_MAX)
		return -1;
	if (number < 0) {
		number = (int)h->v->keys++;
		h->v->key[number] = (struct judged_key){ .first = generation, .revoked = SIZE_MAX,
			.late = is_late(h->f, &h->f->generation[generation]) };
	}
	known = &h->v->key[number];
	known->last = *key;
	if (key->revoked_at >= 0 && known->revoked == SIZE_MAX)
		known->revoked = generation;
	h->at[generation][number] = key;
	return 0;
}

int
history_read(struct history *h, const struct fleet *f, struct verdict *v)
{
	*h = (struct history){ .f = f, .v = v, .count = atomic_load(&f->generations) };
	for (size_t g = 0; g < h->count; g++) {
		v->deeds[f->generation[g].deed]++;
		for (int i = 0; i < f->generation[g].count; i++) {
			if (read_key(h, g, &f->generation[g].key[i]) != 0)
				return -1;
		}
	}
	return h->count > 0 ? 0 : -1;
}

size_t
history_must_know(const struct history *h, int64_t begin_us, const struct fleet_node *node)
{
	size_t low = 0, high = h->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (h->f->generation[middle].end_us + node->learns_us <= begin_us)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t
history_may_know(const struct history *h, int64_t end_us)
{
	size_t g = h->count - 1;

	while (g > 0 && h->f->generation[g].begin_us > end_us)
		g--;
	return g;
}

const struct fleet_key *
history_key(const struct history *h, size_t generation, int key)
{
	return h->at[generation][key];
}

const struct fleet_key *
history_in_turn(const struct history *h, size_t generation, char use, int64_t now)
{
	const struct fleet_generation *g = &h->f->generation[generation];
	const struct fleet_key *best = NULL;

	for (int i = 0; i < g->count; i++) {
		const struct fleet_key *key = &g->key[i];

		if (key->use != use || key->nbf > now || (key->revoked_at >= 0 && key->revoked_at < key->nbf))
			continue;
		if (best == NULL || key->nbf > best->nbf)
			best = key;
	}
	return best;
}

int
history_in_revocation(const struct history *h, int64_t begin_us, int64_t end_us, const struct fleet_node *node)
{
	for (size_t g = 0; g < h->count; g++) {
		const struct fleet_generation *one = &h->f->generation[g];

		if (one->deed == DEED_REVOKE && end_us >= one->begin_us && begin_us < one->end_us + node->learns_us)
			return 1;
	}
	return 0;
}

int
history_revocation(const struct history *h, int sig, int enc, int64_t begin_us, int64_t end_us, const struct fleet_node *node)
{
	const int keys[] = { sig, enc };
	int most = 0;

	for (int i = 0; i < 2; i++) {
		size_t g = h->v->key[keys[i]].revoked;
		int state = 0;

		if (g != SIZE_MAX && end_us >= h->f->generation[g].begin_us)
			state = begin_us >= h->f->generation[g].end_us + node->learns_us ? 2 : 1;
		most = state > most ? state : most;
	}
	return most;
}

/* Whether a newer key was in turn by then whose file was written late. */
static int
is_overdue(const struct history *h, const struct judged_key *key, int64_t at)
{
	for (size_t i = 0; i < h->v->keys; i++) {
		const struct judged_key *newer = &h->v->key[i];

		if (newer->late && newer->last.use == key->last.use && newer->last.nbf > key->last.nbf && newer->last.nbf <= at)
			return 1;
	}
	return 0;
}

size_t *
history_excuse(const struct history *h, int sig, int enc, int64_t minted_at, int64_t begin_us, const struct fleet_node *node)
{
	const int keys[] = { sig, enc };

	for (int i = 0; i < 2; i++) {
		const struct judged_key *key = &h->v->key[keys[i]];

		if (is_overdue(h, key, minted_at))
			return &h->v->excused;
		if (key->first <= history_must_know(h, begin_us, node))
			continue;
		/* By design a successor waits for nobody. */
		if (h->f->generation[key->first].deed == DEED_REVOKE)
			return &h->v->refused_before_successor_known;
		if (key->late)
			return &h->v->excused;
	}
	return NULL;
}

int64_t
history_slowest_reload(const struct history *h, const struct fleet_node *node)
{
	size_t reloads = atomic_load(&node->reloads);
	int64_t slowest = 0;

	for (size_t g = 1; g < h->count; g++) {
		const struct fleet_generation *one = &h->f->generation[g];
		size_t i = 0;

		while (i < reloads && node->reload[i].generation < one->generation)
			i++;
		if (i < reloads && node->reload[i].at_us - one->end_us > slowest)
			slowest = node->reload[i].at_us - one->end_us;
	}
	return slowest;
}
