/* SPDX-License-Identifier: MIT */
/* cjose at its best: keys imported once. */
#include <cjose/cjose.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct peer {
	const struct bench_token *on;
	cjose_jwk_t *sig, *enc;
	cjose_header_t *inner, *outer;
	char *claims;
};

static int
check_jws(const struct peer *p, const char *text, size_t n)
{
	cjose_jws_t *jws = cjose_jws_import(text, n, NULL);
	uint8_t *plain = NULL;
	size_t len = 0;
	int rc = -1;

	if (jws != NULL && cjose_jws_verify(jws, p->sig, NULL) && cjose_jws_get_plaintext(jws, &plain, &len, NULL))
		rc = bench_check_claims((const char *)plain, len);
	cjose_jws_release(jws);
	return rc;
}

static int
verify(void *state)
{
	const struct peer *p = state;
	cjose_jwe_t *jwe;
	uint8_t *plain;
	size_t len = 0;
	int rc = -1;

	if (p->enc == NULL)
		return check_jws(p, p->on->text, p->on->len);
	jwe = cjose_jwe_import(p->on->text, p->on->len, NULL);
	plain = jwe == NULL ? NULL : cjose_jwe_decrypt(jwe, p->enc, &len, NULL);
	if (plain != NULL)
		rc = p->sig != NULL ? check_jws(p, (const char *)plain, len) : bench_check_claims((const char *)plain, len);
	free(plain);
	cjose_jwe_release(jwe);
	return rc;
}

static int
seal(const struct peer *p, const char *plain)
{
	cjose_jwe_t *jwe = cjose_jwe_encrypt(p->enc, p->outer, (const uint8_t *)plain, strlen(plain), NULL);
	char *text = jwe == NULL ? NULL : cjose_jwe_export(jwe, NULL);
	int rc = text == NULL ? -1 : 0;

	free(text);
	cjose_jwe_release(jwe);
	return rc;
}

static int
mint(void *state)
{
	const struct peer *p = state;
	const char *text = NULL;
	cjose_jws_t *jws;
	int rc = -1;

	if (p->sig == NULL)
		return seal(p, p->claims);
	jws = cjose_jws_sign(p->sig, p->inner, (const uint8_t *)p->claims, strlen(p->claims), NULL);
	if (jws != NULL && cjose_jws_export(jws, &text, NULL))
		rc = p->enc == NULL ? 0 : seal(p, text);
	cjose_jws_release(jws);
	return rc;
}

static cjose_jwk_t *
import(const json_t *key)
{
	char *text = key == NULL ? NULL : json_dumps(key, JSON_COMPACT);
	cjose_jwk_t *jwk = text == NULL ? NULL : cjose_jwk_import(text, strlen(text), NULL);

	free(text);
	return jwk;
}

static cjose_header_t *
header(const json_t *key)
{
	cjose_header_t *h = cjose_header_new(NULL);
	const char *enc = json_string_value(json_object_get(key, "enc"));

	(void)cjose_header_set(h, CJOSE_HDR_ALG, json_string_value(json_object_get(key, "alg")), NULL);
	if (enc != NULL)
		(void)cjose_header_set(h, CJOSE_HDR_ENC, enc, NULL);
	return h;
}

void
cjose_cases(const struct bench_token *on)
{
	struct peer *p = calloc(1, sizeof(*p));

	p->on = on;
	p->sig = import(on->sig_key);
	p->enc = import(on->enc_key);
	p->inner = header(on->sig_key);
	p->outer = header(on->enc_key);
	p->claims = bench_payload(on);
	if (verify(p) != 0) /* an algorithm that it does not have */
		return;
	bench_add("cjose", "verify", on, p, verify);
	bench_add("cjose", "mint", on, p, mint);
}
