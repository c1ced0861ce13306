/* SPDX-License-Identifier: MIT */
/*
 * L4: steps 1 to 7 of verification, from text to an authentic payload (doc/format.md, "Verification"). Knows no
 * revocation and no context.
 */
#include "token/verify.h"

#include "base/b64url.h"
#include "base/diag.h"
#include "jose/jwe.h"
#include "jose/jws.h"
#include "token/verify_layer.h"

static int
failed(struct verification *v, int code)
{
	return diag_error(v->diag, code, NULL);
}

void
verify_init(struct verification *v, struct work *work, const sess_policy *policy, int64_t now, const char *token,
    size_t token_len, sess_diag *diag)
{
	sess_form form = work->tab->ring->form;

	v->work = work;
	v->policy = policy;
	v->now = now;
	v->diag = diag;
	v->outer = (struct verify_layer){ .use = form == SESS_FORM_SIGNED ? JOSE_USE_SIG : JOSE_USE_ENC,
		.text = token, .len = token_len };
	v->inner = (struct verify_layer){ .use = JOSE_USE_SIG };
	v->minted_with = form == SESS_FORM_NESTED ? &v->inner : &v->outer;
	v->context = NULL;
	v->context_count = 0;
	v->context_is_judged = 0;
	v->wrong_type = v->authentic = 0;
	v->idle_deadline = v->absolute_deadline = 0;
	v->payload = NULL;
	v->payload_len = 0;
	v->reasons = 0;
	v->kid = NULL;
}

int
verify_text(struct verification *v)
{
	size_t max = (size_t)v->policy->max_token_bytes;

	if (v->outer.len > max) {
		v->reasons |= SESS_REASON_OVERSIZE;
		return diag_reject_num(v->diag, SESS_REASON_OVERSIZE, NULL, SESS_UNIT_BYTES, (int64_t)max,
		    v->outer.len > (size_t)INT64_MAX ? INT64_MAX : (int64_t)v->outer.len, NULL, NULL);
	}
	return layer_text(v, &v->outer);
}

int
verify_header(struct verification *v)
{
	return layer_header(v, &v->outer);
}

int
verify_key(struct verification *v)
{
	return layer_key(v, &v->outer);
}

int
verify_lengths(struct verification *v)
{
	return layer_lengths(v, &v->outer);
}

int
verify_decrypt(struct verification *v)
{
	struct work *w = v->work;
	struct jwe_context *jwe = NULL;
	int rc;

	if (v->outer.use == JOSE_USE_SIG)
		return 0;
	if ((rc = work_jwe(w, v->outer.entry, &jwe)) != 0)
		return failed(v, rc);
	rc = jwe_open(jwe, &v->outer.compact, &w->ciphertext, &w->plain);
	if (rc == SESS_ERR_ARGUMENT)
		return layer_malformed(v, &v->outer);
	if (rc == SESS_ERR_REJECTED)
		return verify_reject(v, SESS_REASON_BAD_TAG, NULL, "a text sealed with this key",
		    "it was changed, or sealed with another key");
	if (rc != 0)
		return failed(v, rc);
	v->inner.text = (const char *)w->plain.data;
	v->inner.len = w->plain.len;
	return 0;
}

/* The payload is decoded first: what is not canonical is malformed, whatever its signature says. */
static int
layer_signature(struct verification *v, struct verify_layer *layer)
{
	size_t n = layer->compact.len[JWS_PAYLOAD], len = B64URL_DECODED_LEN(n);
	struct buf *out = &v->work->payload;
	struct sig *sig = NULL;
	int rc;

	buf_clear(out);
	if ((rc = work_sig(v->work, layer->entry, &sig)) != 0 || (rc = buf_reserve(out, len + 1)) != 0)
		return failed(v, rc);
	if (b64url_decode(out->data, layer->compact.segment[JWS_PAYLOAD], n) != 0)
		return layer_malformed(v, layer);
	rc = jws_verify(sig, &layer->compact);
	if (rc == SESS_ERR_ARGUMENT)
		return layer_malformed(v, layer);
	if (rc == SESS_ERR_REJECTED)
		return verify_reject(v, SESS_REASON_BAD_SIGNATURE, NULL, "a text signed with this key",
		    "it was changed, or signed with another key");
	if (rc != 0)
		return failed(v, rc);
	out->len = len;
	v->payload = (const char *)out->data;
	v->payload_len = out->len;
	return 0;
}

int
verify_signature(struct verification *v)
{
	int rc;

	if (v->minted_with == &v->inner) {
		if ((rc = layer_text(v, &v->inner)) != 0 || (rc = layer_header(v, &v->inner)) != 0 ||
		    (rc = layer_key(v, &v->inner)) != 0 || (rc = layer_lengths(v, &v->inner)) != 0)
			return rc;
	}
	if (v->minted_with->use == JOSE_USE_SIG)
		return layer_signature(v, v->minted_with);
	v->payload = (const char *)v->work->plain.data;
	v->payload_len = v->work->plain.len;
	return 0;
}

int
verify_payload(struct verification *v)
{
	const struct json_limits limits = { (size_t)v->policy->max_depth, (size_t)v->policy->max_members };
	struct json_index *index = &v->work->index;
	const char *member = NULL, *why = NULL;

	if (claims_parse(v->payload, v->payload_len, &limits, &v->work->scratch.json, index, &v->claims, &member, &why) != 0)
		return verify_reject(v, SESS_REASON_BAD_PAYLOAD, member,
		    index->fault != JSON_F_NONE ? "one strict JSON object" : "the claims of a session", why);
	v->authentic = 1;
	return 0;
}

int
verify_again(struct verification *v, const char *kid, const char *outer_kid, const char *payload, size_t payload_len)
{
	int rc;

	if (v->minted_with == &v->inner && (rc = layer_find_alive(v, &v->outer, outer_kid)) != 0)
		return rc;
	if ((rc = layer_find_alive(v, v->minted_with, kid)) != 0)
		return rc;
	v->payload = payload;
	v->payload_len = payload_len;
	return verify_payload(v);
}

int
verify_open(struct verification *v)
{
	int rc;

	if ((rc = verify_text(v)) != 0 || (rc = verify_header(v)) != 0 || (rc = verify_key(v)) != 0 ||
	    (rc = verify_lengths(v)) != 0 || (rc = verify_decrypt(v)) != 0 || (rc = verify_signature(v)) != 0)
		return rc;
	return verify_payload(v);
}
