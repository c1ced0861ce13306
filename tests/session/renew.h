/* SPDX-License-Identifier: MIT */
/* What the tests of renewal share: from payload to session, and from session to the next. Over the public API. */
#ifndef SESSION_RENEW_H
#define SESSION_RENEW_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"

/* The session of a token that must be accepted now; frees the token. */
static inline sess_session *
accept(struct judge *j, char *token, size_t len)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_session *session = NULL;
	sess_diag diag;
	int rc;

	judge_expect(j, "accepted", token, len, 0);
	opts.context = j->context;
	opts.context_count = j->context_count;
	rc = sess_verify(j->manager, token, len, &opts, &session, &diag);
	ck_assert_msg(rc == 0, "%s: %s", sess_error_name(rc), diag.message);
	sess_token_free(token);
	return session;
}

/* The session of the judge's usual payload with `instead` in the place of a claim. */
static inline sess_session *
session_with(struct judge *j, const char *claim, const char *instead)
{
	char *payload = judge_payload(claim, instead), *token = judge_token(j, payload, strlen(payload));

	free(payload);
	return accept(j, token, strlen(token));
}

/* The session after a renewal that must succeed. */
static inline sess_session *
renewed(struct judge *j, sess_session *session, const sess_renew_opts *opts)
{
	char *token = NULL;
	sess_diag diag;
	size_t len = 0;
	int rc = sess_renew(j->manager, session, opts, &token, &len, &diag);

	ck_assert_msg(rc == 0, "%s: %s", sess_error_name(rc), diag.message);
	ck_assert_uint_eq(strlen(token), len);
	return accept(j, token, len);
}

/* A renewal that must fail so, and leave its outputs alone. */
static inline void
not_renewed(struct judge *j, sess_session *session, const sess_renew_opts *opts, const char *what, int code, uint32_t reasons,
    const char *member)
{
	char untouched, *token = &untouched;
	size_t len = 7;
	sess_diag diag;
	int rc = sess_renew(j->manager, session, opts, &token, &len, &diag);

	ck_assert_msg(rc == code, "%s: %s: %s", what, sess_error_name(rc), diag.message);
	ck_assert_int_eq(diag.code, code);
	ck_assert_msg(diag.reasons == reasons, "%s: reasons %x", what, diag.reasons);
	if (member != NULL)
		ck_assert_msg(strcmp(code == SESS_ERR_REJECTED ? diag.findings[0].member : diag.member, member) == 0, "%s: member %s",
		    what, code == SESS_ERR_REJECTED ? diag.findings[0].member : diag.member);
	ck_assert_uint_gt(strlen(diag.message), 10);
	ck_assert(token == &untouched && len == 7);
	ck_assert_int_eq(sess_renew(j->manager, session, opts, &token, &len, NULL), code);
}

#endif
