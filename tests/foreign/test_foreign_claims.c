/* SPDX-License-Identifier: MIT */
/* Claims of authentic foreign tokens against the expectations: each rule by rows, several at once, and what can be read. */
#include <check.h>
#include <stdio.h>

#include <sess/jansson.h>

#include "foreign/desk.h"
#include "support/runner.h"

static struct issuer hmac;
static struct desk desk;
static sess_foreign_keys *keys;

static void
begin(void)
{
	issuer_init(&hmac, "HS256", "k1", 0);
	desk_init(&desk, NULL);
	keys = desk_keys(&hmac);
}

static void
end(void)
{
	sess_foreign_keys_free(keys);
	desk_done(&desk);
	issuer_done(&hmac);
}

/* A payload of the claims that each row brings, over good ones; NULL: leave it out. */
struct row {
	const char *name, *iss, *sub, *aud, *exp, *iat, *nonce, *more;
	uint32_t id_token, jwt; /* what comes of it by kind of expectations */
	const char *member;
};

#define I "\"" ISSUER "\""
#define S "\"alice\""
#define A "\"" CLIENT "\""
#define N "\"" NONCE "\""
#define E "1800000300"
#define T "1799999990"
#define PAY SESS_REASON_BAD_PAYLOAD
#define ISS SESS_REASON_WRONG_ISSUER
#define AUD SESS_REASON_WRONG_AUDIENCE
#define OLD SESS_REASON_ABSOLUTE_EXPIRED
#define YET SESS_REASON_NOT_YET
#define NON SESS_REASON_CONTEXT_MISMATCH

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X254 X64 X64 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X254 "x"

