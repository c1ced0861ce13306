/* SPDX-License-Identifier: MIT */
/*
 * For ctime.c: functions that the linker puts in front of ours. They mark as undefined what is secret where it comes in (keys that are
 * drawn or read), and as defined what is for everybody where it comes out; each of these is a statement that the result is public.
 */
#ifndef PROOF_CTIME_MARKS_H
#define PROOF_CTIME_MARKS_H

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/keywrap.h"
#include "crypto/rng.h"
#include "crypto/siphash.h"
#include "jose/jwk.h"
#include "json/doc.h"
#include "token/mint.h"

#define SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))
#define PUBLIC_AT_MOST(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED_IF_ADDRESSABLE(p, n))

/* Results that are public. */
#define VERDICT(type, name, parameters, arguments)                                                                             \
	type __real_##name parameters;                                                                                         \
	type __wrap_##name parameters;                                                                                         \
	type __wrap_##name parameters                                                                                          \
	{                                                                                                                      \
		type rc = __real_##name arguments;                                                                             \
		PUBLIC(&rc, sizeof(rc));                                                                                       \
		return rc;                                                                                                     \
	}

VERDICT(int, CRYPTO_memcmp, (const void *a, const void *b, size_t n), (a, b, n))
VERDICT(int, EVP_DigestVerify, (EVP_MD_CTX * ctx, const uint8_t *sig, size_t len, const uint8_t *m, size_t n), (ctx, sig, len, m, n))
VERDICT(int, secret_equals, (const uint8_t *a, const uint8_t *b, size_t n), (a, b, n))
VERDICT(int, secret_is_zero, (const uint8_t *p, size_t n), (p, n))
VERDICT(int, b64url_decode_secret, (uint8_t * out, const char *in, size_t n), (out, in, n))
VERDICT(int, sig_verify, (struct sig * s, const uint8_t *m, size_t n, const uint8_t *sig, size_t len), (s, m, n, sig, len))
VERDICT(int, keywrap_unwrap, (struct keywrap * kw, const uint8_t *in, size_t n, uint8_t *out), (kw, in, n, out))

int __real_aead_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    uint8_t *out, uint8_t *tag);
int __wrap_aead_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    uint8_t *out, uint8_t *tag);
int
__wrap_aead_seal(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    uint8_t *out, uint8_t *tag)
{
	int rc = __real_aead_seal(a, iv, aad, aad_len, in, n, out, tag);

	PUBLIC_AT_MOST(out, n + 16);
	PUBLIC_AT_MOST(tag, AEAD_TAG_MAX);
	return rc;
}

/* A text that has been opened is read as JSON. */
int __real_aead_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    const uint8_t *tag, uint8_t *out, size_t *ret_len);
int __wrap_aead_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    const uint8_t *tag, uint8_t *out, size_t *ret_len);
int
__wrap_aead_open(struct aead *a, const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *in, size_t n,
    const uint8_t *tag, uint8_t *out, size_t *ret_len)
{
	int rc = __real_aead_open(a, iv, aad, aad_len, in, n, tag, out, ret_len);

	PUBLIC(&rc, sizeof(rc));
	PUBLIC(out, n);
	PUBLIC(ret_len, sizeof(*ret_len));
	return rc;
}

/* A signature is public; ours takes its DER apart. */
int __real_EVP_PKEY_sign(EVP_PKEY_CTX *ctx, uint8_t *sig, size_t *len, const uint8_t *digest, size_t n);
int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX *ctx, uint8_t *sig, size_t *len, const uint8_t *digest, size_t n);
int
__wrap_EVP_PKEY_sign(EVP_PKEY_CTX *ctx, uint8_t *sig, size_t *len, const uint8_t *digest, size_t n)
{
	int rc = __real_EVP_PKEY_sign(ctx, sig, len, digest, n);

	PUBLIC(&rc, sizeof(rc));
	PUBLIC(len, sizeof(*len));
	if (rc == 1 && sig != NULL)
		PUBLIC(sig, *len);
	return rc;
}

