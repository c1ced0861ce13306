/* SPDX-License-Identifier: MIT */
/*
 * The reference verifier and the forge against each other and against examples of the RFCs, so that neither is
 * believed for agreeing with the library. Uses nothing of src/.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "reference/ref_crypto.h"
#include "reference/reference.h"
#include "support/forge.h"
#include "support/runner.h"

#define NOW INT64_C(1800000000)
/* The keys of RFC 7515 A.1 and A.3 and of RFC 8037 A.1. */
#define HS256_KEY "\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":" \
	"\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\""
#define ES256_KEY "\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\"," \
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," \
	"\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define EDDSA_KEY "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\"," \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""
#define KEY_32 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"
#define ENC_KEY(alg, enc, k) "{\"use\":\"enc\",\"kid\":\"e\",\"kty\":\"oct\",\"alg\":\"" alg "\",\"enc\":\"" enc \
	"\",\"k\":\"" k "\"}"
#define SIG_KEY(members) "{\"use\":\"sig\",\"kid\":\"s\"," members "}"
#define RING(form, keys) "{\"sess\":{\"form\":\"" form "\"},\"keys\":[" keys "]}"
#define CLAIMS "{\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"iat\":1800000000," \
	"\"exp\":1800003600,\"auth_time\":1800000000,\"gen\":0}"

