/* SPDX-License-Identifier: MIT */
/*
 * Changing a ring file in place: what an edit may and may not do to it, what fails on the way, and that the file is the old one or
 * the new one. Links with -Wl,--wrap for write, fsync, close, fchmod, flock and renameat, which can be told to fail, or to do little, and
 * for nanosleep, which only counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/life.h"
#include "support/runner.h"

#define NOW LIFE_NOW

ssize_t __real_write(int fd, const void *bytes, size_t n);
int __real_fsync(int fd);
int __real_flock(int fd, int how);
int __real_close(int fd);
int __real_fchmod(int fd, mode_t mode);
int __real_renameat(int from, const char *a, int to, const char *b);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __wrap_fsync(int fd);
int __wrap_flock(int fd, int how);
int __wrap_close(int fd);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_renameat(int from, const char *a, int to, const char *b);
int __wrap_nanosleep(const struct timespec *span, struct timespec *left);

enum { NONE, WRITE, FSYNC, FSYNC_DIR, CLOSE, FCHMOD, FLOCK, RENAME };

static struct {
	int step, error, times; /* fails with this error so many times; 0: it does nothing and says so */
	size_t at_most;		/* bytes a write takes; 0: all */
	int fsyncs;
	int64_t slept_ms;
} world;

static int
fails(int step)
{
	if (world.step != step || world.times == 0)
		return 0;
	world.times--;
	errno = world.error;
	return 1;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
	if (fails(WRITE))
		return world.error == 0 ? 0 : -1;
	return __real_write(fd, bytes, world.at_most != 0 && n > world.at_most ? world.at_most : n);
}

int
__wrap_fsync(int fd)
{
	struct stat st;
	int is_dir = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);

	world.fsyncs++;
	return fails(is_dir ? FSYNC_DIR : FSYNC) ? -1 : __real_fsync(fd);
}

/* Of what was written, as where a server is told only then. */
int
__wrap_close(int fd)
{
	int is_written = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY, rc = __real_close(fd);

	return is_written && fails(CLOSE) ? -1 : rc;
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	return fails(FCHMOD) ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_flock(int fd, int how)
{
	return fails(FLOCK) ? -1 : __real_flock(fd, how);
}

int
__wrap_renameat(int from, const char *a, int to, const char *b)
{
	return fails(RENAME) ? -1 : __real_renameat(from, a, to, b);
}

int
__wrap_nanosleep(const struct timespec *span, struct timespec *left)
{
	(void)left;
	world.slept_ms += span->tv_sec * 1000 + span->tv_nsec / 1000000;
	return 0;
}

static char dir[] = "/tmp/sess-store-XXXXXX";
static char path[64], lock[64], temp[64];

static void
setup(void)
{
	sess_ring *made = life_ring(SESS_FORM_NESTED, NULL, NULL, NULL, NOW - 86400);

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/ring", dir);
	(void)snprintf(lock, sizeof(lock), "%s/ring.sess-lock", dir);
	(void)snprintf(temp, sizeof(temp), "%s/ring.sess-new", dir);
	ck_assert_int_eq(sess_ring_create_file(made, path, NULL), 0);
	sess_ring_free(made);
	memset(&world, 0, sizeof(world));
}

static void
teardown(void)
{
	memset(&world, 0, sizeof(world));
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left behind */
}

static int64_t
generation(void)
{
	sess_ring *ring = NULL;
	struct stat st;
	int64_t found;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(sess_ring_load_file(path, NULL, &ring, NULL), 0);
	found = sess_ring_generation(ring);
	sess_ring_free(ring);
	return found;
}

static int
rotate(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	sess_rotation what = SESS_ROTATION_INIT;

	what.if_due = arg != NULL;
	return sess_ring_rotate(ring, &what, NOW, ret, diag);
}

static int
refuse(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	(void)ring;
	(void)arg;
	(void)ret;
	strcpy(diag->message, "not today");
	return diag->code = SESS_ERR_RING_STATE;
}

/* The same generation again: what it was given, loaded anew. */
static int
stand_still(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	json_t *doc = life_document(ring);

	(void)arg;
	(void)diag;
	*ret = life_load(doc);
	json_decref(doc);
	return 0;
}

/* A later generation, of another ring. */
static int
replace(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	const sess_form *form = arg;

	(void)diag;
	*ret = life_edit(life_ring(form == NULL ? sess_ring_form(ring) : *form, NULL, NULL, NULL, NOW), "", "generation", "9");
	return 0;
}

START_TEST(test_update)
{
	sess_ring *ring = NULL;
	struct stat before, after;
	sess_diag diag;

	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, &diag, &ring, &diag), 0); /* is not due */
	ck_assert_ptr_null(ring);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, NULL, &ring, &diag), 0);
	ck_assert_int_eq(sess_ring_generation(ring), 2);
	ck_assert_int_eq(generation(), 2);
	ck_assert_int_eq(world.fsyncs, 2); /* file and directory */
	sess_ring_free(ring);
	/* Without an interest in the ring, and without one in the words. */
	ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, NULL, NULL, NULL), SESS_ERR_RING_STATE);
	ck_assert_int_eq(generation(), 2);
}
END_TEST

