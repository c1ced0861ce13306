/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL that fails when told to: each function of libcrypto that src/ calls and that can fail has a row here, which stands in
 * front of it (-Wl,--wrap, by the list in session/refused.txt) and makes the n-th call of any of them fail without doing
 * anything. The lint test `refused` compares that list with what the library really calls. For one program, with one thread.
 */
#ifndef SESSION_REFUSE_H
#define SESSION_REFUSE_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stddef.h>

#define REFUSE_MAX 96

/* Of a function: its failure tells a bad token or key too; or it never fails without an error in the queue. */
enum { REFUSE_PLAIN, REFUSE_VERDICT, REFUSE_TELLS };

/* How a call fails: by 0 or by a negative number (for pointers: NULL), silently or with an error in the queue, as of memory. */
enum { REFUSE_ZERO = 0, REFUSE_NEGATIVE = 1, REFUSE_TOLD = 2, REFUSE_WAYS = 4 };

static struct {
	int armed;
	size_t left; /* granted before the first that fails */
	int once;    /* that one alone */
	unsigned way;
	size_t refused;
	int context_failed; /* of a BN_CTX */
	int verdict; /* the last that was refused tells a bad token or key in the same way: no error of class SYSTEM is due */
	size_t count;
	struct {
		const char *name;
		size_t refused;
	} row[REFUSE_MAX];
} refuse;

/* Whether this call is to fail. `index` is 0 before the function has a row. */
static int
refuse_this(const char *name, int verdict, size_t *index)
{
	if (!refuse.armed)
		return 0;
	if (*index == 0) {
		if (refuse.count == REFUSE_MAX)
			abort();
		refuse.row[refuse.count].name = name;
		*index = ++refuse.count;
	}
	if (refuse.left > 0) {
		refuse.left--;
		return 0;
	}
	if (refuse.once && refuse.refused > 0)
		return 0;
	refuse.refused++;
	refuse.row[*index - 1].refused++;
	refuse.verdict = verdict == REFUSE_VERDICT;
	if ((refuse.way & REFUSE_TOLD) != 0 || verdict == REFUSE_TELLS)
		ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
	return 1;
}

enum { REFUSE_FIRST = __COUNTER__ };
/* Whether it is a verdict, type, failure, name, parameters, arguments. The second assertion holds the row to OpenSSL's own
 * declaration. */
