/* SPDX-License-Identifier: MIT */
/*
 * L1: the three signature algorithms behind one interface; HS256 is done here, the public-key ones in sig_ecdsa.c and
 * sig_eddsa.c. The kind is the key's and is never taken from a message. Knows nothing of headers or tokens.
 */
#include "crypto/sig_internal.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#define HMAC_KEY_MIN 32 /* RFC 7518 §3.2: at least as long as the hash */
#define HMAC_KEY_MAX 64

size_t
sig_public_len(enum sig_kind kind)
{
	return kind == SIG_HS256 ? 0 : kind == SIG_ES256 ? 64 : 32;
}

size_t
sig_secret_len(enum sig_kind kind)
{
	(void)kind;
	return 32;
}

static int
load_hmac(const struct secret *secret, struct sig_key *key)
{
	if (secret->len < HMAC_KEY_MIN || secret->len > HMAC_KEY_MAX)
		return SESS_ERR_ARGUMENT;
	int rc = hmac_key_new(key->lib, secret, &key->started);
	if (rc == 0 && !key->started)
		key->hmac = *secret;
	return rc;
}

static int
load(struct sig_key *key, const struct secret *secret, const uint8_t *pub)
{
	if (key->kind == SIG_HS256)
		return secret ? load_hmac(secret, key) : SESS_ERR_ARGUMENT;
	if (!pub || (secret && secret->len != sig_secret_len(key->kind)))
		return SESS_ERR_ARGUMENT;
	return key->kind == SIG_ES256 ? sig_ecdsa_load(secret, pub, &key->pkey) :
					sig_eddsa_load(secret, pub, &key->pkey);
}

int
sig_key_new(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret, const uint8_t *pub,
    struct sig_key **ret_key)
{
	struct sig_key *key = calloc(1, sizeof(*key));

	if (!key)
		return SESS_ERR_MEMORY;
	atomic_init(&key->refs, 1);
	key->kind = kind;
	key->can_sign = secret != NULL;
	key->lib = crypto_lib_ref(lib);
	int rc = load(key, secret, pub);
	if (rc != 0) {
		(void)crypto_lib_failed();
		sig_key_free(key);
		return rc;
	}
	*ret_key = key;
	return 0;
}

struct sig_key *
sig_key_ref(struct sig_key *key)
{
	atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
	return key;
}

void
sig_key_free(struct sig_key *key)
{
	if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_PKEY_free(key->pkey);
	secret_done(&key->hmac);
	hmac_key_free(key->started);
	crypto_lib_free(key->lib);
	free(key);
}

int
sig_key_can_sign(const struct sig_key *key)
{
	return key->can_sign;
}

int
sig_public_from_secret(struct crypto_lib *lib, enum sig_kind kind, const struct secret *secret,
    uint8_t pub[SIG_PUBLIC_MAX])
{
	(void)lib;
	if (kind == SIG_HS256 || secret->len != sig_secret_len(kind))
		return SESS_ERR_ARGUMENT;
	int rc = kind == SIG_ES256 ? sig_ecdsa_public(secret, pub) : sig_eddsa_public(secret, pub);
	if (rc != 0)
		(void)crypto_lib_failed();
	return rc;
}

static int
hmac_init(struct sig *s)
{
	if (s->key->started)
		return 0;
	s->mac = crypto_lib_hmac(s->key->lib, "SHA256");
	if (!s->mac || EVP_MAC_init(s->mac, s->key->hmac.bytes, s->key->hmac.len, NULL) != 1)
		return SESS_ERR_CRYPTO;
	return 0;
}

static int
eddsa_init(struct sig *s)
{
	s->md = EVP_MD_CTX_new();
	return s->md ? 0 : SESS_ERR_CRYPTO;
}

int
sig_new(struct sig_key *key, struct sig **ret_sig)
{
	struct sig *s = calloc(1, sizeof(*s));

	if (!s)
		return SESS_ERR_MEMORY;
	s->key = sig_key_ref(key);
	int rc = key->kind == SIG_HS256 ? hmac_init(s) : key->kind == SIG_ES256 ? sig_ecdsa_init(s) : eddsa_init(s);
	if (rc != 0) {
		sig_free(s);
		return crypto_lib_failed();
	}
	*ret_sig = s;
	return 0;
}

void
sig_free(struct sig *s)
{
	if (!s)
		return;
	EVP_MAC_CTX_free(s->mac);
	EVP_MD_CTX_free(s->md);
	EVP_PKEY_CTX_free(s->signer);
	EVP_PKEY_CTX_free(s->verifier);
	sig_key_free(s->key);
	free(s);
}

static int
hmac_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t out[32])
{
	size_t len = 0;

	if (s->key->started)
		return hmac_sha256(s->key->started, msg, n, out);
	/* A NULL key keeps the one that is set: a third of the cost of keying again. */
	if (EVP_MAC_init(s->mac, NULL, 0, NULL) != 1 || EVP_MAC_update(s->mac, msg, n) != 1 ||
	    EVP_MAC_final(s->mac, out, &len, 32) != 1 || len != 32)
		return SESS_ERR_CRYPTO;
	return 0;
}

static int
hmac_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t sig[32])
{
	uint8_t mac[32];
	int rc = hmac_sign(s, msg, n, mac);

	if (rc == 0 && CRYPTO_memcmp(mac, sig, sizeof(mac)) != 0)
		rc = SESS_ERR_REJECTED;
	secret_wipe(mac, sizeof(mac)); /* of a forged message it is the answer that the forger wants */
	return rc;
}

int
sig_sign(struct sig *s, const uint8_t *msg, size_t n, uint8_t *out)
{
	if (!s->key->can_sign)
		return SESS_ERR_ARGUMENT;
	msg = crypto_lib_bytes(msg);
	int rc = s->key->kind == SIG_HS256 ? hmac_sign(s, msg, n, out) :
	    s->key->kind == SIG_ES256	   ? sig_ecdsa_sign(s, msg, n, out) :
					     sig_eddsa_sign(s, msg, n, out);
	if (rc == 0)
		return 0;
	secret_wipe(out, sig_len(s->key->kind));
	return crypto_lib_failed();
}

int
sig_verify(struct sig *s, const uint8_t *msg, size_t n, const uint8_t *sig, size_t len)
{
	if (len != sig_len(s->key->kind))
		return SESS_ERR_REJECTED;
	msg = crypto_lib_bytes(msg);
	int rc = s->key->kind == SIG_HS256 ? hmac_verify(s, msg, n, sig) :
	    s->key->kind == SIG_ES256	   ? sig_ecdsa_verify(s, msg, n, sig) :
					     sig_eddsa_verify(s, msg, n, sig);
	if (rc != 0)
		(void)crypto_lib_failed();
	return rc;
}

int
sig_mac_equals(const uint8_t *a, const uint8_t *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
