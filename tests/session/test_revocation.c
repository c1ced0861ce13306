/* SPDX-License-Identifier: MIT */
/*
 * Revocation over the store of one process: which tokens each kind refuses and which it does not, against the reference;
 * allowance for skewed clocks, mints beside a revocation, sparing, taking back, listing. The store: test_revocation_store.c.
 */
#include "session/revoked.h"
#include "support/runner.h"

static char *
payload_of(const char *sub, const char *sid, const char *jti, int64_t auth_time)
{
	return forge_text("{%s%s%s\"sid\":\"%s\",\"jti\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"auth_time\":%lld,\"gen\":0}",
	    sub == NULL ? "" : "\"sub\":\"", sub == NULL ? "" : sub, sub == NULL ? "" : "\",", sid, jti,
	    (long long)(JUDGE_NOW + auth_time), (long long)(JUDGE_NOW + 43200), (long long)(JUDGE_NOW + auth_time));
}

/* One revocation at JUDGE_NOW, and a token after it (times relative to it). */
static const struct {
	const char *name, *claim, *value;
	const char *sub, *sid, *jti;
	int64_t auth_time, now;
	uint32_t expected;
} rows[] = {
	{ "the session", "sid", SID_A, "anna", SID_A, SID_B, 0, 0, R },
	{ "the session, authenticated later", "sid", SID_A, "anna", SID_A, SID_B, 20, 20, R },
	{ "the session, its name escaped", "sid", SID_A, "anna", "\\u0041AAAAAAAAAAAAAAAAAAAA\\u0041", SID_B, 0, 0, R },
	{ "another session", "sid", SID_B, "anna", SID_A, SID_B, 0, 0, 0 },
	{ "the token", "jti", SID_B, "anna", SID_A, SID_B, 0, 0, R },
	{ "the token, its name escaped", "jti", SID_B, "anna", SID_A, "\\u0042BBBBBBBBBBBBBBBBBBBBA", 0, 0, R },
	{ "another token of the session", "jti", SID_A, "anna", SID_A, SID_B, 0, 0, 0 },
	{ "the subject", "sub", "anna", "anna", SID_A, SID_B, -100, 0, R },
	{ "the subject, escaped", "sub", "anna", "\\u0061n\\u006ea", SID_A, SID_B, 0, 0, R },
	{ "the subject, beyond ASCII", "sub", "\xc3\xa9", "\\u00e9", SID_A, SID_B, 0, 0, R },
	{ "the subject, with a line feed", "sub", "a\r\nb%n", "a\\r\\nb%n", SID_A, SID_B, 0, 0, R },
	{ "a longer subject", "sub", "anna", "annabel", SID_A, SID_B, 0, 0, 0 },
	{ "a shorter subject", "sub", "anna", "ann", SID_A, SID_B, 0, 0, 0 },
	{ "a subject in capitals", "sub", "anna", "Anna", SID_A, SID_B, 0, 0, 0 },
	{ "no subject", "sub", "anna", NULL, SID_A, SID_B, 0, 0, 0 },
	{ "a subject named like the session", "sub", SID_A, "anna", SID_A, SID_B, 0, 0, 0 },
	{ "the subject, by a clock 5 s ahead", "sub", "anna", "anna", SID_A, SID_B, 5, 0, R },
	{ "the subject, signed in after that", "sub", "anna", "anna", SID_A, SID_B, 6, 0, 0 },
	{ "everybody", "", "", "anna", SID_A, SID_B, 0, 0, R },
	{ "everybody, nobody's too", "", "", NULL, SID_A, SID_B, 0, 0, R },
	{ "everybody, by a clock 5 s ahead", "", "", "anna", SID_A, SID_B, 5, 0, R },
	{ "everybody, signed in after that", "", "", "anna", SID_A, SID_B, 6, 0, 0 },
	{ "revoked and idle", "sid", SID_A, "anna", SID_A, SID_B, 0, 3700, R | SESS_REASON_IDLE_EXPIRED },
	{ "revoked and not yet", "sid", SID_A, "anna", SID_A, SID_B, 31, 0, R | SESS_REASON_NOT_YET },
};

START_TEST(test_rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *payload = payload_of(rows[i].sub, rows[i].sid, rows[i].jti, rows[i].auth_time);
		struct judge j;

		judge_init(&j, &judge_combos[_i], NULL);
		judge_revoke(&j, rows[i].claim, rows[i].value, NULL, NULL);
		j.now = JUDGE_NOW + rows[i].now;
		judge_take(&j, rows[i].name, judge_token(&j, payload, strlen(payload)), rows[i].expected);
		free(payload);
		judge_done(&j);
	}
}
END_TEST

