/* SPDX-License-Identifier: MIT */
/* L6: sess_verify(): the steps of verification in their order, and the events after them. */
#include <stdlib.h>

#include "base/diag.h"
#include "session/event.h"
#include "session/metrics.h"
#include "session/rules.h"
#include "session/session.h"
#include "token/verify.h"

static int
run_steps(sess_manager *m, struct verification *v)
{
	int rc;

	/* 1 text, 2 header, 3 key, 4 lengths, 5 decryption, 6 signature, 7 payload: the first failure ends it. */
	if ((rc = verify_open(v)) != 0)
		return rc;
	/* 8 typ iss aud, 9 time, 10 revocation, 11 context: all are evaluated. */
	if ((rc = rules_judge(m, v)) != 0)
		return rc;
	verify_renewal(v);
	return 0;
}

/* The steps, with the ring in force; once more where a key that is unknown may be in a ring that has come into force
 * since. The work space stays taken, in v->work; NULL: none could be had. */
static int
judge(sess_manager *m, const char *token, size_t token_len, const sess_verify_opts *opts, int64_t now,
    struct verification *v, sess_diag *diag)
{
	struct work *w = NULL;
	int rc;

	for (int last = 0;; last = 1) {
		v->work = NULL;
		if ((rc = manager_take_work(m, &w, diag)) != 0)
			return rc;
		verify_init(v, w, &m->policy, now, token, token_len, diag);
		if (opts != NULL) {
			v->context = opts->context;
			v->context_count = opts->context_count;
		}
		rc = run_steps(m, v);
		if ((v->reasons & SESS_REASON_UNKNOWN_KEY) == 0 || last || !reload_for_unknown_key(m, w->tab))
			return rc;
		manager_put_work(m, w);
		diag_clear(diag);
	}
}

/* A refused token names its session only when the payload is a minter's own. */
static void
tell(const sess_manager *m, struct verification *v, const sess_verify_opts *opts, int rc, int old_key)
{
	struct event_fact fact = { .now = v->now, .reasons = v->reasons };
	struct event_session session;

	if (opts != NULL) {
		fact.client = opts->client;
		fact.client_len = opts->client_len;
		fact.context = opts->context;
		fact.context_count = opts->context_count;
	}
	if (v->authentic) {
		session = (struct event_session){ v->claims.sid, v->claims.auth_time, v->claims.gen, v->idle_deadline,
			v->absolute_deadline };
		fact.session = &session;
		fact.entry = v->minted_with->entry;
	}
	if ((v->reasons & SESS_REASON_UNKNOWN_KEY) != 0) {
		fact.kind = SESS_EVENT_UNKNOWN_KEY;
		event_raise(m, v->work, &fact);
	}
	fact.kid = v->kid;
	if (old_key) {
		fact.kind = SESS_EVENT_OLD_KEY_USED;
		event_raise(m, v->work, &fact);
	}
	fact.kind = rc == 0 ? SESS_EVENT_VERIFIED : SESS_EVENT_REJECTED;
	event_raise(m, v->work, &fact);
	if (rc == 0)
		rules_tell_context(m, v, &fact);
}

/* What most requests come to, a token accepted and nobody listening, is a few additions. */
static void
conclude(const sess_manager *m, struct verification *v, const sess_verify_opts *opts, int rc)
{
	const struct keytab_entry *entry = v->minted_with->entry;
	int old_key = rc == 0 && entry->key->succeeded_at <= v->now;

	if (rc == 0 && !old_key && v->claims.context_count == 0 && m->on_event == NULL)
		metrics_count_verified(v->work->tally, entry);
	else if (rc == 0 || rc == SESS_ERR_REJECTED)
		tell(m, v, opts, rc, old_key);
}

int
sess_verify(sess_manager *manager, const char *token, size_t token_len, const sess_verify_opts *opts,
    sess_session **ret_session, sess_diag *diag)
{
	struct verification v;
	int64_t now = 0;
	int rc;

	diag_clear(diag);
	if (manager == NULL || (token == NULL && token_len > 0) || ret_session == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_verify: a pointer is NULL");
	if (opts != NULL && (opts->size != sizeof(*opts) || (opts->client == NULL && opts->client_len > 0)))
		return diag_error(diag, SESS_ERR_ARGUMENT,
		    "sess_verify: initialise the options with SESS_VERIFY_OPTS_INIT; client may be NULL only with length 0");
	if (opts != NULL && (rc = context_check(opts->context, opts->context_count, diag)) != 0)
		return rc;
	if ((rc = manager_now(manager, &now, diag)) != 0)
		return rc;
	rc = judge(manager, token, token_len, opts, now, &v, diag);
	if (v.work == NULL)
		return rc;
	if (rc == 0 && (rc = session_new(manager, &v, ret_session)) != 0)
		rc = diag_error(diag, rc, NULL);
	conclude(manager, &v, opts, rc);
	manager_put_work(manager, v.work);
	return rc;
}
