/* SPDX-License-Identifier: MIT */
/* L7: from the claims of a foreign token to those of a session. */
#include "foreign/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/secret.h"
#include "token/claim_names.h"

/* Taken over without being asked for: how the user was authenticated (OpenID Connect Core §2). */
static const char *const standing[] = { "acr", "amr" };

static int
is_standing(const char *name)
{
	for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++) {
		if (strcmp(standing[i], name) == 0)
			return 1;
	}
	return 0;
}

static int
check_name(const char *name, sess_diag *diag)
{
	if (name == NULL || name[0] == '\0')
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "claims", "the name of a chosen claim is empty");
	/* The token's own "auth_time" is taken over as "idp_auth_time" anyway. */
	if (strcmp(name, "iss") == 0 || strcmp(name, claim_name(CLAIM_AUTH_TIME)) == 0)
		return 0;
	for (int i = 0; i < CLAIM_COUNT; i++) {
		if (strcmp(claim_name((enum claim)i), name) == 0)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, name,
			    "\"%s\" of a session is the library's own claim and is not taken over; choose others", name);
	}
	return 0;
}

int
mapping_check(const sess_exchange_opts *opts, sess_diag *diag)
{
	int rc;

	if (opts->claims_count > SESS_FOREIGN_CLAIMS_MAX || (opts->claims == NULL && opts->claims_count > 0))
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "claims", "at most %d claims can be chosen",
		    SESS_FOREIGN_CLAIMS_MAX);
	if (opts->claims_json == NULL && opts->claims_json_len > 0)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_exchange: claims_json is NULL");
	if (opts->claims_json != NULL && opts->claims_json_len == 0)
		return diag_error(diag, SESS_ERR_CLAIMS, "the claims are empty text; give one JSON object, or NULL for none");
	for (size_t i = 0; i < opts->claims_count; i++) {
		if ((rc = check_name(opts->claims[i], diag)) != 0)
			return rc;
	}
	return 0;
}

int
mapping_subject(struct sess_foreign *f, const sess_exchange_opts *opts, struct buf *out, sess_diag *diag)
{
	size_t n = 0;
	const char *sub = view_string(&f->view, f->sub, &n);
	int rc = 0;

	if (opts->subject_prefix != NULL)
		rc = buf_append_str(out, opts->subject_prefix);
	if (rc == 0)
		rc = buf_append(out, sub, n + 1);
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

/* A member's lead: the opening brace, or a comma. */
static int
append_lead(struct buf *out, const char *name, size_t name_len)
{
	int rc;

	if ((rc = buf_append_str(out, out->len == 0 ? "{\"" : ",\"")) != 0 || (rc = buf_append(out, name, name_len)) != 0)
		return rc;
	return buf_append_str(out, "\":");
}

static int
append_claim(struct sess_foreign *f, const char *name, const char *as, struct buf *out)
{
	const struct json_member *m = view_find(&f->view, name);
	int rc;

	if (m == NULL)
		return 0;
	/* Under its own name as it is spelled there, escapes and all. */
	rc = as != NULL ? append_lead(out, as, strlen(as)) : append_lead(out, f->view.text + m->name_off, m->name_len);
	return rc != 0 ? rc : buf_append(out, f->view.text + m->value_off, m->value_len);
}

static int
append_chosen(struct sess_foreign *f, const sess_exchange_opts *opts, struct buf *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < opts->claims_count; i++) {
		const char *name = opts->claims[i];

		if (strcmp(name, claim_name(CLAIM_AUTH_TIME)) != 0 && !is_standing(name))
			rc = append_claim(f, name, strcmp(name, "iss") == 0 ? "idp_iss" : NULL, out);
	}
	return rc;
}

static int
append_auth_time(const struct sess_foreign *f, struct buf *out)
{
	int rc;

	if (f->auth_time < 0)
		return 0;
	rc = append_lead(out, "idp_auth_time", strlen("idp_auth_time"));
	return rc != 0 ? rc : buf_append_int(out, f->auth_time);
}

/* The members of an object that the index has found sound. */
static int
append_members(const char *text, const struct json_index *index, struct buf *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < index->count; i++) {
		const struct json_member *m = &index->member[i];

		rc = append_lead(out, text + m->name_off, m->name_len);
		if (rc == 0)
			rc = buf_append(out, text + m->value_off, m->value_len);
	}
	return rc;
}

static int
append_own(const sess_exchange_opts *opts, struct buf *out, sess_diag *diag)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
	struct room {
		struct json_scratch scratch;
		struct json_index index;
	} *room;
	int rc;

	if (opts->claims_json == NULL)
		return 0;
	if ((room = malloc(sizeof(*room))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if (json_index_build(opts->claims_json, opts->claims_json_len, &limits, &room->scratch, &room->index) != 0)
		rc = diag_error(diag, SESS_ERR_CLAIMS, "the claims, at byte %zu: %s", room->index.fault_off,
		    json_fault_sentence(room->index.fault));
	else if ((rc = append_members(opts->claims_json, &room->index, out)) != 0)
		rc = diag_error(diag, rc, NULL);
	secret_wipe(room, sizeof(*room));
	free(room);
	return rc;
}

int
mapping_claims(struct sess_foreign *f, const sess_exchange_opts *opts, struct buf *out, sess_diag *diag)
{
	int rc = append_auth_time(f, out);

	for (size_t i = 0; rc == 0 && i < sizeof(standing) / sizeof(standing[0]); i++)
		rc = append_claim(f, standing[i], NULL, out);
	if (rc == 0)
		rc = append_chosen(f, opts, out);
	if (rc != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = append_own(opts, out, diag)) != 0 || out->len == 0)
		return rc;
	rc = buf_append_str(out, "}");
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}
