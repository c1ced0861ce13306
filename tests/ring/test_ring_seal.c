/* SPDX-License-Identifier: MIT */
/*
 * ring/ring_seal.c: which headers an encrypted ring may have. Every refusal names its member, comes before any work, and is
 * the same whether or not there is a protection; what is accepted opens, and is written back as it was.
 */
#include "ring/sealed.h"

#include "support/runner.h"

#define PB "\"alg\":\"PBES2-HS512+A256KW\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\""
#define KW "\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\""
#define P2S "\"p2s\":\"" SEALED_P2S "\""
#define P2C "\"p2c\":1000"
#define PBES2(p2c) "{" PB "," P2S ",\"p2c\":" p2c "}"
#define SALT(p2s) "{" PB "," P2C ",\"p2s\":" p2s "}"
#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
	const char *what, *header, *member;
} refused[] = {
	{ "p2c 0", PBES2("0"), "p2c" },
	{ "p2c 1", PBES2("1"), "p2c" },
	{ "p2c 999", PBES2("999"), "p2c" },
	{ "p2c 1000001", PBES2("1000001"), "p2c" },
	{ "p2c 2^31", PBES2("2147483648"), "p2c" },
	{ "p2c 2^32 + 1000", PBES2("4294968296"), "p2c" },
	{ "p2c 2^63 - 1", PBES2("9223372036854775807"), "p2c" },
	{ "p2c 2^63", PBES2("9223372036854775808"), "p2c" },
	{ "p2c 2^64 + 1000", PBES2("18446744073709552616"), "p2c" },
	{ "p2c of 40 digits", PBES2("1000000000000000000000000000000000000000"), "p2c" },
	{ "p2c negative", PBES2("-1000"), "p2c" },
	{ "p2c -2^63", PBES2("-9223372036854775808"), "p2c" },
	{ "p2c real", PBES2("1000.0"), "p2c" },
	{ "p2c with an exponent", PBES2("1e4"), "p2c" },
	{ "p2c beyond reals", PBES2("1e999"), "p2c" },
	{ "p2c with a leading zero", PBES2("01000"), "" },
	{ "p2c a string", PBES2("\"1000\""), "p2c" },
	{ "p2c null", PBES2("null"), "p2c" },
	{ "p2c true", PBES2("true"), "p2c" },
	{ "p2c an array", PBES2("[1000]"), "p2c" },
	{ "no p2c", "{" PB "," P2S "}", "p2c" },
	{ "p2c twice", "{" PB "," P2S "," P2C "," P2C "}", "" },
	{ "p2c twice, once escaped", "{" PB "," P2S "," P2C ",\"\\u0070" "2c\":2000}", "" },
	{ "no p2s", "{" PB "," P2C "}", "p2s" },
	{ "p2s empty", SALT("\"\""), "p2s" },
	{ "p2s of 7 bytes", SALT("\"AAAAAAAAAA\""), "p2s" },
	{ "p2s of 65 bytes", SALT("\"" A43 A43 "A\""), "p2s" },
	{ "p2s of a length that is none", SALT("\"AAAAAAAAAAAAA\""), "p2s" },
	{ "p2s not canonical", SALT("\"AAAAAAAAAAB\""), "p2s" },
	{ "p2s padded", SALT("\"AAECAwQFBgcICQoLDA0ODw==\""), "p2s" },
	{ "p2s of base64", SALT("\"AA+CAwQFBgcICQoL\""), "p2s" },
	{ "p2s with a newline", SALT("\"AAECAwQF\\nBgcICQoLDA\""), "p2s" },
	{ "p2s a number", SALT("7"), "p2s" },
	{ "crit", "{" PB "," P2S "," P2C ",\"crit\":[\"p2c\"]}", "crit" },
	{ "zip", "{" PB "," P2S "," P2C ",\"zip\":\"DEF\"}", "zip" },
	{ "zip, escaped", "{" KW ",\"z\\u0069p\":\"DEF\"}", "zip" },
	{ "jwk", "{" KW ",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}", "jwk" },
	{ "jku", "{" KW ",\"jku\":\"https://example.org\"}", "jku" },
	{ "iv of A256GCMKW", "{" KW ",\"iv\":\"AAAA\"}", "iv" },
	{ "an unknown member", "{" KW ",\"hello\":1}", "hello" },
	{ "an unknown member of no name", "{" KW ",\"\":1}", "" },
	{ "no alg", "{\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"}", "alg" },
	{ "alg null", "{\"alg\":null,\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"}", "alg" },
	{ "alg twice", "{\"alg\":\"A256KW\"," KW "}", "" },
	{ "alg dir", "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"}", "alg" },
	{ "alg A128KW", "{\"alg\":\"A128KW\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"}", "alg" },
	{ "alg PBES2-HS256+A128KW",
	    "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"," P2S "," P2C "}", "alg" },
	{ "alg in other letters", "{\"alg\":\"a256kw\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"}", "alg" },
	{ "no enc", "{\"alg\":\"A256KW\",\"cty\":\"jwk-set+json\"}", "enc" },
	{ "enc A128GCM", "{\"alg\":\"A256KW\",\"enc\":\"A128GCM\",\"cty\":\"jwk-set+json\"}", "enc" },
	{ "enc A128CBC-HS256", "{\"alg\":\"A256KW\",\"enc\":\"A128CBC-HS256\",\"cty\":\"jwk-set+json\"}", "enc" },
	{ "enc an object", "{\"alg\":\"A256KW\",\"enc\":{},\"cty\":\"jwk-set+json\"}", "enc" },
	{ "no cty", "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\"}", "cty" },
	{ "cty of one key", "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"cty\":\"jwk+json\"}", "cty" },
	{ "cty JWT", "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"cty\":\"JWT\"}", "cty" },
	{ "cty an array", "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"cty\":[\"jwk-set+json\"]}", "cty" },
	{ "kid a number", "{" KW ",\"kid\":7}", "kid" },
	{ "typ a number", "{" KW ",\"typ\":7}", "typ" },
	{ "p2c with a key-encryption key", "{" KW "," P2C "}", "p2c" },
	{ "p2s with a key-encryption key", "{" KW "," P2S "}", "p2s" },
	{ "not an object", "[1]", "" },
	{ "empty object", "{}", "alg" },
	{ "not JSON", "{\"alg\":\"A256KW\"", "" },
	{ "more behind it", "{" KW "}{}", "" },
	{ "a NUL, escaped", "{" KW ",\"kid\":\"\\u0000\"}", "" },
};

