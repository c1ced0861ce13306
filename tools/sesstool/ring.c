/* SPDX-License-Identifier: MIT */
/* sesstool: a ring from a path or a descriptor, and the options by which it is opened. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static int
set_fd(const char *text, int *ret_fd)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || fd > 65535)
		return tool_usage("a descriptor is a small number, such as 3");
	*ret_fd = (int)fd;
	return 0;
}

int
tool_ring_option(struct tool_ring *from, int option, const char *value, int *ret_status)
{
	struct tool_secret *secret = option >= TOOL_OPT_NEW ? &from->fresh : &from->secret;

	*ret_status = 0;
	switch (option >= TOOL_OPT_NEW ? option - TOOL_OPT_NEW + TOOL_OPT_PASSPHRASE_FILE : option) {
	case TOOL_OPT_ANY_OWNER: from->access.options |= SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER; return 1;
	case TOOL_OPT_PASSPHRASE_FILE: secret->passphrase.file = value; return 1;
	case TOOL_OPT_PASSPHRASE_FD: *ret_status = set_fd(value, &secret->passphrase.fd); return 1;
	case TOOL_OPT_KEK_FILE: secret->kek.file = value; return 1;
	case TOOL_OPT_KEK_FD: *ret_status = set_fd(value, &secret->kek.fd); return 1;
	case TOOL_OPT_STORE_AUTH: from->store_auth = value; return 1;
	default: return 0;
	}
}

static int
descriptor_of(const char *path, int *ret_fd)
{
	return strncmp(path, "fd:", 3) == 0 && path[3] >= '0' && path[3] <= '9' && set_fd(path + 3, ret_fd) == 0;
}

/* What opens the ring, once: named by an option, or asked for. */
static int
get_protection(struct tool_ring *from)
{
	if (from->access.protection != NULL)
		return 0;
	return tool_protection(&from->secret, 0, from->p2c, &from->access.protection);
}

static int
load(const struct tool_ring *from, sess_ring **ret, sess_diag *diag)
{
	int fd = -1;

	if (descriptor_of(from->path, &fd))
		return sess_ring_load_fd(fd, &from->access, ret, diag);
	return sess_ring_load_file(from->path, &from->access, ret, diag);
}

/* A passphrase is asked for where the ring turns out to need one, on a terminal alone. */
static int
may_ask(const struct tool_ring *from, int rc)
{
	int fd;

	return rc == SESS_ERR_RING_ENCRYPTED && from->access.protection == NULL && isatty(STDERR_FILENO) &&
	    !descriptor_of(from->path, &fd);
}

int
tool_ring_open(struct tool_ring *from, sess_ring **ret, int *ret_rc, sess_diag *diag)
{
	int status;

	if (tool_secret_is_given(&from->secret) && (status = get_protection(from)) != 0)
		return status;
	*ret_rc = load(from, ret, diag);
	if (may_ask(from, *ret_rc)) {
		if ((status = get_protection(from)) != 0)
			return status;
		*ret_rc = load(from, ret, diag);
	}
	return 0;
}

int
tool_ring_load(struct tool_ring *from, sess_ring **ret)
{
	sess_diag diag;
	int rc, status;

	if ((status = tool_ring_open(from, ret, &rc, &diag)) != 0)
		return status;
	return rc == 0 ? 0 : tool_fail("loading the ring", rc, &diag);
}

int
tool_ring_unlock(struct tool_ring *from)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	int fd, rc;

	if (descriptor_of(from->path, &fd))
		return tool_usage("a ring that comes by descriptor cannot be rewritten; name its file");
	if (tool_secret_is_given(&from->secret))
		return get_protection(from);
	rc = load(from, &ring, &diag);
	sess_ring_free(ring);
	/* Any other trouble is met, and told, where the file is changed. */
	return may_ask(from, rc) ? get_protection(from) : 0;
}

void
tool_ring_done(struct tool_ring *from)
{
	sess_protection_free(from->access.protection);
	from->access.protection = NULL;
}
