/* SPDX-License-Identifier: MIT */
/* L6: claims as jansson documents, over the functions that take and give text. */
#include <stdlib.h>

#include <sess/jansson.h>

#include "base/diag.h"
#include "json/doc.h"
#include "json/index.h"

/* json_dumps() recurses as deep as the document is; a stack is not endless. */
static int
is_too_deep(const json_t *value, int room)
{
	const char *name;
	json_t *item;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	if (room == 0)
		return 1;
	json_array_foreach(value, i, item) {
		if (is_too_deep(item, room - 1))
			return 1;
	}
	/* jansson's iterators take a document that is not const, though they only read. */
	json_object_foreach((json_t *)(uintptr_t)value, name, item) {
		if (is_too_deep(item, room - 1))
			return 1;
	}
	return 0;
}

int
sess_mint_jansson(sess_manager *manager, const char *subject, const json_t *claims, const sess_mint_opts *opts,
    char **ret_token, size_t *ret_token_len, sess_diag *diag)
{
	char *text;
	size_t n;
	int rc;

	diag_clear(diag);
	if (claims == NULL)
		return sess_mint(manager, subject, NULL, 0, opts, ret_token, ret_token_len, diag);
	if (manager == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_mint_jansson: manager is NULL");
	if (!json_is_object(claims))
		return diag_error(diag, SESS_ERR_CLAIMS, "the claims must be a JSON object");
	if (is_too_deep(claims, (int)sess_manager_policy(manager)->max_depth))
		return diag_error(diag, SESS_ERR_CLAIMS, "the claims: %s", json_fault_sentence(JSON_F_DEPTH));
	if ((text = json_dumps(claims, JSON_COMPACT)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	for (n = 0; text[n] != '\0'; n++)
		continue;
	rc = sess_mint(manager, subject, text, n, opts, ret_token, ret_token_len, diag);
	doc_free_text(text, n);
	return rc;
}

int
sess_session_claims_jansson(const sess_session *session, json_t **ret_claims, sess_diag *diag)
{
	const char *text;
	json_t *doc;
	size_t n = 0;

	diag_clear(diag);
	if (session == NULL || ret_claims == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_session_claims_jansson: a pointer is NULL");
	text = sess_session_claims_json(session, &n);
	if ((doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	*ret_claims = doc;
	return 0;
}
