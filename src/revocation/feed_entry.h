/* SPDX-License-Identifier: MIT */
/*
 * L5: what stands in a feed that others can write into: entries and epochs, each authenticated under a key of the ring, as
 * text (doc/revocation-feed.md). Does no I/O and keeps no list.
 */
#ifndef REVOCATION_FEED_ENTRY_H
#define REVOCATION_FEED_ENTRY_H

#include "base/secret.h"
#include "crypto/lib.h"
#include "revocation/index.h"
#include "ring/ring.h"

#define FEED_EPOCH_BYTES 16
#define FEED_EPOCH_LEN 72  /* characters of an epoch's text, "epoch:" in front */
#define FEED_ENTRY_LEN 118 /* characters of an entry's text */

struct feed_key {
	struct crypto_lib *lib;
	struct secret key;
};

struct feed_entry {
	struct revocation r;
	uint64_t copy; /* random: tells each time that it was published */
	int64_t at_ms; /* the server's clock a little before that */
};

/* Keeps no ring. SESS_ERR_CRYPTO. */
SESS_CHECKED int feed_key_init(struct feed_key *k, const struct sess_ring *ring);
void feed_key_done(struct feed_key *k);

/* No NUL is written. SESS_ERR_CRYPTO. */
SESS_CHECKED int feed_epoch_format(const struct feed_key *k, const uint8_t epoch[FEED_EPOCH_BYTES], char out[FEED_EPOCH_LEN]);
/* 0; SESS_ERR_REJECTED: not what a holder of the ring has written; SESS_ERR_CRYPTO. */
SESS_CHECKED int feed_epoch_parse(const struct feed_key *k, const char *text, size_t len, uint8_t ret[FEED_EPOCH_BYTES]);

SESS_CHECKED int feed_entry_format(const struct feed_key *k, const uint8_t epoch[FEED_EPOCH_BYTES],
    const struct feed_entry *e, char out[FEED_ENTRY_LEN]);
/* As above; one of another epoch is rejected too. */
SESS_CHECKED int feed_entry_parse(const struct feed_key *k, const uint8_t epoch[FEED_EPOCH_BYTES], const char *text,
    size_t len, struct feed_entry *ret);

#endif
