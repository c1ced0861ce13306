/* SPDX-License-Identifier: MIT */
/*
 * Metrics: each counter exactly, after things that should and should not move it; ends once a session; keys that come and go;
 * sums over many threads. Numbers are found in the text as a line's value; a real parser reads it in tests/interop.
 */
#include <check.h>
#include <pthread.h>
#include <sess/sess.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define ABSENT (-1)

/* The value on the line that begins with this sample's name and labels. */
static long long
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

static long long
of_kid(sess_manager *manager, const char *family, const char *kid)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s{kid=\"%s\"}", family, kid);
	return sample(manager, name);
}

static void
expect(sess_manager *manager, const char *what, const char *name, long long value)
{
	long long got = sample(manager, name);

	ck_assert_msg(got == value, "%s: %s is %lld, not %lld", what, name, got, value);
}

static uint32_t
present(sess_manager *manager, const char *token)
{
	sess_session *session = NULL;
	sess_diag diag;
	int rc = sess_verify(manager, token, strlen(token), NULL, &session, &diag);

	ck_assert(rc == 0 || rc == SESS_ERR_REJECTED);
	sess_session_free(session);
	return rc == 0 ? 0 : diag.reasons;
}

static char *
mint(sess_manager *manager, int64_t hard_end)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	size_t len = 0;

	opts.hard_end = hard_end;
	ck_assert_int_eq(sess_mint(manager, "alice", NULL, 0, &opts, &token, &len, NULL), 0);
	return token;
}

static const char *
minting_kid(const struct judge *j)
{
	return json_string_value(json_object_get(j->sig_key != NULL ? j->sig_key : j->enc_key, "kid"));
}

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

/* A second key, newer or older than the first by its nbf, which is what OLD_KEY_USED hangs on, from one instant to the next. */
START_TEST(test_old_key)
{
	json_t *ring = judge_generate(&judge_combos[0]), *next = json_deep_copy(forge_key(ring, "sig"));
	struct judge j;
	char *token;

	json_object_set_new(next, "kid", json_string("next"));
	json_object_set_new(next, "k", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	json_object_set_new(next, "nbf", json_integer(JUDGE_NOW + 100));
	json_array_append_new(json_object_get(ring, "keys"), next);
	judge_init_ring(&j, &judge_combos[0], NULL, ring);
	token = mint(j.manager, 0);
	j.now = JUDGE_NOW + 99;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "before", "sess_old_key_used_total", 0);
	j.now = JUDGE_NOW + 100;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "from its nbf", "sess_old_key_used_total", 1);
	j.now = JUDGE_NOW + 1000;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "after", "sess_old_key_used_total", 2);
	j.now = JUDGE_NOW + 50;
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "a clock that went back", "sess_old_key_used_total", 2);
	sess_token_free(token);
	j.now = JUDGE_NOW + 200;
	token = mint(j.manager, 0);
	ck_assert_uint_eq(present(j.manager, token), 0);
	expect(j.manager, "the new key's own", "sess_old_key_used_total", 2);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", "next"), 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", "next"), 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 4);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

static int
set_ring(sess_manager *manager, const json_t *doc)
{
	char *text = json_dumps(doc, 0);
	sess_ring *ring = NULL;
	int rc;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	rc = sess_manager_set_ring(manager, ring, NULL);
	sess_ring_free(ring);
	free(text);
	return rc;
}

static void
set_generation(json_t *ring, int generation)
{
	json_object_set_new(json_object_get(ring, "sess"), "generation", json_integer(generation));
}

/* Another ring: counts stay with the kids that it has, and are summed up of those that it has not. */
START_TEST(test_rings)
{
	json_t *ring = judge_generate(&judge_combos[2]), *more, *less, *next;
	const char *first_kid = json_string_value(json_object_get(forge_key(ring, "sig"), "kid"));
	struct judge j;
	char *token, *later;

	json_object_set_new(forge_key(ring, "sig"), "nbf", json_integer(5));
	more = json_deep_copy(ring);
	next = json_deep_copy(forge_key(ring, "sig"));
	json_object_set_new(next, "kid", json_string("next"));
	json_object_set_new(next, "k", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	json_object_set_new(next, "nbf", json_integer(6));
	json_array_append_new(json_object_get(more, "keys"), next);
	set_generation(more, 2);
	less = json_deep_copy(more);
	json_array_remove(json_object_get(less, "keys"), 0);
	set_generation(less, 3);
	judge_init_ring(&j, &judge_combos[2], NULL, json_incref(ring));
	token = mint(j.manager, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(present(j.manager, token), 0);
	ck_assert_int_eq(set_ring(j.manager, more), 0);
	later = mint(j.manager, 0);
	ck_assert_uint_eq(present(j.manager, token), 0);
	ck_assert_uint_eq(present(j.manager, later), 0);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", first_kid), 4);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_minted_total", first_kid), 1);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", "next"), 1);
	expect(j.manager, "more", "sess_tokens_verified_total{kid=\"(gone)\"}", 0);
	expect(j.manager, "more", "sess_old_key_used_total", 1);
	expect(j.manager, "more", "sess_ring_generation", 2);
	ck_assert_int_eq(set_ring(j.manager, less), 0);
	ck_assert_uint_eq(present(j.manager, token), SESS_REASON_UNKNOWN_KEY);
	ck_assert_uint_eq(present(j.manager, later), 0);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", first_kid), ABSENT);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", "next"), 2);
	expect(j.manager, "less", "sess_tokens_verified_total{kid=\"(gone)\"}", 4);
	expect(j.manager, "less", "sess_tokens_minted_total{kid=\"(gone)\"}", 1);
	expect(j.manager, "less", "sess_sessions_started_total", 2);
	ck_assert_int_eq(set_ring(j.manager, more), SESS_ERR_RING_ROLLBACK);
	expect(j.manager, "rollback", "sess_ring_reloads_total{result=\"ok\"}", 2);
	expect(j.manager, "rollback", "sess_ring_reloads_total{result=\"refused\"}", 1);
	expect(j.manager, "rollback", "sess_ring_generation", 3);
	expect(j.manager, "rollback", "sess_token_faults_total{reason=\"unknown_key\"}", 1);
	sess_token_free(token);
	sess_token_free(later);
	json_decref(ring);
	json_decref(more);
	json_decref(less);
	judge_done(&j);
}
END_TEST

