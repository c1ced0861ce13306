/* SPDX-License-Identifier: MIT */
/*
 * L1: ECDSA over P-256 with SHA-256 (JWS ES256, RFC 7518 §3.4). Checks a key once, when it is loaded, and carries
 * signatures between the raw r || s of JOSE and the DER of OpenSSL. Knows nothing of tokens.
 */
#include "crypto/sig_internal.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#define POINT_LEN 65 /* 04 || x || y */
#define DER_MAX 72   /* SEQUENCE of two INTEGERs of up to 33 bytes */

static void
group_done(EC_GROUP **g)
{
	EC_GROUP_free(*g);
}

static void
point_done(EC_POINT **p)
{
	EC_POINT_clear_free(*p);
}

static void
bignum_done(BIGNUM **b)
{
	BN_clear_free(*b);
}

static void
pkey_ctx_done(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

#define CLEANUP(f) __attribute__((cleanup(f)))

/* 1 <= d < n, as a number. */
static int
load_scalar(const EC_GROUP *group, const struct secret *secret, BIGNUM **ret_d)
{
	BIGNUM *d = BN_bin2bn(secret->bytes, (int)secret->len, NULL);

	if (!d)
		return SESS_ERR_CRYPTO;
	BN_set_flags(d, BN_FLG_CONSTTIME);
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0) {
		BN_clear_free(d);
		return SESS_ERR_ARGUMENT;
	}
	*ret_d = d;
	return 0;
}

int
sig_ecdsa_public(const struct secret *secret, uint8_t pub[64])
{
	CLEANUP(group_done) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	CLEANUP(point_done) EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	CLEANUP(bignum_done) BIGNUM *d = NULL;
	uint8_t octets[POINT_LEN];

	if (!point)
		return SESS_ERR_CRYPTO;
	int rc = load_scalar(group, secret, &d);
	if (rc != 0)
		return rc;
	if (EC_POINT_mul(group, point, d, NULL, NULL, NULL) != 1 ||
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets, sizeof(octets), NULL) != POINT_LEN)
		return SESS_ERR_CRYPTO;
	memcpy(pub, octets + 1, 64);
	return 0;
}

/* Whether x and y are below p and the point is on the curve; P-256 has cofactor 1, so that is all. */
static int
check_point(const uint8_t octets[POINT_LEN])
{
	CLEANUP(group_done) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	CLEANUP(point_done) EC_POINT *point = group ? EC_POINT_new(group) : NULL;

	if (!point)
		return SESS_ERR_CRYPTO;
	if (EC_POINT_oct2point(group, point, octets, POINT_LEN, NULL) == 1)
		return 0;
	return crypto_lib_refused(SESS_ERR_ARGUMENT);
}

/* OSSL_PARAM carries numbers in the byte order of the machine. */
static void
to_native(const struct secret *big_endian, uint8_t out[32])
{
	for (size_t i = 0; i < 32; i++)
		out[i] = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? big_endian->bytes[i] : big_endian->bytes[31 - i];
}

int
sig_ecdsa_load(const struct secret *secret, const uint8_t *pub, EVP_PKEY **ret_pkey)
{
	CLEANUP(pkey_ctx_done) EVP_PKEY_CTX *ctx = NULL;
	SECRET_CLEANUP struct secret native = {0};
	char group[] = "prime256v1";
	uint8_t octets[POINT_LEN] = { 0x04 }, own[64];
	OSSL_PARAM params[4];
	size_t n = 0;

	memcpy(octets + 1, pub, 64);
	int rc = check_point(octets);
	if (rc != 0)
		return rc;
	params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[n++] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets));
	if (secret) {
		rc = sig_ecdsa_public(secret, own);
		if (rc != 0)
			return rc;
		if (CRYPTO_memcmp(own, pub, sizeof(own)) != 0)
			return SESS_ERR_ARGUMENT;
		to_native(secret, native.bytes);
		params[n++] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.bytes, 32);
	}
	params[n] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, ret_pkey, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		return SESS_ERR_CRYPTO;
	return 0;
}

