/* SPDX-License-Identifier: MIT */
/*
 * Exchange of foreign tokens: what the session takes over, that a token is used once (whatever its signature, in all processes
 * that share a store), and that a refusal of whatever kind uses up nothing.
 */
#include <check.h>
#include <ftw.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "foreign/desk.h"
#include "support/redis_server.h"
#include "support/ringfile.h"
#include "support/runner.h"

static struct issuer hmac, ec;
static struct desk desk;
static sess_foreign_keys *keys, *ec_keys;
static struct ringfile_events events;
static sess_ring *ring;

static void
begin(void)
{
	issuer_init(&hmac, "HS256", "k1", 0);
	issuer_init(&ec, "ES256", "k1", 0);
	ring = desk_ring();
	desk_init_with(&desk, ring, "memory:", ringfile_count, &events);
	keys = desk_keys(&hmac);
	ec_keys = desk_keys(&ec);
}

static void
end(void)
{
	sess_foreign_keys_free(keys);
	sess_foreign_keys_free(ec_keys);
	desk_done(&desk);
	sess_ring_free(ring);
	issuer_done(&hmac);
	issuer_done(&ec);
}

/* 0, a set of reasons, or a negative code. */
static int64_t
exchange_by(sess_manager *manager, const sess_foreign_keys *set, const char *token, const sess_exchange_opts *opts, char **ret)
{
	char *fresh = NULL;
	size_t len = 0;
	int rc = sess_exchange(manager, set, token, strlen(token), &desk.e, opts, &fresh, &len, &desk.diag);

	ck_assert_msg((rc == 0) == (fresh != NULL), "a token came out of a refusal, or none of success");
	if (ret != NULL)
		*ret = fresh;
	else
		sess_token_free(fresh);
	return rc == SESS_ERR_REJECTED ? (int64_t)desk.diag.reasons : rc;
}

static int64_t
exchange(const char *payload, const sess_exchange_opts *opts, char **ret)
{
	char *token = issuer_sign(&hmac, payload);
	int64_t verdict = exchange_by(desk.manager, keys, token, opts, ret);

	free(token);
	return verdict;
}

static sess_session *
session_of(char *token)
{
	sess_session *session = NULL;

	ck_assert_int_eq(sess_verify(desk.manager, token, strlen(token), NULL, &session, &desk.diag), 0);
	sess_token_free(token);
	return session;
}

static void
expect_json(sess_session *session, const char *name, const char *want)
{
	const char *json = NULL;
	size_t len = 0;
	int rc = sess_session_get_json(session, name, &json, &len);

	if (want == NULL)
		ck_assert_msg(rc == SESS_ERR_NO_CLAIM, "%s is there", name);
	else
		ck_assert_msg(rc == 0 && len == strlen(want) && memcmp(json, want, len) == 0, "%s is %.*s", name, (int)len, json);
}

START_TEST(mapping)
{
	static const char *const chosen[] = { "email", "iss", "acr", "absent", "groups" };
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;
	sess_session *session;
	char *token = NULL;

	opts.subject_prefix = "op:";
	opts.claims = chosen;
	opts.claims_count = 5;
	opts.claims_json = " { \"cart\" : 7 } ";
	opts.claims_json_len = strlen(opts.claims_json);
	opts.persistent = 1;
	ck_assert_int_eq(exchange(PAYLOAD(",\"auth_time\":1799999000,\"acr\":\"urn:x\",\"amr\":[\"pwd\",\"otp\"],\"email\":\"a\\u0040b\","
					  "\"groups\":[\"a\"],\"at_hash\":\"x\""), &opts, &token), 0);
	session = session_of(token);
	ck_assert_str_eq(sess_session_subject(session), "op:alice");
	ck_assert_int_eq(sess_session_auth_time(session), NOW);
	ck_assert_int_eq(sess_session_hard_end(session), -1);
	ck_assert_int_eq(sess_session_is_persistent(session), 1);
	expect_json(session, "idp_auth_time", "1799999000");
	expect_json(session, "idp_iss", "\"" ISSUER "\"");
	expect_json(session, "acr", "\"urn:x\"");
	expect_json(session, "amr", "[\"pwd\",\"otp\"]");
	expect_json(session, "email", "\"a\\u0040b\"");
	expect_json(session, "groups", "[\"a\"]");
	expect_json(session, "cart", "7");
	expect_json(session, "absent", NULL);
	expect_json(session, "nonce", NULL);
	expect_json(session, "at_hash", NULL);
	sess_session_free(session);
	ck_assert_int_eq(events.count[SESS_EVENT_MINTED], 1);
	ck_assert_int_eq(events.count[SESS_EVENT_REJECTED], 0);
}
END_TEST

