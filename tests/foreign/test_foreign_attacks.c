/* SPDX-License-Identifier: MIT */
/*
 * The classic attacks on JWT libraries, each by its name, against the keys of an honest issuer: what would make a token pass
 * that he did not sign, or did not sign for us. His own tokens pass, so that no refusal is for another reason.
 */
#include <check.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdio.h>

#include "foreign/desk.h"
#include "support/runner.h"

#define HEADER(alg) "{\"alg\":\"" alg "\",\"kid\":\"k1\"}"

static struct issuer rsa, ec, hmac, forger;
static struct desk desk;
static sess_foreign_keys *rsa_keys, *ec_keys, *hmac_keys;

static void
begin(void)
{
	issuer_init(&rsa, "RS256", "k1", 0);
	issuer_init(&ec, "ES256", "k1", 0);
	issuer_init(&hmac, "HS256", "k1", 0);
	issuer_init(&forger, "RS256", "k1", 0);
	desk_init(&desk, NULL);
	rsa_keys = desk_keys(&rsa);
	ec_keys = desk_keys(&ec);
	hmac_keys = desk_keys(&hmac);
}

static void
end(void)
{
	sess_foreign_keys_free(rsa_keys);
	sess_foreign_keys_free(ec_keys);
	sess_foreign_keys_free(hmac_keys);
	desk_done(&desk);
	issuer_done(&rsa);
	issuer_done(&ec);
	issuer_done(&hmac);
	issuer_done(&forger);
}

START_TEST(honest)
{
	desk_take(&desk, rsa_keys, "RS256", issuer_sign(&rsa, PAYLOAD("")), 0, NULL);
	desk_take(&desk, ec_keys, "ES256", issuer_sign(&ec, PAYLOAD("")), 0, NULL);
	desk_take(&desk, hmac_keys, "HS256", issuer_sign(&hmac, PAYLOAD("")), 0, NULL);
}
END_TEST

static char *
with_crlf(const char *text)
{
	char *out = calloc(1, 2 * strlen(text) + 1);

	for (size_t i = 0, n = 0; text[i] != '\0'; i++) {
		if (text[i] == '\n')
			out[n++] = '\r';
		out[n++] = text[i];
	}
	return out;
}

/* What everybody has of an RSA key, in every spelling that a library may have taken for a secret. */
#define SPELLINGS 7
static char *
public_text(int spelling, size_t *ret_len)
{
	char *pem = issuer_pem(&rsa), *text = NULL;

	switch (spelling) {
	case 0: text = forge_text("%s", pem); break;
	case 1: text = forge_text(" %s", pem); break;
	case 2: text = forge_text("\r\n%s", pem); break;
	case 3: text = forge_text("%.*s", (int)strlen(pem) - 1, pem); break;
	case 4: text = with_crlf(pem); break;
	case 5: text = issuer_jwk(&rsa); break;
	default: text = (char *)issuer_der(&rsa, ret_len); break;
	}
	if (spelling != 6)
		*ret_len = strlen(text);
	free(pem);
	return text;
}

START_TEST(rsa_public_key_as_hmac_secret)
{
	size_t len = 0;
	char *secret = public_text(_i, &len);

	desk_take(&desk, rsa_keys, "its kid", issuer_hmac("HS256", secret, len, HEADER("HS256"), PAYLOAD("")), SESS_REASON_MALFORMED,
	    "alg");
	desk_take(&desk, rsa_keys, "no kid", issuer_hmac("HS256", secret, len, "{\"alg\":\"HS256\"}", PAYLOAD("")),
	    SESS_REASON_MALFORMED, "alg");
	free(secret);
}
END_TEST

