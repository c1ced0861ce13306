/* SPDX-License-Identifier: MIT */
/*
 * Metrics: each counter exactly, after things that should and should not move it; ends once a session. Keys that come and go, and
 * threads: test_metrics_rings.c. Numbers are found in the text as a line's value; a real parser reads it in tests/interop.
 */
#include "session/metrics_read.h"
#include "support/runner.h"

static int
clock_of(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

START_TEST(test_nothing_yet)
{
	static const char *const zero[] = { "sess_sessions_started_total", "sess_sessions_renewed_total",
		"sess_sessions_regenerated_total", "sess_sessions_ended_total{cause=\"logout\"}",
		"sess_sessions_ended_total{cause=\"revoked\"}", "sess_sessions_ended_total{cause=\"idle\"}",
		"sess_sessions_ended_total{cause=\"absolute\"}", "sess_session_length_seconds_count{cause=\"idle\"}",
		"sess_session_length_seconds_sum{cause=\"idle\"}", "sess_session_length_seconds_bucket{cause=\"idle\",le=\"60.0\"}",
		"sess_session_length_seconds_bucket{cause=\"idle\",le=\"+Inf\"}", "sess_session_renewal_age_seconds_count",
		"sess_session_renewal_age_seconds_sum", "sess_session_renewal_age_seconds_bucket{le=\"604800.0\"}",
		"sess_tokens_rejected_total", "sess_token_faults_total{reason=\"malformed\"}",
		"sess_token_faults_total{reason=\"store_unavailable\"}", "sess_tokens_minted_total{kid=\"(gone)\"}",
		"sess_tokens_verified_total{kid=\"(gone)\"}", "sess_old_key_used_total", "sess_context_changed_total",
		"sess_keys_near_limit_total", "sess_revocations_total", "sess_store_lost_total", "sess_store_back_total", "sess_feed_ignored_total",
		"sess_cookies_near_limit_total", "sess_cookie_headers_large_total",
		"sess_ring_reloads_total{result=\"ok\"}", "sess_ring_reloads_total{result=\"refused\"}" };
	struct judge j;
	char *text = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		expect(j.manager, "a new manager", zero[i], 0);
	expect(j.manager, "a new manager", "sess_ring_generation", 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 0);
	expect(j.manager, "no such thing", "sess_nothing_total", ABSENT);
	ck_assert_int_eq(sess_manager_metrics(j.manager, &text, &len, NULL), 0);
	ck_assert_str_eq(text + len - 6, "# EOF\n");
	sess_metrics_free(text);
	sess_metrics_free(NULL);
	judge_done(&j);
}
END_TEST

START_TEST(test_accepted)
{
	struct judge j;
	char *token;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(j.manager, 0);
	for (int i = 1; i <= 5; i++) {
		ck_assert_uint_eq(present(j.manager, token), 0);
		ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), i);
	}
	expect(j.manager, "one mint", "sess_sessions_started_total", 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", minting_kid(&j)), 1);
	expect(j.manager, "accepted", "sess_tokens_rejected_total", 0);
	expect(j.manager, "accepted", "sess_old_key_used_total", 0);
	expect(j.manager, "accepted", "sess_tokens_verified_total{kid=\"(gone)\"}", 0);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

/* One refused token counts once, and at each reason. A mint that fails starts nothing. */
START_TEST(test_refused)
{
	static const struct {
		const char *member, *instead, *faults[2];
		int64_t later;
	} rows[] = {
		{ "iss", "\"iss\":\"x\"", { "wrong_issuer", NULL }, 0 },
		{ "aud", "\"aud\":\"x\"", { "wrong_audience", NULL }, 0 },
		{ "aud", "\"aud\":\"x\",\"iss\":\"x\"", { "wrong_audience", "wrong_issuer" }, 0 },
		{ "nbf", "\"nbf\":1800000031", { "not_yet", NULL }, 0 },
		{ NULL, NULL, { "idle_expired", NULL }, 3630 },
		{ NULL, NULL, { "idle_expired", "absolute_expired" }, 43230 },
	};
	struct judge j;
	char *got = NULL, name[96];
	size_t n = 0;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *payload = judge_payload(rows[i].member, rows[i].instead), *token = judge_token(&j, payload, strlen(payload));
		long long before[2] = { 0, 0 };

		for (size_t f = 0; f < 2 && rows[i].faults[f] != NULL; f++) {
			(void)snprintf(name, sizeof(name), "sess_token_faults_total{reason=\"%s\"}", rows[i].faults[f]);
			before[f] = sample(j.manager, name);
		}
		j.now = JUDGE_NOW + rows[i].later;
		ck_assert_uint_ne(present(j.manager, token), 0);
		for (size_t f = 0; f < 2 && rows[i].faults[f] != NULL; f++) {
			(void)snprintf(name, sizeof(name), "sess_token_faults_total{reason=\"%s\"}", rows[i].faults[f]);
			expect(j.manager, "refused", name, before[f] + 1);
		}
		expect(j.manager, "refused", "sess_tokens_rejected_total", (long long)i + 1);
		free(token);
		free(payload);
	}
	j.now = JUDGE_NOW;
	ck_assert_uint_eq(present(j.manager, "no token"), SESS_REASON_MALFORMED);
	expect(j.manager, "refused", "sess_token_faults_total{reason=\"malformed\"}", 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 0);
	ck_assert_int_eq(sess_mint(j.manager, "", NULL, 0, NULL, &got, &n, NULL), SESS_ERR_CLAIMS);
	expect(j.manager, "no mint", "sess_sessions_started_total", 0);
	judge_done(&j);
}
END_TEST

