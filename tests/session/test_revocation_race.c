/* SPDX-License-Identifier: MIT */
/*
 * "Log out everywhere" while renewals and regenerations are under way, on managers whose clocks are 5 s apart: nothing of the
 * subject survives, and a fresh sign-in in the same second works. And that a forgery never reaches the store.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "revocation/revocations.h"
#include "session/manager.h"
#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define WORKERS 4
#define ROUNDS 20

static struct judge j;
static int64_t ahead;
static int renewals;

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

struct worker {
	sess_manager *manager;
	char *token; /* the latest of its session */
	atomic_int *over;
	int renewed;
};

/* Renews and regenerates one session, as fast as it can, until that is refused. */
static void *
work_on(void *arg)
{
	struct worker *w = arg;
	sess_session *s = NULL;
	char *next, old[SESS_ID_LEN + 1];
	size_t len;

	for (int i = 0; !atomic_load(w->over); i++) {
		next = NULL;
		len = 0;
		if (sess_verify(w->manager, w->token, strlen(w->token), NULL, &s, NULL) != 0)
			break;
		if ((i % 3 == 0 ? sess_regenerate(w->manager, s, NULL, &next, &len, old, NULL) :
			 sess_renew(w->manager, s, NULL, &next, &len, NULL)) == 0) {
			sess_token_free(w->token);
			w->token = next;
			w->renewed++;
		}
		sess_session_free(s);
		s = NULL;
	}
	return NULL;
}

static uint32_t
verdict(sess_manager *m, const char *token)
{
	sess_session *s = NULL;
	sess_diag diag;

	if (sess_verify(m, token, strlen(token), NULL, &s, &diag) != 0)
		return diag.reasons;
	sess_session_free(s);
	return 0;
}

static char *
sign_in(sess_manager *m)
{
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(m, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	return token;
}

static sess_manager *
opened(int64_t *now)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	char *text = json_dumps(j.ring, 0);

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &config.ring, NULL), 0);
	config.clock = clock_at;
	config.clock_arg = now;
	config.revocations = "memory:";
	ck_assert_int_eq(sess_manager_new(&config, &m, NULL), 0);
	sess_ring_free(config.ring);
	free(text);
	return m;
}

static void
run_round(sess_manager *m, sess_manager *minter)
{
	struct timespec pause = { 0, 2000000 };
	struct worker w[WORKERS];
	pthread_t thread[WORKERS];
	atomic_int over = 0;
	char *fresh;

	for (int i = 0; i < WORKERS; i++) {
		/* Some were signed in by the clock that is ahead. */
		w[i] = (struct worker){ .manager = m, .token = sign_in(i % 2 == 0 ? m : minter), .over = &over };
		ck_assert_uint_eq(verdict(m, w[i].token), 0);
		ck_assert_int_eq(pthread_create(&thread[i], NULL, work_on, &w[i]), 0);
	}
	(void)nanosleep(&pause, NULL);
	ck_assert_int_eq(sess_revoke_subject(m, "anna", NULL, NULL, NULL), 0);
	fresh = sign_in(m);
	(void)nanosleep(&pause, NULL);
	atomic_store(&over, 1);
	for (int i = 0; i < WORKERS; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_uint_eq(verdict(m, w[i].token), SESS_REASON_REVOKED);
		sess_token_free(w[i].token);
		renewals += w[i].renewed;
	}
	ck_assert_uint_eq(verdict(m, fresh), 0);
	sess_token_free(fresh);
}

START_TEST(test_everywhere)
{
	sess_manager *m, *minter;

	judge_init(&j, &judge_combos[0], NULL);
	ahead = j.now + 5;
	m = opened(&j.now);
	minter = opened(&ahead);
	for (int i = 0; i < ROUNDS; i++) {
		run_round(m, minter);
		/* The next round's sessions begin after what this one has revoked. */
		j.now += 10;
		ahead += 10;
	}
	ck_assert_int_gt(renewals, 0);
	sess_manager_free(m);
	sess_manager_free(minter);
	judge_done(&j);
}
END_TEST

static int asked;

static int
count_asking(struct revocations *r)
{
	(void)r;
	asked++;
	return 0;
}

/* The store is asked about authentic tokens alone, whatever sid a forged one names. */
START_TEST(test_forged)
{
	struct store_ops counting;
	char *token, *forged;
	size_t len;

	judge_init(&j, &judge_combos[_i], NULL);
	token = sign_in(j.manager);
	counting = *j.manager->revocations->ops;
	counting.is_behind = count_asking;
	j.manager->revocations->ops = &counting;
	forged = forge_text("%s", token);
	len = strlen(forged);
	for (size_t i = 0; i < len; i++) {
		char kept = forged[i];

		forged[i] = kept == 'A' ? 'B' : 'A';
		ck_assert_uint_ne(verdict(j.manager, forged), 0);
		forged[i] = kept;
	}
	ck_assert_int_eq(asked, 0);
	ck_assert_uint_eq(verdict(j.manager, token), 0);
	ck_assert_int_eq(asked, 1);
	asked = 0;
	free(forged);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation_race");
	TCase *tcase = tcase_create("race");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_everywhere);
	tcase_add_loop_test(tcase, test_forged, 0, 3);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
