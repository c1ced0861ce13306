/* SPDX-License-Identifier: MIT */
/*
 * The store of all hosts, over a real server: it is closed without an epoch and until it was read; what one node revokes or takes back,
 * all do; what is revoked while the server is away is in force, queued and published later; what the server lost comes back
 * from the nodes; trimming; prefork children; the caller's own loop; one-time use.
 */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sess/sess.h>

#include "support/runner.h"

#ifdef SESS_WITH_REDIS
#include "redis_node.h"

#if defined(__SANITIZE_THREAD__)
#define SANITIZES_THREADS 1
#elif defined(__has_feature)
#define SANITIZES_THREADS __has_feature(thread_sanitizer)
#else
#define SANITIZES_THREADS 0
#endif

#define R SESS_REASON_REVOKED
#define U SESS_REASON_STORE_UNAVAILABLE

/* Only somebody who says so makes the log: no node does, and none is open without it. */
START_TEST(test_epoch)
{
	struct node a;
	sess_diag diag;
	sess_revocation r;
	char reply[512];

	redis_node_open(&a);
	redis_await_why(a.manager, "NO_EPOCH");
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U);
	/* In force here and queued; it waits for no server that cannot take it. */
	redis_revoke(a.manager, 1, &r);
	ck_assert_int_eq(r.queued, 1);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U | R);
	REDIS_SAY(&redis_server, reply, "KEYS", "*:log");
	ck_assert_str_eq(reply, "*0\r\n");
	redis_init_log();
	redis_await_why(a.manager, NULL);
	redis_await_queued(a.manager, 0);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), 0);
	ck_assert_int_eq(sess_revocations_init(&redis_config, &diag), SESS_ERR_EXISTS);
	ck_assert_str_eq(diag.member, "revocations");
	redis_node_close(&a);
}
END_TEST

START_TEST(test_two_nodes)
{
	struct node a, b;
	sess_revocation r;

	redis_node_open(&a);
	redis_node_open(&b);
	redis_await_why(a.manager, NULL);
	redis_await_why(b.manager, NULL);
	ck_assert_uint_eq(redis_verdict(b.manager, 1), 0);
	redis_revoke(a.manager, 1, &r);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	redis_await_verdict(b.manager, 1, R);
	ck_assert_uint_eq(redis_verdict(b.manager, 2), 0);
	redis_await_queued(a.manager, 0);
	ck_assert_int_eq(sess_revoke_undo(b.manager, r.id, NULL, NULL), 0);
	redis_await_verdict(a.manager, 1, 0);
	redis_node_close(&a);
	/* A node that comes later knows all. */
	redis_revoke(b.manager, 2, NULL);
	redis_await_queued(b.manager, 0);
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), 0);
	ck_assert_uint_eq(redis_verdict(a.manager, 2), R);
	ck_assert_int_eq(a.events.ignored + b.events.ignored, 0);
	redis_node_close(&a);
	redis_node_close(&b);
}
END_TEST

