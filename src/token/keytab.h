/* SPDX-License-Identifier: MIT */
/*
 * L4: the ring's keys bound to a policy's typ: for each key the exact header text that mint writes, and two hash
 * tables, so that verify finds a key by that text, or by its kid, in O(1). Immutable; shared by threads.
 */
#ifndef TOKEN_KEYTAB_H
#define TOKEN_KEYTAB_H

#include <stdatomic.h>

#include "jose/compact.h"
#include "ring/ring.h"

#define KEYTAB_SLOTS 512 /* a power of two, at least four times SESS_RING_KEYS_MAX */

struct keytab_entry {
	const struct ring_key *key;
	size_t number;	 /* place in the ring */
	size_t meter;	 /* whose counters count it; 0: none of its own */
	char *header;	 /* base64url of the exact header text, not NUL-terminated */
	size_t header_len;
	struct compact_shape shape; /* of a token with that header */
	struct budget *budget; /* a reference; NULL: the key may mint without end */
};

struct keytab {
	atomic_size_t refs;
	struct sess_ring *ring; /* a reference */
	struct keytab_entry *entry; /* as many as the ring has keys */
	/* NULL, or called when the last reference goes, before anything is freed */
	void (*on_free)(void *arg, struct keytab *tab);
	void *on_free_arg;
	/* entry number + 1, or 0; open addressing */
	uint8_t by_header[KEYTAB_SLOTS], by_kid[KEYTAB_SLOTS];
};

/* Takes a reference of ring for itself. before: the table that this one follows, or NULL: a key that was in it goes on with the
 * budget that it had there. SESS_ERR_MEMORY. */
SESS_CHECKED int keytab_new(struct sess_ring *ring, const char *typ, const struct keytab *before, struct keytab **ret);
struct keytab *keytab_ref(struct keytab *tab);
void keytab_free(struct keytab *tab); /* gives one reference back */

const struct keytab_entry *keytab_by_header(const struct keytab *tab, const char *b64, size_t n);
const struct keytab_entry *keytab_by_kid(const struct keytab *tab, const char *kid, size_t n);
const struct keytab_entry *keytab_of(const struct keytab *tab, const struct ring_key *key);

#endif