START_TEST(test_refused)
{
	const char *header = refused[_i].header;
	char *b64 = forge_b64(header, strlen(header));
	struct ring_seal seal = { .p2c = 4711 };
	sess_diag diag;
	int rc = ring_seal_parse(b64, strlen(b64), &seal, &diag);

	ck_assert_msg(rc == SESS_ERR_RING_FORMAT, "%s: %d", refused[_i].what, rc);
	ck_assert_int_eq(diag.code, rc);
	ck_assert_msg(strcmp(diag.member, refused[_i].member) == 0, "%s: \"%s\" is named", refused[_i].what, diag.member);
	ck_assert_ptr_nonnull(strstr(diag.message, "header"));
	if (strncmp(refused[_i].what, "no ", 3) == 0)
		ck_assert_msg(strstr(diag.message, "missing") != NULL, "%s: %s", refused[_i].what, diag.message);
	if (strstr(refused[_i].what, " a number") != NULL)
		ck_assert_msg(strstr(diag.message, "a string") != NULL, "%s: %s", refused[_i].what, diag.message);
	ck_assert_int_eq(seal.p2c, 4711);
	free(b64);
}
END_TEST

/* In a file: at once, whatever protection there is. */
START_TEST(test_refused_in_a_file)
{
	const char *header = refused[_i].header;
	size_t n = 0;
	char *plain = sealed_plain(&n), *jwe, *bad;
	sess_protection *protections[3] = { sealed_protection(PROTECTION_PASSPHRASE), sealed_protection(PROTECTION_KEK), NULL };
	sess_ring *ring = NULL;
	sess_diag diag;

	jwe = sealed_under(sealed_header(PROTECTION_PASSPHRASE), protections[0], plain, n);
	bad = forge_replace(jwe, 0, header, strlen(header));
	ck_assert_uint_eq(protection_derivations(protections[0]), 1);
	for (int i = 0; i < 3; i++) {
		int rc = sealed_load(bad, strlen(bad), protections[i], &ring, &diag);

		ck_assert_msg(rc == SESS_ERR_RING_FORMAT, "%s: %d %s", refused[_i].what, rc, diag.message);
		/* A header that is no object is not even taken for one. */
		if (header[0] == '{')
			ck_assert_str_eq(diag.member, refused[_i].member);
		ck_assert_ptr_null(ring);
	}
	ck_assert_uint_eq(protection_derivations(protections[0]), 1);
	for (int i = 0; i < 3; i++)
		sess_protection_free(protections[i]);
	free(bad);
	free(jwe);
	sess_ring_text_free(plain, n);
}
END_TEST

