/* SPDX-License-Identifier: MIT */
/* Tests of src/crypto/lib.c: fetching, counting references, and what becomes of OpenSSL's error queue. */
#include "crypto/lib_internal.h"

#include <openssl/err.h>

#include "support/runner.h"

START_TEST(everything_is_fetched)
{
	struct crypto_lib *lib = NULL;

	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	ck_assert_ptr_nonnull(lib->gcm);
	ck_assert_ptr_nonnull(lib->cbc);
	ck_assert_ptr_nonnull(lib->ecb);
	ck_assert_ptr_nonnull(lib->hmac);
	ck_assert_ptr_nonnull(lib->sha256);
	ck_assert_ptr_nonnull(lib->hkdf);
	crypto_lib_free(lib);
	crypto_lib_free(NULL);
}
END_TEST

START_TEST(the_last_reference_frees)
{
	struct crypto_lib *lib = NULL;

	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	ck_assert_ptr_eq(crypto_lib_ref(lib), lib);
	ck_assert_uint_eq(atomic_load(&lib->refs), 2);
	crypto_lib_free(lib);
	ck_assert_uint_eq(atomic_load(&lib->refs), 1);
	EVP_MAC_CTX *mac = crypto_lib_hmac(lib, "SHA256");
	ck_assert_ptr_nonnull(mac);
	EVP_MAC_CTX_free(mac);
	crypto_lib_free(lib);
}
END_TEST

START_TEST(an_unknown_digest_is_refused)
{
	struct crypto_lib *lib = NULL;

	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	ck_assert_ptr_null(crypto_lib_hmac(lib, "SHA000"));
	ck_assert_int_eq(crypto_lib_failed(), SESS_ERR_CRYPTO);
	crypto_lib_free(lib);
}
END_TEST

START_TEST(the_error_queue_is_emptied)
{
	ERR_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR);
	ERR_raise(ERR_LIB_EVP, 1);
	ck_assert_int_eq(crypto_lib_failed(), SESS_ERR_CRYPTO);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(a_verdict_is_told_from_a_failure)
{
	ck_assert_int_eq(crypto_lib_refused(SESS_ERR_REJECTED), SESS_ERR_REJECTED);
	ERR_raise(ERR_LIB_EC, 106);
	ck_assert_int_eq(crypto_lib_refused(SESS_ERR_REJECTED), SESS_ERR_REJECTED);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ERR_raise(ERR_LIB_EC, ERR_R_MALLOC_FAILURE);
	ERR_raise(ERR_LIB_EC, 106);
	ck_assert_int_eq(crypto_lib_refused(SESS_ERR_REJECTED), SESS_ERR_CRYPTO);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/lib");
	TCase *tc = tcase_create("lib");

	tcase_add_test(tc, everything_is_fetched);
	tcase_add_test(tc, the_last_reference_frees);
	tcase_add_test(tc, an_unknown_digest_is_refused);
	tcase_add_test(tc, the_error_queue_is_emptied);
	tcase_add_test(tc, a_verdict_is_told_from_a_failure);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