static const struct row rows[] = {
	{ "good", I, S, A, E, T, N, NULL, 0, 0, NULL },
	{ "no iss", NULL, S, A, E, T, N, NULL, ISS, ISS, "iss" },
	{ "iss with a slash more", "\"" ISSUER "/\"", S, A, E, T, N, NULL, ISS, ISS, "iss" },
	{ "iss in another case", "\"HTTPS://op.example\"", S, A, E, T, N, NULL, ISS, ISS, "iss" },
	{ "iss that begins so", "\"" ISSUER ".evil\"", S, A, E, T, N, NULL, ISS, ISS, "iss" },
	{ "iss escaped", "\"https:\\/\\/op.example\"", S, A, E, T, N, NULL, 0, 0, NULL },
	{ "iss in an array", "[" I "]", S, A, E, T, N, NULL, PAY, PAY, "iss" },
	{ "no sub", I, NULL, A, E, T, N, NULL, PAY, 0, "sub" },
	{ "sub empty", I, "\"\"", A, E, T, N, NULL, PAY, PAY, "sub" },
	{ "sub of 255", I, "\"" X255 "\"", A, E, T, N, NULL, 0, 0, NULL },
	{ "sub of 256", I, "\"" X255 "x\"", A, E, T, N, NULL, PAY, 0, "sub" },
	{ "sub of 255, one escaped", I, "\"" X254 "\\u0078\"", A, E, T, N, NULL, 0, 0, NULL },
	{ "sub of 256, one escaped", I, "\"" X255 "\\u0078\"", A, E, T, N, NULL, PAY, 0, "sub" },
	{ "sub a number", I, "1", A, E, T, N, NULL, PAY, PAY, "sub" },
	{ "no aud", I, S, NULL, E, T, N, NULL, AUD, AUD, "aud" },
	{ "another aud", I, S, "\"client-2\"", E, T, N, NULL, AUD, AUD, "aud" },
	{ "aud in an array", I, S, "[" A "]", E, T, N, NULL, 0, 0, NULL },
	{ "aud among others", I, S, "[\"x\"," A "]", E, T, N, NULL, AUD, 0, "azp" },
	{ "aud among others, azp ours", I, S, "[\"x\"," A "]", E, T, N, ",\"azp\":" A, 0, 0, NULL },
	{ "aud among others, azp another", I, S, "[\"x\"," A "]", E, T, N, ",\"azp\":\"x\"", AUD, 0, "azp" },
	{ "aud alone, azp ours", I, S, A, E, T, N, ",\"azp\":" A, 0, 0, NULL },
	{ "aud alone, azp another", I, S, A, E, T, N, ",\"azp\":\"x\"", AUD, 0, "azp" },
	{ "azp no string", I, S, A, E, T, N, ",\"azp\":[" A "]", AUD, 0, "azp" },
	{ "aud others", I, S, "[\"x\",\"y\"]", E, T, N, ",\"azp\":" A, AUD, AUD, "aud" },
	{ "aud empty", I, S, "[]", E, T, N, NULL, PAY, PAY, "aud" },
	{ "aud with a number", I, S, "[" A ",1]", E, T, N, NULL, PAY, PAY, "aud" },
	{ "aud an object", I, S, "{}", E, T, N, NULL, PAY, PAY, "aud" },
	{ "no exp", I, S, A, NULL, T, N, NULL, PAY, PAY, "exp" },
	{ "exp a string", I, S, A, "\"" E "\"", T, N, NULL, PAY, PAY, "exp" },
	{ "exp negative", I, S, A, "-1", T, N, NULL, PAY, PAY, "exp" },
	{ "exp null", I, S, A, "null", T, N, NULL, PAY, PAY, "exp" },
	{ "exp past the end of time", I, S, A, "253402300800", T, N, NULL, PAY, PAY, "exp" },
	{ "exp 1e300", I, S, A, "1e300", T, N, NULL, PAY, PAY, "exp" },
	{ "exp with a fraction", I, S, A, "1800000300.5", T, N, NULL, 0, 0, NULL },
	{ "expired", I, S, A, "1799999000", T, N, NULL, OLD, OLD, "exp" },
	{ "expired, the last second of leeway", I, S, A, "1799999971", T, N, NULL, 0, 0, NULL },
	{ "expired by the leeway", I, S, A, "1799999970", T, N, NULL, OLD, OLD, "exp" },
	{ "expired by the leeway, and a fraction", I, S, A, "1799999970.9", T, N, NULL, OLD, OLD, "exp" },
	{ "no iat", I, S, A, E, NULL, N, NULL, PAY, 0, "iat" },
	{ "iat within the leeway", I, S, A, E, "1800000030", N, NULL, 0, 0, NULL },
	{ "iat to come", I, S, A, E, "1800000031", N, NULL, YET, YET, "iat" },
	{ "iat a string", I, S, A, E, "\"x\"", N, NULL, PAY, PAY, "iat" },
	{ "nbf come", I, S, A, E, T, N, ",\"nbf\":1800000030", 0, 0, NULL },
	{ "nbf to come", I, S, A, E, T, N, ",\"nbf\":1800000031", YET, YET, "nbf" },
	{ "nbf a string", I, S, A, E, T, N, ",\"nbf\":\"\"", PAY, PAY, "nbf" },
	{ "no nonce", I, S, A, E, T, NULL, NULL, NON, NON, "nonce" },
	{ "another nonce", I, S, A, E, T, "\"n\"", NULL, NON, NON, "nonce" },
	{ "nonce no string", I, S, A, E, T, "1", NULL, NON, NON, "nonce" },
	{ "all at once", "\"x\"", S, "\"y\"", "1", "1900000000", "\"n\"", NULL, ISS | AUD | OLD | YET | NON, ISS | AUD | OLD | YET | NON,
	    NULL },
	{ "auth_time a string", I, S, A, E, T, N, ",\"auth_time\":\"x\"", PAY, PAY, "auth_time" },
	{ "a member twice", I, S, A, E, T, N, ",\"sub\":\"bob\"", PAY, PAY, NULL },
	{ "a member twice, escaped", I, S, A, E, T, N, ",\"\\u0073ub\":\"bob\"", PAY, PAY, NULL },
	{ "a member twice, deeper", I, S, A, E, T, N, ",\"x\":{\"y\":1,\"y\":2}", PAY, PAY, NULL },
};

static void
append(char *out, const char *name, const char *value)
{
	if (value != NULL)
		sprintf(out + strlen(out), "%s\"%s\":%s", out[1] == '\0' ? "" : ",", name, value);
}

