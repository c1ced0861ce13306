/* SPDX-License-Identifier: MIT */
/* Loading rings from text: what is refused, and that the refusal names key and member. */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/runner.h"

#define NOW 1800000000

/* A nested ring of an HS256 and a dir key, as a document to be spoilt. */
static json_t *
good_ring(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	char *text = NULL;
	size_t len = 0;
	json_t *doc;

	ck_assert_int_eq(sess_ring_generate(&spec, NOW, &ring, NULL), 0);
	ck_assert_int_eq(sess_ring_dump(ring, &text, &len, NULL), 0);
	doc = json_loadb(text, len, 0, NULL);
	ck_assert_ptr_nonnull(doc);
	sess_ring_text_free(text, len);
	sess_ring_free(ring);
	return doc;
}

static int
load(const json_t *doc, sess_ring **ret, sess_diag *diag)
{
	char *text = json_dumps(doc, 0);
	int rc = sess_ring_load_mem(text, strlen(text), NULL, ret, diag);

	free(text);
	return rc;
}

#define EC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_D "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define ED_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_D "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define K31 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg"
#define K0 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* `value` (JSON; NULL: remove) goes to member `name` of: 's' sess, '0' the signing key, '1' the encryption key, 't' the top. */
struct row {
	const char *what;
	char where;
	const char *name, *value;
	int code;
	const char *member; /* what the diagnostic must name; NULL: the same as name */
};

