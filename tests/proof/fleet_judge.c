/* SPDX-License-Identifier: MIT */
/* Tests: the rules of the fleet, applied to each record, and what they add up to. */
#include "proof/fleet_judge.h"
#include "proof/fleet_history.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
judge_blame(struct verdict *v, size_t *counter, const char *format, ...)
{
	va_list args;

	(*counter)++;
	if (v->first[0] != '\0')
		return;
	va_start(args, format);
	(void)vsnprintf(v->first, sizeof(v->first), format, args);
	va_end(args);
}

struct known_token {
	int sig, enc; /* numbers of its keys */
	uint16_t sights;
	uint8_t verifiers; /* a bit each */
};

struct judge {
	const struct fleet *f;
	struct verdict *v;
	struct history h;
	struct known_token *token[FLEET_MINTERS];
};

/* Whether the key was in turn at that time in any state of the file that the node may have had. */
static int
could_mint(const struct judge *j, const struct fleet_token *t, int key, const struct fleet_node *node)
{
	size_t last = history_may_know(&j->h, t->end_us);

	for (size_t g = history_must_know(&j->h, t->begin_us, node); g <= last; g++) {
		const struct fleet_key *in_turn = history_in_turn(&j->h, g, j->v->key[key].last.use, t->now);

		if (in_turn != NULL && in_turn->revoked_at < 0 && strcmp(in_turn->kid, j->v->key[key].last.kid) == 0)
			return 1;
	}
	return 0;
}

/* Whether a rotation has let its key mint before the time that the operator gave it to spread; less what whole seconds hide. */
static int
is_too_soon(const struct judge *j, const struct fleet_token *t, int key)
{
	const struct fleet_generation *g = &j->f->generation[j->v->key[key].first];
	int64_t second_us = (int64_t)(1e6 / j->f->plan.pace);

	return g->deed == DEED_ROTATE && t->end_us < g->begin_us + j->f->plan.spread_us - 2 * second_us;
}

static void
judge_mint(struct judge *j, int minter, size_t number)
{
	const struct fleet_node *node = &j->f->node[minter];
	const struct fleet_token *t = &j->f->token[minter][number];
	struct known_token *known = &j->token[minter][number];
	struct verdict *v = j->v;

	v->minted++;
	known->sig = history_find(&j->h, t->sig);
	known->enc = history_find(&j->h, t->enc);
	if (known->sig < 0 || known->enc < 0) {
		judge_blame(v, &v->errors, "token %d/%zu is of keys that the file never had", minter, number);
		return;
	}
	v->key[known->sig].minted[minter]++;
	v->key[known->enc].minted[minter]++;
	if (!could_mint(j, t, known->sig, node) || !could_mint(j, t, known->enc, node))
		judge_blame(v, &v->minted_wrong_key, "minter %d used key %d or %d out of turn at %lld", minter, known->sig, known->enc,
		    (long long)t->now);
	if (is_too_soon(j, t, known->sig) || is_too_soon(j, t, known->enc))
		judge_blame(v, &v->minted_too_soon, "minter %d used key %d or %d before it had spread", minter, known->sig, known->enc);
	if (t->exp < 0 && !history_in_revocation(&j->h, t->begin_us, t->end_us, node))
		judge_blame(v, &v->unread, "minter %d refused its own token %zu", minter, number);
	if (t->exp >= 0 && t->exp != t->now + j->f->plan.idle_s)
		judge_blame(v, &v->cut_short, "token %d/%zu lives %lld s", minter, number, (long long)(t->exp - t->now));
}

static void
judge_minters(struct judge *j)
{
	for (int m = 0; m < FLEET_MINTERS; m++) {
		for (size_t i = 0; i < atomic_load(&j->f->tokens[m]); i++)
			judge_mint(j, m, i);
		for (size_t i = 0; i < atomic_load(&j->f->failures[m]); i++) {
			const struct fleet_failure *failed = &j->f->failure[m][i];

			j->v->mint_failures++;
			if (!history_in_revocation(&j->h, failed->begin_us, failed->end_us, &j->f->node[m]))
				judge_blame(j->v, &j->v->mint_failed, "minter %d could not mint: %s", m, sess_error_name(failed->code));
		}
	}
}

static void
judge_accepted(struct judge *j, const struct fleet_node *node, const struct fleet_sight *s, int64_t exp,
    const struct known_token *known)
{
	const int keys[] = { known->sig, known->enc };
	int revocation = history_revocation(&j->h, known->sig, known->enc, s->begin_us, s->end_us, node);
	size_t g = history_must_know(&j->h, s->begin_us, node);
	struct verdict *v = j->v;

	v->accepted++;
	v->accepted_valid += s->now < exp;
	v->accepted_in_leeway += s->now >= exp;
	v->accepted_before_revocation_known += revocation == 1;
	if (revocation == 2)
		judge_blame(v, &v->accepted_revoked, "a token of revoked key %d was accepted at %lld", known->sig, (long long)s->now);
	if (s->now >= exp + j->f->plan.leeway_s)
		judge_blame(v, &v->accepted_past_end, "a token was accepted %lld s after its exp", (long long)(s->now - exp));
	for (int i = 0; i < 2; i++) {
		const struct fleet_key *key = history_key(&j->h, g, keys[i]);
		const struct fleet_key *in_turn = history_in_turn(&j->h, g, v->key[keys[i]].last.use, s->now);

		v->key[keys[i]].accepted++;
		v->old_key_accepted += i == 0 && key != NULL && in_turn != NULL && in_turn->nbf > key->nbf;
		/* Not in the file any more: pruned, so its end has come long before. */
		if (key == NULL ? v->key[keys[i]].first < g : key->exp >= 0 && s->now >= key->exp)
			judge_blame(v, &v->accepted_past_key, "a token was accepted at %lld, after the end of its key %d", (long long)s->now, keys[i]);
	}
}

