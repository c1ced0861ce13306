/* SPDX-License-Identifier: MIT */
/*
 * L7: sess_exchange(): from a foreign token to a session, once. What is written in the store, the mark that the token is
 * used, is written last, with the new token at hand: so no error of ours can leave a user with neither.
 */
#include <string.h>

#include "base/checked.h"
#include "base/diag.h"
#include "base/secret.h"
#include "crypto/kdf.h"
#include "foreign/mapping.h"
#include "revocation/revocations.h"
#include "session/mint.h"

#define LABEL "sess exchanged token"

struct exchange {
	sess_manager *m;
	const sess_exchange_opts *opts;
	sess_diag *diag;
	int64_t now;
	struct gate *gate;
	struct sess_foreign *foreign;
	struct buf subject, claims; /* the session's */
	struct work *work;
	struct mint_request request;
	struct minted minted;
};

static void
exchange_done(struct exchange *x)
{
	if (x->work != NULL)
		manager_put_work(x->m, x->work);
	sess_token_free(x->minted.token);
	buf_done(&x->subject);
	buf_done(&x->claims);
	sess_foreign_free(x->foreign);
	gate_free(x->gate);
}

static int
check_opts(const sess_manager *m, const sess_foreign_expectations *e, const sess_exchange_opts *opts, sess_diag *diag)
{
	int rc;

	if (opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_exchange: initialise the options with SESS_EXCHANGE_OPTS_INIT");
	if (e->issuer == NULL || e->audience == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, e->issuer == NULL ? "issuer" : "audience",
		    "a token is exchanged only from an issuer and for an audience that the expectations name");
	/* Of whatever kind of token: who begins a session must know which sign-in it is the end of. */
	if (e->nonce == NULL && !e->waive_nonce)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "nonce",
		    "give the nonce of the request, or waive it by waive_nonce: without it a token from another sign-in is accepted");
	if (m->revocations == NULL && !opts->insecure_exchange_again)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations", "the manager has no revocation store to remember "
		    "exchanged tokens; set config.revocations, or waive that by insecure_exchange_again");
	if ((rc = mapping_check(opts, diag)) != 0)
		return rc;
	return context_check(opts->context, opts->context_count, diag);
}

/* A token may be sound and yet not enough to begin a session with. */
static int
check_exchangeable(struct exchange *x)
{
	struct gate *g = x->gate;
	const struct sess_foreign *f = x->foreign;

	if (f->sub == NULL)
		(void)gate_refuse(g, SESS_REASON_BAD_PAYLOAD, "sub", "a subject", "the claim is missing");
	if (f->iss == NULL)
		(void)gate_refuse(g, SESS_REASON_BAD_PAYLOAD, "iss", "an issuer", "the claim is missing");
	if (f->iat < 0)
		(void)gate_refuse(g, SESS_REASON_BAD_PAYLOAD, "iat", "a time, in seconds since the epoch", "the claim is missing");
	if (f->exp - x->now > REVOCATION_ONCE_MAX_S - REVOCATION_KEEP_S)
		(void)gate_refuse(g, SESS_REASON_BAD_PAYLOAD, "exp", "a token of less than 400 days, so that its use can be remembered",
		    "a longer life");
	return g->reasons != 0 ? SESS_ERR_REJECTED : 0;
}

static int
prepare(struct exchange *x)
{
	struct mint_request *req = &x->request;
	int rc;

	if ((rc = mapping_subject(x->foreign, x->opts, &x->subject, x->diag)) != 0 ||
	    (rc = mapping_claims(x->foreign, x->opts, &x->claims, x->diag)) != 0)
		return rc;
	req->subject = (const char *)x->subject.data;
	req->claims_json = (const char *)x->claims.data;
	req->claims_json_len = x->claims.len;
	req->iat = req->auth_time = revocations_floor(x->m->revocations, req->subject, x->now);
	req->persistent = x->opts->persistent != 0;
	req->context = x->opts->context;
	req->context_count = x->opts->context_count;
	req->hard_end = x->opts->hard_end;
	if (!x->opts->capped)
		return 0;
	/* Within the leeway the token is still good, and there is nothing left of it. */
	if (x->foreign->exp <= req->iat)
		return gate_refuse(x->gate, SESS_REASON_ABSOLUTE_EXPIRED, "exp", "some life left, for the session ends with the token",
		    "none");
	if (req->hard_end == 0 || req->hard_end > x->foreign->exp)
		req->hard_end = x->foreign->exp;
	return 0;
}

/* What revokes a subject is listed for as long as a session may last, and no longer: of an older token nobody here knows. */
static int
check_age(struct exchange *x)
{
	int64_t last = time_add(x->foreign->iat, x->work->tab->ring->session_life_s);

	if (x->now < last)
		return 0;
	x->gate->reasons |= SESS_REASON_ABSOLUTE_EXPIRED;
	return diag_reject_num(x->diag, SESS_REASON_ABSOLUTE_EXPIRED, "iat", SESS_UNIT_TIME, last, x->now, NULL, NULL);
}

