/* SPDX-License-Identifier: MIT */
/*
 * sesstool: passphrases and key-encryption keys from files, descriptors and the terminal; never from the command line, where
 * others see them. What was read is wiped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "tool.h"

#define SECRET_ROOM 8192

struct secret_text {
	char bytes[SECRET_ROOM];
	size_t len;
};

static void
secret_text_done(struct secret_text *text)
{
	explicit_bzero(text, sizeof(*text));
}

#define SECRET_TEXT_CLEANUP __attribute__((cleanup(secret_text_done)))

static int
io_failed(const char *what)
{
	tool_say(stderr, "sesstool: reading %s: %s\n", what, strerror(errno));
	return TOOL_EXIT_IO;
}

static int
read_fd(int fd, const char *what, struct secret_text *ret)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		tool_say(stderr, "sesstool: warning: %s can be read by others, its mode is %04o: chmod 600 it\n", what,
		    (unsigned)(st.st_mode & 07777));
	for (ret->len = 0; ret->len < sizeof(ret->bytes);) {
		ssize_t n = read(fd, ret->bytes + ret->len, sizeof(ret->bytes) - ret->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_failed(what);
		if (n == 0)
			return 0;
		ret->len += (size_t)n;
	}
	return tool_usage("%s is larger than %d bytes", what, SECRET_ROOM - 1);
}

static int
read_source(const struct tool_source *from, const char *what, struct secret_text *ret)
{
	int fd, status;

	if (from->file == NULL)
		return read_fd(from->fd, what, ret);
	if ((fd = open(from->file, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		return io_failed(what);
	status = read_fd(fd, what, ret);
	(void)close(fd);
	return status;
}

/* One line without its newline. Signals' characters come as themselves: Ctrl-C must not leave the echo off. */
static int
read_line(int tty, struct secret_text *ret)
{
	char c = '\0';

	for (ret->len = 0; ret->len < SESS_PASSPHRASE_MAX;) {
		if (read(tty, &c, 1) != 1 || c == '\003' || c == '\004')
			return -1;
		if (c == '\n' || c == '\r')
			return 0;
		if ((c == '\177' || c == '\b') && ret->len > 0)
			ret->len--;
		else if (c != '\177' && c != '\b')
			ret->bytes[ret->len++] = c;
	}
	return -1;
}

static int
ask(int tty, const char *question, struct secret_text *ret)
{
	struct termios before, quiet;
	int rc;

	if (tcgetattr(tty, &before) != 0)
		return -1;
	quiet = before;
	quiet.c_lflag &= (tcflag_t) ~(ECHO | ICANON | ISIG);
	if (write(tty, question, strlen(question)) < 0 || tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
		return -1;
	rc = read_line(tty, ret);
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	(void)!write(tty, "\n", 1);
	return rc;
}

static int
prompt(int is_new, struct secret_text *ret)
{
	SECRET_TEXT_CLEANUP struct secret_text again = { "", 0 };
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int rc, same;

	if (tty < 0)
		return tool_usage("there is no terminal to ask for the passphrase: give --passphrase-file, --passphrase-fd or --kek-file");
	rc = ask(tty, is_new ? "New passphrase of the ring: " : "Passphrase of the ring: ", ret);
	if (rc == 0 && is_new)
		rc = ask(tty, "The same again: ", &again);
	(void)close(tty);
	if (rc != 0)
		return tool_usage("no passphrase was given");
	same = again.len == ret->len && memcmp(again.bytes, ret->bytes, ret->len) == 0;
	return is_new && !same ? tool_usage("the two passphrases differ; nothing was changed") : 0;
}

static int
make(const struct secret_text *text, int is_kek, int64_t p2c, sess_protection **ret)
{
	sess_diag diag;
	int rc;

	rc = is_kek ? sess_protection_new_kek(text->bytes, text->len, ret, &diag) :
	    sess_protection_new_passphrase(text->bytes, text->len, p2c, ret, &diag);
	return rc == 0 ? 0 : tool_fail(is_kek ? "the key-encryption key" : "the passphrase", rc, &diag);
}

int
tool_secret_is_given(const struct tool_secret *secret)
{
	return secret->passphrase.file != NULL || secret->passphrase.fd >= 0 || secret->kek.file != NULL || secret->kek.fd >= 0;
}

int
tool_protection(const struct tool_secret *secret, int is_new, int64_t p2c, sess_protection **ret)
{
	SECRET_TEXT_CLEANUP struct secret_text text = { "", 0 };
	int by_kek = secret->kek.file != NULL || secret->kek.fd >= 0;
	int by_passphrase = secret->passphrase.file != NULL || secret->passphrase.fd >= 0;
	int status;

	if (by_kek && by_passphrase)
		return tool_usage("give a passphrase or a key-encryption key, not both");
	if (by_kek && p2c != 0)
		return tool_usage("--p2c goes with a passphrase: a key-encryption key needs no iterations");
	if (by_kek) {
		status = read_source(&secret->kek, "the key-encryption key", &text);
	} else if (by_passphrase) {
		status = read_source(&secret->passphrase, "the passphrase", &text);
		/* Editors and echo end a file with a newline that nobody means. */
		if (status == 0 && text.len > 0 && text.bytes[text.len - 1] == '\n')
			text.len--;
	} else {
		status = prompt(is_new, &text);
	}
	return status != 0 ? status : make(&text, by_kek, p2c, ret);
}
