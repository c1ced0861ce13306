/* SPDX-License-Identifier: MIT */
/*
 * libjwt as second judge of every HS256 and ES256 JWS made under a policy with typ JWT (libjwt 1.10 refuses any
 * other). Good, mutated and re-signed tokens go through both; where we refuse what libjwt takes, each of our reasons
 * must be borne out by the token itself, by a rule that libjwt does not have. Knows nothing of src/.
 */
#include <jwt.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "interop/laxity.h"
#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define ISSUER "https://shop.example"
#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* Outcomes: both say the same, or the rules (as bits) that libjwt lacks. */
#define ACCEPTED LAXITY_BIT(LAXITIES)
#define REFUSED LAXITY_BIT(LAXITIES + 1)
#define OUTCOMES (LAXITIES + 2)

struct bench {
	struct judge j; /* issuer ISSUER, no audience */
	unsigned char key[512]; /* the HMAC key, or the public key as PEM */
	int key_len;
	const char *alg, *kid;
	unsigned count[OUTCOMES];
};

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void
write_pem(struct bench *b)
{
	size_t x_len = 0, y_len = 0;
	unsigned char *x = forge_unb64(text_of(b->j.sig_key, "x"), 43, &x_len);
	unsigned char *y = forge_unb64(text_of(b->j.sig_key, "y"), 43, &y_len);
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
	b->key_len = BIO_read(bio, b->key, sizeof(b->key));
	ck_assert_int_gt(b->key_len, 0);
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
	strcpy(policy.issuer, ISSUER);
	judge_init(&b->j, &judge_combos[i], &policy);
	b->alg = alg;
	b->kid = text_of(b->j.sig_key, "kid");
	if (strcmp(alg, "HS256") != 0) {
		write_pem(b);
		return;
	}
	k = forge_unb64(text_of(b->j.sig_key, "k"), strlen(text_of(b->j.sig_key, "k")), &len);
	memcpy(b->key, k, len);
	b->key_len = (int)len;
	free(k);
}

static void
compare_claims(const char *what, sess_session *session, jwt_t *jwt)
{
	char *text = jwt_get_grants_json(jwt, NULL);
	json_t *theirs = text == NULL ? NULL : json_loads(text, 0, NULL);
	json_t *ours = json_loads(sess_session_claims_json(session, NULL), 0, NULL);

	ck_assert_msg(theirs != NULL && json_equal(ours, theirs), "%s: libjwt reads other claims", what);
	json_decref(theirs);
	json_decref(ours);
	free(text);
}

static uint32_t
judge_both(struct bench *b, const char *what, const char *token, size_t len)
{
	sess_session *session = NULL;
	jwt_t *jwt = NULL;
	sess_diag diag;
	int ours = sess_verify(b->j.manager, token, len, NULL, &session, &diag);
	int theirs = jwt_decode(&jwt, token, b->key, b->key_len);
	uint32_t outcome = 0;

	ck_assert_msg(ours == 0 || ours == SESS_ERR_REJECTED, "%s: %s", what, sess_error_name(ours));
	if (ours == 0 && theirs == 0)
		compare_claims(what, session, jwt);
	if ((ours == 0) == (theirs == 0)) {
		outcome = ours == 0 ? ACCEPTED : REFUSED;
	} else if (ours != 0) {
		struct laxity_case c = { token, len, b->alg, b->kid, &b->j.policy, b->j.now, diag.reasons };

		outcome = laxity_explain(&c);
	}
	ck_assert_msg(outcome != 0, "%s: unexplained: ours %s (reasons %x), libjwt %s: %s", what, sess_error_name(ours),
	    (unsigned)diag.reasons, theirs == 0 ? "accepts" : "refuses", token);
	for (int i = 0; i < OUTCOMES; i++)
		b->count[i] += (outcome & LAXITY_BIT(i)) != 0;
	sess_session_free(session);
	jwt_free(jwt);
	return outcome;
}

