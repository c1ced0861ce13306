/* SPDX-License-Identifier: MIT */
/* libjwt 1.10: signed tokens alone; it takes the key as bytes or PEM at each call. */
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

struct peer {
	const struct bench_token *on;
	jwt_alg_t alg;
	unsigned char *verify_key, *sign_key; /* of HS256 the same */
	int verify_len, sign_len;
	char *claims;
};

static int
verify(void *state)
{
	const struct peer *p = state;
	jwt_t *jwt = NULL;
	const char *sub;
	int rc = -1;

	if (jwt_decode(&jwt, p->on->text, p->verify_key, p->verify_len) == 0 && jwt_get_alg(jwt) == p->alg) {
		sub = jwt_get_grant(jwt, "sub");
		rc = jwt_get_grant_int(jwt, "exp") > time(NULL) && sub != NULL && strcmp(sub, BENCH_SUBJECT) == 0 ? 0 : -1;
	}
	jwt_free(jwt);
	return rc;
}

static int
mint(void *state)
{
	const struct peer *p = state;
	char *text = NULL;
	jwt_t *jwt = NULL;

	if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, p->claims) == 0 &&
	    jwt_set_alg(jwt, p->alg, p->sign_key, p->sign_len) == 0)
		text = jwt_encode_str(jwt);
	jwt_free(jwt);
	if (text == NULL)
		return -1;
	free(text);
	return 0;
}

static unsigned char *
pem_of(EVP_PKEY *key, int is_private, int *ret_len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *pem;
	char *bytes;
	long n;

	if ((is_private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key)) != 1)
		bench_die("PEM");
	n = BIO_get_mem_data(bio, &bytes);
	pem = calloc(1, (size_t)n + 1);
	memcpy(pem, bytes, (size_t)n);
	*ret_len = (int)n;
	BIO_free(bio);
	return pem;
}

void
libjwt_cases(const struct bench_token *on)
{
	struct peer *p = calloc(1, sizeof(*p));
	EVP_PKEY *key;

	if (on->form != SESS_FORM_SIGNED || (on->alg != NULL && strcmp(on->alg, "EdDSA") == 0))
		return;
	p->on = on;
	p->claims = bench_payload(on);
	if (on->alg == NULL || strcmp(on->alg, "HS256") == 0) {
		p->alg = JWT_ALG_HS256;
		p->verify_key = p->sign_key = calloc(1, 32);
		p->verify_len = p->sign_len = 32;
		bench_member(on->sig_key, "k", p->sign_key);
	} else {
		p->alg = JWT_ALG_ES256;
		key = bench_ec_key(on->sig_key);
		p->sign_key = pem_of(key, 1, &p->sign_len);
		p->verify_key = pem_of(key, 0, &p->verify_len);
		EVP_PKEY_free(key);
	}
	if (verify(p) != 0)
		bench_die("libjwt does not verify");
	bench_add("libjwt", "verify", on, p, verify);
	bench_add("libjwt", "mint", on, p, mint);
}
