/* SPDX-License-Identifier: MIT */
/*
 * Published vectors through the gate and libjwt: RFC 7515 A.1 to A.3, whose payload is a claims object; RFC 7520 section 4,
 * whose payload is prose, which must be the one thing that is wrong; and Wycheproof's JWKs, of which what is weak must be refused.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>

#include "foreign/desk.h"
#include "support/runner.h"

static struct desk desk;

static char *
read_text(const char *name)
{
	char *path = forge_text("%s/%s", runner_vectors_dir(), name), *text = calloc(1, 1 << 16);
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_gt(fread(text, 1, (1 << 16) - 1, f), 0);
	fclose(f);
	free(path);
	return text;
}

static int
at_2011(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 1300819000;
	return 0;
}

static void
begin(void)
{
	const sess_foreign_expectations blank = SESS_FOREIGN_EXPECTATIONS_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;

	ck_assert_int_eq(sess_ring_generate(&spec, 1, &config.ring, NULL), 0);
	config.clock = at_2011;
	ck_assert_int_eq(sess_manager_new(&config, &desk.manager, NULL), 0);
	sess_ring_free(config.ring);
	desk.e = blank;
	desk.e.kind = SESS_FOREIGN_JWT;
	desk.e.issuer = "joe";
	desk.e.insecure_any_audience = 1;
	desk.e.algs = desk_algs;
	desk.e.algs_count = sizeof(desk_algs) / sizeof(desk_algs[0]);
}

/* The public part of a JWK, with its algorithm. */
static sess_foreign_keys *
public_keys(const json_t *jwk, const char *alg)
{
	static const char *const private[] = { "d", "p", "q", "dp", "dq", "qi", "key_ops" };
	json_t *copy = json_deep_copy(jwk);
	sess_foreign_keys *keys = NULL;
	sess_diag diag;
	char *text;

	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		json_object_del(copy, private[i]);
	json_object_set_new(copy, "alg", json_string(alg));
	text = json_dumps(copy, 0);
	ck_assert_msg(sess_foreign_keys_load_mem(text, strlen(text), NULL, &keys, &diag) == 0, "%s", diag.message);
	free(text);
	json_decref(copy);
	return keys;
}

START_TEST(rfc7515)
{
	static const char *const algs[] = { "HS256", "RS256", "ES256" };

	for (int i = 0; i < 3; i++) {
		char *key_name = forge_text("rfc/rfc7515_A.%d.jwk", i + 1), *token_name = forge_text("rfc/rfc7515_A.%d.jwsc", i + 1);
		char *key = read_text(key_name), *token = read_text(token_name);
		json_t *jwk = json_loads(key, 0, NULL);
		sess_foreign_keys *keys = public_keys(jwk, algs[i]);
		size_t n = strcspn(token, "\r\n");

		ck_assert_msg(desk_verdict(&desk, keys, token, n) == 0, "A.%d: %s", i + 1, desk.diag.message);
		token[n - 5] = (char)(token[n - 5] == 'A' ? 'B' : 'A');
		ck_assert_int_eq(desk_verdict(&desk, keys, token, n), SESS_REASON_BAD_SIGNATURE);
		sess_foreign_keys_free(keys);
		json_decref(jwk);
		free(key);
		free(token);
		free(key_name);
		free(token_name);
	}
}
END_TEST

START_TEST(rfc7520)
{
	static const struct {
		const char *file, *alg;
	} rows[] = { { "4_1.rsa_v15_signature", "RS256" }, { "4_3.ecdsa_signature", "ES512" },
		{ "4_4.hmac-sha2_integrity_protection", "HS256" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *name = forge_text("cookbook/jws/%s.json", rows[i].file), *text = read_text(name);
		json_t *doc = json_loads(text, 0, NULL);
		const char *token = json_string_value(json_object_get(json_object_get(doc, "output"), "compact"));
		sess_foreign_keys *keys = public_keys(json_object_get(json_object_get(doc, "input"), "key"), rows[i].alg);

		ck_assert_ptr_nonnull(token);
		ck_assert_msg(desk_verdict(&desk, keys, token, strlen(token)) == SESS_REASON_BAD_PAYLOAD, "%s: %s", name,
		    desk.diag.message);
		sess_foreign_keys_free(keys);
		json_decref(doc);
		free(text);
		free(name);
	}
}
END_TEST

/* A set loads exactly if one of its tests is good: what is weak, mixed or ambiguous is refused as a key, before any token. The
 * payloads are no claims, which must be the one thing that is wrong with a good token. */
START_TEST(wycheproof)
{
	char *path = forge_text("%s/wycheproof/json_web_key_test.json", runner_vectors_dir());
	json_t *doc = json_load_file(path, 0, NULL), *group, *test;
	unsigned loaded = 0, refused = 0;
	size_t i, k;

	ck_assert_msg(doc != NULL, "%s", path);
	json_array_foreach(json_object_get(doc, "testGroups"), i, group) {
		const json_t *key = json_object_get(group, "public");
		const char *comment = json_string_value(json_object_get(group, "comment"));
		char *text = json_dumps(key != NULL ? key : json_object_get(group, "private"), 0);
		sess_foreign_keys *keys = NULL;
		int rc = sess_foreign_keys_load_mem(text, strlen(text), NULL, &keys, &desk.diag), good = 0;

		json_array_foreach(json_object_get(group, "tests"), k, test) {
			const char *token = json_string_value(json_object_get(test, "jws"));
			int is_valid = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;

			good = good || is_valid;
			if (rc == 0 && is_valid)
				ck_assert_int_eq(desk_verdict(&desk, keys, token, strlen(token)), SESS_REASON_BAD_PAYLOAD);
			else if (rc == 0)
				ck_assert_int_gt(desk_verdict(&desk, keys, token, strlen(token)), 0);
		}
		ck_assert_msg(rc == (good ? 0 : SESS_ERR_JWK), "group %zu, %s: %s", i, comment, rc == 0 ? "loaded" : desk.diag.message);
		loaded += rc == 0;
		refused += rc != 0;
		sess_foreign_keys_free(keys);
		free(text);
	}
	ck_assert(loaded > 0 && refused > 10);
	json_decref(doc);
	free(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("foreign_vectors");
	TCase *tcase = tcase_create("vectors");

	if (runner_vectors_dir() == NULL)
		return runner_skip("no folder of test vectors (-Dvectors)");
	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_add_unchecked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, rfc7515);
	tcase_add_test(tcase, rfc7520);
	tcase_add_test(tcase, wycheproof);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
