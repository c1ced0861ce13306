/* SPDX-License-Identifier: MIT */
/*
 * L5: what this node has put in force and the server has not shown yet: in the order in which it is to be published, fresh
 * revocations before those that the server lost. Under the revocations' lock. Sends nothing.
 */
#ifndef REVOCATION_OUTBOX_H
#define REVOCATION_OUTBOX_H

#include "revocation/index.h"

enum outbox_state {
	OUTBOX_WAITING,
	OUTBOX_SENT, /* not answered yet */
	OUTBOX_ACKED /* the server has said so; it stays until it was read back */
};

struct outbox_item {
	struct revocation r;
	enum outbox_state state;
	int fresh, gone; /* gone: read back before it was answered */
	uint64_t ticket;
	struct outbox_item *next, *prev;	   /* of its queue, in the order of tickets */
	struct outbox_item *next_there;	   /* of its bucket */
};

struct outbox;

struct outbox *outbox_new(void); /* NULL: no memory */
void outbox_free(struct outbox *o);

/* *ret_ticket: for outbox_is_acked(); may be NULL. One that is there already stays as it is. SESS_ERR_MEMORY. */
SESS_CHECKED int outbox_add(struct outbox *o, const struct revocation *r, int fresh, uint64_t *ret_ticket);
/* The next to send, or NULL. */
struct outbox_item *outbox_next(struct outbox *o);
void outbox_sent(struct outbox *o, struct outbox_item *item);
/* The answer to one that was sent; the item may be gone after. */
void outbox_acked(struct outbox *o, struct outbox_item *item);
/* It was read in the log, whoever wrote it there: done with. Whether it was here. */
int outbox_read_back(struct outbox *o, const struct revocation *r);
/* Nobody will answer any more: all that was not read back waits again. */
void outbox_reset(struct outbox *o);

/* Whether all fresh ones up to this ticket have reached the server. */
int outbox_is_acked(const struct outbox *o, uint64_t ticket);
/* Whether this one has yet to reach it. */
int outbox_has(const struct outbox *o, const struct revocation *r);
/* Those that have not reached the server. */
size_t outbox_count(const struct outbox *o);

#endif
