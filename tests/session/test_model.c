/* SPDX-License-Identifier: MIT */
/*
 * The life of sessions, walked at random beside a model of it: mint, verify, renew, regenerate, compare, clocks that jump, keys that
 * rotate, are revoked and pruned and reach the nodes late, policies that change. No step may disagree with the model. The short
 * form takes 200,000 steps; SESS_LONG=1 takes 10^6. With SESS_MODEL_METRICS=FOLDER the managers' metrics and the model's
 * counts are left there, for model_metrics.py. Faults planted in the library's own steps must each be found.
 */
#include "session/model_faults.h"
#include "session/model_steps.h"
#include "support/runner.h"

/* Walks until the model disagrees, or the steps are done; how many there were. */
static uint64_t
walk(struct world *w, uint64_t seed, sess_form form, uint64_t steps)
{
	uint64_t n = 0;

	world_open(w, seed, form);
	w->metrics_folder = fault == NO_FAULT ? getenv("SESS_MODEL_METRICS") : NULL;
	while (n < steps && w->complaint[0] == '\0') {
		step(w);
		n++;
	}
	world_close(w);
	return n;
}

static uint64_t
steps_wanted(void)
{
	const char *value = getenv("SESS_LONG");

	return value != NULL && strcmp(value, "1") == 0 ? 1000000 : 200000;
}

static const sess_form forms[] = { SESS_FORM_NESTED, SESS_FORM_SEALED, SESS_FORM_SIGNED };

/* Every reason that a life can end for, and every answer, was met often enough to mean something. */
static void
check_met(const struct world *w, uint64_t steps)
{
	static const uint32_t reasons[] = { SESS_REASON_UNKNOWN_KEY, SESS_REASON_EXPIRED_KEY, SESS_REASON_REVOKED_KEY,
		SESS_REASON_WRONG_AUDIENCE, SESS_REASON_NOT_YET, SESS_REASON_IDLE_EXPIRED, SESS_REASON_ABSOLUTE_EXPIRED,
		SESS_REASON_CONTEXT_MISMATCH };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		for (int bit = 0; bit < SESS_REASON_COUNT; bit++)
			if (reasons[i] == 1u << bit)
				ck_assert_msg(w->refused[bit] >= steps / 10000, "%s was met %llu times", sess_reason_name(reasons[i]),
				    (unsigned long long)w->refused[bit]);
	ck_assert_uint_ge(w->accepted, steps / 20);
	ck_assert_uint_ge(w->renewed, steps / 50);
	ck_assert_uint_ge(w->regenerated, steps / 400);
	ck_assert_uint_ge(w->rings, steps / 2000);
}

/* For who parses the metrics: what the model has counted. */
static void
write_counts(const struct world *w)
{
	char path[4096];
	json_t *counts;

	if (w->metrics_folder == NULL)
		return;
	counts = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "minted", (json_int_t)w->minted, "accepted", (json_int_t)w->accepted,
	    "renewed", (json_int_t)w->renewed, "regenerated", (json_int_t)w->regenerated, "refused", (json_int_t)w->tokens_refused,
	    "context_changed", (json_int_t)w->context_changed);
	for (int bit = 0; bit < SESS_REASON_COUNT; bit++)
		json_object_set_new(counts, sess_reason_name(1u << bit), json_integer((json_int_t)w->refused[bit]));
	(void)snprintf(path, sizeof(path), "%s/%d-counts.json", w->metrics_folder, (int)w->form);
	ck_assert_int_eq(json_dump_file(counts, path, 0), 0);
	json_decref(counts);
}

START_TEST(test_no_disagreement)
{
	uint64_t steps = steps_wanted() / 3;
	struct world *w = calloc(1, sizeof(*w));
	uint64_t n;

	ck_assert_ptr_nonnull(w);
	fault = NO_FAULT;
	n = walk(w, 1 + (uint64_t)_i, forms[_i], steps);
	ck_assert_msg(w->complaint[0] == '\0', "%s, step %llu: %s", sess_form_name(forms[_i]), (unsigned long long)n, w->complaint);
	check_met(w, steps);
	write_counts(w);
	/* What was told is what happened. */
	ck_assert_uint_eq(w->heard[SESS_EVENT_MINTED], w->minted);
	ck_assert_uint_eq(w->heard[SESS_EVENT_VERIFIED], w->accepted);
	ck_assert_uint_eq(w->heard[SESS_EVENT_RENEWED], w->renewed);
	ck_assert_uint_eq(w->heard[SESS_EVENT_REGENERATED], w->regenerated);
	printf("# %s: %llu steps, %llu minted, %llu accepted, %llu renewed, %llu regenerated, %llu rings\n", sess_form_name(forms[_i]),
	    (unsigned long long)n, (unsigned long long)w->minted, (unsigned long long)w->accepted, (unsigned long long)w->renewed,
	    (unsigned long long)w->regenerated, (unsigned long long)w->rings);
	free(w);
}
END_TEST

START_TEST(test_planted_faults)
{
	struct world *w = calloc(1, sizeof(*w));
	uint64_t n;

	ck_assert_ptr_nonnull(w);
	fault = (enum fault)_i;
	n = walk(w, 100, SESS_FORM_NESTED, 60000);
	fault = NO_FAULT;
	ck_assert_msg(w->complaint[0] != '\0', "not noticed in %llu steps: %s", (unsigned long long)n, fault_names[_i]);
	printf("# %s: noticed at step %llu: %s\n", fault_names[_i], (unsigned long long)n, w->complaint);
	free(w);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("model");
	TCase *tcase = tcase_create("walk");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, test_no_disagreement, 0, 3);
	tcase_add_loop_test(tcase, test_planted_faults, 1, FAULTS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
