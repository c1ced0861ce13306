/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/sig_ecdsa.c: RFC 7515 A.3, the range of d, points that are none, and the number forms where raw
 * signatures and DER differ.
 */
#include "crypto/sig.h"

#include <openssl/err.h>

#include "crypto/hex.h"
#include "support/runner.h"

#define N "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define A3_X "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445"
#define A3_Y "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad"
#define A3_D "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2"

static const char a3_sig[] =
    "0ed1215379636c483c2f7f155807d402a3b228033af97c7e17819ac3169ea665"
    "c50a07d38c3c70e5d8f12daf084a5480a66590c5f293509a8f3f7f8a83a354d5";
static const char a3_input[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ";

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
	const char *name, *d, *pub;
	int code;
} key_rows[] = {
	{ "RFC 7515 A.3", A3_D, A3_X A3_Y, 0 },
	{ "RFC 7515 A.3, public", NULL, A3_X A3_Y, 0 },
	{ "d = 1", "0000000000000000000000000000000000000000000000000000000000000001", GX GY, 0 },
	{ "d = n - 1", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
	    GX "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a", 0 },
	{ "d = 0", ZERO, GX GY, SESS_ERR_ARGUMENT },
	{ "d = n", N, GX GY, SESS_ERR_ARGUMENT },
	{ "d = n + 1", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552", GX GY, SESS_ERR_ARGUMENT },
	{ "d = 2^256 - 1", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", GX GY,
	    SESS_ERR_ARGUMENT },
	{ "another d", "0000000000000000000000000000000000000000000000000000000000000002", GX GY, SESS_ERR_ARGUMENT },
	{ "d of the negative point", "0000000000000000000000000000000000000000000000000000000000000001",
	    GX "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a", SESS_ERR_ARGUMENT },
	{ "off the curve", NULL, GX A3_Y, SESS_ERR_ARGUMENT },
	{ "off the curve, with d", A3_D, A3_X GY, SESS_ERR_ARGUMENT },
	{ "x and y exchanged", NULL, GY GX, SESS_ERR_ARGUMENT },
	{ "zeros", NULL, ZERO ZERO, SESS_ERR_ARGUMENT },
	{ "x = 0 on the curve", NULL, ZERO "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4", 0 },
	{ "the same with x = p", NULL,
	    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
	    "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4", SESS_ERR_ARGUMENT },
	{ "all ones", NULL,
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", SESS_ERR_ARGUMENT },
};

START_TEST(keys_are_checked)
{
	struct secret secret = hex_secret(key_rows[_i].d ? key_rows[_i].d : "");
	struct sig_key *key = NULL;
	uint8_t pub[64];

	ck_assert_uint_eq(hex_parse(key_rows[_i].pub, pub, sizeof(pub)), 64);
	int rc = sig_key_new(lib, SIG_ES256, key_rows[_i].d ? &secret : NULL, pub, &key);
	ck_assert_msg(rc == key_rows[_i].code, "%s: %d", key_rows[_i].name, rc);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert_int_eq(key != NULL, rc == 0);
	sig_key_free(key);
}
END_TEST

static const struct {
	const char *name, *d, *pub; /* NULL: refused */
} public_rows[] = {
	{ "RFC 7515 A.3", A3_D, A3_X A3_Y },
	{ "d = 1", "0000000000000000000000000000000000000000000000000000000000000001", GX GY },
	{ "d = 0", ZERO, NULL },
	{ "d = n", N, NULL },
};

START_TEST(public_part_follows_from_d)
{
	struct secret secret = hex_secret(public_rows[_i].d);
	uint8_t pub[64] = {0}, expected[64] = {0};
	int rc = sig_public_from_secret(lib, SIG_ES256, &secret, pub);

	if (public_rows[_i].pub)
		hex_parse(public_rows[_i].pub, expected, sizeof(expected));
	ck_assert_msg(rc == (public_rows[_i].pub ? 0 : SESS_ERR_ARGUMENT), "%s: %d", public_rows[_i].name, rc);
	ck_assert_msg(memcmp(pub, expected, 64) == 0, "%s", public_rows[_i].name);
}
END_TEST

static struct sig *
new_sig(int can_sign)
{
	struct secret secret = hex_secret(A3_D);
	struct sig_key *key = NULL;
	struct sig *s = NULL;
	uint8_t pub[64];

	hex_parse(A3_X A3_Y, pub, sizeof(pub));
	ck_assert_int_eq(sig_key_new(lib, SIG_ES256, can_sign ? &secret : NULL, pub, &key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	sig_key_free(key);
	return s;
}

START_TEST(rfc_signature_verifies)
{
	struct sig *s = new_sig(0);
	uint8_t sig[64], swapped[64];

	hex_parse(a3_sig, sig, sizeof(sig));
	ck_assert_int_eq(sig_verify(s, (const uint8_t *)a3_input, strlen(a3_input), sig, 64), 0);
	memcpy(swapped, sig + 32, 32);
	memcpy(swapped + 32, sig, 32);
	ck_assert_int_eq(sig_verify(s, (const uint8_t *)a3_input, strlen(a3_input), swapped, 64), SESS_ERR_REJECTED);
	sig_free(s);
}
END_TEST

/* r or s that is 0 or not below n; the other half is the good signature's. */
static const struct {
	const char *name, *number;
} range_rows[] = {
	{ "0", ZERO },
	{ "1", "0000000000000000000000000000000000000000000000000000000000000001" },
	{ "n - 1", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550" },
	{ "n", N },
	{ "n + 1", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552" },
	{ "p", "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff" },
	{ "2^256 - 1", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" },
};

START_TEST(numbers_out_of_range_are_refused)
{
	struct sig *s = new_sig(0);
	uint8_t sig[64];

	for (int half = 0; half < 3; half++) {
		hex_parse(a3_sig, sig, sizeof(sig));
		if (half != 1)
			hex_parse(range_rows[_i].number, sig, 32);
		if (half != 0)
			hex_parse(range_rows[_i].number, sig + 32, 32);
		int rc = sig_verify(s, (const uint8_t *)a3_input, strlen(a3_input), sig, 64);
		ck_assert_msg(rc == SESS_ERR_REJECTED, "%s (%d): %d", range_rows[_i].name, half, rc);
		ck_assert_uint_eq(ERR_peek_error(), 0);
	}
	sig_free(s);
}
END_TEST

/* A leading zero byte, or a top bit, changes the length of the number in DER; raw has 32 bytes always. */
START_TEST(short_and_high_numbers_come_back)
{
	struct sig *s = new_sig(1);
	uint8_t out[64];
	unsigned short_ones = 0, high_ones = 0;

	for (uint32_t i = 0; i < 20000 && (i < 50 || !short_ones || !high_ones); i++) {
		ck_assert_int_eq(sig_sign(s, (const uint8_t *)&i, sizeof(i), out), 0);
		ck_assert_msg(sig_verify(s, (const uint8_t *)&i, sizeof(i), out, 64) == 0, "message %u", i);
		short_ones += out[0] == 0 || out[32] == 0;
		high_ones += out[0] >= 0x80 || out[32] >= 0x80;
	}
	ck_assert_uint_gt(short_ones, 0);
	ck_assert_uint_gt(high_ones, 0);
	sig_free(s);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/sig_ecdsa");
	TCase *tc = tcase_create("sig_ecdsa");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, keys_are_checked, 0, (int)(sizeof(key_rows) / sizeof(key_rows[0])));
	tcase_add_loop_test(tc, public_part_follows_from_d, 0, (int)(sizeof(public_rows) / sizeof(public_rows[0])));
	tcase_add_test(tc, rfc_signature_verifies);
	tcase_add_loop_test(tc, numbers_out_of_range_are_refused, 0, (int)(sizeof(range_rows) / sizeof(range_rows[0])));
	tcase_add_test(tc, short_and_high_numbers_come_back);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