static void
expect(struct bench *b, const char *what, char *token, size_t len, uint32_t expected)
{
	uint32_t outcome = judge_both(b, what, token, len);

	ck_assert_msg(outcome == expected, "%s, %s: outcome %x, expected %x: %s", b->alg, what, (unsigned)outcome,
	    (unsigned)expected, token);
	free(token);
}

/* Templates: @ is the ring's alg, # its kid. NULL header: the minted one; member and instead as judge_payload() takes
 * them, but for iss. */
static const struct {
	const char *what, *header, *member, *instead;
	uint32_t expected;
} rows[] = {
	{ "as it should be", NULL, NULL, NULL, ACCEPTED },
	{ "spaced and reordered", "{ \"typ\" : \"JWT\", \"kid\" : \"#\", \"alg\":\"@\" }", NULL, NULL, ACCEPTED },
	{ "alg none", "{\"alg\":\"none\",\"kid\":\"#\",\"typ\":\"JWT\"}", NULL, NULL, REFUSED },
	{ "alg of another", "{\"alg\":\"RS256\",\"kid\":\"#\",\"typ\":\"JWT\"}", NULL, NULL, REFUSED },
	{ "no alg", "{\"kid\":\"#\",\"typ\":\"JWT\"}", NULL, NULL, REFUSED },
	{ "another typ", "{\"alg\":\"@\",\"kid\":\"#\",\"typ\":\"at+jwt\"}", NULL, NULL, REFUSED },
	{ "typ in small letters", "{\"alg\":\"@\",\"kid\":\"#\",\"typ\":\"jwt\"}", NULL, NULL, LAXITY_BIT(LAXITY_TYP) },
	{ "no typ", "{\"alg\":\"@\",\"kid\":\"#\"}", NULL, NULL, LAXITY_BIT(LAXITY_HEADER_MEMBERS) },
	{ "another kid", "{\"alg\":\"@\",\"kid\":\"x#\",\"typ\":\"JWT\"}", NULL, NULL, LAXITY_BIT(LAXITY_KID) },
	{ "crit", "{\"alg\":\"@\",\"kid\":\"#\",\"typ\":\"JWT\",\"crit\":[\"exp\"]}", NULL, NULL,
	    LAXITY_BIT(LAXITY_HEADER_MEMBERS) },
	{ "alg twice", "{\"alg\":\"none\",\"alg\":\"@\",\"kid\":\"#\",\"typ\":\"JWT\"}", NULL, NULL,
	    LAXITY_BIT(LAXITY_HEADER_TWICE) },
	{ "another issuer", NULL, "iss", "\"iss\":\"https://other.example\"", LAXITY_BIT(LAXITY_ISS) },
	{ "no issuer", NULL, "iss", NULL, LAXITY_BIT(LAXITY_ISS) },
	{ "an audience", NULL, NULL, "\"aud\":\"shop\"", LAXITY_BIT(LAXITY_AUD) },
	{ "from the future", NULL, NULL, "\"nbf\":1800000031", LAXITY_BIT(LAXITY_CLOCK) },
	{ "its end has come", NULL, NULL, "\"end\":1799999970", LAXITY_BIT(LAXITY_CLOCK) },
	{ "late, and of another issuer", NULL, "iss", "\"iss\":\"x\",\"end\":1799999970",
	    LAXITY_BIT(LAXITY_CLOCK) | LAXITY_BIT(LAXITY_ISS) },
	{ "no exp", NULL, "exp", NULL, LAXITY_BIT(LAXITY_SHAPE) },
	{ "exp is text", NULL, "exp", "\"exp\":\"1900000000\"", LAXITY_BIT(LAXITY_SHAPE) },
	{ "no sid", NULL, "sid", NULL, LAXITY_BIT(LAXITY_SHAPE) },
	{ "a claim twice", NULL, NULL, "\"x\":1,\"x\":2", LAXITY_BIT(LAXITY_TWICE) },
	{ "a claim within twice", NULL, NULL, "\"x\":{\"a\":1,\"a\":2}", LAXITY_BIT(LAXITY_TWICE) },
	{ "17 deep", NULL, NULL, "\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", LAXITY_BIT(LAXITY_LIMITS) },
	{ "a NUL in a claim", NULL, NULL, "\"x\":\"\\u0000\"", REFUSED },
	{ "no object", NULL, NULL, "\"x\"", REFUSED },
};