static const struct row rows[] = {
	{ "no sess", 't', "sess", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "sess a string", 't', "sess", "\"x\"", SESS_ERR_RING_FORMAT, NULL },
	{ "unknown top member", 't', "kyes", "[]", SESS_ERR_RING_FORMAT, NULL },
	{ "no keys", 't', "keys", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "empty keys", 't', "keys", "[]", SESS_ERR_RING_FORMAT, NULL },
	{ "keys an object", 't', "keys", "{}", SESS_ERR_RING_FORMAT, NULL },
	{ "a key that is a number", 't', "keys", "[1]", SESS_ERR_RING_KEY, NULL },
	{ "version 2", 's', "v", "2", SESS_ERR_RING_FORMAT, NULL },
	{ "no version", 's', "v", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "unknown member", 's', "vv", "1", SESS_ERR_RING_FORMAT, NULL },
	{ "unknown form", 's', "form", "\"open\"", SESS_ERR_RING_FORMAT, NULL },
	{ "form a number", 's', "form", "1", SESS_ERR_RING_FORMAT, NULL },
	{ "no form", 's', "form", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "sealed with a signing key", 's', "form", "\"sealed\"", SESS_ERR_RING_KEY, "use" },
	{ "signed with an encryption key", 's', "form", "\"signed\"", SESS_ERR_RING_KEY, "use" },
	{ "generation 0", 's', "generation", "0", SESS_ERR_RING_FORMAT, NULL },
	{ "generation a string", 's', "generation", "\"1\"", SESS_ERR_RING_FORMAT, NULL },
	{ "no generation", 's', "generation", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "token life 0", 's', "token_life_s", "0", SESS_ERR_RING_FORMAT, NULL },
	{ "token life fractional", 's', "token_life_s", "3600.5", SESS_ERR_RING_FORMAT, NULL },
	{ "token life over 400 days", 's', "token_life_s", "34560001", SESS_ERR_RING_FORMAT, NULL },
	{ "session life below token life", 's', "session_life_s", "3599", SESS_ERR_RING_FORMAT, NULL },
	{ "no token life", 's', "token_life_s", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "no session life", 's', "session_life_s", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "leeway 601", 's', "leeway_s", "601", SESS_ERR_RING_FORMAT, NULL },
	{ "leeway negative", 's', "leeway_s", "-1", SESS_ERR_RING_FORMAT, NULL },
	{ "no leeway", 's', "leeway_s", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "no rate", 's', "max_rate_per_s", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "rate below 1e-9", 's', "max_rate_per_s", "9e-10", SESS_ERR_RING_FORMAT, NULL },
	{ "rate 0", 's', "max_rate_per_s", "0", SESS_ERR_RING_FORMAT, NULL },
	{ "rate a string", 's', "max_rate_per_s", "\"10\"", SESS_ERR_RING_FORMAT, NULL },
	{ "no tag", 's', "tag", NULL, SESS_ERR_RING_FORMAT, NULL },
	{ "short tag", 's', "tag", "\"AAAA\"", SESS_ERR_RING_FORMAT, NULL },
	{ "no kid", '0', "kid", NULL, SESS_ERR_RING_KEY, NULL },
	{ "no kid in the second", '1', "kid", NULL, SESS_ERR_RING_KEY, NULL },
	{ "kid with a slash in the second", '1', "kid", "\"../x\"", SESS_ERR_RING_KEY, NULL },
	{ "empty kid", '0', "kid", "\"\"", SESS_ERR_RING_KEY, NULL },
	{ "kid with a slash", '0', "kid", "\"../x\"", SESS_ERR_RING_KEY, NULL },
	{ "kid of 65", '0', "kid", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", SESS_ERR_RING_KEY,
	    NULL },
	{ "no use", '0', "use", NULL, SESS_ERR_RING_KEY, NULL },
	{ "use both", '0', "use", "\"both\"", SESS_ERR_RING_KEY, NULL },
	{ "no alg", '0', "alg", NULL, SESS_ERR_RING_KEY, NULL },
	{ "alg none", '0', "alg", "\"none\"", SESS_ERR_RING_KEY, NULL },
	{ "alg of the other use", '0', "alg", "\"dir\"", SESS_ERR_RING_KEY, NULL },
	{ "alg that does not suit kty", '0', "alg", "\"ES256\"", SESS_ERR_RING_KEY, "kty" },
	{ "enc in a signing key", '0', "enc", "\"A256GCM\"", SESS_ERR_RING_KEY, NULL },
	{ "no enc", '1', "enc", NULL, SESS_ERR_RING_KEY, NULL },
	{ "unknown enc", '1', "enc", "\"A128GCM\"", SESS_ERR_RING_KEY, NULL },
	{ "enc that takes a longer key", '1', "enc", "\"A256CBC-HS512\"", SESS_ERR_RING_KEY, "k" },
	{ "no kty", '0', "kty", NULL, SESS_ERR_RING_KEY, NULL },
	{ "kty RSA", '0', "kty", "\"RSA\"", SESS_ERR_RING_KEY, NULL },
	{ "kty EC without crv", '0', "kty", "\"EC\"", SESS_ERR_RING_KEY, "crv" },
	{ "crv in an oct key", '0', "crv", "\"P-256\"", SESS_ERR_RING_KEY, NULL },
	{ "x in an oct key", '0', "x", "\"" EC_X "\"", SESS_ERR_RING_KEY, NULL },
	{ "key_ops", '0', "key_ops", "[\"sign\"]", SESS_ERR_RING_KEY, NULL },
	{ "x5c", '0', "x5c", "[]", SESS_ERR_RING_KEY, NULL },
	{ "no k", '0', "k", NULL, SESS_ERR_RING_KEY, NULL },
	{ "k a number", '0', "k", "5", SESS_ERR_RING_KEY, NULL },
	{ "k empty", '0', "k", "\"\"", SESS_ERR_RING_KEY, NULL },
	{ "k padded", '0', "k", "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"", SESS_ERR_RING_KEY, NULL },
	{ "k not canonical", '0', "k", "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9\"", SESS_ERR_RING_KEY, NULL },
	{ "k of 31 bytes", '0', "k", "\"" K31 "\"", SESS_ERR_RING_KEY, NULL },
	{ "k of 31 bytes, enc", '1', "k", "\"" K31 "\"", SESS_ERR_RING_KEY, NULL },
	{ "k of zeros", '0', "k", "\"" K0 "\"", SESS_ERR_RING_KEY, NULL },
	{ "no iat", '0', "iat", NULL, SESS_ERR_RING_KEY, NULL },
	{ "no nbf", '0', "nbf", NULL, SESS_ERR_RING_KEY, NULL },
	{ "nbf fractional", '0', "nbf", "1.5", SESS_ERR_RING_KEY, NULL },
	{ "nbf negative", '0', "nbf", "-1", SESS_ERR_RING_KEY, NULL },
	{ "nbf past the end of time", '0', "nbf", "253402300800", SESS_ERR_RING_KEY, NULL },
	{ "exp at nbf", '0', "exp", "1800000000", SESS_ERR_RING_KEY, NULL },
	{ "exp a string", '0', "exp", "\"never\"", SESS_ERR_RING_KEY, NULL },
	{ "revoked a number", '0', "revoked", "1", SESS_ERR_RING_KEY, NULL },
	{ "revoked without a time", '0', "revoked", "{}", SESS_ERR_RING_KEY, "revoked_at" },
	{ "revoked with more", '0', "revoked", "{\"revoked_at\":1,\"x\":1}", SESS_ERR_RING_KEY, "x" },
};

static void
spoil(json_t *doc, const struct row *row)
{
	json_t *keys = json_object_get(doc, "keys");
	json_t *at = row->where == 't' ? doc : row->where == 's' ? json_object_get(doc, "sess") :
	    json_array_get(keys, row->where == '0' ? 0 : 1);

	if (row->value == NULL)
		ck_assert_int_eq(json_object_del(at, row->name), 0);
	else
		ck_assert_int_eq(json_object_set_new(at, row->name, json_loads(row->value, JSON_DECODE_ANY, NULL)), 0);
}

START_TEST(test_refused)
{
	const struct row *row = &rows[_i];
	json_t *doc = good_ring();
	const char *kid = json_string_value(json_object_get(json_array_get(json_object_get(doc, "keys"),
	    row->where == '1' ? 1 : 0), "kid"));
	char *kid_copy = strdup(kid);
	sess_ring *ring = NULL;
	sess_diag diag;

	spoil(doc, row);
	ck_assert_msg(load(doc, &ring, &diag) == row->code, "%s: %d %s", row->what, diag.code, diag.message);
	ck_assert_ptr_null(ring);
	ck_assert_str_eq(diag.member, row->member == NULL ? row->name : row->member);
	if (row->where >= '0' && row->where <= '1' && strcmp(row->name, "kid") != 0)
		ck_assert_str_eq(diag.kid, kid_copy);
	/* A key without a good kid is named by its number, as people count. */
	if (strcmp(row->name, "kid") == 0)
		ck_assert_ptr_nonnull(strstr(diag.message, row->where == '1' ? "key number 2:" : "key number 1:"));
	ck_assert_uint_gt(strlen(diag.message), 10);
	free(kid_copy);
	json_decref(doc);
}
END_TEST

/* One more key beside the good ones, as JSON text with its own kid. */
struct key_row {
	const char *what, *key, *member; /* member NULL: accepted */
};

#define EC(rest) "{\"kid\":\"n\",\"use\":\"sig\",\"alg\":\"ES256\",\"iat\":1,\"nbf\":1,\"kty\":\"EC\",\"crv\":\"P-256\"," rest "}"
#define OKP(rest) "{\"kid\":\"n\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"iat\":1,\"nbf\":1,\"kty\":\"OKP\",\"crv\":\"Ed25519\"," rest "}"

static const struct key_row key_rows[] = {
	{ "an EC pair", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" EC_D "\""), NULL },
	{ "a public EC key", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\""), NULL },
	{ "an EC point off its curve", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_X "\""), "x" },
	{ "an EC d of another pair", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" ED_D "\""), "x" },
	{ "an EC d of zero", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" K0 "\""), "d" },
	{ "an EC d of 31 bytes", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" K31 "\""), "d" },
	{ "an EC key without y", EC("\"x\":\"" EC_X "\""), "y" },
	{ "an EC key with k", EC("\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"k\":\"" K31 "\""), "k" },
	{ "an OKP pair", OKP("\"x\":\"" ED_X "\",\"d\":\"" ED_D "\""), NULL },
	{ "a public OKP key", OKP("\"x\":\"" ED_X "\""), NULL },
	{ "an OKP d of another pair", OKP("\"x\":\"" ED_X "\",\"d\":\"" EC_D "\""), "x" },
	{ "an OKP key with y", OKP("\"x\":\"" ED_X "\",\"y\":\"" ED_X "\""), "y" },
	{ "an OKP key of 31 bytes", OKP("\"x\":\"" K31 "\""), "x" },
	{ "the nbf of another signing key",
	    "{\"kid\":\"n\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"iat\":1,\"nbf\":1800000000,\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	    "\"x\":\"" ED_X "\"}", "nbf" },
};

