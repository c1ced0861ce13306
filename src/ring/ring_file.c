/* SPDX-License-Identifier: MIT */
/*
 * L3: rings from and to files: whose file it is, who else may read it, and what a change of it goes through. ring_store.c
 * does the writing.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sess/rotation.h>

#include "base/buf.h"
#include "base/diag.h"
#include "ring/ring.h"
#include "ring/ring_store.h"

static void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#define FD_CLEANUP __attribute__((cleanup(fd_cleanup)))

static int
io_error(sess_diag *diag, const char *step)
{
	return diag_error(diag, SESS_ERR_IO, "%s: %s", step, strerror(errno));
}

static int
check_kind(const struct stat *st, sess_diag *diag)
{
	const int code = SESS_ERR_RING_FILE;

	if (S_ISDIR(st->st_mode))
		return diag_error(diag, code, "the ring is a directory; name the file in it");
	if (S_ISFIFO(st->st_mode))
		return diag_error(diag, code, "the ring is a FIFO; a ring is a regular file, or is given by descriptor");
	if (!S_ISREG(st->st_mode))
		return diag_error(diag, code, "the ring is a device or socket; it must be a regular file");
	if (st->st_size == 0)
		return diag_error(diag, SESS_ERR_RING_FORMAT, "the ring file is empty; restore it from a copy, or make a new ring");
	if (st->st_size > SESS_RING_BYTES_MAX)
		return diag_error(diag, SESS_ERR_RING_FORMAT, "the ring file has %lld bytes; at most %d are read",
		    (long long)st->st_size, SESS_RING_BYTES_MAX);
	return 0;
}

static int
check_privacy(const struct stat *st, sess_diag *diag)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return diag_error(diag, SESS_ERR_RING_FILE, "the ring belongs to user %u, not to this process's user %u: chown it",
		    (unsigned)st->st_uid, (unsigned)geteuid());
	if ((st->st_mode & 077) != 0)
		return diag_error(diag, SESS_ERR_RING_FILE, "the ring's mode is %04o, others may read or write it: chmod 600 it",
		    (unsigned)(st->st_mode & 07777));
	return 0;
}

static int
read_all(int fd, struct buf *text, sess_diag *diag)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(text, 16384) != 0)
			return diag_error(diag, SESS_ERR_MEMORY, NULL);
		n = read(fd, text->data + text->len, 16384);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(diag, "reading the ring");
		if (n == 0)
			return 0;
		text->len += (size_t)n;
		if (text->len > SESS_RING_BYTES_MAX)
			return diag_error(diag, SESS_ERR_RING_FORMAT, "the ring is larger than %d bytes", SESS_RING_BYTES_MAX);
	}
}

int
sess_ring_load_fd(int fd, const sess_ring_access *access, sess_ring **ret_ring, sess_diag *diag)
{
	BUF_CLEANUP struct buf text = { 0 };
	int rc;

	diag_clear(diag);
	if (fd < 0 || ret_ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_load_fd: the descriptor is negative, or ret_ring NULL");
	if ((rc = read_all(fd, &text, diag)) != 0)
		return rc;
	return sess_ring_load_mem(text.data, text.len, access, ret_ring, diag);
}

/* The file of this name, seen from a directory (AT_FDCWD: from where the process is). */
static int
load_at(int dir, const char *path, const sess_ring_access *access, sess_ring **ret_ring, sess_diag *diag)
{
	int lax = access != NULL && (access->options & SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER) != 0;
	FD_CLEANUP int fd = -1;
	struct stat st;
	int rc;

	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (lax ? 0 : O_NOFOLLOW));
	if (fd < 0 && errno == ELOOP)
		return diag_error(diag, SESS_ERR_RING_FILE, "the ring is a symbolic link; name the file it points to");
	if (fd < 0)
		return io_error(diag, "opening the ring");
	if (fstat(fd, &st) != 0)
		return io_error(diag, "looking at the ring");
	if ((rc = check_kind(&st, diag)) != 0 || (!lax && (rc = check_privacy(&st, diag)) != 0))
		return rc;
	if (lax && (st.st_mode & 022) != 0)
		return diag_error(diag, SESS_ERR_RING_FILE, "the ring's mode is %04o, others may write it: chmod 440 it",
		    (unsigned)(st.st_mode & 07777));
	return sess_ring_load_fd(fd, access, ret_ring, diag);
}