START_TEST(nothing_but_the_subject)
{
	sess_session *session;
	char *token = NULL;

	ck_assert_int_eq(exchange(PAYLOAD(",\"email\":\"a\""), NULL, &token), 0);
	session = session_of(token);
	ck_assert_str_eq(sess_session_subject(session), "alice");
	expect_json(session, "email", NULL);
	expect_json(session, "idp_auth_time", NULL);
	sess_session_free(session);
}
END_TEST

START_TEST(capped)
{
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;
	sess_session *session;
	char *token = NULL;

	opts.capped = 1;
	ck_assert_int_eq(exchange(PAYLOAD(",\"x\":1"), &opts, &token), 0);
	session = session_of(token);
	ck_assert_int_eq(sess_session_hard_end(session), 1800000300);
	sess_session_free(session);
	opts.hard_end = 1800000100;
	ck_assert_int_eq(exchange(PAYLOAD(",\"x\":2"), &opts, &token), 0);
	session = session_of(token);
	ck_assert_int_eq(sess_session_hard_end(session), 1800000100);
	sess_session_free(session);
	/* Good by the leeway alone. */
	opts.hard_end = 0;
	ck_assert_int_eq(exchange("{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":1800000000,\"iat\":1799999990,"
				  "\"nonce\":\"" NONCE "\"}", &opts, NULL), SESS_REASON_ABSOLUTE_EXPIRED);
}
END_TEST

START_TEST(once)
{
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), 0);
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), SESS_REASON_REUSED);
	ck_assert_int_eq(exchange(PAYLOAD(",\"jti\":\"2\""), NULL, NULL), 0);
	ck_assert_int_eq(events.count[SESS_EVENT_REJECTED], 1);
	ck_assert_int_eq(events.count[SESS_EVENT_MINTED], 2);
}
END_TEST

/* ECDSA has two signatures for one text, and whoever holds one can compute the other. */
START_TEST(es256_malleated_is_the_same_token)
{
	char *token = issuer_sign(&ec, PAYLOAD("")), *other;
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *s = BN_new();
	size_t n = 0;
	unsigned char *sig = forge_unb64(strrchr(token, '.') + 1, strlen(strrchr(token, '.') + 1), &n);

	BN_bin2bn(sig + 32, 32, s);
	BN_sub(s, EC_GROUP_get0_order(group), s);
	BN_bn2binpad(s, sig + 32, 32);
	other = forge_replace(token, 2, sig, n);
	ck_assert_int_eq(desk_verdict(&desk, ec_keys, other, strlen(other)), 0);
	ck_assert_int_eq(exchange_by(desk.manager, ec_keys, token, NULL, NULL), 0);
	ck_assert_int_eq(exchange_by(desk.manager, ec_keys, other, NULL, NULL), SESS_REASON_REUSED);
	free(token);
	free(other);
	free(sig);
	BN_free(s);
	EC_GROUP_free(group);
}
END_TEST

/* Whatever is wrong, the token can still be exchanged when it is right. */
START_TEST(a_refusal_uses_up_nothing)
{
	static const char *const reserved[] = { "sid" };
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;
	char big[8192];

	desk.e.nonce = "another";
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), SESS_REASON_CONTEXT_MISMATCH);
	desk.e.nonce = NONCE;
	desk.e.audience = "another";
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), SESS_REASON_WRONG_AUDIENCE);
	desk.e.audience = CLIENT;
	opts.claims = reserved;
	opts.claims_count = 1;
	ck_assert_int_eq(exchange(PAYLOAD(""), &opts, NULL), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(desk.diag.member, "sid");
	opts.claims_count = 0;
	opts.claims_json = "{\"sub\":\"mallory\"}";
	opts.claims_json_len = strlen(opts.claims_json);
	ck_assert_int_eq(exchange(PAYLOAD(""), &opts, NULL), SESS_ERR_CLAIMS);
	opts.claims_json = "{\"x\":1},\"y\":{}";
	opts.claims_json_len = strlen(opts.claims_json);
	ck_assert_int_eq(exchange(PAYLOAD(""), &opts, NULL), SESS_ERR_CLAIMS);
	memset(big, 'x', sizeof(big));
	memcpy(big, "{\"x\":\"", 6);
	memcpy(big + sizeof(big) - 2, "\"}", 2);
	opts.claims_json = big;
	opts.claims_json_len = sizeof(big);
	ck_assert_int_eq(exchange(PAYLOAD(""), &opts, NULL), SESS_ERR_TOKEN_SIZE);
	opts.claims_json = NULL;
	opts.claims_json_len = 0;
	opts.hard_end = 1;
	ck_assert_int_eq(exchange(PAYLOAD(""), &opts, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(events.count[SESS_EVENT_MINTED], 0);
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), 0);
}
END_TEST

