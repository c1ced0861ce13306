/* SPDX-License-Identifier: MIT */
/* What the tests of revocation share: a token, the session in it, and whether it is refused, of a manager beside its reference. */
#ifndef SESSION_REVOKED_H
#define SESSION_REVOKED_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"

#define SID_A "AAAAAAAAAAAAAAAAAAAAAA"
#define SID_B "BBBBBBBBBBBBBBBBBBBBBA"
#define R SESS_REASON_REVOKED
#define LIFE (43200 + 600)

static inline char *
mint(struct judge *j, const char *sub)
{
	char *token = NULL, *copy;
	size_t len = 0;
	sess_diag diag;

	ck_assert_msg(sess_mint(j->manager, sub, NULL, 0, NULL, &token, &len, &diag) == 0, "%s", diag.message);
	copy = forge_text("%s", token);
	sess_token_free(token);
	return copy;
}

static inline sess_session *
verified(struct judge *j, const char *token)
{
	sess_session *s = NULL;
	sess_diag diag;

	ck_assert_msg(sess_verify(j->manager, token, strlen(token), NULL, &s, &diag) == 0, "%s", diag.message);
	return s;
}

static inline uint32_t
verdict(struct judge *j, const char *token)
{
	sess_session *s = NULL;
	sess_diag diag;

	if (sess_verify(j->manager, token, strlen(token), NULL, &s, &diag) == 0) {
		sess_session_free(s);
		return 0;
	}
	return diag.reasons;
}

/* What a listing calls, which it ends with 99 at stop_at. */
struct seen {
	int count, kinds[8], stop_at;
	char id[SESS_REVOCATION_ID_LEN + 1];
};

static inline int
see(const sess_revocation *r, void *arg)
{
	struct seen *seen = arg;

	seen->kinds[r->kind]++;
	memcpy(seen->id, r->id, sizeof(seen->id));
	return ++seen->count == seen->stop_at ? 99 : 0;
}

#endif