/* What ends a session, how long it was, and that it ends once. */
START_TEST(test_ends)
{
	static const struct {
		const char *what;
		int64_t hard_end, later;
		const char *cause;
		long long length;
	} rows[] = {
		{ "idle", 0, 5000, "idle", 3600 },
		{ "idle, long past the hard end", 0, 100000, "idle", 3600 },
		{ "a hard end before", JUDGE_NOW + 600, 5000, "absolute", 600 },
		{ "a hard end at the idle deadline", JUDGE_NOW + 3600, 5000, "absolute", 3600 },
	};
	struct judge j;
	char name[96], *token;
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge_init(&j, &judge_combos[0], NULL);
		token = mint(j.manager, rows[i].hard_end);
		j.now += rows[i].later;
		for (int again = 0; again < 3; again++)
			ck_assert_uint_ne(present(j.manager, token), 0);
		for (size_t c = 0; c < 4; c++) {
			static const char *const causes[] = { "logout", "revoked", "idle", "absolute" };
			int here = strcmp(causes[c], rows[i].cause) == 0;

			(void)snprintf(name, sizeof(name), "sess_sessions_ended_total{cause=\"%s\"}", causes[c]);
			expect(j.manager, rows[i].what, name, here);
			(void)snprintf(name, sizeof(name), "sess_session_length_seconds_count{cause=\"%s\"}", causes[c]);
			expect(j.manager, rows[i].what, name, here);
			(void)snprintf(name, sizeof(name), "sess_session_length_seconds_sum{cause=\"%s\"}", causes[c]);
			expect(j.manager, rows[i].what, name, here ? rows[i].length : 0);
			sum += here ? rows[i].length : 0;
		}
		expect(j.manager, rows[i].what, "sess_tokens_rejected_total", 3);
		sess_token_free(token);
		judge_done(&j);
	}
	ck_assert_int_eq(sum, 3600 + 3600 + 600 + 3600);
}
END_TEST

/* A token that is not this service's says nothing about its sessions; nor does one that nobody can read. */
START_TEST(test_no_ends)
{
	struct judge j;
	char *payload = judge_payload("aud", "\"aud\":\"x\""), *token;

	judge_init(&j, &judge_combos[0], NULL);
	token = judge_token(&j, payload, strlen(payload));
	j.now += 50000;
	ck_assert_uint_eq(present(j.manager, token),
	    SESS_REASON_WRONG_AUDIENCE | SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED);
	free(token);
	free(payload);
	payload = judge_payload(NULL, NULL);
	token = judge_token(&j, payload, strlen(payload));
	strrchr(token, '.')[1] = strrchr(token, '.')[1] == 'A' ? 'B' : 'A';
	ck_assert_uint_eq(present(j.manager, token), SESS_REASON_BAD_TAG);
	expect(j.manager, "not ours", "sess_sessions_ended_total{cause=\"idle\"}", 0);
	expect(j.manager, "not ours", "sess_sessions_ended_total{cause=\"absolute\"}", 0);
	free(token);
	free(payload);
	judge_done(&j);
}
END_TEST

