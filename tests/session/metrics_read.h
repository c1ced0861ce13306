/* SPDX-License-Identifier: MIT */
/* What the tests of metrics share: a sample's value, found in the text as its line's, and tokens to move the counters. */
#ifndef SESSION_METRICS_READ_H
#define SESSION_METRICS_READ_H

#include <check.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"

#define ABSENT (-1)

/* The value on the line that begins with this sample's name and labels. */
static inline long long
sample(sess_manager *manager, const char *name)
{
	char *text = NULL, *at;
	size_t len = 0, n = strlen(name);
	long long value = ABSENT;

	ck_assert_int_eq(sess_manager_metrics(manager, &text, &len, NULL), 0);
	ck_assert_uint_eq(strlen(text), len);
	for (at = text; at != NULL && value == ABSENT; at = strchr(at, '\n'), at = at == NULL ? NULL : at + 1) {
		if (strncmp(at, name, n) == 0 && at[n] == ' ')
			value = strtoll(at + n + 1, NULL, 10);
	}
	sess_metrics_free(text);
	return value;
}

static inline long long
of_kid(sess_manager *manager, const char *family, const char *kid)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s{kid=\"%s\"}", family, kid);
	return sample(manager, name);
}

static inline void
expect(sess_manager *manager, const char *what, const char *name, long long value)
{
	long long got = sample(manager, name);

	ck_assert_msg(got == value, "%s: %s is %lld, not %lld", what, name, got, value);
}

static inline uint32_t
present(sess_manager *manager, const char *token)
{
	sess_session *session = NULL;
	sess_diag diag;
	int rc = sess_verify(manager, token, strlen(token), NULL, &session, &diag);

	ck_assert(rc == 0 || rc == SESS_ERR_REJECTED);
	sess_session_free(session);
	return rc == 0 ? 0 : diag.reasons;
}

static inline char *
mint(sess_manager *manager, int64_t hard_end)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	size_t len = 0;

	opts.hard_end = hard_end;
	ck_assert_int_eq(sess_mint(manager, "alice", NULL, 0, &opts, &token, &len, NULL), 0);
	return token;
}

static inline const char *
minting_kid(const struct judge *j)
{
	return json_string_value(json_object_get(j->sig_key != NULL ? j->sig_key : j->enc_key, "kid"));
}

#endif
