/* SPDX-License-Identifier: MIT */
/*
 * Prints the names that the library gives to a session in events, and to what is revoked: of a ring file, an issuer, a moment and a
 * token. For the test of doc/vectors.json, which computes them again from doc/format.md.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t now;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = now;
	return 0;
}

static void
print_name(const char *what, const uint8_t *name)
{
	printf("%s ", what);
	for (int i = 0; i < 16; i++)
		printf("%02x", name[i]);
	putchar('\n');
}

static int
print_all(sess_manager *m, sess_session *s, sess_diag *diag)
{
	uint8_t name[SESS_EVENT_NAME_LEN];
	sess_revocation r;
	int rc;

	if ((rc = sess_session_event_name(m, s, name, diag)) != 0)
		return rc;
	print_name("event", name);
	if ((rc = sess_revoke_session(m, sess_session_id(s), NULL, &r, diag)) != 0)
		return rc;
	print_name("session", r.name);
	if ((rc = sess_revoke_subject(m, sess_session_subject(s), NULL, &r, diag)) != 0)
		return rc;
	print_name("subject", r.name);
	if ((rc = sess_revoke_token(m, sess_session_token_id(s), NULL, &r, diag)) != 0)
		return rc;
	print_name("token", r.name);
	if ((rc = sess_revoke_all(m, NULL, &r, diag)) != 0)
		return rc;
	print_name("all", r.name);
	return 0;
}

int
main(int argc, char **argv)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_session *session = NULL;
	sess_manager *m = NULL;
	sess_policy policy;
	sess_diag diag = { .message = "usage: names RING POLICY NOW TOKEN" };
	int rc = -1;

	if (argc == 5 && (rc = sess_policy_load_file(argv[2], &policy, &diag)) == 0) {
		now = strtoll(argv[3], NULL, 10);
		config.ring_path = argv[1];
		config.policy = &policy;
		config.revocations = "memory:";
		config.clock = clock_now;
		rc = sess_manager_new(&config, &m, &diag);
	}
	if (rc == 0 && (rc = sess_verify(m, argv[4], strlen(argv[4]), NULL, &session, &diag)) == 0)
		rc = print_all(m, session, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_session_free(session);
	sess_manager_free(m);
	return rc != 0;
}
