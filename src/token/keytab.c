/* SPDX-License-Identifier: MIT */
/* L4: building and searching the table of header texts. Holds no context and no clock. */
#include "token/keytab.h"

#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "jose/header.h"
#include "jose/jwe.h"
#include "jose/jws.h"

_Static_assert(SESS_RING_KEYS_MAX <= 254 && KEYTAB_SLOTS >= 4 * SESS_RING_KEYS_MAX, "an entry's number fits a slot");

static uint64_t
mix(const char *pair)
{
	uint64_t word[2];

	memcpy(word, pair, sizeof(word));
	return (word[0] ^ UINT64_C(0x9e3779b97f4a7c15)) * (word[1] ^ UINT64_C(0xc2b2ae3d27d4eb4f));
}

/* The ring's kids are random and its own; whoever sends tokens can choose only what is looked up. No product waits for another:
 * a header is some hundred characters. */
static size_t
hash(const char *s, size_t n)
{
	char last[16] = { 0 };
	uint64_t h = n;

	for (; n >= sizeof(last); s += sizeof(last), n -= sizeof(last))
		h += mix(s);
	memcpy(last, s, n);
	h = (h + mix(last)) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 32) & (KEYTAB_SLOTS - 1);
}

static void
insert(uint8_t *slots, const char *text, size_t n, size_t number)
{
	size_t i = hash(text, n);

	while (slots[i] != 0)
		i = (i + 1) & (KEYTAB_SLOTS - 1);
	slots[i] = (uint8_t)(number + 1);
}

static int
make_header(const struct sess_ring *ring, const struct ring_key *key, const char *typ, struct keytab_entry *entry)
{
	BUF_CLEANUP struct buf text = { 0 };
	const char *cty = ring->form == SESS_FORM_NESTED && key->alg->use == JOSE_USE_ENC ? "JWT" : NULL;
	const char *enc = key->enc == NULL ? NULL : key->enc->name;
	int rc;

	if ((rc = header_format(&text, key->alg->name, enc, key->kid, typ, cty)) != 0)
		return rc;
	entry->header_len = B64URL_ENCODED_LEN(text.len);
	if ((entry->header = malloc(entry->header_len)) == NULL)
		return SESS_ERR_MEMORY;
	(void)b64url_encode(entry->header, text.data, text.len);
	entry->shape = key->alg->use == JOSE_USE_SIG ? jws_shape(key->alg, entry->header_len) :
						       jwe_shape(key->alg, key->enc, entry->header_len);
	return 0;
}

static struct budget *
take_budget(const struct sess_ring *ring, size_t number, const struct keytab *before)
{
	const char *kid = ring->keys[number].kid;
	const struct keytab_entry *was = before == NULL ? NULL : keytab_by_kid(before, kid, strlen(kid));
	struct budget *own = ring->budget[number];

	if (own == NULL)
		return NULL;
	return budget_ref(was != NULL && was->budget != NULL ? was->budget : own);
}

int
keytab_new(struct sess_ring *ring, const char *typ, const struct keytab *before, struct keytab **ret)
{
	struct keytab *tab = calloc(1, sizeof(*tab));

	if (tab == NULL || (tab->entry = calloc(ring->count, sizeof(*tab->entry))) == NULL) {
		free(tab);
		return SESS_ERR_MEMORY;
	}
	atomic_init(&tab->refs, 1);
	tab->ring = ring_ref(ring);
	for (size_t i = 0; i < ring->count; i++) {
		struct keytab_entry *entry = &tab->entry[i];

		entry->key = &ring->keys[i];
		entry->number = i;
		entry->budget = take_budget(ring, i, before);
		if (make_header(ring, entry->key, typ, entry) != 0) {
			keytab_free(tab);
			return SESS_ERR_MEMORY;
		}
		insert(tab->by_header, entry->header, entry->header_len, i);
		insert(tab->by_kid, entry->key->kid, strlen(entry->key->kid), i);
	}
	*ret = tab;
	return 0;
}

struct keytab *
keytab_ref(struct keytab *tab)
{
	atomic_fetch_add_explicit(&tab->refs, 1, memory_order_relaxed);
	return tab;
}

void
keytab_free(struct keytab *tab)
{
	if (tab == NULL || atomic_fetch_sub_explicit(&tab->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (tab->on_free != NULL)
		tab->on_free(tab->on_free_arg, tab);
	for (size_t i = 0; i < tab->ring->count; i++) {
		free(tab->entry[i].header);
		budget_free(tab->entry[i].budget);
	}
	free(tab->entry);
	sess_ring_free(tab->ring);
	free(tab);
}

const struct keytab_entry *
keytab_by_header(const struct keytab *tab, const char *b64, size_t n)
{
	for (size_t i = hash(b64, n); tab->by_header[i] != 0; i = (i + 1) & (KEYTAB_SLOTS - 1)) {
		const struct keytab_entry *entry = &tab->entry[tab->by_header[i] - 1];

		if (entry->header_len == n && memcmp(entry->header, b64, n) == 0)
			return entry;
	}
	return NULL;
}

const struct keytab_entry *
keytab_by_kid(const struct keytab *tab, const char *kid, size_t n)
{
	for (size_t i = hash(kid, n); tab->by_kid[i] != 0; i = (i + 1) & (KEYTAB_SLOTS - 1)) {
		const struct keytab_entry *entry = &tab->entry[tab->by_kid[i] - 1];

		if (strlen(entry->key->kid) == n && memcmp(entry->key->kid, kid, n) == 0)
			return entry;
	}
	return NULL;
}

const struct keytab_entry *
keytab_of(const struct keytab *tab, const struct ring_key *key)
{
	return &tab->entry[key - tab->ring->keys];
}
