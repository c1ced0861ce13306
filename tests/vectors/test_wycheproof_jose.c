/* SPDX-License-Identifier: MIT */
/*
 * Wycheproof's JOSE vectors through sess_raw_open(). No vector whose result is "invalid" is ever accepted; a valid one
 * is accepted, or is listed below with the policy that refuses it and what the refusal must look like.
 */
#include "vectors/vector.h"

#define CRYPTO "json_web_crypto"
#define KEY "json_web_key"
#define PLAINTEXT "foo" /* of every valid vector */

/* Valid vectors that this library refuses, as they stand. Of a JWK Set the key that the header means passes alone. */
static const struct {
	const char *file;
	int id;
	const char *policy;
	struct vector_expected expected;
} refusals[] = {
	{ CRYPTO, 33, "algorithm RS256", { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "alg" } },
	{ CRYPTO, 48, "one key, no set", { SESS_ERR_JWK, 0, "keys" } },
	{ CRYPTO, 67, "ECDH-ES", { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, NULL } },
	{ KEY, 2, "one key, no set", { SESS_ERR_JWK, 0, "keys" } },
	{ KEY, 5, "algorithm RS256", { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "alg" } },
	{ KEY, 13, "HMAC key of 32..64 bytes", { SESS_ERR_JWK, 0, "k" } },
	{ KEY, 14, "algorithm HS384", { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "alg" } },
	{ KEY, 15, "algorithm HS512", { SESS_ERR_REJECTED, SESS_REASON_MALFORMED, "alg" } },
};

struct counts {
	unsigned passed, refused, skipped;
};

static const struct {
	const char *name;
	struct counts expected; /* a file that was not read would pass too */
} files[] = {
	{ CRYPTO, { 80, 3, 0 } },
	{ KEY, { 21, 5, 0 } },
};

/* A set of one key stands for the key; several keys stay a set. */
static const json_t *
single(const json_t *jwk)
{
	const json_t *keys = json_object_get(jwk, "keys");

	return json_array_size(keys) == 1 ? json_array_get(keys, 0) : jwk;
}

static const json_t *
key_by_kid(const json_t *set, const char *kid)
{
	size_t i = 0;
	const json_t *key = NULL;

	json_array_foreach(json_object_get(set, "keys"), i, key) {
		const char *own = json_string_value(json_object_get(key, "kid"));
		if (own != NULL && strcmp(own, kid) == 0)
			return key;
	}
	return NULL;
}

/* Refused vectors must be refused for the token's or the key's sake, not because the machine failed. */
static void
check_refused(const struct vector_verdict *v, const char *what)
{
	ck_assert_msg(v->code != 0, "%s: accepted", what);
	ck_assert_msg((v->code == SESS_ERR_REJECTED && v->reasons != 0) || v->code == SESS_ERR_JWK, "%s: %s", what,
	    sess_error_name(v->code));
}

static void
check_valid(const char *file, int id, const json_t *jwk, const char *token, const char *what, struct counts *counts)
{
	struct vector_verdict v = vector_open(jwk, token, PLAINTEXT, what);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcmp(refusals[i].file, file) != 0 || refusals[i].id != id)
			continue;
		vector_check(&v, &refusals[i].expected, what);
		if (json_object_get(jwk, "keys") != NULL) {
			v = vector_open(key_by_kid(jwk, "kid-aes-sign"), token, PLAINTEXT, what);
			ck_assert_msg(v.code == 0, "%s: not accepted with the one key either", what);
		}
		if (counts->refused++ == 0)
			printf("# %s: refused by policy: %s\n", what, refusals[i].policy);
		return;
	}
	ck_assert_msg(v.code == 0, "%s: valid, and refused without a policy: %s, member \"%s\"", what,
	    sess_error_name(v.code), v.member);
	counts->passed++;
}

static void
run_vector(const char *file, const json_t *group, const json_t *test, struct counts *counts)
{
	static const char *const roles[] = { "private", "public" };
	int id = (int)json_integer_value(json_object_get(test, "tcId"));
	const char *result = json_string_value(json_object_get(test, "result"));
	const json_t *jose = json_object_get(test, json_object_get(test, "jws") != NULL ? "jws" : "jwe");
	struct counts own = {0};

	ck_assert(result != NULL && jose != NULL);
	char *what = forge_text("%s %d (%s, %s)", file, id, result,
	    json_string_value(json_object_get(test, "comment")));
	char *token = json_is_string(jose) ? forge_text("%s", json_string_value(jose)) : json_dumps(jose, JSON_COMPACT);
	for (size_t i = 0; i < 2; i++) {
		const json_t *jwk = single(json_object_get(group, roles[i]));
		if (jwk == NULL)
			continue;
		if (strcmp(result, "invalid") != 0) {
			check_valid(file, id, jwk, token, what, &own);
		} else {
			struct vector_verdict v = vector_open(jwk, token, NULL, what);
			check_refused(&v, what);
			own.passed++;
		}
	}
	counts->refused += own.refused > 0;
	counts->passed += own.refused == 0 && own.passed > 0;
	counts->skipped += own.passed + own.refused == 0;
	free(token);
	free(what);
}

START_TEST(every_vector_is_judged_right)
{
	char *name = forge_text("wycheproof/%s_test.json", files[_i].name);
	json_t *root = vector_json(name);
	struct counts counts = {0};
	size_t g = 0, t = 0;
	const json_t *group = NULL, *test = NULL;

	json_array_foreach(json_object_get(root, "testGroups"), g, group)
		json_array_foreach(json_object_get(group, "tests"), t, test)
			run_vector(files[_i].name, group, test, &counts);
	printf("# %-16s passed %u, refused by policy %u, skipped %u\n", files[_i].name, counts.passed, counts.refused,
	    counts.skipped);
	fflush(stdout);
	ck_assert_int_eq((long)(counts.passed + counts.refused + counts.skipped),
	    (long)json_integer_value(json_object_get(root, "numberOfTests")));
	ck_assert_uint_eq(counts.passed, files[_i].expected.passed);
	ck_assert_uint_eq(counts.refused, files[_i].expected.refused);
	json_decref(root);
	free(name);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("vectors/wycheproof_jose");
	TCase *tc = tcase_create("jose");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_vector_is_judged_right, 0, (int)(sizeof(files) / sizeof(files[0])));
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