START_TEST(test_another_key)
{
	const struct key_row *row = &key_rows[_i];
	json_t *doc = good_ring();
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc;

	json_array_append_new(json_object_get(doc, "keys"), json_loads(row->key, 0, NULL));
	rc = load(doc, &ring, &diag);
	if (row->member == NULL) {
		ck_assert_msg(rc == 0, "%s: %s", row->what, diag.message);
	} else {
		ck_assert_msg(rc == SESS_ERR_RING_KEY, "%s: %d", row->what, rc);
		ck_assert_str_eq(diag.kid, "n");
		ck_assert_str_eq(diag.member, row->member);
	}
	sess_ring_free(ring);
	json_decref(doc);
}
END_TEST

START_TEST(test_twins)
{
	json_t *doc = good_ring(), *keys = json_object_get(doc, "keys"), *twin = json_deep_copy(json_array_get(keys, 0));
	sess_ring *ring = NULL;
	sess_diag diag;

	json_object_set_new(twin, "nbf", json_integer(7));
	json_array_append_new(keys, twin);
	ck_assert_int_eq(load(doc, &ring, &diag), SESS_ERR_RING_KEY);
	ck_assert_str_eq(diag.member, "kid");
	json_object_set_new(twin, "kid", json_string("other"));
	ck_assert_int_eq(load(doc, &ring, &diag), SESS_ERR_RING_KEY);
	ck_assert_str_eq(diag.member, "k");
	ck_assert_str_eq(diag.kid, "other");
	/* The same secret for signing and for encryption. */
	json_array_remove(keys, 2);
	json_object_set(json_array_get(keys, 1), "k", json_object_get(json_array_get(keys, 0), "k"));
	ck_assert_int_eq(load(doc, &ring, &diag), SESS_ERR_RING_KEY);
	ck_assert_str_eq(diag.member, "k");
	json_decref(doc);
}
END_TEST