/* A child takes part by itself, and its parent does not notice: the same connection goes on. */
START_TEST(test_prefork)
{
	struct node m;
	char before[4096], after[4096];
	sess_revocation r;
	int status;
	pid_t child;

	redis_node_open(&m);
	redis_await_why(m.manager, NULL);
	redis_revoke(m.manager, 1, NULL);
	redis_await_queued(m.manager, 0);
	REDIS_SAY(&redis_server, before, "CLIENT", "LIST");
	/* The server waits, or the child may have read all before it is asked. */
	ck_assert_int_eq(kill(redis_server.pid, SIGSTOP), 0);
	if ((child = fork()) == 0) {
		/* Closed until it has read for itself. */
		int bad = redis_verdict(m.manager, 1) != (U | R);

		bad |= kill(redis_server.pid, SIGCONT) != 0;
		redis_await_verdict(m.manager, 1, R);
		redis_await_verdict(m.manager, 2, 0);
		redis_revoke(m.manager, 2, &r);
		redis_await_queued(m.manager, 0);
		sess_manager_free(m.manager);
		_exit(bad);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	redis_await_verdict(m.manager, 2, R);
	/* Nothing was lost, and the connections are those of before. */
	redis_revoke(m.manager, 3, &r);
	redis_await_queued(m.manager, 0);
	REDIS_SAY(&redis_server, after, "CLIENT", "LIST");
	ck_assert_ptr_nonnull(strstr(before, "id="));
	before[strcspn(before, " ")] = '\0';
	ck_assert_ptr_nonnull(strstr(after, strstr(before, "id=")));
	ck_assert_int_eq(m.events.lost, m.events.back);
	/* A child that never uses it leaves without a word too. */
	if ((child = fork()) == 0) {
		sess_manager_free(m.manager);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	redis_revoke(m.manager, 4, NULL);
	redis_await_queued(m.manager, 0);
	redis_node_close(&m);
}
END_TEST

static void
poll_for(sess_manager *m, int64_t ms)
{
	struct pollfd p = { .fd = sess_revocations_fd(m), .events = POLLIN };
	int wait = 0;

	ck_assert_int_ge(p.fd, 0);
	ck_assert_int_eq(sess_revocations_poll(m, &wait, NULL), 0);
	ck_assert_int_ge(wait, 0);
	(void)poll(&p, 1, wait < ms ? wait : (int)ms);
}

/* Without a thread: nothing moves but by the caller's loop, and by a call that waits for the server. */
START_TEST(test_callers_loop)
{
	struct node a, b;
	sess_revocation r;
	sess_diag diag;
	int wait = 0;

	redis_node_open(&b);
	ck_assert_int_eq(sess_revocations_poll(b.manager, &wait, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(diag.member, "revocations_feed");
	ck_assert_int_eq(sess_revocations_fd(b.manager), -1);
	redis_config.revocations_feed = SESS_FEED_CALLER;
	redis_node_open(&a);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U);
	for (int i = 0; i < PATIENCE_MS && redis_verdict(a.manager, 1) != 0; i++)
		poll_for(a.manager, 10);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), 0);
	redis_revoke(b.manager, 1, NULL);
	for (int i = 0; i < PATIENCE_MS && redis_verdict(a.manager, 1) != R; i++)
		poll_for(a.manager, 10);
	ck_assert_uint_eq(redis_verdict(a.manager, 1), R);
	redis_revoke(a.manager, 2, &r);
	ck_assert_int_eq(r.queued, 0);
	redis_await_verdict(b.manager, 2, R);
	redis_node_close(&a);
	redis_node_close(&b);
	/* No feed, nothing to wait for. */
	redis_config.revocations = "memory:";
	redis_node_open(&a);
	ck_assert_int_eq(sess_revocations_poll(a.manager, &wait, NULL), 0);
	ck_assert_int_eq(wait, -1);
	ck_assert_int_eq(sess_revocations_fd(a.manager), -1);
	redis_node_close(&a);
	redis_config.revocations_feed = 2;
	ck_assert_int_eq(sess_manager_new(&redis_config, &a.manager, &diag), SESS_ERR_ARGUMENT);
}
END_TEST

static int
use(sess_manager *m, uint8_t n)
{
	const uint8_t key[REVOCATION_KEY_LEN] = { n };
	int first = -1, rc = revocation_use_once(m, key, redis_judge.now + 100, redis_judge.now, &first, NULL);

	return rc == 0 ? first : rc;
}

/* Once for all nodes, decided by the server; without its answer nothing is used. */
START_TEST(test_once)
{
	struct node a, b;

	redis_node_open(&a);
	redis_node_open(&b);
	redis_await_why(a.manager, NULL);
	redis_await_why(b.manager, NULL);
	ck_assert_int_eq(use(a.manager, 1), 1);
	ck_assert_int_eq(use(a.manager, 1), 0);
	ck_assert_int_eq(use(b.manager, 1), 0);
	ck_assert_int_eq(use(b.manager, 2), 1);
	redis_server_kill(&redis_server);
	ck_assert_int_eq(use(a.manager, 3), SESS_ERR_STORE);
	ck_assert_int_eq(use(a.manager, 1), SESS_ERR_STORE);
	redis_node_close(&b);
	redis_node_close(&a);
}
END_TEST

static void
write_secret(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	(void)fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* A password, a user and a password; wrong ones are DENIED; files that others may read, or that are none, are refused. */
START_TEST(test_auth)
{
	struct node a;
	char path[128], reply[512], wrong[600];
	sess_diag diag;

	(void)snprintf(path, sizeof(path), "%s/secret", redis_server.dir);
	REDIS_SAY(&redis_server, reply, "ACL", "SETUSER", "feed", "on", ">correct horse", "~sess:*", "+auth", "+select", "+set", "+time",
	    "+xinfo", "+xrange", "+xread", "+xadd", "+xtrim");
	ck_assert_str_eq(reply, "+OK\r\n");
	REDIS_SAY(&redis_server, reply, "CONFIG", "SET", "requirepass", "battery");
	redis_node_open(&a);
	redis_await_why(a.manager, "DENIED");
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U);
	redis_node_close(&a);
	redis_config.revocations_auth_path = path;
	write_secret(path, "battery\n", 0600);
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	ck_assert_int_eq(sess_revocations_init(&redis_config, &diag), SESS_ERR_EXISTS);
	redis_node_close(&a);
	write_secret(path, "feed\r\ncorrect horse", 0600);
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_revoke(a.manager, 1, NULL);
	redis_await_queued(a.manager, 0);
	redis_node_close(&a);
	write_secret(path, "feed\nincorrect\n", 0600);
	redis_node_open(&a);
	redis_await_why(a.manager, "DENIED");
	redis_node_close(&a);
	memset(wrong, 'x', sizeof(wrong));
	wrong[sizeof(wrong) - 1] = '\0';
	for (size_t i = 0; i < 4; i++) {
		const char *const texts[] = { "", "a\nb\nc\n", "\nb\n", wrong };

		write_secret(path, texts[i], 0600);
		ck_assert_int_eq(sess_manager_new(&redis_config, &a.manager, &diag), SESS_ERR_ARGUMENT);
		ck_assert_str_eq(diag.member, "revocations_auth_path");
	}
	write_secret(path, "battery\n", 0640);
	ck_assert_int_eq(sess_manager_new(&redis_config, &a.manager, &diag), SESS_ERR_IO);
	ck_assert_ptr_nonnull(strstr(diag.message, "0640"));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(sess_manager_new(&redis_config, &a.manager, &diag), SESS_ERR_IO);
	ck_assert_int_eq(symlink("sock", path), 0);
	ck_assert_int_eq(sess_manager_new(&redis_config, &a.manager, &diag), SESS_ERR_IO);
	redis_config.revocations_auth_path = redis_server.dir;
	ck_assert_int_eq(sess_manager_new(&redis_config, &a.manager, &diag), SESS_ERR_IO);
}
END_TEST

/* What names no server says why; secrets have no place in a URI; TLS is missed by name. */
START_TEST(test_uris)
{
	static const struct {
		const char *uri, *words;
	} rows[] = { { "redis://", "no host" }, { "redis://:6379/0", "no host" }, { "redis://h:0/0", "port" },
		{ "redis://h:65536/0", "port" }, { "redis://h:x/0", "port" }, { "redis://h:6379/x", "database" },
		{ "redis://h/1/2", "database" }, { "redis://[::1", "no host" }, { "redis://[::1]x", "more than" },
		{ "redis://user:secret@h:6379/0", "revocations_auth_path" }, { "redis+unix:", "begins with /" },
		{ "redis+unix:relative", "begins with /" }, { "rediss://h:6379/0", "no TLS" }, { "redis:h", "names no store" } };
	sess_manager *m = NULL;
	sess_diag diag;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		redis_config.revocations = rows[i].uri;
		ck_assert_msg(sess_manager_new(&redis_config, &m, &diag) == SESS_ERR_ARGUMENT, "%s", rows[i].uri);
		ck_assert_msg(strstr(diag.message, rows[i].words) != NULL, "%s: %s", rows[i].uri, diag.message);
		ck_assert_ptr_null(strstr(diag.message, "secret"));
		ck_assert_int_eq(sess_revocations_init(&redis_config, NULL), SESS_ERR_ARGUMENT);
	}
	redis_config.revocations = "memory:";
	ck_assert_int_eq(sess_revocations_init(&redis_config, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(diag.message, "no initialisation"));
	redis_config.revocations = NULL;
	ck_assert_int_eq(sess_revocations_init(&redis_config, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revocations_init(NULL, &diag), SESS_ERR_ARGUMENT);
}
END_TEST

/* By address and port, in another database, and nobody there. */
START_TEST(test_tcp)
{
	struct node a;
	char uri[64], reply[256];
	sess_diag diag;

	redis_config.revocations = "redis://127.0.0.1:1/0";
	redis_node_open(&a);
	redis_await_why(a.manager, "UNREACHABLE");
	ck_assert_uint_eq(redis_verdict(a.manager, 1), U);
	redis_node_close(&a);
	ck_assert_int_eq(sess_revocations_init(&redis_config, &diag), SESS_ERR_STORE);
	redis_server_kill(&redis_server);
	redis_server.port = redis_server_free_port();
	redis_server_start(&redis_server, NULL);
	(void)snprintf(uri, sizeof(uri), "redis://127.0.0.1:%d/3", redis_server.port);
	redis_config.revocations = uri;
	redis_init_log();
	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	redis_revoke(a.manager, 1, NULL);
	redis_await_queued(a.manager, 0);
	REDIS_SAY(&redis_server, reply, "DBSIZE");
	ck_assert_str_eq(reply, ":0\r\n");
	redis_node_close(&a);
}
END_TEST

/* The feed's thread takes none of the service's signals, and ends with its manager whatever the server does. */
static volatile sig_atomic_t caught;

static void
on_signal(int signal)
{
	(void)signal;
	caught = 1;
}

START_TEST(test_thread)
{
	const struct timespec pause = { 0, 20000000 };
	struct node a;
	sigset_t usr1;

	redis_node_open(&a);
	redis_await_why(a.manager, NULL);
	(void)signal(SIGUSR1, on_signal);
	(void)sigemptyset(&usr1);
	(void)sigaddset(&usr1, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &usr1, NULL), 0);
	ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
	(void)nanosleep(&pause, NULL);
	ck_assert_int_eq(caught, 0);
	ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL), 0);
	ck_assert_int_eq(caught, 1);
	ck_assert_int_eq(kill(redis_server.pid, SIGSTOP), 0);
	redis_node_close(&a);
	ck_assert_int_eq(kill(redis_server.pid, SIGCONT), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redis");
	TCase *bare = tcase_create("bare"), *tcase = tcase_create("redis");

	if (redis_server_program() == NULL)
		return runner_skip("neither redis-server nor valkey-server is installed");
	tcase_add_checked_fixture(bare, redis_setup_bare, redis_teardown);
	tcase_add_test(bare, test_epoch);
	tcase_add_test(bare, test_uris);
	tcase_add_test(bare, test_tcp);
	tcase_add_checked_fixture(tcase, redis_setup, redis_teardown);
	tcase_add_test(tcase, test_two_nodes);
	/* ThreadSanitizer forbids threads in a child of a process that has some. */
	if (!SANITIZES_THREADS)
		tcase_add_test(tcase, test_prefork);
	tcase_add_test(tcase, test_callers_loop);
	tcase_add_test(tcase, test_once);
	tcase_add_test(tcase, test_auth);
	tcase_add_test(tcase, test_thread);
	suite_add_tcase(suite, bare);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}

#else

/* A library without the store says so, by its name. */
START_TEST(test_absent)
{
	static const char *const uris[] = { "redis://127.0.0.1:6379/0", "redis+unix:/tmp/none", "rediss://h:1/0" };
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_generate(&spec, 1800000000, &config.ring, NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		config.revocations = uris[i];
		ck_assert_int_eq(sess_manager_new(&config, &m, &diag), SESS_ERR_ARGUMENT);
		ck_assert_msg(strstr(diag.message, "built without") != NULL && strstr(diag.message, "\"redis") != NULL, "%s",
		    diag.message);
		ck_assert_int_eq(sess_revocations_init(&config, &diag), SESS_ERR_ARGUMENT);
	}
	sess_ring_free(config.ring);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redis");
	TCase *tcase = tcase_create("absent");

	tcase_add_test(tcase, test_absent);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}

#endif
