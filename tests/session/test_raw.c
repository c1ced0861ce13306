/* SPDX-License-Identifier: MIT */
/* sess_raw_open(): one token with one key, whatever the ring would say; and sess_inspect(), which asks for no key. */
#include <check.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define CLAIMS "{\"cart\":[1,2,3]}"
#define K64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"
#define K32 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define OCT(k, rest) "{\"kty\":\"oct\",\"k\":\"" k "\"" rest "}"

static int
raw(const json_t *jwk, const char *token, size_t len, char **ret_text, sess_diag *diag)
{
	char *text = json_dumps(jwk, 0);
	uint8_t *payload = NULL;
	size_t payload_len = 0;
	int rc = sess_raw_open(text, strlen(text), token, len, &payload, &payload_len, diag);

	ck_assert((rc == 0) == (payload != NULL));
	if (rc == 0) {
		ck_assert_uint_eq(payload[payload_len], 0);
		ck_assert_uint_eq(strlen((char *)payload), payload_len);
	}
	*ret_text = rc == 0 ? strdup((char *)payload) : NULL;
	sess_raw_free(payload, payload_len);
	free(text);
	return rc;
}

static char *
opened(const json_t *jwk, const char *token)
{
	sess_diag diag;
	char *text = NULL;
	int rc = raw(jwk, token, strlen(token), &text, &diag);

	ck_assert_msg(rc == 0, "%s %s", diag.message, diag.member);
	return text;
}

/* Layer by layer with the ring's own keys, the claims come out as the session has them. */
START_TEST(test_layers)
{
	struct judge j;
	sess_session *session = NULL;
	char *token = NULL, *text, *inner;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	ck_assert_int_eq(sess_mint(j.manager, "anna", CLAIMS, strlen(CLAIMS), NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &session, NULL), 0);
	if (j.combo->form == SESS_FORM_NESTED) {
		inner = opened(j.enc_key, token);
		/* A public key verifies as well as the pair. */
		json_object_del(j.sig_key, "d");
		text = opened(j.sig_key, inner);
		free(inner);
	} else {
		text = opened(j.combo->form == SESS_FORM_SEALED ? j.enc_key : j.sig_key, token);
	}
	ck_assert_str_eq(text, sess_session_claims_json(session, NULL));
	free(text);
	sess_session_free(session);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

/* Every character changed, and every truncation: nothing comes out. */
START_TEST(test_damage)
{
	struct judge j;
	char *token = NULL, *text = NULL;
	size_t len = 0;
	const json_t *key;
	sess_diag diag;

	judge_init(&j, &judge_combos[_i], NULL);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, NULL, &token, &len, NULL), 0);
	key = j.enc_key != NULL ? j.enc_key : j.sig_key;
	for (size_t i = 0; i < len; i++) {
		char old = token[i], *part = malloc(i + 1);

		memcpy(part, token, i);
		ck_assert_int_eq(raw(key, part, i, &text, &diag), SESS_ERR_REJECTED);
		free(part);
		token[i] = old == 'A' ? 'B' : 'A';
		ck_assert_msg(raw(key, token, len, &text, &diag) == SESS_ERR_REJECTED, "character %zu", i);
		ck_assert_uint_ne(diag.reasons, 0);
		token[i] = old;
	}
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