static char *
payload_of(const struct row *row)
{
	char *out = calloc(1, 1024);

	strcpy(out, "{");
	append(out, "iss", row->iss);
	append(out, "sub", row->sub);
	append(out, "aud", row->aud);
	append(out, "exp", row->exp);
	append(out, "iat", row->iat);
	append(out, "nonce", row->nonce);
	strcat(out, row->more == NULL ? "" : row->more);
	strcat(out, "}");
	return out;
}

START_TEST(claim)
{
	const struct row *row = &rows[_i];
	char *payload = payload_of(row);

	desk_take(&desk, keys, row->name, issuer_sign(&hmac, payload), row->id_token, row->id_token != 0 ? row->member : NULL);
	desk.e.kind = SESS_FOREIGN_JWT;
	desk_take(&desk, keys, row->name, issuer_sign(&hmac, payload), row->jwt, row->jwt != 0 ? row->member : NULL);
	free(payload);
}
END_TEST

START_TEST(max_age)
{
	desk.e.max_age_s = 600;
	desk_take(&desk, keys, "missing", issuer_sign(&hmac, PAYLOAD("")), PAY, "auth_time");
	desk_take(&desk, keys, "fresh", issuer_sign(&hmac, PAYLOAD(",\"auth_time\":1799999500")), 0, NULL);
	desk_take(&desk, keys, "the last second", issuer_sign(&hmac, PAYLOAD(",\"auth_time\":1799999370")), 0, NULL);
	desk_take(&desk, keys, "too long ago", issuer_sign(&hmac, PAYLOAD(",\"auth_time\":1799999369")), OLD, "auth_time");
	desk_take(&desk, keys, "to come", issuer_sign(&hmac, PAYLOAD(",\"auth_time\":1800000031")), YET, "auth_time");
}
END_TEST

START_TEST(authorized_party)
{
	desk.e.kind = SESS_FOREIGN_JWT;
	desk.e.authorized_party = "app";
	desk_take(&desk, keys, "missing", issuer_sign(&hmac, PAYLOAD("")), AUD, "azp");
	desk_take(&desk, keys, "another", issuer_sign(&hmac, PAYLOAD(",\"azp\":\"" CLIENT "\"")), AUD, "azp");
	desk_take(&desk, keys, "good", issuer_sign(&hmac, PAYLOAD(",\"azp\":\"app\"")), 0, NULL);
}
END_TEST

