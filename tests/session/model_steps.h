/* SPDX-License-Identifier: MIT */
/* The steps of a walk through the world of model_world.h, each compared with what the model says of it. */
#ifndef SESSION_MODEL_STEPS_H
#define SESSION_MODEL_STEPS_H

#include <jansson.h>

#include "session/model_world.h"

static int
draw_context(struct world *w, int out[MODEL_NAMES])
{
	for (int i = 0; i < MODEL_NAMES; i++)
		out[i] = (int)draw(w, 3);
	return out[0] != 0 || out[1] != 0;
}

static struct held_token *
some_token(struct world *w)
{
	struct held_token *t = &w->token[draw(w, TOKENS)];

	return t->text == NULL ? NULL : t;
}

static void
count_reasons(struct world *w, uint32_t reasons)
{
	for (int bit = 0; bit < SESS_REASON_COUNT; bit++)
		w->refused[bit] += reasons >> bit & 1;
}

/* A code against the model's; 1 where both succeeded. */
static int
agreed(struct world *w, const char *what, int rc, const sess_diag *diag, int model_rc, uint32_t model_reasons)
{
	if (rc != model_rc || (rc == SESS_ERR_REJECTED && diag->reasons != model_reasons))
		COMPLAIN(w, "%s: %s (reasons %x), the model: %s (%x)", what, sess_error_name(rc), (unsigned)diag->reasons,
		    sess_error_name(model_rc), (unsigned)model_reasons);
	if (model_rc == SESS_ERR_REJECTED) {
		count_reasons(w, model_reasons);
		w->tokens_refused++;
	}
	return rc == 0 && model_rc == 0;
}

static void
step_mint(struct world *w)
{
	struct node *node = &w->node[draw(w, NODES)];
	struct model_request request = { MODEL_NONE, MODEL_NONE, (int)draw(w, 2), { 0, 0 } };
	int64_t now = w->now + node->skew;
	int claims = (int)draw(w, 4), model_rc, rc;
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	sess_context context[MODEL_NAMES];
	struct model_token model;
	char *token = NULL;
	sess_diag diag;
	size_t len = 0;

	if (draw(w, 4) == 0)
		opts.not_before = request.nbf = now + (int64_t)draw(w, 60);
	if (draw(w, 4) == 0)
		opts.hard_end = request.end = now + (int64_t)draw(w, 5000);
	(void)draw_context(w, request.context);
	opts.context_count = spell_context(request.context, context);
	opts.context = context;
	opts.persistent = request.persistent;
	model_rc = model_mint(&node->ring, &policies[node->policy], now, &request, &model);
	rc = sess_mint(node->manager, "anna", claims_texts[claims], claims_texts[claims] == NULL ? 0 : strlen(claims_texts[claims]),
	    &opts, &token, &len, &diag);
	if (!agreed(w, "mint", rc, &diag, model_rc, 0)) {
		sess_token_free(token);
		return;
	}
	w->minted++;
	counts_key(&node->counts, "minted", &model);
	keep_token(w, token, len, &model, ++w->sids, NULL, claims);
}

/* The ids of a token, against what was read of it before, and of others: a sid is a session's alone. */
static void
check_ids(struct world *w, struct held_token *t, sess_session *s)
{
	const char *sid = sess_session_id(s), *jti = sess_session_token_id(s);

	if ((t->sid[0] != '\0' && strcmp(t->sid, sid) != 0) || (t->jti[0] != '\0' && strcmp(t->jti, jti) != 0))
		COMPLAIN(w, "an id has changed");
	strcpy(t->sid, sid);
	strcpy(t->jti, jti);
	for (int i = 0; i < TOKENS; i++) {
		const struct held_token *o = &w->token[i];

		if (o == t || o->sid[0] == '\0')
			continue;
		if ((strcmp(o->sid, sid) == 0) != (o->sid_number == t->sid_number))
			COMPLAIN(w, "a sid is of two sessions, or a session has two");
		if (o->jti[0] != '\0' && strcmp(o->jti, jti) == 0)
			COMPLAIN(w, "two tokens have one jti");
	}
}

