/* SPDX-License-Identifier: MIT */
/*
 * Keys that may be used once, over each store of this host: once for all who share it, until they expire, beside revocations
 * and never among them, at the cap refused, and by one of many processes only. And whether a subject was logged out since.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/revocation.h"
#include "support/judge.h"
#include "support/runner.h"

#define CHILDREN 8
#define KEYS 20

static const char *const stores[] = {
	"memory:",
#ifdef SESS_WITH_LMDB
	"lmdb:",
#endif
};
#define STORES (int)(sizeof(stores) / sizeof(stores[0]))

static struct judge j;
static char dir[64], uri[128];

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static void
setup(void)
{
	judge_init(&j, &judge_combos[2], NULL);
	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/sess-once-XXXXXX" : "/tmp/sess-once-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	static const char *const names[] = { "data.mdb", "lock.mdb", "begun" };
	char path[128];

	judge_done(&j);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

static sess_manager *
opened(int store, int32_t max)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	sess_manager *m = NULL;
	sess_ring *ring = NULL;
	sess_diag diag;
	char *text = json_dumps(j.ring, 0);

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	free(text);
	sess_policy_init(&policy);
	policy.revocations_max = max;
	(void)snprintf(uri, sizeof(uri), "%s%s", stores[store], strcmp(stores[store], "memory:") == 0 ? "" : dir);
	config.ring = ring;
	config.policy = &policy;
	config.clock = clock_at;
	config.clock_arg = &j.now;
	config.revocations = uri;
	ck_assert_msg(sess_manager_new(&config, &m, &diag) == 0, "%s", diag.message);
	sess_ring_free(ring);
	return m;
}

/* 1: first; 0: used; else the error. */
static int
use(sess_manager *m, unsigned n, int64_t until)
{
	uint8_t key[REVOCATION_KEY_LEN] = { 9 };
	int first = -1, rc;

	memcpy(key + 4, &n, sizeof(n));
	rc = revocation_use_once(m, key, until, j.now, &first, NULL);
	return rc == 0 ? first : rc;
}

static int
count_one(const sess_revocation *r, void *arg)
{
	(void)r;
	++*(int *)arg;
	return 0;
}

START_TEST(test_once)
{
	sess_manager *m = opened(_i, 1000), *other = _i == 0 ? m : opened(_i, 1000);
	int count = 0;

	ck_assert_int_eq(use(m, 1, j.now + 100), 1);
	ck_assert_int_eq(use(m, 1, j.now + 100), 0);
	ck_assert_int_eq(use(other, 1, j.now + 100), 0);
	ck_assert_int_eq(use(other, 2, j.now + 100), 1);
	ck_assert_int_eq(use(m, 2, j.now + 50), 0);
	/* No revocation, and not in the way of one. */
	ck_assert_int_eq(sess_revocations_list(m, count_one, &count, NULL), 0);
	ck_assert_int_eq(count, 0);
	j.now += 100;
	ck_assert_int_eq(use(other, 1, j.now + 100), 1);
	ck_assert_int_eq(use(m, 1, j.now + 100), 0);
	/* For ever is as long as is kept. */
	ck_assert_int_eq(use(m, 3, INT64_C(253402300799)), 1);
	ck_assert_int_eq(use(m, 3, 0), 0);
	ck_assert_int_eq(use(m, 4, 0), 1);
	ck_assert_int_eq(use(m, 4, 0), 0);
	if (other != m)
		sess_manager_free(other);
	sess_manager_free(m);
}
END_TEST

START_TEST(test_full)
{
	sess_manager *m = opened(_i, 2), *later;

	ck_assert_int_eq(use(m, 1, j.now + 100), 1);
	ck_assert_int_eq(use(m, 2, j.now + 100), 1);
	later = _i == 0 ? m : opened(_i, 1);
	ck_assert_int_eq(use(later, 3, j.now + 100), SESS_ERR_STORE);
	/* What it could not hold it does not take for unused. */
	ck_assert_int_eq(use(later, 2, j.now + 100), SESS_ERR_STORE);
	/* Verification has nothing to do with it. */
	ck_assert_int_eq(revocations_state(later->revocations, j.now), STORE_OPEN);
	j.now += 100;
	ck_assert_int_eq(use(later, 3, j.now + 100), 1);
	if (later != m)
		sess_manager_free(later);
	sess_manager_free(m);
}
END_TEST