/* Whoever signs in while "log out everywhere" holds is authenticated after it, in the same second too. */
START_TEST(test_mint_beside)
{
	static const char *const claims[] = { "sub", "" };

	for (size_t i = 0; i < 2; i++) {
		struct judge j;
		char *before, *after;
		sess_session *s;

		judge_init(&j, &judge_combos[_i], NULL);
		before = mint(&j, "anna");
		judge_revoke(&j, claims[i], i == 0 ? "anna" : "", NULL, NULL);
		after = mint(&j, "anna");
		judge_expect(&j, "before", before, strlen(before), R);
		judge_expect(&j, "after", after, strlen(after), 0);
		s = verified(&j, after);
		ck_assert_int_eq(sess_session_auth_time(s), JUDGE_NOW + 6);
		ck_assert_int_eq(sess_session_issued_at(s), JUDGE_NOW + 6);
		ck_assert_int_eq(sess_session_idle_deadline(s), JUDGE_NOW + 6 + 3600);
		sess_session_free(s);
		free(after);
		after = mint(&j, "otto");
		s = verified(&j, after);
		ck_assert_int_eq(sess_session_auth_time(s), i == 0 ? JUDGE_NOW : JUDGE_NOW + 6);
		sess_session_free(s);
		free(after);
		/* Once the moment has passed, the clock alone counts. */
		j.now = JUDGE_NOW + 6;
		after = mint(&j, "anna");
		s = verified(&j, after);
		ck_assert_int_eq(sess_session_auth_time(s), JUDGE_NOW + 6);
		sess_session_free(s);
		free(after);
		free(before);
		judge_done(&j);
	}
}
END_TEST

START_TEST(test_spare)
{
	static const char *const claims[] = { "sub", "" };

	for (size_t i = 0; i < 2; i++) {
		const char *value = i == 0 ? "anna" : "";
		sess_revoke_opts opts = SESS_REVOKE_OPTS_INIT;
		struct judge j;
		char *mine, *other, *sid;
		sess_session *s, *t;

		judge_init(&j, &judge_combos[_i], NULL);
		mine = mint(&j, "anna");
		other = mint(&j, "anna");
		s = verified(&j, mine);
		t = verified(&j, other);
		sid = forge_text("%s", sess_session_id(s));
		judge_revoke(&j, claims[i], value, s, sid);
		judge_expect(&j, "the spared", mine, strlen(mine), 0);
		judge_expect(&j, "the other", other, strlen(other), R);
		/* The other, verified before, answers in the same second: it has nothing to say any more. */
		opts.spare = t;
		ck_assert_int_eq(i == 0 ? sess_revoke_subject(j.manager, value, &opts, NULL, NULL) :
		    sess_revoke_all(j.manager, &opts, NULL, NULL), SESS_ERR_ARGUMENT);
		judge_expect(&j, "still spared", mine, strlen(mine), 0);
		judge_expect(&j, "still out", other, strlen(other), R);
		/* Once more for good measure, then nobody is spared. */
		judge_revoke(&j, claims[i], value, s, sid);
		judge_expect(&j, "spared again", mine, strlen(mine), 0);
		judge_revoke(&j, claims[i], value, NULL, NULL);
		judge_expect(&j, "none spared", mine, strlen(mine), R);
		judge_expect(&j, "none spared", other, strlen(other), R);
		sess_session_free(s);
		sess_session_free(t);
		free(sid);
		free(mine);
		free(other);
		judge_done(&j);
	}
}
END_TEST

/* Being spared where a subject is logged out does not spare from everybody's, nor the other way round. */
START_TEST(test_spare_of_another_kind)
{
	for (int all_first = 0; all_first < 2; all_first++) {
		struct judge j;
		char *mine;
		sess_session *s;

		judge_init(&j, &judge_combos[2], NULL);
		mine = mint(&j, "anna");
		s = verified(&j, mine);
		judge_revoke(&j, all_first ? "" : "sub", all_first ? "" : "anna", s, sess_session_id(s));
		judge_expect(&j, "spared", mine, strlen(mine), 0);
		judge_revoke(&j, all_first ? "sub" : "", all_first ? "anna" : "", NULL, NULL);
		judge_expect(&j, "not spared", mine, strlen(mine), R);
		sess_session_free(s);
		free(mine);
		judge_done(&j);
	}
}
END_TEST