static const struct {
	const char *what, *header;
	enum protection_kind kind;
	int64_t p2c;
} accepted[] = {
	{ "a passphrase", PBES2("1000"), PROTECTION_PASSPHRASE, 1000 },
	{ "p2c 1001", PBES2("1001"), PROTECTION_PASSPHRASE, 1001 },
	{ "p2c 1000000", PBES2("1000000"), PROTECTION_PASSPHRASE, 1000000 },
	{ "p2s of 8 bytes", SALT("\"AAAAAAAAAAA\""), PROTECTION_PASSPHRASE, 1000 },
	{ "p2s of 64 bytes", SALT("\"" A43 A43 "\""), PROTECTION_PASSPHRASE, 1000 },
	{ "p2s with an escape", SALT("\"\\u0041AECAwQFBgcICQoLDA0ODw\""), PROTECTION_PASSPHRASE, 1000 },
	{ "A256CBC-HS512",
	    "{\"alg\":\"PBES2-HS512+A256KW\",\"enc\":\"A256CBC-HS512\",\"cty\":\"jwk-set+json\"," P2S "," P2C "}",
	    PROTECTION_PASSPHRASE, 1000 },
	{ "a key", "{" KW "}", PROTECTION_KEK, 0 },
	{ "a key, A256CBC-HS512", "{\"alg\":\"A256KW\",\"enc\":\"A256CBC-HS512\",\"cty\":\"jwk-set+json\"}", PROTECTION_KEK, 0 },
	{ "kid and typ", "{" KW ",\"kid\":\"the \\\"kek\\\" of 2026, \\u00e9\",\"typ\":\"JOSE\"}", PROTECTION_KEK, 0 },
	{ "another order and white space",
	    "{ \"cty\" : \"jwk-set+json\",\n\t\"enc\":\"A256GCM\", \"alg\": \"A256KW\" }\n", PROTECTION_KEK, 0 },
	{ "names with escapes", "{\"\\u0061lg\":\"A256\\u004bW\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set\\u002bjson\"}",
	    PROTECTION_KEK, 0 },
};

START_TEST(test_accepted)
{
	size_t n = 0, len = 0, again_len = 0;
	char *plain = sealed_plain(&n), *text = NULL, *again = NULL, *jwe;
	sess_protection *p = sealed_protection(accepted[_i].kind);
	sess_ring *ring = NULL;
	sess_diag diag;

	jwe = sealed_under(accepted[_i].header, p, plain, n);
	ck_assert_msg(sealed_load(jwe, strlen(jwe), p, &ring, &diag) == 0, "%s: %s", accepted[_i].what, diag.message);
	ck_assert_str_eq(sess_ring_encryption(ring), accepted[_i].kind == PROTECTION_KEK ? "A256KW" : "PBES2-HS512+A256KW");
	ck_assert_int_eq(sess_ring_p2c(ring), accepted[_i].p2c);
	ck_assert_int_eq(sess_ring_dump(ring, &text, &len, NULL), 0);
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(text, plain, n);
	/* Written again: the same header to the letter, all else fresh. */
	ck_assert_int_eq(sess_ring_dump_protected(ring, &again, &again_len, NULL), 0);
	ck_assert_uint_eq(again_len, strlen(jwe));
	len = strcspn(jwe, ".");
	ck_assert_mem_eq(again, jwe, len + 1);
	ck_assert_mem_ne(again + len + 1, jwe + len + 1, 16);
	ck_assert_mem_ne(strrchr(again, '.'), strrchr(jwe, '.'), 16);
	sess_ring_text_free(text, n);
	sess_ring_text_free(again, again_len);
	sess_ring_text_free(plain, n);
	sess_ring_free(ring);
	sess_protection_free(p);
	free(jwe);
}
END_TEST