static char *
fill(const char *template, const char *alg, const char *kid)
{
	char *text = forge_text("%s", "");

	for (const char *c = template; *c != '\0'; c++) {
		char *longer = *c == '@' ? forge_text("%s%s", text, alg) : *c == '#' ? forge_text("%s%s", text, kid) :
		    forge_text("%s%c", text, *c);

		free(text);
		text = longer;
	}
	return text;
}

static char *
payload_of(const char *member, const char *instead)
{
	char *payload, *with;

	if (member != NULL && strcmp(member, "iss") == 0)
		return judge_payload(NULL, instead);
	payload = judge_payload(member, instead);
	with = forge_text("{\"iss\":\"" ISSUER "\",%s", payload + 1);
	free(payload);
	return with;
}

static char *
row_token(const struct bench *b, size_t i)
{
	char *header = rows[i].header == NULL ? NULL : fill(rows[i].header, b->alg, b->kid);
	char *payload = payload_of(rows[i].member, rows[i].instead);
	char *token = judge_token_under(&b->j, NULL, header, payload);

	free(payload);
	free(header);
	return token;
}

/* Signed by libjwt itself with the bytes it verifies with: of an ES256 ring, the public key (RFC 8725 §2.1). */
static char *
libjwt_token(const struct bench *b, jwt_alg_t alg)
{
	char *claims = payload_of(NULL, NULL), *token;
	jwt_t *jwt = NULL;

	ck_assert_int_eq(jwt_new(&jwt), 0);
	ck_assert_int_eq(jwt_set_alg(jwt, alg, b->key, b->key_len), 0);
	ck_assert_int_eq(jwt_add_header(jwt, "kid", b->kid), 0);
	ck_assert_int_eq(jwt_add_grants_json(jwt, claims), 0);
	token = jwt_encode_str(jwt);
	ck_assert_ptr_nonnull(token);
	jwt_free(jwt);
	free(claims);
	return token;
}

/* A good token whose payload segment is followed by `tail`, which the signature covers. HS256 alone. */
static char *
tailed_payload(const struct bench *b, const char *tail)
{
	char *good = row_token(b, 0), *input, *mac_text, *token;
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;

	*strrchr(good, '.') = '\0';
	input = forge_text("%s%s", good, tail);
	ck_assert_ptr_nonnull(HMAC(EVP_sha256(), b->key, b->key_len, (const unsigned char *)input, strlen(input), mac,
	    &mac_len));
	mac_text = forge_b64(mac, mac_len);
	token = forge_text("%s.%s", input, mac_text);
	free(mac_text);
	free(input);
	free(good);
	return token;
}

static void
judge_after(struct bench *b, const char *what, const char *tail, size_t tail_len, uint32_t expected)
{
	char *token = row_token(b, 0);
	size_t len = strlen(token);

	token = realloc(token, len + tail_len + 1);
	ck_assert_ptr_nonnull(token);
	memcpy(token + len, tail, tail_len);
	token[len + tail_len] = '\0';
	expect(b, what, token, len + tail_len, expected);
}

