/* SPDX-License-Identifier: MIT */
/* Taking apart what was minted, by the reference's cryptography. Knows nothing of the library. */
#include "proof/draws.h"

#include <stdlib.h>
#include <string.h>

#include "reference/ref_crypto.h"
#include "reference/ref_text.h"

const char *const draw_names[DRAWS] = { "sids", "jtis", "ivs_gcm", "ivs_cbc", "content_keys", "ecdsa_r" };
static const size_t widths[DRAWS] = { 16, 16, 12, 16, 32, 32 };

static void
put(struct draws *d, enum draw kind, const uint8_t *bytes)
{
	size_t width = widths[kind], same = 1;

	if (d->of[kind].count == d->of[kind].room) {
		d->of[kind].room = d->of[kind].room == 0 ? 1024 : d->of[kind].room * 2;
		if ((d->of[kind].bytes = realloc(d->of[kind].bytes, d->of[kind].room * width)) == NULL)
			abort();
	}
	while (same < width && bytes[same] == bytes[0])
		same++;
	d->flat += same == width;
	memcpy(d->of[kind].bytes + d->of[kind].count++ * width, bytes, width);
}

static int
put_id(struct draws *d, enum draw kind, const json_t *claims, const char *name)
{
	const char *text = json_string_value(json_object_get(claims, name));
	struct ref_bytes id = { NULL, 0 };

	if (text == NULL || ref_text_decode(text, strlen(text), &id) != 0)
		return -1;
	if (id.len == widths[kind])
		put(d, kind, id.data);
	free(id.data);
	return id.len == widths[kind] ? 0 : -1;
}

static int
add_claims(struct draws *d, const void *text, size_t len)
{
	json_t *claims = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	int rc = claims == NULL || put_id(d, DRAW_SID, claims, "sid") != 0 || put_id(d, DRAW_JTI, claims, "jti") != 0 ? -1 : 0;

	json_decref(claims);
	return rc;
}

static int
add_jws(struct draws *d, const json_t *key, const char *text, size_t len)
{
	struct ref_split split;
	int rc = -1;

	if (ref_text_split(text, len, &split) == 0 && split.count == 3 && ref_crypto_has_lengths(key, &split) &&
	    ref_crypto_is_signed(key, &split)) {
		rc = add_claims(d, split.segment[1].bytes.data, split.segment[1].bytes.len);
		/* The same r twice gives the private key away. Ed25519 draws nothing. */
		if (strcmp(json_string_value(json_object_get(key, "alg")), "ES256") == 0)
			put(d, DRAW_ECDSA_R, split.segment[2].bytes.data);
	}
	ref_text_release(&split);
	return rc;
}

static int
add_content_key(struct draws *d, const json_t *key, const struct ref_split *jwe)
{
	struct ref_bytes cek = { NULL, 0 };
	int rc;

	if (strcmp(json_string_value(json_object_get(key, "alg")), "A256KW") != 0)
		return 0; /* dir draws none */
	if ((rc = ref_crypto_content_key(key, jwe, &cek)) == 0) {
		/* Of A256CBC-HS512 each half is a key. */
		for (size_t at = 0; at + 32 <= cek.len; at += 32)
			put(d, DRAW_CONTENT_KEY, cek.data + at);
	}
	free(cek.data);
	return rc;
}

static int
add_jwe(struct draws *d, const json_t *sig_key, const json_t *enc_key, const char *text, size_t len)
{
	struct ref_bytes plain = { NULL, 0 };
	struct ref_split split;
	int rc = -1;

	if (ref_text_split(text, len, &split) == 0 && split.count == 5 && ref_crypto_has_lengths(enc_key, &split) &&
	    add_content_key(d, enc_key, &split) == 0 && ref_crypto_open(enc_key, &split, &plain) == 0) {
		put(d, split.segment[2].bytes.len == 12 ? DRAW_IV_GCM : DRAW_IV_CBC, split.segment[2].bytes.data);
		rc = sig_key != NULL ? add_jws(d, sig_key, (const char *)plain.data, plain.len) :
				       add_claims(d, plain.data, plain.len);
	}
	free(plain.data);
	ref_text_release(&split);
	return rc;
}

int
draws_add(struct draws *d, const json_t *sig_key, const json_t *enc_key, const char *token, size_t len)
{
	return enc_key == NULL ? add_jws(d, sig_key, token, len) : add_jwe(d, sig_key, enc_key, token, len);
}

static int
compare_12(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

static int
compare_16(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static int
compare_32(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

size_t
draws_repeated(struct draws *d, enum draw kind)
{
	size_t width = widths[kind], repeated = 0;
	uint8_t *bytes = d->of[kind].bytes;

	if (d->of[kind].count == 0)
		return 0;
	qsort(bytes, d->of[kind].count, width, width == 12 ? compare_12 : width == 16 ? compare_16 : compare_32);
	for (size_t i = 1; i < d->of[kind].count; i++)
		repeated += memcmp(bytes + (i - 1) * width, bytes + i * width, width) == 0;
	return repeated;
}

void
draws_done(struct draws *d)
{
	for (int i = 0; i < DRAWS; i++)
		free(d->of[i].bytes);
}