static const struct {
	const char *name, *key, *token;
} examples[] = {
	{ "RFC 7515 A.1", "{" HS256_KEY "}",
	    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
	    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
	{ "RFC 7515 A.3", "{" ES256_KEY "}",
	    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
	    "Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q" },
	{ "RFC 8037 A.4", "{" EDDSA_KEY "}",
	    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR"
	    "4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg" },
};

START_TEST(test_examples)
{
	json_t *key = json_loads(examples[_i].key, 0, NULL);
	struct ref_split split;
	unsigned char *signature;

	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(ref_text_split(examples[_i].token, strlen(examples[_i].token), &split), 0);
	ck_assert_msg(ref_crypto_has_lengths(key, &split), "%s: lengths", examples[_i].name);
	ck_assert_msg(ref_crypto_is_signed(key, &split), "%s: signature", examples[_i].name);
	signature = split.segment[2].bytes.data;
	for (size_t bit = 0; bit < split.segment[2].bytes.len * 8; bit++) {
		signature[bit / 8] ^= (unsigned char)(1u << bit % 8);
		ck_assert_msg(!ref_crypto_is_signed(key, &split), "%s: bit %zu", examples[_i].name, bit);
		signature[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	ref_text_release(&split);
	json_decref(key);
}
END_TEST

/* RFC 7518 B.3, whose associated data is text and no header: AEAD_AES_256_CBC_HMAC_SHA_512. */
START_TEST(test_cbc_example)
{
	static const unsigned char iv[16] = { 0x1a, 0xf3, 0x8c, 0x2d, 0xc2, 0xb9, 0x6f, 0xfd, 0xd8, 0x66, 0x94, 0x09, 0x23,
		0x41, 0xbc, 0x04 };
	static const unsigned char tag[32] = { 0x4d, 0xd3, 0xb4, 0xc0, 0x88, 0xa7, 0xf4, 0x5c, 0x21, 0x68, 0x39, 0x64, 0x5b,
		0x20, 0x12, 0xbf, 0x2e, 0x62, 0x69, 0xa8, 0xc5, 0x6a, 0x81, 0x6d, 0xbc, 0x1b, 0x26, 0x77, 0x61, 0x95, 0x5b,
		0xc5 };
	json_t *key = json_loads(ENC_KEY("dir", "A256CBC-HS512", KEY_64), 0, NULL);
	const char *text = "A cipher system must not be required to be secret, and it must be able to fall into the hands of "
			   "the enemy without inconvenience";
	const char *aad = "The second principle of Auguste Kerckhoffs";
	struct forge_given given = { NULL, iv };
	struct ref_split split;
	char *token = forge_jwe(key, aad, strlen(aad), text, strlen(text), &given);
	struct ref_bytes plain = { NULL, 0 };

	/* The forge authenticates the base64url text, so only the ciphertext of the example is its own. */
	ck_assert_uint_eq(ref_text_split(token, strlen(token), &split), 0);
	split.segment[0].text = aad;
	split.segment[0].text_len = strlen(aad);
	memcpy(split.segment[4].bytes.data, tag, 32);
	ck_assert_int_eq(ref_crypto_open(key, &split, &plain), 0);
	ck_assert_uint_eq(plain.len, strlen(text));
	ck_assert_mem_eq(plain.data, text, plain.len);
	free(plain.data);
	split.segment[4].bytes.data[31] ^= 1;
	ck_assert_int_eq(ref_crypto_open(key, &split, &plain), -1);
	ref_text_release(&split);
	free(token);
	json_decref(key);
}
END_TEST

static const struct {
	const char *name, *ring;
} rings[] = {
	{ "signed HS256", RING("signed", SIG_KEY(HS256_KEY)) },
	{ "signed ES256", RING("signed", SIG_KEY(ES256_KEY)) },
	{ "signed EdDSA", RING("signed", SIG_KEY(EDDSA_KEY)) },
	{ "sealed dir GCM", RING("sealed", ENC_KEY("dir", "A256GCM", KEY_32)) },
	{ "sealed dir CBC", RING("sealed", ENC_KEY("dir", "A256CBC-HS512", KEY_64)) },
	{ "sealed A256KW GCM", RING("sealed", ENC_KEY("A256KW", "A256GCM", KEY_32)) },
	{ "sealed A256KW CBC", RING("sealed", ENC_KEY("A256KW", "A256CBC-HS512", KEY_32)) },
	{ "nested", RING("nested", ENC_KEY("dir", "A256GCM", KEY_32) "," SIG_KEY(HS256_KEY)) },
};

static char *
forge(const json_t *ring)
{
	json_t *enc = forge_key(ring, "enc"), *sig = forge_key(ring, "sig");
	char *outer, *inner, *jws = NULL, *token;

	if (sig != NULL) {
		inner = forge_text("{\"alg\":\"%s\",\"kid\":\"s\",\"typ\":\"sess+jwt\"}",
		    json_string_value(json_object_get(sig, "alg")));
		jws = forge_jws(sig, inner, strlen(inner), CLAIMS, strlen(CLAIMS));
		free(inner);
	}
	if (enc == NULL)
		return jws;
	outer = forge_text("{\"alg\":\"%s\",\"enc\":\"%s\",\"kid\":\"e\",\"typ\":\"sess+jwt\"%s}",
	    json_string_value(json_object_get(enc, "alg")), json_string_value(json_object_get(enc, "enc")),
	    jws != NULL ? ",\"cty\":\"JWT\"" : "");
	token = forge_jwe(enc, outer, strlen(outer), jws != NULL ? jws : CLAIMS, strlen(jws != NULL ? jws : CLAIMS), NULL);
	free(outer);
	free(jws);
	return token;
}

START_TEST(test_forged)
{
	const sess_policy policy = { .typ = "sess+jwt", .idle_timeout_s = 3600, .absolute_timeout_s = 43200, .leeway_s = 30,
		.max_token_bytes = 4096, .max_depth = 16, .max_members = 128 };
	struct reference *reference = NULL;
	json_t *ring = forge_ring(rings[_i].ring, strlen(rings[_i].ring)), *claims = NULL, *expected;
	char *token = forge(ring);
	size_t len = strlen(token);

	ck_assert_int_eq(reference_new(rings[_i].ring, strlen(rings[_i].ring), &policy, &reference), 0);
	ck_assert_uint_eq(reference_verify(reference, token, len, NOW, &claims), 0);
	expected = json_loads(CLAIMS, 0, NULL);
	ck_assert(json_equal(claims, expected));
	ck_assert_uint_eq(reference_verify(reference, token, len, NOW + 3629, NULL), 0);
	ck_assert_uint_eq(reference_verify(reference, token, len, NOW + 3630, NULL), SESS_REASON_IDLE_EXPIRED);
	ck_assert_uint_eq(reference_verify(reference, token, len, NOW - 31, NULL), SESS_REASON_NOT_YET);
	for (size_t i = 0; i < len; i++) {
		ck_assert_uint_ne(reference_verify(reference, token, i, NOW, NULL), 0);
		token[i] ^= 1;
		ck_assert_uint_ne(reference_verify(reference, token, len, NOW, NULL), 0);
		token[i] ^= 1;
	}
	json_decref(expected);
	json_decref(claims);
	json_decref(ring);
	free(token);
	reference_free(reference);
}
END_TEST

static const struct {
	const char *text;
	size_t bytes;
	int r;
} texts[] = {
	{ "", 0, 0 }, { "AA", 1, 0 }, { "_w", 1, 0 }, { "AAA", 2, 0 }, { "__8", 2, 0 }, { "AAAA", 3, 0 }, { "-_-_", 3, 0 },
	{ "A", 0, -1 }, { "AB", 0, -1 }, { "AAB", 0, -1 }, { "AA=", 0, -1 }, { "AA==", 0, -1 }, { "AAAAA", 0, -1 },
	{ "A+AA", 0, -1 }, { "A/AA", 0, -1 }, { "AA A", 0, -1 }, { "AAA\n", 0, -1 }, { "AA.A", 0, -1 },
};

START_TEST(test_base64url)
{
	struct ref_bytes bytes = { NULL, 0 };
	int r = ref_text_decode(texts[_i].text, strlen(texts[_i].text), &bytes);

	ck_assert_msg(r == texts[_i].r, "'%s'", texts[_i].text);
	ck_assert_uint_eq(bytes.len, texts[_i].bytes);
	if (r == 0) {
		char *back = forge_b64(bytes.data, bytes.len);

		ck_assert_str_eq(back, texts[_i].text);
		free(back);
	}
	free(bytes.data);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("reference");
	TCase *tcase = tcase_create("reference");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_examples, 0, (int)(sizeof(examples) / sizeof(examples[0])));
	tcase_add_test(tcase, test_cbc_example);
	tcase_add_loop_test(tcase, test_forged, 0, (int)(sizeof(rings) / sizeof(rings[0])));
	tcase_add_loop_test(tcase, test_base64url, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
