/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/aead_cbc.c: RFC 7518 appendix B.3, agreement with HMAC and AES-CBC put together by hand, and that
 * bad padding and odd lengths are refused even under a good tag.
 */
#include "crypto/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/hex.h"
#include "support/runner.h"

static struct crypto_lib *lib;
static struct aead *a;
static uint8_t key[64];

static void
setup(void)
{
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	ck_assert_int_eq(aead_new(lib, AEAD_A256CBC_HS512, &a), 0);
	ck_assert_int_eq(aead_set_key(a, key), 0);
}

static void
teardown(void)
{
	aead_free(a);
	crypto_lib_free(lib);
}

/* RFC 7518 B.3; its key is 00 01 02 ... 3f. */
static const char b3_iv[] = "1af38c2dc2b96ffdd86694092341bc04";
static const char b3_aad[] = "546865207365636f6e64207072696e6369706c65206f662041756775737465204b6572636b686f666673";
static const char b3_plain[] =
    "41206369706865722073797374656d206d757374206e6f7420626520726571756972656420746f206265207365637265"
    "742c20616e64206974206d7573742062652061626c6520746f2066616c6c20696e746f207468652068616e6473206f66"
    "2074686520656e656d7920776974686f757420696e636f6e76656e69656e6365";
static const char b3_sealed[] =
    "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2"
    "e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3"
    "a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6";
static const char b3_tag[] = "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5";

START_TEST(rfc_vector)
{
	uint8_t iv[16], aad[64], plain[160], sealed[160], tag[32], out[176], out_tag[32];
	size_t aad_len = hex_parse(b3_aad, aad, sizeof(aad)), n = hex_parse(b3_plain, plain, sizeof(plain)), len = 0;
	size_t m = hex_parse(b3_sealed, sealed, sizeof(sealed));

	hex_parse(b3_iv, iv, sizeof(iv));
	hex_parse(b3_tag, tag, sizeof(tag));
	ck_assert_uint_eq(aead_sealed_len(AEAD_A256CBC_HS512, n), m);
	ck_assert_int_eq(aead_seal(a, iv, aad, aad_len, plain, n, out, out_tag), 0);
	ck_assert_mem_eq(out, sealed, m);
	ck_assert_mem_eq(out_tag, tag, sizeof(tag));
	ck_assert_int_eq(aead_open(a, iv, aad, aad_len, sealed, m, tag, out, &len), 0);
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(out, plain, n);
}
END_TEST

/* RFC 7518 §5.2.2.1 by other means: the tag over any ciphertext, and the raw cipher without padding. */
static void
tag_by_hand(const uint8_t *aad, size_t aad_len, const uint8_t iv[16], const uint8_t *sealed, size_t n, uint8_t tag[32])
{
	uint8_t input[256], mac[64];
	size_t len = 0;

	if (aad_len)
		memcpy(input, aad, aad_len);
	memcpy(input + aad_len, iv, 16);
	memcpy(input + aad_len + 16, sealed, n);
	len = aad_len + 16 + n;
	memset(input + len, 0, 8);
	input[len + 7] = (uint8_t)(aad_len * 8);
	ck_assert_ptr_nonnull(HMAC(EVP_sha512(), key, 32, input, len + 8, mac, NULL));
	memcpy(tag, mac, 32);
}

static void
encrypt_by_hand(const uint8_t iv[16], const uint8_t *padded, size_t n, uint8_t *sealed)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key + 32, iv), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(ctx, 0), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, sealed, &len, padded, (int)n), 1);
	ck_assert_int_eq(len, (int)n);
	EVP_CIPHER_CTX_free(ctx);
}

START_TEST(agrees_with_its_parts)
{
	uint8_t iv[16] = { 7 }, padded[64], sealed[64], tag[32], out[64], out_tag[32];

	for (size_t n = 0; n < 48; n++) {
		size_t m = aead_sealed_len(AEAD_A256CBC_HS512, n), aad_len = n % 17;
		memset(padded, 'p', n);
		memset(padded + n, (int)(m - n), m - n);
		encrypt_by_hand(iv, padded, m, sealed);
		tag_by_hand(padded, aad_len, iv, sealed, m, tag);
		ck_assert_int_eq(aead_seal(a, iv, padded, aad_len, padded, n, out, out_tag), 0);
		ck_assert_msg(memcmp(out, sealed, m) == 0, "ciphertext of %zu bytes", n);
		ck_assert_msg(memcmp(out_tag, tag, 32) == 0, "tag of %zu bytes", n);
	}
}
END_TEST

/* The last block as it is encrypted: the padding that a holder of the key chose. */
static const struct {
	const char *name, *last;
	int good;
} paddings[] = {
	{ "one", "61616161616161616161616161616101", 1 },
	{ "two", "61616161616161616161616161610202", 1 },
	{ "a whole block", "10101010101010101010101010101010", 1 },
	{ "zero", "61616161616161616161616161616100", 0 },
	{ "seventeen", "11111111111111111111111111111111", 0 },
	{ "255", "616161616161616161616161616161ff", 0 },
	{ "first byte differs", "61616161616161616161616103040404", 0 },
	{ "a block but one", "11101010101010101010101010101010", 0 },
};

START_TEST(padding_is_checked)
{
	uint8_t iv[16] = { 7 }, padded[32] = "sixteen bytes ..", sealed[32], tag[32], out[32];
	size_t len = 999;

	hex_parse(paddings[_i].last, padded + 16, 16);
	encrypt_by_hand(iv, padded, 32, sealed);
	tag_by_hand(NULL, 0, iv, sealed, 32, tag);
	memset(out, 0xee, sizeof(out));
	int rc = aead_open(a, iv, NULL, 0, sealed, 32, tag, out, &len);
	if (paddings[_i].good) {
		ck_assert_msg(rc == 0 && len == 32u - padded[31], "%s", paddings[_i].name);
		return;
	}
	ck_assert_msg(rc == SESS_ERR_REJECTED && len == 999, "%s", paddings[_i].name);
	ck_assert_msg(hex_is_zero(out, 32), "%s: plaintext was left", paddings[_i].name);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(odd_lengths_are_refused_under_a_good_tag)
{
	uint8_t iv[16] = { 7 }, sealed[48] = { 1 }, tag[32], out[48];
	size_t len = 999;

	for (size_t n = 0; n <= sizeof(sealed); n++) {
		if (n && n % 16 == 0)
			continue;
		tag_by_hand(NULL, 0, iv, sealed, n, tag);
		int rc = aead_open(a, iv, NULL, 0, sealed, n, tag, out, &len);
		ck_assert_msg(rc == SESS_ERR_REJECTED, "%zu bytes: %d", n, rc);
		ck_assert_uint_eq(len, 999);
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/aead_cbc");
	TCase *tc = tcase_create("aead_cbc");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rfc_vector);
	tcase_add_test(tc, agrees_with_its_parts);
	tcase_add_loop_test(tc, padding_is_checked, 0, (int)(sizeof(paddings) / sizeof(paddings[0])));
	tcase_add_test(tc, odd_lengths_are_refused_under_a_good_tag);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
