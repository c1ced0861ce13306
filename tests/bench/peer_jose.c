/* SPDX-License-Identifier: MIT */
/* latchset jose (libjose) at its best: keys as documents, made once. Its JWEs and JWSs are documents, so the text is taken apart here. */
#include <jose/b64.h>
#include <jose/jwe.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

struct peer {
	const struct bench_token *on;
	char *claims;
};

static json_t *
take_apart(const char *text, size_t n, const char *const *names, size_t count)
{
	json_t *doc = json_object();

	for (size_t i = 0; i < count; i++) {
		const char *dot = memchr(text, '.', n);
		size_t len = dot == NULL ? n : (size_t)(dot - text);

		if (len > 0)
			(void)json_object_set_new(doc, names[i], json_stringn(text, len));
		if (dot == NULL)
			break;
		text += len + 1;
		n -= len + 1;
	}
	return doc;
}

static int
check_jws(const struct peer *p, const char *text, size_t n)
{
	static const char *const names[] = { "protected", "payload", "signature" };
	json_t *jws = take_apart(text, n, names, 3), *claims = NULL;
	const char *sub;
	int rc = -1;

	if (jose_jws_ver(NULL, jws, NULL, p->on->sig_key, false) &&
	    (claims = jose_b64_dec_load(json_object_get(jws, "payload"))) != NULL) {
		sub = json_string_value(json_object_get(claims, "sub"));
		rc = json_integer_value(json_object_get(claims, "exp")) > time(NULL) && sub != NULL && strcmp(sub, BENCH_SUBJECT) == 0 ? 0 :
		    -1;
	}
	json_decref(claims);
	json_decref(jws);
	return rc;
}

static int
verify(void *state)
{
	static const char *const names[] = { "protected", "encrypted_key", "iv", "ciphertext", "tag" };
	const struct peer *p = state;
	size_t len = 0; /* jose_jwe_dec() reads it */
	json_t *jwe;
	char *plain;
	int rc = -1;

	if (p->on->enc_key == NULL)
		return check_jws(p, p->on->text, p->on->len);
	jwe = take_apart(p->on->text, p->on->len, names, 5);
	plain = jose_jwe_dec(NULL, jwe, NULL, p->on->enc_key, &len);
	if (plain != NULL)
		rc = p->on->sig_key != NULL ? check_jws(p, plain, len) : bench_check_claims(plain, len);
	free(plain);
	json_decref(jwe);
	return rc;
}

static char *
put_together(const json_t *doc, const char *const *names, size_t count)
{
	char *text = calloc(1, 8192), *p = text;

	for (size_t i = 0; i < count; i++) {
		const char *part = json_string_value(json_object_get(doc, names[i]));

		p = stpcpy(p, i == 0 ? "" : ".");
		p = stpcpy(p, part == NULL ? "" : part);
	}
	return text;
}

static int
seal(const struct peer *p, const char *plain)
{
	static const char *const names[] = { "protected", "encrypted_key", "iv", "ciphertext", "tag" };
	json_t *jwe = json_pack("{s:{s:O, s:O}}", "protected", "alg", json_object_get(p->on->enc_key, "alg"), "enc",
	    json_object_get(p->on->enc_key, "enc"));
	char *text = jose_jwe_enc(NULL, jwe, NULL, p->on->enc_key, plain, strlen(plain)) ? put_together(jwe, names, 5) : NULL;
	int rc = text == NULL ? -1 : 0;

	free(text);
	json_decref(jwe);
	return rc;
}

static int
mint(void *state)
{
	static const char *const names[] = { "protected", "payload", "signature" };
	const struct peer *p = state;
	json_t *jws;
	char *text;
	int rc;

	if (p->on->sig_key == NULL)
		return seal(p, p->claims);
	jws = json_pack("{s:o}", "payload", jose_b64_enc(p->claims, strlen(p->claims)));
	text = jose_jws_sig(NULL, jws, NULL, p->on->sig_key) ? put_together(jws, names, 3) : NULL;
	rc = text == NULL ? -1 : p->on->enc_key == NULL ? 0 : seal(p, text);
	free(text);
	json_decref(jws);
	return rc;
}

void
jose_cases(const struct bench_token *on)
{
	struct peer *p = calloc(1, sizeof(*p));

	p->on = on;
	p->claims = bench_payload(on);
	if (verify(p) != 0)
		return;
	bench_add("jose", "verify", on, p, verify);
	if (mint(p) == 0)
		bench_add("jose", "mint", on, p, mint);
}
