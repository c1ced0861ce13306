/* SPDX-License-Identifier: MIT */
/*
 * Public keys in every spelling that keys of other issuers come in, for test_refuse; and secrets that are public keys in some
 * encoding, which must be refused however OpenSSL fails. Made anew for each process by OpenSSL, while nothing is refused.
 */
#ifndef SESSION_REFUSE_KEYS_H
#define SESSION_REFUSE_KEYS_H

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "session/starve_calls.h"

enum { KEY_RSA_JWK, KEY_EC_JWK, KEY_OKP_JWK, KEY_RSA_PEM, KEY_EC_PEM, KEY_OKP_PEM, KEY_SECRET, KEY_BAD_SPKI, KEY_BAD_PKCS1,
	KEY_BAD_X509, KEY_TEXTS };
static char *key_texts[KEY_TEXTS];

static inline char *
pem_of(EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL, *text;
	long n;

	ck_assert_int_eq(PEM_write_bio_PUBKEY(bio, pkey), 1);
	n = BIO_get_mem_data(bio, &data);
	text = forge_text("%.*s", (int)n, data);
	BIO_free(bio);
	return text;
}

static inline char *
rsa_jwk(const EVP_PKEY *pkey)
{
	unsigned char bytes[256];
	BIGNUM *n = NULL;
	char *b64, *text;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(pkey, "n", &n), 1);
	ck_assert_int_eq(BN_bn2binpad(n, bytes, sizeof(bytes)), sizeof(bytes));
	b64 = forge_b64(bytes, sizeof(bytes));
	text = forge_text("{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"r\",\"n\":\"%s\",\"e\":\"AQAB\"}", b64);
	BN_free(n);
	free(b64);
	return text;
}

static inline char *
secret_of(const unsigned char *bytes, int len)
{
	char *b64 = forge_b64(bytes, (size_t)len);
	char *text = forge_text("{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"o\",\"k\":\"%s\"}", b64);

	ck_assert_int_gt(len, 0);
	free(b64);
	return text;
}

static inline unsigned char *
certificate_of(EVP_PKEY *pkey, int *ret_len)
{
	X509 *x = X509_new();
	unsigned char *der = NULL;

	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(x), 0));
	ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
	ck_assert_int_eq(X509_set_pubkey(x, pkey), 1);
	ck_assert_int_gt(X509_sign(x, pkey, EVP_sha256()), 0);
	*ret_len = i2d_X509(x, &der);
	X509_free(x);
	return der;
}

static inline void
keys_make(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256"), *okp = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned char *der[3] = { NULL, NULL, NULL };
	int len[3] = { i2d_PUBKEY(ec, &der[0]), i2d_PublicKey(rsa, &der[1]), 0 };

	der[2] = certificate_of(ec, &len[2]);
	key_texts[KEY_RSA_JWK] = rsa_jwk(rsa);
	key_texts[KEY_EC_JWK] = forge_text("{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"kid\":\"e\","
	    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
	key_texts[KEY_OKP_JWK] = forge_text("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"kid\":\"k\","
	    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
	key_texts[KEY_RSA_PEM] = pem_of(rsa);
	key_texts[KEY_EC_PEM] = pem_of(ec);
	key_texts[KEY_OKP_PEM] = pem_of(okp);
	key_texts[KEY_SECRET] = secret_of((const unsigned char *)"0123456789abcdef0123456789abcdef", 32);
	for (int i = 0; i < 3; i++) {
		key_texts[KEY_BAD_SPKI + i] = secret_of(der[i], len[i]);
		OPENSSL_free(der[i]);
	}
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(okp);
}

static inline void
keys_done(void)
{
	for (int i = 0; i < KEY_TEXTS; i++)
		free(key_texts[i]);
}

static inline void
release_key(struct scene *s)
{
	sess_foreign_keys_free(s->out);
}

static inline int
load_keys(struct scene *s, int which, sess_diag *diag)
{
	sess_foreign_keys_opts opts = SESS_FOREIGN_KEYS_OPTS_INIT;
	sess_foreign_keys *keys = NULL;
	int rc;

	if (which == KEY_RSA_PEM)
		opts.alg = "RS256";
	rc = sess_foreign_keys_load_mem(key_texts[which], strlen(key_texts[which]), &opts, &keys, diag);
	s->out = keys;
	s->release = release_key;
	return rc;
}

#define LOADER(name, which) \
	static inline int name(struct scene *s, sess_diag *diag) \
	{ \
		return load_keys(s, which, diag); \
	}
LOADER(act_rsa_jwk, KEY_RSA_JWK)
LOADER(act_ec_jwk, KEY_EC_JWK)
LOADER(act_okp_jwk, KEY_OKP_JWK)
LOADER(act_rsa_pem, KEY_RSA_PEM)
LOADER(act_ec_pem, KEY_EC_PEM)
LOADER(act_okp_pem, KEY_OKP_PEM)
LOADER(act_secret, KEY_SECRET)
LOADER(act_bad_spki, KEY_BAD_SPKI)
LOADER(act_bad_pkcs1, KEY_BAD_PKCS1)
LOADER(act_bad_x509, KEY_BAD_X509)

#endif
