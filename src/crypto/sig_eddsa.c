/* SPDX-License-Identifier: MIT */
/*
 * L1: Ed25519 (JWS EdDSA, RFC 8037, RFC 8032). OpenSSL takes any 32 bytes for a public key and finds out at the first
 * verification; here they are decoded when the key is loaded. Knows nothing of tokens.
 */
#include "crypto/sig_internal.h"

#include <string.h>

#include <openssl/bn.h>

static void
bn_ctx_done(BN_CTX **ctx)
{
	BN_CTX_end(*ctx);
	BN_CTX_free(*ctx);
}

static void
pkey_done(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

/* p = 2^255 - 19, and d = -121665/121666 mod p (RFC 8032 §5.1). */
static int
load_constants(BIGNUM *p, BIGNUM *d, BN_CTX *ctx)
{
	return BN_set_word(p, 1) == 1 && BN_lshift(p, p, 255) == 1 && BN_sub_word(p, 19) == 1 &&
	    BN_set_word(d, 121666) == 1 && BN_mod_inverse(d, d, p, ctx) && BN_mul_word(d, 121665) == 1 &&
	    BN_nnmod(d, d, p, ctx) == 1 && BN_sub(d, p, d) == 1;
}

/*
 * RFC 8032 §5.1.3 without the root itself: y is below p, and x^2 = (y^2 - 1) / (d y^2 + 1) has a root, which it has
 * exactly if (y^2 - 1)(d y^2 + 1) is a square. Where x = 0 the sign bit must be clear.
 */
static int
check_point(const uint8_t pub[32])
{
	__attribute__((cleanup(bn_ctx_done))) BN_CTX *ctx = BN_CTX_new();
	uint8_t bytes[32];

	if (!ctx)
		return SESS_ERR_CRYPTO;
	BN_CTX_start(ctx);
	BIGNUM *p = BN_CTX_get(ctx), *d = BN_CTX_get(ctx), *y = BN_CTX_get(ctx);
	BIGNUM *u = BN_CTX_get(ctx), *v = BN_CTX_get(ctx);
	memcpy(bytes, pub, sizeof(bytes));
	bytes[31] &= 0x7f;
	if (!v || !load_constants(p, d, ctx) || !BN_lebin2bn(bytes, sizeof(bytes), y))
		return SESS_ERR_CRYPTO;
	if (BN_cmp(y, p) >= 0)
		return SESS_ERR_ARGUMENT;
	if (BN_mod_sqr(u, y, p, ctx) != 1 || BN_mod_mul(v, d, u, p, ctx) != 1 || BN_add_word(v, 1) != 1 ||
	    BN_mod_sub(u, u, BN_value_one(), p, ctx) != 1)
		return SESS_ERR_CRYPTO;
	if (BN_is_zero(u))
		return pub[31] & 0x80 ? SESS_ERR_ARGUMENT : 0;
	if (BN_mod_mul(u, u, v, p, ctx) != 1)
		return SESS_ERR_CRYPTO;
	int symbol = BN_kronecker(u, p, ctx);
	return symbol == 1 ? 0 : symbol == -2 ? SESS_ERR_CRYPTO : SESS_ERR_ARGUMENT;
}

static EVP_PKEY *
load_private(const struct secret *secret)
{
	return EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, secret->bytes, secret->len);
}

static int
get_public(const EVP_PKEY *pkey, uint8_t pub[32])
{
	size_t len = 32;

	return EVP_PKEY_get_raw_public_key(pkey, pub, &len) == 1 && len == 32 ? 0 : SESS_ERR_CRYPTO;
}

int
sig_eddsa_public(const struct secret *secret, uint8_t pub[32])
{
	__attribute__((cleanup(pkey_done))) EVP_PKEY *pkey = load_private(secret);

	return pkey ? get_public(pkey, pub) : SESS_ERR_CRYPTO;
}

int
sig_eddsa_load(const struct secret *secret, const uint8_t *pub, EVP_PKEY **ret_pkey)
{
	uint8_t own[32];
	int rc = check_point(pub);

	if (rc != 0)
		return rc;
	*ret_pkey = secret ? load_private(secret) : EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, pub, 32);
	if (!*ret_pkey || get_public(*ret_pkey, own) != 0)
		return SESS_ERR_CRYPTO;
	return CRYPTO_memcmp(own, pub, sizeof(own)) == 0 ? 0 : SESS_ERR_ARGUMENT;
}

/*
 * The context starts anew at each message: releases of OpenSSL differ in whether a one-shot one may run again, and the
 * set-up is about one part in a hundred of the operation.
 */
int
sig_eddsa_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t out[64])
{
	size_t len = 64;

	if (EVP_MD_CTX_reset(s->md) != 1 ||
	    EVP_DigestSignInit_ex(s->md, NULL, NULL, NULL, NULL, s->key->pkey, NULL) != 1 ||
	    EVP_DigestSign(s->md, out, &len, msg, n) != 1 || len != 64)
		return SESS_ERR_CRYPTO;
	return 0;
}

int
sig_eddsa_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t sig[64])
{
	if (EVP_MD_CTX_reset(s->md) != 1 ||
	    EVP_DigestVerifyInit_ex(s->md, NULL, NULL, NULL, NULL, s->key->pkey, NULL) != 1)
		return SESS_ERR_CRYPTO;
	return EVP_DigestVerify(s->md, sig, 64, msg, n) == 1 ? 0 : crypto_lib_refused(SESS_ERR_REJECTED);
}
