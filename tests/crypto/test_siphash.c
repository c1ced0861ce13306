/* SPDX-License-Identifier: MIT */
/* Tests of src/crypto/siphash.c: every length to 200 against OpenSSL's, and the first vectors of the authors' own. */
#include "crypto/siphash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto/hex.h"
#include "support/runner.h"

static const struct {
	size_t n;
	const char *out;
} vectors[] = {
	{ 0, "a3817f04ba25a8e66df67214c7550293" },
	{ 1, "da87c1d86b99af44347659119b22fc45" },
	{ 2, "8177228da4a45dc7fca38bdef60affe4" },
};

START_TEST(test_vectors)
{
	uint8_t key[16], msg[16], out[16], want[16];

	for (uint8_t i = 0; i < 16; i++)
		key[i] = msg[i] = i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		ck_assert_uint_eq(hex_parse(vectors[i].out, want, sizeof(want)), 16);
		siphash_128(key, msg, vectors[i].n, out);
		ck_assert_mem_eq(out, want, 16);
	}
}
END_TEST

START_TEST(test_openssl)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	size_t size = 16, len = 0;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end() };
	uint8_t key[16], msg[200], out[16], want[16];

	ck_assert_ptr_nonnull(mac);
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i * 37 + 5);
	for (size_t n = 0; n <= sizeof(msg); n++) {
		EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

		for (size_t i = 0; i < sizeof(key); i++)
			key[i] = (uint8_t)(n * 11 + i * 7);
		ck_assert_int_eq(EVP_MAC_init(ctx, key, sizeof(key), params), 1);
		ck_assert_int_eq(EVP_MAC_update(ctx, msg, n), 1);
		ck_assert_int_eq(EVP_MAC_final(ctx, want, &len, sizeof(want)), 1);
		siphash_128(key, msg, n, out);
		ck_assert_uint_eq(len, 16);
		ck_assert_mem_eq(out, want, 16);
		EVP_MAC_CTX_free(ctx);
	}
	EVP_MAC_free(mac);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("siphash");
	TCase *tcase = tcase_create("siphash");

	tcase_add_test(tcase, test_vectors);
	tcase_add_test(tcase, test_openssl);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
