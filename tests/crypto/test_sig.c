/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/sig.c: HS256 by its vectors and key sizes, and what the three algorithms promise alike: every
 * length, every bit flip, verify-only keys, contexts that are reused and keys that are shared.
 */
#include "crypto/sig.h"

#include <openssl/err.h>
#include <pthread.h>

#include "crypto/hex.h"
#include "support/runner.h"

static struct crypto_lib *lib;
static const char *const kind_names[] = { "HS256", "ES256", "EdDSA" };

static void
setup(void)
{
	ck_assert_int_eq(crypto_lib_new(&lib), 0);
}

static void
teardown(void)
{
	crypto_lib_free(lib);
}

/* A key whose secret is 32 bytes of `fill`; without can_sign its public half only. */
static struct sig_key *
new_key(enum sig_kind kind, uint8_t fill, int can_sign)
{
	struct secret secret = { .len = sig_secret_len(kind) };
	struct sig_key *key = NULL;
	uint8_t pub[SIG_PUBLIC_MAX];

	memset(secret.bytes, fill, secret.len);
	if (kind != SIG_HS256)
		ck_assert_int_eq(sig_public_from_secret(lib, kind, &secret, pub), 0);
	ck_assert_int_eq(
	    sig_key_new(lib, kind, can_sign ? &secret : NULL, kind == SIG_HS256 ? NULL : pub, &key), 0);
	return key;
}

static struct sig *
new_sig(enum sig_kind kind, uint8_t fill, int can_sign)
{
	struct sig_key *key = new_key(kind, fill, can_sign);
	struct sig *s = NULL;

	ck_assert_int_eq(sig_new(key, &s), 0);
	sig_key_free(key); /* the context holds its own reference */
	return s;
}

static const char a1_key[] =
    "0323354b2b0fa5bc837e0665777ba68f5ab328e6f054c928a90f84b2d2502ebfd3fb5a92d20647ef968ab4c377623d22"
    "3d2e2172052e4f08c0cd9af567d080a3";
