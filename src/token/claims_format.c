/* SPDX-License-Identifier: MIT */
/*
 * L4: writing the library's own claims, into room that is reserved once. Each member begins with a comma; the first one's becomes the
 * opening brace. claims_parse.c matches this order and spelling.
 */
#include <string.h>

#include "json/text.h"
#include "ring/ring.h"
#include "token/claims.h"

#define DIGITS_MAX 20
/* What all members but the strings take at most: their names, their values, and what stands between. */
#define FIXED_MAX (13 * 16 + 2 * CLAIMS_ID_LEN + 6 * DIGITS_MAX)
#define STRING_MAX(n) (8 + 6 * (n) + 2)

static int
is_given(const char *value)
{
	return value != NULL && value[0] != '\0';
}

size_t
claims_count(const struct claims_new *c)
{
	size_t always = 6; /* sid, jti, iat, exp, auth_time, gen */

	return always + (size_t)(is_given(c->iss) + is_given(c->aud) + is_given(c->sub) + (c->nbf != TIME_NONE) +
	    (c->end != TIME_NONE) + (c->context_count > 0) + (c->persistent != 0));
}

static inline char *
put(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}
#define PUT(p, literal) put(p, literal, sizeof(literal) - 1)

/* 0 to 99999999, with zeros before it: into fours, pairs and digits, each beside the others. */
static inline char *
put_eight(char *p, uint32_t n)
{
	uint64_t w = n / 10000 | (uint64_t)(n % 10000) << 32, high;

	high = (w * 10486 >> 20) & UINT64_C(0x0000007f0000007f);
	w = high | (w - high * 100) << 16;
	high = (w * 103 >> 10) & UINT64_C(0x000f000f000f000f);
	w = high | (w - high * 10) << 8 | UINT64_C(0x3030303030303030);
	w = text_word((const char *)&w);
	memcpy(p, &w, sizeof(w));
	return p + sizeof(w);
}

/* Not negative: all numbers of these claims are times and counts. */
static inline char *
put_number(char *p, int64_t value)
{
	char digits[DIGITS_MAX], *first = digits + sizeof(digits);
	uint64_t n = (uint64_t)value;

	if (n >= UINT64_C(1000000000) && n < UINT64_C(10000000000)) {
		uint32_t two = (uint32_t)(n / 100000000);

		*p++ = (char)('0' + two / 10);
		*p++ = (char)('0' + two % 10);
		return put_eight(p, (uint32_t)(n % 100000000));
	}
	do {
		*--first = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return put(p, first, (size_t)(digits + sizeof(digits) - first));
}

static inline char *
put_string(char *p, const char lead[8], const char *value, size_t n)
{
	if (n == 0)
		return p;
	p = put(p, lead, 7);
	return p + json_quote(p, value, n);
}

static inline char *
put_id(char *p, const char lead[9], const char id[CLAIMS_ID_LEN + 1])
{
	p = put(put(p, lead, 8), id, CLAIMS_ID_LEN);
	*p = '"';
	return p + 1;
}

static size_t
length(const char *value)
{
	return value == NULL ? 0 : strlen(value);
}

int
claims_format(struct buf *out, const struct claims_new *c)
{
	size_t iss = length(c->iss), aud = length(c->aud), sub = length(c->sub);
	char *start, *p;
	int rc;

	if (iss > SIZE_MAX / 32 || aud > SIZE_MAX / 32 || sub > SIZE_MAX / 32)
		return SESS_ERR_MEMORY; /* GCOVR_EXCL_LINE: no test has so much memory, and a caller of 32 bits may */
	if ((rc = buf_reserve(out, FIXED_MAX + STRING_MAX(iss) + STRING_MAX(aud) + STRING_MAX(sub))) != 0)
		return rc;
	p = start = (char *)out->data + out->len;
	p = put_string(p, ",\"iss\":", c->iss, iss);
	p = put_string(p, ",\"aud\":", c->aud, aud);
	p = put_string(p, ",\"sub\":", c->sub, sub);
	p = put_id(p, ",\"sid\":\"", c->sid);
	p = put_id(p, ",\"jti\":\"", c->jti);
	p = put_number(PUT(p, ",\"iat\":"), c->iat);
	if (c->nbf != TIME_NONE)
		p = put_number(PUT(p, ",\"nbf\":"), c->nbf);
	p = put_number(PUT(p, ",\"exp\":"), c->exp);
	p = put_number(PUT(p, ",\"auth_time\":"), c->auth_time);
	p = put_number(PUT(p, ",\"gen\":"), c->gen);
	if (c->end != TIME_NONE)
		p = put_number(PUT(p, ",\"end\":"), c->end);
	*start = '{';
	out->len += (size_t)(p - start);
	if ((rc = context_format(out, c->context, c->context_count)) != 0)
		return rc;
	return c->persistent ? buf_append_str(out, ",\"per\":true") : 0;
}