static int
check_subject(struct exchange *x)
{
	int refused = 0, rc;

	if ((rc = revocations_refuses_subject(x->m->revocations, x->request.subject, strlen(x->request.subject), x->foreign->iat,
	    x->now, &refused, x->diag)) != 0 || !refused)
		return rc;
	return gate_refuse(x->gate, SESS_REASON_REVOKED, "sub", "a subject not logged out since the token was issued",
	    "a revocation of the subject, or of everybody");
}

/* The issuer, its length before it, and the signing input (RFC 7515 §5.1 step 5). */
static int
name_token(struct exchange *x, uint8_t out[REVOCATION_KEY_LEN])
{
	const struct sess_ring *ring = x->work->tab->ring;
	SECRET_CLEANUP struct secret key = { { 0 }, 0 };
	BUF_CLEANUP struct buf msg = { 0 };
	const char *iss, *end = x->gate->compact.segment[JWS_PAYLOAD] + x->gate->compact.len[JWS_PAYLOAD];
	uint8_t mac[32];
	size_t n = 0;
	int rc;

	iss = view_string(&x->foreign->view, x->foreign->iss, &n);
	if ((rc = buf_append_int(&msg, (int64_t)n)) != 0 || (rc = buf_append(&msg, ":", 1)) != 0 ||
	    (rc = buf_append(&msg, iss, n)) != 0 || (rc = buf_append(&msg, x->gate->token, (size_t)(end - x->gate->token))) != 0 ||
	    (rc = kdf_hkdf_sha256(ring->lib, &ring->tag, LABEL, 32, &key)) != 0 ||
	    (rc = kdf_hmac_sha256(ring->lib, &key, msg.data, msg.len, mac)) != 0)
		return diag_error(x->diag, rc, NULL);
	memcpy(out, mac, REVOCATION_KEY_LEN);
	return 0;
}

static int
use_once(struct exchange *x)
{
	/* Another node's policy may have the greatest leeway that there is. */
	int64_t until = time_add(x->foreign->exp, REVOCATION_KEEP_S);
	uint8_t key[REVOCATION_KEY_LEN];
	int first = 0, rc;

	if ((rc = name_token(x, key)) != 0 ||
	    (rc = revocations_once(x->m->revocations, key, until, x->now, &first, x->diag)) != 0 || first)
		return rc;
	return gate_refuse(x->gate, SESS_REASON_REUSED, NULL, "a token that was not exchanged before", "one that was");
}

static int
run(struct exchange *x, const char *token, size_t token_len)
{
	int rc;

	if ((rc = foreign_judge(x->m, x->gate, token, token_len, x->now, &x->foreign)) != 0 ||
	    (rc = check_exchangeable(x)) != 0 || (rc = prepare(x)) != 0 || (rc = manager_take_work(x->m, &x->work, x->diag)) != 0 ||
	    (rc = mint_token(x->work, &x->m->policy, &x->request, &x->minted, x->diag)) != 0)
		return rc;
	if (x->opts->insecure_exchange_again)
		return 0;
	/* After auth_time was chosen: what revokes the subject from here on, revokes this session too. And again when the store has
	 * answered: what was revoked elsewhere while it was out of reach, has been heard of by then. */
	if ((rc = check_age(x)) != 0 || (rc = check_subject(x)) != 0 || (rc = use_once(x)) != 0)
		return rc;
	return check_subject(x);
}

int
sess_exchange(sess_manager *manager, const sess_foreign_keys *keys, const char *token, size_t token_len,
    const sess_foreign_expectations *expectations, const sess_exchange_opts *opts, char **ret_token, size_t *ret_token_len,
    sess_diag *diag)
{
	static const sess_exchange_opts defaults = SESS_EXCHANGE_OPTS_INIT;
	__attribute__((cleanup(exchange_done))) struct exchange x = { .m = manager, .opts = opts != NULL ? opts : &defaults,
		.diag = diag };
	int rc;

	diag_clear(diag);
	if ((rc = foreign_check_arguments("sess_exchange", manager, keys, token, token_len, expectations, diag)) != 0)
		return rc;
	if (ret_token == NULL || ret_token_len == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_exchange: a pointer is NULL");
	if ((rc = check_opts(manager, expectations, x.opts, diag)) != 0 || (rc = manager_now(manager, &x.now, diag)) != 0 ||
	    (rc = gate_new(keys, expectations, diag, &x.gate)) != 0)
		return rc;
	rc = run(&x, token, token_len);
	foreign_tell(manager, x.now, rc, x.gate->reasons);
	if (rc != 0)
		return rc;
	session_started(manager, x.work, &x.request, &x.minted);
	*ret_token = x.minted.token;
	*ret_token_len = x.minted.len;
	x.minted.token = NULL;
	return 0;
}