static void
check_session(struct world *w, const struct held_token *t, sess_session *s, const struct model_verdict *v)
{
	const struct model_token *m = &t->model;
	const char *role = NULL;

#define SAME(what, got, want) \
	if ((int64_t)(got) != (int64_t)(want)) \
	COMPLAIN(w, "%s is %lld, the model: %lld", what, (long long)(got), (long long)(want))
	SAME("iat", sess_session_issued_at(s), m->iat);
	SAME("auth_time", sess_session_auth_time(s), m->auth_time);
	SAME("gen", sess_session_renewals(s), m->gen);
	SAME("end", sess_session_hard_end(s), m->end);
	SAME("per", sess_session_is_persistent(s), m->persistent);
	SAME("idle deadline", sess_session_idle_deadline(s), v->idle_deadline);
	SAME("absolute deadline", sess_session_absolute_deadline(s), v->absolute_deadline);
	SAME("last", sess_session_is_last(s), v->is_last);
	for (int i = 0; i < MODEL_NAMES; i++)
		SAME("context", sess_session_context(s, names[i]), v->state[i]);
	if (sess_session_wants_renewal(s) < v->wants_least || sess_session_wants_renewal(s) > v->wants_most)
		COMPLAIN(w, "wants renewal %d, the model: %d..%d", sess_session_wants_renewal(s), v->wants_least, v->wants_most);
	if (sess_session_get_string(s, "role", &role, NULL) != 0)
		role = NULL;
	if ((role == NULL) != (roles[t->claims] == NULL) || (role != NULL && strcmp(role, roles[t->claims]) != 0))
		COMPLAIN(w, "the caller's claims are others");
#undef SAME
}

/* Names of an accepted token that are reported. */
static void
count_changed(struct world *w, const int state[MODEL_NAMES])
{
	for (int i = 0; i < MODEL_NAMES; i++)
		w->context_changed += state[i] == SESS_CONTEXT_CHANGED || state[i] == SESS_CONTEXT_NOT_GIVEN;
}

static void
step_verify(struct world *w)
{
	int number = (int)draw(w, NODES), given[MODEL_NAMES], rc;
	struct node *node = &w->node[number];
	struct held_token *t = some_token(w);
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	struct held_session *place = &w->session[draw(w, SESSIONS)];
	sess_context context[MODEL_NAMES];
	sess_session *session = NULL;
	struct model_verdict v;
	sess_diag diag;

	if (t == NULL)
		return;
	/* Mostly the client that the session was bound to. */
	if (draw(w, 4) != 0)
		memcpy(given, t->model.bound, sizeof(given));
	else
		(void)draw_context(w, given);
	opts.context_count = spell_context(given, context);
	opts.context = context;
	model_verify(&node->ring, &policies[node->policy], w->now + node->skew, &t->model, given, &v);
	rc = sess_verify(node->manager, t->text, t->len, &opts, &session, &diag);
	if (!agreed(w, "verify", rc, &diag, v.reasons == 0 ? 0 : SESS_ERR_REJECTED, v.reasons)) {
		counts_refused(&node->counts, &policies[node->policy], &t->model, t->sid_number, v.reasons);
		sess_session_free(session);
		return;
	}
	w->accepted++;
	counts_key(&node->counts, "verified", &t->model);
	if (v.old_key)
		counts_add(node->counts.told, "old_key");
	count_changed(w, v.state);
	check_ids(w, t, session);
	check_session(w, t, session, &v);
	drop_session(place);
	place->session = session;
	place->node = number;
	place->token = *t;
	place->token.text = NULL;
	memcpy(place->state, v.state, sizeof(v.state));
}

static struct held_session *
some_session(struct world *w)
{
	struct held_session *s = &w->session[draw(w, SESSIONS)];

	return s->session == NULL ? NULL : s;
}

