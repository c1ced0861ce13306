/* SPDX-License-Identifier: MIT */
/* The floor's signatures: HMAC that begins again with a NULL key, ECDSA with contexts that are made once. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "floor.h"

struct sig {
	EVP_MAC_CTX *hmac; /* NULL: ES256 */
	EVP_MD_CTX *md;
	EVP_PKEY_CTX *verifier, *signer;
};

static void
key_hmac(struct sig *s, const json_t *jwk)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	unsigned char secret[32];

	bench_member(jwk, "k", secret);
	s->hmac = EVP_MAC_CTX_new(mac);
	if (EVP_MAC_init(s->hmac, secret, sizeof(secret), params) != 1)
		bench_die("the floor's HMAC");
	EVP_MAC_free(mac);
}

static void
key_ecdsa(struct sig *s, const json_t *jwk)
{
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_PKEY *key = bench_ec_key(jwk);

	s->md = EVP_MD_CTX_new();
	s->verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	s->signer = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (EVP_DigestInit_ex2(s->md, sha256, NULL) != 1 || EVP_PKEY_verify_init(s->verifier) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(s->verifier, sha256) != 1 || EVP_PKEY_sign_init(s->signer) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(s->signer, sha256) != 1)
		bench_die("the floor's ECDSA");
	EVP_PKEY_free(key);
	EVP_MD_free(sha256);
}

void *
floor_sig_new(const json_t *jwk)
{
	const char *alg = json_string_value(json_object_get(jwk, "alg"));
	struct sig *s;

	if (strcmp(alg, "HS256") != 0 && strcmp(alg, "ES256") != 0)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		bench_die("out of memory");
	if (strcmp(alg, "HS256") == 0)
		key_hmac(s, jwk);
	else
		key_ecdsa(s, jwk);
	return s;
}

size_t
floor_sig_len(const void *sig)
{
	return ((const struct sig *)sig)->hmac != NULL ? 32 : 64;
}

static int
hmac(struct sig *s, const unsigned char *msg, size_t n, unsigned char *out)
{
	size_t len = 0;

	return EVP_MAC_init(s->hmac, NULL, 0, NULL) == 1 && EVP_MAC_update(s->hmac, msg, n) == 1 &&
	    EVP_MAC_final(s->hmac, out, &len, 32) == 1 ? 0 : -1;
}

static int
digest(struct sig *s, const unsigned char *msg, size_t n, unsigned char *out)
{
	return EVP_DigestInit_ex2(s->md, NULL, NULL) == 1 && EVP_DigestUpdate(s->md, msg, n) == 1 &&
	    EVP_DigestFinal_ex(s->md, out, NULL) == 1 ? 0 : -1;
}

static size_t
put_integer(unsigned char *der, const unsigned char *number)
{
	size_t skip = 0, pad;

	while (skip < 31 && number[skip] == 0)
		skip++;
	pad = number[skip] >> 7;
	der[0] = 2;
	der[1] = (unsigned char)(32 - skip + pad);
	der[2] = 0;
	memcpy(der + 2 + pad, number + skip, 32 - skip);
	return 2 + pad + 32 - skip;
}

int
floor_sig_check(void *sig, const unsigned char *msg, size_t n, const unsigned char *given)
{
	struct sig *s = sig;
	unsigned char own[32], der[80];
	size_t len = 2;

	if (s->hmac != NULL)
		return hmac(s, msg, n, own) == 0 && CRYPTO_memcmp(own, given, 32) == 0 ? 0 : -1;
	len += put_integer(der + len, given);
	len += put_integer(der + len, given + 32);
	der[0] = 0x30;
	der[1] = (unsigned char)(len - 2);
	return digest(s, msg, n, own) == 0 && EVP_PKEY_verify(s->verifier, der, len, own, 32) == 1 ? 0 : -1;
}

/* By OpenSSL's own reading of DER, for the floor of minting need not be lower than that. */
int
floor_sig_make(void *sig, const unsigned char *msg, size_t n, unsigned char *out)
{
	struct sig *s = sig;
	unsigned char own[32], der[80];
	const unsigned char *p = der;
	size_t len = sizeof(der);
	const BIGNUM *r, *t;
	ECDSA_SIG *parts;
	int good;

	if (s->hmac != NULL)
		return hmac(s, msg, n, out);
	if (digest(s, msg, n, own) != 0 || EVP_PKEY_sign(s->signer, der, &len, own, 32) != 1 ||
	    (parts = d2i_ECDSA_SIG(NULL, &p, (long)len)) == NULL)
		return -1;
	ECDSA_SIG_get0(parts, &r, &t);
	good = BN_bn2binpad(r, out, 32) == 32 && BN_bn2binpad(t, out + 32, 32) == 32;
	ECDSA_SIG_free(parts);
	return good ? 0 : -1;
}
