/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/hmac.c, and of HS256 by both of its ways: the states that are kept, and EVP where SHA-256 is another
 * provider's than OpenSSL's default one. Such a provider stands here, so that both ways run on every machine.
 */
#include "crypto/hmac.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/provider.h>
#include <string.h>

#include "crypto/hex.h"
#include "crypto/sig.h"
#include "support/runner.h"

/* A provider of one digest, called SHA256, that nobody computes with: HS256 asks who provides it, and turns away from it. */
static void *
digest_new(void *provider)
{
	return provider;
}

static void
digest_free(void *context)
{
	(void)context;
}

static int
digest_init(void *context, const OSSL_PARAM params[])
{
	(void)context;
	(void)params;
	return 0;
}

static int
digest_update(void *context, const unsigned char *in, size_t n)
{
	(void)context;
	(void)in;
	(void)n;
	return 0;
}

static int
digest_final(void *context, unsigned char *out, size_t *n, size_t room)
{
	(void)context;
	(void)out;
	(void)n;
	(void)room;
	return 0;
}

static int
digest_params(OSSL_PARAM params[])
{
	OSSL_PARAM *size = OSSL_PARAM_locate(params, OSSL_DIGEST_PARAM_SIZE);

	return size == NULL || OSSL_PARAM_set_size_t(size, 32);
}

/* ISO C forbids no cast between types of functions, and OpenSSL's tables are made of them. */
#define ENTRY(number, function) { number, (void (*)(void))(function) }

static const OSSL_DISPATCH digest[] = {
	ENTRY(OSSL_FUNC_DIGEST_NEWCTX, digest_new), ENTRY(OSSL_FUNC_DIGEST_FREECTX, digest_free),
	ENTRY(OSSL_FUNC_DIGEST_INIT, digest_init), ENTRY(OSSL_FUNC_DIGEST_UPDATE, digest_update),
	ENTRY(OSSL_FUNC_DIGEST_FINAL, digest_final), ENTRY(OSSL_FUNC_DIGEST_GET_PARAMS, digest_params), { 0, NULL }
};
static const OSSL_ALGORITHM digests[] = { { "SHA256", "provider=another", digest, NULL }, { NULL, NULL, NULL, NULL } };

static const OSSL_ALGORITHM *
query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	return operation == OSSL_OP_DIGEST ? digests : NULL;
}

static const OSSL_DISPATCH functions[] = { ENTRY(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), { 0, NULL } };

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context)
{
	(void)in;
	*out = functions;
	*context = (void *)(uintptr_t)handle;
	return 1;
}

enum way { KEPT, EVP, WAYS };

/* Fetched; by the second way its SHA-256 is the other provider's. */
static struct crypto_lib *
new_lib(enum way way)
{
	struct crypto_lib *lib = NULL;

	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	if (way == KEPT)
		return lib;
	ck_assert_int_eq(OSSL_PROVIDER_add_builtin(NULL, "another", provider_init), 1);
	ck_assert_ptr_nonnull(OSSL_PROVIDER_load(NULL, "another"));
	EVP_MD_free(lib->sha256);
	lib->sha256 = EVP_MD_fetch(NULL, "SHA256", "provider=another");
	ck_assert_ptr_nonnull(lib->sha256);
	return lib;
}

/* RFC 4231 §4, whose keys are as long as ours may be (of 20 and 4 bytes they are too short for HS256, not for the hash). */
static const struct {
	const char *key, *msg, *mac;
} vectors[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819",
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
};

START_TEST(vectors_of_rfc_4231)
{
	struct secret key = hex_secret(vectors[_i].key);
	struct crypto_lib *lib = new_lib(KEPT);
	struct hmac_key *kept = NULL;
	uint8_t msg[64], want[32], out[32];
	size_t n = hex_parse(vectors[_i].msg, msg, sizeof(msg));

	ck_assert_uint_eq(hex_parse(vectors[_i].mac, want, sizeof(want)), sizeof(want));
	ck_assert_int_eq(hmac_key_new(lib, &key, &kept), 0);
	ck_assert_ptr_nonnull(kept);
	ck_assert_int_eq(hmac_sha256(kept, msg, n, out), 0);
	ck_assert_mem_eq(out, want, sizeof(want));
	/* A key is not used up. */
	ck_assert_int_eq(hmac_sha256(kept, msg, n, out), 0);
	ck_assert_mem_eq(out, want, sizeof(want));
	hmac_key_free(kept);
	crypto_lib_free(lib);
}
END_TEST

static struct sig *
new_sig(struct crypto_lib *lib, const struct secret *secret, enum way way)
{
	struct sig_key *key = NULL;
	struct sig *s = NULL;
	struct hmac_key *kept = NULL;

	ck_assert_int_eq(hmac_key_new(lib, secret, &kept), 0);
	ck_assert_int_eq(kept != NULL, way == KEPT);
	hmac_key_free(kept);
	ck_assert_int_eq(sig_key_new(lib, SIG_HS256, secret, NULL, &key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	sig_key_free(key);
	return s;
}

START_TEST(both_ways_agree)
{
	struct crypto_lib *libs[WAYS] = { new_lib(KEPT), new_lib(EVP) };
	struct secret secret = { .len = 32 };
	uint8_t msg[200], out[WAYS][32];

	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i * 37 + 5);
	for (; secret.len <= 64; secret.len += 8) {
		struct sig *s[WAYS];

		for (size_t i = 0; i < secret.len; i++)
			secret.bytes[i] = (uint8_t)(i * 11 + secret.len);
		for (enum way way = KEPT; way < WAYS; way++)
			s[way] = new_sig(libs[way], &secret, way);
		for (size_t n = 0; n <= sizeof(msg); n++) {
			for (enum way way = KEPT; way < WAYS; way++)
				ck_assert_int_eq(sig_sign(s[way], msg, n, out[way]), 0);
			ck_assert_mem_eq(out[KEPT], out[EVP], 32);
			for (enum way way = KEPT; way < WAYS; way++)
				ck_assert_int_eq(sig_verify(s[way], msg, n, out[KEPT], 32), 0);
			out[KEPT][n % 32] ^= 1;
			for (enum way way = KEPT; way < WAYS; way++)
				ck_assert_int_eq(sig_verify(s[way], msg, n, out[KEPT], 32), SESS_ERR_REJECTED);
		}
		for (enum way way = KEPT; way < WAYS; way++)
			sig_free(s[way]);
	}
	for (enum way way = KEPT; way < WAYS; way++)
		crypto_lib_free(libs[way]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hmac");
	TCase *tcase = tcase_create("hmac");

	tcase_add_loop_test(tcase, vectors_of_rfc_4231, 0, (int)(sizeof(vectors) / sizeof(vectors[0])));
	tcase_add_test(tcase, both_ways_agree);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
