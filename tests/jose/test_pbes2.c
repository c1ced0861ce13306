/* SPDX-License-Identifier: MIT */
/*
 * jose/pbes2.c: the example of RFC 7520 §5.3, whose content key comes out of its encrypted key only under the right derived
 * key, keys computed by Python's hashlib, and the bounds of salt and count.
 */
#include "jose/pbes2.h"

#include <string.h>

#include "base/b64url.h"
#include "crypto/hex.h"
#include "crypto/keywrap.h"
#include "support/runner.h"

/* RFC 7520 §5.3.1; the dashes are U+2013. */
#define PWD "entrap_o\xe2\x80\x93peter_long\xe2\x80\x93" "credit_tun"

static struct crypto_lib *lib;

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

static size_t
unb64(const char *text, uint8_t *out)
{
	ck_assert_int_eq(b64url_decode(out, text, strlen(text)), 0);
	return B64URL_DECODED_LEN(strlen(text));
}

static int
derive(const char *passphrase, const uint8_t *p2s, size_t n, int64_t p2c, struct secret *ret)
{
	return pbes2_derive(lib, (const uint8_t *)passphrase, strlen(passphrase), p2s, n, p2c, ret);
}

START_TEST(rfc7520)
{
	uint8_t salt[16], wrapped[40], cek[32], out[32];
	struct secret key = { { 0 }, 0 };
	struct keywrap *kw;
	size_t n = unb64("8Q1SzinasR3xchYz6ZZcHA", salt);

	ck_assert_uint_eq(unb64("d3qNhUWfqheyPp4H8sjOWsDYajoej4c5Je6rlUtFPWdgtURtmeDV1g", wrapped), 40);
	ck_assert_uint_eq(unb64("uwsjJXaBK407Qaf0_zpcpmr1Cs0CC50hIUEyGNEt3m0", cek), 32);
	ck_assert_int_eq(derive(PWD, salt, n, 8192, &key), 0);
	ck_assert_uint_eq(key.len, KEYWRAP_KEY_LEN);
	ck_assert_int_eq(keywrap_new(lib, key.bytes, &kw), 0);
	ck_assert_int_eq(keywrap_unwrap(kw, wrapped, 40, out), 0);
	ck_assert_mem_eq(out, cek, 32);
	keywrap_free(kw);
}
END_TEST

/* hashlib.pbkdf2_hmac('sha512', b'Thus from my lips', b'PBES2-HS512+A256KW\0' + bytes(range(8)), 1000, 32) and more. */
START_TEST(salt_input)
{
	static const struct {
		size_t salt_len;
		int64_t p2c;
		const char *key;
	} rows[] = {
		{ 8, 1000, "846dd48dd70daede0606f4a724e070563d3da11014d1dc17e58ad22800f05200" },
		{ 64, 1, "b7ea71fdb60cb5135c7a1efc522e5c07cc60788401e6bc1ab21e80f477cdfe07" },
	};
	uint8_t salt[64], expected[32];

	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct secret key = { { 0 }, 0 };

		ck_assert_uint_eq(hex_parse(rows[i].key, expected, sizeof(expected)), 32);
		ck_assert_int_eq(derive("Thus from my lips", salt, rows[i].salt_len, rows[i].p2c, &key), 0);
		ck_assert_mem_eq(key.bytes, expected, 32);
	}
}
END_TEST

START_TEST(bounds)
{
	uint8_t salt[65] = { 1 };
	struct secret key = { { 0 }, 0 };

	ck_assert_int_eq(derive("p", salt, 7, 1000, &key), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(derive("p", salt, 65, 1000, &key), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(derive("p", salt, 0, 1000, &key), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(derive("p", salt, 16, 0, &key), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(derive("p", salt, 16, -1, &key), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(derive("", salt, 16, 1000, &key), SESS_ERR_ARGUMENT);
	ck_assert_uint_eq(key.len, 0);
	ck_assert(hex_is_zero(key.bytes, sizeof(key.bytes)));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("pbes2");
	TCase *tcase = tcase_create("pbes2");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, rfc7520);
	tcase_add_test(tcase, salt_input);
	tcase_add_test(tcase, bounds);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
