/* SPDX-License-Identifier: MIT */
/*
 * jose/jwe.c and jose/jws.c by themselves: what their callers have looked at before, the length of each segment and that it decodes,
 * is refused by them too, and nothing that was once in the buffers comes out.
 */
#include "jose/jwe.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "jose/jws.h"
#include "support/runner.h"

#define HEADER "eyJhIjoxfQ"
#define PLAIN "what is sealed"

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
	const char *alg, *enc;
	size_t key_len;
} kinds[] = { { "dir", "A256GCM", 32 }, { "dir", "A256CBC-HS512", 64 }, { "A256KW", "A256GCM", 32 }, { "A256KW", "A256CBC-HS512", 32 } };

/* A JWE of PLAIN, on the heap, and the context that it was sealed with. */
static char *
seal(int kind, struct jwe_context *ret_ctx)
{
	const struct jose_alg *alg = alg_find(JOSE_USE_ENC, kinds[kind].alg);
	const struct jose_enc *enc = enc_find(kinds[kind].enc);
	const uint8_t cek[64] = { 7 }, iv[16] = { 9 };
	SECRET_CLEANUP struct secret key = { { 3 }, kinds[kind].key_len };
	BUF_CLEANUP struct buf scratch = { 0 };
	size_t n = jwe_text_len(alg, enc, strlen(HEADER), strlen(PLAIN));
	char *text = calloc(1, n + 1);

	ck_assert_int_eq(jwe_context_init(lib, alg, enc, &key, ret_ctx), 0);
	ck_assert_int_eq(jwe_seal(ret_ctx, HEADER, strlen(HEADER), (const uint8_t *)PLAIN, strlen(PLAIN), cek, iv, &scratch, text), 0);
	ck_assert_uint_eq(strlen(text), n);
	return text;
}

#define EITHER 1 /* it does not authenticate, or does not decode */

static void
refuse(struct jwe_context *ctx, const struct compact *c, int code, const char *what, size_t segment)
{
	BUF_CLEANUP struct buf scratch = { 0 }, out = { 0 };
	int rc;

	ck_assert_int_eq(buf_append(&out, "of another", 10), 0);
	rc = jwe_open(ctx, c, &scratch, &out);
	ck_assert_msg((rc == code || (code == EITHER && (rc == SESS_ERR_REJECTED || rc == SESS_ERR_ARGUMENT))) && out.len != strlen(PLAIN), "%s, segment %zu: %d", what, segment, rc);
}

START_TEST(test_jwe)
{
	struct jwe_context ctx;
	char *text = seal(_i, &ctx);
	BUF_CLEANUP struct buf scratch = { 0 }, out = { 0 };
	struct compact c, bad;
	const char *why = NULL;

	ck_assert_int_eq(compact_split(text, strlen(text), 0, &c, &why), 0);
	ck_assert_int_eq(jwe_open(&ctx, &c, &scratch, &out), 0);
	ck_assert(out.len == strlen(PLAIN) && memcmp(out.data, PLAIN, out.len) == 0);
	for (size_t i = JWE_ENCRYPTED_KEY; i <= JWE_TAG; i++) {
		char *at = text + (c.segment[i] - text), old = *at;

		bad = c;
		if (c.len[i] > 0) {
			bad.len[i]--;
			refuse(&ctx, &bad, EITHER, "one character shorter", i);
			bad.len[i] = 0;
			refuse(&ctx, &bad, SESS_ERR_REJECTED, "empty", i);
			*at = '*';
			refuse(&ctx, &c, SESS_ERR_ARGUMENT, "not base64url", i);
			*at = old == 'B' ? 'C' : 'B';
			refuse(&ctx, &c, EITHER, "another character", i);
			*at = old;
		}
		bad.len[i] = c.len[i] + 4;
		/* Over the dot into what follows, or, of the last, into more of the same. */
		if (i == JWE_TAG)
			bad.segment[i] = c.segment[JWE_CIPHERTEXT];
		refuse(&ctx, &bad, EITHER, "four characters longer", i);
	}
	ck_assert_int_eq(jwe_open(&ctx, &c, &scratch, &out), 0);
	jwe_context_done(&ctx);
	free(text);
}
END_TEST