/* Claims kept or replaced: the number of the ones that the new token has. */
static int
draw_claims(struct world *w, const struct held_session *s, const char **ret_json, size_t *ret_len)
{
	int claims = draw(w, 3) == 0 ? 1 + (int)draw(w, 3) : s->token.claims;

	if (claims == s->token.claims)
		return claims;
	*ret_json = claims_texts[claims];
	*ret_len = strlen(claims_texts[claims]);
	return claims;
}

static void
step_renew(struct world *w)
{
	struct held_session *s = some_session(w);
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	sess_context context[MODEL_NAMES];
	int given[MODEL_NAMES], found[MODEL_NAMES], anew, claims, model_rc, rc;
	struct model_token model;
	uint32_t reasons = 0;
	char *token = NULL;
	struct node *node;
	sess_diag diag;
	size_t len = 0;

	if (s == NULL)
		return;
	node = &w->node[s->node];
	anew = draw(w, 4) == 0 && draw_context(w, given);
	if (anew) {
		opts.context_count = spell_context(given, context);
		opts.context = context;
	}
	claims = draw_claims(w, s, &opts.claims_json, &opts.claims_json_len);
	model_rc = model_renew(&node->ring, &policies[node->policy], w->now + node->skew, &s->token.model, s->state,
	    anew ? given : NULL, &model, &reasons);
	rc = sess_renew(node->manager, s->session, &opts, &token, &len, &diag);
	if (!agreed(w, "renew", rc, &diag, model_rc, reasons)) {
		counts_refused(&node->counts, &policies[node->policy], &s->token.model, s->token.sid_number, reasons);
		sess_token_free(token);
		return;
	}
	w->renewed++;
	counts_key(&node->counts, "minted", &model);
	counts_seconds(&node->counts, "ages", w->now + node->skew - model.auth_time);
	if (anew) {
		model_state(&policies[node->policy], &s->token.model, given, found);
		count_changed(w, found);
	}
	keep_token(w, token, len, &model, s->token.sid_number, s->token.sid, claims);
}

static void
step_regenerate(struct world *w)
{
	struct held_session *s = some_session(w);
	sess_regenerate_opts opts = SESS_REGENERATE_OPTS_INIT;
	char *token = NULL, old[SESS_ID_LEN + 1] = "";
	sess_context context[MODEL_NAMES];
	int given[MODEL_NAMES], found[MODEL_NAMES], claims, model_rc, rc;
	struct model_token model;
	uint32_t reasons = 0;
	struct node *node;
	sess_diag diag;
	size_t len = 0;

	if (s == NULL)
		return;
	node = &w->node[s->node];
	if (draw(w, 3) != 0)
		memcpy(given, s->token.model.bound, sizeof(given));
	else
		(void)draw_context(w, given);
	opts.context_count = spell_context(given, context);
	opts.context = context;
	claims = draw_claims(w, s, &opts.claims_json, &opts.claims_json_len);
	model_rc = model_regenerate(&node->ring, &policies[node->policy], w->now + node->skew, &s->token.model, given, &model, &reasons);
	rc = sess_regenerate(node->manager, s->session, &opts, &token, &len, old, &diag);
	if (!agreed(w, "regenerate", rc, &diag, model_rc, reasons)) {
		counts_refused(&node->counts, &policies[node->policy], &s->token.model, s->token.sid_number, reasons);
		sess_token_free(token);
		return;
	}
	w->regenerated++;
	counts_key(&node->counts, "minted", &model);
	node->counts.gone[s->token.sid_number] = 1;
	model_state(&policies[node->policy], &s->token.model, given, found);
	count_changed(w, found);
	if (strcmp(old, s->token.sid) != 0)
		COMPLAIN(w, "regenerate names another sid to revoke");
	keep_token(w, token, len, &model, ++w->sids, NULL, claims);
}

