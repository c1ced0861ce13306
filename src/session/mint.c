/* SPDX-License-Identifier: MIT */
/* L6: sess_mint(): a clock reading and a work space around the minting of a token, and the event after it. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/secret.h"
#include "revocation/revocations.h"
#include "session/event.h"
#include "session/mint.h"

void
session_started(const sess_manager *m, struct work *w, const struct mint_request *req, const struct minted *minted)
{
	const struct event_session fresh = { .sid = minted->sid, .auth_time = req->auth_time };

	event_raise(m, w, &(struct event_fact){ .kind = SESS_EVENT_MINTED, .now = req->iat, .kid = minted->kid, .session = &fresh });
	event_raise_budget(m, req->iat, minted);
}

int
sess_mint(sess_manager *manager, const char *subject, const char *claims_json, size_t claims_json_len,
    const sess_mint_opts *opts, char **ret_token, size_t *ret_token_len, sess_diag *diag)
{
	struct mint_request req = { .subject = subject, .claims_json = claims_json, .claims_json_len = claims_json_len };
	struct minted minted = { .token = NULL };
	struct work *w = NULL;
	int rc;

	diag_clear(diag);
	if (manager == NULL || ret_token == NULL || ret_token_len == NULL || (claims_json == NULL && claims_json_len > 0))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_mint: a pointer is NULL");
	if (claims_json != NULL && claims_json_len == 0)
		return diag_error(diag, SESS_ERR_CLAIMS, "the claims are empty text; give one JSON object, or NULL for none");
	if (opts != NULL && opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_mint: initialise the options with SESS_MINT_OPTS_INIT");
	if (opts != NULL) {
		if ((rc = context_check(opts->context, opts->context_count, diag)) != 0)
			return rc;
		req.not_before = opts->not_before;
		req.hard_end = opts->hard_end;
		req.persistent = opts->persistent != 0;
		req.context = opts->context;
		req.context_count = opts->context_count;
	}
	if ((rc = manager_now(manager, &req.iat, diag)) != 0 || (rc = manager_take_work(manager, &w, diag)) != 0)
		return rc;
	/* After whatever has logged the subject out everywhere. */
	req.iat = req.auth_time = revocations_floor(manager->revocations, subject, req.iat);
	if ((rc = mint_token(w, &manager->policy, &req, &minted, diag)) == 0)
		session_started(manager, w, &req, &minted);
	manager_put_work(manager, w);
	if (rc != 0)
		return rc;
	*ret_token = minted.token;
	*ret_token_len = minted.len;
	return 0;
}

void
sess_token_free(char *token)
{
	if (token != NULL)
		secret_wipe(token, strlen(token));
	free(token);
}