START_TEST(typ)
{
	static const char *const good[] = { "JWT", "jwt", "application/jwt" };

	for (size_t i = 0; i < 2; i++) {
		char *header = forge_text("{\"alg\":\"HS256\",\"typ\":\"%s\"}", good[i]);

		desk_take(&desk, keys, good[i], issuer_sign_under(&hmac, NULL, header, PAYLOAD("")), 0, NULL);
		free(header);
	}
	desk_take(&desk, keys, "a number", issuer_sign_under(&hmac, NULL, "{\"alg\":\"HS256\",\"typ\":1}", PAYLOAD("")),
	    SESS_REASON_MALFORMED, "typ");
	desk_take(&desk, keys, "unknown members", issuer_sign_under(&hmac, NULL, "{\"x5t\":\"a\",\"alg\":\"HS256\",\"y\":{\"z\":[1]}}",
	    PAYLOAD("")), 0, NULL);
	desk_take(&desk, keys, "alg twice", issuer_sign_under(&hmac, NULL, "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", PAYLOAD("")),
	    SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, keys, "no alg", issuer_sign_under(&hmac, NULL, "{\"typ\":\"JWT\"}", PAYLOAD("")), SESS_REASON_MALFORMED, "alg");
	desk.e.typ = "at+jwt";
	desk_take(&desk, keys, "none", issuer_sign(&hmac, PAYLOAD("")), SESS_REASON_WRONG_TYPE, "typ");
	desk_take(&desk, keys, "another", issuer_sign_under(&hmac, NULL, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", PAYLOAD("")),
	    SESS_REASON_WRONG_TYPE, "typ");
}
END_TEST

/* What the installed libjwt lacks is said, with the version that has it; what it has, works. */
START_TEST(what_libjwt_has)
{
	static const struct {
		const char *alg, *since;
	} algs[] = { { "HS256", NULL }, { "HS384", NULL }, { "HS512", NULL }, { "RS256", NULL }, { "RS384", NULL }, { "RS512", NULL },
		{ "ES256", NULL }, { "ES384", NULL }, { "ES512", NULL }, { "PS256", "1.16" }, { "PS384", "1.16" }, { "PS512", "1.16" },
		{ "ES256K", "1.18.0" }, { "EdDSA", "1.18.3" } };

	struct issuer rsa, issuer;

	issuer_init(&rsa, "RS256", "k1", 0);
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		int can = sess_foreign_can_verify(algs[i].alg), is_rsa = algs[i].alg[1] == 'S' && strchr("RP", algs[i].alg[0]) != NULL;
		sess_foreign_keys *set;

		ck_assert(can || algs[i].since != NULL);
		if (is_rsa)
			issuer = rsa;
		else
			issuer_init(&issuer, algs[i].alg, "k1", 0);
		issuer.alg = algs[i].alg;
		set = desk_keys(&issuer);
		desk_take(&desk, set, algs[i].alg, issuer_sign(&issuer, PAYLOAD("")), can ? 0 : SESS_ERR_UNSUPPORTED, NULL);
		ck_assert(can || strstr(desk.diag.message, algs[i].since) != NULL);
		ck_assert(can || strstr(desk.diag.message, sess_foreign_libjwt_version()) != NULL);
		sess_foreign_keys_free(set);
		if (!is_rsa)
			issuer_done(&issuer);
	}
	issuer_done(&rsa);
	ck_assert_int_eq(sess_foreign_can_verify("none") + sess_foreign_can_verify("hs256") + sess_foreign_can_verify(NULL), 0);
}
END_TEST

START_TEST(any_typ)
{
	int64_t expected;

	desk.e.kind = SESS_FOREIGN_JWT;
	desk.e.typ = "at+jwt";
	/* 1.10 and 1.11 refuse every typ but JWT. */
	expected = strncmp(sess_foreign_libjwt_version(), "1.10", 4) == 0 || strncmp(sess_foreign_libjwt_version(), "1.11", 4) == 0 ?
	    SESS_ERR_UNSUPPORTED : 0;
	desk_take(&desk, keys, "at+jwt", issuer_sign_under(&hmac, NULL, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", PAYLOAD("")), expected,
	    NULL);
	ck_assert(expected == 0 || strstr(desk.diag.message, "1.12") != NULL);
}
END_TEST

START_TEST(expectations)
{
	static const char *const unknown[] = { "RS257" };
	const sess_foreign_expectations good = desk.e;
	const char *member[] = { "issuer", "audience", "algs", "algs", "nonce", "nonce", "size", "kind", "max_age_s", "max_token_bytes", "" };

	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++) {
		desk.e = good;
		switch (i) {
		case 0: desk.e.issuer = NULL; break;
		case 1: desk.e.audience = NULL; break;
		case 2: desk.e.algs_count = 0; break;
		case 3: desk.e.algs = unknown; desk.e.algs_count = 1; break;
		case 4: desk.e.nonce = NULL; break;
		case 5: desk.e.waive_nonce = 1; break;
		case 6: desk.e.size--; break;
		case 7: desk.e.kind = (sess_foreign_kind)7; break;
		case 8: desk.e.max_age_s = -1; break;
		case 9: desk.e.max_token_bytes = SESS_FOREIGN_TOKEN_BYTES_MAX + 1; break;
		default: desk.e.issuer = ""; break;
		}
		desk_take(&desk, keys, member[i], issuer_sign(&hmac, PAYLOAD("")), SESS_ERR_ARGUMENT, NULL);
		ck_assert_str_eq(desk.diag.member, member[i]);
	}
	desk.e = good;
	desk.e.nonce = NULL;
	desk.e.waive_nonce = 1;
	desk_take(&desk, keys, "waived", issuer_sign(&hmac, PAYLOAD("")), 0, NULL);
	desk.e.issuer = desk.e.audience = NULL;
	desk.e.insecure_any_issuer = desk.e.insecure_any_audience = 1;
	desk_take(&desk, keys, "anybody's", issuer_sign(&hmac, PAYLOAD("")), 0, NULL);
}
END_TEST

