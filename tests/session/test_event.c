/* SPDX-License-Identifier: MIT */
/*
 * Events: their names, and what the fields say of sessions and clients, accepted and refused; that a name of a client says
 * nothing without the ring, and is none of a session.
 */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

struct heard {
	size_t count;
	sess_event last;
};

static void
on_event(const sess_event *event, void *arg)
{
	struct heard *heard = arg;

	heard->count++;
	heard->last = *event;
}

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

/* A manager under the judge's ring that listens. */
static sess_manager *
listening(const struct judge *j, int64_t *now, struct heard *heard)
{
	char *text = json_dumps(j->ring, 0);
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.clock = clock_at;
	config.clock_arg = now;
	config.on_event = on_event;
	config.on_event_arg = heard;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	sess_ring_free(ring);
	free(text);
	return manager;
}

static int
present(sess_manager *manager, const char *token, const void *client, size_t client_len)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_session *session = NULL;
	int rc;

	opts.client = client;
	opts.client_len = client_len;
	rc = sess_verify(manager, token, strlen(token), &opts, &session, NULL);
	sess_session_free(session);
	return rc;
}

START_TEST(test_names)
{
	static const struct {
		int kind;
		const char *name;
	} rows[] = {
		{ 1, "MINTED" }, { 2, "VERIFIED" }, { 3, "REJECTED" }, { 4, "UNKNOWN_KEY" }, { 5, "OLD_KEY_USED" }, { 6, "RENEWED" },
		{ 7, "REGENERATED" }, { 8, "CONTEXT_CHANGED" }, { 9, "KEY_NEAR_LIMIT" }, { 10, "RING_RELOADED" },
		{ 11, "RING_REFUSED" }, { 12, "REVOKED" }, { 13, "STORE_LOST" }, { 14, "STORE_BACK" },
		{ 15, "COOKIE_NEAR_LIMIT" }, { 16, "COOKIE_HEADER_LARGE" }, { 17, "FEED_IGNORED" }, { 0, "UNKNOWN" },
		{ 18, "UNKNOWN" }, { -1, "UNKNOWN" }, { INT32_MAX, "UNKNOWN" }, { INT32_MIN, "UNKNOWN" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_str_eq(sess_event_name(rows[i].kind), rows[i].name);
		ck_assert_uint_gt(strlen(sess_event_sentence(rows[i].kind)), 10);
	}
	ck_assert_int_eq(SESS_EVENT_STORE_BACK, 14);
	ck_assert_str_ne(sess_event_sentence(SESS_EVENT_MINTED), sess_event_sentence(0));
}
END_TEST

/* Refused tokens name their session from step 8 on; before it nothing in them is to be believed. */
START_TEST(test_refused_sessions)
{
	static const struct {
		const char *what, *member, *instead;
		int64_t later;
		uint32_t reasons;
	} rows[] = {
		{ "accepted", NULL, NULL, 0, 0 },
		{ "another issuer", "iss", "\"iss\":\"x\"", 0, SESS_REASON_WRONG_ISSUER },
		{ "another audience", "aud", "\"aud\":\"x\"", 0, SESS_REASON_WRONG_AUDIENCE },
		{ "idle", NULL, NULL, 3630, SESS_REASON_IDLE_EXPIRED },
		{ "not yet", "nbf", "\"nbf\":1800000031", 0, SESS_REASON_NOT_YET },
	};
	struct heard heard = { 0 };
	int64_t now;
	struct judge j;
	sess_manager *manager;
	uint8_t name[16] = { 0 };

	judge_init(&j, &judge_combos[_i], NULL);
	manager = listening(&j, &now, &heard);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *payload = judge_payload(rows[i].member, rows[i].instead), *token = judge_token(&j, payload, strlen(payload)), *at;

		now = JUDGE_NOW + rows[i].later;
		ck_assert_msg((present(manager, token, NULL, 0) == 0) == (rows[i].reasons == 0), "%s", rows[i].what);
		ck_assert_uint_eq(heard.last.reasons, rows[i].reasons);
		ck_assert_msg(heard.last.has_session == 1, "%s", rows[i].what);
		if (i == 0)
			memcpy(name, heard.last.session, 16);
		ck_assert_mem_eq(heard.last.session, name, 16);
		ck_assert_int_ge(heard.last.age_s, rows[i].later);
		ck_assert_int_ge(heard.last.gen, 0);
		ck_assert_int_eq(heard.last.has_client, 0);
		/* The first character of the tag or of the signature. */
		at = strrchr(token, '.') + 1;
		*at = *at == 'A' ? 'B' : 'A';
		ck_assert_int_eq(present(manager, token, NULL, 0), SESS_ERR_REJECTED);
		ck_assert_msg(heard.last.has_session == 0 && heard.last.age_s == -1 && heard.last.gen == -1, "%s, changed", rows[i].what);
		free(token);
		free(payload);
	}
	sess_manager_free(manager);
	judge_done(&j);
}
END_TEST