int
sig_ecdsa_init(struct sig *s)
{
	struct sig_key *key = s->key;

	s->md = EVP_MD_CTX_new();
	s->verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (!s->md || !s->verifier || EVP_DigestInit_ex2(s->md, key->lib->sha256, NULL) != 1 ||
	    EVP_PKEY_verify_init(s->verifier) != 1 || EVP_PKEY_CTX_set_signature_md(s->verifier, key->lib->sha256) != 1)
		return SESS_ERR_CRYPTO;
	if (!key->can_sign)
		return 0;
	s->signer = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (!s->signer || EVP_PKEY_sign_init(s->signer) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(s->signer, key->lib->sha256) != 1)
		return SESS_ERR_CRYPTO;
	return 0;
}

static int
hash(struct sig *s, const uint8_t *msg, size_t n, uint8_t digest[32])
{
	if (EVP_DigestInit_ex2(s->md, NULL, NULL) != 1 || EVP_DigestUpdate(s->md, msg, n) != 1 ||
	    EVP_DigestFinal_ex(s->md, digest, NULL) != 1)
		return SESS_ERR_CRYPTO;
	return 0;
}

/* Appends the INTEGER of 32 big-endian bytes: no leading zeros, but one where the top bit would say "negative". */
static size_t
put_integer(uint8_t *der, const uint8_t number[32])
{
	size_t skip = 0, n = 0;

	while (skip < 31 && number[skip] == 0)
		skip++;
	size_t pad = number[skip] >> 7;
	der[n++] = 0x02;
	der[n++] = (uint8_t)(32 - skip + pad);
	if (pad)
		der[n++] = 0;
	memcpy(der + n, number + skip, 32 - skip);
	return n + 32 - skip;
}

/* Reads what put_integer() writes; returns the bytes consumed, 0 for anything else. */
static size_t
get_integer(const uint8_t *der, size_t n, uint8_t number[32])
{
	if (n < 3 || der[0] != 0x02 || der[1] == 0 || der[1] > 33 || (size_t)der[1] + 2 > n)
		return 0;
	size_t len = der[1], pad = len == 33;
	if (pad && der[2] != 0)
		return 0;
	memset(number, 0, 32);
	memcpy(number + 32 - (len - pad), der + 2 + pad, len - pad);
	return len + 2;
}

int
sig_ecdsa_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t out[64])
{
	uint8_t digest[32], der[DER_MAX];
	size_t len = sizeof(der);

	if (hash(s, msg, n, digest) != 0 || EVP_PKEY_sign(s->signer, der, &len, digest, sizeof(digest)) != 1)
		return SESS_ERR_CRYPTO;
	if (len < 2 || der[0] != 0x30 || der[1] != len - 2)
		return SESS_ERR_CRYPTO;
	size_t r = get_integer(der + 2, len - 2, out);
	size_t t = r ? get_integer(der + 2 + r, len - 2 - r, out + 32) : 0;
	return t && r + t == len - 2 ? 0 : SESS_ERR_CRYPTO;
}

int
sig_ecdsa_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t sig[64])
{
	uint8_t digest[32], der[DER_MAX];
	size_t len = 2;

	if (hash(s, msg, n, digest) != 0)
		return SESS_ERR_CRYPTO;
	len += put_integer(der + len, sig);
	len += put_integer(der + len, sig + 32);
	der[0] = 0x30;
	der[1] = (uint8_t)(len - 2);
	/* OpenSSL refuses r or s that is 0 or not below n, some of it as an error rather than a verdict. */
	if (EVP_PKEY_verify(s->verifier, der, len, digest, sizeof(digest)) == 1)
		return 0;
	return crypto_lib_refused(SESS_ERR_REJECTED);
}
