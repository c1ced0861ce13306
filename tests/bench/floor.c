/* SPDX-License-Identifier: MIT */
/*
 * The floor: the same bytes through bare EVP with contexts that are keyed once, base64url by the library's own blocks, and no
 * JSON, no header, no claims, no rules. Nothing that does the work can be faster; how near one comes is the question.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "bench.h"

#define ROOM 131072

struct floor {
	const struct bench_token *on;
	EVP_MAC_CTX *hmac;
	EVP_CIPHER_CTX *open, *seal;
	unsigned char cek[32];
	const char *segment[5];
	size_t len[5], count;
	char header[2][512]; /* outer, inner: base64url */
	unsigned char bytes[ROOM], plain[ROOM], payload[ROOM];
	char jws[ROOM], token[ROOM];
};

static size_t
split(const char *text, size_t n, const char **segment, size_t *len)
{
	size_t count = 0;

	for (const char *p = text, *end = text + n; count < 5; p += len[count++] + 1) {
		const char *dot = memchr(p, '.', (size_t)(end - p));

		segment[count] = p;
		len[count] = (size_t)((dot == NULL ? end : dot) - p);
		if (dot == NULL)
			return count + 1;
	}
	return count;
}

static int
check_mac(struct floor *f, const char *jws, size_t n, size_t *ret_payload_len)
{
	const char *segment[5];
	size_t len[5], mac_len = 0;
	unsigned char mac[32], given[32];

	if (split(jws, n, segment, len) != 3 || EVP_MAC_init(f->hmac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(f->hmac, (const unsigned char *)jws, len[0] + 1 + len[1]) != 1 ||
	    EVP_MAC_final(f->hmac, mac, &mac_len, sizeof(mac)) != 1 || b64url_decode(given, segment[2], len[2]) != 0 ||
	    CRYPTO_memcmp(mac, given, 32) != 0 || b64url_decode(f->payload, segment[1], len[1]) != 0)
		return -1;
	*ret_payload_len = B64URL_DECODED_LEN(len[1]);
	return 0;
}

static int
open_gcm(struct floor *f, const char *token, size_t n, size_t *ret_plain_len)
{
	const char *segment[5];
	size_t len[5];
	unsigned char iv[12], tag[16];
	int got = 0, last = 0;

	if (split(token, n, segment, len) != 5 || b64url_decode(iv, segment[2], len[2]) != 0 ||
	    b64url_decode(tag, segment[4], len[4]) != 0 || b64url_decode(f->bytes, segment[3], len[3]) != 0 ||
	    EVP_DecryptInit_ex2(f->open, NULL, NULL, iv, NULL) != 1 ||
	    EVP_DecryptUpdate(f->open, NULL, &got, (const unsigned char *)segment[0], (int)len[0]) != 1 ||
	    EVP_DecryptUpdate(f->open, f->plain, &got, f->bytes, (int)B64URL_DECODED_LEN(len[3])) != 1 ||
	    EVP_CIPHER_CTX_ctrl(f->open, EVP_CTRL_AEAD_SET_TAG, 16, tag) != 1 ||
	    EVP_DecryptFinal_ex(f->open, f->plain + got, &last) != 1)
		return -1;
	*ret_plain_len = (size_t)(got + last);
	return 0;
}

int
floor_verify(void *state)
{
	struct floor *f = state;
	size_t plain_len = 0, payload_len = 0;

	if (f->on->form == SESS_FORM_SIGNED)
		return check_mac(f, f->on->text, f->on->len, &payload_len);
	if (open_gcm(f, f->on->text, f->on->len, &plain_len) != 0)
		return -1;
	return f->on->form == SESS_FORM_SEALED ? 0 : check_mac(f, (const char *)f->plain, plain_len, &payload_len);
}

static size_t
make_mac(struct floor *f, char *out)
{
	size_t n = strlen(f->header[1]), mac_len = 0;
	unsigned char mac[32];

	memcpy(out, f->header[1], n);
	out[n++] = '.';
	n += b64url_encode(out + n, f->payload, f->on->payload_len);
	if (EVP_MAC_init(f->hmac, NULL, 0, NULL) != 1 || EVP_MAC_update(f->hmac, (const unsigned char *)out, n) != 1 ||
	    EVP_MAC_final(f->hmac, mac, &mac_len, sizeof(mac)) != 1)
		return 0;
	out[n++] = '.';
	return n + b64url_encode(out + n, mac, 32);
}

static size_t
seal_gcm(struct floor *f, const unsigned char *plain, size_t n, char *out)
{
	static unsigned char pool[768];
	static size_t left;
	size_t at = strlen(f->header[0]);
	unsigned char *iv, tag[16];
	int got = 0, last = 0;

	if (left < 12) {
		if (RAND_bytes(pool, sizeof(pool)) != 1)
			return 0;
		left = sizeof(pool);
	}
	left -= 12;
	iv = pool + left;
	if (EVP_EncryptInit_ex2(f->seal, NULL, NULL, iv, NULL) != 1 ||
	    EVP_EncryptUpdate(f->seal, NULL, &got, (const unsigned char *)f->header[0], (int)at) != 1 ||
	    EVP_EncryptUpdate(f->seal, f->bytes, &got, plain, (int)n) != 1 ||
	    EVP_EncryptFinal_ex(f->seal, f->bytes + got, &last) != 1 ||
	    EVP_CIPHER_CTX_ctrl(f->seal, EVP_CTRL_AEAD_GET_TAG, 16, tag) != 1)
		return 0;
	memcpy(out, f->header[0], at);
	out[at++] = '.';
	out[at++] = '.';
	at += b64url_encode(out + at, iv, 12);
	out[at++] = '.';
	at += b64url_encode(out + at, f->bytes, n);
	out[at++] = '.';
	return at + b64url_encode(out + at, tag, 16);
}

static int
mint(void *state)
{
	struct floor *f = state;
	size_t n;

	if (f->on->form == SESS_FORM_SIGNED)
		return make_mac(f, f->token) == f->on->len ? 0 : -1;
	if (f->on->form == SESS_FORM_SEALED)
		return seal_gcm(f, f->payload, f->on->payload_len, f->token) == f->on->len ? 0 : -1;
	if ((n = make_mac(f, f->jws)) == 0)
		return -1;
	return seal_gcm(f, (const unsigned char *)f->jws, n, f->token) == f->on->len ? 0 : -1;
}

static void
key_hmac(struct floor *f)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	unsigned char secret[32];

	bench_member(f->on->sig_key, "k", secret);
	f->hmac = EVP_MAC_CTX_new(mac);
	if (EVP_MAC_init(f->hmac, secret, sizeof(secret), params) != 1)
		bench_die("the floor's HMAC");
	EVP_MAC_free(mac);
}

