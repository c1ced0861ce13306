/* SPDX-License-Identifier: MIT */
/* L4: a key is found by the text of its header, or by its kid; its algorithm and its lengths are its own. Opens nothing. */
#include "token/verify_layer.h"

#include <string.h>

#include "base/diag.h"
#include "jose/jwe.h"
#include "jose/jws.h"

int
verify_reject(struct verification *v, uint32_t reason, const char *member, const char *expected, const char *got)
{
	v->reasons |= reason;
	diag_set_kid(v->diag, v->kid);
	return diag_reject(v->diag, reason, member, expected, got);
}

/* The key whose header the text begins with, or NULL. Most tokens have the key of the one before. */
static const struct keytab_entry *
entry_of(struct work *w, const struct verify_layer *layer)
{
	const struct keytab_entry *entry = w->last[layer->use];
	const char *dot;

	if (entry != NULL && entry->header_len < layer->len && memcmp(entry->header, layer->text, entry->header_len) == 0)
		return entry;
	if (layer->len == 0 || (dot = memchr(layer->text, '.', layer->len)) == NULL)
		return NULL;
	entry = keytab_by_header(w->tab, layer->text, (size_t)(dot - layer->text));
	if (entry == NULL || entry->key->alg->use != layer->use)
		return NULL;
	return w->last[layer->use] = entry;
}

/* All of step 1. */
static int
see(struct verification *v, struct verify_layer *layer)
{
	size_t segments = layer->use == JOSE_USE_SIG ? COMPACT_JWS : COMPACT_JWE;
	const char *why = NULL;

	layer->unseen = 0;
	if (compact_split(layer->text, layer->len, 0, &layer->compact, &why) != 0)
		return verify_reject(v, SESS_REASON_MALFORMED, NULL, "a compact serialization", why);
	if (layer->compact.count != segments)
		return verify_reject(v, SESS_REASON_WRONG_FORM, NULL, segments == COMPACT_JWS ? "a JWS of three segments" :
		    "a JWE of five segments", segments == COMPACT_JWS ? "a JWE of five segments" : "a JWS of three segments");
	return 0;
}

/* What step 1 left for later, before anything else is said of the text. */
static int
see_rest(struct verification *v, struct verify_layer *layer)
{
	if (!layer->unseen)
		return 0;
	v->kid = layer == &v->inner ? v->outer.entry->key->kid : NULL;
	return see(v, layer);
}

int
layer_malformed(struct verification *v, struct verify_layer *layer)
{
	int rc = see_rest(v, layer);

	return rc != 0 ? rc : verify_reject(v, SESS_REASON_MALFORMED, NULL, "base64url", "a segment is not");
}

/* A header that is the key's own text names the key's own algorithms. */
static void
take_entry(struct verify_layer *layer, const struct keytab_entry *entry)
{
	layer->entry = entry;
	layer->alg = entry->key->alg;
	layer->enc = entry->key->enc;
}

int
layer_text(struct verification *v, struct verify_layer *layer)
{
	const struct keytab_entry *entry = entry_of(v->work, layer);

	layer->exact = layer->unseen = entry != NULL && compact_fits(layer->text, layer->len, &entry->shape, &layer->compact);
	if (!layer->exact)
		return see(v, layer);
	take_entry(layer, entry);
	return 0;
}

