/* SPDX-License-Identifier: MIT */
/* L7: making, reading and wiping verified foreign tokens. Verifies nothing. */
#include "foreign/foreign.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <sess/jansson.h>

#include "base/diag.h"
#include "base/secret.h"

static const struct json_member *
own_member(const struct gate *g, const struct sess_foreign *f, const struct json_member *m)
{
	return m == NULL ? NULL : &f->member[m - g->index.member];
}

int
foreign_new(const struct gate *g, const struct foreign_claims *claims, struct sess_foreign **ret)
{
	size_t members = g->index.count * sizeof(struct json_member), room = g->payload_len + 1;
	size_t block_len = sizeof(struct sess_foreign) + members + 2 * room;
	struct sess_foreign *f = calloc(1, block_len);

	if (f == NULL)
		return diag_error(g->diag, SESS_ERR_MEMORY, NULL);
	f->block_len = block_len;
	memcpy(f->kid, g->key->kid, sizeof(f->kid));
	f->alg = g->key->alg;
	f->exp = claims->exp;
	f->iat = claims->iat;
	f->auth_time = claims->auth_time;
	memcpy(f->member, g->index.member, members);
	f->iss = own_member(g, f, claims->iss);
	f->sub = own_member(g, f, claims->sub);
	f->view.count = g->index.count;
	f->view.member = f->member;
	f->view.text = (char *)&f->member[f->view.count];
	f->view.text_len = g->payload_len;
	memcpy(f->view.text, g->payload, room);
	f->view.strings = f->view.text + room;
	*ret = f;
	return 0;
}

void
sess_foreign_free(sess_foreign *foreign)
{
	if (foreign != NULL)
		secret_wipe(foreign, foreign->block_len);
	free(foreign);
}

const char *
sess_foreign_libjwt_version(void)
{
	return libjwt_version();
}

int
sess_foreign_can_verify(const char *alg)
{
	const struct foreign_alg *row = alg == NULL ? NULL : foreign_alg_find(alg, strlen(alg));

	return row != NULL && libjwt_can(row);
}

const char *
sess_foreign_issuer(sess_foreign *foreign)
{
	return foreign->iss == NULL ? NULL : view_string(&foreign->view, foreign->iss, NULL);
}

const char *
sess_foreign_subject(sess_foreign *foreign)
{
	return foreign->sub == NULL ? NULL : view_string(&foreign->view, foreign->sub, NULL);
}

int64_t
sess_foreign_issued_at(const sess_foreign *foreign)
{
	return foreign->iat;
}

int64_t
sess_foreign_expires_at(const sess_foreign *foreign)
{
	return foreign->exp;
}

int64_t
sess_foreign_auth_time(const sess_foreign *foreign)
{
	return foreign->auth_time;
}

const char *
sess_foreign_kid(const sess_foreign *foreign)
{
	return foreign->kid;
}

const char *
sess_foreign_alg(const sess_foreign *foreign)
{
	return foreign->alg->name;
}

int
sess_foreign_get_string(sess_foreign *foreign, const char *name, const char **ret_value, size_t *ret_len)
{
	return foreign == NULL ? SESS_ERR_NO_CLAIM : view_get_string(&foreign->view, name, ret_value, ret_len);
}

int
sess_foreign_get_int(sess_foreign *foreign, const char *name, int64_t *ret_value)
{
	return foreign == NULL ? SESS_ERR_NO_CLAIM : view_get_int(&foreign->view, name, ret_value);
}

int
sess_foreign_get_bool(sess_foreign *foreign, const char *name, int *ret_value)
{
	return foreign == NULL ? SESS_ERR_NO_CLAIM : view_get_bool(&foreign->view, name, ret_value);
}

int
sess_foreign_get_json(sess_foreign *foreign, const char *name, const char **ret_json, size_t *ret_len)
{
	return foreign == NULL ? SESS_ERR_NO_CLAIM : view_get_json(&foreign->view, name, ret_json, ret_len);
}

const char *
sess_foreign_claims_json(const sess_foreign *foreign, size_t *ret_len)
{
	if (ret_len != NULL)
		*ret_len = foreign->view.text_len;
	return foreign->view.text;
}

int
sess_foreign_claims_jansson(const sess_foreign *foreign, json_t **ret_claims, sess_diag *diag)
{
	json_t *doc;

	diag_clear(diag);
	if (foreign == NULL || ret_claims == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_foreign_claims_jansson: a pointer is NULL");
	if ((doc = json_loadb(foreign->view.text, foreign->view.text_len, JSON_REJECT_DUPLICATES, NULL)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	*ret_claims = doc;
	return 0;
}