int
sess_ring_load_file(const char *path, const sess_ring_access *access, sess_ring **ret_ring, sess_diag *diag)
{
	int rc;

	diag_clear(diag);
	if (path == NULL || ret_ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_load_file: path or ret_ring is NULL");
	if ((rc = ring_check_access(access, diag)) != 0)
		return rc;
	return load_at(AT_FDCWD, path, access, ret_ring, diag);
}

/* A ring that would not load must not take the place of one that does. */
static int
check_readable(const sess_ring *ring, sess_diag *diag)
{
	sess_ring *again = NULL;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if ((rc = sess_ring_dump(ring, &text, &n, diag)) != 0)
		return rc;
	rc = sess_ring_load_mem(text, n, NULL, &again, diag);
	sess_ring_text_free(text, n);
	sess_ring_free(again);
	return rc;
}

/* Writes the ring in the form in which it is meant to lie in the file. */
static int
write_ring(struct ring_store *store, const sess_ring *ring, int fresh, sess_diag *diag)
{
	char *text = NULL;
	size_t n = 0;
	int rc;

	if ((rc = check_readable(ring, diag)) != 0 || (rc = sess_ring_dump_protected(ring, &text, &n, diag)) != 0)
		return rc;
	rc = ring_store_write(store, text, n, fresh, diag);
	sess_ring_text_free(text, n);
	return rc;
}

int
sess_ring_create_file(const sess_ring *ring, const char *path, sess_diag *diag)
{
	STORE_CLEANUP struct ring_store store = STORE_NONE;
	int rc;

	diag_clear(diag);
	if (ring == NULL || path == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_create_file: ring or path is NULL");
	if ((rc = ring_store_begin(&store, path, diag)) != 0)
		return rc;
	return write_ring(&store, ring, 1, diag);
}

int
sess_ring_replace_file(const sess_ring *ring, const char *path, sess_diag *diag)
{
	STORE_CLEANUP struct ring_store store = STORE_NONE;
	int rc;

	diag_clear(diag);
	if (ring == NULL || path == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_replace_file: ring or path is NULL");
	if ((rc = ring_store_begin(&store, path, diag)) != 0)
		return rc;
	return write_ring(&store, ring, 0, diag);
}

static void
ring_cleanup(struct sess_ring **ring)
{
	sess_ring_free(*ring);
}

#define RING_CLEANUP __attribute__((cleanup(ring_cleanup)))

/* Whatever edit made: the same ring, of a later generation. Readers refuse anything else. */
static int
check_next(const struct sess_ring *old, const struct sess_ring *next, sess_diag *diag)
{
	if (next->generation <= old->generation)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "generation",
		    "the edit made generation %lld of a ring that is at %lld", (long long)next->generation, (long long)old->generation);
	if (next->form != old->form || !ring_has_tag_of(next, old))
		return diag_error(diag, SESS_ERR_ARGUMENT, "the edit made another ring: its form or its tag differs");
	return 0;
}

int
sess_ring_update_file(const char *path, const sess_ring_access *access, sess_ring_edit_fn *edit, void *arg,
    sess_ring **ret_ring, sess_diag *diag)
{
	STORE_CLEANUP struct ring_store store = STORE_NONE;
	RING_CLEANUP struct sess_ring *old = NULL;
	RING_CLEANUP struct sess_ring *next = NULL;
	int rc;

	diag_clear(diag);
	if (path == NULL || edit == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_update_file: path or edit is NULL");
	if ((rc = ring_check_access(access, diag)) != 0)
		return rc;
	if (access != NULL && (access->options & SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER) != 0)
		return diag_error(diag, SESS_ERR_ARGUMENT, "a mounted ring is changed where it comes from, not through a link");
	if ((rc = ring_store_begin(&store, path, diag)) != 0 || (rc = load_at(store.dir, store.name, access, &old, diag)) != 0 ||
	    (rc = edit(old, arg, &next, diag)) != 0)
		return rc;
	if (next != NULL && ((rc = check_next(old, next, diag)) != 0 || (rc = write_ring(&store, next, 0, diag)) != 0))
		return rc;
	if (ret_ring != NULL) {
		*ret_ring = next;
		next = NULL;
	}
	return 0;
}
