/* SPDX-License-Identifier: MIT */
/*
 * sesstool bench: each kind of call, tried once to see that it ends as it should, then timed in interleaved rounds: what
 * disturbs the machine for a while disturbs all kinds alike, and the median forgets it.
 */
#include <sess/jansson.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

#define ENDED_OTHERWISE 1 /* no code of the library's: a call that had to be refused was not */

static int
verify(struct bench *b, sess_diag *diag)
{
	sess_session *s = NULL;
	int rc = sess_verify(b->manager, b->token.data, b->token.len, NULL, &s, diag);

	if (rc == 0)
		(void)sess_session_subject(s);
	sess_session_free(s);
	return rc;
}

static int
verify_document(struct bench *b, sess_diag *diag)
{
	sess_session *s = NULL;
	json_t *claims = NULL;
	int rc = sess_verify(b->manager, b->token.data, b->token.len, NULL, &s, diag);

	if (rc == 0)
		rc = sess_session_claims_jansson(s, &claims, diag);
	json_decref(claims);
	sess_session_free(s);
	return rc;
}

static int
mint(struct bench *b, sess_diag *diag)
{
	char *token = NULL;
	size_t len = 0;
	int rc = sess_mint(b->manager, sess_session_subject(b->session), b->claims.data, b->claims.len, NULL, &token, &len, diag);

	b->minted += rc == 0;
	sess_token_free(token);
	return rc;
}

static int
renew(struct bench *b, sess_diag *diag)
{
	char *token = NULL;
	size_t len = 0;
	int rc = sess_renew(b->manager, b->session, NULL, &token, &len, diag);

	b->minted += rc == 0;
	sess_token_free(token);
	return rc;
}

static int
refuse(struct bench *b, const struct tool_text *text, sess_diag *diag)
{
	sess_session *s = NULL;
	int rc = sess_verify(b->manager, text->data, text->len, NULL, &s, diag);

	sess_session_free(s);
	return rc == SESS_ERR_REJECTED ? 0 : rc == 0 ? ENDED_OTHERWISE : rc;
}

static int
refuse_changed(struct bench *b, sess_diag *diag)
{
	return refuse(b, &b->changed, diag);
}

static int
refuse_expired(struct bench *b, sess_diag *diag)
{
	return refuse(b, &b->token, diag);
}

static int
refuse_junk(struct bench *b, sess_diag *diag)
{
	return refuse(b, &b->junk, diag);
}

static const struct kind {
	const char *name;
	int (*call)(struct bench *b, sess_diag *diag);
	int mints, is_late, is_refused; /* is_late: the clock has passed the token's end */
} kinds[BENCH_CASES] = {
	{ "verify", verify, 0, 0, 0 },
	{ "verify, jansson document", verify_document, 0, 0, 0 },
	{ "mint", mint, 1, 0, 0 },
	{ "renew", renew, 1, 0, 0 },
	{ "refuse: changed", refuse_changed, 0, 0, 1 },
	{ "refuse: expired", refuse_expired, 0, 1, 1 },
	{ "refuse: junk", refuse_junk, 0, 0, 1 },
};

double
bench_time_ns(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
bench_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
}

static void
set_clock(struct bench *b, const struct kind *kind)
{
	b->clock = kind->is_late ? sess_session_idle_deadline(b->session) + sess_manager_policy(b->manager)->leeway_s + 1 : b->start;
}

static int
complain(const struct kind *kind, int rc, const sess_diag *diag)
{
	if (rc < 0)
		return tool_fail(kind->name, rc, diag);
	tool_say(stderr, "sesstool: %s: a token that had to be refused was not\n", kind->name);
	return TOOL_EXIT_INTERNAL;
}

static const char *
why_left_out(const struct bench *b, const struct kind *kind)
{
	if (!kind->mints)
		return NULL;
	if (!b->can_mint)
		return "the ring cannot mint";
	return kind->call == mint && b->is_given ? "the token was given; leave it out to mint" : NULL;
}

static int
try_once(struct bench *b, size_t i)
{
	sess_diag diag = { 0 };
	int rc;

	b->cases[i].name = kinds[i].name;
	if ((b->cases[i].left_out = why_left_out(b, &kinds[i])) != NULL)
		return 0;
	set_clock(b, &kinds[i]);
	rc = kinds[i].call(b, &diag);
	if (kinds[i].is_refused && rc == 0)
		b->cases[i].reason = sess_reason_name(sess_reason_first(diag.reasons));
	if (rc == SESS_ERR_REJECTED)
		return tool_refuse(&diag, sess_manager_policy(b->manager), b->start, b->as_json);
	return rc == 0 ? 0 : complain(&kinds[i], rc, &diag);
}

static int
time_batch(struct bench *b, size_t i, size_t calls, double *ret_ns)
{
	const struct kind *kind = &kinds[i];
	sess_diag none = { 0 };
	double start;
	int rc = 0;

	set_clock(b, kind);
	start = bench_time_ns();
	for (size_t n = 0; n < calls && rc == 0; n++)
		rc = kind->call(b, NULL);
	*ret_ns = bench_time_ns() - start;
	return rc == 0 ? 0 : complain(kind, rc, &none);
}

/* The quicker of two: one that was interrupted would make all rounds too short. */
static int
time_quicker(struct bench *b, size_t i, size_t calls, double *ret_ns)
{
	double first = 0, second = 0;
	int status;

	if ((status = time_batch(b, i, calls, &first)) != 0 || (status = time_batch(b, i, calls, &second)) != 0)
		return status;
	*ret_ns = first < second ? first : second;
	return 0;
}

/* How many calls fill a round's share of the time. */
static int
calibrate(struct bench *b, size_t i, double share_ns)
{
	size_t calls = 1;
	double ns = 0;
	int status;

	while ((status = time_quicker(b, i, calls, &ns)) == 0 && ns < share_ns / 8)
		calls *= 2;
	if (ns > 0)
		calls = (size_t)((double)calls * share_ns / ns);
	b->cases[i].batch = calls < 1 ? 1 : calls;
	return status;
}

static int
time_round(struct bench *b, size_t round)
{
	double ns;
	int status = 0;

	for (size_t i = 0; i < BENCH_CASES && status == 0; i++) {
		if (b->cases[i].left_out != NULL)
			continue;
		status = time_batch(b, i, b->cases[i].batch, &ns);
		b->cases[i].ns[round] = ns / (double)b->cases[i].batch;
	}
	return status;
}

int
bench_cases(struct bench *b, double seconds)
{
	int status = 0;

	for (size_t i = 0; i < BENCH_CASES && status == 0; i++) {
		if ((status = try_once(b, i)) == 0 && b->cases[i].left_out == NULL)
			status = calibrate(b, i, seconds * 1e9 / (BENCH_ROUNDS * BENCH_CASES));
	}
	for (size_t round = 0; round < BENCH_ROUNDS && status == 0; round++)
		status = time_round(b, round);
	for (size_t i = 0; i < BENCH_CASES; i++)
		bench_sort(b->cases[i].ns, BENCH_ROUNDS);
	b->clock = b->start;
	return status;
}
