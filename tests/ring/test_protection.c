/* SPDX-License-Identifier: MIT */
/*
 * sess/protection.h and ring/protection.c: what is taken as a passphrase or as a key-encryption key, what is refused and by
 * which name, the keys that are derived and remembered, and one protection under several threads.
 */
#include "ring/protection.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hex.h"
#include "jose/pbes2.h"
#include "support/runner.h"

#define K32 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" /* 00 01 … 1f */
#define K31 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg"
#define K33 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"

static sess_protection *
passphrase(const char *text, int64_t p2c)
{
	sess_protection *p = NULL;
	sess_diag diag;

	ck_assert_int_eq(sess_protection_new_passphrase(text, strlen(text), p2c, &p, &diag), 0);
	ck_assert_int_eq(diag.code, 0);
	return p;
}

START_TEST(test_passphrase)
{
	char text[SESS_PASSPHRASE_MAX + 1];
	sess_protection *p = NULL;
	sess_diag diag;

	memset(text, 'x', sizeof(text));
	for (size_t n = 1; n <= SESS_PASSPHRASE_MAX; n += 93) {
		ck_assert_int_eq(sess_protection_new_passphrase(text, n, 0, &p, &diag), 0);
		ck_assert_int_eq(protection_kind_of(p), PROTECTION_PASSPHRASE);
		ck_assert_int_eq(protection_p2c(p), SESS_P2C_DEFAULT);
		sess_protection_free(p);
	}
	p = NULL;
	ck_assert_int_eq(sess_protection_new_passphrase(text, SESS_PASSPHRASE_MAX, 0, &p, NULL), 0);
	sess_protection_free(p);
	p = NULL;
	ck_assert_int_eq(sess_protection_new_passphrase(text, SESS_PASSPHRASE_MAX + 1, 0, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(diag.member, "passphrase");
	ck_assert_int_eq(sess_protection_new_passphrase(text, 0, 0, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(diag.member, "passphrase");
	ck_assert_int_eq(sess_protection_new_passphrase(NULL, 0, 0, &p, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_protection_new_passphrase(NULL, 1, 0, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_protection_new_passphrase(text, 3, 0, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(p);
	sess_protection_free(NULL);
}
END_TEST

START_TEST(test_p2c)
{
	static const int64_t good[] = { SESS_P2C_MIN, 1001, SESS_P2C_DEFAULT, SESS_P2C_MAX };
	static const int64_t bad[] = { 1, 999, SESS_P2C_MAX + 1, INT64_C(1) << 31, INT64_MAX, -1, INT64_MIN };
	sess_protection *p = NULL;
	sess_diag diag;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		p = passphrase("secret", good[i]);
		ck_assert_int_eq(protection_p2c(p), good[i]);
		sess_protection_free(p);
	}
	p = NULL;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sess_protection_new_passphrase("secret", 6, bad[i], &p, &diag), SESS_ERR_ARGUMENT);
		ck_assert_str_eq(diag.member, "p2c");
	}
	ck_assert_ptr_null(p);
}
END_TEST

/* Texts of key-encryption keys; the member that is named, "" for none. */
static const struct {
	const char *what, *text;
	int code;
	const char *member;
} kek_rows[] = {
	{ "a JWK", "{\"kty\":\"oct\",\"k\":\"" K32 "\"}", 0, "" },
	{ "a JWK with white space", "\n {\"kty\":\"oct\",\"k\":\"" K32 "\"}\n", 0, "" },
	{ "with all that is right", "{\"kty\":\"oct\",\"alg\":\"A256KW\",\"use\":\"enc\",\"kid\":\"7\",\"k\":\"" K32 "\"}", 0, "" },
	{ "as other tools write it",
	    "{\"alg\":\"A256KW\",\"k\":\"" K32 "\",\"key_ops\":[\"wrapKey\",\"unwrapKey\"],\"kty\":\"oct\"}", 0, "" },
	{ "another alg", "{\"kty\":\"oct\",\"alg\":\"A128KW\",\"k\":\"" K32 "\"}", SESS_ERR_JWK, "alg" },
	{ "an alg of content", "{\"kty\":\"oct\",\"alg\":\"A256GCM\",\"k\":\"" K32 "\"}", SESS_ERR_JWK, "alg" },
	{ "alg a number", "{\"kty\":\"oct\",\"alg\":1,\"k\":\"" K32 "\"}", SESS_ERR_JWK, "alg" },
	{ "use sig", "{\"kty\":\"oct\",\"use\":\"sig\",\"k\":\"" K32 "\"}", SESS_ERR_JWK, "use" },
	{ "k of 31 bytes", "{\"kty\":\"oct\",\"k\":\"" K31 "\"}", SESS_ERR_JWK, "k" },
	{ "k of 33 bytes", "{\"kty\":\"oct\",\"k\":\"" K33 "\"}", SESS_ERR_JWK, "k" },
	{ "k padded", "{\"kty\":\"oct\",\"k\":\"" K32 "=\"}", SESS_ERR_JWK, "k" },
	{ "no k", "{\"kty\":\"oct\"}", SESS_ERR_JWK, "k" },
	{ "no kty", "{\"k\":\"" K32 "\"}", SESS_ERR_JWK, "kty" },
	{ "a key of another kty", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" K32 "\"}", SESS_ERR_JWK, "kty" },
	{ "a set", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"" K32 "\"}]}", SESS_ERR_JWK, "keys" },
	{ "half a JWK", "{\"kty\":\"oct\",\"k\":\"" K32, SESS_ERR_JWK, "" },
	{ "a member twice", "{\"kty\":\"oct\",\"k\":\"" K32 "\",\"k\":\"" K32 "\"}", SESS_ERR_JWK, "" },
	{ "nothing", "", SESS_ERR_ARGUMENT, "" },
	{ "white space", " \n", SESS_ERR_ARGUMENT, "" },
	{ "31 bytes", "0123456789abcdef0123456789abcde", SESS_ERR_ARGUMENT, "" },
	{ "33 bytes", "0123456789abcdef0123456789abcdef\n", SESS_ERR_ARGUMENT, "" },
	{ "base64url", K32, SESS_ERR_ARGUMENT, "" },
	{ "an array", "[1]", SESS_ERR_ARGUMENT, "" },
};

START_TEST(test_kek)
{
	sess_protection *p = NULL;
	struct secret key = { { 0 }, 0 };
	sess_diag diag;
	const char *text = kek_rows[_i].text;
	int rc = sess_protection_new_kek(text, strlen(text), &p, &diag);

	ck_assert_msg(rc == kek_rows[_i].code && diag.code == rc, "%s: %d %s", kek_rows[_i].what, rc, diag.message);
	ck_assert_str_eq(diag.member, kek_rows[_i].member);
	ck_assert_ptr_null(strstr(diag.message, "AAECA"));
	if (rc != 0) {
		ck_assert_int_eq(sess_protection_new_kek(text, strlen(text), &p, NULL), rc);
		ck_assert_ptr_null(p);
		return;
	}
	ck_assert_int_eq(protection_kind_of(p), PROTECTION_KEK);
	ck_assert_int_eq(protection_key(p, NULL, 0, 0, &key), 0);
	ck_assert_uint_eq(key.len, 32);
	for (size_t i = 0; i < 32; i++)
		ck_assert_uint_eq(key.bytes[i], i);
	ck_assert_uint_eq(protection_derivations(p), 0);
	sess_protection_free(p);
}
END_TEST

START_TEST(test_raw_kek)
{
	/* Bytes that look like the start of a JWK, and that hold a zero. */
	uint8_t kek[32] = { '{', '"', 0, 7 }, zero[32] = { 0 };
	sess_protection *p = NULL;
	struct secret key = { { 0 }, 0 };
	sess_diag diag;

	ck_assert_int_eq(sess_protection_new_kek(kek, 32, &p, &diag), 0);
	ck_assert_int_eq(protection_key(p, NULL, 0, 0, &key), 0);
	ck_assert_mem_eq(key.bytes, kek, 32);
	sess_protection_free(p);
	p = NULL;
	ck_assert_int_eq(sess_protection_new_kek(zero, 32, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(diag.message, "zero"));
	ck_assert_int_eq(sess_protection_new_kek("", 0, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_protection_new_kek(NULL, 0, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_protection_new_kek(NULL, 1, &p, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_protection_new_kek(kek, 32, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(p);
}
END_TEST

START_TEST(test_derived_is_right)
{
	static const uint8_t salt[16] = { 9, 8, 7 };
	struct secret key = { { 0 }, 0 }, again = { { 0 }, 0 }, direct = { { 0 }, 0 };
	sess_protection *p = passphrase("correct horse", 1000);

	ck_assert_int_eq(protection_key(p, salt, 16, 1000, &key), 0);
	ck_assert_int_eq(protection_key(p, salt, 16, 1000, &again), 0);
	ck_assert_int_eq(pbes2_derive(protection_lib(p), (const uint8_t *)"correct horse", 13, salt, 16, 1000, &direct), 0);
	ck_assert_uint_eq(key.len, 32);
	ck_assert_mem_eq(key.bytes, direct.bytes, 32);
	ck_assert_mem_eq(again.bytes, direct.bytes, 32);
	ck_assert_uint_eq(protection_derivations(p), 1);
	/* A salt that begins alike, and another count, are others. */
	ck_assert_int_eq(protection_key(p, salt, 15, 1000, &again), 0);
	ck_assert_mem_ne(again.bytes, direct.bytes, 32);
	ck_assert_int_eq(protection_key(p, salt, 16, 1001, &again), 0);
	ck_assert_mem_ne(again.bytes, direct.bytes, 32);
	ck_assert_uint_eq(protection_derivations(p), 3);
	ck_assert_int_eq(protection_key(p, salt, 16, 1000, &again), 0);
	ck_assert_mem_eq(again.bytes, direct.bytes, 32);
	ck_assert_uint_eq(protection_derivations(p), 3);
	sess_protection_free(p);
}
END_TEST

/* More salts than are remembered: the oldest goes, nothing is confused. */
START_TEST(test_oldest_goes)
{
	struct secret keys[8], again = { { 0 }, 0 };
	sess_protection *p = passphrase("x", 0);
	uint8_t salt[8] = { 0 };

	for (uint8_t i = 0; i < 8; i++) {
		salt[0] = i;
		ck_assert_int_eq(protection_key(p, salt, 8, 1000, &keys[i]), 0);
		for (uint8_t j = 0; j < i; j++)
			ck_assert_mem_ne(keys[i].bytes, keys[j].bytes, 32);
	}
	ck_assert_uint_eq(protection_derivations(p), 8);
	ck_assert_int_eq(protection_key(p, salt, 8, 1000, &again), 0);
	ck_assert_uint_eq(protection_derivations(p), 8);
	salt[0] = 0;
	ck_assert_int_eq(protection_key(p, salt, 8, 1000, &again), 0);
	ck_assert_mem_eq(again.bytes, keys[0].bytes, 32);
	ck_assert_uint_eq(protection_derivations(p), 9);
	sess_protection_free(p);
}
END_TEST

START_TEST(test_references)
{
	sess_protection *p = passphrase("x", 0);
	struct secret key = { { 0 }, 0 };
	uint8_t salt[8] = { 1 };

	ck_assert_ptr_eq(protection_ref(p), p);
	sess_protection_free(p);
	ck_assert_int_eq(protection_key(p, salt, 8, 1000, &key), 0);
	sess_protection_free(p);
}
END_TEST

#define THREADS 8
#define ROUNDS 200
#define SALTS 6

struct worker {
	sess_protection *p;
	const struct secret *expected;
	unsigned number;
	int wrong;
};

static void *
work(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct secret key = { { 0 }, 0 };
		uint8_t salt[8] = { 0 };
		unsigned which = (i / 20 + w->number) % SALTS;

		salt[0] = (uint8_t)which;
		if (protection_key(w->p, salt, 8, 1000, &key) != 0 || memcmp(key.bytes, w->expected[which].bytes, 32) != 0)
			w->wrong++;
		sess_protection_free(protection_ref(w->p));
	}
	sess_protection_free(w->p);
	return NULL;
}

/* More salts than places, so that keys come and go under the readers. */
START_TEST(test_threads)
{
	struct secret expected[SALTS];
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	sess_protection *p = passphrase("shared", 0);

	for (uint8_t i = 0; i < SALTS; i++) {
		uint8_t salt[8] = { i };

		ck_assert_int_eq(pbes2_derive(protection_lib(p), (const uint8_t *)"shared", 6, salt, 8, 1000, &expected[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ protection_ref(p), expected, i, 0 };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	sess_protection_free(p);
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(workers[i].wrong, 0);
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("protection");
	TCase *tcase = tcase_create("protection");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_passphrase);
	tcase_add_test(tcase, test_p2c);
	tcase_add_loop_test(tcase, test_kek, 0, (int)(sizeof(kek_rows) / sizeof(kek_rows[0])));
	tcase_add_test(tcase, test_raw_kek);
	tcase_add_test(tcase, test_derived_is_right);
	tcase_add_test(tcase, test_oldest_goes);
	tcase_add_test(tcase, test_references);
	tcase_add_test(tcase, test_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
