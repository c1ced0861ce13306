/* SPDX-License-Identifier: MIT */
/* L6: carrying out an act of revoking. What its entries say, the public calls have decided; who keeps them is the store's. */
#include "session/revocation_act.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "session/event.h"

#define NUMBER_BITS 60

int
act_has_store(const sess_manager *m, const char *function, sess_diag *diag)
{
	if (m == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "%s: manager is NULL", function);
	if (m->revocations == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
		    "the manager has no revocation store; set config.revocations, \"memory:\" for one process");
	return 0;
}

int
act_draw_number(struct act *a, uint64_t *ret, sess_diag *diag)
{
	struct work *w = NULL;
	int rc;

	if ((rc = manager_take_work(a->m, &w, diag)) != 0)
		return rc;
	rc = rng_bytes(w->rng, (uint8_t *)ret, sizeof(*ret));
	a->life_s = w->tab->ring->session_life_s + REVOCATION_KEEP_S;
	manager_put_work(a->m, w);
	*ret >>= 64 - NUMBER_BITS;
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

int
act_put_in_force(struct act *a, sess_diag *diag)
{
	enum index_put put;
	int rc;

	if (a->r->ops->publish != NULL &&
	    (rc = a->r->ops->publish(a->r, a->entry, a->count, a->now, &a->ticket, diag)) != 0)
		return rc;
	for (size_t i = 0; i < a->count; i++) {
		if ((rc = revocations_apply(a->r, &a->entry[i], a->now, &put)) == SESS_ERR_STORE)
			return diag_error_at(diag, rc, NULL, "revocations_max",
			    "%ld revocations are held, as many as revocations_max allows: verification is closed until there is room",
			    (long)a->m->policy.revocations_max);
		if (rc != 0)
			return diag_error(diag, rc, NULL);
	}
	return 0;
}

void
act_await(struct act *a)
{
	a->queued = a->ticket != 0 && a->r->ops->await(a->r, a->ticket);
}

void
act_describe(const struct revocation *e, int queued, sess_revocation *ret)
{
	sess_revocation d = { .kind = (sess_revocation_kind)REVOCATION_KIND_OF(e->event), .before = e->t, .until = e->until,
		.queued = queued, .merged = (e->event & REVOCATION_FOLDED) != 0 };

	(void)snprintf(d.id, sizeof(d.id), "%015llx", (unsigned long long)REVOCATION_NUMBER_OF(e->event));
	memcpy(d.name, e->key, sizeof(d.name));
	*ret = d;
}

/* The session is named as in every other event: without its work space it stays unnamed. */
void
act_tell(const struct act *a)
{
	struct work *w = NULL;
	int is_session = a->kind == REVOCATION_SESSION;
	const struct event_session session = { .sid = a->id, .auth_time = TIME_NONE, .gen = TIME_NONE };

	if (is_session && a->m->on_event != NULL && manager_take_work(a->m, &w, NULL) != 0)
		w = NULL;
	/* The authentication is not known here: no age. */
	event_raise(a->m, w, &(struct event_fact){ .kind = SESS_EVENT_REVOKED, .now = a->now,
		.session = is_session ? &session : NULL });
	if (w != NULL)
		manager_put_work(a->m, w);
}
