/* SPDX-License-Identifier: MIT */
/* Keys of other issuers: each rule of loading by a row that breaks it alone, and what the words of its refusal name. */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foreign/desk.h"
#include "support/runner.h"

static struct issuer rsa, weak, ec, p384, p521, k256, ed, hs256, hs512;

static void
begin(void)
{
	issuer_init(&rsa, "RS256", "key-1", 0);
	issuer_init(&weak, "RS256", "key-1", 1024);
	issuer_init(&ec, "ES256", "key-1", 0);
	issuer_init(&p384, "ES384", "key-2", 0);
	issuer_init(&p521, "ES512", "key-3", 0);
	issuer_init(&k256, "ES256K", "key-4", 0);
	issuer_init(&ed, "EdDSA", "key-5", 0);
	issuer_init(&hs256, "HS256", "key-6", 0);
	issuer_init(&hs512, "HS512", "key-7", 0);
}

static void
end(void)
{
	struct issuer *all[] = { &rsa, &weak, &ec, &p384, &p521, &k256, &ed, &hs256, &hs512 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		issuer_done(all[i]);
}

/* Loads, and compares code, kid (unless NULL) and words (unless NULL). The keys, where there are any, are freed. */
static void
expect(const char *what, const char *text, const sess_foreign_keys_opts *opts, int code, const char *kid, const char *member,
    const char *words)
{
	sess_foreign_keys *keys = NULL;
	sess_diag diag;
	int rc = sess_foreign_keys_load_mem(text, strlen(text), opts, &keys, &diag);

	ck_assert_msg(rc == code, "%s: %s instead of %s: %s", what, sess_error_name(rc), sess_error_name(code), diag.message);
	ck_assert_msg((rc == 0) == (keys != NULL), "%s: something came out", what);
	ck_assert_msg(kid == NULL || strcmp(diag.kid, kid) == 0, "%s: the kid is \"%s\"", what, diag.kid);
	ck_assert_msg(member == NULL || strcmp(diag.member, member) == 0, "%s: the member is \"%s\"", what, diag.member);
	ck_assert_msg(words == NULL || strstr(diag.message, words) != NULL, "%s: %s", what, diag.message);
	sess_foreign_keys_free(keys);
}

enum base { BASE_RSA, BASE_EC, BASE_ED, BASE_OCT };

static const struct {
	const char *name;
	enum base base;
	const char *member, *value; /* NULL: taken out */
	int code;
	const char *at, *words;
} rows[] = {
	{ "as it is", BASE_RSA, "kid", "\"key-1\"", 0, NULL, NULL },
	{ "an unknown member", BASE_RSA, "x5c", "[\"MII\"]", 0, NULL, NULL },
	{ "no kid, alone", BASE_RSA, "kid", NULL, 0, NULL, NULL },
	{ "no use", BASE_RSA, "use", NULL, 0, NULL, NULL },
	{ "key_ops verify", BASE_RSA, "key_ops", "[\"verify\"]", 0, NULL, NULL },
	{ "no alg", BASE_RSA, "alg", NULL, SESS_ERR_JWK, "alg", "needs one algorithm" },
	{ "alg of EC", BASE_RSA, "alg", "\"ES256\"", SESS_ERR_JWK, "alg", "does not belong" },
	{ "alg of HMAC", BASE_RSA, "alg", "\"HS256\"", SESS_ERR_JWK, "alg", "does not belong" },
	{ "alg a number", BASE_RSA, "alg", "1", SESS_ERR_JWK, "alg", "string" },
	{ "alg of encryption", BASE_RSA, "alg", "\"RSA-OAEP\"", SESS_ERR_JWK, NULL, "no key of the set" },
	{ "use enc", BASE_RSA, "use", "\"enc\"", SESS_ERR_JWK, NULL, "no key of the set" },
	{ "use a number", BASE_RSA, "use", "1", SESS_ERR_JWK, "use", "string" },
	{ "key_ops sign", BASE_RSA, "key_ops", "[\"sign\"]", SESS_ERR_JWK, "key_ops", "\"verify\"" },
	{ "kty unknown", BASE_RSA, "kty", "\"AKP\"", SESS_ERR_JWK, NULL, "no key of the set" },
	{ "no kty", BASE_RSA, "kty", NULL, SESS_ERR_JWK, "kty", "missing" },
	{ "kid with a space", BASE_RSA, "kid", "\"a b\"", SESS_ERR_JWK, "kid", "printable ASCII" },
	{ "kid empty", BASE_RSA, "kid", "\"\"", SESS_ERR_JWK, "kid", "printable ASCII" },
	{ "kid a number", BASE_RSA, "kid", "7", SESS_ERR_JWK, "kid", "string" },
	{ "private d", BASE_RSA, "d", "\"AQAB\"", SESS_ERR_JWK, "d", "private" },
	{ "private p", BASE_RSA, "p", "\"AQAB\"", SESS_ERR_JWK, "p", "private" },
	{ "private oth", BASE_RSA, "oth", "[]", SESS_ERR_JWK, "oth", "private" },
	{ "no n", BASE_RSA, "n", NULL, SESS_ERR_JWK, "n", "missing" },
	{ "n short", BASE_RSA, "n", "\"AQAB\"", SESS_ERR_JWK, "n", "2048 to 8192" },
	{ "n zero", BASE_RSA, "n", "\"AAAA\"", SESS_ERR_JWK, NULL, "2048 to 8192" },
	{ "n not base64url", BASE_RSA, "n", "\"AQA=\"", SESS_ERR_JWK, "n", "base64url" },
	{ "e one", BASE_RSA, "e", "\"AQ\"", SESS_ERR_JWK, "e", "65537" },
	{ "e three", BASE_RSA, "e", "\"Aw\"", SESS_ERR_JWK, "e", "65537" },
	{ "e even", BASE_RSA, "e", "\"AQAC\"", SESS_ERR_JWK, "e", "odd" },
	{ "e of 65 bits", BASE_RSA, "e", "\"AQAAAAAAAAAB\"", SESS_ERR_JWK, NULL, "64 bits" },
	{ "e with zeros before it", BASE_RSA, "e", "\"AAEAAQ\"", 0, NULL, NULL },
	{ "e zero", BASE_RSA, "e", "\"AA\"", SESS_ERR_JWK, NULL, "odd" },
	{ "EC as it is", BASE_EC, "kid", "\"key-1\"", 0, NULL, NULL },
	{ "EC without alg", BASE_EC, "alg", NULL, 0, NULL, NULL },
	{ "EC with another alg", BASE_EC, "alg", "\"ES384\"", SESS_ERR_JWK, "alg", "does not belong" },
	{ "EC on an unknown curve", BASE_EC, "crv", "\"P-224\"", SESS_ERR_JWK, NULL, "no key of the set" },
	{ "EC on another curve", BASE_EC, "crv", "\"P-384\"", SESS_ERR_JWK, "x", "48 bytes" },
	{ "EC on a curve of its size", BASE_EC, "crv", "\"secp256k1\"", SESS_ERR_JWK, NULL, NULL },
	{ "EC off the curve", BASE_EC, "x", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"", SESS_ERR_JWK, "x", "curve" },
	{ "EC x short", BASE_EC, "x", "\"AAAA\"", SESS_ERR_JWK, "x", "32 bytes" },
	{ "EC no y", BASE_EC, "y", NULL, SESS_ERR_JWK, "y", "missing" },
	{ "EC no crv", BASE_EC, "crv", NULL, SESS_ERR_JWK, "crv", "missing" },
	{ "EC private", BASE_EC, "d", "\"AA\"", SESS_ERR_JWK, "d", "private" },
	{ "Ed25519 as it is", BASE_ED, "kid", "\"key-1\"", 0, NULL, NULL },
	{ "Ed25519 of order 4", BASE_ED, "x", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", SESS_ERR_JWK, "x", "small order" },
	{ "Ed25519 of order 8", BASE_ED, "x", "\"JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU\"", SESS_ERR_JWK, "x", "small order" },
	{ "Ed25519 off the curve", BASE_ED, "x", "\"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", SESS_ERR_JWK, "x", "curve" },
	{ "OKP of key agreement", BASE_ED, "crv", "\"X25519\"", SESS_ERR_JWK, NULL, "no key of the set" },
	{ "HMAC as it is", BASE_OCT, "kid", "\"key-1\"", 0, NULL, NULL },
	{ "HMAC without alg", BASE_OCT, "alg", NULL, SESS_ERR_JWK, "alg", "HS256" },
	{ "HMAC with an alg of RSA", BASE_OCT, "alg", "\"RS256\"", SESS_ERR_JWK, "alg", "HS256" },
	{ "HMAC too short for its hash", BASE_OCT, "alg", "\"HS512\"", SESS_ERR_JWK, "k", "64 to 512 bytes" },
	{ "HMAC empty", BASE_OCT, "k", "\"\"", SESS_ERR_JWK, "k", "32 to 512 bytes" },
	{ "HMAC no k", BASE_OCT, "k", NULL, SESS_ERR_JWK, "k", "missing" },
};

static json_t *
base_of(enum base base)
{
	const struct issuer *of[] = { &rsa, &ec, &ed, &hs256 };
	char *text = issuer_jwk(of[base]);
	json_t *jwk = json_loads(text, 0, NULL);

	json_object_set_new(jwk, "kid", json_string("key-1"));
	free(text);
	return jwk;
}

START_TEST(rule)
{
	json_t *jwk = base_of(rows[_i].base), *set = json_pack("{s:[O]}", "keys", jwk);
	const char *kid = rows[_i].code == 0 || rows[_i].at == NULL || strcmp(rows[_i].member, "kid") == 0 ? NULL : "key-1";
	char *one, *many;

	if (rows[_i].value == NULL)
		json_object_del(jwk, rows[_i].member);
	else
		json_object_set_new(jwk, rows[_i].member, json_loads(rows[_i].value, JSON_DECODE_ANY, NULL));
	one = json_dumps(jwk, 0);
	many = json_dumps(set, 0);
	expect(rows[_i].name, many, NULL, rows[_i].code, kid, rows[_i].at, rows[_i].words);
	/* Without "kty" an object is taken for a set. */
	if (strcmp(rows[_i].member, "kty") != 0)
		expect(rows[_i].name, one, NULL, rows[_i].code, kid, rows[_i].at, rows[_i].words);
	free(one);
	free(many);
	json_decref(jwk);
	json_decref(set);
}
END_TEST

START_TEST(rsa_of_1024_bits)
{
	char *jwk = issuer_jwk(&weak), *pem = issuer_pem(&weak);
	sess_foreign_keys_opts opts = SESS_FOREIGN_KEYS_OPTS_INIT;

	opts.alg = "RS256";
	expect("JWK", jwk, NULL, SESS_ERR_JWK, "key-1", "n", "2048 to 8192");
	expect("PEM", pem, &opts, SESS_ERR_JWK, NULL, "n", "2048 to 8192");
	free(jwk);
	free(pem);
}
END_TEST

/* An odd number of 2048 bits that is `residue` modulo every prime from 3 to 167. */
static void
expect_modulus(const char *what, unsigned long residue, const char *words)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *m = BN_new(), *n = BN_new();
	unsigned char bytes[256];
	char *text, *jwk;

	BN_set_word(m, 2);
	for (unsigned p = 3; p <= 167; p += 2) {
		unsigned q = 3;

		while (q < p && p % q != 0)
			q += 2;
		if (q >= p)
			BN_mul_word(m, p);
	}
	BN_set_word(n, 3);
	BN_lshift(n, n, 2046);
	BN_div(n, NULL, n, m, ctx);
	BN_mul(n, n, m, ctx);
	BN_add_word(n, residue);
	ck_assert_int_eq(BN_num_bits(n), 2048);
	ck_assert_int_eq(BN_bn2binpad(n, bytes, sizeof(bytes)), sizeof(bytes));
	text = forge_b64(bytes, sizeof(bytes));
	jwk = forge_text("{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"key-1\",\"e\":\"AQAB\",\"n\":\"%s\"}", text);
	expect(what, jwk, NULL, words == NULL ? 0 : SESS_ERR_JWK, words == NULL ? NULL : "key-1", words == NULL ? NULL : "n", words);
	free(text);
	free(jwk);
	BN_free(m);
	BN_free(n);
	BN_CTX_free(ctx);
}

START_TEST(moduli)
{
	expect_modulus("ROCA: a power of 65537 everywhere", 1, "ROCA");
	expect_modulus("ROCA: another one", 65537, "ROCA");
	expect_modulus("no power of it modulo 11, say", 173, NULL);
	expect_modulus("a factor of 3 and of others", 3, "small factor");
	expect_modulus("even", 2, "even");
}
END_TEST

static char *
set_of(const struct issuer *a, const struct issuer *b)
{
	const struct issuer *both[] = { a, b };

	return issuer_jwks(both, 2);
}

START_TEST(sets)
{
	struct issuer twin = rsa, renamed = rsa, nameless = ed;
	char *text;

	twin.kid = "key-2";
	renamed.alg = "PS256";
	renamed.kid = "key-2";
	nameless.kid = NULL;
	text = set_of(&rsa, &ec);
	expect("one kid, two keys", text, NULL, SESS_ERR_JWK, "key-1", "kid", "key number 2");
	free(text);
	text = set_of(&rsa, &twin);
	expect("one key, two kids", text, NULL, SESS_ERR_JWK, "key-2", NULL, "twice");
	free(text);
	text = set_of(&rsa, &renamed);
	expect("one key, two algs", text, NULL, SESS_ERR_JWK, "key-2", NULL, "twice");
	free(text);
	text = set_of(&rsa, &nameless);
	expect("two keys, one without kid", text, NULL, SESS_ERR_JWK, "", "kid", "missing");
	free(text);
	text = set_of(&rsa, &hs256);
	expect("mixed", text, NULL, SESS_ERR_JWK, "key-6", "kty", "mixes");
	free(text);
	text = set_of(&hs256, &rsa);
	expect("mixed the other way", text, NULL, SESS_ERR_JWK, "key-1", "kty", "mixes");
	free(text);
	text = set_of(&hs256, &hs512);
	expect("two secrets", text, NULL, 0, NULL, NULL, NULL);
	free(text);
	expect("no keys", "{\"keys\":[]}", NULL, SESS_ERR_JWK, NULL, "keys", "1 to 64");
	expect("no set", "{}", NULL, SESS_ERR_JWK, NULL, "keys", "1 to 64");
	expect("a key that is none", "{\"keys\":[1]}", NULL, SESS_ERR_JWK, NULL, "keys", "not an object");
	expect("a member twice", "{\"keys\":[],\"keys\":[]}", NULL, SESS_ERR_JWK, NULL, NULL, "stands twice");
	expect("empty", "", NULL, SESS_ERR_JWK, NULL, NULL, "empty");
	expect("rubbish", "hello", NULL, SESS_ERR_JWK, NULL, NULL, "neither");
	expect("an array", "[]", NULL, SESS_ERR_JWK, NULL, NULL, "neither");
}
END_TEST

START_TEST(what_is_passed_over)
{
	const struct issuer *all[] = { &rsa, &p384, &p521, &k256, &ed };
	char *text = issuer_jwks(all, 5);
	json_t *set = json_loads(text, 0, NULL), *list = json_object_get(set, "keys");
	sess_foreign_keys *keys = NULL;

	json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "kty", "AKP", "kid", "pq", "alg", "ML-DSA-44"));
	json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "kty", "OKP", "kid", "x", "crv", "X25519", "x", "AA"));
	free(text);
	text = json_dumps(set, 0);
	ck_assert_int_eq(sess_foreign_keys_load_mem(text, strlen(text), NULL, &keys, NULL), 0);
	ck_assert_uint_eq(sess_foreign_keys_count(keys), 5);
	ck_assert_uint_eq(sess_foreign_keys_skipped(keys), 2);
	ck_assert_str_eq(sess_foreign_keys_alg(keys, 2), "ES512");
	ck_assert_str_eq(sess_foreign_keys_kid(keys, 4), "key-5");
	ck_assert_ptr_null(sess_foreign_keys_kid(keys, 5));
	ck_assert_ptr_null(sess_foreign_keys_alg(keys, 5));
	sess_foreign_keys_free(keys);
	free(text);
	json_decref(set);
}
END_TEST