static void
key_gcm(struct floor *f)
{
	EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	unsigned char secret[32];

	bench_member(f->on->enc_key, "k", secret);
	f->open = EVP_CIPHER_CTX_new();
	f->seal = EVP_CIPHER_CTX_new();
	if (EVP_DecryptInit_ex2(f->open, gcm, secret, NULL, NULL) != 1 || EVP_EncryptInit_ex2(f->seal, gcm, secret, NULL, NULL) != 1)
		bench_die("the floor's GCM");
	EVP_CIPHER_free(gcm);
}

static void
keep_header(char *out, const char *text)
{
	size_t n = strcspn(text, ".");

	memcpy(out, text, n);
	out[n] = '\0';
}

/* Of the algorithms whose floor this is: HS256, and dir with A256GCM. NULL: there is none. */
void *
floor_new(const struct bench_token *on)
{
	struct floor *f;

	if ((on->alg != NULL && strcmp(on->alg, "HS256") != 0) || (on->kw != NULL && strcmp(on->kw, "dir") != 0) ||
	    (on->enc != NULL && strcmp(on->enc, "A256GCM") != 0))
		return NULL;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		bench_die("out of memory");
	f->on = on;
	if (on->sig_key != NULL)
		key_hmac(f);
	if (on->enc_key != NULL)
		key_gcm(f);
	if (floor_verify(f) != 0)
		bench_die("the floor does not verify");
	/* Sealed: the plaintext is the payload, and mint seals that. */
	if (on->form == SESS_FORM_SEALED)
		memcpy(f->payload, f->plain, on->payload_len);
	keep_header(f->header[on->form == SESS_FORM_SIGNED], on->text);
	if (on->form == SESS_FORM_NESTED)
		keep_header(f->header[1], (const char *)f->plain);
	return f;
}

void
floor_cases(const struct bench_token *on)
{
	if (floor_new(on) == NULL)
		return;
	bench_add("floor", "verify", on, floor_new(on), floor_verify);
	bench_add("floor", "mint", on, floor_new(on), mint);
}
