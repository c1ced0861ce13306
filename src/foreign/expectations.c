/* SPDX-License-Identifier: MIT */
/* L7: whether a caller has said what it expects. What is dangerous to leave out must be waived by name. */
#include <string.h>

#include "base/checked.h"
#include "base/diag.h"
#include "foreign/verdict.h"

static int
refuse(sess_diag *diag, const char *member, const char *why)
{
	return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, member, "the expectations: %s", why);
}

static int
is_text(const char *s)
{
	return s == NULL || s[0] != '\0';
}

static int
check_algs(const sess_foreign_expectations *e, sess_diag *diag)
{
	if (e->algs == NULL || e->algs_count < 1 || e->algs_count > SESS_FOREIGN_ALGS_MAX)
		return refuse(diag, "algs", "name the algorithms that are accepted, 1 to 16: \"RS256\", say");
	for (size_t i = 0; i < e->algs_count; i++) {
		if (e->algs[i] == NULL || foreign_alg_find(e->algs[i], strlen(e->algs[i])) == NULL)
			return refuse(diag, "algs", "one of the algorithms is not known here; names are exact: \"RS256\", say");
	}
	return 0;
}

static int
check_names(const sess_foreign_expectations *e, sess_diag *diag)
{
	if (!is_text(e->issuer) || !is_text(e->audience) || !is_text(e->authorized_party) || !is_text(e->nonce) || !is_text(e->typ))
		return refuse(diag, NULL, "a name is empty; give it, or NULL");
	if (e->issuer == NULL && !e->insecure_any_issuer)
		return refuse(diag, "issuer", "name the issuer, or waive it by insecure_any_issuer");
	if (e->audience == NULL && !e->insecure_any_audience)
		return refuse(diag, "audience", "name the audience (your client_id), or waive it by insecure_any_audience");
	if ((e->issuer != NULL && e->insecure_any_issuer) || (e->audience != NULL && e->insecure_any_audience))
		return refuse(diag, NULL, "a name is given and waived at once");
	return 0;
}

int
expectations_check(const sess_foreign_expectations *e, sess_diag *diag)
{
	int rc;

	if (e->size != sizeof(*e))
		return refuse(diag, "size", "initialise them with SESS_FOREIGN_EXPECTATIONS_INIT");
	if (e->kind != SESS_FOREIGN_ID_TOKEN && e->kind != SESS_FOREIGN_JWT)
		return refuse(diag, "kind", "no such kind of token");
	if ((rc = check_names(e, diag)) != 0 || (rc = check_algs(e, diag)) != 0)
		return rc;
	if (e->nonce != NULL && e->waive_nonce)
		return refuse(diag, "nonce", "the nonce is given and waived at once");
	if (e->nonce == NULL && !e->waive_nonce && e->kind == SESS_FOREIGN_ID_TOKEN)
		return refuse(diag, "nonce", "give the nonce of the request, or waive it by waive_nonce: without it a token from "
		    "another sign-in is accepted");
	if (e->max_age_s < 0 || e->max_age_s > TIME_MAX)
		return refuse(diag, "max_age_s", "it must lie in 0..253402300799");
	if (e->max_token_bytes > SESS_FOREIGN_TOKEN_BYTES_MAX)
		return refuse(diag, "max_token_bytes", "at most 131072 bytes are read");
	return 0;
}