static void
judge_refused(struct judge *j, const struct fleet_node *node, const struct fleet_sight *s, int64_t exp,
    const struct known_token *known)
{
	struct verdict *v = j->v;
	size_t *excuses;

	v->refused++;
	v->key[known->sig].refused++;
	v->key[known->enc].refused++;
	for (int bit = 0; bit < SESS_REASON_COUNT; bit++)
		v->reason[bit] += s->reasons >> bit & 1;
	if (s->code != SESS_ERR_REJECTED)
		judge_blame(v, &v->errors, "verification failed: %s", sess_error_name(s->code));
	else if (s->now >= exp)
		v->refused_in_leeway += s->now < exp + j->f->plan.leeway_s && history_revocation(&j->h, known->sig, known->enc, s->begin_us, s->end_us, node) == 0;
	else if (history_revocation(&j->h, known->sig, known->enc, s->begin_us, s->end_us, node) != 0)
		v->refused_for_revocation++;
	else if ((excuses = history_excuse(&j->h, known->sig, known->enc, exp - j->f->plan.idle_s, s->begin_us, node)) != NULL)
		(*excuses)++;
	else
		judge_blame(v, &v->valid_refused, "verifier %td refused a valid token (%s), %lld s before its exp, keys %d and %d",
		    node - j->f->node - FLEET_MINTERS, sess_reason_name(sess_reason_first(s->reasons)), (long long)(exp - s->now),
		    known->sig, known->enc);
}

static void
judge_sight(struct judge *j, int verifier, const struct fleet_sight *s)
{
	const struct fleet_node *node = &j->f->node[FLEET_MINTERS + verifier];
	const struct fleet_token *t = &j->f->token[s->minter][s->token];
	struct known_token *known = &j->token[s->minter][s->token];
	int64_t exp = t->exp >= 0 ? t->exp : t->now + j->f->plan.idle_s;

	if (known->sig < 0 || known->enc < 0)
		return;
	known->sights = (uint16_t)(known->sights + (known->sights < UINT16_MAX));
	known->verifiers |= (uint8_t)(1 << verifier);
	if (s->code == 0 && s->exp != exp)
		judge_blame(j->v, &j->v->errors, "a session tells another exp than its minter");
	if (s->code == 0)
		judge_accepted(j, node, s, exp, known);
	else
		judge_refused(j, node, s, exp, known);
}

static void
sum_tokens(struct judge *j)
{
	struct verdict *v = j->v;

	v->sights_least = SIZE_MAX;
	for (int m = 0; m < FLEET_MINTERS; m++) {
		for (size_t i = 0; i < atomic_load(&j->f->tokens[m]); i++) {
			const struct known_token *known = &j->token[m][i];

			v->sights_least = known->sights < v->sights_least ? known->sights : v->sights_least;
			v->seen_seldom += known->sights < 3 || (known->verifiers & (known->verifiers - 1)) == 0;
		}
	}
	v->sights_average = v->minted == 0 ? 0 : (v->accepted + v->refused) / v->minted;
}

static void
sum_nodes(struct judge *j)
{
	struct verdict *v = j->v;

	for (int i = 0; i < FLEET_NODES; i++) {
		const struct fleet_node *node = &j->f->node[i];
		int64_t *slowest = node->watches ? &v->slowest_watch_us : &v->slowest_poll_us;
		int64_t took = history_slowest_reload(&j->h, node);

		*slowest = took > *slowest ? took : *slowest;
		v->reloads += atomic_load(&node->reloads);
		v->ring_refused += atomic_load(&node->ring_refused);
		v->lost += atomic_load(&node->lost);
		for (int k = 0; k < i; k++) {
			int64_t apart = node->skew_s - j->f->node[k].skew_s;

			apart = apart < 0 ? -apart : apart;
			v->most_apart_s = apart > v->most_apart_s ? apart : v->most_apart_s;
		}
	}
	for (size_t i = 0; i < v->keys; i++) {
		v->late_writes += (size_t)v->key[i].late;
		for (int m = 0; m < FLEET_MINTERS; m++) {
			if (v->key[i].minted[m] == 0)
				judge_blame(v, &v->keys_unused, "minter %d never used key %zu", m, i);
		}
	}
}

int
fleet_judge(const struct fleet *f, struct verdict *ret)
{
	struct judge j = { .f = f, .v = ret };
	int rc = 0;

	*ret = (struct verdict){ 0 };
	for (int m = 0; m < FLEET_MINTERS; m++) {
		j.token[m] = calloc(atomic_load(&f->tokens[m]) + 1, sizeof(*j.token[m]));
		rc |= j.token[m] == NULL ? -1 : 0;
	}
	if (rc == 0 && (rc = history_read(&j.h, f, ret)) == 0) {
		judge_minters(&j);
		for (int i = 0; i < FLEET_VERIFIERS; i++) {
			for (size_t n = 0; n < atomic_load(&f->sights[i]); n++)
				judge_sight(&j, i, &f->sight[i][n]);
		}
		judge_clients(&j.h, f, ret);
		sum_tokens(&j);
		sum_nodes(&j);
	}
	for (int m = 0; m < FLEET_MINTERS; m++)
		free(j.token[m]);
	return rc;
}
