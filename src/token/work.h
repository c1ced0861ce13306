/* SPDX-License-Identifier: MIT */
/*
 * L4: a work space: everything that one mint or verify needs and that is dear to make: contexts keyed from the ring
 * (each made at its first use), randomness, room for texts. One thread at a time. Keeps its keytab alive.
 */
#ifndef TOKEN_WORK_H
#define TOKEN_WORK_H

#include "base/buf.h"
#include "crypto/rng.h"
#include "jose/header.h"
#include "jose/jwe.h"
#include "token/claims.h"
#include "token/keytab.h"
#include "token/tally.h"

struct work_key {
	struct sig *sig;
	struct jwe_context jwe; /* aead NULL: not made yet */
	int64_t mints_left;	/* of the block claimed from the key's budget */
};

struct work {
	struct keytab *tab;
	struct tally *tally;  /* what it counts into, its own while it lives; NULL: nothing is counted */
	struct work_key *key; /* as many as the ring has keys */
	const struct keytab_entry *last[JOSE_USES]; /* by use: whose header was met last, or NULL */
	struct sig *event_sig, *context_sig;
	struct rng *rng;
	struct buf ciphertext, plain, payload, context; /* wiped when the work is done */
	struct header_scratch scratch;
	struct jose_header header;
	struct json_index index;
};

/* source NULL: OpenSSL's randomness. Takes a reference of tab for itself. */
SESS_CHECKED int work_new(struct keytab *tab, rng_source_fn *source, void *source_arg, struct work **ret);
void work_free(struct work *w);
/* Wipes what the last token left. */
void work_clear(struct work *w);

SESS_CHECKED int work_sig(struct work *w, const struct keytab_entry *entry, struct sig **ret);
SESS_CHECKED int work_jwe(struct work *w, const struct keytab_entry *entry, struct jwe_context **ret);

/* Before a token is minted with this key (NULL: none): takes one from the key's budget. *ret_near as of budget_claim().
 * SESS_ERR_KEY_SPENT. */
SESS_CHECKED int work_claim_mint(struct work *w, const struct keytab_entry *entry, int64_t *ret_near);

/*
 * Names in events (doc/format.md): the first 16 bytes of an HMAC of a session's sid, of what the caller said of its client, and of a
 * context as a whole, in whatever order it was given.
 */
SESS_CHECKED int work_name_session(struct work *w, const char *sid, uint8_t out[16]);
SESS_CHECKED int work_name_client(struct work *w, const void *client, size_t n, uint8_t out[16]);
SESS_CHECKED int work_name_context(struct work *w, const sess_context *context, size_t count, uint8_t out[16]);
/* A value of the client bound to a session: the first bytes of HMAC-SHA256(K_context, sid || len(name) || name || value),
 * sid being its 22 characters. */
SESS_CHECKED int work_hash_context(struct work *w, const char *sid, const sess_context *context,
    uint8_t out[CONTEXT_HASH_BYTES]);

#endif