/* What cannot be unwrapped leaves no content key, least of all one of zeros, under which anybody may have sealed. */
START_TEST(test_no_content_key)
{
	struct jwe_context ctx, zero;
	const struct jose_enc *enc = enc_find(kinds[_i].enc);
	SECRET_CLEANUP struct secret key = { { 0 }, aead_key_len(enc->aead) };
	const uint8_t iv[16] = { 9 };
	BUF_CLEANUP struct buf scratch = { 0 };
	char *text = seal(_i, &ctx), *forged;
	struct compact c;
	const char *why = NULL;
	size_t kept;

	ck_assert_int_eq(compact_split(text, strlen(text), 0, &c, &why), 0);
	kept = c.len[JWE_ENCRYPTED_KEY];
	/* The same header, no wrapping, the zero key: then an encrypted key that was never wrapped is put in. */
	ck_assert_int_eq(jwe_context_init(lib, alg_find(JOSE_USE_ENC, "dir"), enc, &key, &zero), 0);
	forged = calloc(1, strlen(text) + 1);
	ck_assert_int_eq(jwe_seal(&zero, HEADER, strlen(HEADER), (const uint8_t *)PLAIN, strlen(PLAIN), NULL, iv, &scratch, forged), 0);
	memmove(forged + strlen(HEADER) + 1 + kept, forged + strlen(HEADER) + 1, strlen(forged + strlen(HEADER)));
	memset(forged + strlen(HEADER) + 1, 'A', kept);
	ck_assert_uint_eq(strlen(forged), strlen(text));
	ck_assert_int_eq(compact_split(forged, strlen(forged), 0, &c, &why), 0);
	ck_assert_ptr_null(jwe_wrong_length(ctx.alg, ctx.enc, &c));
	refuse(&ctx, &c, SESS_ERR_REJECTED, "an encrypted key that was never wrapped", JWE_ENCRYPTED_KEY);
	jwe_context_done(&zero);
	jwe_context_done(&ctx);
	free(forged);
	free(text);
}
END_TEST

START_TEST(test_jws)
{
	const struct jose_alg *alg = alg_find(JOSE_USE_SIG, "HS256");
	SECRET_CLEANUP struct secret key = { { 3 }, 32 };
	char text[256] = { 0 }, longer[256];
	struct sig_key *sig_key = NULL;
	struct sig *sig = NULL;
	struct compact c;
	const char *why = NULL;

	ck_assert_int_eq(sig_key_new(lib, alg->sig, &key, NULL, &sig_key), 0);
	ck_assert_int_eq(sig_new(sig_key, &sig), 0);
	ck_assert_int_eq(jws_sign(sig, alg, HEADER, strlen(HEADER), (const uint8_t *)PLAIN, strlen(PLAIN), text), 0);
	ck_assert_uint_eq(strlen(text), jws_text_len(alg, strlen(HEADER), strlen(PLAIN)));
	ck_assert_int_eq(compact_split(text, strlen(text), 0, &c, &why), 0);
	ck_assert(jws_length_is_right(alg, &c));
	ck_assert_int_eq(jws_verify(sig, &c), 0);
	/* Longer than any signature: the room for one is not left. */
	memset(longer, 'A', sizeof(longer));
	c.segment[JWS_SIGNATURE] = longer;
	for (c.len[JWS_SIGNATURE] = 88; c.len[JWS_SIGNATURE] <= sizeof(longer); c.len[JWS_SIGNATURE] += 4) {
		ck_assert(!jws_length_is_right(alg, &c));
		ck_assert_int_eq(jws_verify(sig, &c), SESS_ERR_ARGUMENT);
	}
	c.len[JWS_SIGNATURE] = 43;
	ck_assert_int_eq(jws_verify(sig, &c), SESS_ERR_REJECTED);
	longer[5] = '=';
	ck_assert_int_eq(jws_verify(sig, &c), SESS_ERR_ARGUMENT);
	sig_free(sig);
	sig_key_free(sig_key);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("jwe");
	TCase *tcase = tcase_create("jwe");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_jwe, 0, (int)(sizeof(kinds) / sizeof(kinds[0])));
	tcase_add_loop_test(tcase, test_no_content_key, 2, (int)(sizeof(kinds) / sizeof(kinds[0])));
	tcase_add_test(tcase, test_jws);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
