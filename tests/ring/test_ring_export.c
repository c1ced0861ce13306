/* SPDX-License-Identifier: MIT */
/* What leaves the place where tokens are minted: a ring that verifies all and mints nothing, and public keys alone. */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/life.h"
#include "support/runner.h"

#define NOW LIFE_NOW
#define DAY 86400
#define NESTED SESS_FORM_NESTED
#define SEALED SESS_FORM_SEALED
#define SIGNED SESS_FORM_SIGNED

static sess_ring *
rotated(const sess_ring *ring, const char *alg, int64_t now)
{
	sess_rotation what = SESS_ROTATION_INIT;
	sess_ring *next = NULL;

	what.sig = 1;
	what.alg = alg;
	ck_assert_int_eq(sess_ring_rotate(ring, &what, now, &next, NULL), 0);
	return next;
}

static sess_ring *
exported(const sess_ring *ring, int64_t now)
{
	sess_ring *public = NULL;
	sess_diag diag;
	int rc = sess_ring_export_verify_only(ring, now, &public, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
	life_check(public);
	return public;
}

/* No signing secret of the ring stands anywhere in the text, and each of them does in the ring's own (the search works). */
static void
expect_no_secret(const sess_ring *ring, const char *text)
{
	json_t *doc = life_document(ring), *key;
	char *whole = json_dumps(doc, 0);
	size_t i;

	json_array_foreach(json_object_get(doc, "keys"), i, key) {
		const char *name = json_object_get(key, "d") != NULL ? "d" : "k";
		const char *secret = json_string_value(json_object_get(key, name));

		if (strcmp(json_string_value(json_object_get(key, "use")), "sig") != 0 || secret == NULL)
			continue;
		ck_assert_ptr_nonnull(strstr(whole, secret));
		ck_assert_ptr_null(strstr(text, secret));
	}
	free(whole);
	json_decref(doc);
}

static const struct {
	const char *what;
	sess_form form;
	const char *alg;
} good[] = {
	{ "nested ES256", NESTED, "ES256" },
	{ "nested EdDSA", NESTED, "EdDSA" },
	{ "signed ES256", SIGNED, "ES256" },
	{ "signed EdDSA", SIGNED, "EdDSA" },
};

START_TEST(test_verify_only)
{
	sess_ring *ring = life_ring(good[_i].form, good[_i].alg, NULL, NULL, NOW - DAY), *public, *again;
	char *text = NULL, *token, *later;
	json_t *doc, *whole, *key;
	size_t n = 0, i;
	sess_diag diag;

	life_become(&ring, rotated(ring, NULL, NOW));
	public = exported(ring, NOW);
	ck_assert_int_eq(sess_ring_generation(public), sess_ring_generation(ring));
	ck_assert_uint_eq(sess_ring_key_count(public), sess_ring_key_count(ring));
	ck_assert_int_eq(sess_ring_dump(public, &text, &n, NULL), 0);
	expect_no_secret(ring, text);
	/* The public part of the signing keys, all of the rest. */
	whole = life_document(ring);
	json_array_foreach(json_object_get(whole, "keys"), i, key) {
		if (strcmp(json_string_value(json_object_get(key, "use")), "sig") == 0)
			ck_assert_int_eq(json_object_del(key, "d"), 0);
	}
	doc = life_document(public);
	ck_assert(json_equal(doc, whole));
	json_decref(doc);
	json_decref(whole);
	/* It verifies, now and after the switch; it does not mint. */
	token = life_mint(ring, NOW, NULL);
	later = life_mint(ring, NOW + 3600, NULL);
	ck_assert_uint_eq(life_verify(public, NOW, token), 0);
	ck_assert_uint_eq(life_verify(public, NOW + 3600, later), 0);
	ck_assert_ptr_null(life_mint(public, NOW, &diag));
	life_expect("minting", diag.code, &diag, SESS_ERR_RING_NO_KEY, "d", "verify-only");
	ck_assert_int_eq(life_only(public, "sig", SESS_KEY_MINTS, NOW).can_mint, 0);
	/* Nor does it rotate; exported again, it is the same. */
	{
		sess_rotation what = SESS_ROTATION_INIT;
		sess_ring *next = NULL;

		life_expect("rotating", sess_ring_rotate(public, &what, NOW + DAY, &next, &diag), &diag, SESS_ERR_RING_STATE, NULL,
		    "this ring is verify-only: rotate the whole ring");
	}
	again = exported(public, NOW);
	doc = life_document(public);
	whole = life_document(again);
	ck_assert(json_equal(doc, whole));
	json_decref(doc);
	json_decref(whole);
	sess_ring_text_free(text, n);
	sess_token_free(token);
	sess_token_free(later);
	sess_ring_free(ring);
	sess_ring_free(public);
	sess_ring_free(again);
}
END_TEST

/* From HMAC to a public key: refused while the HMAC key lives, then it is left out. */
START_TEST(test_leaving_hmac)
{
	sess_ring *ring = life_ring(NESTED, "HS256", NULL, NULL, NOW - DAY), *public = ring;
	char *kid = strdup(life_only(ring, "sig", SESS_KEY_MINTS, NOW).kid), *text = NULL, *token;
	int64_t end = NOW + 3600 + LIFE_TAIL;
	size_t n = 0;
	sess_diag diag;

	life_expect("minting", sess_ring_export_verify_only(ring, NOW, &public, &diag), &diag, SESS_ERR_RING_STATE, "alg",
	    "rotate the signing key to ES256 or EdDSA, and export when this one has expired");
	ck_assert_str_eq(diag.kid, kid);
	life_become(&ring, rotated(ring, "ES256", NOW));
	public = ring;
	life_expect("ending", sess_ring_export_verify_only(ring, end - 1, &public, &diag), &diag, SESS_ERR_RING_STATE, "alg",
	    "it lives until 2027-01-15T10:01:00Z: export after that, or revoke it");
	ck_assert_ptr_eq(public, ring);
	public = exported(ring, end);
	ck_assert_uint_eq(sess_ring_key_count(public), 2);
	ck_assert_int_eq(sess_ring_dump(public, &text, &n, NULL), 0);
	expect_no_secret(ring, text);
	ck_assert_ptr_null(strstr(text, kid));
	token = life_mint(ring, end, NULL);
	ck_assert_uint_eq(life_verify(public, end, token), 0);
	sess_ring_text_free(text, n);
	sess_ring_free(public);
	/* Revoked, it is as dead. */
	public = NULL;
	ck_assert_int_eq(sess_ring_revoke(ring, kid, NULL, end - 100, &public, NULL), 0);
	life_become(&ring, public);
	public = exported(ring, end - 100);
	ck_assert_int_eq(sess_ring_dump(public, &text, &n, NULL), 0);
	expect_no_secret(ring, text);
	sess_ring_text_free(text, n);
	sess_token_free(token);
	free(kid);
	sess_ring_free(ring);
	sess_ring_free(public);
}
END_TEST

START_TEST(test_verify_only_refused)
{
	sess_ring *sealed = life_ring(SEALED, NULL, NULL, NULL, NOW), *hmac = life_ring(SIGNED, NULL, NULL, NULL, NOW), *next = sealed;
	char *kid = strdup(life_only(hmac, "sig", SESS_KEY_MINTS, NOW).kid);
	sess_diag diag;

	life_expect("sealed", sess_ring_export_verify_only(sealed, NOW, &next, &diag), &diag, SESS_ERR_RING_STATE, "form",
	    "make a nested ring with ES256 or EdDSA for verifiers that must not mint");
	/* Nothing but dead HMAC keys: nothing would be left to verify with. */
	hmac = life_edit(hmac, kid, "exp", "1800000001");
	life_expect("all dead", sess_ring_export_verify_only(hmac, NOW + 1, &next, &diag), &diag, SESS_ERR_RING_STATE, "keys",
	    "no signing key with a public part: rotate the signing key to ES256 or EdDSA");
	ck_assert_int_eq(sess_ring_export_verify_only(NULL, NOW, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_export_verify_only(sealed, NOW, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_export_verify_only(sealed, -1, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_export_verify_only(sealed, LIFE_END + 1, &next, NULL), SESS_ERR_ARGUMENT);
	ck_assert_ptr_eq(next, sealed);
	free(kid);
	sess_ring_free(sealed);
	sess_ring_free(hmac);
}
END_TEST

/* Every member of every key is one of these. */
static void
expect_public_members(const json_t *doc, size_t count)
{
	static const char *const allowed[] = { "kid", "use", "alg", "kty", "crv", "x", "y" };
	json_t *key, *value;
	const char *name;
	size_t i;

	ck_assert_uint_eq(json_object_size(doc), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "keys")), count);
	json_array_foreach(json_object_get(doc, "keys"), i, key) {
		json_object_foreach(key, name, value) {
			size_t k = 0;

			while (k < sizeof(allowed) / sizeof(allowed[0]) && strcmp(allowed[k], name) != 0)
				k++;
			ck_assert_msg(k < sizeof(allowed) / sizeof(allowed[0]), "a member \"%s\"", name);
			ck_assert(json_is_string(value));
		}
		ck_assert_str_eq(json_string_value(json_object_get(key, "use")), "sig");
	}
}

/* How many keys a set has, by what has happened to the ring. */
START_TEST(test_jwks)
{
	sess_ring *ring = life_ring(NESTED, good[_i].alg, NULL, NULL, NOW - DAY), *public;
	static const struct {
		int64_t at;
		size_t count;
	} rows[] = { { NOW, 2 }, { NOW + 3600, 2 }, { NOW + 3600 + LIFE_TAIL - 1, 2 }, { NOW + 3600 + LIFE_TAIL, 1 } };

	life_become(&ring, rotated(ring, NULL, NOW));
	public = exported(ring, NOW);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = NULL, *same = NULL;
		size_t n = 0, m = 0;
		json_t *doc;

		ck_assert_int_eq(sess_ring_export_jwks(ring, rows[i].at, &text, &n, NULL), 0);
		ck_assert_uint_eq(strlen(text), n);
		expect_no_secret(ring, text);
		doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
		ck_assert_ptr_nonnull(doc);
		expect_public_members(doc, rows[i].count);
		/* A verify-only ring has the same to give. */
		ck_assert_int_eq(sess_ring_export_jwks(public, rows[i].at, &same, &m, NULL), 0);
		ck_assert_str_eq(text, same);
		json_decref(doc);
		sess_ring_text_free(text, n);
		sess_ring_text_free(same, m);
	}
	sess_ring_free(ring);
	sess_ring_free(public);
}
END_TEST

/* The public key is the one that the tokens were signed with: it verifies them by itself, elsewhere. */
START_TEST(test_jwks_verifies)
{
	sess_ring *ring = life_ring(SIGNED, good[_i].alg, NULL, NULL, NOW - DAY);
	char *text = NULL, *jwk, *token = life_mint(ring, NOW, NULL);
	uint8_t *payload = NULL;
	size_t n = 0, len = 0;
	json_t *doc;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_export_jwks(ring, NOW, &text, &n, NULL), 0);
	doc = json_loadb(text, n, 0, NULL);
	jwk = json_dumps(json_array_get(json_object_get(doc, "keys"), 0), 0);
	ck_assert_msg(sess_raw_open(jwk, strlen(jwk), token, strlen(token), &payload, &len, &diag) == 0, "%s", diag.message);
	ck_assert_ptr_nonnull(memmem(payload, len, "\"sub\":\"anna\"", 12));
	sess_raw_free(payload, len);
	free(jwk);
	json_decref(doc);
	sess_ring_text_free(text, n);
	sess_token_free(token);
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_jwks_refused)
{
	sess_ring *sealed = life_ring(SEALED, NULL, NULL, NULL, NOW), *hmac = life_ring(NESTED, NULL, NULL, NULL, NOW);
	char untouched[] = "untouched", *text = untouched;
	size_t n = 5;
	sess_diag diag;

	life_expect("HMAC", sess_ring_export_jwks(hmac, NOW, &text, &n, &diag), &diag, SESS_ERR_RING_STATE, "keys",
	    "only ES256 and EdDSA signing keys have one");
	life_expect("sealed", sess_ring_export_jwks(sealed, NOW, &text, &n, &diag), &diag, SESS_ERR_RING_STATE, "keys", "no living public key");
	ck_assert_int_eq(sess_ring_export_jwks(NULL, NOW, &text, &n, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_export_jwks(hmac, NOW, NULL, &n, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_export_jwks(hmac, NOW, &text, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_export_jwks(hmac, -1, &text, &n, NULL), SESS_ERR_ARGUMENT);
	ck_assert_ptr_eq(text, untouched);
	ck_assert_uint_eq(n, 5);
	sess_ring_free(sealed);
	sess_ring_free(hmac);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_export");
	TCase *tcase = tcase_create("export");

	tcase_set_timeout(tcase, 60);
	LOOP(test_verify_only, good);
	tcase_add_test(tcase, test_leaving_hmac);
	tcase_add_test(tcase, test_verify_only_refused);
	LOOP(test_jwks, good);
	LOOP(test_jwks_verifies, good);
	tcase_add_test(tcase, test_jwks_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
