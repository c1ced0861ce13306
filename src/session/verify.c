/* SPDX-License-Identifier: MIT */
/* L4: sess_verify(): the steps of verification in their order, and the events after them. */
#include <stdlib.h>

#include "base/diag.h"
#include "session/event.h"
#include "session/session.h"
#include "token/verify.h"

/* Steps 1 to 7 end at the first failure; 8 and 9 are all evaluated. Revocation (10) and context (11) have no source yet. */
static int
run_steps(struct verification *v)
{
	int rc;

	if ((rc = verify_text(v)) != 0 || (rc = verify_header(v)) != 0 || (rc = verify_key(v)) != 0 ||
	    (rc = verify_lengths(v)) != 0 || (rc = verify_decrypt(v)) != 0 || (rc = verify_signature(v)) != 0 ||
	    (rc = verify_payload(v)) != 0)
		return rc;
	verify_names(v);
	verify_time(v);
	return v->reasons == 0 ? 0 : SESS_ERR_REJECTED;
}

static void
tell(const sess_manager *m, struct verification *v, int rc)
{
	const struct json_member *sid = rc == 0 ? v->claims.sid : NULL;
	const struct ring_key *in_turn;

	if (m->on_event == NULL)
		return;
	if (rc == SESS_ERR_REJECTED) {
		if ((v->reasons & SESS_REASON_UNKNOWN_KEY) != 0)
			event_raise(m, v->work, SESS_EVENT_UNKNOWN_KEY, v->now, v->reasons, NULL, NULL, 0);
		event_raise(m, v->work, SESS_EVENT_REJECTED, v->now, v->reasons, v->kid, NULL, 0);
	} else if (rc == 0) {
		/* However it is spelled: one session, one name. Step 7 has bounded its length. */
		char text[6 * CLAIMS_ID_LEN];
		size_t n = json_unescape(text, v->payload + sid->value_off + 1, sid->value_len - 2);

		in_turn = ring_key_in_turn(v->work->tab->ring, v->minted_with->use, v->now);
		if (in_turn != v->minted_with->entry->key)
			event_raise(m, v->work, SESS_EVENT_OLD_KEY_USED, v->now, 0, v->kid, text, n);
		event_raise(m, v->work, SESS_EVENT_VERIFIED, v->now, 0, v->kid, text, n);
	}
}

int
sess_verify(sess_manager *manager, const char *token, size_t token_len, const sess_verify_opts *opts,
    sess_session **ret_session, sess_diag *diag)
{
	struct verification v;
	struct work *w = NULL;
	int64_t now = 0;
	int rc;

	diag_clear(diag);
	if (manager == NULL || (token == NULL && token_len > 0) || ret_session == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_verify: a pointer is NULL");
	if (opts != NULL && opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_verify: initialise the options with SESS_VERIFY_OPTS_INIT");
	if ((rc = manager_now(manager, &now, diag)) != 0 || (rc = manager_take_work(manager, &w, diag)) != 0)
		return rc;
	verify_init(&v, w, &manager->policy, now, token, token_len, diag);
	rc = run_steps(&v);
	if (rc == 0 && (rc = session_new(&v, ret_session)) != 0)
		rc = diag_error(diag, rc, NULL);
	tell(manager, &v, rc);
	manager_put_work(manager, w);
	return rc;
}
