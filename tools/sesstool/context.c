/* SPDX-License-Identifier: MIT */
/* sesstool: --context NAME=VALUE, what the client shows. */
#include <string.h>

#include "tool.h"

int
tool_context_add(struct tool_context *to, const char *pair)
{
	const char *eq = strchr(pair, '=');
	size_t n = eq == NULL ? 0 : (size_t)(eq - pair);

	if (n == 0 || n > SESS_CONTEXT_NAME_MAX)
		return tool_usage("--context: write NAME=VALUE, the name 1 to %d characters of a-z, 0-9, _ and -",
		    SESS_CONTEXT_NAME_MAX);
	if (to->count == SESS_CONTEXT_MAX)
		return tool_usage("--context: at most %d names", SESS_CONTEXT_MAX);
	memcpy(to->name[to->count], pair, n);
	to->name[to->count][n] = '\0';
	to->item[to->count] = (sess_context){ to->name[to->count], eq + 1, strlen(eq + 1) };
	to->count++;
	return 0;
}