START_TEST(test_text)
{
	json_t *doc = good_ring();
	char *text = json_dumps(doc, 0);
	size_t len = strlen(text);
	char *big = calloc(1, SESS_RING_BYTES_MAX + 1);
	sess_ring *ring = NULL;
	sess_diag diag;

	for (size_t n = 0; n < len; n++) {
		char *part = malloc(n + 1);

		memcpy(part, text, n);
		ck_assert_msg(sess_ring_load_mem(part, n, NULL, &ring, &diag) == SESS_ERR_RING_FORMAT, "truncated at %zu", n);
		free(part);
	}
	ck_assert_int_eq(sess_ring_load_mem("", 0, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_ptr_nonnull(strstr(diag.message, "empty"));
	memset(big, ' ', SESS_RING_BYTES_MAX + 1);
	memcpy(big, text, len);
	ck_assert_int_eq(sess_ring_load_mem(big, SESS_RING_BYTES_MAX + 1, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(sess_ring_load_mem(big, SESS_RING_BYTES_MAX, NULL, &ring, &diag), 0);
	sess_ring_free(ring);
	ring = NULL;
	big[len] = '{';
	ck_assert_int_eq(sess_ring_load_mem(big, len + 1, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	big[len] = '\0';
	ck_assert_int_eq(sess_ring_load_mem(big, len + 1, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(sess_ring_load_mem("{\"sess\":{},\"sess\":{}}", 21, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(sess_ring_load_mem("[]", 2, NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_int_eq(sess_ring_load_mem(NULL, 1, NULL, &ring, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_load_mem("{}", 2, NULL, &ring, NULL), SESS_ERR_RING_FORMAT);
	ck_assert_ptr_null(ring);
	free(big);
	free(text);
	json_decref(doc);
}
END_TEST

START_TEST(test_too_many_keys)
{
	json_t *doc = good_ring(), *keys = json_object_get(doc, "keys");
	sess_ring *ring = NULL;
	sess_diag diag;

	for (int i = 2; i <= SESS_RING_KEYS_MAX; i++) {
		char *key = forge_text("{\"kid\":\"k%d\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"iat\":1,\"nbf\":%d,\"kty\":\"OKP\","
				       "\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"}", i, i);

		if (i == SESS_RING_KEYS_MAX)
			ck_assert_int_eq(load(doc, &ring, &diag), 0);
		json_array_append_new(keys, json_loads(key, 0, NULL));
		free(key);
	}
	ck_assert_uint_eq(sess_ring_key_count(ring), SESS_RING_KEYS_MAX);
	sess_ring_free(ring);
	ring = NULL;
	ck_assert_int_eq(load(doc, &ring, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_str_eq(diag.member, "keys");
	json_decref(doc);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring");
	TCase *tcase = tcase_create("load");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_refused, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tcase, test_another_key, 0, (int)(sizeof(key_rows) / sizeof(key_rows[0])));
	tcase_add_test(tcase, test_twins);
	tcase_add_test(tcase, test_text);
	tcase_add_test(tcase, test_too_many_keys);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