/* A JWE sealed as `made` says, opened with `jwk`. */
static const struct {
	const char *what, *made, *header, *jwk;
	int code;
	uint32_t reason;
	const char *member;
} rows[] = {
	{ "plain", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", OCT(K32, ""), 0, 0,
	    "" },
	{ "the key names dir", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"alg\":\"dir\",\"use\":\"enc\""), 0, 0, "" },
	{ "the key names its enc", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"alg\":\"A256GCM\""), 0, 0, "" },
	{ "the key names another enc", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""),
	    "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", OCT(K32, ",\"alg\":\"A256CBC-HS512\""), SESS_ERR_REJECTED,
	    SESS_REASON_MALFORMED, "alg" },
	{ "the key names A256KW", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"alg\":\"A256KW\""), SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "alg" },
	{ "a signing key", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"use\":\"sig\""), SESS_ERR_JWK, 0, "use" },
	{ "a key that is too long", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K64, ""), SESS_ERR_JWK, 0, "k" },
	{ "CBC", OCT(K64, ",\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\""), "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\"}",
	    OCT(K64, ""), 0, 0, "" },
	{ "CBC with a short key", OCT(K64, ",\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\""),
	    "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\"}", OCT(K32, ""), SESS_ERR_JWK, 0, "k" },
	{ "wrapped", OCT(K32, ",\"alg\":\"A256KW\",\"enc\":\"A256GCM\""), "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\"}", OCT(K32, ""),
	    0, 0, "" },
	{ "wrapped, said to be dir", OCT(K32, ",\"alg\":\"A256KW\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ""), SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "" },
	{ "an unknown alg", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ""), SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "alg" },
	{ "an unknown enc", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A128GCM\"}",
	    OCT(K32, ""), SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "enc" },
	{ "no enc", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\"}", OCT(K32, ""), SESS_ERR_REJECTED,
	    SESS_REASON_MALFORMED, "enc" },
	{ "no alg", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"enc\":\"A256GCM\"}", OCT(K32, ""), SESS_ERR_REJECTED,
	    SESS_REASON_MALFORMED, "alg" },
	{ "wrapped, the key names the enc", OCT(K32, ",\"alg\":\"A256KW\",\"enc\":\"A256GCM\""),
	    "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\"}", OCT(K32, ",\"alg\":\"A256GCM\""), SESS_ERR_REJECTED, SESS_REASON_MALFORMED,
	    "alg" },
	{ "an alg that is a number", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"alg\":1"), SESS_ERR_JWK, 0, "alg" },
	{ "a kid that is a number", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"kid\":1"), SESS_ERR_JWK, 0, "kid" },
	{ "a kty that is a number", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    "{\"kty\":1,\"k\":\"" K32 "\"}", SESS_ERR_JWK, 0, "kty" },
	{ "a key of an impossible length", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32 "AA", ""), SESS_ERR_JWK, 0, "k" },
	{ "a part of an RSA key too", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"dp\":\"AA\""), SESS_ERR_JWK, 0, "dp" },
	{ "zip", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"zip\":\"DEF\"}",
	    OCT(K32, ""), SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "zip" },
	{ "the kids agree", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""),
	    "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"a\"}", OCT(K32, ",\"kid\":\"a\""), 0, 0, "" },
	{ "the kids disagree", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""),
	    "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"a\"}", OCT(K32, ",\"kid\":\"b\""), SESS_ERR_REJECTED,
	    SESS_REASON_UNKNOWN_KEY, "kid" },
	{ "a kid in the header alone", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""),
	    "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"a\"}", OCT(K32, ""), 0, 0, "" },
	{ "a use that is a number", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    OCT(K32, ",\"use\":1"), SESS_ERR_JWK, 0, "use" },
	{ "a set", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    "{\"keys\":[" OCT(K32, "") "]}", SESS_ERR_JWK, 0, "keys" },
	{ "an EC key", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" K32 "\",\"y\":\"" K32 "\"}", SESS_ERR_JWK, 0, "kty" },
	{ "an array", OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", "[]", SESS_ERR_JWK,
	    0, "" },
};

START_TEST(test_keys)
{
	json_t *made = json_loads(rows[_i].made, 0, NULL), *jwk = json_loads(rows[_i].jwk, 0, NULL);
	char *token = forge_jwe(made, rows[_i].header, strlen(rows[_i].header), "plain text", 10, NULL), *text = NULL;
	sess_diag diag;
	int rc = raw(jwk, token, strlen(token), &text, &diag);

	ck_assert_msg(rc == rows[_i].code, "%s: %d %s", rows[_i].what, rc, diag.message);
	ck_assert_uint_eq(diag.reasons, rows[_i].reason);
	if (rc == 0)
		ck_assert_str_eq(text, "plain text");
	else if (rc == SESS_ERR_JWK)
		ck_assert_str_eq(diag.member, rows[_i].member);
	else
		ck_assert_str_eq(diag.findings[0].member, rows[_i].member);
	free(text);
	free(token);
	json_decref(made);
	json_decref(jwk);
}
END_TEST

/* A text of no bytes is one, outside of tokens of this library (RFC 7515 §5.1 step 1; RFC 7516 §5.1 step 11); no other segment is. */
START_TEST(test_no_payload)
{
	static const struct {
		const char *jwk, *header;
		int index; /* of the segment that is empty; the JWS after the JWE */
	} made[] = {
		{ OCT(K32, ",\"alg\":\"dir\",\"enc\":\"A256GCM\""), "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", 3 },
		{ OCT(K32, ",\"alg\":\"HS256\""), "{\"alg\":\"HS256\"}", 1 },
	};

	for (size_t i = 0; i < 2; i++) {
		json_t *jwk = json_loads(made[i].jwk, 0, NULL);
		const char *header = made[i].header;
		char *token, *text = NULL, *spoilt;
		sess_inspection *x = NULL;
		sess_diag diag;

		token = i == 0 ? forge_jwe(jwk, header, strlen(header), "", 0, NULL) : forge_jws(jwk, header, strlen(header), "", 0);
		json_object_del(jwk, "enc");
		ck_assert_msg(raw(jwk, token, strlen(token), &text, &diag) == 0, "%s: %s", header, diag.message);
		ck_assert_str_eq(text, "");
		ck_assert_int_eq(sess_inspect(token, strlen(token), &x, NULL), 0);
		sess_inspection_free(x);
		free(text);
		for (int segment = 0; segment < (i == 0 ? 5 : 3); segment++) {
			/* dir has no encrypted key. */
			if (segment == made[i].index || (i == 0 && segment == 1))
				continue;
			spoilt = forge_replace(token, (size_t)segment, (const unsigned char *)"", 0);
			ck_assert_int_eq(raw(jwk, spoilt, strlen(spoilt), &text, &diag), SESS_ERR_REJECTED);
			ck_assert_str_eq(diag.findings[0].got_text, "a segment is empty");
			free(spoilt);
		}
		free(token);
		json_decref(jwk);
	}
}
END_TEST

