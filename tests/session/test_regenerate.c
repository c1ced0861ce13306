/* SPDX-License-Identifier: MIT */
/* Regeneration: another sid for the same sign-in, with the context taken anew. */
#include "session/renew.h"

#include "support/runner.h"

static const sess_context key = { "tls", "k", 1 }, other = { "tls", "z", 1 };

static sess_session *
regenerated(struct judge *j, sess_session *session, const sess_regenerate_opts *opts)
{
	char *token = NULL, old[SESS_ID_LEN + 1] = "";
	sess_diag diag;
	size_t len = 0;
	int rc = sess_regenerate(j->manager, session, opts, &token, &len, old, &diag);

	ck_assert_msg(rc == 0, "%s: %s", sess_error_name(rc), diag.message);
	ck_assert_str_eq(old, sess_session_id(session));
	return accept(j, token, len);
}

static void
not_regenerated(struct judge *j, sess_session *session, const sess_regenerate_opts *opts, int code, uint32_t reasons)
{
	char untouched, *token = &untouched, old[SESS_ID_LEN + 1] = "untouched";
	size_t len = 7;
	sess_diag diag;

	ck_assert_int_eq(sess_regenerate(j->manager, session, opts, &token, &len, old, &diag), code);
	ck_assert_uint_eq(diag.reasons, reasons);
	ck_assert(token == &untouched && len == 7);
	ck_assert_str_eq(old, "untouched");
}

START_TEST(test_kept_and_changed)
{
	sess_regenerate_opts opts = SESS_REGENERATE_OPTS_INIT;
	struct judge j;
	sess_session *a, *b, *c;
	const char *text = NULL;
	size_t len = 0;
	int order = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	a = session_with(&j, "gen", "\"gen\":4,\"nbf\":1800000000,\"end\":1800030000,\"per\":true,\"role\":\"user\"");
	j.now += 100;
	b = regenerated(&j, a, NULL);
	ck_assert_str_ne(sess_session_id(b), sess_session_id(a));
	ck_assert_str_ne(sess_session_token_id(b), sess_session_token_id(a));
	ck_assert_str_eq(sess_session_subject(b), "anna");
	ck_assert_int_eq(sess_session_renewals(b), 0);
	ck_assert_int_eq(sess_session_auth_time(b), JUDGE_NOW);
	ck_assert_int_eq(sess_session_issued_at(b), JUDGE_NOW + 100);
	ck_assert_int_eq(sess_session_hard_end(b), 1800030000);
	ck_assert_int_eq(sess_session_is_persistent(b), 1);
	ck_assert_int_eq(sess_session_get_json(b, "nbf", &text, &len), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_session_get_string(b, "role", &text, NULL), 0);
	ck_assert_str_eq(text, "user");
	/* It is another session: its tokens are not to be compared with the old one's. */
	ck_assert_int_eq(sess_session_compare(a, b, &order), SESS_ERR_ARGUMENT);
	/* The absolute timeout runs on from the sign-in. */
	ck_assert_int_eq(sess_session_absolute_deadline(b), 1800030000);
	opts.claims_json = "{\"role\":\"admin\"}";
	opts.claims_json_len = strlen(opts.claims_json);
	c = regenerated(&j, b, &opts);
	ck_assert_int_eq(sess_session_get_string(c, "role", &text, NULL), 0);
	ck_assert_str_eq(text, "admin");
	sess_session_free(a);
	sess_session_free(b);
	sess_session_free(c);
	judge_done(&j);
}
END_TEST

START_TEST(test_gen_at_its_maximum)
{
	struct judge j;
	sess_session *a, *b;

	judge_init(&j, &judge_combos[0], NULL);
	a = session_with(&j, "gen", "\"gen\":2147483647");
	b = regenerated(&j, a, NULL);
	ck_assert_int_eq(sess_session_renewals(b), 0);
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

START_TEST(test_refused)
{
	sess_regenerate_opts opts = SESS_REGENERATE_OPTS_INIT;
	struct judge j, k;
	sess_session *a;
	char *token = NULL, old[SESS_ID_LEN + 1];
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	judge_init(&k, &judge_combos[_i], NULL);
	a = session_with(&j, NULL, "\"end\":1800003000");
	ck_assert_int_eq(sess_regenerate(NULL, a, NULL, &token, &len, old, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_regenerate(j.manager, NULL, NULL, &token, &len, old, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_regenerate(j.manager, a, NULL, NULL, &len, old, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_regenerate(j.manager, a, NULL, &token, NULL, old, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_regenerate(j.manager, a, NULL, &token, &len, NULL, NULL), SESS_ERR_ARGUMENT);
	not_regenerated(&k, a, NULL, SESS_ERR_ARGUMENT, 0);
	opts.size--;
	not_regenerated(&j, a, &opts, SESS_ERR_ARGUMENT, 0);
	opts.size++;
	opts.claims_json = "{\"sid\":1}";
	opts.claims_json_len = 9;
	not_regenerated(&j, a, &opts, SESS_ERR_CLAIMS, 0);
	opts.claims_json_len = 0;
	not_regenerated(&j, a, &opts, SESS_ERR_CLAIMS, 0);
	opts.claims_json = NULL;
	opts.context_count = 1;
	not_regenerated(&j, a, &opts, SESS_ERR_ARGUMENT, 0);
	j.now += 3000;
	not_regenerated(&j, a, NULL, SESS_ERR_REJECTED, SESS_REASON_ABSOLUTE_EXPIRED);
	sess_session_free(a);
	judge_done(&j);
	judge_done(&k);
}
END_TEST

/* Values are compared with the old session's, then bound to the new one. */
START_TEST(test_context)
{
	sess_regenerate_opts opts = SESS_REGENERATE_OPTS_INIT;
	sess_mint_opts mint = SESS_MINT_OPTS_INIT;
	const sess_context both[] = { key, { "dpop", "d", 1 } };
	struct judge j;
	sess_session *a, *b;
	char *token = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	mint.context = &key;
	mint.context_count = 1;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &mint, &token, &len, NULL), 0);
	j.context = both;
	j.context_count = 2;
	a = accept(&j, token, len);
	/* What is enforced cannot be shaken off by not mentioning it. */
	not_regenerated(&j, a, NULL, SESS_ERR_REJECTED, SESS_REASON_CONTEXT_MISMATCH);
	opts.context = &other;
	opts.context_count = 1;
	not_regenerated(&j, a, &opts, SESS_ERR_REJECTED, SESS_REASON_CONTEXT_MISMATCH);
	opts.context = both;
	opts.context_count = 2;
	b = regenerated(&j, a, &opts);
	ck_assert_int_eq(sess_session_context(b, "tls"), SESS_CONTEXT_MATCHED);
	ck_assert_int_eq(sess_session_context(b, "dpop"), SESS_CONTEXT_MATCHED);
	sess_session_free(a);
	sess_session_free(b);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("regenerate");
	TCase *tcase = tcase_create("regeneration");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_kept_and_changed, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_gen_at_its_maximum);
	tcase_add_loop_test(tcase, test_refused, 0, 3);
	tcase_add_loop_test(tcase, test_context, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
