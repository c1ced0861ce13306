/* SPDX-License-Identifier: MIT */
/* L3: the lock and the atomic replacement of a ring file. Knows nothing of what the text says. */
#include "ring/ring_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"

/* Names that nobody else gives to a file: what bears them is ours to remove. */
#define LOCK_SUFFIX ".sess-lock"
#define TEMP_SUFFIX ".sess-new"

#define LOCK_TRIES 1500 /* of 20 ms: 30 s */
#define LOCK_PAUSE_NS 20000000L

static int
io_error(sess_diag *diag, const char *step)
{
	return diag_error(diag, SESS_ERR_IO, "%s: %s", step, strerror(errno));
}

static int
split_path(struct ring_store *store, const char *path, char *dir, size_t room, sess_diag *diag)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || n >= room ||
	    strlen(name) + sizeof(LOCK_SUFFIX) > STORE_NAME_ROOM)
		return diag_error(diag, SESS_ERR_ARGUMENT, "the ring's path must end in a file name of at most %zu bytes",
		    STORE_NAME_ROOM - sizeof(LOCK_SUFFIX));
	memcpy(dir, n == 0 ? "./" : path, n == 0 ? 2 : n);
	dir[n == 0 ? 2 : n] = '\0';
	(void)snprintf(store->name, sizeof(store->name), "%s", name);
	/* They fit: the name has been measured. */
	(void)strcpy(stpcpy(store->temp, name), TEMP_SUFFIX);
	(void)strcpy(stpcpy(store->lock_name, name), LOCK_SUFFIX);
	return 0;
}

/* Whether the lock that is held is still the one that others will find by its name: its last holder may have removed it
 * between our open and our lock. */
static int
lock_is_current(const struct ring_store *store)
{
	struct stat held, named;

	return fstat(store->lock, &held) == 0 &&
	    fstatat(store->dir, store->lock_name, &named, AT_SYMLINK_NOFOLLOW) == 0 && held.st_dev == named.st_dev &&
	    held.st_ino == named.st_ino;
}

static int
take_lock(struct ring_store *store, sess_diag *diag)
{
	const struct timespec pause = { 0, LOCK_PAUSE_NS };

	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		store->lock = openat(store->dir, store->lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (store->lock < 0)
			return io_error(diag, "making the ring's lock file");
		if (flock(store->lock, LOCK_EX | LOCK_NB) == 0) {
			if (lock_is_current(store))
				return 0;
		} else if (errno != EWOULDBLOCK && errno != EINTR) {
			int rc = io_error(diag, "locking the ring");

			/* Not ours: ring_store_done() must not take its name from whoever holds it. */
			(void)close(store->lock);
			store->lock = -1;
			return rc;
		} else {
			(void)nanosleep(&pause, NULL);
		}
		(void)close(store->lock);
		store->lock = -1;
	}
	return diag_error(diag, SESS_ERR_BUSY,
	    "another process has held the ring's lock (%s) for 30 s: wait for it, or see what it is doing", store->lock_name);
}

int
ring_store_begin(struct ring_store *store, const char *path, sess_diag *diag)
{
	char dir[4096];
	int rc;

	if ((rc = split_path(store, path, dir, sizeof(dir), diag)) != 0)
		return rc;
	store->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dir < 0)
		return io_error(diag, "opening the ring's directory");
	return take_lock(store, diag);
}

/* The name goes before the lock does, so that nobody can hold a lock of this name besides us. */
void
ring_store_done(struct ring_store *store)
{
	if (store->lock >= 0) {
		(void)unlinkat(store->dir, store->lock_name, 0);
		(void)close(store->lock);
	}
	if (store->dir >= 0)
		(void)close(store->dir);
	store->dir = store->lock = -1;
}

static int
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done == 0)
			errno = EIO; /* a file system that takes nothing and gives no reason */
		if (done <= 0)
			return -1;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

/* The text under the temporary name, on the disk. What a killed process left there is its own to lose: the lock is ours. */
static int
write_temp(const struct ring_store *store, const char *text, size_t n, sess_diag *diag)
{
	int fd, rc = 0;

	if (unlinkat(store->dir, store->temp, 0) != 0 && errno != ENOENT)
		return io_error(diag, "removing a temporary file that was left behind");
	fd = openat(store->dir, store->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return io_error(diag, "making a temporary file beside the ring");
	if (fchmod(fd, 0600) != 0)
		rc = io_error(diag, "setting the ring's mode");
	else if (write_all(fd, text, n) != 0)
		rc = io_error(diag, "writing the ring");
	else if (fsync(fd) != 0)
		rc = io_error(diag, "fsync of the ring");
	if (close(fd) != 0 && rc == 0)
		rc = io_error(diag, "closing the ring");
	return rc;
}

/* The one step that counts. link() rather than rename() for a new file: it refuses to take the place of another. */
static int
publish(const struct ring_store *store, int fresh, sess_diag *diag)
{
	if (!fresh && renameat(store->dir, store->temp, store->dir, store->name) != 0)
		return io_error(diag, "renaming the new ring to its name");
	if (fresh && linkat(store->dir, store->temp, store->dir, store->name, 0) != 0) {
		if (errno == EEXIST)
			return diag_error(diag, SESS_ERR_EXISTS, "there is a file of this name already; it was left alone");
		return io_error(diag, "giving the new ring its name");
	}
	return 0;
}

int
ring_store_write(struct ring_store *store, const char *text, size_t n, int fresh, sess_diag *diag)
{
	int rc;

	if ((rc = write_temp(store, text, n, diag)) != 0 || (rc = publish(store, fresh, diag)) != 0) {
		(void)unlinkat(store->dir, store->temp, 0);
		return rc;
	}
	if (fresh && unlinkat(store->dir, store->temp, 0) != 0)
		return diag_error(diag, SESS_ERR_IO,
		    "the new ring is in place; removing a temporary file that was left behind: %s; remove %s, a second name of it, by hand",
		    strerror(errno), store->temp);
	if (fsync(store->dir) != 0)
		return diag_error(diag, SESS_ERR_IO,
		    "fsync of the ring's directory: %s; the new ring is in place, but a power cut now might bring the old one back",
		    strerror(errno));
	return 0;
}
