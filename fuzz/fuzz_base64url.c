/* SPDX-License-Identifier: MIT */
/*
 * base64url, the text beneath every token: the input once as text, once as bytes. A finding means that a token has two spellings
 * (so that whoever remembers refused or used ones by their text is evaded), that the vector and the scalar code part, that
 * one of them steps outside its buffer, or that the reference's plain decoder says otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "base/b64url_internal.h"
#include "reference/ref_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks of exactly n bytes, at any alignment, so that the sanitizers see the first step past them. */
static void *
room(size_t n)
{
	void *p = malloc(n == 0 ? 1 : n);

	if (p == NULL)
		abort();
	return p;
}

#define STRAYS 6 /* more than a token has dots */

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
as_text(const char *text, size_t n)
{
	struct ref_bytes plain = { NULL, 0 };
	size_t len = B64URL_DECODED_LEN(n), at[STRAYS], scalar_at[STRAYS], strays = b64url_scalar_strays(text, n, scalar_at, STRAYS);
	uint8_t *out = room(len), *scalar = room(len);
	char *in_place = room(n), *again = room(B64URL_ENCODED_LEN(len));
	int rc = b64url_decode(out, text, n);

	must(b64url_strays(text, n, at, STRAYS) == strays && memcmp(at, scalar_at, strays * sizeof(*at)) == 0);
	must(rc == 0 || rc == SESS_ERR_ARGUMENT);
	must((b64url_scalar_decode(scalar, text, n) == 0) == (rc == 0));
	must((ref_text_decode(text, n, &plain) == 0) == (rc == 0));
	if (n > 0)
		memcpy(in_place, text, n);
	must(b64url_decode((uint8_t *)in_place, in_place, n) == rc);
	if (rc == 0) {
		must(strays == 0 && plain.len == len && memcmp(out, plain.data, len) == 0);
		must(memcmp(out, scalar, len) == 0 && memcmp(out, in_place, len) == 0);
		/* Canonical: what is accepted is the one spelling of its bytes. */
		must(b64url_encode(again, out, len) == n && memcmp(again, text, n) == 0);
	}
	free(plain.data);
	free(out);
	free(scalar);
	free(in_place);
	free(again);
}

static void
as_bytes(const uint8_t *bytes, size_t n)
{
	size_t len = B64URL_ENCODED_LEN(n);
	char *text = room(len), *scalar = room(len);
	uint8_t *back = room(n);
	size_t stray;

	must(b64url_encode(text, bytes, n) == len && b64url_scalar_encode(scalar, bytes, n) == len);
	must(memcmp(text, scalar, len) == 0 && b64url_strays(text, len, &stray, 1) == 0);
	must(b64url_decode(back, text, len) == 0 && memcmp(back, bytes, n) == 0);
	free(text);
	free(scalar);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size == 0)
		return 0;
	bytes = room(size);
	memcpy(bytes, data, size);
	as_text((const char *)bytes, size);
	as_bytes(bytes, size);
	/* The same a little further on: the vector code looks at addresses. */
	as_text((const char *)bytes + 1, size - 1);
	free(bytes);
	return 0;
}
