/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/kdf.c: the vectors of RFC 5869 appendix A (SHA-256) and RFC 4231, and the limits of lengths. PBKDF2 with
 * HMAC-SHA512: the inputs of RFC 6070 and RFC 7914 §11, which give other hashes' outputs; these were computed by a loop over
 * HMAC written from RFC 8018 §5.2, and agree with Python's hashlib.pbkdf2_hmac().
 */
#include "crypto/kdf.h"

#include <openssl/err.h>

#include "crypto/hex.h"
#include "support/runner.h"

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

static const struct {
	const char *name, *ikm, *salt, *info, *okm;
} hkdf_rows[] = {
	{ "RFC 5869 A.1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
	    "f0f1f2f3f4f5f6f7f8f9",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
	{ "RFC 5869 A.2",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
	    "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
	    "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
	    "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
	    "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
	{ "RFC 5869 A.3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

START_TEST(hkdf_vector)
{
	uint8_t ikm[128], salt[128], info[128], okm[128], out[128];
	size_t i = (size_t)_i, ikm_len = hex_parse(hkdf_rows[i].ikm, ikm, 128);
	size_t salt_len = hex_parse(hkdf_rows[i].salt, salt, 128), info_len = hex_parse(hkdf_rows[i].info, info, 128);
	size_t n = hex_parse(hkdf_rows[i].okm, okm, 128);

	int rc = kdf_hkdf_sha256_raw(lib, ikm, ikm_len, salt_len ? salt : NULL, salt_len,
	    info_len ? info : NULL, info_len, out, n);
	ck_assert_int_eq(rc, 0);
	ck_assert_msg(memcmp(out, okm, n) == 0, "%s", hkdf_rows[i].name);
}
END_TEST

START_TEST(output_length_is_limited)
{
	static uint8_t out[255 * 32 + 1];
	uint8_t ikm[22] = { 11 };

	ck_assert_int_eq(kdf_hkdf_sha256_raw(lib, ikm, 22, NULL, 0, NULL, 0, out, 255 * 32), 0);
	ck_assert_int_eq(kdf_hkdf_sha256_raw(lib, ikm, 22, NULL, 0, NULL, 0, out, 255 * 32 + 1), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(kdf_hkdf_sha256_raw(lib, ikm, 22, NULL, 0, NULL, 0, out, 0), SESS_ERR_ARGUMENT);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(labels_separate)
{
	struct secret tag = hex_secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	struct secret a = {0}, b = {0}, untouched = {0};
	uint8_t raw[64];

	for (size_t n = 1; n <= SECRET_MAX; n++) {
		ck_assert_int_eq(kdf_hkdf_sha256(lib, &tag, "one", n, &a), 0);
		ck_assert_uint_eq(a.len, n);
		ck_assert_int_eq(
		    kdf_hkdf_sha256_raw(lib, tag.bytes, tag.len, NULL, 0, (const uint8_t *)"one", 3, raw, n), 0);
		ck_assert_mem_eq(a.bytes, raw, n);
		ck_assert(hex_is_zero(a.bytes + n, SECRET_MAX - n));
	}
	ck_assert_int_eq(kdf_hkdf_sha256(lib, &tag, "two", SECRET_MAX, &b), 0);
	ck_assert_mem_ne(a.bytes, b.bytes, 32);
	ck_assert_int_eq(kdf_hkdf_sha256(lib, &tag, "one", 0, &untouched), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(kdf_hkdf_sha256(lib, &tag, "one", SECRET_MAX + 1, &untouched), SESS_ERR_ARGUMENT);
	ck_assert_uint_eq(untouched.len, 0);
}
END_TEST

static const struct {
	const char *name, *key, *msg, *mac;
} hmac_rows[] = {
	{ "RFC 4231 case 1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC 4231 case 2", "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC 4231 case 3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "RFC 4231 case 4", "0102030405060708090a0b0c0d0e0f10111213141516171819",
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ "no key, no message", "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

START_TEST(hmac_vector)
{
	uint8_t msg[64], mac[32], out[32];
	size_t i = (size_t)_i, n = hex_parse(hmac_rows[i].msg, msg, sizeof(msg));
	struct secret key = hex_secret(hmac_rows[i].key);

	hex_parse(hmac_rows[i].mac, mac, sizeof(mac));
	ck_assert_int_eq(kdf_hmac_sha256(lib, &key, n ? msg : NULL, n, out), 0);
	ck_assert_msg(memcmp(out, mac, 32) == 0, "%s", hmac_rows[i].name);
}
END_TEST

static const struct {
	const char *name, *passphrase, *salt;
	uint64_t iterations;
	const char *key;
} pbkdf2_rows[] = {
	{ "RFC 6070, 1", "password", "salt", 1,
	    "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63"
	    "f73b60a57fce" },
	{ "RFC 6070, 2", "password", "salt", 2,
	    "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53cf76cab2868a39b9f7840edce4fef5a82be67335c77a6068e0411"
	    "2754f27ccf4e" },
	{ "RFC 6070, 4096", "password", "salt", 4096,
	    "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5143f30602641b3d55cd335988cb36b84376060ecd532e039b742"
	    "a239434af2d5" },
	{ "RFC 6070, long", "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096,
	    "8c0511f4c6e597c6ac6315d8f0362e225f3c501495ba23b868c005174dc4ee71115b59f9e60cd9532fa33e0f75aefe30225c583a186cd82bd4da"
	    "ea9724a3d3b8" },
	{ "RFC 7914, 1", "passwd", "salt", 1,
	    "c74319d99499fc3e9013acff597c23c5baf0a0bec5634c46b8352b793e324723d55caa76b2b25c43402dcfdc06cdcf66f95b7d0429420b395200"
	    "06749c51a04e" },
	{ "RFC 7914, 80000", "Password", "NaCl", 80000,
	    "e6337d6fbeb645c794d4a9b5b75b7b30dac9ac50376a91df1f4460f6060d5addb2c1fd1f84409abacc67de7eb4056e6bb06c2d82c3ef4ccd1bde"
	    "d0f675ed97c6" },
};

START_TEST(pbkdf2_vector)
{
	uint8_t key[64], out[64];
	size_t i = (size_t)_i, n = hex_parse(pbkdf2_rows[i].key, key, sizeof(key));
	const uint8_t *passphrase = (const uint8_t *)pbkdf2_rows[i].passphrase, *salt = (const uint8_t *)pbkdf2_rows[i].salt;

	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, passphrase, strlen(pbkdf2_rows[i].passphrase), salt,
	    strlen(pbkdf2_rows[i].salt), pbkdf2_rows[i].iterations, out, n), 0);
	ck_assert_msg(memcmp(out, key, n) == 0, "%s", pbkdf2_rows[i].name);
}
END_TEST

START_TEST(pbkdf2_limits)
{
	static uint8_t out[255 * 64 + 1];
	const uint8_t p[1] = { 'p' };

	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, p, 1, p, 1, 1, out, 255 * 64), 0);
	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, p, 1, p, 1, 1, out, 255 * 64 + 1), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, p, 1, p, 1, 1, out, 0), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, p, 1, p, 1, 0, out, 32), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, p, 0, p, 1, 1, out, 32), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(kdf_pbkdf2_sha512(lib, p, 1, p, 0, 1, out, 32), SESS_ERR_ARGUMENT);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/kdf");
	TCase *tc = tcase_create("kdf");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, hkdf_vector, 0, (int)(sizeof(hkdf_rows) / sizeof(hkdf_rows[0])));
	tcase_add_loop_test(tc, hmac_vector, 0, (int)(sizeof(hmac_rows) / sizeof(hmac_rows[0])));
	tcase_add_test(tc, output_length_is_limited);
	tcase_add_test(tc, labels_separate);
	tcase_add_loop_test(tc, pbkdf2_vector, 0, (int)(sizeof(pbkdf2_rows) / sizeof(pbkdf2_rows[0])));
	tcase_add_test(tc, pbkdf2_limits);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