/* Without a folder in its name: the one that the process is in. */
START_TEST(test_in_this_folder)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sess_diag diag;
	int rc;

	ck_assert_int_ge(here, 0);
	ck_assert_int_eq(chdir(dir), 0);
	rc = sess_ring_update_file(strrchr(path, '/') + 1, NULL, rotate, NULL, NULL, &diag);
	ck_assert_int_eq(fchdir(here), 0);
	ck_assert_msg(rc == 0, "%s", diag.message);
	ck_assert_int_eq(generation(), 2);
	ck_assert_int_eq(close(here), 0);
}
END_TEST

START_TEST(test_update_refused)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_form sealed = SESS_FORM_SEALED;
	sess_ring *ring = NULL;
	sess_diag diag;

	life_expect("the edit's own error", sess_ring_update_file(path, NULL, refuse, NULL, &ring, &diag), &diag, SESS_ERR_RING_STATE, NULL,
	    "not today");
	life_expect("no later generation", sess_ring_update_file(path, NULL, stand_still, NULL, &ring, &diag), &diag, SESS_ERR_ARGUMENT,
	    "generation", "made generation 1 of a ring that is at 1");
	life_expect("another tag", sess_ring_update_file(path, NULL, replace, NULL, &ring, &diag), &diag, SESS_ERR_ARGUMENT, NULL,
	    "its form or its tag differs");
	life_expect("another form", sess_ring_update_file(path, NULL, replace, &sealed, &ring, &diag), &diag, SESS_ERR_ARGUMENT, NULL,
	    "its form or its tag differs");
	access.options = SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER;
	life_expect("a mounted ring", sess_ring_update_file(path, &access, rotate, NULL, &ring, &diag), &diag, SESS_ERR_ARGUMENT, NULL,
	    "where it comes from");
	access.options = 0;
	access.min_generation = 2;
	life_expect("a rollback", sess_ring_update_file(path, &access, rotate, NULL, &ring, &diag), &diag, SESS_ERR_RING_ROLLBACK,
	    "generation", NULL);
	access.size = 1;
	life_expect("no access", sess_ring_update_file(path, &access, rotate, NULL, &ring, &diag), &diag, SESS_ERR_ARGUMENT, NULL,
	    "SESS_RING_ACCESS_INIT");
	ck_assert_int_eq(sess_ring_update_file(NULL, NULL, rotate, NULL, &ring, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_update_file(path, NULL, NULL, NULL, &ring, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(ring);
	ck_assert_int_eq(generation(), 1);
}
END_TEST

/* Cut at every byte but the last, which is a line feed: refused, and left as it is. */
START_TEST(test_truncated)
{
	struct stat st;
	sess_diag diag;

	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t n = st.st_size - 2; n >= 0; n--) {
		struct stat after;

		ck_assert_int_eq(truncate(path, n), 0);
		ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, NULL, NULL, &diag), SESS_ERR_RING_FORMAT);
		ck_assert_msg(diag.message[0] != '\0', "no words for %lld bytes", (long long)n);
		ck_assert_int_eq(stat(path, &after), 0);
		ck_assert_int_eq(after.st_size, n);
		ck_assert_uint_eq(after.st_ino, st.st_ino);
	}
	ck_assert_str_eq(diag.message, "the ring file is empty; restore it from a copy, or make a new ring");
}
END_TEST

