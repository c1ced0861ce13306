/* SPDX-License-Identifier: MIT */
/* sesstool key export: a ring for those who only verify, or the public keys alone, to stdout or a file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key.h"

struct export {
	struct tool_ring from;
	const char *output; /* NULL: stdout */
	int64_t now;
	int verify_only, jwks;
};

static int
parse(int argc, char **argv, struct export *e)
{
	static const struct option options[] = { { "verify-only", 0, NULL, 'v' }, { "jwks", 0, NULL, 'w' },
		{ "output", 1, NULL, 'o' }, { "now", 1, NULL, 'n' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	const char *now = NULL;
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'v': e->verify_only = 1; break;
		case 'w': e->jwks = 1; break;
		case 'o': e->output = optarg; break;
		case 'n': now = optarg; break;
		default:
			if (!tool_ring_option(&e->from, c, optarg, &status))
				return tool_see("key export");
		}
	}
	if (status != 0)
		return status;
	if (e->verify_only == e->jwks)
		return tool_usage("give one of --verify-only (a ring that cannot mint) and --jwks (public keys alone)");
	if (optind != argc - 1)
		return tool_usage("name one ring: sesstool key export --verify-only -o FILE RING");
	e->from.path = argv[optind];
	return tool_now(now, &e->now);
}

static int
export_verify_only(const struct export *e, const sess_ring *ring)
{
	sess_ring *copy = NULL;
	char *text = NULL;
	size_t n = 0;
	sess_diag diag;
	int rc, status = 0;

	if (e->output == NULL && isatty(STDOUT_FILENO))
		return tool_usage("a verify-only ring still holds secrets (encryption keys, tag): give -o FILE, or redirect stdout");
	if ((rc = sess_ring_export_verify_only(ring, e->now, &copy, &diag)) != 0)
		return tool_fail("exporting", rc, &diag);
	if (e->output != NULL)
		rc = sess_ring_replace_file(copy, e->output, &diag);
	else if ((rc = sess_ring_dump(copy, &text, &n, &diag)) == 0)
		(void)fwrite(text, 1, n, stdout);
	if (rc != 0)
		status = tool_fail("writing the verify-only ring", rc, &diag);
	sess_ring_text_free(text, n);
	sess_ring_free(copy);
	return status;
}

static int
write_failed(const char *temp, int fd)
{
	tool_say(stderr, "sesstool: writing the public keys: %s\n", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	(void)unlink(temp);
	return TOOL_EXIT_IO;
}

static int
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done < 0)
			return -1;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Readers find the old file or the new one. */
static int
write_public(const char *path, const char *text, size_t n)
{
	char temp[4096];
	int fd;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= sizeof(temp))
		return tool_usage("-o: the path is too long");
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0) {
		tool_say(stderr, "sesstool: making a temporary file beside the output: %s\n", strerror(errno));
		return TOOL_EXIT_IO;
	}
	if (write_all(fd, text, n) != 0 || fchmod(fd, 0644) != 0 || fsync(fd) != 0)
		return write_failed(temp, fd);
	if (close(fd) != 0 || rename(temp, path) != 0)
		return write_failed(temp, -1);
	return 0;
}

static int
export_jwks(const struct export *e, const sess_ring *ring)
{
	char *text = NULL;
	size_t n = 0;
	sess_diag diag;
	int rc, status = 0;

	if ((rc = sess_ring_export_jwks(ring, e->now, &text, &n, &diag)) != 0)
		return tool_fail("exporting", rc, &diag);
	if (e->output != NULL)
		status = write_public(e->output, text, n);
	else
		(void)fwrite(text, 1, n, stdout);
	sess_ring_text_free(text, n);
	return status;
}

/* A copy without signing keys must not take the place of the only file that has them. */
static int
check_output(const struct export *e)
{
	struct stat from, to;

	if (e->output == NULL || stat(e->from.path, &from) != 0 || stat(e->output, &to) != 0)
		return 0;
	if (from.st_dev == to.st_dev && from.st_ino == to.st_ino)
		return tool_usage("-o names the ring itself, which would lose its signing keys: name another file");
	return 0;
}

int
key_export(int argc, char **argv)
{
	struct export e = { .from = TOOL_RING_NONE };
	sess_ring *ring = NULL;
	int status = parse(argc, argv, &e);

	if (status == 0)
		status = check_output(&e);
	if (status == 0)
		status = tool_ring_load(&e.from, &ring);
	if (status == 0)
		status = e.verify_only ? export_verify_only(&e, ring) : export_jwks(&e, ring);
	sess_ring_free(ring);
	tool_ring_done(&e.from);
	return status;
}
