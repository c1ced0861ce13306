/* SPDX-License-Identifier: MIT */
/* Renewal and regeneration of a session that was revoked after it was verified, by each kind of revocation. */
#include "session/renew.h"

#include "support/runner.h"

static int
clock_of(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

/* The judge's manager, replaced by one that holds revocations. */
static void
with_revocations(struct judge *j)
{
	char *text = json_dumps(j->ring, JSON_COMPACT);
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *ring = NULL;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	sess_manager_free(j->manager);
	config.ring = ring;
	config.policy = &j->policy;
	config.clock = clock_of;
	config.clock_arg = &j->now;
	config.revocations = "memory:";
	ck_assert_msg(sess_manager_new(&config, &j->manager, &diag) == 0, "%s", diag.message);
	sess_ring_free(ring);
	free(text);
}

static int
revoke(struct judge *j, int kind, sess_session *session)
{
	switch (kind) {
	case 0: return sess_revoke_session(j->manager, sess_session_id(session), NULL, NULL, NULL);
	case 1: return sess_revoke_subject(j->manager, "anna", NULL, NULL, NULL);
	case 2: return sess_revoke_token(j->manager, sess_session_token_id(session), NULL, NULL, NULL);
	default: return sess_revoke_all(j->manager, NULL, NULL, NULL);
	}
}

START_TEST(test_revoked_after_verification)
{
	struct judge j;
	sess_session *session;
	char *token = NULL, old[SESS_ID_LEN + 1] = "";
	size_t len = 0;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	with_revocations(&j);
	session = session_with(&j, NULL, NULL);
	ck_assert_int_eq(revoke(&j, _i, session), 0);
	not_renewed(&j, session, NULL, "revoked", SESS_ERR_REJECTED, SESS_REASON_REVOKED, NULL);
	ck_assert_int_eq(sess_regenerate(j.manager, session, NULL, &token, &len, old, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_REVOKED);
	ck_assert_str_eq(old, "");
	/* Told beside what else does not hold. */
	j.now += 3630;
	not_renewed(&j, session, NULL, "revoked and idle", SESS_ERR_REJECTED, SESS_REASON_REVOKED | SESS_REASON_IDLE_EXPIRED, NULL);
	sess_session_free(session);
	judge_done(&j);
}
END_TEST

/* One token revoked: what it was renewed to before lives on. The session revoked: nothing of it does. */
START_TEST(test_other_tokens)
{
	struct judge j;
	sess_session *a, *b, *c;

	judge_init(&j, &judge_combos[0], NULL);
	with_revocations(&j);
	a = session_with(&j, NULL, NULL);
	b = renewed(&j, a, NULL);
	ck_assert_int_eq(revoke(&j, 2, a), 0);
	not_renewed(&j, a, NULL, "token revoked", SESS_ERR_REJECTED, SESS_REASON_REVOKED, NULL);
	c = renewed(&j, b, NULL);
	ck_assert_int_eq(revoke(&j, 0, a), 0);
	not_renewed(&j, c, NULL, "session revoked", SESS_ERR_REJECTED, SESS_REASON_REVOKED, NULL);
	sess_session_free(a);
	sess_session_free(b);
	sess_session_free(c);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("renew_revoked");
	TCase *tcase = tcase_create("revoked");

	tcase_add_loop_test(tcase, test_revoked_after_verification, 0, 4);
	tcase_add_test(tcase, test_other_tokens);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
