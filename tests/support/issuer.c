/* SPDX-License-Identifier: MIT */
/* Another issuer's keys and tokens, by OpenSSL alone. */
#include "support/issuer.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"

struct row {
	const char *alg, *type, *group, *crv; /* type: OpenSSL's name; NULL: HMAC */
	const char *md;
	int pss;
	size_t len; /* of a coordinate, or of an HMAC secret */
};

static const struct row rows[] = {
	{ "HS256", NULL, NULL, NULL, "SHA256", 0, 32 },
	{ "HS384", NULL, NULL, NULL, "SHA384", 0, 48 },
	{ "HS512", NULL, NULL, NULL, "SHA512", 0, 64 },
	{ "RS256", "RSA", NULL, NULL, "SHA256", 0, 0 },
	{ "RS384", "RSA", NULL, NULL, "SHA384", 0, 0 },
	{ "RS512", "RSA", NULL, NULL, "SHA512", 0, 0 },
	{ "PS256", "RSA", NULL, NULL, "SHA256", 1, 0 },
	{ "PS384", "RSA", NULL, NULL, "SHA384", 1, 0 },
	{ "PS512", "RSA", NULL, NULL, "SHA512", 1, 0 },
	{ "ES256", "EC", "P-256", "P-256", "SHA256", 0, 32 },
	{ "ES384", "EC", "P-384", "P-384", "SHA384", 0, 48 },
	{ "ES512", "EC", "P-521", "P-521", "SHA512", 0, 66 },
	{ "ES256K", "EC", "secp256k1", "secp256k1", "SHA256", 0, 32 },
	{ "EdDSA", "ED25519", NULL, "Ed25519", NULL, 0, 32 },
};

/* Not by Check: a fuzz harness has use of this too. */
static void
must(int holds)
{
	if (!holds)
		abort();
}

static const struct row *
row_of(const char *alg)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].alg, alg) == 0)
			return &rows[i];
	}
	abort();
}

void
issuer_init(struct issuer *i, const char *alg, const char *kid, unsigned bits)
{
	const struct row *row = row_of(alg);

	memset(i, 0, sizeof(*i));
	i->alg = alg;
	i->kid = kid;
	if (row->type == NULL) {
		i->secret_len = row->len;
		memset(i->secret, 0x5a, i->secret_len);
		return;
	}
	if (strcmp(row->type, "RSA") == 0)
		i->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)(bits == 0 ? 2048 : bits));
	else if (row->group != NULL)
		i->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", row->group);
	else
		i->pkey = EVP_PKEY_Q_keygen(NULL, NULL, row->type);
	must(i->pkey != NULL);
}

void
issuer_done(struct issuer *i)
{
	EVP_PKEY_free(i->pkey);
	memset(i, 0, sizeof(*i));
}

static void
set_number(json_t *jwk, const char *member, const EVP_PKEY *pkey, const char *name, size_t len)
{
	unsigned char bytes[2048];
	BIGNUM *number = NULL;
	char *text;

	must(EVP_PKEY_get_bn_param(pkey, name, &number) == 1);
	if (len == 0)
		len = (size_t)BN_num_bytes(number);
	must(BN_bn2binpad(number, bytes, (int)len) == (int)len);
	text = forge_b64(bytes, len);
	json_object_set_new(jwk, member, json_string(text));
	free(text);
	BN_free(number);
}

static void
set_bytes(json_t *jwk, const char *member, const unsigned char *bytes, size_t len)
{
	char *text = forge_b64(bytes, len);

	json_object_set_new(jwk, member, json_string(text));
	free(text);
}

