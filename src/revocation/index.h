/* SPDX-License-Identifier: MIT */
/*
 * L5: the live revocations of one manager in memory: an open-addressing table of 32-byte entries and one tag byte each.
 * Readers take no lock and never wait; writers must be one at a time (their caller's mutex). A full table is replaced by a
 * larger one without what has expired; the old one is freed once every reader that could hold it has left. So the memory is
 * at most 64 bytes an entry (33 over a load of 0.57 to 0.80) from INDEX_SMALL entries on. Knows no token, store or policy.
 */
#ifndef REVOCATION_INDEX_H
#define REVOCATION_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include <sess/error.h>

#define REVOCATION_KEY_LEN 16
#define INDEX_SMALL 570	    /* entries below which the smallest table is mostly empty */
#define INDEX_SAME_KEY 8    /* entries of one kind and key; beyond, the two oldest become one */
#define INDEX_LIFE_MAX_S ((INT64_C(1) << 26) - 1)

enum revocation_kind {
	REVOCATION_SESSION = 1,
	REVOCATION_SUBJECT,
	REVOCATION_TOKEN,
	REVOCATION_ALL,
	REVOCATION_SPARE, /* a session that subject and all revocations up to `t` leave alone */
	REVOCATION_UNDO,  /* takes back the entry with the same key and event number */
	REVOCATION_ONCE	  /* no revocation: a key that was to be used once, and is; in an index of its own */
};
#define REVOCATION_FOLDED 8 /* added to a kind: it stands for several, so it cannot be undone */

/* One event: its number (60 random bits above 4 of kind), what it names (a keyed hash), up to when those authenticated are
 * refused (of SESSION and TOKEN: when it was issued), and until when it lives. `until` lies in t..t + INDEX_LIFE_MAX_S. */
struct revocation {
	uint8_t key[REVOCATION_KEY_LEN];
	uint64_t event;
	int64_t t, until;
};
#define REVOCATION_KIND_OF(event) ((int)((event) & 7))
#define REVOCATION_NUMBER_OF(event) ((event) >> 4)

struct revocation_index;

/* max: entries at most. NULL: no memory. */
struct revocation_index *index_new(size_t max);
/* No reader may be inside. NULL is allowed. */
void index_free(struct revocation_index *index);

/* A reader's stay, between which tables live on. Short: a writer that grows waits for it. */
unsigned index_enter(struct revocation_index *index);
void index_leave(struct revocation_index *index, unsigned stay);
/* In a forked child, alone: readers of the parent's threads will never leave. */
void index_forget_readers(struct revocation_index *index);

/* Whether there is any entry of the kind; needs no stay. */
int index_has(const struct revocation_index *index, enum revocation_kind kind);
/* Within a stay: brings the memory near that index_find() will look at. */
void index_prefetch(const struct revocation_index *index, const uint8_t key[REVOCATION_KEY_LEN]);
/* Within a stay: the greatest t of the entries of this kind and key that live at `now`, or -1. */
int64_t index_find(const struct revocation_index *index, const uint8_t key[REVOCATION_KEY_LEN], enum revocation_kind kind,
    int64_t now);

enum index_put { INDEX_PUT_NEW, INDEX_PUT_KNOWN, INDEX_PUT_UNDONE, INDEX_PUT_EXPIRED };
/* The writer's. UNDO entries take effect at once, whether what they undo is there yet or comes later. *ret_put says what
 * became of it. SESS_ERR_MEMORY; SESS_ERR_STORE: the cap is reached. */
SESS_CHECKED int index_put(struct revocation_index *index, const struct revocation *r, int64_t now, enum index_put *ret_put);
/* The writer's: the entries with this number, at most `room`; returns how many. */
size_t index_by_number(const struct revocation_index *index, uint64_t number, struct revocation *out, size_t room);

/* The writer's: each live entry in turn, until the function returns non-zero, which is returned. */
int index_each(const struct revocation_index *index, int64_t now, int (*each)(const struct revocation *r, void *arg), void *arg);

/* The writer's: entries (with the expired that still take room), and bytes of the table. */
size_t index_count(const struct revocation_index *index);
size_t index_bytes(const struct revocation_index *index);

#endif
