/* SPDX-License-Identifier: MIT */
/*
 * Tests: the rules of renewal, applied to the visits of each client in their order: whether each renewal was due to the token's age or
 * to an older key, as the verifier's clock and file had it; and that the keys of a session only go forward.
 */
#include "proof/fleet_history.h"

struct course {
	const struct history *h;
	const struct fleet *f;
	struct verdict *v;
	int client;
	int sig, enc;	/* the last token's keys; -1: a session begins */
	size_t by_key, renewals; /* of this session */
};

/* Whether a newer key minted than this one, in some and in all of the states of the file that the verifier may have had. */
static void
is_older(const struct course *c, const struct fleet_visit *visit, int key, int *some, int *all)
{
	const struct fleet_node *node = &c->f->node[FLEET_MINTERS + visit->verifier];
	size_t g = history_must_know(c->h, visit->begin_us, node), last = history_may_know(c->h, visit->end_us);
	const struct fleet_key *in_turn;

	*some = 0;
	*all = 1;
	in_turn = history_in_turn(c->h, g, c->v->key[key].last.use, visit->now);
	c->v->visits_ahead += in_turn != NULL && in_turn->nbf < c->v->key[key].last.nbf;
	for (; g <= last; g++) {
		in_turn = history_in_turn(c->h, g, c->v->key[key].last.use, visit->now);
		if (in_turn != NULL && in_turn->nbf > c->v->key[key].last.nbf)
			*some = 1;
		else
			*all = 0;
	}
}

/* The policy's wait, and the earliest moment that its spread over sessions allows. */
static void
judge_renewal(struct course *c, const struct fleet_visit *visit)
{
	const int64_t wait = c->f->plan.idle_s * c->f->plan.renew_percent / 100, age = visit->now - visit->iat;
	const struct fleet_node *node = &c->f->node[FLEET_MINTERS + visit->verifier];
	int sig, enc, sig_surely, enc_surely;
	struct verdict *v = c->v;

	is_older(c, visit, c->sig, &sig, &sig_surely);
	is_older(c, visit, c->enc, &enc, &enc_surely);
	if (!visit->wanted) {
		if (age >= wait || sig_surely || enc_surely)
			judge_blame(v, &v->renewal_missed, "client %d was not renewed at age %lld", c->client, (long long)age);
		return;
	}
	if (visit->renewed != 0) {
		if (!history_in_revocation(c->h, visit->begin_us, visit->end_us, node))
			judge_blame(v, &v->renewal_failed, "client %d was not renewed: %s", c->client, sess_error_name(visit->renewed));
		return;
	}
	c->renewals++;
	v->renewed_most = c->renewals > v->renewed_most ? c->renewals : v->renewed_most;
	if (sig || enc) {
		v->renewed_by_key++;
		/* One rotation is one moment, whether of one use or both. */
		if (++c->by_key > v->deeds[DEED_ROTATE] + v->deeds[DEED_REVOKE])
			judge_blame(v, &v->too_often, "client %d was renewed more often than the keys changed", c->client);
	} else if (age >= wait - wait / 16 - 1) {
		v->renewed_by_age++;
	} else {
		judge_blame(v, &v->renewed_needlessly, "client %d was renewed at age %lld, under keys %d and %d", c->client, (long long)age,
		    c->sig, c->enc);
	}
}

static void
judge_refusal(struct course *c, const struct fleet_visit *visit)
{
	const struct fleet_node *node = &c->f->node[FLEET_MINTERS + visit->verifier];
	struct verdict *v = c->v;
	size_t *excuses = history_excuse(c->h, c->sig, c->enc, visit->exp - c->f->plan.idle_s, visit->begin_us, node);

	if (history_revocation(c->h, c->sig, c->enc, visit->begin_us, visit->end_us, node) != 0)
		v->signed_out++;
	else if (visit->now >= visit->exp)
		v->stayed_away++;
	else if (excuses != NULL)
		(*excuses)++;
	else
		judge_blame(v, &v->sessions_lost, "client %d lost its session (%s), keys %d and %d", c->client,
		    sess_reason_name(sess_reason_first(visit->reasons)), c->sig, c->enc);
	c->sig = c->enc = -1;
}

static int
goes_back(const struct course *c, int before, int after)
{
	return before >= 0 && c->v->key[after].last.nbf < c->v->key[before].last.nbf;
}

static void
judge_visit(struct course *c, const struct fleet_visit *visit)
{
	struct verdict *v = c->v;
	int sig, enc;

	v->visits++;
	if (visit->signed_in) {
		v->signed_in++;
		c->by_key = c->renewals = 0;
		c->sig = c->enc = -1;
		if (visit->code != 0 && !history_in_revocation(c->h, visit->begin_us, visit->end_us, &c->f->node[FLEET_MINTERS + visit->verifier]))
			judge_blame(v, &v->mint_failed, "client %d could not sign in: %s", c->client, sess_error_name(visit->code));
		return;
	}
	sig = history_find(c->h, visit->sig);
	enc = history_find(c->h, visit->enc);
	if (sig < 0 || enc < 0) {
		judge_blame(v, &v->errors, "client %d has a token of keys that the file never had", c->client);
		return;
	}
	if (goes_back(c, c->sig, sig) || goes_back(c, c->enc, enc))
		judge_blame(v, &v->went_back, "client %d went back from keys %d and %d to %d and %d", c->client, c->sig, c->enc, sig, enc);
	c->sig = sig;
	c->enc = enc;
	if (visit->code == 0)
		judge_renewal(c, visit);
	else if (visit->code == SESS_ERR_REJECTED)
		judge_refusal(c, visit);
	else
		judge_blame(v, &v->errors, "verification failed: %s", sess_error_name(visit->code));
}

void
judge_clients(const struct history *h, const struct fleet *f, struct verdict *v)
{
	for (int i = 0; i < FLEET_CLIENTS; i++) {
		struct course c = { .h = h, .f = f, .v = v, .client = i, .sig = -1, .enc = -1 };

		for (size_t n = 0; n < atomic_load(&f->visits[i]); n++)
			judge_visit(&c, &f->visit[i][n]);
	}
}
