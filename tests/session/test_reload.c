/* SPDX-License-Identifier: MIT */
/*
 * Reloading: a good ring is taken, whole and at once, also in a forked child and by a thread that watches. When the last work with the old
 * ring is put back, the old keys go. What is refused: test_reload_refused.c.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/reloading.h"
#include "support/runner.h"

START_TEST(test_rotation)
{
	json_t *before = ringfile_read(&file), *after;
	char *old_token;
	const char *old_kid = json_string_value(json_object_get(json_array_get(json_object_get(before, "keys"), 0), "kid"));
	sess_session *session = NULL;
	sess_diag diag;

	ringfile_rotate(&file, NOW);
	after = ringfile_read(&file);
	expect_in_force(1);
	ck_assert_int_eq(sess_manager_reload(manager, &diag), 0);
	ck_assert_int_eq(diag.code, 0);
	expect_in_force(2);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_RELOADED], 1);
	ck_assert_int_eq(events.generation, 2);
	ck_assert_int_eq(events.code, 0);
	ck_assert_int_eq(events.count[SESS_EVENT_OLD_KEY_USED], 1);
	old_token = token;
	token = NULL;
	mint();
	ck_assert_int_eq(sess_verify(manager, token, token_len, NULL, &session, NULL), 0);
	ck_assert_str_ne(sess_session_kid(session), old_kid);
	sess_session_free(session);
	sess_token_free(old_token);
	/* The same file again: the same ring, read again since it was asked for. */
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_RELOADED], 2);
	expect_in_force(2);
	json_decref(before);
	json_decref(after);
}
END_TEST

START_TEST(test_if_changed)
{
	uint64_t loads = manager->reload.loads;
	int changed = 7;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, NULL), 0);
		ck_assert_int_eq(changed, 0);
	}
	ck_assert_uint_eq(manager->reload.loads, loads);
	ringfile_rotate(&file, NOW);
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, NULL), 0);
	ck_assert_int_eq(changed, 1);
	expect_in_force(2);
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, NULL, NULL), 0);
	ck_assert_uint_eq(manager->reload.loads, loads + 1);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_RELOADED], 1);
}
END_TEST

/* The same generation in another file is no rollback: someone wrote the same ring again. */
START_TEST(test_same_generation)
{
	json_t *ring = ringfile_read(&file);
	int changed = 0;

	ringfile_write(&file, ring);
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, NULL), 0);
	ck_assert_int_eq(changed, 1);
	expect_in_force(1);
	json_decref(ring);
}
END_TEST

START_TEST(test_revoked_key)
{
	json_t *ring = ringfile_read(&file);
	json_t *key;
	size_t i;

	ringfile_rotate(&file, NOW - 1);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	ck_assert_int_eq(verify(), 0);
	json_decref(ring);
	ring = ringfile_read(&file);
	json_array_foreach(json_object_get(ring, "keys"), i, key) {
		if (json_integer_value(json_object_get(key, "nbf")) == 1)
			json_object_set_new(key, "revoked", json_pack("{s:I}", "revoked_at", (json_int_t)NOW));
	}
	ringfile_step(ring, 1);
	ringfile_write(&file, ring);
	ck_assert_int_eq(verify(), 0);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	ck_assert_int_eq(verify(), SESS_REASON_REVOKED_KEY);
	mint();
	ck_assert_int_eq(verify(), 0);
	json_decref(ring);
}
END_TEST