/* HMAC-SHA256 under HKDF(tag, label) of whatever bytes, by OpenSSL alone. */
static void
expected_name(const uint8_t *tag, const char *label, const void *what, size_t n, uint8_t out[16])
{
	EVP_PKEY_CTX *kdf = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	uint8_t key[32], mac[32];
	size_t key_len = sizeof(key);
	unsigned mac_len = 0;

	ck_assert_int_gt(EVP_PKEY_derive_init(kdf), 0);
	ck_assert_int_gt(EVP_PKEY_CTX_set_hkdf_md(kdf, EVP_sha256()), 0);
	ck_assert_int_gt(EVP_PKEY_CTX_set1_hkdf_key(kdf, tag, 32), 0);
	ck_assert_int_gt(EVP_PKEY_CTX_add1_hkdf_info(kdf, (const unsigned char *)label, (int)strlen(label)), 0);
	ck_assert_int_gt(EVP_PKEY_derive(kdf, key, &key_len), 0);
	EVP_PKEY_CTX_free(kdf);
	ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key, 32, what, n, mac, &mac_len));
	memcpy(out, mac, 16);
}

/* HMAC under the ring's tag of 0x01 and the bytes; of sessions, of the sid alone. Said in doc/format.md. */
START_TEST(test_client_names)
{
	static const struct {
		const char *what, *client;
		size_t len;
	} rows[] = {
		{ "an address", "192.0.2.7", 9 },
		{ "bytes with a NUL", "a\0b", 3 },
		{ "nothing, but given", "", 0 },
		{ "as long as one likes",
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 96 },
		{ "a sid", "AAAAAAAAAAAAAAAAAAAAAA", 22 },
	};
	struct heard heard = { 0 };
	int64_t now = JUDGE_NOW;
	struct judge j;
	sess_manager *manager;
	uint8_t tag[32], text[128], name[16];
	char *payload = judge_payload("sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\""), *token;

	judge_init(&j, &judge_combos[0], NULL);
	token = judge_token(&j, payload, strlen(payload));
	for (size_t i = 0; i < 32; i++)
		tag[i] = (uint8_t)i;
	json_object_set_new(json_object_get(j.ring, "sess"), "tag", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	manager = listening(&j, &now, &heard);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text[0] = 1;
		memcpy(text + 1, rows[i].client, rows[i].len);
		expected_name(tag, "sess event", text, rows[i].len + 1, name);
		ck_assert_int_eq(present(manager, token, rows[i].client, rows[i].len), 0);
		ck_assert_int_eq(heard.last.kind, SESS_EVENT_VERIFIED);
		ck_assert_msg(heard.last.has_client && memcmp(heard.last.client, name, 16) == 0, "%s", rows[i].what);
		/* Refused at the first step, the client is still known. */
		ck_assert_int_eq(present(manager, "no token", rows[i].client, rows[i].len), SESS_ERR_REJECTED);
		ck_assert_msg(heard.last.has_client && memcmp(heard.last.client, name, 16) == 0, "%s", rows[i].what);
		ck_assert_int_eq(heard.last.has_session, 0);
	}
	ck_assert_int_eq(present(manager, token, "AAAAAAAAAAAAAAAAAAAAAA", 22), 0);
	expected_name(tag, "sess event", "AAAAAAAAAAAAAAAAAAAAAA", 22, name);
	ck_assert_mem_eq(heard.last.session, name, 16);
	ck_assert_mem_ne(heard.last.client, name, 16);
	ck_assert_int_eq(present(manager, token, NULL, 1), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(present(manager, token, NULL, 0), 0);
	ck_assert_int_eq(heard.last.has_client, 0);
	free(token);
	free(payload);
	sess_manager_free(manager);
	judge_done(&j);
}
END_TEST

/* One name for one context, in whatever order; another for another, also where names and values run together alike. */
START_TEST(test_context_names)
{
	static const struct {
		const char *what;
		sess_context context[2];
		size_t count;
		const char *text;
		size_t text_len;
	} rows[] = {
		{ "one", { { "ua", "x", 1 } }, 1, "\2\2ua\0\0\0\0\0\0\0\1x", 13 },
		{ "two", { { "ua", "x", 1 }, { "net", "yz", 2 } }, 2, "\2\3net\0\0\0\0\0\0\0\2yz\2ua\0\0\0\0\0\0\0\1x", 27 },
		{ "two, turned round", { { "net", "yz", 2 }, { "ua", "x", 1 } }, 2,
		    "\2\3net\0\0\0\0\0\0\0\2yz\2ua\0\0\0\0\0\0\0\1x", 27 },
		{ "an empty value", { { "ua", "", 0 } }, 1, "\2\2ua\0\0\0\0\0\0\0\0", 12 },
	};
	struct heard heard = { 0 };
	int64_t now = JUDGE_NOW;
	struct judge j;
	sess_manager *manager;
	uint8_t tag[32], name[16];
	char *payload = judge_payload(NULL, NULL), *token;

	judge_init(&j, &judge_combos[0], NULL);
	token = judge_token(&j, payload, strlen(payload));
	for (size_t i = 0; i < 32; i++)
		tag[i] = (uint8_t)i;
	json_object_set_new(json_object_get(j.ring, "sess"), "tag", json_string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	manager = listening(&j, &now, &heard);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
		sess_session *session = NULL;

		opts.context = rows[i].context;
		opts.context_count = rows[i].count;
		ck_assert_int_eq(sess_verify(manager, token, strlen(token), &opts, &session, NULL), 0);
		sess_session_free(session);
		expected_name(tag, "sess event", rows[i].text, rows[i].text_len, name);
		ck_assert_msg(heard.last.has_context && memcmp(heard.last.context, name, 16) == 0, "%s", rows[i].what);
	}
	ck_assert_int_eq(present(manager, token, NULL, 0), 0);
	ck_assert_int_eq(heard.last.has_context, 0);
	free(token);
	free(payload);
	sess_manager_free(manager);
	judge_done(&j);
}
END_TEST

/* The name that events give, of a session in hand. */
START_TEST(test_session_name)
{
	struct heard heard = { 0 };
	int64_t now = JUDGE_NOW;
	struct judge j;
	sess_manager *manager;
	sess_session *session = NULL;
	char *payload = judge_payload(NULL, NULL), *token;
	uint8_t name[SESS_EVENT_NAME_LEN] = { 0 };
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	manager = listening(&j, &now, &heard);
	token = judge_token(&j, payload, strlen(payload));
	ck_assert_int_eq(sess_verify(manager, token, strlen(token), NULL, &session, NULL), 0);
	ck_assert_int_eq(sess_session_event_name(manager, session, name, &diag), 0);
	ck_assert_mem_eq(name, heard.last.session, sizeof(name));
	ck_assert_int_eq(sess_session_event_name(NULL, session, name, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_session_event_name(manager, NULL, name, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_session_event_name(manager, session, NULL, &diag), SESS_ERR_ARGUMENT);
	sess_session_free(session);
	free(token);
	free(payload);
	sess_manager_free(manager);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("event");
	TCase *tcase = tcase_create("event");

	tcase_add_test(tcase, test_names);
	tcase_add_loop_test(tcase, test_refused_sessions, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_client_names);
	tcase_add_test(tcase, test_context_names);
	tcase_add_test(tcase, test_session_name);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