#define REFUSE_AS(verdict, type, failure, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		static size_t index; \
		_Static_assert(__COUNTER__ > REFUSE_FIRST, "counted"); \
		_Static_assert(__builtin_types_compatible_p(__typeof__(&name), __typeof__(&__wrap_##name)), #name); \
		return refuse_this(#name, verdict, &index) ? (type)(failure) : __real_##name args; \
	}
#define NEGATIVE ((refuse.way & REFUSE_NEGATIVE) != 0 ? -1 : 0)
#define INT(name, params, args) REFUSE_AS(REFUSE_PLAIN, int, NEGATIVE, name, params, args)
#define VERDICT(name, params, args) REFUSE_AS(REFUSE_VERDICT, int, NEGATIVE, name, params, args)
#define POINTER(type, name, params, args) REFUSE_AS(REFUSE_PLAIN, type *, 0, name, params, args)

INT(RAND_bytes, (unsigned char *b, int n), (b, n))

POINTER(EVP_CIPHER, EVP_CIPHER_fetch, (OSSL_LIB_CTX *c, const char *a, const char *p), (c, a, p))
POINTER(EVP_MAC, EVP_MAC_fetch, (OSSL_LIB_CTX *c, const char *a, const char *p), (c, a, p))
POINTER(EVP_MD, EVP_MD_fetch, (OSSL_LIB_CTX *c, const char *a, const char *p), (c, a, p))
POINTER(EVP_KDF, EVP_KDF_fetch, (OSSL_LIB_CTX *c, const char *a, const char *p), (c, a, p))

POINTER(EVP_CIPHER_CTX, EVP_CIPHER_CTX_new, (void), ())
INT(EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *c, int type, int arg, void *p), (c, type, arg, p))
INT(EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX *c, int padding), (c, padding))
INT(EVP_CIPHER_CTX_set_params, (EVP_CIPHER_CTX *c, const OSSL_PARAM p[]), (c, p))
INT(EVP_EncryptInit_ex2, (EVP_CIPHER_CTX *c, const EVP_CIPHER *t, const unsigned char *k, const unsigned char *iv,
    const OSSL_PARAM p[]), (c, t, k, iv, p))
INT(EVP_EncryptUpdate, (EVP_CIPHER_CTX *c, unsigned char *out, int *n, const unsigned char *in, int len), (c, out, n, in, len))
INT(EVP_EncryptFinal_ex, (EVP_CIPHER_CTX *c, unsigned char *out, int *n), (c, out, n))
INT(EVP_DecryptInit_ex2, (EVP_CIPHER_CTX *c, const EVP_CIPHER *t, const unsigned char *k, const unsigned char *iv,
    const OSSL_PARAM p[]), (c, t, k, iv, p))
INT(EVP_DecryptUpdate, (EVP_CIPHER_CTX *c, unsigned char *out, int *n, const unsigned char *in, int len),
    (c, out, n, in, len))
VERDICT(EVP_DecryptFinal_ex, (EVP_CIPHER_CTX *c, unsigned char *out, int *n), (c, out, n))

POINTER(EVP_MAC_CTX, EVP_MAC_CTX_new, (EVP_MAC *m), (m))
INT(EVP_MAC_CTX_set_params, (EVP_MAC_CTX *c, const OSSL_PARAM p[]), (c, p))
INT(EVP_MAC_init, (EVP_MAC_CTX *c, const unsigned char *k, size_t n, const OSSL_PARAM p[]), (c, k, n, p))
INT(EVP_MAC_update, (EVP_MAC_CTX *c, const unsigned char *d, size_t n), (c, d, n))
INT(EVP_MAC_final, (EVP_MAC_CTX *c, unsigned char *out, size_t *n, size_t room), (c, out, n, room))

INT(SHA256_Init, (SHA256_CTX *c), (c))
INT(SHA256_Update, (SHA256_CTX *c, const void *d, size_t n), (c, d, n))
INT(SHA256_Final, (unsigned char *out, SHA256_CTX *c), (out, c))

POINTER(EVP_KDF_CTX, EVP_KDF_CTX_new, (EVP_KDF *k), (k))
INT(EVP_KDF_derive, (EVP_KDF_CTX *c, unsigned char *k, size_t n, const OSSL_PARAM p[]), (c, k, n, p))

POINTER(EVP_MD_CTX, EVP_MD_CTX_new, (void), ())
INT(EVP_MD_CTX_reset, (EVP_MD_CTX *c), (c))
INT(EVP_DigestInit_ex2, (EVP_MD_CTX *c, const EVP_MD *t, const OSSL_PARAM p[]), (c, t, p))
INT(EVP_DigestUpdate, (EVP_MD_CTX *c, const void *d, size_t n), (c, d, n))
INT(EVP_DigestFinal_ex, (EVP_MD_CTX *c, unsigned char *out, unsigned *n), (c, out, n))
INT(EVP_DigestSignInit_ex, (EVP_MD_CTX *c, EVP_PKEY_CTX **pc, const char *md, OSSL_LIB_CTX *l, const char *q, EVP_PKEY *k,
    const OSSL_PARAM p[]), (c, pc, md, l, q, k, p))
INT(EVP_DigestSign, (EVP_MD_CTX *c, unsigned char *s, size_t *n, const unsigned char *d, size_t len), (c, s, n, d, len))
INT(EVP_DigestVerifyInit_ex, (EVP_MD_CTX *c, EVP_PKEY_CTX **pc, const char *md, OSSL_LIB_CTX *l, const char *q, EVP_PKEY *k,
    const OSSL_PARAM p[]), (c, pc, md, l, q, k, p))
VERDICT(EVP_DigestVerify, (EVP_MD_CTX *c, const unsigned char *s, size_t n, const unsigned char *d, size_t len),
    (c, s, n, d, len))

POINTER(EVP_PKEY_CTX, EVP_PKEY_CTX_new_from_name, (OSSL_LIB_CTX *l, const char *name, const char *q), (l, name, q))
POINTER(EVP_PKEY_CTX, EVP_PKEY_CTX_new_from_pkey, (OSSL_LIB_CTX *l, EVP_PKEY *k, const char *q), (l, k, q))
INT(EVP_PKEY_CTX_set_signature_md, (EVP_PKEY_CTX *c, const EVP_MD *md), (c, md))
INT(EVP_PKEY_fromdata_init, (EVP_PKEY_CTX *c), (c))
INT(EVP_PKEY_fromdata, (EVP_PKEY_CTX *c, EVP_PKEY **k, int what, OSSL_PARAM p[]), (c, k, what, p))
INT(EVP_PKEY_sign_init, (EVP_PKEY_CTX *c), (c))
INT(EVP_PKEY_sign, (EVP_PKEY_CTX *c, unsigned char *s, size_t *n, const unsigned char *d, size_t len), (c, s, n, d, len))
INT(EVP_PKEY_verify_init, (EVP_PKEY_CTX *c), (c))
VERDICT(EVP_PKEY_verify, (EVP_PKEY_CTX *c, const unsigned char *s, size_t n, const unsigned char *d, size_t len),
    (c, s, n, d, len))
INT(EVP_PKEY_get_raw_public_key, (const EVP_PKEY *k, unsigned char *p, size_t *n), (k, p, n))
POINTER(EVP_PKEY, EVP_PKEY_new_raw_private_key_ex, (OSSL_LIB_CTX *l, const char *t, const char *q, const unsigned char *k,
    size_t n), (l, t, q, k, n))
POINTER(EVP_PKEY, EVP_PKEY_new_raw_public_key_ex, (OSSL_LIB_CTX *l, const char *t, const char *q, const unsigned char *k,
    size_t n), (l, t, q, k, n))

POINTER(EC_GROUP, EC_GROUP_new_by_curve_name, (int nid), (nid))
POINTER(EC_POINT, EC_POINT_new, (const EC_GROUP *g), (g))
INT(EC_POINT_mul, (const EC_GROUP *g, EC_POINT *r, const BIGNUM *n, const EC_POINT *q, const BIGNUM *m, BN_CTX *c),
    (g, r, n, q, m, c))
VERDICT(EC_POINT_oct2point, (const EC_GROUP *g, EC_POINT *p, const unsigned char *d, size_t n, BN_CTX *c), (g, p, d, n, c))
REFUSE_AS(REFUSE_PLAIN, size_t, 0, EC_POINT_point2oct, (const EC_GROUP *g, const EC_POINT *p, point_conversion_form_t f,
    unsigned char *out, size_t n, BN_CTX *c), (g, p, f, out, n, c))

POINTER(BN_CTX, BN_CTX_new, (void), ())

/* Once it has failed it goes on failing, as OpenSSL promises: callers look at the last of a row of calls alone. */
static int
refuse_context(size_t *index)
{
	refuse.context_failed |= refuse_this("BN_CTX_get", 0, index);
	return refuse.context_failed;
}
BIGNUM *__real_BN_CTX_get(BN_CTX *c);
BIGNUM *__wrap_BN_CTX_get(BN_CTX *c);
BIGNUM *
__wrap_BN_CTX_get(BN_CTX *c)
{
	static size_t index;
	_Static_assert(__COUNTER__ > REFUSE_FIRST, "counted");

	return refuse_context(&index) ? NULL : __real_BN_CTX_get(c);
}

POINTER(BIGNUM, BN_bin2bn, (const unsigned char *d, int n, BIGNUM *r), (d, n, r))
POINTER(BIGNUM, BN_lebin2bn, (const unsigned char *d, int n, BIGNUM *r), (d, n, r))
POINTER(BIGNUM, BN_mod_inverse, (BIGNUM *r, const BIGNUM *a, const BIGNUM *n, BN_CTX *c), (r, a, n, c))
INT(BN_set_word, (BIGNUM *a, BN_ULONG w), (a, w))
INT(BN_add_word, (BIGNUM *a, BN_ULONG w), (a, w))
INT(BN_sub_word, (BIGNUM *a, BN_ULONG w), (a, w))
INT(BN_mul_word, (BIGNUM *a, BN_ULONG w), (a, w))
INT(BN_lshift, (BIGNUM *r, const BIGNUM *a, int n), (r, a, n))
INT(BN_sub, (BIGNUM *r, const BIGNUM *a, const BIGNUM *b), (r, a, b))
INT(BN_nnmod, (BIGNUM *r, const BIGNUM *m, const BIGNUM *d, BN_CTX *c), (r, m, d, c))
INT(BN_mod_sqr, (BIGNUM *r, const BIGNUM *a, const BIGNUM *m, BN_CTX *c), (r, a, m, c))
INT(BN_mod_mul, (BIGNUM *r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *c), (r, a, b, m, c))
INT(BN_mod_sub, (BIGNUM *r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *c), (r, a, b, m, c))
/* Its errors are -2; 0 and -1 are answers. */
REFUSE_AS(REFUSE_PLAIN, int, -2, BN_kronecker, (const BIGNUM *a, const BIGNUM *b, BN_CTX *c), (a, b, c))

/* Public keys of other issuers. */
POINTER(BIO, BIO_new, (const BIO_METHOD *m), (m))
POINTER(BIO, BIO_new_mem_buf, (const void *p, int n), (p, n))
REFUSE_AS(REFUSE_PLAIN, long, NEGATIVE, BIO_ctrl, (BIO *b, int what, long n, void *p), (b, what, n, p))
POINTER(OSSL_PARAM_BLD, OSSL_PARAM_BLD_new, (void), ())
INT(OSSL_PARAM_BLD_push_BN, (OSSL_PARAM_BLD *b, const char *name, const BIGNUM *n), (b, name, n))
POINTER(OSSL_PARAM, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD *b), (b))
INT(PEM_write_bio_PUBKEY, (BIO *b, const EVP_PKEY *k), (b, k))
REFUSE_AS(REFUSE_VERDICT, EVP_PKEY *, 0, PEM_read_bio_PUBKEY, (BIO *b, EVP_PKEY **k, pem_password_cb *f, void *u), (b, k, f, u))
INT(EVP_PKEY_get_bn_param, (const EVP_PKEY *k, const char *name, BIGNUM **n), (k, name, n))
VERDICT(EVP_PKEY_get_utf8_string_param, (const EVP_PKEY *k, const char *name, char *s, size_t room, size_t *n),
    (k, name, s, room, n))
VERDICT(BN_bn2binpad, (const BIGNUM *n, unsigned char *out, int len), (n, out, len))
REFUSE_AS(REFUSE_TELLS, EVP_PKEY *, 0, d2i_PUBKEY, (EVP_PKEY **k, const unsigned char **p, long n), (k, p, n))
REFUSE_AS(REFUSE_TELLS, EVP_PKEY *, 0, d2i_PublicKey, (int type, EVP_PKEY **k, const unsigned char **p, long n), (type, k, p, n))
REFUSE_AS(REFUSE_TELLS, X509 *, 0, d2i_X509, (X509 **x, const unsigned char **p, long n), (x, p, n))

enum { REFUSE_ROWS = __COUNTER__ - REFUSE_FIRST - 1 };

#endif