static sess_ring *
load_rotated(void)
{
	sess_ring *ring = NULL;
	int fd;

	ringfile_rotate(&file, NOW);
	fd = open(file.path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(sess_ring_load_fd(fd, NULL, &ring, NULL), 0);
	ck_assert_int_eq(close(fd), 0);
	return ring;
}

/* A manager without a file: by sess_manager_set_ring() alone. The old ring is let go of at once, or with the last work. */
START_TEST(test_set_ring)
{
	sess_config config = make_config();
	sess_ring *old = NULL, *new = NULL;
	struct work *w = NULL;
	sess_diag diag;
	int changed = 7;

	sess_manager_free(manager);
	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &old, NULL), 0);
	config.ring = old;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	ck_assert_int_eq(verify(), 0);
	ck_assert_int_eq(sess_manager_reload(manager, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(diag.message, "sess_manager_set_ring"));
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(diag.message, "sess_manager_set_ring"));
	ck_assert_int_eq(changed, 7);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], 0);
	ck_assert_int_eq(sess_manager_set_ring(manager, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_manager_set_ring(NULL, old, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_manager_reload(NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_manager_reload_if_changed(NULL, NULL, NULL), SESS_ERR_ARGUMENT);

	new = load_rotated();
	ck_assert_int_eq(manager_take_work(manager, &w, NULL), 0);
	ck_assert_uint_gt(atomic_load(&old->refs), 1);
	ck_assert_int_eq(sess_manager_set_ring(manager, new, NULL), 0);
	expect_in_force(2);
	ck_assert_int_eq(events.generation, 2);
	ck_assert_uint_gt(atomic_load(&old->refs), 1);
	manager_put_work(manager, w);
	ck_assert_uint_eq(atomic_load(&old->refs), 1);
	/* The ring that is in force already. */
	ck_assert_int_eq(sess_manager_set_ring(manager, new, NULL), 0);
	expect_in_force(2);
	ck_assert_int_eq(sess_manager_set_ring(manager, old, NULL), SESS_ERR_RING_ROLLBACK);
	sess_ring_free(old);
	sess_ring_free(new);
}
END_TEST

/* Pooled work spaces are let go of at the swap, not when they happen to be used again. */
START_TEST(test_pool_swept)
{
	struct work *w[2 * MANAGER_SLOTS];
	sess_ring *old = NULL, *new = load_rotated(), *newer;
	const size_t count = sizeof(w) / sizeof(w[0]);

	sess_manager_free(manager);
	sess_config config = make_config();
	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &old, NULL), 0);
	config.ring = old;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(manager_take_work(manager, &w[i], NULL), 0);
	for (size_t i = 1; i < count; i++)
		manager_put_work(manager, w[i]);
	newer = load_rotated();
	ck_assert_int_eq(sess_manager_set_ring(manager, newer, NULL), 0);
	ck_assert_uint_eq(atomic_load(&w[0]->tab->refs), 1);
	ck_assert_uint_eq(atomic_load(&old->refs), 2);
	manager_put_work(manager, w[0]);
	ck_assert_uint_eq(atomic_load(&old->refs), 1);
	sess_ring_free(old);
	sess_ring_free(new);
	sess_ring_free(newer);
}
END_TEST

static void
wait_for(_Atomic(int) *count, int at_least)
{
	for (int i = 0; i < 3000 && *count < at_least; i++)
		(void)usleep(10000);
	ck_assert_int_ge(*count, at_least);
}

START_TEST(test_watch)
{
	sess_config config = make_config();

	sess_manager_free(manager);
	manager = NULL;
	config.ring_path = file.path;
	config.watch_interval_s = 1;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	ringfile_rotate(&file, NOW);
	wait_for(&events.count[SESS_EVENT_RING_RELOADED], 1);
	expect_in_force(2);
	ringfile_write_text(&file, "{}", 2);
	wait_for(&events.count[SESS_EVENT_RING_REFUSED], 1);
	ck_assert_int_eq(events.code, SESS_ERR_RING_FORMAT);
	expect_in_force(2);
}
END_TEST

START_TEST(test_watch_arguments)
{
	static const int64_t wrong[] = { -1, 86401, INT64_MIN, INT64_MAX };
	sess_config config = make_config();
	sess_manager *m = NULL;
	sess_ring *ring = NULL;
	sess_diag diag;

	config.ring_path = file.path;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		config.watch_interval_s = wrong[i];
		ck_assert_int_eq(sess_manager_new(&config, &m, &diag), SESS_ERR_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(diag.message, "watch_interval_s"));
	}
	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &ring, NULL), 0);
	config.ring_path = NULL;
	config.ring = ring;
	config.watch_interval_s = 1;
	ck_assert_int_eq(sess_manager_new(&config, &m, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(diag.message, "ring_path"));
	ck_assert_ptr_null(m);
	sess_ring_free(ring);
}
END_TEST

/* A child of a process that watches: no thread, no lock that nobody gives back, and an end. */
START_TEST(test_fork)
{
	sess_config config = make_config();
	int status = -1;
	pid_t pid;

	sess_manager_free(manager);
	manager = NULL;
	config.ring_path = file.path;
	config.watch_interval_s = 86400;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	forklock_take(manager->reload.lock);
	forklock_take(manager->keytab_lock);
	ringfile_rotate(&file, NOW);
	if ((pid = fork()) == 0) {
		int changed = 0, rc = sess_manager_reload_if_changed(manager, &changed, NULL);
		int fine = rc == 0 && changed && sess_manager_generation(manager) == 2 && verify() == 0;

		sess_manager_free(manager);
		_exit(fine ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	forklock_give(manager->keytab_lock);
	forklock_give(manager->reload.lock);
	expect_in_force(1);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tcase = tcase_create("reload");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_rotation);
	tcase_add_test(tcase, test_if_changed);
	tcase_add_test(tcase, test_same_generation);
	tcase_add_test(tcase, test_revoked_key);
	tcase_add_test(tcase, test_set_ring);
	tcase_add_test(tcase, test_pool_swept);
	tcase_add_test(tcase, test_watch);
	tcase_add_test(tcase, test_watch_arguments);
	tcase_add_test(tcase, test_fork);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
