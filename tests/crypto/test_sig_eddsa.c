/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/sig_eddsa.c: RFC 8032 §7.1 (whose first key is RFC 8037 appendix A's), public keys that are no
 * points, and signatures whose second half is not below the order.
 */
#include "crypto/sig.h"

#include <openssl/err.h>

#include "crypto/hex.h"
#include "support/runner.h"

#define SK1 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PK1 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define SK2 "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
#define PK2 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

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
	const char *name, *secret, *pub, *msg, *sig;
} rows[] = {
	{ "RFC 8032 test 1", SK1, PK1, "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
	    "d25bf5f0595bbe24655141438e7a100b" },
	{ "RFC 8032 test 2", SK2, PK2, "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
	    "387b2eaeb4302aeeb00d291612bb0c00" },
	{ "RFC 8032 test 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
	    "4a7c15e9716ed28dc027beceea1ec40a" },
};

START_TEST(vector)
{
	struct secret secret = hex_secret(rows[_i].secret);
	struct sig_key *key = NULL;
	struct sig *s = NULL;
	uint8_t pub[SIG_PUBLIC_MAX], own[SIG_PUBLIC_MAX], msg[8], sig[64], out[64];
	size_t n = hex_parse(rows[_i].msg, msg, sizeof(msg));

	hex_parse(rows[_i].pub, pub, sizeof(pub));
	hex_parse(rows[_i].sig, sig, sizeof(sig));
	ck_assert_int_eq(sig_public_from_secret(lib, SIG_EDDSA, &secret, own), 0);
	ck_assert_msg(memcmp(own, pub, 32) == 0, "%s: public key", rows[_i].name);
	ck_assert_int_eq(sig_key_new(lib, SIG_EDDSA, &secret, pub, &key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	/* Twice: the algorithm is deterministic and the context reused. */
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(sig_sign(s, msg, n, out), 0);
		ck_assert_msg(memcmp(out, sig, 64) == 0, "%s: sign", rows[_i].name);
		ck_assert_msg(sig_verify(s, msg, n, sig, 64) == 0, "%s: verify", rows[_i].name);
	}
	sig_free(s);
	sig_key_free(key);
}
END_TEST

static const struct {
	const char *name, *secret, *pub;
	int code;
} key_rows[] = {
	{ "a pair", SK1, PK1, 0 },
	{ "public alone", NULL, PK1, 0 },
	{ "another secret", SK2, PK1, SESS_ERR_ARGUMENT },
	{ "the negative point", SK1, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707519a",
	    SESS_ERR_ARGUMENT },
	{ "y = 1", NULL, "0100000000000000000000000000000000000000000000000000000000000000", 0 },
	{ "y = 1, x = -0", NULL, "0100000000000000000000000000000000000000000000000000000000000080",
	    SESS_ERR_ARGUMENT },
	{ "y = p - 1, x = -0", NULL, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    SESS_ERR_ARGUMENT },
	{ "y = p", NULL, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    SESS_ERR_ARGUMENT },
	{ "y = p + 1", NULL, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    SESS_ERR_ARGUMENT },
	{ "y = 2^255 - 1", NULL, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    SESS_ERR_ARGUMENT },
};

START_TEST(keys_are_checked)
{
	struct secret secret = hex_secret(key_rows[_i].secret ? key_rows[_i].secret : "");
	struct sig_key *key = NULL;
	uint8_t pub[32];

	hex_parse(key_rows[_i].pub, pub, sizeof(pub));
	int rc = sig_key_new(lib, SIG_EDDSA, key_rows[_i].secret ? &secret : NULL, pub, &key);
	ck_assert_msg(rc == key_rows[_i].code, "%s: %d", key_rows[_i].name, rc);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert_int_eq(key != NULL, rc == 0);
	sig_key_free(key);
}
END_TEST

/* Bit y is set where a point with that y exists; computed by taking the square root itself. */
static const uint32_t small_points = 0x7fadc67b;

START_TEST(small_y_are_decided_right)
{
	struct sig_key *key = NULL;
	uint8_t pub[32] = {0};

	for (unsigned y = 0; y < 32; y++) {
		pub[0] = (uint8_t)y;
		int rc = sig_key_new(lib, SIG_EDDSA, NULL, pub, &key);
		ck_assert_msg(rc == (small_points >> y & 1 ? 0 : SESS_ERR_ARGUMENT), "y = %u: %d", y, rc);
		if (rc == 0)
			sig_key_free(key);
	}
}
END_TEST

/* RFC 8032 §5.1.7: S + L satisfies the equation as well as S does, and must be refused for its size. */
START_TEST(a_second_spelling_is_refused)
{
	struct sig_key *key = NULL;
	struct sig *s = NULL;
	uint8_t pub[32], sig[64], order[32];
	unsigned carry = 0;

	hex_parse(PK1, pub, sizeof(pub));
	hex_parse(rows[0].sig, sig, sizeof(sig));
	hex_parse("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", order, sizeof(order));
	ck_assert_int_eq(sig_key_new(lib, SIG_EDDSA, NULL, pub, &key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	ck_assert_int_eq(sig_verify(s, NULL, 0, sig, 64), 0);
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	ck_assert_uint_eq(carry, 0);
	ck_assert_int_eq(sig_verify(s, NULL, 0, sig, 64), SESS_ERR_REJECTED);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	sig_free(s);
	sig_key_free(key);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/sig_eddsa");
	TCase *tc = tcase_create("sig_eddsa");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, vector, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tc, keys_are_checked, 0, (int)(sizeof(key_rows) / sizeof(key_rows[0])));
	tcase_add_test(tc, small_y_are_decided_right);
	tcase_add_test(tc, a_second_spelling_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
