/* SPDX-License-Identifier: MIT */
/* What the tests of reloading share: a ring file, a manager over it, and a token of its first ring. */
#ifndef SESSION_RELOADING_H
#define SESSION_RELOADING_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "session/manager.h"
#include "support/ringfile.h"

static const int64_t NOW = 1800000000;

static struct ringfile file;
static struct ringfile_events events;
static sess_manager *manager;
static char *token;
static size_t token_len;

static inline int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

static inline sess_config
make_config(void)
{
	sess_config config = SESS_CONFIG_INIT;

	config.clock = clock_now;
	config.on_event = ringfile_count;
	config.on_event_arg = &events;
	return config;
}

static inline void
mint(void)
{
	sess_token_free(token);
	ck_assert_int_eq(sess_mint(manager, "anna", NULL, 0, NULL, &token, &token_len, NULL), 0);
}

static inline int
verify(void)
{
	sess_session *session = NULL;
	sess_diag diag;
	int rc = sess_verify(manager, token, token_len, NULL, &session, &diag);

	sess_session_free(session);
	return rc == SESS_ERR_REJECTED ? (int)diag.reasons : rc;
}

static inline void
setup(void)
{
	sess_config config = make_config();

	ringfile_init(&file, NULL);
	config.ring_path = file.path;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	memset(&events, 0, sizeof(events));
	token = NULL;
	mint();
}

static inline void
teardown(void)
{
	sess_token_free(token);
	sess_manager_free(manager);
	ringfile_done(&file);
}

/* The ring in force refuses nothing, and is the one of this generation. */
static inline void
expect_in_force(int64_t generation)
{
	ck_assert_int_eq(sess_manager_generation(manager), generation);
	ck_assert_int_eq(verify(), 0);
}

#endif