START_TEST(a_subject_logged_out_since)
{
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;

	opts.subject_prefix = "op:";
	ck_assert_int_eq(sess_revoke_subject(desk.manager, "alice", NULL, NULL, &desk.diag), 0);
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), SESS_REASON_REVOKED);
	ck_assert_str_eq(desk.diag.findings[0].member, "sub");
	/* Another subject of ours, and the refusal has not used up the token. */
	ck_assert_int_eq(exchange(PAYLOAD(""), &opts, NULL), 0);
	/* Issued after the revocation, which counts 5 s ahead. */
	ck_assert_int_eq(exchange("{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":1800000300,\"iat\":1800000005,"
				  "\"nonce\":\"" NONCE "\"}", NULL, NULL), SESS_REASON_REVOKED);
	ck_assert_int_eq(exchange("{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":1800000300,\"iat\":1800000006,"
				  "\"nonce\":\"" NONCE "\"}", NULL, NULL), 0);
	ck_assert_int_eq(sess_revoke_all(desk.manager, NULL, NULL, &desk.diag), 0);
	ck_assert_int_eq(exchange(PAYLOAD(",\"x\":1"), &opts, NULL), SESS_REASON_REVOKED);
}
END_TEST

/* The list forgets a log-out when a session of twelve hours that it was meant for is over; a token may outlive that. */
START_TEST(an_old_token_outlives_the_list)
{
	static const char old[] = "{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":1800200000,\"iat\":1799956801,"
				  "\"nonce\":\"" NONCE "\"}";
	static const char older[] = "{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":1800200000,\"iat\":1799956800,"
				    "\"nonce\":\"" NONCE "\"}";

	ck_assert_int_eq(exchange(older, NULL, NULL), SESS_REASON_ABSOLUTE_EXPIRED);
	ck_assert_str_eq(desk.diag.findings[0].member, "iat");
	ck_assert_int_eq(exchange(old, NULL, NULL), 0);
	ck_assert_int_eq(sess_revoke_subject(desk.manager, "alice", NULL, NULL, &desk.diag), 0);
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), SESS_REASON_REVOKED);
}
END_TEST

