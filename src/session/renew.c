/* SPDX-License-Identifier: MIT */
/*
 * L6: sess_renew() and sess_regenerate(): a verified session is judged once more, under the ring, the clock and the
 * revocations of now, and a token is minted from what it says.
 */
#include <string.h>

#include "base/diag.h"
#include "session/event.h"
#include "session/revocation.h"
#include "session/rules.h"
#include "session/session.h"
#include "token/mint.h"

/* What both calls are asked for. */
struct renewal {
	sess_manager *manager;
	sess_session *session;
	const char *claims_json;
	size_t claims_json_len;
	const sess_context *context;
	size_t context_count;
	int regenerate;
};

static int
check(const struct renewal *r, const char *function, sess_diag *diag)
{
	if (r->session->verified_by != r->manager)
		return diag_error(diag, SESS_ERR_ARGUMENT,
		    "%s: the session was verified by another manager, under another policy; verify the token with this one",
		    function);
	if (r->claims_json == NULL && r->claims_json_len > 0)
		return diag_error(diag, SESS_ERR_ARGUMENT, "%s: the claims are NULL and have a length", function);
	if (r->claims_json != NULL && r->claims_json_len == 0)
		return diag_error(diag, SESS_ERR_CLAIMS, "the claims are empty text; give one JSON object, or NULL to keep them");
	return context_check(r->context, r->context_count, diag);
}

/* Fills *v as verification left it, and runs again what may have changed since. */
static int
judge(const struct renewal *r, struct work *w, int64_t now, struct verification *v, sess_diag *diag)
{
	const sess_session *s = r->session;
	int rc;

	verify_init(v, w, &r->manager->policy, now, NULL, 0, diag);
	v->context = r->context;
	v->context_count = r->context_count;
	v->context_is_judged = r->context == NULL && !r->regenerate;
	for (size_t i = 0; i < s->context_count; i++)
		v->context_state[i] = s->context[i].state;
	if ((rc = verify_again(v, s->kid, s->outer_kid, s->text, s->text_len)) != 0)
		return rc;
	if ((rc = rules_judge(r->manager, v)) != 0 && rc != SESS_ERR_REJECTED)
		return rc;
	verify_renewable(v);
	return v->reasons == 0 ? 0 : SESS_ERR_REJECTED;
}

/* The caller's claims as they stand: each member's text, without what is the library's own. */
static int
keep_claims(const sess_session *s, const struct json_index *index, struct buf *out)
{
	uint8_t reserved[JSON_MEMBERS_MAX];
	int rc;

	claims_mark_reserved(s->text, index, reserved);
	for (size_t i = 0; i < index->count; i++) {
		const struct json_member *m = &index->member[i];
		size_t from = m->name_off - 1, to = (size_t)m->value_off + m->value_len;

		if (reserved[i])
			continue;
		if ((rc = buf_append(out, out->len == 0 ? "{" : ",", 1)) != 0 ||
		    (rc = buf_append(out, s->text + from, to - from)) != 0)
			return rc;
	}
	return out->len == 0 ? 0 : buf_append(out, "}", 1);
}

static int
mint(const struct renewal *r, struct verification *v, struct mint_request *req, struct minted *minted, sess_diag *diag)
{
	BUF_CLEANUP struct buf kept = { 0 };
	const struct claims *c = &v->claims;
	int rc;

	*req = (struct mint_request){ .subject = sess_session_subject(r->session), .iat = verify_renewal_time(v),
		.auth_time = c->auth_time, .gen = r->regenerate ? 0 : c->gen + 1, .hard_end = c->end == TIME_NONE ? 0 : c->end,
		.persistent = c->persistent, .claims_json = r->claims_json, .claims_json_len = r->claims_json_len };
	if (req->gen > CLAIMS_GEN_MAX)
		return diag_error_at(diag, SESS_ERR_CLAIMS, NULL, "gen",
		    "the session has been renewed %lld times, which is as far as \"gen\" counts; sign in again", (long long)c->gen);
	if (r->regenerate) {
		req->context = r->context;
		req->context_count = r->context_count;
	} else {
		req->sid = c->sid;
		req->bound = c->context;
		req->context_count = c->context_count;
	}
	if (r->claims_json == NULL) {
		if ((rc = keep_claims(r->session, &v->work->index, &kept)) != 0)
			return diag_error(diag, rc, NULL);
		req->claims_json = (const char *)kept.data;
		req->claims_json_len = kept.len;
	}
	return mint_token(v->work, v->policy, req, minted, diag);
}