static void
judge_rows(struct bench *b)
{
	int is_hmac = strcmp(b->alg, "HS256") == 0;
	/* libjwt compares the text of an HMAC, but the bytes of a signature. */
	uint32_t after = is_hmac ? REFUSED : LAXITY_BIT(LAXITY_BASE64);
	char *token, *wide, *payload;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		token = row_token(b, i);
		expect(b, rows[i].what, token, strlen(token), rows[i].expected);
	}
	judge_after(b, "a padded signature", "=", 1, after);
	judge_after(b, "a fourth segment", ".AAAA", 5, REFUSED);
	judge_after(b, "a fourth and a fifth segment", ".AAAA.AAAA", 10, REFUSED);
	judge_after(b, "a NUL and more", "\0AAAA", 5, LAXITY_BIT(LAXITY_NUL));
	wide = forge_text("\"x\":\"%04096d\"", 0);
	payload = payload_of(NULL, wide);
	token = judge_token_under(&b->j, NULL, NULL, payload);
	expect(b, "4096 characters more", token, strlen(token), LAXITY_BIT(LAXITY_SIZE));
	token = libjwt_token(b, is_hmac ? JWT_ALG_HS512 : JWT_ALG_HS256);
	expect(b, "another algorithm with the same bytes", token, strlen(token), LAXITY_BIT(LAXITY_ALG));
	b->j.now += b->j.policy.idle_timeout_s + b->j.policy.leeway_s;
	judge_after(b, "expired", "", 0, LAXITY_BIT(LAXITY_CLOCK));
	b->j.now -= 1;
	judge_after(b, "in its last second", "", 0, ACCEPTED);
	b->j.now = JUDGE_NOW;
	if (is_hmac) {
		token = libjwt_token(b, JWT_ALG_HS256);
		expect(b, "minted by libjwt", token, strlen(token), ACCEPTED);
		token = tailed_payload(b, "=");
		expect(b, "a padded payload", token, strlen(token), LAXITY_BIT(LAXITY_BASE64));
		token = tailed_payload(b, "");
		expect(b, "a payload signed anew", token, strlen(token), ACCEPTED);
	}
	free(payload);
	free(wide);
}

static void
judge_mutants(struct bench *b, const char *what, char *token, size_t len)
{
	static const char others[] = ALPHABET "+/= .\n\x80";
	size_t step = strcmp(b->alg, "HS256") == 0 ? 1 : 23; /* libjwt reads the PEM anew for each */

	for (size_t i = 0; i < len; i++) {
		char kept = token[i];

		for (size_t k = i % step; k < sizeof(others) - 1; k += step) {
			token[i] = others[k];
			if (others[k] != kept)
				(void)judge_both(b, what, token, len);
		}
		token[i] = '\0';
		ck_assert_msg(judge_both(b, what, token, i) == REFUSED, "a truncation is accepted: %s", token);
		token[i] = kept;
	}
}

static void
judge_minted(struct bench *b)
{
	static const char *const claims[] = { "{\"role\":\"admin\"}", "{}",
		"{\"n\":9007199254740993,\"r\":[-2.5,null,{}]}", "{\"\\u00fc\":\"\\u2028\\\"\"}" };

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		sess_mint_opts opts = SESS_MINT_OPTS_INIT;
		char *token = NULL;
		size_t len = 0;

		opts.hard_end = JUDGE_NOW + 1000 + (int64_t)i;
		ck_assert_int_eq(sess_mint(b->j.manager, i == 1 ? NULL : "alice", claims[i], strlen(claims[i]), &opts,
		    &token, &len, NULL), 0);
		ck_assert_msg(judge_both(b, claims[i], token, len) == ACCEPTED, "%s: refused as minted", claims[i]);
		if (i == 0)
			judge_mutants(b, "a minted token with one character changed", token, len);
		sess_token_free(token);
	}
}

START_TEST(test_alg)
{
	static const char *const algs[] = { "HS256", "ES256" };
	struct bench b;

	bench_init(&b, algs[_i]);
	judge_rows(&b);
	judge_minted(&b);
	printf("# %s: both accept %u, both refuse %u; libjwt alone accepts:\n", b.alg, b.count[LAXITIES],
	    b.count[LAXITIES + 1]);
	for (int rule = 0; rule < LAXITIES; rule++)
		printf("# %s: %6u  %s\n", b.alg, b.count[rule], laxity_name(rule));
	fflush(stdout);
	/* A rule that explains nothing is not one of libjwt's. */
	for (int rule = 0; rule < LAXITIES; rule++)
		ck_assert_msg(b.count[rule] > 0, "%s: no token needed the rule: %s", b.alg, laxity_name(rule));
	judge_done(&b.j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("libjwt");
	TCase *tcase = tcase_create("second judge");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, test_alg, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