/* Renewal asks again; the spared stay spared under the new name that regeneration gives them. */
START_TEST(test_renewal)
{
	struct judge j;
	char *mine, *other, *fresh = NULL, old[SESS_ID_LEN + 1];
	size_t len = 0;
	sess_session *s, *t;
	sess_diag diag;

	judge_init(&j, &judge_combos[_i], NULL);
	mine = mint(&j, "anna");
	other = mint(&j, "anna");
	s = verified(&j, mine);
	t = verified(&j, other);
	judge_revoke(&j, "sub", "anna", s, sess_session_id(s));
	ck_assert_int_eq(sess_renew(j.manager, t, NULL, &fresh, &len, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, R);
	ck_assert_int_eq(sess_regenerate(j.manager, t, NULL, &fresh, &len, old, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, R);
	ck_assert_int_eq(sess_renew(j.manager, s, NULL, &fresh, &len, &diag), 0);
	ck_assert_uint_eq(verdict(&j, fresh), 0);
	sess_token_free(fresh);
	ck_assert_int_eq(sess_regenerate(j.manager, s, NULL, &fresh, &len, old, &diag), 0);
	ck_assert_uint_eq(verdict(&j, fresh), 0);
	ck_assert_int_eq(sess_revoke_session(j.manager, old, NULL, NULL, &diag), 0);
	ck_assert_uint_eq(verdict(&j, mine), R);
	ck_assert_uint_eq(verdict(&j, fresh), 0);
	judge_revoke(&j, "sub", "anna", NULL, NULL);
	ck_assert_uint_eq(verdict(&j, fresh), R);
	sess_token_free(fresh);
	sess_session_free(s);
	sess_session_free(t);
	free(mine);
	free(other);
	judge_done(&j);
}
END_TEST

/* An entry outlives every token that it refuses, whatever the local policy says. */
START_TEST(test_until)
{
	struct judge j;
	sess_policy policy;
	sess_revocation r;
	char *payload;

	sess_policy_init(&policy);
	policy.idle_timeout_s = policy.absolute_timeout_s = 60;
	judge_init(&j, &judge_combos[0], &policy);
	ck_assert_int_eq(sess_revoke_session(j.manager, SID_A, NULL, &r, NULL), 0);
	ck_assert_int_eq(r.kind, SESS_REVOCATION_SESSION);
	ck_assert_int_eq(r.before, JUDGE_NOW);
	ck_assert_int_eq(r.until, JUDGE_NOW + LIFE);
	ck_assert_int_eq(sess_revoke_subject(j.manager, "anna", NULL, &r, NULL), 0);
	ck_assert_int_eq(r.kind, SESS_REVOCATION_SUBJECT);
	ck_assert_int_eq(r.before, JUDGE_NOW + 5);
	ck_assert_int_eq(r.until, JUDGE_NOW + 5 + LIFE);
	judge_done(&j);
	/* And no longer: a token that lives so long could only be made by another ring. */
	judge_init(&j, &judge_combos[0], NULL);
	judge_revoke(&j, "sid", SID_A, NULL, NULL);
	payload = forge_text("{\"sid\":\"%s\",\"jti\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"auth_time\":%lld,\"gen\":0}", SID_A, SID_B,
	    (long long)JUDGE_NOW + 43000, (long long)JUDGE_NOW + 90000, (long long)JUDGE_NOW + 43000);
	j.now = JUDGE_NOW + LIFE - 1;
	judge_take(&j, "its last second", judge_token(&j, payload, strlen(payload)), R);
	j.now = JUDGE_NOW + LIFE;
	judge_take(&j, "its end", judge_token(&j, payload, strlen(payload)), 0);
	free(payload);
	judge_done(&j);
}
END_TEST

START_TEST(test_undo)
{
	static const char *const bad[] = { "", "12", "00000000000000g", "ABCDEF012345678", "0123456789abcdef", NULL };
	struct judge j;
	char *mine, *other;
	sess_session *s;
	sess_revoke_opts opts = SESS_REVOKE_OPTS_INIT;
	sess_revocation first, second, undo;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	mine = mint(&j, "anna");
	other = mint(&j, "anna");
	s = verified(&j, mine);
	ck_assert_int_eq(sess_revoke_session(j.manager, sess_session_id(s), NULL, &first, NULL), 0);
	ck_assert_int_eq(sess_revoke_session(j.manager, sess_session_id(s), NULL, &second, NULL), 0);
	ck_assert_str_ne(first.id, second.id);
	ck_assert_int_eq(sess_revoke_undo(j.manager, first.id, &undo, NULL), 0);
	ck_assert_int_eq(undo.kind, SESS_REVOCATION_UNDO);
	ck_assert_uint_eq(verdict(&j, mine), R);
	ck_assert_int_eq(sess_revoke_undo(j.manager, second.id, NULL, NULL), 0);
	ck_assert_uint_eq(verdict(&j, mine), 0);
	ck_assert_int_eq(sess_revoke_undo(j.manager, second.id, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(diag.member, "id");
	/* Who was spared is no longer, but neither is anybody refused. */
	opts.spare = s;
	ck_assert_int_eq(sess_revoke_subject(j.manager, "anna", &opts, &first, NULL), 0);
	ck_assert_uint_eq(verdict(&j, other), R);
	ck_assert_int_eq(sess_revoke_undo(j.manager, first.id, NULL, NULL), 0);
	ck_assert_uint_eq(verdict(&j, other), 0);
	ck_assert_uint_eq(verdict(&j, mine), 0);
	ck_assert_int_eq(sess_revoke_subject(j.manager, "anna", NULL, NULL, NULL), 0);
	ck_assert_uint_eq(verdict(&j, mine), R);
	ck_assert_int_eq(sess_revoke_undo(j.manager, first.id, NULL, NULL), SESS_ERR_ARGUMENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(sess_revoke_undo(j.manager, bad[i], NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_undo(j.manager, "000000000000000", NULL, NULL), SESS_ERR_ARGUMENT);
	sess_session_free(s);
	free(mine);
	free(other);
	judge_done(&j);
}
END_TEST

START_TEST(test_undo_of_merged)
{
	struct judge j;
	sess_revocation r[20];
	sess_diag diag;
	int refused = 0;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < 20; i++) {
		j.now++;
		ck_assert_int_eq(sess_revoke_subject(j.manager, "anna", NULL, &r[i], NULL), 0);
	}
	for (size_t i = 0; i < 20; i++)
		refused += sess_revoke_undo(j.manager, r[i].id, NULL, &diag) == SESS_ERR_ARGUMENT;
	ck_assert_int_eq(refused, 20 - 7);
	judge_done(&j);
}
END_TEST

START_TEST(test_list)
{
	struct judge j;
	struct seen seen = { 0 };
	sess_revocation r;
	sess_revoke_opts opts = SESS_REVOKE_OPTS_INIT;
	char *token;
	sess_session *s;

	judge_init(&j, &judge_combos[0], NULL);
	ck_assert_int_eq(sess_revocations_list(j.manager, see, &seen, NULL), 0);
	ck_assert_int_eq(seen.count, 0);
	ck_assert_int_eq(sess_revoke_token(j.manager, SID_A, NULL, &r, NULL), 0);
	ck_assert_int_eq(sess_revocations_list(j.manager, see, &seen, NULL), 0);
	ck_assert_str_eq(seen.id, r.id);
	ck_assert_int_eq(sess_revoke_undo(j.manager, r.id, NULL, NULL), 0);
	token = mint(&j, "anna");
	s = verified(&j, token);
	opts.spare = s;
	ck_assert_int_eq(sess_revoke_all(j.manager, &opts, NULL, NULL), 0);
	memset(&seen, 0, sizeof(seen));
	ck_assert_int_eq(sess_revocations_list(j.manager, see, &seen, NULL), 0);
	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(seen.kinds[SESS_REVOCATION_ALL], 1);
	ck_assert_int_eq(seen.kinds[SESS_REVOCATION_SPARE], 1);
	ck_assert_int_eq(seen.kinds[SESS_REVOCATION_UNDO], 1);
	seen.stop_at = 4;
	ck_assert_int_eq(sess_revocations_list(j.manager, see, &seen, NULL), 99);
	j.now += LIFE + 6;
	memset(&seen, 0, sizeof(seen));
	ck_assert_int_eq(sess_revocations_list(j.manager, see, &seen, NULL), 0);
	ck_assert_int_eq(seen.count, 0);
	sess_session_free(s);
	free(token);
	judge_done(&j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation");
	TCase *rules = tcase_create("rules");

	tcase_set_timeout(rules, 60);
	tcase_add_loop_test(rules, test_rows, 0, 3);
	tcase_add_loop_test(rules, test_mint_beside, 0, 3);
	tcase_add_loop_test(rules, test_spare, 0, 3);
	tcase_add_test(rules, test_spare_of_another_kind);
	tcase_add_loop_test(rules, test_renewal, 0, 3);
	tcase_add_test(rules, test_until);
	tcase_add_test(rules, test_undo);
	tcase_add_test(rules, test_undo_of_merged);
	tcase_add_test(rules, test_list);
	suite_add_tcase(suite, rules);
	return runner_main(suite);
}