static const char a1_input[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"
    "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
static const char a1_mac[] = "7418dfb49799e0254ffa607dd8adbbba16d4254d69d6bff05b58055853848d79";

START_TEST(hs256_of_rfc_7515_a1)
{
	struct secret secret = hex_secret(a1_key);
	struct sig_key *key = NULL;
	struct sig *s = NULL;
	uint8_t mac[32], out[32];

	hex_parse(a1_mac, mac, sizeof(mac));
	ck_assert_int_eq(sig_key_new(lib, SIG_HS256, &secret, NULL, &key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	ck_assert_int_eq(sig_sign(s, (const uint8_t *)a1_input, strlen(a1_input), out), 0);
	ck_assert_mem_eq(out, mac, sizeof(mac));
	ck_assert_int_eq(sig_verify(s, (const uint8_t *)a1_input, strlen(a1_input), mac, sizeof(mac)), 0);
	sig_free(s);
	sig_key_free(key);
}
END_TEST

START_TEST(hs256_key_sizes)
{
	struct sig_key *key = NULL;

	for (size_t n = 0; n <= SECRET_MAX; n++) {
		struct secret secret = { .bytes = { 1 }, .len = n };
		int rc = sig_key_new(lib, SIG_HS256, &secret, NULL, &key);
		ck_assert_msg(rc == (n >= 32 ? 0 : SESS_ERR_ARGUMENT), "a key of %zu bytes", n);
		if (rc == 0)
			sig_key_free(key);
	}
	ck_assert_int_eq(sig_key_new(lib, SIG_HS256, NULL, NULL, &key), SESS_ERR_ARGUMENT);
}
END_TEST

START_TEST(sizes)
{
	struct secret secret = { .len = 32 };
	uint8_t pub[SIG_PUBLIC_MAX];

	ck_assert_uint_eq(sig_len(SIG_HS256), 32);
	ck_assert_uint_eq(sig_len(SIG_ES256), 64);
	ck_assert_uint_eq(sig_len(SIG_EDDSA), 64);
	ck_assert_uint_eq(sig_public_len(SIG_HS256), 0);
	ck_assert_uint_eq(sig_public_len(SIG_ES256), 64);
	ck_assert_uint_eq(sig_public_len(SIG_EDDSA), 32);
	ck_assert_int_eq(sig_public_from_secret(lib, SIG_HS256, &secret, pub), SESS_ERR_ARGUMENT);
	sig_key_free(NULL);
	sig_free(NULL);
}
END_TEST

START_TEST(secrets_and_public_parts_are_required)
{
	enum sig_kind kind = (enum sig_kind)_i;
	struct secret secret = { .bytes = { 1 }, .len = 32 };
	struct sig_key *key = NULL;
	uint8_t pub[SIG_PUBLIC_MAX];

	ck_assert_int_eq(sig_public_from_secret(lib, kind, &secret, pub), 0);
	ck_assert_int_eq(sig_key_new(lib, kind, &secret, NULL, &key), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sig_key_new(lib, kind, NULL, NULL, &key), SESS_ERR_ARGUMENT);
	for (size_t n = 0; n <= SECRET_MAX; n++) {
		secret.len = n;
		if (n == 32)
			continue;
		ck_assert_int_eq(sig_key_new(lib, kind, &secret, pub, &key), SESS_ERR_ARGUMENT);
		ck_assert_int_eq(sig_public_from_secret(lib, kind, &secret, pub), SESS_ERR_ARGUMENT);
	}
	ck_assert_ptr_null(key);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(every_length_comes_back)
{
	enum sig_kind kind = (enum sig_kind)_i;
	struct sig *s = new_sig(kind, 1, 1), *verifier = kind == SIG_HS256 ? new_sig(kind, 1, 1) : new_sig(kind, 1, 0);
	uint8_t msg[140], out[SIG_LEN_MAX + 1];

	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(msg); n++) {
		out[sig_len(kind)] = 0xee;
		ck_assert_int_eq(sig_sign(s, n ? msg : NULL, n, out), 0);
		ck_assert_uint_eq(out[sig_len(kind)], 0xee);
		ck_assert_msg(sig_verify(verifier, n ? msg : NULL, n, out, sig_len(kind)) == 0, "%s: %zu bytes",
		    kind_names[_i], n);
		ck_assert_int_eq(sig_verify(verifier, msg, n ? n - 1 : 1, out, sig_len(kind)), SESS_ERR_REJECTED);
	}
	sig_free(s);
	sig_free(verifier);
}
END_TEST

START_TEST(every_bit_flip_is_refused)
{
	enum sig_kind kind = (enum sig_kind)_i;
	struct sig *s = new_sig(kind, 1, 1);
	uint8_t msg[9] = "message", out[SIG_LEN_MAX];
	size_t len = sig_len(kind);

	ck_assert_int_eq(sig_sign(s, msg, sizeof(msg), out), 0);
	for (size_t bit = 0; bit < len * 8; bit++) {
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		int rc = sig_verify(s, msg, sizeof(msg), out, len);
		ck_assert_msg(rc == SESS_ERR_REJECTED, "%s: bit %zu of the signature: %d", kind_names[_i], bit, rc);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof(msg) * 8; bit++) {
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		int rc = sig_verify(s, msg, sizeof(msg), out, len);
		ck_assert_msg(rc == SESS_ERR_REJECTED, "%s: bit %zu of the message: %d", kind_names[_i], bit, rc);
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(sig_verify(s, msg, sizeof(msg), out, len), 0);
	sig_free(s);
}
END_TEST

START_TEST(every_other_length_is_refused)
{
	enum sig_kind kind = (enum sig_kind)_i;
	struct sig *s = new_sig(kind, 1, 1);
	uint8_t msg[9] = "message", out[2 * SIG_LEN_MAX] = {0};

	ck_assert_int_eq(sig_sign(s, msg, sizeof(msg), out), 0);
	for (size_t n = 0; n <= sizeof(out); n++)
		ck_assert_msg(sig_verify(s, msg, sizeof(msg), out, n) == (n == sig_len(kind) ? 0 : SESS_ERR_REJECTED),
		    "%s: a signature of %zu bytes", kind_names[_i], n);
	sig_free(s);
}
END_TEST

START_TEST(another_key_refuses)
{
	enum sig_kind kind = (enum sig_kind)_i;
	struct sig *s = new_sig(kind, 1, 1), *other = new_sig(kind, 2, 1);
	uint8_t msg[9] = "message", out[SIG_LEN_MAX];

	ck_assert_int_eq(sig_sign(s, msg, sizeof(msg), out), 0);
	ck_assert_int_eq(sig_verify(other, msg, sizeof(msg), out, sig_len(kind)), SESS_ERR_REJECTED);
	sig_free(s);
	sig_free(other);
}
END_TEST

START_TEST(a_verify_only_key_cannot_sign)
{
	enum sig_kind kind = (enum sig_kind)_i;
	struct sig_key *key = new_key(kind, 1, 0), *full = new_key(kind, 1, 1);
	struct sig *s = NULL;
	uint8_t out[SIG_LEN_MAX];

	ck_assert_int_eq(sig_key_can_sign(full), 1);
	ck_assert_int_eq(sig_key_can_sign(key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	ck_assert_int_eq(sig_sign(s, (const uint8_t *)"m", 1, out), SESS_ERR_ARGUMENT);
	sig_free(s);
	sig_key_free(key);
	sig_key_free(full);
}
END_TEST

static void *
sign_and_verify(void *arg)
{
	struct sig_key *key = sig_key_ref(arg);
	struct sig *s = NULL;
	uint8_t out[SIG_LEN_MAX];
	int failed = sig_new(key, &s);

	for (uint32_t i = 0; !failed && i < 50; i++)
		failed = sig_sign(s, (const uint8_t *)&i, sizeof(i), out) != 0 ||
		    sig_verify(s, (const uint8_t *)&i, sizeof(i), out, sig_len(SIG_ES256)) != 0;
	sig_free(s);
	sig_key_free(key);
	return failed ? arg : NULL;
}

/* Its full worth is under the thread sanitizer. */
START_TEST(threads_share_a_key)
{
	struct sig_key *key = new_key(SIG_ES256, 1, 1);
	pthread_t threads[2];
	void *failed = NULL;

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_and_verify, key), 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	sig_key_free(key);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/sig");
	TCase *tc = tcase_create("sig");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hs256_of_rfc_7515_a1);
	tcase_add_test(tc, hs256_key_sizes);
	tcase_add_test(tc, sizes);
	tcase_add_loop_test(tc, secrets_and_public_parts_are_required, SIG_ES256, SIG_EDDSA + 1);
	tcase_add_loop_test(tc, every_length_comes_back, SIG_HS256, SIG_EDDSA + 1);
	tcase_add_loop_test(tc, every_bit_flip_is_refused, SIG_HS256, SIG_EDDSA + 1);
	tcase_add_loop_test(tc, every_other_length_is_refused, SIG_HS256, SIG_EDDSA + 1);
	tcase_add_loop_test(tc, another_key_refuses, SIG_HS256, SIG_EDDSA + 1);
	tcase_add_loop_test(tc, a_verify_only_key_cannot_sign, SIG_ES256, SIG_EDDSA + 1);
	tcase_add_test(tc, threads_share_a_key);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