/* The same mistake made by who writes the key set. */
START_TEST(rsa_public_key_in_an_oct_key)
{
	size_t len = 0;
	char *secret = public_text(_i, &len), *k = forge_b64(secret, len);
	char *jwk = forge_text("{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"mixed-up\",\"k\":\"%s\"}", k);
	sess_foreign_keys *keys = NULL;

	ck_assert_int_eq(sess_foreign_keys_load_mem(jwk, strlen(jwk), NULL, &keys, &desk.diag), SESS_ERR_JWK);
	ck_assert_str_eq(desk.diag.kid, "mixed-up");
	ck_assert_str_eq(desk.diag.member, "k");
	ck_assert_ptr_null(keys);
	free(secret);
	free(k);
	free(jwk);
}
END_TEST

static const char *const nones[] = { "none", "None", "NONE", "nOnE", "", "none ", "null", "HS256\\u0000none" };

START_TEST(alg_none)
{
	char *header = forge_text("{\"alg\":\"%s\",\"kid\":\"k1\"}", nones[_i]);
	char *h = forge_b64(header, strlen(header)), *p = forge_b64(PAYLOAD(""), strlen(PAYLOAD("")));

	desk_take(&desk, rsa_keys, "no signature", forge_text("%s.%s.", h, p), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, rsa_keys, "two segments", forge_text("%s.%s", h, p), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, rsa_keys, "signed", issuer_sign_under(&rsa, NULL, header, PAYLOAD("")), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, hmac_keys, "HMAC of nothing", issuer_hmac("HS256", "", 0, header, PAYLOAD("")), SESS_REASON_MALFORMED, NULL);
	free(header);
	free(h);
	free(p);
}
END_TEST

START_TEST(hmac_with_an_empty_key)
{
	desk_take(&desk, hmac_keys, "of nothing", issuer_hmac("HS256", "", 0, HEADER("HS256"), PAYLOAD("")), SESS_REASON_BAD_SIGNATURE,
	    NULL);
	desk_take(&desk, hmac_keys, "of a NUL", issuer_hmac("HS256", "", 1, HEADER("HS256"), PAYLOAD("")), SESS_REASON_BAD_SIGNATURE,
	    NULL);
}
END_TEST

static const struct {
	const char *name, *kid;
	uint32_t reason;
} kids[] = {
	{ "path", "../../../../dev/null", SESS_REASON_UNKNOWN_KEY },
	{ "absolute path", "/etc/hostname", SESS_REASON_UNKNOWN_KEY },
	{ "file URL", "file:///proc/self/environ", SESS_REASON_UNKNOWN_KEY },
	{ "SQL", "x' UNION SELECT 'secret' --", SESS_REASON_MALFORMED },
	{ "command", "k1;id", SESS_REASON_UNKNOWN_KEY },
	{ "CRLF", "k1\\r\\nX-Admin:1", SESS_REASON_MALFORMED },
	{ "NUL", "k1\\u0000", SESS_REASON_MALFORMED },
	{ "empty", "", SESS_REASON_MALFORMED },
	{ "space", "k1 ", SESS_REASON_MALFORMED },
	{ "quote", "k1\\\"", SESS_REASON_MALFORMED },
	{ "not ASCII", "k\\u00e9", SESS_REASON_MALFORMED },
	{ "another case", "K1", SESS_REASON_UNKNOWN_KEY },
};

START_TEST(kid_that_is_more_than_a_name)
{
	char *header = forge_text("{\"alg\":\"RS256\",\"kid\":\"%s\"}", kids[_i].kid);

	desk_take(&desk, rsa_keys, kids[_i].name, issuer_sign_under(&rsa, NULL, header, PAYLOAD("")), kids[_i].reason, NULL);
	free(header);
}
END_TEST