START_TEST(test_length)
{
	char header[JOSE_HEADER_MAX + 2] = "{" KW ",\"kid\":\"", *b64;
	struct ring_seal seal;
	sess_diag diag;

	memset(header + strlen(header), 'k', sizeof(header) - 1 - strlen(header));
	header[JOSE_HEADER_MAX + 1] = '\0';
	memcpy(header + JOSE_HEADER_MAX - 2, "\"}", 2);
	b64 = forge_b64(header, JOSE_HEADER_MAX);
	ck_assert_int_eq(ring_seal_parse(b64, strlen(b64), &seal, &diag), 0);
	ck_assert_uint_eq(seal.header_len, sizeof(seal.header));
	free(b64);
	memcpy(header + JOSE_HEADER_MAX - 2, "k\"}", 3);
	b64 = forge_b64(header, JOSE_HEADER_MAX + 1);
	ck_assert_int_eq(ring_seal_parse(b64, strlen(b64), &seal, &diag), SESS_ERR_RING_FORMAT);
	ck_assert_ptr_nonnull(strstr(diag.message, "1024"));
	free(b64);
}
END_TEST

/* The header that we write, to the letter; and a salt of its own each time. */
START_TEST(test_new)
{
	sess_protection *p = sealed_protection(PROTECTION_PASSPHRASE), *k = sealed_protection(PROTECTION_KEK);
	struct ring_seal one, two, read;
	unsigned char *text;
	char *p2s, *expected;
	size_t n = 0;

	ck_assert_int_eq(ring_seal_new(k, &one), 0);
	text = forge_unb64(one.header, one.header_len, &n);
	ck_assert_uint_eq(n, strlen(sealed_header(PROTECTION_KEK)));
	ck_assert_mem_eq(text, sealed_header(PROTECTION_KEK), n);
	free(text);
	ck_assert_int_eq(ring_seal_new(p, &one), 0);
	ck_assert_int_eq(ring_seal_new(p, &two), 0);
	ck_assert_uint_eq(one.p2s_len, 16);
	ck_assert_mem_ne(one.p2s, two.p2s, 16);
	text = forge_unb64(one.header, one.header_len, &n);
	p2s = forge_b64(one.p2s, 16);
	expected = forge_text("{\"alg\":\"PBES2-HS512+A256KW\",\"enc\":\"A256GCM\",\"p2s\":\"%s\",\"p2c\":1000,"
			      "\"cty\":\"jwk-set+json\"}", p2s);
	ck_assert_uint_eq(n, strlen(expected));
	ck_assert_mem_eq(text, expected, n);
	ck_assert_int_eq(ring_seal_parse(one.header, one.header_len, &read, NULL), 0);
	ck_assert_mem_eq(read.p2s, one.p2s, 16);
	ck_assert_int_eq(read.p2c, 1000);
	ck_assert_ptr_eq(read.enc, one.enc);
	free(text);
	free(p2s);
	free(expected);
	sess_protection_free(p);
	sess_protection_free(k);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_seal");
	TCase *tcase = tcase_create("headers");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_refused, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_loop_test(tcase, test_refused_in_a_file, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_loop_test(tcase, test_accepted, 0, (int)(sizeof(accepted) / sizeof(accepted[0])));
	tcase_add_test(tcase, test_length);
	tcase_add_test(tcase, test_new);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
