/* SPDX-License-Identifier: MIT */
/*
 * L5: the table beneath the index: open addressing over groups of eight slots, whose tag bytes are looked at together as one
 * word. One writer adds and changes; readers may be in it at any time. It never grows: another takes its place.
 */
#ifndef REVOCATION_TABLE_H
#define REVOCATION_TABLE_H

#include <stdatomic.h>

#include "revocation/index.h"

/* The key is written before the tag that publishes it, and never again; the rest may change under readers. */
struct entry {
	uint8_t key[REVOCATION_KEY_LEN];
	_Atomic uint64_t event, when;
};

struct table {
	size_t slots, groups, used;
	size_t kinds[8]; /* as counted when it was made and filled */
	struct entry *entry;
	_Atomic uint64_t tags[]; /* of each group; a byte of 0: free */
};

/* NULL: no memory. */
struct table *table_new(size_t slots);
void table_free(struct table *t);
void table_prefetch(const struct table *t, const uint8_t key[REVOCATION_KEY_LEN]);
int table_is_used(const struct table *t, size_t slot);
/* Room is known to be there. */
void table_add(struct table *t, const struct revocation *r);

/* A way through the entries that may have a key: group by group until one has a free slot. */
struct run {
	const struct table *t;
	const uint8_t *key;
	uint64_t pattern, word, match;
	size_t group;
};
struct run run_start(const struct table *t, const uint8_t key[REVOCATION_KEY_LEN]);
/* The next entry with the key, or NULL. */
struct entry *run_next(struct run *run);

/* A reader beside the writer may see the event of before with the times of after; the kind decides. */
struct revocation entry_read(const struct entry *e);
/* In the place of a spent entry of the same key: a reader in between sees either's event with times that fit nothing. */
void entry_write(struct entry *e, const struct revocation *r);
/* The same entry, refusing more than before. */
void entry_change(struct entry *e, const struct revocation *r);
/* From now on it refuses nothing: it reads as t 0, until 0. */
void entry_kill(struct entry *e);

#endif