/* Bounds are inclusive (le), and a histogram's buckets add up. */
START_TEST(test_buckets)
{
	static const int64_t lengths[] = { 1, 59, 60, 61, 300, 301, 3600 };
	static const struct {
		const char *le;
		long long count;
	} rows[] = { { "60.0", 3 }, { "300.0", 5 }, { "900.0", 6 }, { "1800.0", 6 }, { "3600.0", 7 }, { "604800.0", 7 }, { "+Inf", 7 } };
	struct judge j;
	char name[96];

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *token;

		j.now = JUDGE_NOW;
		token = mint(j.manager, JUDGE_NOW + lengths[i]);
		j.now = JUDGE_NOW + 4000;
		ck_assert_uint_ne(present(j.manager, token), 0);
		sess_token_free(token);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(name, sizeof(name), "sess_session_length_seconds_bucket{cause=\"absolute\",le=\"%s\"}", rows[i].le);
		expect(j.manager, "buckets", name, rows[i].count);
	}
	expect(j.manager, "buckets", "sess_session_length_seconds_sum{cause=\"absolute\"}", 1 + 59 + 60 + 61 + 300 + 301 + 3600);
	judge_done(&j);
}
END_TEST

static sess_session *
session_of(sess_manager *manager, const char *token)
{
	sess_session *session = NULL;

	ck_assert_int_eq(sess_verify(manager, token, strlen(token), NULL, &session, NULL), 0);
	return session;
}

