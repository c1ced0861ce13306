/* SPDX-License-Identifier: MIT */
/* Renewal across changes of the ring: keys revoked, removed, expired and succeeded after the session was verified. */
#include "session/renew.h"

#include "support/runner.h"

static sess_ring *
ring_of(const struct judge *j)
{
	char *text = json_dumps(j->ring, JSON_COMPACT);
	sess_ring *ring = NULL;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	free(text);
	return ring;
}

/* Puts the next ring into force, in the place of the one before. */
static void
enforce(struct judge *j, sess_ring **ring, sess_ring *next)
{
	sess_diag diag;

	ck_assert_ptr_nonnull(next);
	ck_assert_msg(sess_manager_set_ring(j->manager, next, &diag) == 0, "%s", diag.message);
	sess_ring_free(*ring);
	*ring = next;
}

static void
rotate(struct judge *j, sess_ring **ring, int64_t in_s)
{
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *next = NULL;
	sess_diag diag;

	rotation.activate_in_s = in_s;
	ck_assert_msg(sess_ring_rotate(*ring, &rotation, j->now, &next, &diag) == 0, "%s", diag.message);
	enforce(j, ring, next);
}

static void
drop(struct judge *j, sess_ring **ring, const char *kid, int revoke)
{
	sess_ring *next = NULL;
	sess_diag diag;
	int rc = revoke ? sess_ring_revoke(*ring, kid, NULL, j->now, &next, &diag) :
			  sess_ring_prune(*ring, kid, 1, j->now, &next, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
	enforce(j, ring, next);
}

static const char *
kid_of(const json_t *key)
{
	return json_string_value(json_object_get(key, "kid"));
}

/* The key of a renewal was revoked, or is gone, after the session was verified. Both layers count. */
START_TEST(test_key_dropped_after_verification)
{
	for (int revoke = 0; revoke < 2; revoke++) {
		for (int outer = 0; outer < 2; outer++) {
			struct judge j;
			sess_ring *ring;
			sess_session *session;
			const json_t *key;

			judge_init(&j, &judge_combos[_i], NULL);
			key = outer ? j.enc_key : j.sig_key;
			if (key == NULL) {
				judge_done(&j);
				continue;
			}
			ring = ring_of(&j);
			session = session_with(&j, NULL, NULL);
			rotate(&j, &ring, 0);
			drop(&j, &ring, kid_of(key), revoke);
			not_renewed(&j, session, NULL, revoke ? "key revoked" : "key gone", SESS_ERR_REJECTED,
			    revoke ? SESS_REASON_REVOKED_KEY : SESS_REASON_UNKNOWN_KEY, revoke ? "revoked" : "kid");
			sess_session_free(session);
			sess_ring_free(ring);
			judge_done(&j);
		}
	}
}
END_TEST

/* A key that has run out meanwhile, though the session has not. */
START_TEST(test_key_expired_after_verification)
{
	struct judge j;
	json_t *document = judge_generate(&judge_combos[0]);
	sess_session *session;
	sess_ring *ring;

	json_object_set_new(forge_key(document, "enc"), "exp", json_integer(JUDGE_NOW + 1000));
	judge_init_ring(&j, &judge_combos[0], NULL, document);
	ring = ring_of(&j);
	session = session_with(&j, NULL, NULL);
	j.now += 999;
	not_renewed(&j, session, NULL, "no life left to mint with", SESS_ERR_RING_NO_KEY, 0, "exp");
	j.now += 1;
	not_renewed(&j, session, NULL, "key expired", SESS_ERR_REJECTED, SESS_REASON_EXPIRED_KEY, "exp");
	sess_session_free(session);
	sess_ring_free(ring);
	judge_done(&j);
}
END_TEST

/* The token that comes out is of the keys that mint now, and lasts though the old ones are dropped at once. */
START_TEST(test_to_the_new_keys)
{
	struct judge j;
	sess_ring *ring;
	sess_session *a, *b;
	char *token = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	ring = ring_of(&j);
	a = session_with(&j, NULL, NULL);
	rotate(&j, &ring, 0);
	ck_assert_int_eq(sess_session_wants_renewal(a), 0); /* it was decided before */
	ck_assert_int_eq(sess_renew(j.manager, a, NULL, &token, &len, NULL), 0);
	if (j.sig_key != NULL)
		drop(&j, &ring, kid_of(j.sig_key), 1);
	if (j.enc_key != NULL)
		drop(&j, &ring, kid_of(j.enc_key), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &b, NULL), 0);
	ck_assert_str_ne(sess_session_kid(a), sess_session_kid(b));
	ck_assert_str_eq(sess_session_id(a), sess_session_id(b));
	ck_assert_int_eq(sess_session_wants_renewal(b), 0);
	sess_session_free(a);
	sess_session_free(b);
	sess_token_free(token);
	sess_ring_free(ring);
	judge_done(&j);
}
END_TEST

/* Where the clock is behind the token's, the keys are those of the token's time: never older ones. */
START_TEST(test_never_back_to_older_keys)
{
	struct judge j;
	sess_ring *ring;
	sess_session *a, *b, *c;
	char *token = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	ring = ring_of(&j);
	rotate(&j, &ring, 10);
	j.now += 10;
	ck_assert_int_eq(sess_mint(j.manager, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	j.now -= 20;
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &a, NULL), 0);
	ck_assert_int_eq(sess_session_wants_renewal(a), 0);
	sess_token_free(token);
	ck_assert_int_eq(sess_renew(j.manager, a, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &b, NULL), 0);
	ck_assert_str_eq(sess_session_kid(a), sess_session_kid(b));
	ck_assert_int_eq(sess_session_issued_at(b), JUDGE_NOW + 10);
	sess_token_free(token);
	/* A session that begins by this clock is of the older key. */
	ck_assert_int_eq(sess_mint(j.manager, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &c, NULL), 0);
	ck_assert_str_ne(sess_session_kid(b), sess_session_kid(c));
	sess_session_free(a);
	sess_session_free(b);
	sess_session_free(c);
	sess_token_free(token);
	sess_ring_free(ring);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("renew_ring");
	TCase *tcase = tcase_create("ring");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_key_dropped_after_verification, 0, 3);
	tcase_add_test(tcase, test_key_expired_after_verification);
	tcase_add_loop_test(tcase, test_to_the_new_keys, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_never_back_to_older_keys, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