START_TEST(pem)
{
	sess_foreign_keys_opts opts = SESS_FOREIGN_KEYS_OPTS_INIT;
	char *rsa_pem = issuer_pem(&rsa), *ec_pem = issuer_pem(&ec), *both = forge_text("%s%s", ec_pem, ec_pem);
	char *indented = forge_text("key of the provider\n%s", ec_pem), *cut = forge_text("%.*s", 100, ec_pem);

	expect("RSA without alg", rsa_pem, NULL, SESS_ERR_JWK, NULL, "alg", "RS256, say");
	opts.alg = "HS256";
	expect("RSA with an alg of HMAC", rsa_pem, &opts, SESS_ERR_JWK, NULL, "alg", "RS256, say");
	opts.alg = "PS256";
	opts.kid = "named";
	expect("RSA", rsa_pem, &opts, 0, NULL, NULL, NULL);
	expect("EC, whose curve says it", ec_pem, NULL, 0, NULL, NULL, NULL);
	expect("words before it", indented, NULL, 0, NULL, NULL, NULL);
	expect("two", both, NULL, SESS_ERR_JWK, NULL, NULL, "more than one");
	expect("cut", cut, NULL, SESS_ERR_JWK, NULL, NULL, "not valid PEM");
	expect("a certificate", "-----BEGIN CERTIFICATE-----\n", NULL, SESS_ERR_JWK, NULL, NULL, "openssl x509");
	expect("a private key", "-----BEGIN PRIVATE KEY-----\n", NULL, SESS_ERR_JWK, NULL, NULL, "openssl pkey");
	expect("an encrypted one", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", NULL, SESS_ERR_JWK, NULL, NULL, "openssl pkey");
	expect("something else", "-----BEGIN X-----\n", NULL, SESS_ERR_JWK, NULL, NULL, "no block");
	opts.alg = "RS257";
	expect("no such alg", rsa_pem, &opts, SESS_ERR_ARGUMENT, NULL, "alg", NULL);
	opts.alg = NULL;
	opts.kid = "a b";
	expect("no such kid", rsa_pem, &opts, SESS_ERR_ARGUMENT, NULL, "kid", NULL);
	free(rsa_pem);
	free(ec_pem);
	free(both);
	free(indented);
	free(cut);
}
END_TEST

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void
expect_file(const char *path, int code, const char *words)
{
	sess_foreign_keys *keys = NULL;
	sess_diag diag;
	int rc = sess_foreign_keys_load_file(path, NULL, &keys, &diag);

	ck_assert_msg(rc == code, "%s", diag.message);
	ck_assert(words == NULL || strstr(diag.message, words) != NULL);
	sess_foreign_keys_free(keys);
}

START_TEST(files)
{
	char dir[] = "/tmp/sess-keys-XXXXXX", path[64], fifo[64], *public = issuer_jwk(&ec), *secret = issuer_jwk(&hs256);

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/keys", dir);
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	expect_file(path, SESS_ERR_IO, "opening");
	write_file(path, public, 0644);
	expect_file(path, 0, NULL);
	write_file(path, public, 0646);
	expect_file(path, SESS_ERR_IO, "chmod o-w");
	write_file(path, secret, 0640);
	expect_file(path, SESS_ERR_IO, "chmod 600");
	write_file(path, secret, 0600);
	expect_file(path, 0, NULL);
	write_file(path, "", 0600);
	expect_file(path, SESS_ERR_JWK, "empty");
	ck_assert_int_eq(truncate(path, SESS_FOREIGN_KEYS_BYTES_MAX + 1), 0);
	expect_file(path, SESS_ERR_JWK, "at most");
	expect_file(dir, SESS_ERR_IO, "regular");
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	expect_file(fifo, SESS_ERR_IO, "regular");
	unlink(fifo);
	unlink(path);
	rmdir(dir);
	free(public);
	free(secret);
}
END_TEST

/* Every truncation of a set and of a PEM is refused. */
START_TEST(truncations)
{
	char *jwk = issuer_jwk(&ec), *text = issuer_pem(&ec);
	sess_foreign_keys *keys = NULL;

	for (size_t n = 0; n < strlen(jwk); n++)
		ck_assert_int_eq(sess_foreign_keys_load_mem(jwk, n, NULL, &keys, NULL), SESS_ERR_JWK);
	/* The last line's end may be missing. */
	for (size_t n = 0; n + 1 < strlen(text); n++)
		ck_assert_int_eq(sess_foreign_keys_load_mem(text, n, NULL, &keys, NULL), SESS_ERR_JWK);
	ck_assert_ptr_null(keys);
	free(jwk);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("foreign_keys");
	TCase *tcase = tcase_create("keys");

	tcase_add_unchecked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, rule, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, rsa_of_1024_bits);
	tcase_add_test(tcase, moduli);
	tcase_add_test(tcase, sets);
	tcase_add_test(tcase, what_is_passed_over);
	tcase_add_test(tcase, pem);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, truncations);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
