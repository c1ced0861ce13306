/* SPDX-License-Identifier: MIT */
/* L4: sess_inspect(): a token taken apart without any key. Trusts nothing and verifies nothing. */
#include <stdlib.h>
#include <string.h>

#include <sess/inspect.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "base/secret.h"
#include "jose/compact.h"
#include "jose/header.h"
#include "json/index.h"

struct sess_inspection {
	size_t count;
	size_t text_len[COMPACT_JWE];
	struct buf header, payload;
	int form_known;
	sess_form form;
};

static void
inspection_cleanup(struct sess_inspection **inspection)
{
	sess_inspection_free(*inspection);
}

static void
scratch_cleanup(struct header_scratch **scratch)
{
	free(*scratch);
}

static int
decode(const struct compact *c, size_t i, struct buf *out, sess_diag *diag)
{
	size_t n = B64URL_DECODED_LEN(c->len[i]);
	int rc;

	if ((rc = buf_reserve(out, n + 1)) != 0)
		return diag_error(diag, rc, NULL);
	if (b64url_decode(out->data, c->segment[i], c->len[i]) != 0)
		return diag_reject(diag, SESS_REASON_MALFORMED, NULL, "base64url", "a segment is not");
	out->len = n;
	out->data[n] = '\0';
	return 0;
}

/* Which form's header this is, if any. */
static void
find_form(struct sess_inspection *x, const struct compact *c, struct header_scratch *scratch, struct jose_header *h)
{
	const char *why = NULL, *member = NULL;
	enum jose_use use = c->count == COMPACT_JWS ? JOSE_USE_SIG : JOSE_USE_ENC;

	if (header_parse(c->segment[0], c->len[0], scratch, h, &why, &member) != 0 || h->alg == NULL || h->kid == NULL ||
	    h->typ == NULL || (h->enc == NULL) != (use == JOSE_USE_SIG) || alg_find(use, h->alg) == NULL ||
	    (h->enc != NULL && enc_find(h->enc) == NULL) || (h->cty != NULL && strcmp(h->cty, "JWT") != 0) ||
	    (h->cty != NULL && use == JOSE_USE_SIG))
		return;
	x->form_known = 1;
	x->form = use == JOSE_USE_SIG ? SESS_FORM_SIGNED : h->cty != NULL ? SESS_FORM_NESTED : SESS_FORM_SEALED;
}

static int
check_header(const struct sess_inspection *x, struct header_scratch *scratch, sess_diag *diag)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };

	if (json_index_build((const char *)x->header.data, x->header.len, &limits, &scratch->json, &scratch->index) != 0)
		return diag_reject(diag, SESS_REASON_MALFORMED, NULL, "a first segment that is a JSON object",
		    json_fault_sentence(scratch->index.fault));
	return 0;
}

static int
take_apart(struct sess_inspection *x, const char *token, size_t n, struct header_scratch *scratch, sess_diag *diag)
{
	struct compact c;
	struct jose_header h;
	const char *why = NULL;
	int rc;

	if (compact_split(token, n, 1, &c, &why) != 0)
		return diag_reject(diag, SESS_REASON_MALFORMED, NULL, "a compact serialization (JWS or JWE)", why);
	x->count = c.count;
	memcpy(x->text_len, c.len, sizeof(x->text_len[0]) * c.count);
	if ((rc = decode(&c, 0, &x->header, diag)) != 0 || (rc = check_header(x, scratch, diag)) != 0)
		return rc;
	find_form(x, &c, scratch, &h);
	return c.count == COMPACT_JWS ? decode(&c, JWS_PAYLOAD, &x->payload, diag) : 0;
}

int
sess_inspect(const char *token, size_t token_len, sess_inspection **ret_inspection, sess_diag *diag)
{
	__attribute__((cleanup(inspection_cleanup))) struct sess_inspection *x = NULL;
	__attribute__((cleanup(scratch_cleanup))) struct header_scratch *scratch = NULL;
	int rc;

	diag_clear(diag);
	if ((token == NULL && token_len > 0) || ret_inspection == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_inspect: a pointer is NULL");
	if (token_len > SESS_INSPECT_BYTES_MAX)
		return diag_reject_num(diag, SESS_REASON_OVERSIZE, NULL, SESS_UNIT_BYTES, SESS_INSPECT_BYTES_MAX,
		    token_len > (size_t)INT64_MAX ? INT64_MAX : (int64_t)token_len, NULL, NULL);
	if ((x = calloc(1, sizeof(*x))) == NULL || (scratch = malloc(sizeof(*scratch))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = take_apart(x, token, token_len, scratch, diag)) != 0)
		return rc;
	*ret_inspection = x;
	x = NULL;
	return 0;
}

void
sess_inspection_free(sess_inspection *inspection)
{
	if (inspection == NULL)
		return;
	buf_done(&inspection->header);
	buf_done(&inspection->payload);
	free(inspection);
}

sess_kind
sess_inspection_kind(const sess_inspection *inspection)
{
	return inspection->count == COMPACT_JWS ? SESS_KIND_JWS : SESS_KIND_JWE;
}

int
sess_inspection_form(const sess_inspection *inspection, sess_form *ret_form)
{
	if (inspection->form_known && ret_form != NULL)
		*ret_form = inspection->form;
	return inspection->form_known;
}

const char *
sess_inspection_header(const sess_inspection *inspection, size_t *ret_len)
{
	if (ret_len != NULL)
		*ret_len = inspection->header.len;
	return (const char *)inspection->header.data;
}

const char *
sess_inspection_payload(const sess_inspection *inspection, size_t *ret_len)
{
	if (ret_len != NULL)
		*ret_len = inspection->payload.len;
	return (const char *)inspection->payload.data;
}

size_t
sess_inspection_segment_count(const sess_inspection *inspection)
{
	return inspection->count;
}

int
sess_inspection_segment(const sess_inspection *inspection, size_t i, const char **ret_name, size_t *ret_text_len,
    size_t *ret_bytes)
{
	static const char *const jws[] = { "header", "payload", "signature" };
	static const char *const jwe[] = { "header", "encrypted key", "iv", "ciphertext", "tag" };

	if (inspection == NULL || i >= inspection->count || ret_name == NULL || ret_text_len == NULL || ret_bytes == NULL)
		return SESS_ERR_ARGUMENT;
	*ret_name = inspection->count == COMPACT_JWS ? jws[i] : jwe[i];
	*ret_text_len = inspection->text_len[i];
	*ret_bytes = B64URL_DECODED_LEN(inspection->text_len[i]);
	return 0;
}
