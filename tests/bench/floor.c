/* SPDX-License-Identifier: MIT */
/*
 * The floor: the same bytes through bare EVP with contexts that are keyed once, base64url by the library's own blocks, and no
 * JSON, no header, no claims, no rules. Nothing that does the work can be faster; how near one comes is the question.
 */
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "bench.h"
#include "floor.h"

#define ROOM 131072

struct floor {
	const struct bench_token *on;
	void *sig, *enc; /* NULL: not in this form */
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
check_jws(struct floor *f, const char *jws, size_t n)
{
	const char *segment[5];
	unsigned char given[64];
	size_t len[5];

	if (split(jws, n, segment, len) != 3 || B64URL_DECODED_LEN(len[2]) != floor_sig_len(f->sig) ||
	    b64url_decode(given, segment[2], len[2]) != 0)
		return -1;
	if (floor_sig_check(f->sig, (const unsigned char *)jws, len[0] + 1 + len[1], given) != 0)
		return -1;
	return b64url_decode(f->payload, segment[1], len[1]);
}

static int
open_jwe(struct floor *f, size_t *ret_plain_len)
{
	const char *segment[5];
	size_t len[5];
	unsigned char wrapped[40], iv[12], tag[16];

	if (split(f->on->text, f->on->len, segment, len) != 5 || b64url_decode(wrapped, segment[1], len[1]) != 0 ||
	    b64url_decode(iv, segment[2], len[2]) != 0 || b64url_decode(tag, segment[4], len[4]) != 0 ||
	    b64url_decode(f->bytes, segment[3], len[3]) != 0)
		return -1;
	*ret_plain_len = B64URL_DECODED_LEN(len[3]);
	return floor_enc_open(f->enc, wrapped, iv, segment[0], len[0], f->bytes, *ret_plain_len, tag, f->plain);
}

int
floor_verify(void *state)
{
	struct floor *f = state;
	size_t plain_len = 0;

	if (f->enc == NULL)
		return check_jws(f, f->on->text, f->on->len);
	if (open_jwe(f, &plain_len) != 0)
		return -1;
	return f->sig == NULL ? 0 : check_jws(f, (const char *)f->plain, plain_len);
}

static size_t
make_jws(struct floor *f, char *out)
{
	size_t n = strlen(f->header[1]);
	unsigned char sig[64];

	memcpy(out, f->header[1], n);
	out[n++] = '.';
	n += b64url_encode(out + n, f->payload, f->on->payload_len);
	if (floor_sig_make(f->sig, (const unsigned char *)out, n, sig) != 0)
		return 0;
	out[n++] = '.';
	return n + b64url_encode(out + n, sig, floor_sig_len(f->sig));
}

static size_t
make_jwe(struct floor *f, const unsigned char *plain, size_t n, char *out)
{
	unsigned char wrapped[40], iv[12], tag[16];
	size_t at = strlen(f->header[0]);

	if (floor_enc_seal(f->enc, wrapped, iv, f->header[0], at, plain, n, f->bytes, tag) != 0)
		return 0;
	memcpy(out, f->header[0], at);
	out[at++] = '.';
	at += b64url_encode(out + at, wrapped, floor_enc_wraps(f->enc) ? 40 : 0);
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

	if (f->enc == NULL)
		return make_jws(f, f->token) == f->on->len ? 0 : -1;
	if (f->sig == NULL)
		return make_jwe(f, f->payload, f->on->payload_len, f->token) == f->on->len ? 0 : -1;
	n = make_jws(f, f->jws);
	return n > 0 && make_jwe(f, (const unsigned char *)f->jws, n, f->token) == f->on->len ? 0 : -1;
}

static void
keep_header(char *out, const char *text)
{
	size_t n = strcspn(text, ".");

	memcpy(out, text, n);
	out[n] = '\0';
}

void *
floor_new(const struct bench_token *on)
{
	struct floor *f = calloc(1, sizeof(*f));

	if (f == NULL)
		bench_die("out of memory");
	f->on = on;
	f->sig = on->sig_key == NULL ? NULL : floor_sig_new(on->sig_key);
	f->enc = on->enc_key == NULL ? NULL : floor_enc_new(on->enc_key);
	if ((on->sig_key != NULL && f->sig == NULL) || (on->enc_key != NULL && f->enc == NULL)) {
		free(f);
		return NULL;
	}
	if (floor_verify(f) != 0)
		bench_die("the floor does not verify");
	/* Sealed: the plaintext is the payload, and mint seals that. */
	if (f->sig == NULL)
		memcpy(f->payload, f->plain, on->payload_len);
	keep_header(f->header[f->enc == NULL], on->text);
	if (f->enc != NULL && f->sig != NULL)
		keep_header(f->header[1], (const char *)f->plain);
	return f;
}

void
floor_cases(const struct bench_token *on)
{
	void *f = floor_new(on);

	if (f == NULL)
		return;
	bench_add("floor", "verify", on, f, floor_verify);
	bench_add("floor", "mint", on, f, mint);
}