/* Names that are no file's. */
START_TEST(test_names)
{
	static const char *const names[] = { "", "/", "/tmp/", ".", "..", "/tmp/..", "./." };
	sess_ring *ring = life_ring(SESS_FORM_SIGNED, NULL, NULL, NULL, NOW);
	char name[300];
	sess_diag diag;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		life_expect(names[i], sess_ring_replace_file(ring, names[i], &diag), &diag, SESS_ERR_ARGUMENT, NULL,
		    "end in a file name of at most 245 bytes");
	(void)snprintf(name, sizeof(name), "%s/%0246d", dir, 1);
	life_expect("246 bytes", sess_ring_create_file(ring, name, &diag), &diag, SESS_ERR_ARGUMENT, NULL, "245 bytes");
	(void)snprintf(name, sizeof(name), "%s/%0245d", dir, 1);
	ck_assert_int_eq(sess_ring_create_file(ring, name, &diag), 0);
	ck_assert_int_eq(sess_ring_replace_file(ring, name, &diag), 0);
	ck_assert_int_eq(unlink(name), 0);
	/* The folder, its slash counted: as long as a system takes it, and one byte longer. */
	for (int n = 4095; n <= 4096; n++) {
		char deep[4200];
		int at = (int)strlen(dir);

		memset(deep, '/', sizeof(deep));
		memcpy(deep, dir, (size_t)at);
		(void)strcpy(deep + n, "ring");
		ck_assert_int_eq(sess_ring_replace_file(ring, deep, &diag), n == 4095 ? 0 : SESS_ERR_ARGUMENT);
	}
	ck_assert_int_eq(sess_ring_create_file(NULL, path, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_create_file(ring, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_replace_file(NULL, path, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_replace_file(ring, NULL, &diag), SESS_ERR_ARGUMENT);
	/* Of any ring, an older one too: it is for copies. */
	ck_assert_int_eq(sess_ring_replace_file(ring, path, &diag), 0);
	sess_ring_free(ring);
	ck_assert_int_eq(generation(), 1);
}
END_TEST

static const struct {
	const char *what;
	int step, error, times;
	size_t at_most;
	int code;
	const char *words;
	int64_t generation;
} faults[] = {
	{ "a byte at a time", NONE, 0, 0, 1, 0, NULL, 2 },
	{ "seven bytes at a time", NONE, 0, 0, 7, 0, NULL, 2 },
	{ "interrupted again and again", WRITE, EINTR, 50, 1, 0, NULL, 2 },
	{ "a full disk", WRITE, ENOSPC, 1, 0, SESS_ERR_IO, "writing the ring: No space left on device", 1 },
	{ "a bad disk", WRITE, EIO, 1, 0, SESS_ERR_IO, "writing the ring: Input/output error", 1 },
	{ "a write of nothing", WRITE, 0, 1, 0, SESS_ERR_IO, "writing the ring: Input/output error", 1 },
	{ "fsync of the file", FSYNC, EIO, 1, 0, SESS_ERR_IO, "fsync of the ring: Input/output error", 1 },
	{ "close", CLOSE, EDQUOT, 1, 0, SESS_ERR_IO, "closing the ring: Disk quota exceeded", 1 },
	{ "the mode", FCHMOD, EPERM, 1, 0, SESS_ERR_IO, "setting the ring's mode: Operation not permitted", 1 },
	{ "rename", RENAME, EROFS, 1, 0, SESS_ERR_IO, "renaming the new ring to its name: Read-only file system", 1 },
	{ "fsync of the directory", FSYNC_DIR, EIO, 1, 0, SESS_ERR_IO, "the new ring is in place, but a power cut", 2 },
	{ "a lock that is taken for a moment", FLOCK, EWOULDBLOCK, 5, 0, 0, NULL, 2 },
	{ "an interrupted lock", FLOCK, EINTR, 2, 0, 0, NULL, 2 },
};

START_TEST(test_faults)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc;

	world.step = faults[_i].step;
	world.error = faults[_i].error;
	world.times = faults[_i].times;
	world.at_most = faults[_i].at_most;
	rc = sess_ring_update_file(path, NULL, rotate, NULL, &ring, &diag);
	life_expect(faults[_i].what, rc, &diag, faults[_i].code, NULL, faults[_i].words);
	ck_assert((rc == 0) == (ring != NULL));
	ck_assert_int_eq(generation(), faults[_i].generation);
	sess_ring_free(ring);
}
END_TEST

/* Where no lock can be had, that of another is left alone. */
START_TEST(test_lock_of_another)
{
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	sess_diag diag;

	world.step = FLOCK;
	world.error = ENOLCK;
	world.times = 1;
	life_expect("no locks", sess_ring_update_file(path, NULL, rotate, NULL, NULL, &diag), &diag, SESS_ERR_IO, NULL, "locking the ring");
	ck_assert_int_eq(access(lock, F_OK), 0);
	ck_assert_int_eq(generation(), 1);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(unlink(lock), 0);
}
END_TEST

/* What a killed process leaves: a lock that nobody holds, half a text, and worse. */
START_TEST(test_leftovers)
{
	sess_ring *ring = life_ring(SESS_FORM_SIGNED, NULL, NULL, NULL, NOW);
	sess_diag diag;
	int fd = open(temp, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(__real_write(fd, "{\"sess", 6), 6);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(close(open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)), 0);
	ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, NULL, NULL, &diag), 0);
	ck_assert_int_eq(generation(), 2);
	/* Planted links are not followed. */
	ck_assert_int_eq(symlink(path, lock), 0);
	ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, &diag, NULL, &diag), SESS_ERR_IO);
	ck_assert_int_eq(unlink(lock), 0);
	ck_assert_int_eq(symlink("/etc/passwd", temp), 0);
	ck_assert_int_eq(sess_ring_update_file(path, NULL, rotate, NULL, NULL, &diag), SESS_ERR_RING_STATE); /* pending */
	ck_assert_int_eq(unlink(temp), 0);
	ck_assert_int_eq(mkdir(temp, 0700), 0);
	life_expect("a folder", sess_ring_replace_file(ring, path, &diag), &diag, SESS_ERR_IO, NULL,
	    "removing a temporary file that was left behind");
	ck_assert_int_eq(rmdir(temp), 0);
	ck_assert_int_eq(generation(), 2);
	sess_ring_free(ring);
}
END_TEST

/* A lock that is never given back. */
START_TEST(test_busy)
{
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	sess_diag diag;

	ck_assert_int_eq(__real_flock(fd, LOCK_EX), 0);
	life_expect("held", sess_ring_update_file(path, NULL, rotate, NULL, NULL, &diag), &diag, SESS_ERR_BUSY, NULL,
	    "has held the ring's lock (ring.sess-lock) for 30 s");
	ck_assert_int_eq(world.slept_ms, 30000);
	ck_assert_int_eq(generation(), 1);
	ck_assert_int_eq(access(lock, F_OK), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(unlink(lock), 0);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_store");
	TCase *tcase = tcase_create("store");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_update);
	tcase_add_test(tcase, test_in_this_folder);
	tcase_add_test(tcase, test_update_refused);
	tcase_add_test(tcase, test_truncated);
	tcase_add_test(tcase, test_names);
	LOOP(test_faults, faults);
	tcase_add_test(tcase, test_lock_of_another);
	tcase_add_test(tcase, test_leftovers);
	tcase_add_test(tcase, test_busy);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