START_TEST(test_logout)
{
	struct judge j;
	char *token;
	sess_session *session;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	token = mint(j.manager, 0);
	session = session_of(j.manager, token);
	j.now += 1000;
	ck_assert_int_eq(sess_manager_count_logout(j.manager, session, &diag), 0);
	ck_assert_int_eq(sess_manager_count_logout(j.manager, session, NULL), 0);
	j.now += 5000;
	ck_assert_uint_ne(present(j.manager, token), 0);
	expect(j.manager, "logout", "sess_sessions_ended_total{cause=\"logout\"}", 1);
	expect(j.manager, "logout", "sess_session_length_seconds_sum{cause=\"logout\"}", 1000);
	expect(j.manager, "logout", "sess_sessions_ended_total{cause=\"idle\"}", 0);
	ck_assert_int_eq(sess_manager_count_logout(NULL, session, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_manager_count_logout(j.manager, NULL, &diag), SESS_ERR_ARGUMENT);
	j.now = -1;
	ck_assert_int_eq(sess_manager_count_logout(j.manager, session, &diag), SESS_ERR_CLOCK);
	j.now = JUDGE_NOW;
	sess_session_free(session);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

/* A session that was revoked ends when its token comes back, at that moment, and once; one that logged out before it has ended. */
START_TEST(test_revoked)
{
	sess_config config = SESS_CONFIG_INIT;
	struct judge j;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;
	char *text, *token[2];

	judge_init(&j, &judge_combos[0], NULL);
	text = json_dumps(j.ring, 0);
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.revocations = "memory:";
	config.clock = clock_of;
	config.clock_arg = &j.now;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	for (int i = 0; i < 2; i++) {
		sess_session *session;

		token[i] = mint(manager, 0);
		session = session_of(manager, token[i]);
		ck_assert_int_eq(sess_revoke_session(manager, sess_session_id(session), NULL, NULL, NULL), 0);
		if (i == 1)
			ck_assert_int_eq(sess_manager_count_logout(manager, session, NULL), 0);
		sess_session_free(session);
	}
	expect(manager, "not seen yet", "sess_sessions_ended_total{cause=\"revoked\"}", 0);
	j.now += 700;
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(present(manager, token[i % 2]), SESS_REASON_REVOKED);
	expect(manager, "revoked", "sess_sessions_ended_total{cause=\"revoked\"}", 1);
	expect(manager, "revoked", "sess_sessions_ended_total{cause=\"logout\"}", 1);
	expect(manager, "revoked", "sess_session_length_seconds_sum{cause=\"revoked\"}", 700);
	expect(manager, "revoked", "sess_token_faults_total{reason=\"revoked\"}", 4);
	expect(manager, "revoked", "sess_revocations_total", 2);
	sess_token_free(token[0]);
	sess_token_free(token[1]);
	sess_manager_free(manager);
	sess_ring_free(ring);
	free(text);
	judge_done(&j);
}
END_TEST

/* A renewal is at an age and mints; a regeneration goes on under another name, and the old one's refusals are no end. */
START_TEST(test_renewals)
{
	struct judge j;
	char *first, *second = NULL, *third = NULL, old_sid[SESS_ID_LEN + 1];
	size_t len = 0;
	sess_session *session;

	judge_init(&j, &judge_combos[0], NULL);
	first = mint(j.manager, 0);
	j.now += 3000;
	session = session_of(j.manager, first);
	ck_assert_int_eq(sess_renew(j.manager, session, NULL, &second, &len, NULL), 0);
	expect(j.manager, "renewed", "sess_sessions_renewed_total", 1);
	expect(j.manager, "renewed", "sess_session_renewal_age_seconds_sum", 3000);
	expect(j.manager, "renewed", "sess_session_renewal_age_seconds_bucket{le=\"1800.0\"}", 0);
	expect(j.manager, "renewed", "sess_session_renewal_age_seconds_bucket{le=\"3600.0\"}", 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", minting_kid(&j)), 2);
	ck_assert_int_eq(sess_regenerate(j.manager, session, NULL, &third, &len, old_sid, NULL), 0);
	expect(j.manager, "regenerated", "sess_sessions_regenerated_total", 1);
	expect(j.manager, "regenerated", "sess_sessions_started_total", 1);
	expect(j.manager, "regenerated", "sess_sessions_renewed_total", 1);
	expect(j.manager, "regenerated", "sess_session_renewal_age_seconds_count", 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", minting_kid(&j)), 3);
	sess_session_free(session);
	j.now += 100000;
	ck_assert_uint_ne(present(j.manager, first), 0);
	ck_assert_uint_ne(present(j.manager, second), 0);
	expect(j.manager, "the old name", "sess_sessions_ended_total{cause=\"idle\"}", 0);
	ck_assert_uint_ne(present(j.manager, third), 0);
	expect(j.manager, "the new name", "sess_sessions_ended_total{cause=\"idle\"}", 1);
	expect(j.manager, "the new name", "sess_session_length_seconds_sum{cause=\"idle\"}", 6600);
	sess_token_free(first);
	sess_token_free(second);
	sess_token_free(third);
	judge_done(&j);
}
END_TEST

/* A renewal that comes too late is refused, and counts as a token that is. */
START_TEST(test_renewal_refused)
{
	struct judge j;
	char *first, *second = NULL;
	size_t len = 0;
	sess_session *session;

	judge_init(&j, &judge_combos[0], NULL);
	first = mint(j.manager, 0);
	session = session_of(j.manager, first);
	j.now += 5000;
	ck_assert_int_eq(sess_renew(j.manager, session, NULL, &second, &len, NULL), SESS_ERR_REJECTED);
	expect(j.manager, "too late", "sess_tokens_rejected_total", 1);
	expect(j.manager, "too late", "sess_token_faults_total{reason=\"idle_expired\"}", 1);
	expect(j.manager, "too late", "sess_sessions_ended_total{cause=\"idle\"}", 1);
	expect(j.manager, "too late", "sess_session_length_seconds_sum{cause=\"idle\"}", 3600);
	expect(j.manager, "too late", "sess_sessions_renewed_total", 0);
	sess_session_free(session);
	sess_token_free(first);
	judge_done(&j);
}
END_TEST

/* Reported, not refused, and nobody listens to events. */
START_TEST(test_context)
{
	const sess_context is = { "ua", "one", 3 }, other = { "ua", "two", 3 };
	sess_mint_opts mint_opts = SESS_MINT_OPTS_INIT;
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	struct judge j;
	char *token = NULL;
	size_t len = 0;

	judge_init(&j, &judge_combos[0], NULL);
	mint_opts.context = &is;
	mint_opts.context_count = opts.context_count = 1;
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, &mint_opts, &token, &len, NULL), 0);
	for (int i = 0; i < 6; i++) {
		sess_session *session = NULL;

		opts.context = i % 3 == 0 ? &other : &is;
		ck_assert_int_eq(sess_verify(j.manager, token, len, &opts, &session, NULL), 0);
		sess_session_free(session);
	}
	expect(j.manager, "context", "sess_context_changed_total", 2);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 6);
	expect(j.manager, "context", "sess_tokens_rejected_total", 0);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

START_TEST(test_arguments)
{
	char *text = NULL;
	struct judge j;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	ck_assert_int_eq(sess_manager_metrics(NULL, &text, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_manager_metrics(j.manager, NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(text);
	ck_assert_int_eq(sess_manager_metrics(j.manager, &text, NULL, &diag), 0);
	ck_assert_ptr_nonnull(text);
	sess_metrics_free(text);
	judge_done(&j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("metrics");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_nothing_yet);
	tcase_add_loop_test(tcase, test_accepted, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_ends);
	tcase_add_test(tcase, test_no_ends);
	tcase_add_test(tcase, test_buckets);
	tcase_add_test(tcase, test_logout);
	tcase_add_test(tcase, test_revoked);
	tcase_add_test(tcase, test_renewals);
	tcase_add_test(tcase, test_renewal_refused);
	tcase_add_test(tcase, test_context);
	tcase_add_test(tcase, test_arguments);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
