/* SPDX-License-Identifier: MIT */
/*
 * L4: a verified session: one block that holds the payload's text, its member index, and room where each string is
 * unescaped and NUL-terminated when first asked for (at the offset it has in the text, so nothing is allocated).
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <sess/session.h>

#include "token/verify.h"

struct sess_session {
	size_t block_len;
	char kid[SESS_KID_MAX + 1];
	int64_t iat, auth_time, gen, idle_deadline, absolute_deadline;
	const struct json_member *sub, *sid, *jti; /* sub: NULL where absent */
	size_t text_len, count;
	char *text, *strings;
	struct json_member member[];
};

/* Copies what verification has found. SESS_ERR_MEMORY. */
SESS_CHECKED int session_new(const struct verification *v, sess_session **ret);
/* A string member, unescaped; its length in *ret_len where that is not NULL. */
const char *session_string(sess_session *s, const struct json_member *m, size_t *ret_len);

#endif
