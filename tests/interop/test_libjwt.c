/* SPDX-License-Identifier: MIT */
/*
 * libjwt as second judge of every HS256 and ES256 JWS made under a policy with typ JWT (libjwt 1.10 refuses any other). Good and
 * mutated tokens go through both. Where they differ, a rule that libjwt does not have must explain it; a difference
 * that none explains fails. The counts by rule are printed as TAP comments.
 */
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

/* What libjwt 1.10 does not look at, in the order in which it is tried as an explanation. */
enum rule { AGREE, TEXT, HEADER, CLAIMS, CLOCK, NAMES, UNEXPLAINED, RULES };

static const char *const rule_names[RULES] = {
	[AGREE] = "both say the same",
	[TEXT] = "libjwt: base64 with padding, + / or unused bits set, and text after the token",
	[HEADER] = "libjwt: unknown, repeated or missing header members, and any kid",
	[CLAIMS] = "libjwt: claims of any shape, duplicate members",
	[CLOCK] = "libjwt: no clock",
	[NAMES] = "libjwt: no issuer or audience",
	[UNEXPLAINED] = "unexplained",
};

struct bench {
	struct judge j;
	unsigned char key[512]; /* the HMAC key, or the public key as PEM */
	int key_len;
	jwt_alg_t alg;
	unsigned count[RULES];
};

static void
write_pem(struct bench *b)
{
	size_t x_len = 0, y_len = 0;
	unsigned char *x = forge_unb64(json_string_value(json_object_get(b->j.sig_key, "x")), 43, &x_len);
	unsigned char *y = forge_unb64(json_string_value(json_object_get(b->j.sig_key, "y")), 43, &y_len);
	unsigned char point[65] = { 4 };
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;

	ck_assert_uint_eq(x_len + y_len, 64);
	memcpy(point + 1, x, 32);
	memcpy(point + 33, y, 32);
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	params = OSSL_PARAM_BLD_to_param(build);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	ck_assert_int_eq(PEM_write_bio_PUBKEY(bio, pkey), 1);
	b->key_len = BIO_read(bio, b->key, sizeof(b->key) - 1);
	ck_assert_int_gt(b->key_len, 0);
	b->key[b->key_len] = '\0';
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BIO_free(bio);
	free(x);
	free(y);
}

static void
bench_init(struct bench *b, const char *alg)
{
	sess_policy policy;
	size_t i = 0, len = 0;
	unsigned char *k;

	memset(b, 0, sizeof(*b));
	while (judge_combos[i].form != SESS_FORM_SIGNED || strcmp(judge_combos[i].alg, alg) != 0)
		i++;
	sess_policy_init(&policy);
	strcpy(policy.typ, "JWT");
	strcpy(policy.issuer, "https://shop.example");
	judge_init(&b->j, &judge_combos[i], &policy);
	if (strcmp(alg, "HS256") != 0) {
		b->alg = JWT_ALG_ES256;
		write_pem(b);
		return;
	}
	b->alg = JWT_ALG_HS256;
	k = forge_unb64(json_string_value(json_object_get(b->j.sig_key, "k")), 43, &len);
	memcpy(b->key, k, len);
	b->key_len = (int)len;
	free(k);
}

static int
libjwt_accepts(const struct bench *b, const char *token)
{
	jwt_t *jwt = NULL;
	int accepted = jwt_decode(&jwt, token, b->key, b->key_len) == 0 && jwt_get_alg(jwt) == b->alg;

	jwt_free(jwt);
	return accepted;
}

/* Why we may refuse what libjwt accepts: each reason has the rule that libjwt lacks. */
static enum rule
explain(uint32_t reasons, const char *text)
{
	if ((reasons & (SESS_REASON_MALFORMED | SESS_REASON_WRONG_FORM)) != 0)
		return strstr(text, "header") != NULL || strstr(text, "member") != NULL ? HEADER : TEXT;
	if ((reasons & SESS_REASON_UNKNOWN_KEY) != 0)
		return HEADER;
	if ((reasons & SESS_REASON_BAD_PAYLOAD) != 0)
		return CLAIMS;
	if ((reasons & (SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED | SESS_REASON_NOT_YET)) != 0)
		return CLOCK;
	if ((reasons & (SESS_REASON_WRONG_ISSUER | SESS_REASON_WRONG_AUDIENCE)) != 0)
		return NAMES;
	return UNEXPLAINED; /* bad signatures above all */
}

static enum rule
judge_both(struct bench *b, const char *what, const char *token)
{
	sess_session *session = NULL;
	sess_diag diag;
	int ours = sess_verify(b->j.manager, token, strlen(token), NULL, &session, &diag) == 0;
	int theirs = libjwt_accepts(b, token);
	char text[300] = "";
	enum rule rule;

	sess_session_free(session);
	if (!ours)
		(void)snprintf(text, sizeof(text), "%s %s", diag.findings[0].expected_text, diag.findings[0].got_text);
	/* What we accept and libjwt refuses has no explanation at all. */
	rule = ours == theirs ? AGREE : ours ? UNEXPLAINED : explain(diag.reasons, text);
	ck_assert_msg(rule != UNEXPLAINED, "%s: we say %d (%x), libjwt %d: %s", what, ours, (unsigned)diag.reasons, theirs, token);
	b->count[rule]++;
	return rule;
}

