/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/aead.c: known answers of AES-256-GCM, and what both algorithms promise alike: every length, every
 * bit flip, contexts that are reused, keyed again, or not keyed at all.
 */
#include "crypto/aead.h"

#include <openssl/err.h>

#include "crypto/hex.h"
#include "support/runner.h"

static struct crypto_lib *lib;
static const char *const kind_names[] = { "A256GCM", "A256CBC-HS512" };

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

static struct aead *
new_keyed(enum aead_kind kind, uint8_t first)
{
	struct aead *a = NULL;
	uint8_t key[AEAD_KEY_MAX];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(first + i);
	ck_assert_int_eq(aead_new(lib, kind, &a), 0);
	ck_assert_int_eq(aead_set_key(a, key), 0);
	return a;
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B. */
static const struct {
	const char *name, *key, *iv, *aad, *plain, *sealed, *tag;
} gcm_rows[] = {
	{ "case 13: nothing", "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "case 14: one block", "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
	    "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "case 16: with AAD", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
	    "b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
	    "c5f61e6393ba7a0abcc9f662",
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
};

START_TEST(gcm_vector)
{
	uint8_t key[32], iv[12], aad[32], plain[64], sealed[64], tag[16], out[64], out_tag[16];
	size_t i = (size_t)_i, len = 99, n = hex_parse(gcm_rows[i].plain, plain, sizeof(plain));
	size_t aad_len = hex_parse(gcm_rows[i].aad, aad, sizeof(aad));
	struct aead *a = NULL;

	hex_parse(gcm_rows[i].key, key, sizeof(key));
	hex_parse(gcm_rows[i].iv, iv, sizeof(iv));
	hex_parse(gcm_rows[i].sealed, sealed, sizeof(sealed));
	hex_parse(gcm_rows[i].tag, tag, sizeof(tag));
	ck_assert_int_eq(aead_new(lib, AEAD_A256GCM, &a), 0);
	ck_assert_int_eq(aead_set_key(a, key), 0);
	ck_assert_int_eq(aead_seal(a, iv, aad, aad_len, plain, n, out, out_tag), 0);
	ck_assert_msg(memcmp(out, sealed, n) == 0 && memcmp(out_tag, tag, 16) == 0, "%s: seal", gcm_rows[i].name);
	ck_assert_int_eq(aead_open(a, iv, aad, aad_len, sealed, n, tag, out, &len), 0);
	ck_assert_msg(len == n && memcmp(out, plain, n) == 0, "%s: open", gcm_rows[i].name);
	aead_free(a);
}
END_TEST

START_TEST(sizes)
{
	ck_assert_uint_eq(aead_key_len(AEAD_A256GCM), 32);
	ck_assert_uint_eq(aead_iv_len(AEAD_A256GCM), 12);
	ck_assert_uint_eq(aead_tag_len(AEAD_A256GCM), 16);
	ck_assert_uint_eq(aead_sealed_len(AEAD_A256GCM, 33), 33);
	ck_assert_uint_eq(aead_key_len(AEAD_A256CBC_HS512), 64);
	ck_assert_uint_eq(aead_iv_len(AEAD_A256CBC_HS512), 16);
	ck_assert_uint_eq(aead_tag_len(AEAD_A256CBC_HS512), 32);
	ck_assert_uint_eq(aead_sealed_len(AEAD_A256CBC_HS512, 0), 16);
	ck_assert_uint_eq(aead_sealed_len(AEAD_A256CBC_HS512, 15), 16);
	ck_assert_uint_eq(aead_sealed_len(AEAD_A256CBC_HS512, 16), 32);
	aead_free(NULL);
}
END_TEST

/* One context for all: whatever a message leaves behind would show in the next. */
START_TEST(every_length_comes_back)
{
	enum aead_kind kind = (enum aead_kind)_i;
	struct aead *a = new_keyed(kind, 1);
	uint8_t iv[AEAD_IV_MAX] = { 9 }, text[100], out[120], back[120], tag[AEAD_TAG_MAX];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 3);
	for (size_t n = 0; n <= sizeof(text); n++) {
		size_t m = aead_sealed_len(kind, n), len = 999, aad_len = n % 23;
		iv[1] = (uint8_t)n;
		memset(out, 0xee, sizeof(out));
		memset(back, 0xee, sizeof(back));
		ck_assert_int_eq(aead_seal(a, iv, aad_len ? text : NULL, aad_len, n ? text : NULL, n, out, tag), 0);
		ck_assert_msg(out[m] == 0xee, "%s: %zu bytes wrote past the end", kind_names[_i], n);
		ck_assert_int_eq(aead_open(a, iv, text, aad_len, out, m, tag, back, &len), 0);
		ck_assert_msg(len == n && memcmp(back, text, n) == 0, "%s: %zu bytes", kind_names[_i], n);
		ck_assert_msg(back[m] == 0xee, "%s: opening %zu bytes wrote past the end", kind_names[_i], m);
	}
	aead_free(a);
}
END_TEST

static void
refuse_flips(struct aead *a, uint8_t *part, size_t part_len, const char *name, const uint8_t *iv, const uint8_t *aad,
    const uint8_t *sealed, size_t n, const uint8_t *tag)
{
	uint8_t out[80];
	size_t len = 999;

	for (size_t bit = 0; bit < part_len * 8; bit++) {
		part[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(out, 0xee, sizeof(out));
		int rc = aead_open(a, iv, aad, 21, sealed, n, tag, out, &len);
		ck_assert_msg(rc == SESS_ERR_REJECTED, "%s bit %zu: %d", name, bit, rc);
		ck_assert_msg(len == 999, "%s bit %zu: a length came out", name, bit);
		ck_assert_msg(hex_is_zero(out, n), "%s bit %zu: plaintext was left", name, bit);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		part[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

START_TEST(every_bit_flip_is_refused)
{
	enum aead_kind kind = (enum aead_kind)_i;
	struct aead *a = new_keyed(kind, 1);
	uint8_t iv[AEAD_IV_MAX] = { 9 }, aad[21] = "header", text[37] = "claims", out[80], back[80], tag[AEAD_TAG_MAX];
	size_t m = aead_sealed_len(kind, sizeof(text)), len = 0;

	ck_assert_int_eq(aead_seal(a, iv, aad, sizeof(aad), text, sizeof(text), out, tag), 0);
	refuse_flips(a, iv, aead_iv_len(kind), "iv", iv, aad, out, m, tag);
	refuse_flips(a, aad, sizeof(aad), "aad", iv, aad, out, m, tag);
	refuse_flips(a, out, m, "ciphertext", iv, aad, out, m, tag);
	refuse_flips(a, tag, aead_tag_len(kind), "tag", iv, aad, out, m, tag);
	for (size_t cut = 0; cut < m; cut++)
		ck_assert_int_eq(aead_open(a, iv, aad, sizeof(aad), out, cut, tag, back, &len), SESS_ERR_REJECTED);
	for (size_t cut = 0; cut < sizeof(aad); cut++)
		ck_assert_int_eq(aead_open(a, iv, aad, cut, out, m, tag, back, &len), SESS_ERR_REJECTED);
	ck_assert_int_eq(aead_open(a, iv, aad, sizeof(aad), out, m, tag, back, &len), 0);
	ck_assert_mem_eq(back, text, sizeof(text));
	aead_free(a);
}
END_TEST

START_TEST(a_new_key_replaces_the_old)
{
	enum aead_kind kind = (enum aead_kind)_i;
	struct aead *a = new_keyed(kind, 1), *other = new_keyed(kind, 2);
	uint8_t iv[AEAD_IV_MAX] = { 9 }, text[20] = "x", one[40], two[40], back[40];
	uint8_t tag1[AEAD_TAG_MAX], tag2[AEAD_TAG_MAX], key[AEAD_KEY_MAX];
	size_t m = aead_sealed_len(kind, 20), len = 0;

	ck_assert_int_eq(aead_seal(a, iv, NULL, 0, text, 20, one, tag1), 0);
	ck_assert_int_eq(aead_seal(other, iv, NULL, 0, text, 20, two, tag2), 0);
	ck_assert_mem_ne(one, two, m);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(2 + i);
	ck_assert_int_eq(aead_set_key(a, key), 0);
	ck_assert_int_eq(aead_open(a, iv, NULL, 0, one, m, tag1, back, &len), SESS_ERR_REJECTED);
	ck_assert_int_eq(aead_open(a, iv, NULL, 0, two, m, tag2, back, &len), 0);
	ck_assert_int_eq(aead_seal(a, iv, NULL, 0, text, 20, one, tag1), 0);
	ck_assert_mem_eq(one, two, m);
	ck_assert_mem_eq(tag1, tag2, aead_tag_len(kind));
	aead_free(a);
	aead_free(other);
}
END_TEST

START_TEST(without_a_key_nothing_works)
{
	enum aead_kind kind = (enum aead_kind)_i;
	struct aead *a = NULL;
	uint8_t iv[AEAD_IV_MAX] = {0}, text[16] = {0}, out[32], tag[AEAD_TAG_MAX] = {0};
	size_t len = 0;

	ck_assert_int_eq(aead_new(lib, kind, &a), 0);
	ck_assert_int_eq(aead_seal(a, iv, NULL, 0, text, 16, out, tag), SESS_ERR_CRYPTO);
	ck_assert_int_eq(aead_open(a, iv, NULL, 0, text, 16, tag, out, &len), SESS_ERR_CRYPTO);
	aead_free(a);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/aead");
	TCase *tc = tcase_create("aead");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, gcm_vector, 0, (int)(sizeof(gcm_rows) / sizeof(gcm_rows[0])));
	tcase_add_test(tc, sizes);
	tcase_add_loop_test(tc, every_length_comes_back, 0, 2);
	tcase_add_loop_test(tc, every_bit_flip_is_refused, 0, 2);
	tcase_add_loop_test(tc, a_new_key_replaces_the_old, 0, 2);
	tcase_add_loop_test(tc, without_a_key_nothing_works, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