/* The strict parse, for headers that other libraries wrote. */
static int
layer_parse_header(struct verification *v, struct verify_layer *layer)
{
	struct jose_header *h = &v->work->header;
	const char *why = NULL, *member = NULL;
	int nested_outer = v->work->tab->ring->form == SESS_FORM_NESTED && layer == &v->outer;

	if (header_parse(layer->compact.segment[0], layer->compact.len[0], &v->work->scratch, h, &why, &member) != 0)
		return verify_reject(v, SESS_REASON_MALFORMED, member, "a header of the form's members, each a string", why);
	if (h->alg == NULL || h->kid == NULL || h->typ == NULL || (h->enc == NULL) != (layer->use == JOSE_USE_SIG))
		return verify_reject(v, SESS_REASON_MALFORMED, h->alg == NULL ? "alg" : h->kid == NULL ? "kid" :
		    h->typ == NULL ? "typ" : "enc", "a header of the form's members", "the member is missing, or should be");
	if ((h->cty != NULL) != nested_outer || (h->cty != NULL && strcmp(h->cty, "JWT") != 0))
		return verify_reject(v, layer->use == JOSE_USE_SIG ? SESS_REASON_MALFORMED : SESS_REASON_WRONG_FORM, "cty",
		    nested_outer ? "cty JWT: a token inside" : "no cty", "another kind of content");
	layer->alg = alg_find(layer->use, h->alg);
	layer->enc = h->enc == NULL ? NULL : enc_find(h->enc);
	if (layer->alg == NULL || (h->enc != NULL && layer->enc == NULL))
		return verify_reject(v, SESS_REASON_MALFORMED, layer->alg == NULL ? "alg" : "enc", "an algorithm of this library",
		    "another, or none");
	if (strcmp(h->typ, v->policy->typ) != 0)
		v->wrong_type = 1;
	return 0;
}

int
layer_header(struct verification *v, struct verify_layer *layer)
{
	const struct compact *c = &layer->compact;
	const struct keytab_entry *entry;

	if (layer->unseen)
		return 0;
	entry = keytab_by_header(v->work->tab, c->segment[0], c->len[0]);
	layer->exact = entry != NULL && entry->key->alg->use == layer->use;
	if (!layer->exact)
		return layer_parse_header(v, layer);
	take_entry(layer, entry);
	return 0;
}

static int
key_is_alive(struct verification *v, struct verify_layer *layer, const struct ring_key *key)
{
	int rc;

	if (key->revoked_at == TIME_NONE && !ring_key_is_expired(key, v->now))
		return 0;
	if ((rc = see_rest(v, layer)) != 0)
		return rc;
	v->kid = key->kid;
	diag_set_kid(v->diag, key->kid);
	if (key->revoked_at != TIME_NONE) {
		v->reasons |= SESS_REASON_REVOKED_KEY;
		return diag_reject_num(v->diag, SESS_REASON_REVOKED_KEY, "revoked", SESS_UNIT_TIME, key->revoked_at, v->now, NULL,
		    NULL);
	}
	v->reasons |= SESS_REASON_EXPIRED_KEY;
	return diag_reject_num(v->diag, SESS_REASON_EXPIRED_KEY, "exp", SESS_UNIT_TIME, key->exp, v->now, NULL, NULL);
}

/* Names the key of the layer in v->kid. */
static int
key_is_known(struct verification *v, const struct verify_layer *layer)
{
	v->kid = NULL;
	if (layer->entry == NULL || layer->entry->key->alg->use != layer->use)
		return verify_reject(v, SESS_REASON_UNKNOWN_KEY, "kid", "the kid of a key in this ring",
		    layer->entry == NULL ? "another kid" : "the kid of a key of another use");
	v->kid = layer->entry->key->kid;
	return 0;
}

int
layer_find_alive(struct verification *v, struct verify_layer *layer, const char *kid)
{
	int rc;

	layer->entry = keytab_by_kid(v->work->tab, kid, strlen(kid));
	if ((rc = key_is_known(v, layer)) != 0)
		return rc;
	return key_is_alive(v, layer, layer->entry->key);
}

/* The algorithm is the key's own; the header may only repeat it. */
int
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
		return verify_reject(v, SESS_REASON_MALFORMED, key->alg != layer->alg ? "alg" : "enc",
		    key->alg != layer->alg ? key->alg->name : key->enc->name, "another algorithm than the key's");
	return key_is_alive(v, layer, key);
}

int
layer_lengths(struct verification *v, struct verify_layer *layer)
{
	const char *why;
	int rc;

	if (layer->use == JOSE_USE_SIG)
		why = jws_length_is_right(layer->alg, &layer->compact) ? NULL : "the signature has the wrong length";
	else
		why = jwe_wrong_length(layer->alg, layer->enc, &layer->compact);
	if (why == NULL)
		return 0;
	if ((rc = see_rest(v, layer)) != 0)
		return rc;
	v->kid = layer->entry->key->kid;
	return verify_reject(v, SESS_REASON_MALFORMED, NULL, "the exact lengths of the algorithm", why);
}
