/* SPDX-License-Identifier: MIT */
/* L4: making and keeping keyed contexts. Decides nothing about tokens. */
#include "token/work.h"

#include <stdlib.h>
#include <string.h>

/* What a pooled work space may keep between two tokens. */
#define KEEP_MAX 262144

int
work_new(struct keytab *tab, rng_source_fn *source, void *source_arg, struct work **ret)
{
	struct work *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return SESS_ERR_MEMORY;
	w->tab = keytab_ref(tab);
	w->key = calloc(tab->ring->count, sizeof(*w->key));
	rc = w->key == NULL ? SESS_ERR_MEMORY : rng_new(source, source_arg, &w->rng);
	if (rc != 0) {
		work_free(w);
		return rc;
	}
	*ret = w;
	return 0;
}

void
work_free(struct work *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; w->key != NULL && i < w->tab->ring->count; i++) {
		sig_free(w->key[i].sig);
		jwe_context_done(&w->key[i].jwe);
		if (w->key[i].mints_left > 0)
			budget_return(w->tab->entry[i].budget, w->key[i].mints_left);
	}
	free(w->key);
	tally_give(w->tally);
	sig_free(w->event_sig);
	sig_free(w->context_sig);
	rng_free(w->rng);
	buf_done(&w->ciphertext);
	buf_done(&w->plain);
	buf_done(&w->payload);
	buf_done(&w->context);
	keytab_free(w->tab);
	free(w);
}

static void
clear_one(struct buf *b)
{
	if (b->cap > KEEP_MAX)
		buf_done(b);
	else
		buf_clear(b);
}

void
work_clear(struct work *w)
{
	clear_one(&w->ciphertext);
	clear_one(&w->plain);
	clear_one(&w->payload);
	clear_one(&w->context);
}

int
work_sig(struct work *w, const struct keytab_entry *entry, struct sig **ret)
{
	struct work_key *key = &w->key[entry->number];
	int rc;

	if (key->sig == NULL && (rc = sig_new(entry->key->sig, &key->sig)) != 0)
		return rc;
	*ret = key->sig;
	return 0;
}

int
work_claim_mint(struct work *w, const struct keytab_entry *entry, int64_t *ret_near)
{
	int64_t *left;
	int rc;

	*ret_near = 0;
	if (entry == NULL || entry->budget == NULL)
		return 0;
	left = &w->key[entry->number].mints_left;
	if (*left == 0) {
		if ((rc = budget_claim(entry->budget, ret_near)) != 0)
			return rc;
		*left = BUDGET_BLOCK;
	}
	(*left)--;
	return 0;
}

int
work_jwe(struct work *w, const struct keytab_entry *entry, struct jwe_context **ret)
{
	struct jwe_context *jwe = &w->key[entry->number].jwe;
	const struct ring_key *key = entry->key;
	int rc;

	if (jwe->aead == NULL && (rc = jwe_context_init(w->tab->ring->lib, key->alg, key->enc, &key->jwk.secret, jwe)) != 0)
		return rc;
	*ret = jwe;
	return 0;
}

static int
name(struct work *w, const void *what, size_t n, uint8_t out[16])
{
	uint8_t mac[SIG_LEN_MAX];
	int rc;

	if (w->event_sig == NULL && (rc = sig_new(w->tab->ring->event_key, &w->event_sig)) != 0)
		return rc;
	if ((rc = sig_sign(w->event_sig, what, n, mac)) != 0)
		return rc;
	memcpy(out, mac, 16);
	return 0;
}

int
work_name_session(struct work *w, const char *sid, uint8_t out[16])
{
	return name(w, sid, CLAIMS_ID_LEN, out);
}

int
work_name_client(struct work *w, const void *client, size_t n, uint8_t out[16])
{
	static const uint8_t first = 0x01; /* no sid begins so */
	int rc;

	buf_clear(&w->context);
	if ((rc = buf_append(&w->context, &first, 1)) != 0 || (rc = buf_append(&w->context, client, n)) != 0)
		return rc;
	return name(w, w->context.data, w->context.len, out);
}

/* The one with the smallest name after `last`; there are few. */
static const sess_context *
next_by_name(const sess_context *context, size_t count, const char *last)
{
	const sess_context *next = NULL;

	for (size_t i = 0; i < count; i++) {
		if ((last == NULL || strcmp(context[i].name, last) > 0) && (next == NULL || strcmp(context[i].name, next->name) < 0))
			next = &context[i];
	}
	return next;
}

int
work_name_context(struct work *w, const sess_context *context, size_t count, uint8_t out[16])
{
	static const uint8_t first = 0x02;
	const sess_context *c;
	int rc;

	buf_clear(&w->context);
	if ((rc = buf_append(&w->context, &first, 1)) != 0)
		return rc;
	for (const char *last = NULL; (c = next_by_name(context, count, last)) != NULL; last = c->name) {
		uint64_t n = c->value_len;
		uint8_t name_len = (uint8_t)strlen(c->name), value_len[8];

		for (size_t i = 0; i < 8; i++)
			value_len[i] = (uint8_t)(n >> (56 - 8 * i));
		if ((rc = buf_append(&w->context, &name_len, 1)) != 0 || (rc = buf_append(&w->context, c->name, name_len)) != 0 ||
		    (rc = buf_append(&w->context, value_len, 8)) != 0 || (rc = buf_append(&w->context, c->value, c->value_len)) != 0)
			return rc;
	}
	return name(w, w->context.data, w->context.len, out);
}

int
work_hash_context(struct work *w, const char *sid, const sess_context *context, uint8_t out[CONTEXT_HASH_BYTES])
{
	uint8_t mac[SIG_LEN_MAX], name_len = (uint8_t)strlen(context->name);
	struct buf *text = &w->context;
	int rc;

	if (w->context_sig == NULL && (rc = sig_new(w->tab->ring->context_key, &w->context_sig)) != 0)
		return rc;
	buf_clear(text);
	if ((rc = buf_append(text, sid, CLAIMS_ID_LEN)) != 0 || (rc = buf_append(text, &name_len, 1)) != 0 ||
	    (rc = buf_append(text, context->name, name_len)) != 0 ||
	    (rc = buf_append(text, context->value, context->value_len)) != 0 ||
	    (rc = sig_sign(w->context_sig, text->data, text->len, mac)) != 0)
		return rc;
	memcpy(out, mac, CONTEXT_HASH_BYTES);
	return 0;
}
