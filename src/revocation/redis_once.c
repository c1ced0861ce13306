/* SPDX-License-Identifier: MIT */
/* L5: one-time use, decided by the server in one command; who does not get its answer in time must take it for used. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "revocation/redis_store.h"

/* Under the revocations' lock. */
static int
is_answered(struct redis_store *s, void *arg)
{
	const struct redis_ask *ask = arg;

	(void)s;
	return ask->state != ASK_WAITING && ask->state != ASK_SENT;
}

/* Under the lock. */
static void
take_out(struct redis_store *s, const struct redis_ask *ask)
{
	struct redis_ask **at = &s->asks;

	while (*at != ask)
		at = &(*at)->next;
	*at = ask->next;
}

/* What was answered; nothing in time is no answer. */
static enum ask_state
leave(struct redis_store *s, struct redis_ask *ask)
{
	enum ask_state state;

	forklock_take(s->r->lock);
	state = ask->state;
	if (state == ASK_WAITING)
		take_out(s, ask);
	if (state == ASK_SENT)
		ask->is_left = 1;
	else
		free(ask);
	forklock_give(s->r->lock);
	return state;
}

int
redis_once(struct revocations *r, const struct revocation *use, int64_t now, int *ret_first, sess_diag *diag)
{
	struct redis_store *s = r->store;
	struct redis_ask *ask = calloc(1, sizeof(*ask));
	enum ask_state state;

	if (ask == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	memcpy(ask->key, use->key, sizeof(ask->key));
	/* Clocks of others may be behind. */
	ask->ttl_s = use->until - now + REVOCATION_KEEP_S;
	forklock_take(r->lock);
	ask->next = s->asks;
	s->asks = ask;
	forklock_give(r->lock);
	redis_wake(s);
	(void)redis_wait_until(s, is_answered, ask, REDIS_AWAIT_MS);
	state = leave(s, ask);
	if (state != ASK_FIRST && state != ASK_USED)
		return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations",
		    "the revocation store: no answer whether this was used before; it is not used now");
	*ret_first = state == ASK_FIRST;
	return 0;
}
