/* SPDX-License-Identifier: MIT */
/*
 * L6: a verified session: one block that holds the payload's text, its member index, and room where each string is
 * unescaped and NUL-terminated when it is asked for, in the order of the members, so nothing is allocated.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <sess/session.h>

#include "token/verify.h"

/* A context name of the token's, and what it came to. */
struct session_context {
	char name[SESS_CONTEXT_NAME_MAX + 1];
	uint8_t state;
};

/* A session of some 300 bytes of claims stays within what malloc() hands out from its nearest list (1,032 bytes in glibc): so
 * everything has the size that it has in this token, behind the members. */
struct sess_session {
	size_t block_len;
	const sess_manager *verified_by; /* compared, never followed */
	const char *kid, *outer_kid;	 /* the second: of a nested token, else "" */
	int64_t iat, auth_time, gen, end, idle_deadline, absolute_deadline;
	int persistent, wants_renewal;
	char sid[CLAIMS_ID_LEN + 1], jti[CLAIMS_ID_LEN + 1];
	const struct json_member *sub; /* NULL where absent */
	size_t context_count, text_len, count;
	struct session_context *context;
	char *text, *strings;
	struct json_member member[];
};

/* Copies what verification has found. SESS_ERR_MEMORY. */
SESS_CHECKED int session_new(const sess_manager *manager, const struct verification *v, sess_session **ret);
/* A string member, unescaped; its length in *ret_len where that is not NULL. */
const char *session_string(sess_session *s, const struct json_member *m, size_t *ret_len);

#endif
