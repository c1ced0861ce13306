/* SPDX-License-Identifier: MIT */
/* libjwt by itself as judge: of the signature alone, by the algorithm that the token names. A body for each of its APIs. */
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interop/foreign/lines.h"
#include "support/forge.h"

#if SESS_LIBJWT_API >= 3

static void *
load(const json_t *key)
{
	char *text = json_dumps(json_object_get(key, "jwk"), JSON_COMPACT);
	jwk_set_t *set = text == NULL ? NULL : jwks_create(text);

	free(text);
	if (set == NULL || jwks_error_any(set) != 0 || jwks_item_count(set) != 1) {
		jwks_free(set);
		return NULL;
	}
	return set;
}

static int
take_claims(jwt_t *jwt, jwt_config_t *config)
{
	/* The macro for this is not ISO C. */
	jwt_value_t all = { .type = JWT_VALUE_JSON };

	if (jwt_claim_get(jwt, &all) == JWT_VALUE_ERR_NONE)
		*(char **)config->ctx = all.json_val;
	return 0;
}

static void
judge(void *key, const char *kind, const char *token, size_t len, struct verdict *ret)
{
	const jwk_item_t *item = jwks_item_get(key, 0);
	jwt_checker_t *checker = jwt_checker_new();
	char *claims = NULL;

	(void)kind;
	(void)len;
	ret->sign = '-';
	ret->why = "refused";
	if (checker != NULL && jwt_checker_setkey(checker, jwks_item_alg(item), item) == 0 &&
	    jwt_checker_setcb(checker, take_claims, &claims) == 0 && jwt_checker_time_leeway(checker, JWT_CLAIM_EXP, -1) == 0 &&
	    jwt_checker_time_leeway(checker, JWT_CLAIM_NBF, -1) == 0 && jwt_checker_verify(checker, token) == 0 && claims != NULL) {
		ret->sign = '+';
		ret->claims = claims;
		ret->claims_len = strlen(claims);
		claims = NULL;
	}
	free(claims);
	jwt_checker_free(checker);
}

#else

struct theirs {
	unsigned char *bytes;
	int len;
};

static void *
load(const json_t *key)
{
	const char *pem = json_string_value(json_object_get(key, "pem"));
	const char *k = json_string_value(json_object_get(json_object_get(key, "jwk"), "k"));
	struct theirs *t = calloc(1, sizeof(*t));
	size_t len = pem != NULL ? strlen(pem) : 0;

	if (t == NULL)
		return NULL;
	t->bytes = pem != NULL ? (unsigned char *)strdup(pem) : forge_unb64(k, strlen(k), &len);
	t->len = (int)len;
	return t;
}

static void
judge(void *key, const char *kind, const char *token, size_t len, struct verdict *ret)
{
	const struct theirs *t = key;
	jwt_t *jwt = NULL;

	(void)kind;
	(void)len;
	ret->sign = '-';
	ret->why = "refused";
	if (jwt_decode(&jwt, token, t->bytes, t->len) == 0 && (ret->claims = jwt_get_grants_json(jwt, NULL)) != NULL) {
		ret->sign = '+';
		ret->claims_len = strlen(ret->claims);
	}
	jwt_free(jwt);
}

#endif

int
main(int argc, char **argv)
{
	static const struct judge_of_lines theirs = { load, judge };

	return lines_main(argc, argv, &theirs);
}
