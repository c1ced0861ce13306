/* SPDX-License-Identifier: MIT */
/*
 * The store of one host: what one manager or process revokes, all others refuse at once and after a restart; taking back;
 * the map that grows; a store of another ring; expired entries; prefork children; writers that are killed. The short form
 * kills 25 writers, SESS_LONG=1 a thousand.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#ifdef SESS_WITH_LMDB

#define R SESS_REASON_REVOKED
#define SID_LEN 22

static char dir[64], uri[128];
static struct judge j; /* its ring and clock; the managers are the tests' own */

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static sess_manager *
opened(const json_t *doc, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_ring *ring = NULL;
	char *text = json_dumps(doc, 0);

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.clock = clock_at;
	config.clock_arg = &j.now;
	config.revocations = uri;
	ck_assert_int_eq(sess_manager_new(&config, &m, diag) == 0, m != NULL);
	sess_ring_free(ring);
	free(text);
	return m;
}

static sess_manager *
open_or_fail(void)
{
	sess_diag diag;
	sess_manager *m = opened(j.ring, &diag);

	ck_assert_msg(m != NULL, "%s", diag.message);
	return m;
}

static void
setup(void)
{
	/* Memory serves here, for processes are killed and not the machine: each of a thousand writes waits for its disk. */
	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/sess-lmdb-XXXXXX" : "/tmp/sess-lmdb-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(uri, sizeof(uri), "lmdb:%s/store", dir);
	judge_init(&j, &judge_combos[2], NULL);
}

