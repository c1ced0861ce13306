/* SPDX-License-Identifier: MIT */
/* rhonabwy at its best: keys imported once. */
#include <rhonabwy.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

struct peer {
	const struct bench_token *on;
	jwk_t *sig, *enc;
	json_t *claims;
};

static int
open_token(const struct peer *p, jwt_t *jwt)
{
	if (r_jwt_parse(jwt, p->on->text, 0) != RHN_OK)
		return -1;
	if (p->sig != NULL && p->enc != NULL)
		return r_jwt_decrypt_verify_signature_nested(jwt, p->sig, 0, p->enc, 0) == RHN_OK ? 0 : -1;
	if (p->enc != NULL)
		return r_jwt_decrypt(jwt, p->enc, 0) == RHN_OK ? 0 : -1;
	return r_jwt_verify_signature(jwt, p->sig, 0) == RHN_OK ? 0 : -1;
}

static int
verify(void *state)
{
	const struct peer *p = state;
	jwt_t *jwt = NULL;
	const char *sub;
	int rc = -1;

	if (r_jwt_init(&jwt) != RHN_OK)
		return -1;
	if (open_token(p, jwt) == 0) {
		sub = r_jwt_get_claim_str_value(jwt, "sub");
		rc = r_jwt_get_claim_int_value(jwt, "exp") > time(NULL) && sub != NULL && strcmp(sub, BENCH_SUBJECT) == 0 ? 0 : -1;
	}
	r_jwt_free(jwt);
	return rc;
}

static jwa_alg
alg_of(const json_t *key)
{
	return r_str_to_jwa_alg(json_string_value(json_object_get(key, "alg")));
}

static int
mint(void *state)
{
	const struct peer *p = state;
	jwt_t *jwt = NULL;
	char *text = NULL;

	if (r_jwt_init(&jwt) != RHN_OK)
		return -1;
	(void)r_jwt_set_full_claims_json_t(jwt, p->claims);
	if (p->sig != NULL)
		(void)r_jwt_set_sign_alg(jwt, alg_of(p->on->sig_key));
	if (p->enc != NULL) {
		(void)r_jwt_set_enc_alg(jwt, alg_of(p->on->enc_key));
		(void)r_jwt_set_enc(jwt, r_str_to_jwa_enc(json_string_value(json_object_get(p->on->enc_key, "enc"))));
	}
	if (p->sig != NULL && p->enc != NULL)
		text = r_jwt_serialize_nested(jwt, R_JWT_TYPE_NESTED_SIGN_THEN_ENCRYPT, p->sig, 0, p->enc, 0);
	else if (p->enc != NULL)
		text = r_jwt_serialize_encrypted(jwt, p->enc, 0);
	else
		text = r_jwt_serialize_signed(jwt, p->sig, 0);
	r_jwt_free(jwt);
	if (text == NULL)
		return -1;
	r_free(text);
	return 0;
}

static jwk_t *
import(json_t *key)
{
	jwk_t *jwk = NULL;

	if (key == NULL || r_jwk_init(&jwk) != RHN_OK)
		return NULL;
	return r_jwk_import_from_json_t(jwk, key) == RHN_OK ? jwk : NULL;
}

void
rhonabwy_cases(const struct bench_token *on)
{
	struct peer *p = calloc(1, sizeof(*p));
	char *claims = bench_payload(on);

	if (r_global_init() != RHN_OK)
		return;
	p->on = on;
	p->sig = import(on->sig_key);
	p->enc = import(on->enc_key);
	p->claims = json_loads(claims, 0, NULL);
	free(claims);
	if (verify(p) != 0)
		return;
	bench_add("rhonabwy", "verify", on, p, verify);
	if (mint(p) == 0)
		bench_add("rhonabwy", "mint", on, p, mint);
}
