/* SPDX-License-Identifier: MIT */
/* L1: whether a public key of somebody else is fit to trust. Arithmetic alone; pubkey_text.c reads and writes. */
#include "crypto/pubkey.h"

#include <string.h>

#include <openssl/bn.h>

#include "crypto/pubkey_internal.h"
#include "crypto/sig_internal.h"

#define CLEANUP(f) __attribute__((cleanup(f)))

static void
bignum_done(BIGNUM **b)
{
	BN_free(*b);
}

size_t
pubkey_coordinate_len(enum pubkey_type type)
{
	static const size_t len[] = { [PUBKEY_RSA] = 0, [PUBKEY_P256] = 32, [PUBKEY_P384] = 48, [PUBKEY_P521] = 66,
		[PUBKEY_SECP256K1] = 32, [PUBKEY_ED25519] = 32 };

	return len[type];
}

static void
skip_zeros(const uint8_t **number, size_t *len)
{
	while (*len > 0 && **number == 0) {
		(*number)++;
		(*len)--;
	}
}

int
pubkey_set_rsa(struct pubkey *key, const uint8_t *n, size_t n_len, const uint8_t *e, size_t e_len, const char **ret_why)
{
	skip_zeros(&n, &n_len);
	skip_zeros(&e, &e_len);
	if (n_len == 0 || n_len > PUBKEY_RSA_MAX) {
		*ret_why = "the modulus must have 2048 to 8192 bits";
		return SESS_ERR_ARGUMENT;
	}
	if (e_len == 0 || e_len > PUBKEY_EXPONENT_MAX) {
		*ret_why = "the exponent must be an odd number from 65537 to 64 bits";
		return SESS_ERR_ARGUMENT;
	}
	key->type = PUBKEY_RSA;
	key->len = n_len;
	memcpy(key->bytes, n, n_len);
	key->exponent_len = e_len;
	memcpy(key->exponent, e, e_len);
	return 0;
}

/*
 * Keys of the flawed generator have primes k * M + (65537^a mod M), M being a product of small primes: so has the modulus,
 * and modulo each of those primes it is a power of 65537. Of other moduli one in 2^27 or so is.
 */
static int
is_power_of_65537(unsigned residue, unsigned prime)
{
	unsigned power = 1;

	do {
		if (power == residue)
			return 1;
		power = power * 65537U % prime;
	} while (power != 1);
	return 0;
}

static int
check_factors(const BIGNUM *n, const char **ret_why)
{
	static const uint8_t primes[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
		101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167 };
	int fingerprint = 1;

	for (size_t i = 0; i < sizeof(primes); i++) {
		BN_ULONG residue = BN_mod_word(n, primes[i]);

		if (residue == (BN_ULONG)-1)
			return crypto_lib_failed();
		if (residue == 0) {
			*ret_why = "the modulus has a small factor, so it is no product of two large primes";
			return SESS_ERR_ARGUMENT;
		}
		fingerprint = fingerprint && is_power_of_65537((unsigned)residue, primes[i]);
	}
	if (!fingerprint)
		return 0;
	*ret_why = "the modulus has the fingerprint of ROCA (CVE-2017-15361): its private key can be computed; make another key";
	return SESS_ERR_ARGUMENT;
}

static int
check_rsa(const struct pubkey *key, const char **ret_why, const char **ret_member)
{
	CLEANUP(bignum_done) BIGNUM *n = BN_bin2bn(key->bytes, (int)key->len, NULL);
	uint64_t e = 0;

	if (n == NULL)
		return crypto_lib_failed();
	*ret_member = "n";
	if (BN_num_bits(n) < PUBKEY_RSA_BITS_MIN || BN_num_bits(n) > PUBKEY_RSA_BITS_MAX) {
		*ret_why = "the modulus must have 2048 to 8192 bits";
		return SESS_ERR_ARGUMENT;
	}
	for (size_t i = 0; i < key->exponent_len; i++)
		e = e << 8 | key->exponent[i];
	if (e < 65537 || e % 2 == 0) {
		*ret_member = "e";
		*ret_why = "the exponent must be an odd number from 65537 to 64 bits";
		return SESS_ERR_ARGUMENT;
	}
	if (!BN_is_odd(n)) {
		*ret_why = "the modulus is even, so it is no product of two large primes";
		return SESS_ERR_ARGUMENT;
	}
	return check_factors(n, ret_why);
}

/* The y of the eight points of Ed25519 whose order divides 8, below p and little-endian; the other curves have none. */
static int
has_small_order(const uint8_t key[32])
{
	static const uint8_t small[][32] = {
		{ 0 },
		{ 1 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05,
		    0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa,
		    0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	};

	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		if (memcmp(small[i], key, 31) == 0 && small[i][31] == (key[31] & 0x7f))
			return 1;
	}
	return 0;
}

int
pubkey_check(const struct pubkey *key, const char **ret_why, const char **ret_member)
{
	EVP_PKEY *pkey = NULL;
	int rc;

	*ret_member = "x";
	if (key->type == PUBKEY_RSA)
		return check_rsa(key, ret_why, ret_member);
	if (key->type == PUBKEY_ED25519 && has_small_order(key->bytes)) {
		*ret_why = "the point has a small order: anybody can sign for it";
		return SESS_ERR_ARGUMENT;
	}
	rc = pubkey_load(key, &pkey);
	EVP_PKEY_free(pkey);
	if (rc == SESS_ERR_ARGUMENT)
		*ret_why = "the point does not lie on its curve";
	return rc;
}

void
pubkey_forget_errors(void)
{
	(void)crypto_lib_failed();
}
