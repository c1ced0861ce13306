/* SPDX-License-Identifier: MIT */
/*
 * The cookbook of RFC 7520, with RFC 8037, RFC 7797 and the nesting example, through sess_raw_open(): every file is
 * passed, or refused by a named policy with the expected code, reason and member; every JSON serialization is refused.
 */
#include "vectors/vector.h"

#define MALFORMED(member) { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, member }
#define PASSES { 0, 0, NULL }
#define JWS "cookbook/jws/"
#define JWE "cookbook/jwe/"
#define KEYS "cookbook/jwk/3_"
#define OTHER_KID { SESS_ERR_REJECTED, SESS_REASON_UNKNOWN_KEY, "kid" }

static const struct {
	const char *file;
	const char *part;   /* member that holds the example; NULL: the file itself */
	const char *policy; /* of the compact serialization; NULL: must pass */
	struct vector_expected expected;
	int compact, json; /* serializations that the file has */
} rows[] = {
	{ JWS "4_1.rsa_v15_signature.json", NULL, "algorithm", MALFORMED("alg"), 1, 2 },
	{ JWS "4_2.rsa-pss_signature.json", NULL, "algorithm", MALFORMED("alg"), 1, 2 },
	{ JWS "4_3.ecdsa_signature.json", NULL, "algorithm", MALFORMED("alg"), 1, 2 },
	{ JWS "4_4.hmac-sha2_integrity_protection.json", NULL, NULL, PASSES, 1, 2 },
	{ JWS "4_5.signature_with_detached_content.json", NULL, "detached content",
	    { SESS_ERR_REJECTED, SESS_REASON_BAD_SIGNATURE, NULL }, 1, 2 },
	{ JWS "4_6.protecting_specific_header_fields.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 2 },
	{ JWS "4_7.protecting_content_only.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 2 },
	{ JWS "4_8.multiple_signatures.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 1 },
	{ JWE "5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json", NULL, "algorithm", MALFORMED("alg"), 1, 2 },
	{ JWE "5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json", NULL, "algorithm", MALFORMED("alg"), 1, 2 },
	{ JWE "5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json", NULL, "header member",
	    MALFORMED(NULL), 1, 2 },
	{ JWE "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm.json", NULL,
	    "header member", MALFORMED(NULL), 1, 2 },
	{ JWE "5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json", NULL, "header member",
	    MALFORMED(NULL), 1, 2 },
	{ JWE "5_6.direct_encryption_using_aes-gcm.json", NULL, "content encryption", MALFORMED("enc"), 1, 2 },
	{ JWE "5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2.json", NULL, "header member",
	    MALFORMED(NULL), 1, 2 },
	{ JWE "5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json", NULL, "algorithm", MALFORMED("alg"), 1, 2 },
	{ JWE "5_9.compressed_content.json", NULL, "zip", MALFORMED("zip"), 1, 2 },
	{ JWE "5_10.including_additional_authentication_data.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 2 },
	{ JWE "5_11.protecting_specific_header_fields.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 2 },
	{ JWE "5_12.protecting_content_only.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 2 },
	{ JWE "5_13.encrypting_to_multiple_recipients.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 1 },
	{ "cookbook/curve25519/jws.json", NULL, NULL, PASSES, 1, 2 },
	{ "cookbook/curve25519/ecdh-es.json", NULL, "header member", MALFORMED(NULL), 1, 2 },
	{ "cookbook/rfc7797/hmac-sha2_b64_false.json", NULL, "b64 false", MALFORMED(NULL), 1, 2 },
	{ "cookbook/rfc7797/4.2.hmac-sha2_b64_false.json", NULL, "JSON serialization", MALFORMED(NULL), 0, 2 },
	{ "cookbook/6.nesting_signatures_and_encryption.json", "sign", "algorithm", MALFORMED("alg"), 1, 0 },
	{ "cookbook/6.nesting_signatures_and_encryption.json", "encrypt", "algorithm", MALFORMED("alg"), 1, 2 },
};

static const char *
string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* 5.3 has a password instead of a key, 4.8 and 5.13 have several keys. */
static json_t *
key_of(const json_t *example)
{
	const json_t *input = json_object_get(example, "input");
	json_t *key = json_object_get(input, "key");

	if (json_is_array(key))
		return json_incref(json_array_get(key, json_array_size(key) - 1));
	if (key != NULL)
		return json_incref(key);
	return json_pack("{s:s,s:s}", "kty", "oct", "k", "c2VjcmV0");
}

static void
refuse_json(const json_t *key, const json_t *output, int expected_count, const char *what)
{
	static const char *const names[] = { "json", "json_flat" };
	const struct vector_expected malformed = MALFORMED(NULL);
	int count = 0;

	for (size_t i = 0; i < 2; i++) {
		const json_t *serialization = json_object_get(output, names[i]);
		if (serialization == NULL)
			continue;
		char *text = json_dumps(serialization, JSON_COMPACT);
		ck_assert_ptr_nonnull(text);
		struct vector_verdict v = vector_open(key, text, NULL, what);
		vector_check(&v, &malformed, what);
		free(text);
		count++;
	}
	ck_assert_msg(count == expected_count, "%s: %d JSON serializations, not %d", what, count, expected_count);
}

START_TEST(each_example)
{
	json_t *root = vector_json(rows[_i].file);
	const json_t *example = rows[_i].part == NULL ? root : json_object_get(root, rows[_i].part);
	const json_t *output = json_object_get(example, "output");
	const char *compact = string_of(output, "compact");
	const char *payload = string_of(json_object_get(example, "input"), "payload");
	json_t *key = key_of(example);

	ck_assert(key != NULL && output != NULL);
	ck_assert_msg((compact != NULL) == rows[_i].compact, "%s: compact serialization", rows[_i].file);
	if (compact != NULL) {
		struct vector_verdict v = vector_open(key, compact, payload, rows[_i].file);
		vector_check(&v, &rows[_i].expected, rows[_i].file);
		ck_assert_msg((v.code == 0) == (rows[_i].policy == NULL), "%s: a policy, and no refusal",
		    rows[_i].file);
	}
	refuse_json(key, output, rows[_i].json, rows[_i].file);
	printf("# %s%s%s: %s%s\n", rows[_i].file, rows[_i].part ? " " : "", rows[_i].part ? rows[_i].part : "",
	    rows[_i].policy ? "refused by policy: " : "passed", rows[_i].policy ? rows[_i].policy : "");
	fflush(stdout);
	json_decref(key);
	json_decref(root);
}
END_TEST

/* RFC 7515 appendix F: whoever has the detached content puts it back, and the token passes. */
START_TEST(detached_content_reattached)
{
	json_t *root = vector_json(JWS "4_5.signature_with_detached_content.json");
	const json_t *signing = json_object_get(root, "signing");
	const char *input = string_of(signing, "sig-input"), *sig = string_of(signing, "sig");
	json_t *key = key_of(root);

	ck_assert(input != NULL && sig != NULL);
	char *token = forge_text("%s.%s", input, sig);
	ck_assert_int_eq(vector_open(key, token, string_of(json_object_get(root, "input"), "payload"), "4.5").code, 0);
	free(token);
	json_decref(key);
	json_decref(root);
}
END_TEST

/* The keys of section 3, each with the HS256 example of 4.4: refused for the kid, and without it for `member`. */
static const struct {
	const char *file, *what, *member;
	struct vector_expected expected;
} keys[] = {
	{ KEYS "1.ec_public_key.json", "kid, curve P-521", "crv", OTHER_KID },
	{ KEYS "2.ec_private_key.json", "kid, curve P-521", "crv", OTHER_KID },
	{ KEYS "3.rsa_public_key.json", "kid, kty RSA", "kty", OTHER_KID },
	{ KEYS "4.rsa_private_key.json", "kid, kty RSA", "kty", OTHER_KID },
	{ KEYS "5.symmetric_key_mac_computation.json", "passed", NULL, PASSES },
	{ KEYS "6.symmetric_key_encryption.json", "use of the key", NULL, { SESS_ERR_JWK, 0, "use" } },
};

START_TEST(each_key)
{
	json_t *key = vector_json(keys[_i].file);
	json_t *root = vector_json(JWS "4_4.hmac-sha2_integrity_protection.json");
	const char *compact = string_of(json_object_get(root, "output"), "compact");

	ck_assert_ptr_nonnull(compact);
	struct vector_verdict v = vector_open(key, compact, NULL, keys[_i].file);
	vector_check(&v, &keys[_i].expected, keys[_i].file);
	if (keys[_i].member != NULL) {
		json_object_del(key, "kid");
		v = vector_open(key, compact, NULL, keys[_i].file);
		vector_check(&v, &(struct vector_expected){ SESS_ERR_JWK, 0, keys[_i].member }, keys[_i].file);
	}
	printf("# %s: %s%s\n", keys[_i].file, v.code == 0 ? "" : "refused by policy: ", keys[_i].what);
	fflush(stdout);
	json_decref(root);
	json_decref(key);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("vectors/cookbook");
	TCase *tc = tcase_create("examples");

	tcase_add_loop_test(tc, each_example, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, detached_content_reattached);
	tcase_add_loop_test(tc, each_key, 0, (int)(sizeof(keys) / sizeof(keys[0])));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	if (!runner_vectors_dir())
		return runner_skip("SESS_VECTORS does not name the folder of the public vectors");
	return runner_main(make_suite());
}
