/* SPDX-License-Identifier: MIT */
/* L2: splitting compact serializations, by one pass over the text or by their shape; nothing is decoded or allocated. */
#include "jose/compact.h"

#include "base/b64url.h"

/* Whether n characters of the alphabet are canonical: a possible length, and no unused bits set at the end. */
static int
segment_is_canonical(const char *s, size_t n)
{
	uint8_t out[2];
	size_t tail = n % 4;

	return b64url_decode(out, s + n - tail, tail) == 0;
}

static int
check_segments(const struct compact *c, int empty_payload, const char **ret_why)
{
	for (size_t i = 0; i < c->count; i++) {
		int may_be_empty = (c->count == COMPACT_JWE && i == JWE_ENCRYPTED_KEY) ||
		    (empty_payload && i == (c->count == COMPACT_JWE ? (size_t)JWE_CIPHERTEXT : (size_t)JWS_PAYLOAD));

		if (c->len[i] == 0 && !may_be_empty) {
			*ret_why = "a segment is empty";
			return SESS_ERR_REJECTED;
		}
		if (!segment_is_canonical(c->segment[i], c->len[i])) {
			*ret_why = "a segment is not canonical base64url (its length or its last character)";
			return SESS_ERR_REJECTED;
		}
	}
	return 0;
}

int
compact_split(const char *text, size_t n, int empty_payload, struct compact *ret, const char **ret_why)
{
	size_t dot[COMPACT_JWE], dots, start = 0; /* room for one more than there may be */

	ret->count = 0;
	if (n == 0) {
		*ret_why = "it is empty";
		return SESS_ERR_REJECTED;
	}
	dots = b64url_strays(text, n, dot, COMPACT_JWE);
	for (size_t i = 0; i < dots; start = dot[i++] + 1) {
		if (text[dot[i]] != '.') {
			*ret_why = "a character is outside A-Z a-z 0-9 - _ .";
			return SESS_ERR_REJECTED;
		}
		if (ret->count == COMPACT_JWE - 1) {
			*ret_why = "there are more than five segments";
			return SESS_ERR_REJECTED;
		}
		ret->segment[ret->count] = text + start;
		ret->len[ret->count++] = dot[i] - start;
	}
	ret->segment[ret->count] = text + start;
	ret->len[ret->count++] = n - start;
	if (ret->count != COMPACT_JWS && ret->count != COMPACT_JWE) {
		*ret_why = "there are neither three segments (JWS) nor five (JWE)";
		return SESS_ERR_REJECTED;
	}
	return check_segments(ret, empty_payload, ret_why);
}

int
compact_fits(const char *text, size_t n, const struct compact_shape *shape, struct compact *ret)
{
	const char *start = text, *end = text + n;

	ret->count = shape->count;
	for (size_t i = 0; i < shape->any; i++) {
		if ((size_t)(end - start) <= shape->len[i] || start[shape->len[i]] != '.')
			return 0;
		ret->segment[i] = start;
		ret->len[i] = shape->len[i];
		start += shape->len[i] + 1;
	}
	for (size_t i = shape->count - 1; i > shape->any; i--) {
		if ((size_t)(end - start) <= shape->len[i] || *(end - shape->len[i] - 1) != '.')
			return 0;
		ret->segment[i] = end - shape->len[i];
		ret->len[i] = shape->len[i];
		end -= shape->len[i] + 1;
	}
	ret->segment[shape->any] = start;
	ret->len[shape->any] = (size_t)(end - start);
	return end > start;
}