static char *
minted(struct bench *b)
{
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(b->j.manager, "alice", "{\"role\":\"admin\"}", 16, NULL, &token, &len, NULL), 0);
	return token;
}

static void
mutate(struct bench *b)
{
	static const char others[] = "AQgwz059-_+/= .";
	char *token = minted(b);
	size_t len = strlen(token);

	ck_assert_int_eq(judge_both(b, "as minted", token), AGREE);
	ck_assert(libjwt_accepts(b, token));
	for (size_t i = 0; i < len; i++) {
		char kept = token[i];

		for (size_t k = i % 5; k < sizeof(others) - 1; k += 5) {
			token[i] = others[k];
			if (others[k] != kept)
				(void)judge_both(b, "a substituted character", token);
		}
		token[i] = '\0';
		(void)judge_both(b, "a truncation", token);
		token[i] = kept;
	}
	sess_token_free(token);
}

/* Signed with the right key, and wrong in one thing. `member` and `instead` as judge_payload() takes them. */
static const struct {
	const char *what, *member, *instead;
	enum rule rule;
} payloads[] = {
	{ "expired", "exp", "\"exp\":1800000000", CLAIMS }, /* exp does not lie after iat */
	{ "another issuer", "iss", "\"iss\":\"https://elsewhere.example\"", NAMES },
	{ "an audience", "aud", "\"aud\":\"shop\"", NAMES },
	{ "from the future", "nbf", "\"nbf\":1900000000", CLOCK },
	{ "no exp", "exp", "", CLAIMS },
	{ "exp a string", "exp", "\"exp\":\"1900000000\"", CLAIMS },
	{ "no sid", "sid", "", CLAIMS },
	{ "a duplicate", "x", "\"x\":1,\"x\":2", CLAIMS },
	{ "a nested duplicate", "x", "\"x\":{\"a\":1,\"a\":2}", CLAIMS },
};

static void
tamper(struct bench *b)
{
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		char *payload = judge_payload(payloads[i].member, payloads[i].instead), *token;
		enum rule rule;

		if (strcmp(payloads[i].member, "iss") != 0) {
			char *with = forge_text("{\"iss\":\"https://shop.example\",%s", strchr(payload, '{') + 1);

			free(payload);
			payload = with;
		}
		token = judge_token(&b->j, payload, strlen(payload));
		rule = judge_both(b, payloads[i].what, token);
		ck_assert_msg(rule == payloads[i].rule || rule == AGREE, "%s: explained as %s", payloads[i].what, rule_names[rule]);
		free(token);
		free(payload);
	}
}

static void
reheader(struct bench *b)
{
	/* Around the right alg and kid: text before, between and after. */
	static const struct {
		const char *before, *between, *after;
	} headers[] = {
		{ "{\"alg\":\"", "\",\"kid\":\"", "\",\"typ\":\"JWT\",\"x\":1}" },
		{ "{\"typ\":\"JWT\", \"alg\":\"", "\", \"kid\" : \"", "\"}" },
		{ "{\"alg\":\"", "\",\"kid\":\"x", "\",\"typ\":\"JWT\"}" },
		{ "{\"alg\":\"none\",\"alg\":\"", "\",\"kid\":\"", "\",\"typ\":\"JWT\"}" },
		{ "{\"alg\":\"none\",\"a\":\"", "\",\"kid\":\"", "\",\"typ\":\"JWT\"}" },
		{ "{\"alg\":\"HS512\",\"a\":\"", "\",\"kid\":\"", "\",\"typ\":\"JWT\"}" },
		{ "{\"alg\":\"", "\",\"typ\":\"JWT\",\"crit\":[\"", "\"]}" },
	};
	char *payload = judge_payload("iss", "\"iss\":\"https://shop.example\"");
	const char *alg = json_string_value(json_object_get(b->j.sig_key, "alg"));
	const char *kid = json_string_value(json_object_get(b->j.sig_key, "kid"));

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		char *header = forge_text("%s%s%s%s%s", headers[i].before, alg, headers[i].between, kid, headers[i].after);
		char *token = forge_jws(b->j.sig_key, header, strlen(header), payload, strlen(payload));

		(void)judge_both(b, header, token);
		free(token);
		free(header);
	}
	free(payload);
}

static void
run(const char *alg)
{
	struct bench b;

	bench_init(&b, alg);
	mutate(&b);
	tamper(&b);
	reheader(&b);
	for (int rule = AGREE; rule < UNEXPLAINED; rule++)
		printf("# %s: %6u  %s\n", alg, b.count[rule], rule_names[rule]);
	fflush(stdout);
	/* The judge is awake: it agreed on something, and some of its laxities were met. */
	ck_assert_uint_gt(b.count[AGREE], 1000);
	ck_assert_uint_gt(b.count[CLAIMS] + b.count[NAMES] + b.count[CLOCK], 4);
	judge_done(&b.j);
}

START_TEST(test_hs256)
{
	run("HS256");
}
END_TEST

START_TEST(test_es256)
{
	run("ES256");
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("libjwt");
	TCase *tcase = tcase_create("second judge");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_hs256);
	tcase_add_test(tcase, test_es256);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
