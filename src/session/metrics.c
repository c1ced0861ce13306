/* SPDX-License-Identifier: MIT */
/* L6: counting. Writes no text; session/openmetrics.c does. */
#include "session/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "session/session.h"

#define NOT_OURS (SESS_REASON_WRONG_TYPE | SESS_REASON_WRONG_ISSUER | SESS_REASON_WRONG_AUDIENCE)
#define ENDED (SESS_REASON_REVOKED | SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED)

_Static_assert(SESS_EVENT_FEED_IGNORED < TALLY_KINDS, "a counter a kind");

const int64_t metrics_bounds_s[TALLY_BOUNDS] = { 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 604800 };

/* Where counts go, and whether others add there at the same time. */
struct place {
	struct tally *tally;
	int shared;
};

static void
add(const struct place *at, tally_count *count, uint64_t n)
{
	if (at->shared)
		(void)atomic_fetch_add_explicit(count, n, memory_order_relaxed);
	else
		tally_add(count, n);
}

static void
observe(const struct place *at, struct tally_histogram *h, int64_t seconds)
{
	size_t i = 0;

	while (i < TALLY_BOUNDS && seconds > metrics_bounds_s[i])
		i++;
	add(at, &h->bucket[i], 1);
	add(at, &h->sum, seconds > 0 ? (uint64_t)seconds : 0);
}

static struct tally *
push(struct metrics *metrics)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	atomic_init(&t->taken, 1);
	t->next = atomic_load_explicit(&metrics->tallies, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&metrics->tallies, &t->next, t, memory_order_release,
	    memory_order_relaxed))
		;
	return t;
}

int
metrics_new(struct metrics **ret)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	int rc;

	if (metrics == NULL)
		return SESS_ERR_MEMORY;
	if ((rc = meters_init(&metrics->meters, &metrics->tallies)) != 0) {
		free(metrics);
		return rc;
	}
	if ((metrics->shared = push(metrics)) == NULL) {
		metrics_free(metrics);
		return SESS_ERR_MEMORY;
	}
	*ret = metrics;
	return 0;
}

void
metrics_free(struct metrics *metrics)
{
	struct tally *next;

	if (metrics == NULL)
		return;
	for (struct tally *t = atomic_load(&metrics->tallies); t != NULL; t = next) {
		next = t->next;
		free(t);
	}
	meters_done(&metrics->meters);
	free(metrics);
}

int
metrics_take_tally(struct metrics *metrics, struct tally **ret)
{
	struct tally *t = atomic_load_explicit(&metrics->tallies, memory_order_acquire);
	int no = 0;

	/* Strong: one that is free must not be passed by, or there would be more tallies than work spaces. */
	for (; t != NULL; t = t->next, no = 0) {
		if (atomic_load_explicit(&t->taken, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong_explicit(&t->taken, &no, 1, memory_order_acquire, memory_order_relaxed))
			break;
	}
	if (t == NULL && (t = push(metrics)) == NULL)
		return SESS_ERR_MEMORY;
	*ret = t;
	return 0;
}

static size_t
meter_of(const struct work *w, const struct event_fact *fact)
{
	const struct keytab_entry *entry = fact->entry;

	if (entry == NULL && w != NULL && fact->kid != NULL)
		entry = keytab_by_kid(w->tab, fact->kid, strlen(fact->kid));
	return entry == NULL ? 0 : entry->meter;
}

static void
count_end(const struct place *at, enum metrics_cause cause, int64_t seconds)
{
	observe(at, &at->tally->length[cause], seconds);
}

/* A session that is idle has an idle deadline before its hard end (step 9): so idleness comes first. */
static void
see_end(const sess_manager *m, const struct place *at, const struct event_fact *fact)
{
	const struct event_session *s = fact->session;
	enum metrics_cause cause = (fact->reasons & SESS_REASON_REVOKED) != 0 ? CAUSE_REVOKED :
	    (fact->reasons & SESS_REASON_IDLE_EXPIRED) != 0		      ? CAUSE_IDLE :
										CAUSE_ABSOLUTE;
	int64_t end = cause == CAUSE_REVOKED ? fact->now : cause == CAUSE_IDLE ? s->idle_deadline : s->absolute_deadline;

	if (ended_add(&m->metrics->ended, s->sid))
		count_end(at, cause, end - s->auth_time);
}

static void
count_refusal(const sess_manager *m, const struct place *at, const struct event_fact *fact)
{
	for (uint32_t left = fact->reasons; left != 0; left &= left - 1)
		add(at, &at->tally->reason[__builtin_ctz(left)], 1);
	if (fact->session != NULL && (fact->reasons & NOT_OURS) == 0 && (fact->reasons & ENDED) != 0)
		see_end(m, at, fact);
}

void
metrics_count(const sess_manager *m, struct work *w, const struct event_fact *fact)
{
	int owned = w != NULL && w->tally != NULL;
	struct place at = { owned ? w->tally : m->metrics->shared, !owned };

	add(&at, &at.tally->kind[fact->kind], 1);
	switch (fact->kind) {
	case SESS_EVENT_VERIFIED: add(&at, &at.tally->verified[meter_of(w, fact)], 1); break;
	case SESS_EVENT_RENEWED:
		if (fact->session != NULL)
			observe(&at, &at.tally->renewal_age, fact->now - fact->session->auth_time);
		/* fall through */
	case SESS_EVENT_MINTED: add(&at, &at.tally->minted[meter_of(w, fact)], 1); break;
	case SESS_EVENT_REGENERATED:
		add(&at, &at.tally->minted[meter_of(w, fact)], 1);
		/* It goes on under another name; that the old one will be refused is no end. */
		if (fact->session != NULL)
			(void)ended_add(&m->metrics->ended, fact->session->sid);
		break;
	case SESS_EVENT_REJECTED: count_refusal(m, &at, fact); break;
	default: break;
	}
}

int
sess_manager_count_logout(sess_manager *manager, const sess_session *session, sess_diag *diag)
{
	const struct place at = { manager == NULL ? NULL : manager->metrics->shared, 1 };
	int64_t now = 0;
	int rc;

	diag_clear(diag);
	if (manager == NULL || session == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_manager_count_logout: a pointer is NULL");
	if ((rc = manager_now(manager, &now, diag)) != 0)
		return rc;
	if (ended_add(&manager->metrics->ended, session->sid))
		count_end(&at, CAUSE_LOGOUT, now - session->auth_time);
	return 0;
}