/* A renewal names the session with its new gen; a regeneration the session that is left. */
static void
tell(const struct renewal *r, struct verification *v, const struct mint_request *req, const struct minted *minted,
    int rc)
{
	struct event_session session = { r->session->sid, r->session->auth_time, r->session->gen, v->idle_deadline,
		v->absolute_deadline };
	struct event_fact fact = { .now = v->now, .reasons = v->reasons, .kid = v->kid, .session = &session,
		.context = r->context, .context_count = r->context_count };

	if (rc == 0) {
		fact.kind = r->regenerate ? SESS_EVENT_REGENERATED : SESS_EVENT_RENEWED;
		fact.kid = minted->kid;
		session.gen = r->regenerate ? session.gen : req->gen;
		event_raise(r->manager, v->work, &fact);
		event_raise_budget(r->manager, v->now, minted);
		/* What verification has told already is not told again. */
		if (!v->context_is_judged)
			rules_tell_context(r->manager, v, &fact);
	} else if (rc == SESS_ERR_REJECTED) {
		fact.kind = SESS_EVENT_REJECTED;
		event_raise(r->manager, v->work, &fact);
	}
}

static int
run(const struct renewal *r, char **ret_token, size_t *ret_token_len, sess_diag *diag)
{
	struct mint_request req = { .subject = NULL };
	struct minted minted = { .token = NULL };
	struct work *w = NULL;
	struct verification v;
	int64_t now = 0;
	int rc;

	if ((rc = manager_now(r->manager, &now, diag)) != 0 || (rc = manager_take_work(r->manager, &w, diag)) != 0)
		return rc;
	if ((rc = judge(r, w, now, &v, diag)) == 0)
		rc = mint(r, &v, &req, &minted, diag);
	if (rc == 0 && r->regenerate &&
	    (rc = revocation_carry_spare(r->manager, r->session->sid, minted.sid, now, diag)) != 0)
		sess_token_free(minted.token);
	tell(r, &v, &req, &minted, rc);
	manager_put_work(r->manager, w);
	if (rc != 0)
		return rc;
	*ret_token = minted.token;
	*ret_token_len = minted.len;
	return 0;
}

int
sess_renew(sess_manager *manager, sess_session *session, const sess_renew_opts *opts, char **ret_token,
    size_t *ret_token_len, sess_diag *diag)
{
	struct renewal r = { .manager = manager, .session = session };
	int rc;

	diag_clear(diag);
	if (manager == NULL || session == NULL || ret_token == NULL || ret_token_len == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_renew: a pointer is NULL");
	if (opts != NULL && opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_renew: initialise the options with SESS_RENEW_OPTS_INIT");
	if (opts != NULL) {
		r.claims_json = opts->claims_json;
		r.claims_json_len = opts->claims_json_len;
		r.context = opts->context;
		r.context_count = opts->context_count;
	}
	if ((rc = check(&r, "sess_renew", diag)) != 0)
		return rc;
	return run(&r, ret_token, ret_token_len, diag);
}

int
sess_regenerate(sess_manager *manager, sess_session *session, const sess_regenerate_opts *opts, char **ret_token,
    size_t *ret_token_len, char ret_old_sid[SESS_ID_LEN + 1], sess_diag *diag)
{
	struct renewal r = { .manager = manager, .session = session, .regenerate = 1 };
	int rc;

	diag_clear(diag);
	if (manager == NULL || session == NULL || ret_token == NULL || ret_token_len == NULL || ret_old_sid == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_regenerate: a pointer is NULL");
	if (opts != NULL && opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_regenerate: initialise the options with SESS_REGENERATE_OPTS_INIT");
	if (opts != NULL) {
		r.claims_json = opts->claims_json;
		r.claims_json_len = opts->claims_json_len;
		r.context = opts->context;
		r.context_count = opts->context_count;
	}
	if ((rc = check(&r, "sess_regenerate", diag)) != 0 || (rc = run(&r, ret_token, ret_token_len, diag)) != 0)
		return rc;
	memcpy(ret_old_sid, session->sid, SESS_ID_LEN + 1);
	return 0;
}

static int
sign_of(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

int
sess_session_compare(const sess_session *a, const sess_session *b, int *ret_order)
{
	int order;

	if (a == NULL || b == NULL || ret_order == NULL || strcmp(a->sid, b->sid) != 0)
		return SESS_ERR_ARGUMENT;
	if ((order = sign_of(a->gen, b->gen)) == 0 && (order = sign_of(a->iat, b->iat)) == 0)
		order = sign_of(strcmp(a->jti, b->jti), 0);
	*ret_order = order;
	return 0;
}
