/* SPDX-License-Identifier: MIT */
/* L1: public keys between their numbers, OpenSSL and PEM (RFC 7468). Judges the text, not the numbers. */
#include <limits.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/pubkey_internal.h"
#include "crypto/sig_internal.h"

#define CLEANUP(f) __attribute__((cleanup(f)))
#define POINT_MAX (1 + PUBKEY_POINT_MAX)
#define DER_MAX 4096

struct curve_row {
	enum pubkey_type type;
	const char *name; /* OpenSSL's */
	int nid;
};

static const struct curve_row curves[] = {
	{ PUBKEY_P256, "prime256v1", NID_X9_62_prime256v1 },
	{ PUBKEY_P384, "secp384r1", NID_secp384r1 },
	{ PUBKEY_P521, "secp521r1", NID_secp521r1 },
	{ PUBKEY_SECP256K1, "secp256k1", NID_secp256k1 },
};

static void
bignum_done(BIGNUM **b)
{
	BN_free(*b);
}

static void
bio_done(BIO **bio)
{
	BIO_free(*bio);
}

static void
pkey_done(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

static void
pkey_ctx_done(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void
build_done(OSSL_PARAM_BLD **build)
{
	OSSL_PARAM_BLD_free(*build);
}

static void
params_done(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void
group_done(EC_GROUP **group)
{
	EC_GROUP_free(*group);
}

static void
point_done(EC_POINT **point)
{
	EC_POINT_free(*point);
}

static int
make_pkey(const char *algorithm, OSSL_PARAM *params, EVP_PKEY **ret_pkey)
{
	CLEANUP(pkey_ctx_done) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, ret_pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return crypto_lib_failed();
	return 0;
}

static int
load_rsa(const struct pubkey *key, EVP_PKEY **ret_pkey)
{
	CLEANUP(bignum_done) BIGNUM *n = BN_bin2bn(key->bytes, (int)key->len, NULL);
	CLEANUP(bignum_done) BIGNUM *e = BN_bin2bn(key->exponent, (int)key->exponent_len, NULL);
	CLEANUP(build_done) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	CLEANUP(params_done) OSSL_PARAM *params = NULL;

	if (n == NULL || e == NULL || build == NULL || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) != 1 || (params = OSSL_PARAM_BLD_to_param(build)) == NULL)
		return crypto_lib_failed();
	return make_pkey("RSA", params, ret_pkey);
}

static const struct curve_row *
curve_of(enum pubkey_type type)
{
	size_t i = 0;

	while (curves[i].type != type)
		i++;
	return &curves[i];
}

/* Whether x and y are below p and satisfy the curve's equation; these curves have cofactor 1, so that is all. */
static int
check_point(const struct curve_row *curve, const uint8_t *octets, size_t len)
{
	CLEANUP(group_done) EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);
	CLEANUP(point_done) EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);

	if (point == NULL)
		return crypto_lib_failed();
	return EC_POINT_oct2point(group, point, octets, len, NULL) == 1 ? 0 : crypto_lib_refused(SESS_ERR_ARGUMENT);
}

static int
load_ec(const struct pubkey *key, EVP_PKEY **ret_pkey)
{
	const struct curve_row *curve = curve_of(key->type);
	uint8_t octets[POINT_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	size_t len = 1 + 2 * key->len;
	char name[16];
	OSSL_PARAM params[3];
	int rc;

	memcpy(octets + 1, key->bytes, 2 * key->len);
	if ((rc = check_point(curve, octets, len)) != 0)
		return rc;
	memcpy(name, curve->name, strlen(curve->name) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, len);
	params[2] = OSSL_PARAM_construct_end();
	return make_pkey("EC", params, ret_pkey);
}

int
pubkey_load(const struct pubkey *key, EVP_PKEY **ret_pkey)
{
	if (key->type == PUBKEY_RSA)
		return load_rsa(key, ret_pkey);
	if (key->type != PUBKEY_ED25519)
		return load_ec(key, ret_pkey);
	int rc = sig_eddsa_load(NULL, key->bytes, ret_pkey);
	if (rc != 0)
		(void)crypto_lib_failed();
	return rc;
}

int
pubkey_format_pem(const struct pubkey *key, struct buf *out)
{
	CLEANUP(pkey_done) EVP_PKEY *pkey = NULL;
	CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;
	int rc;

	if (bio == NULL)
		return crypto_lib_failed();
	if ((rc = pubkey_load(key, &pkey)) != 0)
		return rc;
	if (PEM_write_bio_PUBKEY(bio, pkey) != 1 || (n = BIO_get_mem_data(bio, &text)) <= 0)
		return crypto_lib_failed();
	return buf_append(out, text, (size_t)n);
}

static int
get_number(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t len)
{
	CLEANUP(bignum_done) BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1)
		return crypto_lib_failed();
	return BN_bn2binpad(number, out, (int)len) == (int)len ? 0 : crypto_lib_refused(SESS_ERR_ARGUMENT);
}

static int
read_rsa(const EVP_PKEY *pkey, struct pubkey *ret, const char **ret_why)
{
	uint8_t n[PUBKEY_RSA_MAX], e[PUBKEY_EXPONENT_MAX];
	int rc;

	*ret_why = "the modulus must have 2048 to 8192 bits";
	if ((rc = get_number(pkey, OSSL_PKEY_PARAM_RSA_N, n, sizeof(n))) != 0)
		return rc;
	*ret_why = "the exponent must be an odd number from 65537 to 64 bits";
	if ((rc = get_number(pkey, OSSL_PKEY_PARAM_RSA_E, e, sizeof(e))) != 0)
		return rc;
	return pubkey_set_rsa(ret, n, sizeof(n), e, sizeof(e), ret_why);
}

