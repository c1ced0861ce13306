/* SPDX-License-Identifier: MIT */
/*
 * Loading keys, verifying and exchanging while memory fails: the nth allocation alone, and all from the nth on, of the library,
 * of jansson and of OpenSSL (both also inside libjwt). Each time an error comes out, or the whole result; and an exchange that
 * failed has not used up its token.
 */
#include <check.h>

#include "foreign/desk.h"
#include "session/famine.h"
#include "support/runner.h"

static struct issuer rsa, hmac;
static struct desk desk;
static char *jwk, *pem, *rsa_token;
static sess_foreign_keys *rsa_keys, *hmac_keys;
static int round_number;

struct meal {
	const char *name;
	int (*eat)(void); /* 0 or an error; says -1 of what should not be */
};

static int
load(const char *text)
{
	sess_foreign_keys_opts opts = SESS_FOREIGN_KEYS_OPTS_INIT;
	sess_foreign_keys *keys = NULL;
	int rc;

	opts.alg = "RS256";
	rc = sess_foreign_keys_load_mem(text, strlen(text), &opts, &keys, &desk.diag);
	if ((rc == 0) != (keys != NULL))
		return -1000;
	sess_foreign_keys_free(keys);
	return rc;
}

static int
load_jwk(void)
{
	return load(jwk);
}

static int
load_pem(void)
{
	return load(pem);
}

static int
verify(void)
{
	sess_foreign *foreign = NULL;
	int rc = sess_foreign_verify(desk.manager, rsa_keys, rsa_token, strlen(rsa_token), &desk.e, &foreign, &desk.diag);

	if ((rc == 0) != (foreign != NULL))
		return -1000;
	sess_foreign_free(foreign);
	return rc;
}

static char *fresh_foreign; /* one that was not exchanged yet */

static int
exchange(void)
{
	static const char *const chosen[] = { "email" };
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;
	char *token = NULL;
	size_t len = 0;
	int rc;

	opts.subject_prefix = "op:";
	opts.claims = chosen;
	opts.claims_count = 1;
	opts.claims_json = "{\"a\":1}";
	opts.claims_json_len = 7;
	rc = sess_exchange(desk.manager, hmac_keys, fresh_foreign, strlen(fresh_foreign), &desk.e, &opts, &token, &len, &desk.diag);
	if ((rc == 0) != (token != NULL))
		return -1000;
	sess_token_free(token);
	return rc;
}

static void
renew_foreign(void)
{
	char *payload = forge_text("%.*s,\"email\":\"a\",\"aud2\":[1.5],\"jti\":\"%d\"}", (int)strlen(PAYLOAD("")) - 1, PAYLOAD(""),
	    round_number++);

	free(fresh_foreign);
	fresh_foreign = issuer_sign(&hmac, payload);
	free(payload);
}

static const struct meal meals[] = { { "a JWK", load_jwk }, { "PEM", load_pem }, { "verify", verify }, { "exchange", exchange } };
static const unsigned hosts[] = { OURS, JANSSON, OPENSSL, OURS | JANSSON | OPENSSL };

#define GUESTS (sizeof(meals) / sizeof(meals[0]) * sizeof(hosts) / sizeof(hosts[0]) * 2)

static void
begin(void)
{
	issuer_init(&rsa, "RS256", "k1", 0);
	issuer_init(&hmac, "HS256", "k1", 0);
	desk_init(&desk, "memory:");
	jwk = issuer_jwk(&rsa);
	pem = issuer_pem(&rsa);
	rsa_token = issuer_sign(&rsa, PAYLOAD(",\"aud2\":1.5,\"nbf\":1.5"));
	rsa_keys = desk_keys(&rsa);
	hmac_keys = desk_keys(&hmac);
}

/* OpenSSL allocates thousands of times to read one key: here each of the first, then some; all with SESS_STARVE_ALL set. */
static size_t
step(size_t n, unsigned whose)
{
	return n < 50 || (whose & OPENSSL) == 0 || getenv("SESS_STARVE_ALL") != NULL ? 1 : 29;
}

START_TEST(starve)
{
	const struct meal *meal = &meals[(size_t)_i / 8];
	size_t n = 0;
	int rc;

	renew_foreign();
	for (;; n += step(n, hosts[_i / 2 % 4])) {
		ck_assert_msg(n < 20000, "%s never ends", meal->name);
		famine.left = n;
		famine.refused = 0;
		famine.once = _i % 2;
		famine.whose = hosts[_i / 2 % 4];
		rc = meal->eat();
		famine.whose = 0;
		ck_assert_msg(rc != -1000, "%s: half a result, allocation %zu", meal->name, n);
		/* libjwt says one thing for all that OpenSSL lacks within it, and jansson within it. */
		ck_assert_msg(rc == 0 || rc == SESS_ERR_MEMORY || rc == SESS_ERR_CRYPTO || rc == SESS_ERR_RANDOM ||
		    (rc == SESS_ERR_REJECTED && desk.diag.reasons == SESS_REASON_BAD_SIGNATURE) || rc == SESS_ERR_STORE ||
		    (rc == SESS_ERR_JWK && (hosts[_i / 2 % 4] & OPENSSL) != 0 && meal->eat == load_pem),
		    "%s: allocation %zu: %s: %s", meal->name, n, sess_error_name(rc), desk.diag.message);
		if (rc == 0 && famine.refused == 0)
			break;
		if (rc == 0)
			renew_foreign();
	}
	/* No JSON is read of PEM. */
	ck_assert(n > 0 || (meal->eat == load_pem && hosts[_i / 2 % 4] == JANSSON));
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tcase;

	if (famine_install() != 0)
		return 1;
	suite = suite_create("foreign_starve");
	tcase = tcase_create("starve");
	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, begin, NULL);
	tcase_add_loop_test(tcase, starve, 0, GUESTS);
	suite_add_tcase(suite, tcase);
	return famine_end("foreign_starve", runner_main(suite));
}
