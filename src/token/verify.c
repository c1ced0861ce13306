/* SPDX-License-Identifier: MIT */
/*
 * L4: steps 1 to 7 of verification, from text to an authentic payload (doc/format.md, "Verification"). Knows no
 * revocation and no context.
 */
#include "token/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "jose/jwe.h"
#include "jose/jws.h"

static int
reject(struct verification *v, uint32_t reason, const char *member, const char *expected, const char *got)
{
	v->reasons |= reason;
	if (v->kid != NULL)
		diag_set_kid(v->diag, v->kid);
	return diag_reject(v->diag, reason, member, expected, got);
}

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

static int
layer_text(struct verification *v, struct verify_layer *layer)
{
	size_t segments = layer->use == JOSE_USE_SIG ? COMPACT_JWS : COMPACT_JWE;
	const char *why = NULL;

	if (compact_split(layer->text, layer->len, 0, &layer->compact, &why) != 0)
		return reject(v, SESS_REASON_MALFORMED, NULL, "a compact serialization", why);
	if (layer->compact.count != segments)
		return reject(v, SESS_REASON_WRONG_FORM, NULL, segments == COMPACT_JWS ? "a JWS of three segments" :
		    "a JWE of five segments", segments == COMPACT_JWS ? "a JWE of five segments" : "a JWS of three segments");
	return 0;
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

/* The strict parse, for headers that other libraries wrote. */
static int
layer_parse_header(struct verification *v, struct verify_layer *layer)
{
	struct jose_header *h = &v->work->header;
	const char *why = NULL, *member = NULL;
	int nested_outer = v->work->tab->ring->form == SESS_FORM_NESTED && layer == &v->outer;

	if (header_parse(layer->compact.segment[0], layer->compact.len[0], &v->work->scratch, h, &why, &member) != 0)
		return reject(v, SESS_REASON_MALFORMED, member, "a header of the form's members, each a string", why);
	if (h->alg == NULL || h->kid == NULL || h->typ == NULL || (h->enc == NULL) != (layer->use == JOSE_USE_SIG))
		return reject(v, SESS_REASON_MALFORMED, h->alg == NULL ? "alg" : h->kid == NULL ? "kid" :
		    h->typ == NULL ? "typ" : "enc", "a header of the form's members", "the member is missing, or should be");
	if ((h->cty != NULL) != nested_outer || (h->cty != NULL && strcmp(h->cty, "JWT") != 0))
		return reject(v, layer->use == JOSE_USE_SIG ? SESS_REASON_MALFORMED : SESS_REASON_WRONG_FORM, "cty",
		    nested_outer ? "cty JWT: a token inside" : "no cty", "another kind of content");
	layer->alg = alg_find(layer->use, h->alg);
	layer->enc = h->enc == NULL ? NULL : enc_find(h->enc);
	if (layer->alg == NULL || (h->enc != NULL && layer->enc == NULL))
		return reject(v, SESS_REASON_MALFORMED, layer->alg == NULL ? "alg" : "enc", "an algorithm of this library",
		    "another, or none");
	if (strcmp(h->typ, v->policy->typ) != 0)
		v->wrong_type = 1;
	return 0;
}

static int
layer_header(struct verification *v, struct verify_layer *layer)
{
	const struct compact *c = &layer->compact;

	layer->entry = keytab_by_header(v->work->tab, c->segment[0], c->len[0]);
	layer->exact = layer->entry != NULL && layer->entry->key->alg->use == layer->use;
	if (!layer->exact)
		return layer_parse_header(v, layer);
	layer->alg = layer->entry->key->alg;
	layer->enc = layer->entry->key->enc;
	return 0;
}

int
verify_header(struct verification *v)
{
	return layer_header(v, &v->outer);
}

static int
key_is_alive(struct verification *v, const struct ring_key *key)
{
	if (key->revoked_at != TIME_NONE) {
		v->reasons |= SESS_REASON_REVOKED_KEY;
		diag_set_kid(v->diag, v->kid);
		return diag_reject_num(v->diag, SESS_REASON_REVOKED_KEY, "revoked", SESS_UNIT_TIME, key->revoked_at, v->now, NULL,
		    NULL);
	}
	if (ring_key_is_expired(key, v->now)) {
		v->reasons |= SESS_REASON_EXPIRED_KEY;
		diag_set_kid(v->diag, v->kid);
		return diag_reject_num(v->diag, SESS_REASON_EXPIRED_KEY, "exp", SESS_UNIT_TIME, key->exp, v->now, NULL, NULL);
	}
	return 0;
}

/* Names the key of the layer in v->kid. */
static int
key_is_known(struct verification *v, const struct verify_layer *layer)
{
	v->kid = NULL;
	if (layer->entry == NULL || layer->entry->key->alg->use != layer->use)
		return reject(v, SESS_REASON_UNKNOWN_KEY, "kid", "the kid of a key in this ring",
		    layer->entry == NULL ? "another kid" : "the kid of a key of another use");
	v->kid = layer->entry->key->kid;
	return 0;
}

static int
find_alive(struct verification *v, struct verify_layer *layer, const char *kid)
{
	int rc;

	layer->entry = keytab_by_kid(v->work->tab, kid, strlen(kid));
	if ((rc = key_is_known(v, layer)) != 0)
		return rc;
	return key_is_alive(v, layer->entry->key);
}

/* The algorithm is the key's own; the header may only repeat it. */
static int
layer_key(struct verification *v, struct verify_layer *layer)
{
	const struct ring_key *key;
	int rc;

	if (!layer->exact)
		layer->entry = keytab_by_kid(v->work->tab, v->work->header.kid, strlen(v->work->header.kid));
	if ((rc = key_is_known(v, layer)) != 0)
		return rc;
	key = layer->entry->key;
	if (key->alg != layer->alg || key->enc != layer->enc)
		return reject(v, SESS_REASON_MALFORMED, key->alg != layer->alg ? "alg" : "enc",
		    key->alg != layer->alg ? key->alg->name : key->enc->name, "another algorithm than the key's");
	return key_is_alive(v, key);
}

int
verify_key(struct verification *v)
{
	return layer_key(v, &v->outer);
}

static int
layer_lengths(struct verification *v, struct verify_layer *layer)
{
	const char *why;

	if (layer->use == JOSE_USE_SIG)
		why = jws_length_is_right(layer->alg, &layer->compact) ? NULL : "the signature has the wrong length";
	else
		why = jwe_wrong_length(layer->alg, layer->enc, &layer->compact);
	return why == NULL ? 0 : reject(v, SESS_REASON_MALFORMED, NULL, "the exact lengths of the algorithm", why);
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
	if (rc == SESS_ERR_REJECTED)
		return reject(v, SESS_REASON_BAD_TAG, NULL, "a text sealed with this key",
		    "it was changed, or sealed with another key");
	if (rc != 0)
		return failed(v, rc);
	v->inner.text = (const char *)w->plain.data;
	v->inner.len = w->plain.len;
	return 0;
}

static int
layer_signature(struct verification *v, struct verify_layer *layer)
{
	const char *payload = layer->compact.segment[JWS_PAYLOAD];
	size_t n = layer->compact.len[JWS_PAYLOAD];
	struct buf *out = &v->work->payload;
	struct sig *sig = NULL;
	int rc;

	if ((rc = work_sig(v->work, layer->entry, &sig)) != 0)
		return failed(v, rc);
	rc = jws_verify(sig, &layer->compact);
	if (rc == SESS_ERR_REJECTED)
		return reject(v, SESS_REASON_BAD_SIGNATURE, NULL, "a text signed with this key",
		    "it was changed, or signed with another key");
	if (rc != 0)
		return failed(v, rc);
	buf_clear(out);
	if ((rc = buf_reserve(out, B64URL_DECODED_LEN(n) + 1)) != 0)
		return failed(v, rc);
	if (b64url_decode(out->data, payload, n) != 0)
		return reject(v, SESS_REASON_MALFORMED, NULL, "base64url", "the payload segment is not");
	out->len = B64URL_DECODED_LEN(n);
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

	if (json_index_build(v->payload, v->payload_len, &limits, &v->work->scratch.json, index) != 0)
		return reject(v, SESS_REASON_BAD_PAYLOAD, NULL, "one strict JSON object", json_fault_sentence(index->fault));
	if (claims_read(v->payload, index, &v->claims, &member, &why) != 0)
		return reject(v, SESS_REASON_BAD_PAYLOAD, member, "the claims of a session", why);
	v->authentic = 1;
	return 0;
}

int
verify_again(struct verification *v, const char *kid, const char *outer_kid, const char *payload, size_t payload_len)
{
	int rc;

	if (v->minted_with == &v->inner && (rc = find_alive(v, &v->outer, outer_kid)) != 0)
		return rc;
	if ((rc = find_alive(v, v->minted_with, kid)) != 0)
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
