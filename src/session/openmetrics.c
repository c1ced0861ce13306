/* SPDX-License-Identifier: MIT */
/*
 * L6: a manager's counts as OpenMetrics text (OpenMetrics 1.0, "Text Format"): families in one piece, HELP, TYPE and
 * UNIT before the samples, canonical numbers, and the end marked.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "session/metrics.h"

/* The first failure stays, and nothing is written after it. */
struct writer {
	struct buf out;
	int rc;
};

static void put(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Names are ours and short, and so are kids. */
static void
put(struct writer *w, const char *fmt, ...)
{
	char line[256];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (w->rc == 0)
		w->rc = n < 0 || (size_t)n >= sizeof(line) ? SESS_ERR_MEMORY : buf_append(&w->out, line, (size_t)n);
}

static void
family(struct writer *w, const char *name, const char *type, const char *unit, const char *help)
{
	put(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
	if (unit != NULL)
		put(w, "# UNIT %s %s\n", name, unit);
}

/* Sums, and what guards the meters. */
struct sums {
	const sess_manager *m;
	uint64_t verified[TALLY_METERS], minted[TALLY_METERS];
	uint64_t kind[TALLY_KINDS], reason[SESS_REASON_COUNT];
	struct {
		uint64_t bucket[TALLY_BOUNDS + 1], sum;
	} length[TALLY_CAUSES], renewal_age;
};

static void
sum_up(uint64_t *sums, const tally_count *counts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sums[i] += tally_read(&counts[i]);
}

static void
collect(struct sums *s, struct metrics *metrics)
{
	for (struct tally *t = atomic_load_explicit(&metrics->tallies, memory_order_acquire); t != NULL; t = t->next) {
		sum_up(s->verified, t->verified, TALLY_METERS);
		sum_up(s->minted, t->minted, TALLY_METERS);
		sum_up(s->kind, t->kind, TALLY_KINDS);
		sum_up(s->reason, t->reason, SESS_REASON_COUNT);
		for (size_t i = 0; i < TALLY_CAUSES; i++) {
			sum_up(s->length[i].bucket, t->length[i].bucket, TALLY_BOUNDS + 1);
			sum_up(&s->length[i].sum, &t->length[i].sum, 1);
		}
		sum_up(s->renewal_age.bucket, t->renewal_age.bucket, TALLY_BOUNDS + 1);
		sum_up(&s->renewal_age.sum, &t->renewal_age.sum, 1);
	}
	s->verified[0] += metrics->meters.gone_verified;
	s->minted[0] += metrics->meters.gone_minted;
}

static void
counter(struct writer *w, const char *name, uint64_t value, const char *help)
{
	family(w, name, "counter", NULL, help);
	put(w, "%s_total %" PRIu64 "\n", name, value);
}

static const char *const causes[TALLY_CAUSES] = {
	[CAUSE_LOGOUT] = "logout", [CAUSE_REVOKED] = "revoked", [CAUSE_IDLE] = "idle", [CAUSE_ABSOLUTE] = "absolute"
};

/* label: "" or one pair with a comma after it. */
static void
histogram(struct writer *w, const char *name, const char *label, const uint64_t *bucket, uint64_t sum)
{
	char only[64] = "";
	uint64_t count = 0;

	if (label[0] != '\0')
		(void)snprintf(only, sizeof(only), "{%.*s}", (int)strlen(label) - 1, label);
	for (size_t i = 0; i < TALLY_BOUNDS; i++) {
		count += bucket[i];
		put(w, "%s_bucket{%sle=\"%" PRId64 ".0\"} %" PRIu64 "\n", name, label, metrics_bounds_s[i], count);
	}
	count += bucket[TALLY_BOUNDS];
	put(w, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, label, count);
	put(w, "%s_count%s %" PRIu64 "\n%s_sum%s %" PRIu64 "\n", name, only, count, name, only, sum);
}

static void
write_sessions(struct writer *w, const struct sums *s)
{
	counter(w, "sess_sessions_started", s->kind[SESS_EVENT_MINTED], "Sessions begun.");
	counter(w, "sess_sessions_renewed", s->kind[SESS_EVENT_RENEWED], "Renewals of sessions.");
	counter(w, "sess_sessions_regenerated", s->kind[SESS_EVENT_REGENERATED], "Sessions that were given a new name.");
	family(w, "sess_sessions_ended", "counter", NULL, "Sessions seen to have ended, by cause.");
	for (size_t i = 0; i < TALLY_CAUSES; i++) {
		uint64_t count = 0;

		for (size_t b = 0; b <= TALLY_BOUNDS; b++)
			count += s->length[i].bucket[b];
		put(w, "sess_sessions_ended_total{cause=\"%s\"} %" PRIu64 "\n", causes[i], count);
	}
	family(w, "sess_session_length_seconds", "histogram", "seconds", "From authentication to the end, by its cause.");
	for (size_t i = 0; i < TALLY_CAUSES; i++) {
		char label[32];

		(void)snprintf(label, sizeof(label), "cause=\"%s\",", causes[i]);
		histogram(w, "sess_session_length_seconds", label, s->length[i].bucket, s->length[i].sum);
	}
	family(w, "sess_session_renewal_age_seconds", "histogram", "seconds", "From authentication to a renewal.");
	histogram(w, "sess_session_renewal_age_seconds", "", s->renewal_age.bucket, s->renewal_age.sum);
}

static void
write_by_key(struct writer *w, const struct sums *s, const char *name, const uint64_t *counts, const char *help)
{
	const struct meter *meter = s->m->metrics->meters.meter;

	family(w, name, "counter", NULL, help);
	for (size_t i = 1; i < TALLY_METERS; i++) {
		if (meter[i].tables > 0)
			put(w, "%s_total{kid=\"%s\"} %" PRIu64 "\n", name, meter[i].kid, counts[i]);
	}
	put(w, "%s_total{kid=\"(gone)\"} %" PRIu64 "\n", name, counts[0]);
}

static void
write_tokens(struct writer *w, const struct sums *s)
{
	write_by_key(w, s, "sess_tokens_minted", s->minted, "Tokens minted, by key.");
	write_by_key(w, s, "sess_tokens_verified", s->verified, "Tokens accepted, by key.");
	counter(w, "sess_tokens_rejected", s->kind[SESS_EVENT_REJECTED], "Tokens refused.");
	family(w, "sess_token_faults", "counter", NULL, "Rules that refused tokens did not keep, by reason.");
	for (size_t i = 0; i < SESS_REASON_COUNT; i++) {
		char reason[32];
		size_t n = 0;

		for (const char *c = sess_reason_name(UINT32_C(1) << i); *c != '\0' && n < sizeof(reason) - 1; c++)
			reason[n++] = *c == '_' ? '_' : (char)(*c - 'A' + 'a');
		reason[n] = '\0';
		put(w, "sess_token_faults_total{reason=\"%s\"} %" PRIu64 "\n", reason, s->reason[i]);
	}
	counter(w, "sess_old_key_used", s->kind[SESS_EVENT_OLD_KEY_USED], "Tokens accepted whose key no longer mints.");
	counter(w, "sess_context_changed", s->kind[SESS_EVENT_CONTEXT_CHANGED], "Names of a context that had another value.");
}

static void
write_service(struct writer *w, const struct sums *s, int64_t generation)
{
	counter(w, "sess_keys_near_limit", s->kind[SESS_EVENT_KEY_NEAR_LIMIT], "Warnings that a key nears its limit.");
	counter(w, "sess_revocations", s->kind[SESS_EVENT_REVOKED], "Revocations.");
	counter(w, "sess_store_lost", s->kind[SESS_EVENT_STORE_LOST], "Times that the revocation store was lost.");
	counter(w, "sess_store_back", s->kind[SESS_EVENT_STORE_BACK], "Times that the revocation store came back.");
	counter(w, "sess_feed_ignored", s->kind[SESS_EVENT_FEED_IGNORED],
	    "Times that the revocation store held entries that no holder of the ring put there.");
	counter(w, "sess_cookies_near_limit", s->kind[SESS_EVENT_COOKIE_NEAR_LIMIT],
	    "Tokens that nearly filled their cookies.");
	counter(w, "sess_cookie_headers_large", s->kind[SESS_EVENT_COOKIE_HEADER_LARGE],
	    "Requests whose cookies came near what servers accept.");
	family(w, "sess_ring_reloads", "counter", NULL, "Rings that came, by what became of them.");
	put(w, "sess_ring_reloads_total{result=\"ok\"} %" PRIu64 "\n", s->kind[SESS_EVENT_RING_RELOADED]);
	put(w, "sess_ring_reloads_total{result=\"refused\"} %" PRIu64 "\n", s->kind[SESS_EVENT_RING_REFUSED]);
	family(w, "sess_ring_generation", "gauge", NULL, "Generation of the ring in force.");
	put(w, "sess_ring_generation %" PRId64 "\n", generation);
	put(w, "# EOF\n");
}

static void
sums_cleanup(struct sums **s)
{
	free(*s);
}

int
sess_manager_metrics(sess_manager *manager, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	__attribute__((cleanup(sums_cleanup))) struct sums *s = NULL;
	struct writer w = { { 0 }, 0 };
	int64_t generation;
	char *text;
	size_t len = 0;

	diag_clear(diag);
	if (manager == NULL || ret_text == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_manager_metrics: a pointer is NULL");
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	s->m = manager;
	generation = sess_manager_generation(manager);
	/* The lock keeps meters with their keys; nobody who counts waits for it. */
	meters_take(&manager->metrics->meters);
	collect(s, manager->metrics);
	write_sessions(&w, s);
	write_tokens(&w, s);
	meters_give(&manager->metrics->meters);
	write_service(&w, s, generation);
	text = w.rc == 0 ? buf_take(&w.out, &len) : NULL;
	buf_done(&w.out);
	if (text == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if (ret_len != NULL)
		*ret_len = len;
	*ret_text = text;
	return 0;
}

void
sess_metrics_free(char *text)
{
	free(text);
}