int __real_keywrap_wrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out);
int __wrap_keywrap_wrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out);
int
__wrap_keywrap_wrap(struct keywrap *kw, const uint8_t *in, size_t n, uint8_t *out)
{
	int rc = __real_keywrap_wrap(kw, in, n, out);

	PUBLIC(out, n + KEYWRAP_OVERHEAD);
	return rc;
}

int __real_sig_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t *out);
int __wrap_sig_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t *out);
int
__wrap_sig_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t *out)
{
	int rc = __real_sig_sign(s, msg, n, out);

	PUBLIC(&rc, sizeof(rc));
	PUBLIC_AT_MOST(out, SIG_LEN_MAX);
	return rc;
}

int __real_sig_public_from_secret(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret, uint8_t pub[64]);
int __wrap_sig_public_from_secret(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret, uint8_t pub[64]);
int
__wrap_sig_public_from_secret(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret, uint8_t pub[64])
{
	int rc = __real_sig_public_from_secret(lib, kind, secret, pub);

	PUBLIC(&rc, sizeof(rc));
	PUBLIC(pub, sig_public_len(kind));
	return rc;
}

/* Keys and content keys are drawn 32 or 64 bytes at a time; what is shorter (IV, kid, salt) goes into texts that travel. */
static int drawn, ids_are_next;

int __real_rng_bytes(struct rng *r, uint8_t *out, size_t n);
int __wrap_rng_bytes(struct rng *r, uint8_t *out, size_t n);
int
__wrap_rng_bytes(struct rng *r, uint8_t *out, size_t n)
{
	int rc = __real_rng_bytes(r, out, n);

	PUBLIC(out, n);
	if (n >= 32 && !ids_are_next) {
		SECRET(out, n);
		drawn++;
	}
	ids_are_next = 0;
	return rc;
}

/* A mint draws sid and jti first, both at once. */
int __real_mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag);
int __wrap_mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag);
int
__wrap_mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag)
{
	ids_are_next = 1;
	return __real_mint_token(w, policy, req, ret, diag);
}

/* The keyed name of a session or subject says where in a table it stands. */
void __real_siphash_128(const uint8_t key[SIPHASH_KEY_LEN], const void *msg, size_t n, uint8_t out[SIPHASH_LEN]);
void __wrap_siphash_128(const uint8_t key[SIPHASH_KEY_LEN], const void *msg, size_t n, uint8_t out[SIPHASH_LEN]);
void
__wrap_siphash_128(const uint8_t key[SIPHASH_KEY_LEN], const void *msg, size_t n, uint8_t out[SIPHASH_LEN])
{
	__real_siphash_128(key, msg, n, out);
	PUBLIC(out, SIPHASH_LEN);
}

/* The texts of keys, once jansson has read them. */
static int parsed;

static void
hide_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text != NULL) {
		SECRET(text, json_string_length(json_object_get(object, name)));
		parsed++;
	}
}

int __real_jwk_parse(const json_t *object, int code, const char *kid, struct jwk *ret, sess_diag *diag);
int __wrap_jwk_parse(const json_t *object, int code, const char *kid, struct jwk *ret, sess_diag *diag);
int
__wrap_jwk_parse(const json_t *object, int code, const char *kid, struct jwk *ret, sess_diag *diag)
{
	hide_member(object, "k");
	hide_member(object, "d");
	return __real_jwk_parse(object, code, kid, ret, diag);
}

int __real_doc_get_string(const json_t *object, const char *name, int required, int code, const char *kid, const char **ret,
    size_t *ret_len, sess_diag *diag);
int __wrap_doc_get_string(const json_t *object, const char *name, int required, int code, const char *kid, const char **ret,
    size_t *ret_len, sess_diag *diag);
int
__wrap_doc_get_string(const json_t *object, const char *name, int required, int code, const char *kid, const char **ret,
    size_t *ret_len, sess_diag *diag)
{
	if (strcmp(name, "tag") == 0)
		hide_member(object, name);
	return __real_doc_get_string(object, name, required, code, kid, ret, ret_len, diag);
}

#endif