START_TEST(what_an_exchange_needs)
{
	static const char no_sub[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT "\",\"exp\":1800000300}";
	static const char forever[] = "{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":2800000000,\"iat\":1799999990,"
				      "\"nonce\":\"" NONCE "\"}";

	ck_assert_int_eq(exchange(forever, NULL, NULL), SESS_REASON_BAD_PAYLOAD);
	ck_assert_str_eq(desk.diag.findings[0].member, "exp");
	desk.e.kind = SESS_FOREIGN_JWT;
	desk.e.nonce = NULL;
	ck_assert_int_eq(exchange(no_sub, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(desk.diag.member, "nonce");
	desk.e.waive_nonce = 1;
	ck_assert_int_eq(exchange(no_sub, NULL, NULL), SESS_REASON_BAD_PAYLOAD);
	ck_assert_uint_eq(desk.diag.findings_count, 2);
	desk.e.audience = NULL;
	desk.e.insecure_any_audience = 1;
	ck_assert_int_eq(exchange(PAYLOAD(""), NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(desk.diag.member, "audience");
}
END_TEST

START_TEST(without_a_store)
{
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;
	char *token = issuer_sign(&hmac, PAYLOAD(""));
	struct desk other;

	desk_init(&other, NULL);
	ck_assert_int_eq(exchange_by(other.manager, keys, token, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(desk.diag.member, "revocations");
	opts.insecure_exchange_again = 1;
	ck_assert_int_eq(exchange_by(other.manager, keys, token, &opts, NULL), 0);
	ck_assert_int_eq(exchange_by(other.manager, keys, token, &opts, NULL), 0);
	opts.size--;
	ck_assert_int_eq(exchange_by(other.manager, keys, token, &opts, NULL), SESS_ERR_ARGUMENT);
	desk_done(&other);
	free(token);
}
END_TEST

/* A store without room cannot remember the token, so there is no exchange. */
START_TEST(closed_store)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_policy policy;
	char *token = issuer_sign(&hmac, PAYLOAD(",\"x\":1")), *second = issuer_sign(&hmac, PAYLOAD(",\"x\":2"));

	sess_policy_init(&policy);
	policy.revocations_max = 1;
	config.ring = ring;
	config.policy = &policy;
	config.clock = desk_clock;
	config.revocations = "memory:";
	ck_assert_int_eq(sess_manager_new(&config, &manager, &desk.diag), 0);
	ck_assert_int_eq(exchange_by(manager, keys, token, NULL, NULL), 0);
	ck_assert_int_eq(exchange_by(manager, keys, second, NULL, NULL), SESS_ERR_STORE);
	ck_assert_int_eq(exchange_by(manager, keys, second, NULL, NULL), SESS_ERR_STORE);
	sess_manager_free(manager);
	free(token);
	free(second);
}
END_TEST

#if defined(SESS_WITH_LMDB) || defined(SESS_WITH_REDIS) /* what several processes share */
#define CHILDREN 4
#define TOKENS 8

/* A store elsewhere is closed until it has been read; a refusal for that uses up nothing. */
static int64_t
exchange_when_open(sess_manager *manager, const char *token)
{
	const struct timespec pause = { 0, 10000000 };
	int64_t verdict = SESS_ERR_STORE;

	for (int i = 0; i < 3000 && (verdict = exchange_by(manager, keys, token, NULL, NULL)) == SESS_ERR_STORE; i++)
		nanosleep(&pause, NULL);
	return verdict;
}

/* A child exchanges all tokens, beginning with another than its neighbour; its status has a bit for each that it got. */
static int
child(const char *uri, char *const *tokens, int number)
{
	struct desk own;
	int got = 0;

	desk_init_with(&own, ring, uri, NULL, NULL);
	for (int i = 0; i < TOKENS; i++) {
		int at = (i + number) % TOKENS;
		int64_t verdict = exchange_when_open(own.manager, tokens[at]);

		if (verdict != 0 && verdict != SESS_REASON_REUSED)
			return 0;
		got |= (verdict == 0) << at;
	}
	desk_done(&own);
	return got;
}

/* All at once: of each token exactly one process gets a session. */
static void
exchange_in_parallel(const char *uri)
{
	char *tokens[TOKENS];
	pid_t pid[CHILDREN];
	int all = 0;

	for (int i = 0; i < TOKENS; i++) {
		char *payload = forge_text("%.*s,\"jti\":\"%d\"}", (int)strlen(PAYLOAD("")) - 1, PAYLOAD(""), i);

		tokens[i] = issuer_sign(&hmac, payload);
		free(payload);
	}
	for (int i = 0; i < CHILDREN; i++) {
		if ((pid[i] = fork()) == 0)
			_exit(child(uri, tokens, i));
		ck_assert_int_gt(pid[i], 0);
	}
	for (int i = 0; i < CHILDREN; i++) {
		int status = 0;

		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert(WIFEXITED(status));
		ck_assert_msg((all & WEXITSTATUS(status)) == 0, "a token was exchanged twice");
		all |= WEXITSTATUS(status);
	}
	ck_assert_int_eq(all, (1 << TOKENS) - 1);
	for (int i = 0; i < TOKENS; i++)
		free(tokens[i]);
}
#endif

#ifdef SESS_WITH_LMDB
static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

START_TEST(the_same_token_from_several_processes)
{
	char dir[] = "/tmp/sess-exchange-XXXXXX", uri[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(uri, sizeof(uri), "lmdb:%s/store", dir);
	exchange_in_parallel(uri);
	ck_assert_int_eq(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST
#endif

#ifdef SESS_WITH_REDIS
START_TEST(the_same_token_from_several_hosts)
{
	sess_config config = SESS_CONFIG_INIT;
	struct redis_server server;

	redis_server_init(&server);
	redis_server_start(&server, NULL);
	config.ring = ring;
	config.clock = desk_clock;
	config.revocations = server.uri;
	ck_assert_msg(sess_revocations_init(&config, &desk.diag) == 0, "%s", desk.diag.message);
	exchange_in_parallel(server.uri);
	redis_server_done(&server);
}
END_TEST
#endif

int
main(void)
{
	Suite *suite = suite_create("exchange");
	TCase *tcase = tcase_create("exchange");

	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, mapping);
	tcase_add_test(tcase, nothing_but_the_subject);
	tcase_add_test(tcase, capped);
	tcase_add_test(tcase, once);
	tcase_add_test(tcase, es256_malleated_is_the_same_token);
	tcase_add_test(tcase, a_refusal_uses_up_nothing);
	tcase_add_test(tcase, a_subject_logged_out_since);
	tcase_add_test(tcase, an_old_token_outlives_the_list);
	tcase_add_test(tcase, what_an_exchange_needs);
	tcase_add_test(tcase, without_a_store);
	tcase_add_test(tcase, closed_store);
#ifdef SESS_WITH_LMDB
	tcase_add_test(tcase, the_same_token_from_several_processes);
#endif
#ifdef SESS_WITH_REDIS
	if (redis_server_program() != NULL)
		tcase_add_test(tcase, the_same_token_from_several_hosts);
	else
		printf("# no server of the Redis protocol: the_same_token_from_several_hosts is left out\n");
#endif
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