static char *
under_kid(size_t len)
{
	char *kid = calloc(1, len + 1), *header, *token;

	memset(kid, 'k', len);
	header = forge_text("{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
	token = issuer_sign_under(&rsa, NULL, header, PAYLOAD(""));
	free(header);
	free(kid);
	return token;
}

START_TEST(kid_of_64_kilobytes)
{
	desk_take(&desk, rsa_keys, "over the size", under_kid(65536), SESS_REASON_OVERSIZE, NULL);
	desk.e.max_token_bytes = SESS_FOREIGN_TOKEN_BYTES_MAX;
	desk_take(&desk, rsa_keys, "over the header", under_kid(65536), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, rsa_keys, "one too long", under_kid(SESS_FOREIGN_KID_MAX + 1), SESS_REASON_MALFORMED, "kid");
	desk_take(&desk, rsa_keys, "the longest", under_kid(SESS_FOREIGN_KID_MAX), SESS_REASON_UNKNOWN_KEY, "kid");
}
END_TEST

/* A token that brings its own key, or says where it is, or what of it is signed. */
static const struct {
	const char *member, *value; /* NULL: the forger's key */
} brought[] = {
	{ "jwk", NULL },
	{ "jku", "\"http://127.0.0.1:9/jwks\"" },
	{ "x5u", "\"file:///tmp/cert.pem\"" },
	{ "x5c", "[\"MIIB\"]" },
	{ "crit", "[\"exp\"]" },
	{ "b64", "true" },
	{ "zip", "\"DEF\"" },
	{ "\\u006aku", "\"http://127.0.0.1:9/jwks\"" },
};

START_TEST(header_that_brings_a_key)
{
	const char *member = brought[_i].member[0] == '\\' ? "jku" : brought[_i].member;
	char *jwk = issuer_jwk(&forger);
	char *header = forge_text("{\"alg\":\"RS256\",\"kid\":\"k1\",\"%s\":%s}", brought[_i].member,
	    brought[_i].value != NULL ? brought[_i].value : jwk);
	desk_take(&desk, rsa_keys, "the forger's", issuer_sign_under(&forger, NULL, header, PAYLOAD("")), SESS_REASON_MALFORMED, member);
	desk_take(&desk, rsa_keys, "the issuer's", issuer_sign_under(&rsa, NULL, header, PAYLOAD("")), SESS_REASON_MALFORMED, member);
	free(header);
	free(jwk);
}
END_TEST

/* The token of `i` with another signature. */
static char *
with_signature(const struct issuer *i, const unsigned char *sig, size_t len)
{
	char *token = issuer_sign(i, PAYLOAD("")), *other = forge_replace(token, 2, sig, len);

	free(token);
	return other;
}

START_TEST(psychic_and_zero_signatures)
{
	unsigned char sig[256] = { 0 };

	desk_take(&desk, ec_keys, "r = s = 0", with_signature(&ec, sig, 64), SESS_REASON_BAD_SIGNATURE, NULL);
	sig[31] = 1;
	desk_take(&desk, ec_keys, "s = 0", with_signature(&ec, sig, 64), SESS_REASON_BAD_SIGNATURE, NULL);
	sig[31] = 0;
	sig[63] = 1;
	desk_take(&desk, ec_keys, "r = 0", with_signature(&ec, sig, 64), SESS_REASON_BAD_SIGNATURE, NULL);
	memset(sig, 0xff, sizeof(sig));
	desk_take(&desk, ec_keys, "r, s above n", with_signature(&ec, sig, 64), SESS_REASON_BAD_SIGNATURE, NULL);
	desk_take(&desk, rsa_keys, "RSA above n", with_signature(&rsa, sig, 256), SESS_REASON_BAD_SIGNATURE, NULL);
	memset(sig, 0, sizeof(sig));
	desk_take(&desk, rsa_keys, "RSA zero", with_signature(&rsa, sig, 256), SESS_REASON_BAD_SIGNATURE, NULL);
	desk_take(&desk, hmac_keys, "HMAC zero", with_signature(&hmac, sig, 32), SESS_REASON_BAD_SIGNATURE, NULL);
	sig[255] = 1;
	desk_take(&desk, rsa_keys, "RSA one", with_signature(&rsa, sig, 256), SESS_REASON_BAD_SIGNATURE, NULL);
}
END_TEST

START_TEST(signature_of_another_length)
{
	unsigned char sig[512] = { 1 };

	for (size_t n = 1; n < 140; n++) {
		if (n != 64)
			desk_take(&desk, ec_keys, "ES256", with_signature(&ec, sig, n), SESS_REASON_MALFORMED, NULL);
		if (n != 32)
			desk_take(&desk, hmac_keys, "HS256", with_signature(&hmac, sig, n), SESS_REASON_MALFORMED, NULL);
	}
	desk_take(&desk, rsa_keys, "RS256, less", with_signature(&rsa, sig, 255), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, rsa_keys, "RS256, more", with_signature(&rsa, sig, 257), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, rsa_keys, "RS256 of 4096 bits", with_signature(&rsa, sig, 512), SESS_REASON_MALFORMED, NULL);
}
END_TEST

/* (r, n - s) is as good a signature as (r, s): who counts tokens must not count signatures, which test_exchange shows. */
START_TEST(es256_malleable)
{
	char *token = issuer_sign(&ec, PAYLOAD("")), *other;
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *s = BN_new();
	size_t n = 0;
	unsigned char *sig = forge_unb64(strrchr(token, '.') + 1, strlen(strrchr(token, '.') + 1), &n);

	ck_assert_uint_eq(n, 64);
	BN_bin2bn(sig + 32, 32, s);
	BN_sub(s, EC_GROUP_get0_order(group), s);
	ck_assert_int_eq(BN_bn2binpad(s, sig + 32, 32), 32);
	other = forge_replace(token, 2, sig, n);
	ck_assert_str_ne(other, token);
	desk_take(&desk, ec_keys, "(r, s)", token, 0, NULL);
	desk_take(&desk, ec_keys, "(r, n - s)", other, 0, NULL);
	free(sig);
	BN_free(s);
	EC_GROUP_free(group);
}
END_TEST

START_TEST(rs_for_ps_and_back)
{
	desk_take(&desk, rsa_keys, "PS256", issuer_sign_under(&rsa, "PS256", HEADER("PS256"), PAYLOAD("")), SESS_REASON_MALFORMED, "alg");
	desk_take(&desk, rsa_keys, "PS512", issuer_sign_under(&rsa, "PS512", HEADER("PS512"), PAYLOAD("")), SESS_REASON_MALFORMED, "alg");
	desk_take(&desk, rsa_keys, "says RS, is PS", issuer_sign_under(&rsa, "PS256", HEADER("RS256"), PAYLOAD("")),
	    SESS_REASON_BAD_SIGNATURE, NULL);
	desk_take(&desk, rsa_keys, "says PS, is RS", issuer_sign_under(&rsa, "RS256", HEADER("PS256"), PAYLOAD("")),
	    SESS_REASON_MALFORMED, "alg");
}
END_TEST

START_TEST(wrong_hash)
{
	desk_take(&desk, rsa_keys, "says RS512", issuer_sign_under(&rsa, "RS512", HEADER("RS512"), PAYLOAD("")), SESS_REASON_MALFORMED,
	    "alg");
	desk_take(&desk, rsa_keys, "is RS512", issuer_sign_under(&rsa, "RS512", HEADER("RS256"), PAYLOAD("")), SESS_REASON_BAD_SIGNATURE,
	    NULL);
	desk_take(&desk, ec_keys, "ES256K on P-256", issuer_sign_under(&ec, NULL, HEADER("ES256K"), PAYLOAD("")), SESS_REASON_MALFORMED,
	    "alg");
	desk_take(&desk, rsa_keys, "another case", issuer_sign_under(&rsa, NULL, HEADER("rs256"), PAYLOAD("")), SESS_REASON_MALFORMED,
	    "alg");
}
END_TEST

START_TEST(algorithm_that_nobody_expects)
{
	static const char *const only[] = { "ES256" };

	desk.e.algs = only;
	desk.e.algs_count = 1;
	desk_take(&desk, rsa_keys, "RS256 where ES256 is", issuer_sign(&rsa, PAYLOAD("")), SESS_REASON_MALFORMED, "alg");
	desk_take(&desk, ec_keys, "ES256", issuer_sign(&ec, PAYLOAD("")), 0, NULL);
}
END_TEST

START_TEST(token_for_another_client)
{
	static const char other[] = "{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"client-2\",\"exp\":1800000300,"
				    "\"iat\":1799999990,\"nonce\":\"" NONCE "\"}";

	desk_take(&desk, rsa_keys, "aud", issuer_sign(&rsa, other), SESS_REASON_WRONG_AUDIENCE, "aud");
	desk_take(&desk, rsa_keys, "azp", issuer_sign(&rsa, PAYLOAD(",\"azp\":\"client-2\"")), SESS_REASON_WRONG_AUDIENCE, "azp");
}
END_TEST

static const char *const typs[] = { "at+jwt", "AT+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", "sess+jwt" };

START_TEST(access_token_for_an_id_token)
{
	char *header = forge_text("{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"%s\"}", typs[_i]);

	desk_take(&desk, rsa_keys, typs[_i], issuer_sign_under(&rsa, NULL, header, PAYLOAD("")), SESS_REASON_WRONG_TYPE, "typ");
	ck_assert_str_eq(desk.diag.findings[0].got_text, _i < 3 ? "an access token (at+jwt)" : "a token for something else");
	free(header);
}
END_TEST

START_TEST(same_kid_of_another_issuer)
{
	sess_foreign_keys *keys = desk_keys(&forger);

	desk_take(&desk, rsa_keys, "his key, our name", issuer_sign(&forger, PAYLOAD("")), SESS_REASON_BAD_SIGNATURE, NULL);
	desk_take(&desk, keys, "our key, his keys", issuer_sign(&rsa, PAYLOAD("")), SESS_REASON_BAD_SIGNATURE, NULL);
	desk.e.issuer = "https://other.example";
	desk_take(&desk, keys, "his key, and not his name", issuer_sign(&forger, PAYLOAD("")), SESS_REASON_WRONG_ISSUER, "iss");
	sess_foreign_keys_free(keys);
}
END_TEST

/* Of a forgery nothing more is said than that: not that it has expired, nor for whom it is. */
START_TEST(nothing_is_told_of_forgeries)
{
	unsigned char sig[64] = { 1, [32] = 1 };
	char *token = issuer_sign(&ec, "{\"iss\":\"x\",\"aud\":\"y\",\"exp\":1,\"iat\":1}"), *other = forge_replace(token, 2, sig, 64);

	free(token);
	desk_take(&desk, ec_keys, "forged, expired", other, SESS_REASON_BAD_SIGNATURE, NULL);
	ck_assert_uint_eq(desk.diag.findings_count, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("foreign_attacks");
	TCase *tcase = tcase_create("attacks");

	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_add_unchecked_fixture(tcase, begin, end);
	tcase_add_test(tcase, honest);
	tcase_add_loop_test(tcase, rsa_public_key_as_hmac_secret, 0, SPELLINGS);
	tcase_add_loop_test(tcase, rsa_public_key_in_an_oct_key, 0, SPELLINGS);
	tcase_add_loop_test(tcase, alg_none, 0, sizeof(nones) / sizeof(nones[0]));
	tcase_add_test(tcase, hmac_with_an_empty_key);
	tcase_add_loop_test(tcase, kid_that_is_more_than_a_name, 0, sizeof(kids) / sizeof(kids[0]));
	tcase_add_test(tcase, kid_of_64_kilobytes);
	tcase_add_loop_test(tcase, header_that_brings_a_key, 0, sizeof(brought) / sizeof(brought[0]));
	tcase_add_test(tcase, psychic_and_zero_signatures);
	tcase_add_test(tcase, signature_of_another_length);
	tcase_add_test(tcase, es256_malleable);
	tcase_add_test(tcase, rs_for_ps_and_back);
	tcase_add_test(tcase, wrong_hash);
	tcase_add_test(tcase, algorithm_that_nobody_expects);
	tcase_add_test(tcase, token_for_another_client);
	tcase_add_loop_test(tcase, access_token_for_an_id_token, 0, sizeof(typs) / sizeof(typs[0]));
	tcase_add_test(tcase, same_kid_of_another_issuer);
	tcase_add_test(tcase, nothing_is_told_of_forgeries);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
