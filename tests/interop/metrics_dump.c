/* SPDX-License-Identifier: MIT */
/*
 * One life of a small service, by a clock of its own, and its metrics on stdout; test_openmetrics.py reads them with a parser
 * that others wrote and compares the numbers. Uses the public API only. A failure of its own: exit status 1.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

static int64_t now = 1800000000;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = now;
	return 0;
}

static int
is_accepted(sess_manager *m, const char *token)
{
	sess_session *session = NULL;
	int rc = sess_verify(m, token, strlen(token), NULL, &session, NULL);

	sess_session_free(session);
	return rc == 0;
}

static int
renew(sess_manager *m, const char *token, int logout)
{
	sess_session *session = NULL;
	char *fresh = NULL;
	size_t len = 0;
	int rc = sess_verify(m, token, strlen(token), NULL, &session, NULL);

	if (rc == 0)
		rc = logout ? sess_manager_count_logout(m, session, NULL) : sess_renew(m, session, NULL, &fresh, &len, NULL);
	sess_session_free(session);
	sess_token_free(fresh);
	return rc;
}

/* 10 sessions; the first 3 are renewed after 400 s, the fourth logs out then; later 7 of them come back too late. */
static int
live(sess_manager *m)
{
	char *token[10] = { NULL };
	size_t len = 0;
	int rc = 0;

	for (size_t i = 0; i < 10 && rc == 0; i++)
		rc = sess_mint(m, "alice", NULL, 0, NULL, &token[i], &len, NULL);
	for (size_t i = 0; i < 10 && rc == 0; i++)
		rc = is_accepted(m, token[i]) && !is_accepted(m, "no token") ? 0 : -1;
	now += 400;
	for (size_t i = 0; i < 4 && rc == 0; i++)
		rc = renew(m, token[i], i == 3);
	now += 4000;
	for (size_t i = 3; i < 10 && rc == 0; i++)
		rc = is_accepted(m, token[i]) ? -1 : 0;
	for (size_t i = 0; i < 10; i++)
		sess_token_free(token[i]);
	return rc;
}

int
main(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_ring *ring = NULL;
	char *text = NULL;
	int rc;

	rc = sess_ring_generate(&spec, now, &ring, NULL);
	config.ring = ring;
	config.clock = clock_now;
	if (rc == 0)
		rc = sess_manager_new(&config, &m, NULL);
	if (rc == 0)
		rc = live(m);
	if (rc == 0)
		rc = sess_manager_metrics(m, &text, NULL, NULL);
	if (rc == 0 && fputs(text, stdout) < 0)
		rc = -1;
	sess_metrics_free(text);
	sess_manager_free(m);
	sess_ring_free(ring);
	return rc == 0 ? 0 : 1;
}
