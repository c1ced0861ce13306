/* SPDX-License-Identifier: MIT */
/* sesstool cookie: what its verbs share. */
#ifndef SESSTOOL_COOKIE_H
#define SESSTOOL_COOKIE_H

#include "tool.h"

struct cookie_args {
	struct tool_ring ring;
	const char *policy, *now;
	int as_json;
	const char *operand; /* NULL: stdin */
};

/* cookie_size.c: which claims of a verified session cost how much. */
int cookie_explain(const struct cookie_args *a, sess_manager *manager, sess_session *session,
    const struct tool_text *token, const sess_cookies *cookies);
/* cookie_get.c: the token in a pasted header. */
int cookie_read(const struct cookie_args *a);

#endif
