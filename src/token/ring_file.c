/* SPDX-License-Identifier: MIT */
/*
 * L3: rings from and to files: whose file it is, who else may read it, and that a new one appears whole or not at
 * all. Knows nothing of what the text says.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "token/ring.h"

#define PATH_ROOM 4096

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
	BUF_CLEANUP struct buf text = { NULL, 0, 0 };
	int rc;

	diag_clear(diag);
	if (fd < 0 || ret_ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_load_fd: the descriptor is negative, or ret_ring NULL");
	if ((rc = read_all(fd, &text, diag)) != 0)
		return rc;
	return sess_ring_load_mem(text.data, text.len, access, ret_ring, diag);
}

int
sess_ring_load_file(const char *path, const sess_ring_access *access, sess_ring **ret_ring, sess_diag *diag)
{
	int lax = access != NULL && (access->options & SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER) != 0;
	FD_CLEANUP int fd = -1;
	struct stat st;
	int rc;

	diag_clear(diag);
	if (path == NULL || ret_ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_load_file: path or ret_ring is NULL");
	if ((rc = ring_check_access(access, diag)) != 0)
		return rc;
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (lax ? 0 : O_NOFOLLOW));
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

static int
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

/* The directory that holds path, into room of PATH_ROOM bytes. */
static int
directory_of(const char *path, char *out)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (n >= PATH_ROOM)
		return -1;
	memcpy(out, path, n);
	out[n] = '\0';
	if (n == 0)
		memcpy(out, ".", 2);
	return 0;
}

/* Whether the new name itself has reached the disk. */
static int
sync_directory(const char *path)
{
	char dir[PATH_ROOM];
	FD_CLEANUP int fd = -1;

	if (directory_of(path, dir) != 0 || (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	return fsync(fd);
}

/* link() rather than rename(): it refuses to replace a file, and the name appears only when the text is on the disk. */
static int
publish(const char *temp, const char *path, const char *text, size_t n, int fd, sess_diag *diag)
{
	if (fchmod(fd, 0600) != 0)
		return io_error(diag, "setting the new ring's mode");
	if (write_all(fd, text, n) != 0)
		return io_error(diag, "writing the new ring");
	if (fsync(fd) != 0)
		return io_error(diag, "fsync of the new ring");
	if (link(temp, path) != 0) {
		if (errno == EEXIST)
			return diag_error(diag, SESS_ERR_EXISTS, "there is a file of this name already; it was left alone");
		return io_error(diag, "giving the new ring its name");
	}
	return 0;
}

int
sess_ring_create_file(const sess_ring *ring, const char *path, sess_diag *diag)
{
	char temp[PATH_ROOM + 16];
	char *text = NULL;
	size_t n = 0;
	int fd, rc;

	diag_clear(diag);
	if (ring == NULL || path == NULL || strlen(path) >= PATH_ROOM)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_create_file: ring or path is NULL, or the path is too long");
	if ((rc = sess_ring_dump(ring, &text, &n, diag)) != 0)
		return rc;
	(void)snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0) {
		sess_ring_text_free(text, n);
		return io_error(diag, "making a temporary file beside the new ring");
	}
	rc = publish(temp, path, text, n, fd, diag);
	sess_ring_text_free(text, n);
	if (close(fd) != 0 && rc == 0)
		rc = io_error(diag, "closing the new ring");
	(void)unlink(temp);
	if (rc == 0 && sync_directory(path) != 0)
		rc = io_error(diag, "fsync of the new ring's directory");
	return rc;
}