struct swapper {
	sess_manager *manager;
	json_t *ring;
	atomic_int *stop;
};

/* Generation after generation, until told to stop; how many. */
static void *
swap(void *arg)
{
	const struct swapper *swapper = arg;
	intptr_t generation = 1;

	while (!atomic_load(swapper->stop)) {
		set_generation(swapper->ring, (int)++generation);
		if (set_ring(swapper->manager, swapper->ring) != 0)
			return NULL;
	}
	return (void *)(generation - 1);
}

#define THREADS 80 /* more than a manager keeps work spaces */
#define TURNS 120

struct worker {
	sess_manager *manager;
	const char *good, *bad;
	pthread_barrier_t *start;
	long long generation; /* 0: any */
};

static void *
work(void *arg)
{
	const struct worker *worker = arg;
	intptr_t wrong = 0;

	(void)pthread_barrier_wait(worker->start);
	for (int i = 0; i < TURNS; i++) {
		wrong += present(worker->manager, worker->good) != 0;
		if (i % 3 == 0)
			wrong += present(worker->manager, worker->bad) == 0;
		if (i % 40 == 0)
			sess_token_free(mint(worker->manager, 0));
		if (i % 60 == 0)
			wrong += worker->generation != 0 && sample(worker->manager, "sess_ring_generation") != worker->generation;
	}
	return (void *)wrong;
}

/* No count is lost, though nobody waits for anybody. */
START_TEST(test_threads)
{
	pthread_t thread[THREADS];
	pthread_barrier_t start;
	struct judge j;
	char *payload = judge_payload("iss", "\"iss\":\"x\""), *bad, *good;
	struct worker worker;

	judge_init(&j, &judge_combos[0], NULL);
	bad = judge_token(&j, payload, strlen(payload));
	good = mint(j.manager, 0);
	worker = (struct worker){ j.manager, good, bad, &start, 1 };
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, work, &worker), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong = NULL;

		ck_assert_int_eq(pthread_join(thread[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), THREADS * TURNS);
	expect(j.manager, "threads", "sess_tokens_rejected_total", THREADS * TURNS / 3);
	expect(j.manager, "threads", "sess_token_faults_total{reason=\"wrong_issuer\"}", THREADS * TURNS / 3);
	expect(j.manager, "threads", "sess_sessions_started_total", THREADS * TURNS / 40 + 1);
	(void)pthread_barrier_destroy(&start);
	sess_token_free(good);
	free(bad);
	free(payload);
	judge_done(&j);
}
END_TEST

/* Work spaces go with each ring; their counts do not. */
START_TEST(test_threads_and_rings)
{
	pthread_t thread[8], swapping;
	pthread_barrier_t start;
	atomic_int stop = 0;
	struct judge j;
	char *payload = judge_payload("iss", "\"iss\":\"x\""), *bad, *good;
	struct swapper swapper;
	struct worker worker;
	void *rings = NULL;

	judge_init(&j, &judge_combos[2], NULL);
	bad = judge_token(&j, payload, strlen(payload));
	good = mint(j.manager, 0);
	worker = (struct worker){ j.manager, good, bad, &start, 0 };
	swapper = (struct swapper){ j.manager, json_deep_copy(j.ring), &stop };
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, 8), 0);
	ck_assert_int_eq(pthread_create(&swapping, NULL, swap, &swapper), 0);
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, work, &worker), 0);
	for (size_t i = 0; i < 8; i++) {
		void *wrong = NULL;

		ck_assert_int_eq(pthread_join(thread[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	atomic_store(&stop, 1);
	ck_assert_int_eq(pthread_join(swapping, &rings), 0);
	ck_assert_ptr_nonnull(rings);
	expect(j.manager, "rings", "sess_ring_reloads_total{result=\"ok\"}", (long long)(intptr_t)rings);
	ck_assert_int_eq(of_kid(j.manager, "sess_tokens_verified_total", minting_kid(&j)), 8 * TURNS);
	expect(j.manager, "rings", "sess_tokens_verified_total{kid=\"(gone)\"}", 0);
	expect(j.manager, "rings", "sess_tokens_rejected_total", 8 * TURNS / 3);
	expect(j.manager, "rings", "sess_sessions_started_total", 8 * TURNS / 40 + 1);
	(void)pthread_barrier_destroy(&start);
	json_decref(swapper.ring);
	sess_token_free(good);
	free(bad);
	free(payload);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
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
	tcase_add_test(tcase, test_old_key);
	tcase_add_test(tcase, test_rings);
	tcase_add_test(tcase, test_threads);
	tcase_add_test(tcase, test_threads_and_rings);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
