/* SPDX-License-Identifier: MIT */
/*
 * The appendices of RFC 7515, RFC 7517 and RFC 7638 as files, through sess_raw_open(). Each is passed, or refused by a
 * named policy with the expected code, reason and member.
 */
#include "vectors/vector.h"

#define MALFORMED(member) { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, member }
#define BAD_JWK(member) { SESS_ERR_JWK, 0, member }

static const struct {
	const char *name;
	const char *key; /* file; of a JWK Set, `index` says which key, -1: the set itself */
	int index;
	const char *token;
	const char *policy; /* NULL: must pass */
	struct vector_expected expected;
} rows[] = {
	{ "7515 A.1 HS256", "7515_A.1.jwk", -1, "7515_A.1.jwsc", NULL, { 0, 0, NULL } },
	{ "7515 A.2 RS256", "7515_A.2.jwk", -1, "7515_A.2.jwsc", "algorithm", MALFORMED("alg") },
	{ "7515 A.3 ES256", "7515_A.3.jwk", -1, "7515_A.3.jwsc", NULL, { 0, 0, NULL } },
	{ "7515 A.4 ES512", "7515_A.4.jwk", -1, "7515_A.4.jwsc", "algorithm", MALFORMED("alg") },
	{ "7515 A.5 none", "7515_A.1.jwk", -1, "7515_A.5.jwsc", "unsigned", MALFORMED(NULL) },
	{ "7515 A.6 general JSON", "7515_A.6.2.jwk", -1, "7515_A.6.jwsg", "JSON serialization", MALFORMED(NULL) },
	{ "7515 A.6 key 1, RS256", "7515_A.6.1.jwk", -1, "7515_A.2.jwsc", "algorithm", MALFORMED("alg") },
	{ "7515 A.6 key 2, ES256", "7515_A.6.2.jwk", -1, "7515_A.3.jwsc", NULL, { 0, 0, NULL } },
	{ "7515 A.6 key set", "7515_A.6.jwkset", -1, "7515_A.3.jwsc", "one key, no set", BAD_JWK("keys") },
	{ "7515 A.7 flattened JSON", "7515_A.3.jwk", -1, "7515_A.7.jwsf", "JSON serialization", MALFORMED(NULL) },
	{ "7517 A.1 set", "7517_A.1.jwkset", -1, "7515_A.3.jwsc", "one key, no set", BAD_JWK("keys") },
	{ "7517 A.1 EC key of use enc", "7517_A.1.jwkset", 0, "7515_A.3.jwsc", "use of the key", BAD_JWK("use") },
	{ "7517 A.1 RSA key", "7517_A.1.jwkset", 1, "7515_A.3.jwsc", "alg of the key", MALFORMED("alg") },
	{ "7517 A.2 private set", "7517_A.2.jwkset", -1, "7515_A.3.jwsc", "one key, no set", BAD_JWK("keys") },
	{ "7517 A.2 EC key of use enc", "7517_A.2.jwkset", 0, "7515_A.3.jwsc", "use of the key", BAD_JWK("use") },
	{ "7517 A.2 RSA key", "7517_A.2.jwkset", 1, "7515_A.3.jwsc", "alg of the key", MALFORMED("alg") },
	{ "7517 A.3 set", "7517_A.3.jwkset", -1, "7515_A.1.jwsc", "one key, no set", BAD_JWK("keys") },
	{ "7517 A.3 A128KW key", "7517_A.3.jwkset", 0, "7515_A.1.jwsc", "alg of the key", MALFORMED("alg") },
	{ "7517 A.3 HMAC key", "7517_A.3.jwkset", 1, "7515_A.1.jwsc", NULL, { 0, 0, NULL } },
	{ "7517 B x5c", "7517_B.jwk", -1, "7515_A.3.jwsc", "kty of the key", BAD_JWK("kty") },
	{ "7638 3.1 key", "7638_3.1.jwk", -1, "7515_A.2.jwsc", "algorithm", MALFORMED("alg") },
	{ "wrong key", "7515_A.1.jwk", -1, "7515_A.3.jwsc", "kty of the key", BAD_JWK("kty") },
};

static json_t *
load(const char *file)
{
	char *name = forge_text("rfc/rfc%s", file);
	json_t *root = vector_json(name);

	free(name);
	return root;
}

START_TEST(each_appendix)
{
	char *file = forge_text("rfc/rfc%s", rows[_i].token);
	size_t len = 0;
	char *token = vector_text(file, &len);
	json_t *root = load(rows[_i].key);
	const json_t *key = root;

	token[strcspn(token, "\r\n")] = '\0';
	if (rows[_i].index >= 0)
		key = json_array_get(json_object_get(root, "keys"), (size_t)rows[_i].index);
	ck_assert_ptr_nonnull(key);
	struct vector_verdict v = vector_open(key, token, NULL, rows[_i].name);
	vector_check(&v, &rows[_i].expected, rows[_i].name);
	ck_assert_msg((v.code == 0) == (rows[_i].policy == NULL), "%s: a policy, and no refusal", rows[_i].name);
	printf("# RFC %-28s %s%s\n", rows[_i].name, v.code == 0 ? "passed" : "refused by policy: ",
	    v.code == 0 ? "" : rows[_i].policy);
	fflush(stdout);
	json_decref(root);
	free(token);
	free(file);
}
END_TEST

/* The general and the flattened serialization hold the compact one's parts: put together, they pass. */
START_TEST(json_serializations_reassembled)
{
	json_t *general = load("7515_A.6.jwsg"), *flat = load("7515_A.7.jwsf"), *key = load("7515_A.3.jwk");
	const json_t *second = json_array_get(json_object_get(general, "signatures"), 1);
	const json_t *parts[] = { second, flat };

	for (size_t i = 0; i < 2; i++) {
		const char *header = json_string_value(json_object_get(parts[i], "protected"));
		const char *payload = json_string_value(json_object_get(i == 0 ? general : flat, "payload"));
		const char *signature = json_string_value(json_object_get(parts[i], "signature"));
		ck_assert(header != NULL && payload != NULL && signature != NULL);
		char *token = forge_text("%s.%s.%s", header, payload, signature);
		ck_assert_int_eq(vector_open(key, token, NULL, "reassembled").code, 0);
		free(token);
	}
	json_decref(general);
	json_decref(flat);
	json_decref(key);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("vectors/rfc");
	TCase *tc = tcase_create("appendices");

	tcase_add_loop_test(tc, each_appendix, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, json_serializations_reassembled);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	if (!runner_vectors_dir())
		return runner_skip("SESS_VECTORS does not name the folder of the public vectors");
	printf("# RFC 7638 3.1 thumbprint: skipped, not covered by this library, which computes none\n");
	return runner_main(make_suite());
}