/* Of all processes that use the same keys at once, one is first with each. */
START_TEST(test_race)
{
	sess_manager *m = opened(STORES - 1, 1000);
	unsigned firsts = 0;
	int status;

	if (STORES == 1) {
		sess_manager_free(m);
		return;
	}
	for (int c = 0; c < CHILDREN; c++) {
		if (fork() == 0) {
			int first = 0;

			for (unsigned n = 0; n < KEYS; n++)
				first += use(m, n, j.now + 100);
			_exit(first);
		}
	}
	for (int c = 0; c < CHILDREN; c++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert(WIFEXITED(status));
		firsts += (unsigned)WEXITSTATUS(status);
	}
	ck_assert_uint_eq(firsts, KEYS);
	sess_manager_free(m);
}
END_TEST

START_TEST(test_subject)
{
	sess_manager *m = opened(_i, 1000);
	int revoked = -1;

	ck_assert_int_eq(revocation_subject_since(m, "anna", 4, j.now, j.now, &revoked, NULL), 0);
	ck_assert_int_eq(revoked, 0);
	ck_assert_int_eq(sess_revoke_subject(m, "anna", NULL, NULL, NULL), 0);
	ck_assert_int_eq(revocation_subject_since(m, "anna", 4, j.now + REVOCATION_SKEW_S, j.now, &revoked, NULL), 0);
	ck_assert_int_eq(revoked, 1);
	ck_assert_int_eq(revocation_subject_since(m, "anna", 4, j.now + REVOCATION_SKEW_S + 1, j.now, &revoked, NULL), 0);
	ck_assert_int_eq(revoked, 0);
	ck_assert_int_eq(revocation_subject_since(m, "bert", 4, 0, j.now, &revoked, NULL), 0);
	ck_assert_int_eq(revoked, 0);
	ck_assert_int_eq(sess_revoke_all(m, NULL, NULL, NULL), 0);
	ck_assert_int_eq(revocation_subject_since(m, "bert", 4, j.now, j.now, &revoked, NULL), 0);
	ck_assert_int_eq(revoked, 1);
	sess_manager_free(m);
}
END_TEST

/* Without a store, and with one that cannot vouch for what it says. */
START_TEST(test_refusals)
{
	sess_manager *m = opened(0, 1000), without = { .revocations = NULL };
	uint8_t key[REVOCATION_KEY_LEN] = { 0 };
	int out = 7;
	sess_diag diag;

	ck_assert_int_eq(revocation_use_once(&without, key, 1, 0, &out, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(revocation_subject_since(&without, "a", 1, 1, 0, &out, &diag), SESS_ERR_ARGUMENT);
	revocations_set_state(m->revocations, STORE_FAILED);
	ck_assert_int_eq(revocation_use_once(m, key, j.now + 1, j.now, &out, &diag), SESS_ERR_STORE);
	ck_assert_int_eq(revocation_subject_since(m, "a", 1, 1, j.now, &out, &diag), SESS_ERR_STORE);
	ck_assert_msg(strstr(diag.message, revocations_state_words(STORE_FAILED)) != NULL, "%s", diag.message);
	ck_assert_int_eq(out, 7);
	sess_manager_free(m);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("once");
	TCase *tcase = tcase_create("once");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_once, 0, STORES);
	tcase_add_loop_test(tcase, test_full, 0, STORES);
	tcase_add_test(tcase, test_race);
	tcase_add_loop_test(tcase, test_subject, 0, STORES);
	tcase_add_test(tcase, test_refusals);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
