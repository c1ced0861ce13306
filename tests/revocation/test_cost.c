/* SPDX-License-Identifier: MIT */
/*
 * What live revocations cost: bytes an entry, nanoseconds a check, and verification without a store, with an empty one and with
 * a full one, taken in turns in one run. SESS_LONG=1 holds a million, else 20,000. Times are shown and not judged, for the
 * machine has others on it; bytes are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "revocation/revocations.h"
#include "session/manager.h"
#include "support/judge.h"
#include "support/runner.h"

enum { WITHOUT, EMPTY, FULL, MANAGERS };
enum { BATCHES = 60, VERIFIED = 400, CHECKED = 20000 };

static struct judge j;

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static double
cpu_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static sess_manager *
opened(const char *store)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy = j.policy;
	sess_manager *m = NULL;
	char *text = json_dumps(j.ring, 0);

	policy.revocations_max = 2000000;
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &config.ring, NULL), 0);
	config.policy = &policy;
	config.clock = clock_at;
	config.clock_arg = &j.now;
	config.revocations = store;
	ck_assert_int_eq(sess_manager_new(&config, &m, NULL), 0);
	sess_ring_free(config.ring);
	free(text);
	return m;
}

/* As `sid` is: 22 base64url characters of 16 bytes. */
static void
write_sid(char sid[SESS_ID_LEN + 1], unsigned long n)
{
	(void)snprintf(sid, SESS_ID_LEN + 1, "%021luA", n);
}

static double
time_verify(sess_manager *m, const char *token, size_t len)
{
	double start = cpu_ns();

	for (int i = 0; i < VERIFIED; i++) {
		sess_session *s = NULL;

		ck_assert_int_eq(sess_verify(m, token, len, NULL, &s, NULL), 0);
		sess_session_free(s);
	}
	return (cpu_ns() - start) / VERIFIED;
}

/* One look-up with the hash of its name, of sessions that nobody has revoked: what every request pays. */
static double
time_check(struct revocations *r, uint64_t first)
{
	char sid[SESS_ID_LEN] = { 0 }; /* a hash takes any bytes */
	uint8_t key[REVOCATION_KEY_LEN];
	double start = cpu_ns();
	int64_t found = 0;

	for (uint64_t i = first; i < first + CHECKED; i++) {
		unsigned stay;

		memcpy(sid, &i, sizeof(i));
		names_of(&r->names, REVOCATION_SESSION, sid, sizeof(sid), key);
		stay = index_enter(r->index);
		found += index_find(r->index, key, REVOCATION_SESSION, j.now) >= 0;
		index_leave(r->index, stay);
	}
	ck_assert_int_eq(found, 0);
	return (cpu_ns() - start) / CHECKED;
}

static double
lesser(double a, double b)
{
	return a < b ? a : b;
}

static void
tell(const double verify[MANAGERS], double check, double check_empty)
{
	printf("# a check: %.0f ns (aim: less than 100); with nothing revoked: %.0f ns\n", check, check_empty);
	printf("# verify: %.0f ns without a store, %.0f ns with an empty one (%+.1f %%), %.0f ns with a full one (%+.1f %%)\n",
	    verify[WITHOUT], verify[EMPTY], 100 * (verify[EMPTY] / verify[WITHOUT] - 1), verify[FULL],
	    100 * (verify[FULL] / verify[WITHOUT] - 1));
}

START_TEST(test_cost)
{
	const char *longer = getenv("SESS_LONG");
	unsigned long count = longer != NULL && strcmp(longer, "1") == 0 ? 1000000 : 20000;
	double verify[MANAGERS] = { 1e9, 1e9, 1e9 }, check = 1e9, check_empty = 1e9, begun, bytes;
	char sid[SESS_ID_LEN + 1], *token = NULL;
	sess_manager *m[MANAGERS];
	struct revocations *full;
	size_t len = 0;

	judge_init(&j, &judge_combos[2], NULL);
	m[WITHOUT] = opened(NULL);
	m[EMPTY] = opened("memory:");
	m[FULL] = opened("memory:");
	full = m[FULL]->revocations;
	ck_assert_int_eq(sess_mint(m[FULL], "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	begun = cpu_ns();
	for (unsigned long n = 0; n < count; n++) {
		write_sid(sid, n);
		ck_assert_int_eq(sess_revoke_session(m[FULL], sid, NULL, NULL, NULL), 0);
	}
	ck_assert_uint_eq(index_count(full->index), count);
	bytes = (double)index_bytes(full->index) / (double)count;
	printf("# %lu live revocations, %.0f ns to make one: %.1f bytes an entry (at most 64)\n", count,
	    (cpu_ns() - begun) / (double)count, bytes);
	/* In turns, and the best of each: what others do on the machine falls on all three alike. */
	for (int batch = 0; batch < BATCHES; batch++) {
		for (int i = 0; i < MANAGERS; i++)
			verify[i] = lesser(verify[i], time_verify(m[i], token, len));
		check = lesser(check, time_check(full, (uint64_t)batch * CHECKED));
		check_empty = lesser(check_empty, time_check(m[EMPTY]->revocations, 0));
	}
	tell(verify, check, check_empty);
	printf("# figure: revoked.bytes_an_entry = %.1f\n# figure: revoked.check_ns = %.0f\n"
	       "# figure: revoked.verify_without_ns = %.0f\n# figure: revoked.verify_with_ns = %.0f\n", bytes, check, verify[WITHOUT],
	    verify[FULL]);
	ck_assert_msg(bytes <= 64, "%g bytes an entry", bytes);
	for (int i = 0; i < MANAGERS; i++)
		sess_manager_free(m[i]);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation_cost");
	TCase *tcase = tcase_create("cost");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_cost);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
