/* SPDX-License-Identifier: MIT */
/* L7: another issuer's keys from a file: whose it may be, and who else may read or write it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "foreign/keys.h"

#define STEP 16384

static void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void
keys_cleanup(sess_foreign_keys **keys)
{
	sess_foreign_keys_free(*keys);
}

static int
check_file(const struct stat *st, sess_diag *diag)
{
	if (!S_ISREG(st->st_mode))
		return diag_error(diag, SESS_ERR_IO, "the key file is not a regular file; read it and load its text instead");
	/* Who can write it can sign. */
	if ((st->st_mode & 02) != 0)
		return diag_error(diag, SESS_ERR_IO, "the key file's mode is %04o, everybody may write it: chmod o-w it",
		    (unsigned)(st->st_mode & 07777));
	return 0;
}

static int
read_all(int fd, struct buf *text, sess_diag *diag)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(text, STEP) != 0)
			return diag_error(diag, SESS_ERR_MEMORY, NULL);
		n = read(fd, text->data + text->len, STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_error(diag, SESS_ERR_IO, "reading the key file: %s", strerror(errno));
		if (n == 0)
			return 0;
		text->len += (size_t)n;
		/* Whatever is longer is refused for it by the loader. */
		if (text->len > SESS_FOREIGN_KEYS_BYTES_MAX)
			return 0;
	}
}

int
sess_foreign_keys_load_file(const char *path, const sess_foreign_keys_opts *opts, sess_foreign_keys **ret_keys, sess_diag *diag)
{
	__attribute__((cleanup(keys_cleanup))) sess_foreign_keys *keys = NULL;
	__attribute__((cleanup(fd_cleanup))) int fd = -1;
	BUF_CLEANUP struct buf text = { 0 };
	struct stat st;
	int rc;

	diag_clear(diag);
	if (path == NULL || ret_keys == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_foreign_keys_load_file: path or ret_keys is NULL");
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0)
		return diag_error(diag, SESS_ERR_IO, "opening the key file: %s", strerror(errno));
	if (fstat(fd, &st) != 0)
		return diag_error(diag, SESS_ERR_IO, "looking at the key file: %s", strerror(errno));
	if ((rc = check_file(&st, diag)) != 0 || (rc = read_all(fd, &text, diag)) != 0 ||
	    (rc = sess_foreign_keys_load_mem(text.data, text.len, opts, &keys, diag)) != 0)
		return rc;
	if (keys->is_secret && (st.st_mode & 077) != 0)
		return diag_error(diag, SESS_ERR_IO, "the key file holds secrets and its mode is %04o: chmod 600 it",
		    (unsigned)(st.st_mode & 07777));
	*ret_keys = keys;
	keys = NULL;
	return 0;
}