static int
read_ec(const EVP_PKEY *pkey, struct pubkey *ret, const char **ret_why)
{
	char name[32];
	size_t n = 0;
	int rc;

	*ret_why = "its curve is not named, or none of P-256, P-384, P-521 and secp256k1";
	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), &n) != 1)
		return crypto_lib_refused(SESS_ERR_ARGUMENT);
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (strcmp(curves[i].name, name) != 0)
			continue;
		ret->type = curves[i].type;
		ret->len = pubkey_coordinate_len(ret->type);
		if ((rc = get_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, ret->bytes, ret->len)) != 0)
			return rc;
		return get_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, ret->bytes + ret->len, ret->len);
	}
	return SESS_ERR_ARGUMENT;
}

static int
read_pkey(const EVP_PKEY *pkey, struct pubkey *ret, const char **ret_why)
{
	if (EVP_PKEY_is_a(pkey, "RSA"))
		return read_rsa(pkey, ret, ret_why);
	if (EVP_PKEY_is_a(pkey, "EC"))
		return read_ec(pkey, ret, ret_why);
	if (!EVP_PKEY_is_a(pkey, "ED25519")) {
		*ret_why = "it is neither an RSA nor an EC nor an Ed25519 key";
		return SESS_ERR_ARGUMENT;
	}
	ret->type = PUBKEY_ED25519;
	ret->len = pubkey_coordinate_len(PUBKEY_ED25519);
	size_t n = ret->len;
	return EVP_PKEY_get_raw_public_key(pkey, ret->bytes, &n) == 1 ? 0 : crypto_lib_failed();
}

/* One armoured block and nothing else; of the others that people have at hand, what to do with them. */
static int
check_armour(const char *text, size_t len, const char **ret_why)
{
	static const struct {
		const char *label, *why; /* NULL: it is welcome */
	} labels[] = {
		{ "PUBLIC KEY-----", NULL },
		{ "RSA PUBLIC KEY-----", NULL },
		{ "CERTIFICATE-----", "it is a certificate; take its key out: openssl x509 -pubkey -noout" },
		{ "PRIVATE KEY-----", "it is a private key, which does not belong here; take the public one: openssl pkey -pubout" },
		{ "RSA PRIVATE KEY-----", "it is a private key, which does not belong here; take the public one: openssl pkey -pubout" },
		{ "EC PRIVATE KEY-----", "it is a private key, which does not belong here; take the public one: openssl pkey -pubout" },
		{ "ENCRYPTED PRIVATE KEY-----",
		    "it is a private key, which does not belong here; take the public one: openssl pkey -pubout" },
	};
	static const char begin[] = "-----BEGIN ";
	const char *start = memmem(text, len, begin, sizeof(begin) - 1), *label;
	size_t room;

	*ret_why = "there is no \"-----BEGIN PUBLIC KEY-----\" in it";
	if (start == NULL)
		return SESS_ERR_ARGUMENT;
	label = start + sizeof(begin) - 1;
	room = len - (size_t)(label - text);
	if (memmem(label, room, begin, sizeof(begin) - 1) != NULL) {
		*ret_why = "it holds more than one block; give one key a file, or a JWK Set";
		return SESS_ERR_ARGUMENT;
	}
	*ret_why = "it is no block of \"PUBLIC KEY\"";
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t n = strlen(labels[i].label);

		if (n > room || memcmp(label, labels[i].label, n) != 0)
			continue;
		*ret_why = labels[i].why;
		return labels[i].why == NULL ? 0 : SESS_ERR_ARGUMENT;
	}
	return SESS_ERR_ARGUMENT;
}

/* Instead of OpenSSL's own, which would ask at the terminal. */
static int
no_passphrase(char *out, int room, int writing, void *arg)
{
	(void)out;
	(void)room;
	(void)writing;
	(void)arg;
	return -1;
}

int
pubkey_parse_pem(const char *text, size_t len, struct pubkey *ret, const char **ret_why)
{
	CLEANUP(pkey_done) EVP_PKEY *pkey = NULL;
	CLEANUP(bio_done) BIO *bio = NULL;
	struct pubkey key;
	int rc;

	if ((rc = check_armour(text, len, ret_why)) != 0)
		return rc;
	*ret_why = "its text is not valid PEM";
	if (len > INT_MAX)
		return SESS_ERR_ARGUMENT;
	if ((bio = BIO_new_mem_buf(text, (int)len)) == NULL)
		return crypto_lib_failed();
	if ((pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL)) == NULL)
		return crypto_lib_refused(SESS_ERR_ARGUMENT);
	memset(&key, 0, sizeof(key));
	if ((rc = read_pkey(pkey, &key, ret_why)) != 0)
		return rc;
	*ret = key;
	return 0;
}

/* As pubkey_is_encoded(): OpenSSL that has no memory reads no key either, and that is no answer. */
static int
is_der(const uint8_t *bytes, size_t len)
{
	const uint8_t *p = bytes;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)len);
	X509 *certificate = NULL;
	int is_key = pkey != NULL;

	EVP_PKEY_free(pkey);
	p = bytes;
	if (!is_key && (pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)len)) != NULL) {
		EVP_PKEY_free(pkey);
		is_key = 1;
	}
	p = bytes;
	if (!is_key && (certificate = d2i_X509(NULL, &p, (long)len)) != NULL) {
		X509_free(certificate);
		is_key = 1;
	}
	int rc = crypto_lib_refused(0);
	return is_key ? 1 : rc;
}

int
pubkey_is_encoded(const uint8_t *bytes, size_t len)
{
	static const char *const marks[] = { "-----BEGIN ", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (memmem(bytes, len, marks[i], strlen(marks[i])) != NULL)
			return 1;
	}
	return len <= DER_MAX ? is_der(bytes, len) : 0;
}
