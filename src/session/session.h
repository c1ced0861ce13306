/* SPDX-License-Identifier: MIT */
/*
 * L6: a verified session: one block that holds the payload's text, its member index, and room where each string is
 * unescaped and NUL-terminated when first asked for (at the offset it has in the text, so nothing is allocated).
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <sess/session.h>

#include "token/verify.h"

struct sess_session {
	size_t block_len;
	const sess_manager *verified_by; /* compared, never followed */
	char kid[SESS_KID_MAX + 1], outer_kid[SESS_KID_MAX + 1]; /* the second: of a nested token, else "" */
	char sid[CLAIMS_ID_LEN + 1], jti[CLAIMS_ID_LEN + 1];
	int64_t iat, auth_time, gen, end, idle_deadline, absolute_deadline;
	int persistent, wants_renewal;
	size_t context_count;
	struct {
		char name[SESS_CONTEXT_NAME_MAX + 1];
		uint8_t state;
	} context[SESS_CONTEXT_MAX];
	const struct json_member *sub; /* NULL where absent */
	size_t text_len, count;
	char *text, *strings;
	struct json_member member[];
};

/* Copies what verification has found. SESS_ERR_MEMORY. */
SESS_CHECKED int session_new(const sess_manager *manager, const struct verification *v, sess_session **ret);
/* A string member, unescaped; its length in *ret_len where that is not NULL. */
const char *session_string(sess_session *s, const struct json_member *m, size_t *ret_len);

#endif