static void
step_compare(struct world *w)
{
	const struct held_session *a = some_session(w), *b = some_session(w);
	int got = 0, back = 0, rc, want;

	if (a == NULL || b == NULL)
		return;
	rc = sess_session_compare(a->session, b->session, &got);
	if (rc != (a->token.sid_number == b->token.sid_number ? 0 : SESS_ERR_ARGUMENT))
		COMPLAIN(w, "compare: %s", sess_error_name(rc));
	if (rc != 0 || sess_session_compare(b->session, a->session, &back) != 0)
		return;
	want = a->token.model.gen != b->token.model.gen ? (a->token.model.gen > b->token.model.gen ? 1 : -1) :
	    a->token.model.iat != b->token.model.iat	? (a->token.model.iat > b->token.model.iat ? 1 : -1) :
							  strcmp(a->token.jti, b->token.jti);
	if ((got > 0) != (want > 0) || (got < 0) != (want < 0) || got != -back)
		COMPLAIN(w, "compare: %d and %d, the model: %d", got, back, want);
}

/* Mostly it ticks; a token lives for minutes, so that jumps must be rare for anything to happen between them. */
static void
step_clock(struct world *w)
{
	uint64_t die = draw(w, 200);

	if (die < 1)
		w->now += (int64_t)draw(w, 50000);
	else if (die < 6)
		w->now -= (int64_t)draw(w, 200);
	else if (die < 12)
		w->now += (int64_t)draw(w, 3000);
	else if (die < 30)
		w->now += (int64_t)draw(w, 300);
	else
		w->now += (int64_t)draw(w, 6);
}

/* The file changes; a refusal (a rotation while a key is pending, say) is as good. */
static void
step_ring(struct world *w)
{
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *next = NULL;
	sess_key_info info;
	size_t any = (size_t)draw(w, sess_ring_key_count(w->ring));

	rotation.activate_in_s = (int64_t)draw(w, 4) * 100;
	rotation.sig = w->form != SESS_FORM_SEALED && draw(w, 2) == 0;
	rotation.enc = w->form != SESS_FORM_SIGNED && draw(w, 2) == 0;
	ck_assert_int_eq(sess_ring_key_info(w->ring, any, w->now, &info), 0);
	switch (sess_ring_key_count(w->ring) > 40 ? 7 : draw(w, 12)) {
	case 0:
		(void)!sess_ring_revoke(w->ring, info.kid, NULL, w->now, &next, NULL);
		break;
	case 1:
		(void)!sess_ring_prune(w->ring, info.kid, 1, w->now, &next, NULL);
		break;
	case 2: case 3: case 7:
		(void)!sess_ring_prune(w->ring, NULL, 0, w->now, &next, NULL);
		if (next == NULL && sess_ring_key_count(w->ring) > 40)
			(void)!sess_ring_prune(w->ring, info.kid, 1, w->now, &next, NULL);
		break;
	default:
		(void)!sess_ring_rotate(w->ring, &rotation, w->now, &next, NULL);
	}
	if (next == NULL)
		return;
	w->rings++;
	sess_ring_free(w->ring);
	w->ring = next;
}

/* The file reaches a node, at some time or other. */
static void
step_reach(struct world *w)
{
	struct node *node = &w->node[draw(w, NODES)];
	sess_diag diag;

	ck_assert_msg(sess_manager_set_ring(node->manager, w->ring, &diag) == 0, "%s", diag.message);
	counts_add(node->counts.told, "reloads");
	read_ring(w->ring, &node->ring);
}

static void
step_policy(struct world *w)
{
	int number = (int)draw(w, NODES);

	for (int i = 0; i < SESSIONS; i++)
		if (w->session[i].session != NULL && w->session[i].node == number)
			drop_session(&w->session[i]);
	node_close(w, number);
	node_open(w, number, (int)draw(w, POLICIES));
}

static void
step(struct world *w)
{
	uint64_t die = draw(w, 1000);

	if (die < 120)
		step_mint(w);
	else if (die < 600)
		step_verify(w);
	else if (die < 790)
		step_renew(w);
	else if (die < 830)
		step_regenerate(w);
	else if (die < 860)
		step_compare(w);
	else if (die < 978)
		step_clock(w);
	else if (die < 990)
		step_ring(w);
	else if (die < 998)
		step_reach(w);
	else
		step_policy(w);
}

#endif
