/* SPDX-License-Identifier: MIT */
/* sesstool: a ring from a path or a descriptor, and the options by which it is opened. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

int
tool_ring_option(struct tool_ring *from, int option)
{
	switch (option) {
	case TOOL_OPT_ANY_OWNER: from->access.options |= SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER; return 1;
	default: return 0;
	}
}

/* "fd:N", as service managers and shells hand files over. */
static int
descriptor_of(const char *path, int *ret_fd)
{
	char *end;
	long fd;

	if (strncmp(path, "fd:", 3) != 0)
		return 0;
	fd = strtol(path + 3, &end, 10);
	if (path[3] < '0' || path[3] > '9' || *end != '\0' || fd > 65535)
		return 0;
	*ret_fd = (int)fd;
	return 1;
}

int
tool_ring_load(struct tool_ring *from, sess_ring **ret)
{
	sess_diag diag;
	int fd, rc;

	if (descriptor_of(from->path, &fd))
		rc = sess_ring_load_fd(fd, &from->access, ret, &diag);
	else
		rc = sess_ring_load_file(from->path, &from->access, ret, &diag);
	return rc == 0 ? 0 : tool_fail("loading the ring", rc, &diag);
}

int
tool_ring_unlock(struct tool_ring *from)
{
	int fd;

	if (descriptor_of(from->path, &fd))
		return tool_usage("a ring that comes by descriptor cannot be rewritten; name its file");
	return 0;
}

void
tool_ring_done(struct tool_ring *from)
{
	(void)from;
}
