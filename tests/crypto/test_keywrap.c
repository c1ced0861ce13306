/* SPDX-License-Identifier: MIT */
/* Tests of src/crypto/keywrap.c: the vectors of RFC 3394 §4 for a 256-bit key, every bit flip, every length. */
#include "crypto/keywrap.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/hex.h"
#include "support/runner.h"

#define KEK "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct crypto_lib *lib;
static struct keywrap *kw;

static void
setup(void)
{
	struct secret kek = hex_secret(KEK);

	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	ck_assert_int_eq(keywrap_new(lib, kek.bytes, &kw), 0);
}

static void
teardown(void)
{
	keywrap_free(kw);
	keywrap_free(NULL);
	crypto_lib_free(lib);
}

static const struct {
	const char *name, *plain, *wrapped;
} rows[] = {
	{ "RFC 3394 4.3", "00112233445566778899aabbccddeeff", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7" },
	{ "RFC 3394 4.5", "00112233445566778899aabbccddeeff0001020304050607",
	    "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1" },
	{ "RFC 3394 4.6", "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
	    "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21" },
};

START_TEST(vector)
{
	uint8_t plain[64], wrapped[64], out[64];
	size_t n = hex_parse(rows[_i].plain, plain, sizeof(plain));
	size_t m = hex_parse(rows[_i].wrapped, wrapped, sizeof(wrapped));

	/* Twice: the context is reused. */
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(keywrap_wrap(kw, plain, n, out), 0);
		ck_assert_msg(memcmp(out, wrapped, m) == 0, "%s: wrap", rows[_i].name);
		ck_assert_int_eq(keywrap_unwrap(kw, wrapped, m, out), 0);
		ck_assert_msg(memcmp(out, plain, n) == 0, "%s: unwrap", rows[_i].name);
	}
}
END_TEST

START_TEST(every_bit_flip_is_refused)
{
	uint8_t plain[64], wrapped[72], out[72];

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	ck_assert_int_eq(keywrap_wrap(kw, plain, 64, wrapped), 0);
	for (size_t bit = 0; bit < 72 * 8; bit++) {
		wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(out, 0xee, sizeof(out));
		ck_assert_msg(keywrap_unwrap(kw, wrapped, 72, out) == SESS_ERR_REJECTED, "bit %zu", bit);
		ck_assert_msg(hex_is_zero(out, 64), "bit %zu left key bytes", bit);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(keywrap_unwrap(kw, wrapped, 72, out), 0);
	ck_assert_mem_eq(out, plain, 64);
}
END_TEST

START_TEST(only_whole_blocks_are_taken)
{
	uint8_t in[88] = {0}, out[96];

	for (size_t n = 0; n <= 80; n++) {
		int possible = n % 8 == 0 && n >= 16;
		ck_assert_msg(keywrap_wrap(kw, in, n, out) == (possible ? 0 : SESS_ERR_ARGUMENT), "wrap of %zu", n);
		if (possible) {
			ck_assert_int_eq(keywrap_unwrap(kw, out, n + 8, out), 0);
			ck_assert(hex_is_zero(out, n));
		}
		/* Zeros are no wrapping of anything, whatever their number. */
		ck_assert_msg(keywrap_unwrap(kw, in, n, out) == SESS_ERR_REJECTED, "unwrap of %zu", n);
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
}
END_TEST

/* OpenSSL's AES-256-WRAP is the judge: keys of all lengths that there are, and some that there are not. */
START_TEST(openssl_agrees)
{
	struct secret kek = hex_secret(KEK);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t plain[4096], want[4104], out[4104], back[4096];
	int len = 0;

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 31 + i / 256 + 7);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	for (size_t n = 16; n <= sizeof(plain); n += n < 256 ? 8 : 1280) {
		ck_assert_int_eq(EVP_EncryptInit_ex2(ctx, cipher, kek.bytes, NULL, NULL), 1);
		ck_assert_int_eq(EVP_EncryptUpdate(ctx, want, &len, plain, (int)n), 1);
		ck_assert_int_eq(len, (int)n + 8);
		ck_assert_int_eq(keywrap_wrap(kw, plain, n, out), 0);
		ck_assert_msg(memcmp(out, want, n + 8) == 0, "wrap of %zu", n);
		ck_assert_int_eq(keywrap_unwrap(kw, want, n + 8, back), 0);
		ck_assert_msg(memcmp(back, plain, n) == 0, "unwrap of %zu", n);
	}
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}
END_TEST

START_TEST(too_much_is_refused)
{
	static uint8_t in[KEYWRAP_MAX + 16], out[KEYWRAP_MAX + 16];

	ck_assert_int_eq(keywrap_wrap(kw, in, KEYWRAP_MAX + 8, out), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(keywrap_unwrap(kw, in, KEYWRAP_MAX + 16, out), SESS_ERR_REJECTED);
	ck_assert_int_eq(keywrap_wrap(kw, in, KEYWRAP_MAX, out), 0);
	memset(in, 1, sizeof(in));
	ck_assert_int_eq(keywrap_unwrap(kw, out, KEYWRAP_MAX + 8, in), 0);
	ck_assert(hex_is_zero(in, KEYWRAP_MAX));
}
END_TEST

START_TEST(another_key_is_refused)
{
	struct secret other = hex_secret(KEK);
	struct keywrap *kw2 = NULL;
	uint8_t plain[32] = { 1 }, wrapped[40], out[40];

	other.bytes[31] ^= 1;
	ck_assert_int_eq(keywrap_new(lib, other.bytes, &kw2), 0);
	ck_assert_int_eq(keywrap_wrap(kw, plain, 32, wrapped), 0);
	ck_assert_int_eq(keywrap_unwrap(kw2, wrapped, 40, out), SESS_ERR_REJECTED);
	keywrap_free(kw2);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/keywrap");
	TCase *tc = tcase_create("keywrap");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, vector, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, every_bit_flip_is_refused);
	tcase_add_test(tc, only_whole_blocks_are_taken);
	tcase_add_test(tc, openssl_agrees);
	tcase_add_test(tc, too_much_is_refused);
	tcase_add_test(tc, another_key_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