START_TEST(readers)
{
	char *token = issuer_sign(&hmac, PAYLOAD(",\"email\":\"a\\u0040b\",\"n\":7,\"ok\":true,\"list\":[1, 2],\"auth_time\":1799999000"));
	sess_foreign *f = NULL;
	const char *text = NULL;
	json_t *doc = NULL;
	int64_t n = 0;
	size_t len = 0;
	int ok = 0;

	ck_assert_int_eq(sess_foreign_verify(desk.manager, keys, token, strlen(token), &desk.e, &f, &desk.diag), 0);
	ck_assert_str_eq(sess_foreign_issuer(f), ISSUER);
	ck_assert_str_eq(sess_foreign_subject(f), "alice");
	ck_assert_str_eq(sess_foreign_kid(f), "k1");
	ck_assert_str_eq(sess_foreign_alg(f), "HS256");
	ck_assert_int_eq(sess_foreign_issued_at(f), 1799999990);
	ck_assert_int_eq(sess_foreign_expires_at(f), 1800000300);
	ck_assert_int_eq(sess_foreign_auth_time(f), 1799999000);
	ck_assert_int_eq(sess_foreign_get_string(f, "email", &text, &len), 0);
	ck_assert_str_eq(text, "a@b");
	ck_assert_int_eq(sess_foreign_get_int(f, "n", &n), 0);
	ck_assert_int_eq(sess_foreign_get_bool(f, "ok", &ok), 0);
	ck_assert_int_eq(n * 10 + ok, 71);
	ck_assert_int_eq(sess_foreign_get_json(f, "list", &text, &len), 0);
	ck_assert(len == 6 && memcmp(text, "[1, 2]", 6) == 0);
	ck_assert_int_eq(sess_foreign_get_int(f, "email", &n), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_foreign_get_string(f, "absent", &text, NULL), SESS_ERR_NO_CLAIM);
	ck_assert_int_eq(sess_foreign_claims_jansson(f, &doc, &desk.diag), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(doc, "n")), 7);
	ck_assert_uint_eq(strlen(sess_foreign_claims_json(f, &len)), len);
	json_decref(doc);
	sess_foreign_free(f);
	free(token);
}
END_TEST

START_TEST(text)
{
	char *token = issuer_sign(&hmac, PAYLOAD("")), *padded = forge_text("%s=", token), *space = forge_text(" %s", token);
	char *five = forge_text("%s.AA.AA", token);

	desk.e.max_token_bytes = strlen(token);
	desk_take(&desk, keys, "as long as may be", forge_text("%s", token), 0, NULL);
	desk.e.max_token_bytes--;
	desk_take(&desk, keys, "one byte too long", forge_text("%s", token), SESS_REASON_OVERSIZE, NULL);
	desk.e.max_token_bytes = 0;
	desk_take(&desk, keys, "empty", forge_text("%s", ""), SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, keys, "padded", padded, SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, keys, "space", space, SESS_REASON_MALFORMED, NULL);
	desk_take(&desk, keys, "encrypted", five, SESS_REASON_WRONG_FORM, NULL);
	ck_assert_int_eq(desk_verdict(&desk, keys, NULL, 1), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(desk_verdict(&desk, NULL, token, 1), SESS_ERR_ARGUMENT);
	free(token);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("foreign_claims");
	TCase *tcase = tcase_create("claims");

	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_add_unchecked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, claim, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, max_age);
	tcase_add_test(tcase, authorized_party);
	tcase_add_test(tcase, typ);
	tcase_add_test(tcase, what_libjwt_has);
	tcase_add_test(tcase, any_typ);
	tcase_add_test(tcase, expectations);
	tcase_add_test(tcase, readers);
	tcase_add_test(tcase, text);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