START_TEST(test_arguments)
{
	static const char jwk[] = OCT(K32, "");
	char *big = malloc(SESS_RAW_BYTES_MAX + 1);
	uint8_t *payload = NULL;
	size_t len = 0;
	sess_diag diag;

	ck_assert_int_eq(sess_raw_open(NULL, 0, "a.b.c", 5, &payload, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, NULL, 1, &payload, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, "a.b.c", 5, NULL, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, "a.b.c", 5, &payload, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_raw_open(jwk, 0, "a.b.c", 5, &payload, &len, &diag), SESS_ERR_JWK);
	ck_assert_int_eq(sess_raw_open(jwk, 0, "a.b.c", 5, &payload, &len, NULL), SESS_ERR_JWK);
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, NULL, 0, &payload, &len, NULL), SESS_ERR_REJECTED);
	memset(big, 'A', SESS_RAW_BYTES_MAX + 1);
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, big, SESS_RAW_BYTES_MAX + 1, &payload, &len, &diag),
	    SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_OVERSIZE);
	ck_assert_int_eq(diag.findings[0].expected, SESS_RAW_BYTES_MAX);
	ck_assert_int_eq(diag.findings[0].got, SESS_RAW_BYTES_MAX + 1);
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, big, SESS_RAW_BYTES_MAX, &payload, &len, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_MALFORMED);
	/* A point on no curve, and a signature of the right length. */
	{
		static const char off[] = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" K32 "\",\"y\":\"" K32 "\"}";
		char token[32 + 86 + 1] = "eyJhbGciOiJFUzI1NiJ9.e30.";

		memset(token + strlen(token), 'A', 86);
		ck_assert_int_eq(sess_raw_open(off, sizeof(off) - 1, token, strlen(token), &payload, &len, &diag), SESS_ERR_JWK);
		ck_assert_ptr_nonnull(strstr(diag.message, "curve"));
	}
	ck_assert_int_eq(sess_raw_open("{\"kty\":\"oct\"}", 13, "eyJhbGciOiJIUzI1NiJ9.e30.AA", 27, &payload, &len, &diag), SESS_ERR_JWK);
	ck_assert_str_eq(diag.member, "k");
	ck_assert_ptr_nonnull(strstr(diag.message, "missing"));
	/* Nothing of it is read. */
	ck_assert_int_eq(sess_raw_open(jwk, sizeof(jwk) - 1, big, SIZE_MAX, &payload, &len, &diag), SESS_ERR_REJECTED);
	ck_assert_int_eq(diag.findings[0].got, RUNNER_SIZE_MAX);
	ck_assert_ptr_null(payload);
	sess_raw_free(NULL, 0);
	free(big);
}
END_TEST

START_TEST(test_inspected_segments)
{
	static const char *const jws[] = { "header", "payload", "signature" };
	static const char *const jwe[] = { "header", "encrypted key", "iv", "ciphertext", "tag" };
	struct judge j;
	sess_inspection *x = NULL;
	char *token = NULL, *rest = NULL, *segment;
	size_t len = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	ck_assert_int_eq(sess_mint(j.manager, NULL, NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_inspect(token, len, &x, NULL), 0);
	ck_assert_uint_eq(sess_inspection_segment_count(x), j.combo->form == SESS_FORM_SIGNED ? 3 : 5);
	rest = token;
	for (size_t i = 0; (segment = strsep(&rest, ".")) != NULL; i++) {
		const char *name = NULL;
		size_t text_len = 0, bytes = 0, want = 0;
		unsigned char *decoded = forge_unb64(segment, strlen(segment), &want);

		ck_assert_int_eq(sess_inspection_segment(x, i, &name, &text_len, &bytes), 0);
		ck_assert_str_eq(name, j.combo->form == SESS_FORM_SIGNED ? jws[i] : jwe[i]);
		ck_assert_uint_eq(text_len, strlen(segment));
		ck_assert_uint_eq(bytes, want);
		free(decoded);
	}
	sess_inspection_free(x);
	sess_inspection_free(NULL);
	sess_token_free(token);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("raw");
	TCase *tcase = tcase_create("raw");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_layers, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_damage, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_keys, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_no_payload);
	tcase_add_test(tcase, test_arguments);
	tcase_add_loop_test(tcase, test_inspected_segments, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