static void
teardown(void)
{
	static const char *const names[] = { "store/data.mdb", "store/lock.mdb", "store/begun", "store" };
	char path[128];

	judge_done(&j);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

/* A token of a session with this number. */
static char *
token_of(unsigned n, char sid[SID_LEN + 1])
{
	char *payload, *token;

	(void)snprintf(sid, SID_LEN + 1, "%021uA", n);
	payload = forge_text("{\"sub\":\"anna\",\"sid\":\"%s\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"iat\":%lld,\"exp\":%lld,"
	    "\"auth_time\":%lld,\"gen\":0}", sid, (long long)JUDGE_NOW, (long long)JUDGE_NOW + 3600, (long long)JUDGE_NOW);
	token = judge_token(&j, payload, strlen(payload));
	free(payload);
	return token;
}

static uint32_t
verdict(sess_manager *m, unsigned n)
{
	char sid[SID_LEN + 1], *token = token_of(n, sid);
	sess_session *s = NULL;
	sess_diag diag;
	int rc = sess_verify(m, token, strlen(token), NULL, &s, &diag);

	free(token);
	sess_session_free(s);
	ck_assert_msg(rc == 0 || rc == SESS_ERR_REJECTED, "%s", diag.message);
	return rc == 0 ? 0 : diag.reasons;
}

static void
revoke_one(sess_manager *m, unsigned n, sess_revocation *ret)
{
	char sid[SID_LEN + 1];
	sess_diag diag;

	free(token_of(n, sid));
	ck_assert_msg(sess_revoke_session(m, sid, NULL, ret, &diag) == 0, "%s", diag.message);
}

START_TEST(test_two_managers)
{
	sess_manager *a = open_or_fail(), *b = open_or_fail();
	sess_revocation r;

	ck_assert_uint_eq(verdict(b, 1), 0);
	revoke_one(a, 1, &r);
	ck_assert_int_eq(r.queued, 0);
	ck_assert_uint_eq(verdict(b, 1), R);
	ck_assert_uint_eq(verdict(a, 1), R);
	ck_assert_uint_eq(verdict(b, 2), 0);
	ck_assert_int_eq(sess_revoke_undo(b, r.id, NULL, NULL), 0);
	ck_assert_uint_eq(verdict(a, 1), 0);
	revoke_one(b, 2, NULL);
	sess_manager_free(a);
	ck_assert_uint_eq(verdict(b, 2), R);
	sess_manager_free(b);
	/* And after everybody has gone. */
	a = open_or_fail();
	ck_assert_uint_eq(verdict(a, 1), 0);
	ck_assert_uint_eq(verdict(a, 2), R);
	sess_manager_free(a);
}
END_TEST

/* Mints of another process know of a revocation too. */
START_TEST(test_mint)
{
	sess_manager *a = open_or_fail(), *b = open_or_fail();
	sess_session *s = NULL;
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_revoke_subject(a, "anna", NULL, NULL, NULL), 0);
	ck_assert_int_eq(sess_mint(b, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(a, token, len, NULL, &s, NULL), 0);
	ck_assert_int_eq(sess_session_auth_time(s), JUDGE_NOW + 6);
	sess_session_free(s);
	sess_token_free(token);
	sess_manager_free(a);
	sess_manager_free(b);
}
END_TEST

/* Far past the first size of the map, in one process, and seen by another manager. */
START_TEST(test_growth)
{
	sess_manager *a = open_or_fail(), *b = open_or_fail();
	char path[128];
	struct stat st;
	sess_diag diag;

	(void)snprintf(path, sizeof(path), "%s/store/data.mdb", dir);
	for (unsigned n = 0; n < 20000; n++) {
		revoke_one(n % 2 == 0 ? a : b, n, NULL);
		ck_assert_int_eq(stat(path, &st), 0);
		if (st.st_size > 1 << 20)
			break;
	}
	ck_assert_msg(st.st_size > 1 << 20, "%lld bytes", (long long)st.st_size);
	ck_assert_uint_eq(verdict(a, 0), R);
	ck_assert_uint_eq(verdict(b, 0), R);
	ck_assert_uint_eq(verdict(a, 1), R);
	sess_manager_free(a);
	sess_manager_free(b);
	a = opened(j.ring, &diag);
	ck_assert_uint_eq(verdict(a, 0), R);
	sess_manager_free(a);
}
END_TEST

static int
count_one(const sess_revocation *r, void *arg)
{
	(void)r;
	++*(int *)arg;
	return 0;
}

/* What has expired leaves the log with the writes that follow, and numbers go on. */
START_TEST(test_expiry)
{
	sess_manager *a = open_or_fail(), *b;
	int count = 0;

	for (unsigned n = 0; n < 10; n++)
		revoke_one(a, n, NULL);
	j.now += 43200 + 600;
	revoke_one(a, 10, NULL);
	revoke_one(a, 11, NULL);
	b = open_or_fail();
	ck_assert_int_eq(sess_revocations_list(b, count_one, &count, NULL), 0);
	ck_assert_int_eq(count, 2);
	revoke_one(b, 12, NULL);
	count = 0;
	ck_assert_int_eq(sess_revocations_list(a, count_one, &count, NULL), 0);
	ck_assert_int_eq(count, 3);
	sess_manager_free(a);
	sess_manager_free(b);
}
END_TEST

START_TEST(test_refusals)
{
	sess_manager *a = open_or_fail();
	json_t *other = judge_generate(&judge_combos[2]);
	sess_diag diag;

	ck_assert_ptr_null(opened(other, &diag));
	ck_assert_int_eq(diag.code, SESS_ERR_STORE);
	ck_assert_msg(strstr(diag.message, "another ring") != NULL, "%s", diag.message);
	sess_manager_free(a);
	json_decref(other);
	strcpy(uri, "lmdb:");
	ck_assert_ptr_null(opened(j.ring, &diag));
	ck_assert_int_eq(diag.code, SESS_ERR_ARGUMENT);
	strcpy(uri, "lmdb:/proc/nonexistent/folder/store");
	ck_assert_ptr_null(opened(j.ring, &diag));
	ck_assert_int_eq(diag.code, SESS_ERR_STORE);
	strcpy(uri, "lmdb:/dev/null");
	ck_assert_ptr_null(opened(j.ring, &diag));
	ck_assert_int_eq(diag.code, SESS_ERR_STORE);
	(void)snprintf(uri, sizeof(uri), "lmdb:%s/store/data.mdb", dir);
	ck_assert_ptr_null(opened(j.ring, &diag));
	ck_assert_int_eq(diag.code, SESS_ERR_STORE);
}
END_TEST

/* Children of a manager made before the fork: each has handles of its own, and all see what any revokes. */
START_TEST(test_prefork)
{
	sess_manager *m = open_or_fail();
	int go[2], done[2], status;
	pid_t writer, reader;
	char byte;

	revoke_one(m, 1, NULL);
	ck_assert_int_eq(pipe(go), 0);
	ck_assert_int_eq(pipe(done), 0);
	if ((reader = fork()) == 0) {
		int bad = verdict(m, 1) != R || verdict(m, 2) != 0;

		bad |= write(done[1], "r", 1) != 1;
		bad |= read(go[0], &byte, 1) != 1;
		bad |= verdict(m, 2) != R;
		_exit(bad);
	}
	ck_assert_int_eq(read(done[0], &byte, 1), 1);
	if ((writer = fork()) == 0) {
		revoke_one(m, 2, NULL);
		_exit(write(go[1], "w", 1) != 1);
	}
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(verdict(m, 2), R);
	sess_manager_free(m);
}
END_TEST

/* A child that can open nothing: closed it stays, and what was revoked before is refused as such all the same. */
START_TEST(test_prefork_without_handles)
{
	sess_manager *m = open_or_fail();
	int status;
	pid_t child;

	revoke_one(m, 1, NULL);
	if ((child = fork()) == 0) {
		struct rlimit none = { 0, 0 };
		int bad = setrlimit(RLIMIT_NOFILE, &none) != 0;

		for (int i = 0; i < 3; i++)
			bad |= verdict(m, 1) != (R | SESS_REASON_STORE_UNAVAILABLE) || verdict(m, 2) != SESS_REASON_STORE_UNAVAILABLE;
		_exit(bad);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	sess_manager_free(m);
}
END_TEST

/* Revokes one number after the other and says each when it is done, until it is killed. */
static void
write_until_killed(unsigned first, int out)
{
	sess_manager *m = open_or_fail();

	for (unsigned n = first;; n++) {
		revoke_one(m, n, NULL);
		if (write(out, &n, sizeof(n)) != (ssize_t)sizeof(n))
			_exit(1);
	}
}

START_TEST(test_killed)
{
	const char *value = getenv("SESS_LONG");
	unsigned kills = value != NULL && strcmp(value, "1") == 0 ? 1000 : 25, next = 0, acknowledged = 0;
	sess_manager *beside = open_or_fail();
	struct timespec pause = { 0, 0 };

	for (unsigned i = 0; i < kills; i++) {
		int out[2], status;
		unsigned n, last = next;
		pid_t child;

		ck_assert_int_eq(pipe(out), 0);
		if ((child = fork()) == 0)
			write_until_killed(next, out[1]);
		(void)close(out[1]);
		ck_assert_int_eq(read(out[0], &n, sizeof(n)), (ssize_t)sizeof(n));
		pause.tv_nsec = (long)(i * 7919 % 2000) * 1000;
		(void)nanosleep(&pause, NULL);
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		do {
			last = n;
			acknowledged++;
		} while (read(out[0], &n, sizeof(n)) == (ssize_t)sizeof(n));
		(void)close(out[0]);
		/* A manager that was there all the time, and one that opens the file now. */
		for (n = next; n <= last; n++)
			ck_assert_msg(verdict(beside, n) == R, "number %u of kill %u was forgotten", n, i);
		if (i % 5 == 0) {
			sess_manager *m;

			sess_manager_free(beside);
			beside = open_or_fail();
			m = open_or_fail();
			ck_assert_uint_eq(verdict(m, last), R);
			sess_manager_free(m);
		}
		/* One more may be on the disk that was not acknowledged. */
		next = last + 2;
	}
	printf("# %u writers killed, %u revocations acknowledged, none forgotten\n", kills, acknowledged);
	sess_manager_free(beside);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("revocation_lmdb");
	TCase *tcase = tcase_create("lmdb");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 3600);
	tcase_add_test(tcase, test_two_managers);
	tcase_add_test(tcase, test_mint);
	tcase_add_test(tcase, test_growth);
	tcase_add_test(tcase, test_expiry);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_prefork);
	tcase_add_test(tcase, test_prefork_without_handles);
	tcase_add_test(tcase, test_killed);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}

#else

/* A library without the store says so. */
START_TEST(test_absent)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_generate(&spec, JUDGE_NOW, &config.ring, NULL), 0);
	config.revocations = "lmdb:/tmp/none";
	ck_assert_int_eq(sess_manager_new(&config, &m, &diag), SESS_ERR_ARGUMENT);
	ck_assert_msg(strstr(diag.message, "built without") != NULL, "%s", diag.message);
	sess_ring_free(config.ring);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation_lmdb");
	TCase *tcase = tcase_create("absent");

	tcase_add_test(tcase, test_absent);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}

#endif
