/* SPDX-License-Identifier: MIT */
/* Ring files: whose they are, who may read them, and that a new one appears whole and never in another's place. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ring/ring.h"
#include "support/forge.h"
#include "support/runner.h"

static char dir[] = "/tmp/sess-ring-XXXXXX";
static char path[64], other[64];
static sess_ring *made;

static void
setup(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/ring", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	ck_assert_int_eq(sess_ring_generate(&spec, 1, &made, NULL), 0);
	ck_assert_int_eq(sess_ring_create_file(made, path, NULL), 0);
}

static void
teardown(void)
{
	(void)unlink(path);
	(void)unlink(other);
	(void)rmdir(other);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left behind */
	sess_ring_free(made);
}

static int
load(const char *name, unsigned options, char *message)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	int rc;

	access.options = options;
	rc = sess_ring_load_file(name, &access, &ring, &diag);

	ck_assert((rc == 0) == (ring != NULL));
	if (message != NULL)
		(void)snprintf(message, sizeof(diag.message), "%s", diag.message);
	sess_ring_free(ring);
	return rc;
}

START_TEST(test_created)
{
	struct stat st;
	sess_ring *ring = NULL;
	char *a = NULL, *b = NULL;
	size_t a_len = 0, b_len = 0;
	int fd;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_int_eq(sess_ring_load_file(path, NULL, &ring, NULL), 0);
	ck_assert_int_eq(sess_ring_dump(made, &a, &a_len, NULL), 0);
	ck_assert_int_eq(sess_ring_dump(ring, &b, &b_len, NULL), 0);
	ck_assert_str_eq(a, b);
	sess_ring_text_free(a, a_len);
	sess_ring_text_free(b, b_len);
	sess_ring_free(ring);
	ring = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(sess_ring_load_fd(fd, NULL, &ring, NULL), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(sess_ring_load_fd(-1, NULL, &ring, NULL), SESS_ERR_ARGUMENT);
	sess_ring_free(ring);
}
END_TEST

/* From where the descriptor stands to its end, be it a pipe. */
START_TEST(test_descriptors)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	char *text = NULL;
	size_t len = 0;
	int ends[2], fd;

	ck_assert_int_eq(sess_ring_dump(made, &text, &len, NULL), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(write(ends[1], text, len), (ssize_t)len);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(sess_ring_load_fd(ends[0], NULL, &ring, &diag), 0);
	sess_ring_free(ring);
	ring = NULL;
	/* At its end, nothing is left to read. */
	ck_assert_int_eq(sess_ring_load_fd(ends[0], NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(close(ends[0]), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(lseek(fd, 1, SEEK_SET), 1);
	ck_assert_int_eq(sess_ring_load_fd(fd, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(close(fd), 0);
	fd = open(dir, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(sess_ring_load_fd(fd, NULL, &ring, &diag), SESS_ERR_IO);
	ck_assert_int_eq(close(fd), 0);
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(sess_ring_load_fd(fd, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_ptr_null(ring);
	sess_ring_text_free(text, len);
}
END_TEST

/* Descriptor 0 is one as any other: a service may have closed its standard input, or be given the ring there. */
START_TEST(test_standard_input)
{
	int kept = dup(0), first, loaded;
	sess_ring *ring = NULL, *given = NULL;

	(void)close(0);
	ck_assert_int_eq(sess_ring_load_file(path, NULL, &ring, NULL), 0);
	first = open(path, O_RDONLY | O_CLOEXEC);
	loaded = sess_ring_load_fd(first, NULL, &given, NULL);
	(void)close(first);
	if (kept >= 0) {
		(void)dup2(kept, 0);
		(void)close(kept);
	}
	ck_assert_int_eq(first, 0);
	ck_assert_int_eq(loaded, 0);
	sess_ring_free(ring);
	sess_ring_free(given);
}
END_TEST

START_TEST(test_never_overwrites)
{
	struct stat before, after;
	sess_diag diag;

	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(sess_ring_create_file(made, path, &diag), SESS_ERR_EXISTS);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	ck_assert_int_eq(sess_ring_create_file(made, "/proc/nonexistent/ring", &diag), SESS_ERR_IO);
}
END_TEST

/* Each kind of file, with words of its own. */
/* However a ring came to be one that nobody could load again: the good file stays. */
START_TEST(test_never_unreadable)
{
	sess_ring *broken = NULL, *again = NULL;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_generate(&spec, 1, &broken, NULL), 0);
	ck_assert_uint_eq(broken->count, 2);
	memcpy(broken->keys[1].kid, broken->keys[0].kid, sizeof(broken->keys[1].kid));
	ck_assert_int_eq(sess_ring_replace_file(broken, path, &diag), SESS_ERR_RING_KEY);
	ck_assert_str_eq(diag.member, "kid");
	ck_assert_int_eq(sess_ring_create_file(broken, other, NULL), SESS_ERR_RING_KEY);
	ck_assert_int_eq(access(other, F_OK), -1);
	ck_assert_int_eq(sess_ring_load_file(path, NULL, &again, NULL), 0);
	ck_assert_str_eq(again->keys[1].kid, made->keys[1].kid);
	sess_ring_free(again);
	sess_ring_free(broken);
}
END_TEST

START_TEST(test_refused_files)
{
	char words[10][256];
	size_t n = 0;
	int fd;

	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(load(path, 0, words[n++]), SESS_ERR_RING_FILE);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(load(path, 0, words[n++]), SESS_ERR_RING_FILE);
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(load(path, 0, NULL), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(symlink(path, other), 0);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_RING_FILE);
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(mkfifo(other, 0600), 0);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_RING_FILE);
	ck_assert_int_eq(unlink(other), 0);
	ck_assert_int_eq(mkdir(other, 0700), 0);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_RING_FILE);
	ck_assert_int_eq(rmdir(other), 0);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_IO);
	fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(ftruncate(fd, 10 << 20), 0);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert_int_eq(load(other, 0, words[n++]), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(close(fd), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 12345, 12345), 0);
		ck_assert_int_eq(load(path, 0, words[n++]), SESS_ERR_RING_FILE);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(words[i], words[j]);
	}
}
END_TEST

START_TEST(test_mounted_secret)
{
	unsigned lax = SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER;

	ck_assert_int_eq(chmod(path, 0440), 0);
	ck_assert_int_eq(symlink(path, other), 0);
	ck_assert_int_eq(load(other, 0, NULL), SESS_ERR_RING_FILE);
	ck_assert_int_eq(load(path, 0, NULL), SESS_ERR_RING_FILE);
	ck_assert_int_eq(load(other, lax, NULL), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 12345, 12345), 0);
		ck_assert_int_eq(load(other, lax, NULL), 0);
	}
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(load(other, lax, NULL), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(load(other, lax, NULL), SESS_ERR_RING_FILE);
	ck_assert_int_eq(chmod(path, 0460), 0);
	ck_assert_int_eq(load(other, lax, NULL), SESS_ERR_RING_FILE);
	ck_assert_int_eq(load(other, 0x80, NULL), SESS_ERR_ARGUMENT);
}
END_TEST

/* A reader that remembers a generation does not go back behind it. */
START_TEST(test_rollback)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_ring *ring = NULL;
	sess_diag diag;

	access.min_generation = 1;
	ck_assert_int_eq(sess_ring_load_file(path, &access, &ring, &diag), 0);
	sess_ring_free(ring);
	ring = NULL;
	access.min_generation = 2;
	ck_assert_int_eq(sess_ring_load_file(path, &access, &ring, &diag), SESS_ERR_RING_ROLLBACK);
	ck_assert_str_eq(diag.member, "generation");
	ck_assert_ptr_nonnull(strstr(diag.message, "generation 1, and 2 "));
	access.size = 1;
	ck_assert_int_eq(sess_ring_load_file(path, &access, &ring, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(ring);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_file");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_created);
	tcase_add_test(tcase, test_descriptors);
	tcase_add_test(tcase, test_standard_input);
	tcase_add_test(tcase, test_never_overwrites);
	tcase_add_test(tcase, test_never_unreadable);
	tcase_add_test(tcase, test_refused_files);
	tcase_add_test(tcase, test_mounted_secret);
	tcase_add_test(tcase, test_rollback);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