static json_t *
document(const struct issuer *i)
{
	const struct row *row = row_of(i->alg);
	json_t *jwk = json_pack("{s:s, s:s}", "alg", i->alg, "use", "sig");
	unsigned char raw[32];
	size_t n = sizeof(raw);

	if (i->kid != NULL)
		json_object_set_new(jwk, "kid", json_string(i->kid));
	json_object_set_new(jwk, "kty", json_string(row->type == NULL ? "oct" : row->len == 0 ? "RSA" : row->group ? "EC" : "OKP"));
	if (row->crv != NULL)
		json_object_set_new(jwk, "crv", json_string(row->crv));
	if (row->type == NULL) {
		set_bytes(jwk, "k", i->secret, i->secret_len);
	} else if (row->len == 0) {
		set_number(jwk, "n", i->pkey, OSSL_PKEY_PARAM_RSA_N, 0);
		set_number(jwk, "e", i->pkey, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (row->group != NULL) {
		set_number(jwk, "x", i->pkey, OSSL_PKEY_PARAM_EC_PUB_X, row->len);
		set_number(jwk, "y", i->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, row->len);
	} else {
		must(EVP_PKEY_get_raw_public_key(i->pkey, raw, &n) == 1);
		set_bytes(jwk, "x", raw, n);
	}
	return jwk;
}

char *
issuer_jwk(const struct issuer *i)
{
	json_t *jwk = document(i);
	char *text = json_dumps(jwk, JSON_COMPACT);

	json_decref(jwk);
	return text;
}

char *
issuer_jwks(const struct issuer *const *issuers, size_t n)
{
	json_t *keys = json_array(), *set = json_pack("{s:o}", "keys", keys);
	char *text;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(keys, document(issuers[i]));
	text = json_dumps(set, JSON_COMPACT);
	json_decref(set);
	return text;
}

char *
issuer_pem(const struct issuer *i)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy;
	long n;

	must(PEM_write_bio_PUBKEY(bio, i->pkey) == 1);
	n = BIO_get_mem_data(bio, &text);
	copy = forge_text("%.*s", (int)n, text);
	BIO_free(bio);
	return copy;
}

unsigned char *
issuer_der(const struct issuer *i, size_t *ret_len)
{
	int n = i2d_PUBKEY(i->pkey, NULL);
	unsigned char *der = malloc((size_t)n), *p = der;

	must(i2d_PUBKEY(i->pkey, &p) == n);
	*ret_len = (size_t)n;
	return der;
}

/* r || s of a DER signature (RFC 7518 §3.4). */
static size_t
to_raw(unsigned char *sig, size_t len, size_t coordinate)
{
	const unsigned char *p = sig;
	ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &p, (long)len);

	must(parts != NULL);
	must(BN_bn2binpad(ECDSA_SIG_get0_r(parts), sig, (int)coordinate) > 0);
	must(BN_bn2binpad(ECDSA_SIG_get0_s(parts), sig + coordinate, (int)coordinate) > 0);
	ECDSA_SIG_free(parts);
	return 2 * coordinate;
}

static size_t
sign(const struct issuer *i, const struct row *row, const char *text, unsigned char *sig, size_t room)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;
	size_t n = room;

	must(EVP_DigestSignInit_ex(md, &ctx, row->md, NULL, NULL, i->pkey, NULL) == 1);
	if (row->pss) {
		must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1);
		must(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
	}
	must(EVP_DigestSign(md, sig, &n, (const unsigned char *)text, strlen(text)) == 1);
	EVP_MD_CTX_free(md);
	return row->group != NULL ? to_raw(sig, n, row->len) : n;
}

/* Frees `text`. */
static char *
finish(char *text, const unsigned char *sig, size_t n)
{
	char *last = forge_b64(sig, n), *token = forge_text("%s.%s", text, last);

	free(text);
	free(last);
	return token;
}

static char *
signing_input(const char *header, const char *payload)
{
	char *h = forge_b64(header, strlen(header)), *p = forge_b64(payload, strlen(payload)), *text = forge_text("%s.%s", h, p);

	free(h);
	free(p);
	return text;
}

char *
issuer_hmac(const char *alg, const void *secret, size_t len, const char *header, const char *payload)
{
	char *text = signing_input(header, payload);
	unsigned char sig[64];
	unsigned n = 0;

	must(HMAC(EVP_get_digestbyname(row_of(alg)->md), secret, (int)len, (const unsigned char *)text,
	    strlen(text), sig, &n) != NULL);
	return finish(text, sig, n);
}

char *
issuer_sign_under(const struct issuer *i, const char *alg, const char *header, const char *payload)
{
	const struct row *row = row_of(alg == NULL ? i->alg : alg);
	unsigned char sig[2048];
	char *text;
	size_t n;

	if (row->type == NULL)
		return issuer_hmac(row->alg, i->secret, i->secret_len, header, payload);
	text = signing_input(header, payload);
	n = sign(i, row, text, sig, sizeof(sig));
	return finish(text, sig, n);
}

char *
issuer_sign(const struct issuer *i, const char *payload)
{
	char *header = i->kid == NULL ? forge_text("{\"alg\":\"%s\"}", i->alg) :
	    forge_text("{\"alg\":\"%s\",\"kid\":\"%s\"}", i->alg, i->kid);
	char *token = issuer_sign_under(i, NULL, header, payload);

	free(header);
	return token;
}
