/* SPDX-License-Identifier: MIT */
/* L0: base64url of secrets: without a table and without a branch on what is read. Knows nothing of blocks and processors. */
#include "base/b64url.h"

#define NONE 0x80u

/* All bits set where low <= c <= high, else none. Both differences are negative just then. */
static uint32_t
within(uint32_t c, uint32_t low, uint32_t high)
{
	return 0u - (((low - 1 - c) & (c - high - 1)) >> 31);
}

/* 0..63, or NONE. */
static uint32_t
value_of(uint32_t c)
{
	uint32_t upper = within(c, 'A', 'Z'), lower = within(c, 'a', 'z'), digit = within(c, '0', '9');
	uint32_t minus = within(c, '-', '-'), line = within(c, '_', '_');

	return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) | (minus & 62) | (line & 63) |
	    (~(upper | lower | digit | minus | line) & NONE);
}

static char
character_of(uint32_t v)
{
	return (char)((within(v, 0, 25) & (v + 'A')) | (within(v, 26, 51) & (v - 26 + 'a')) |
	    (within(v, 52, 61) & (v - 52 + '0')) | (within(v, 62, 62) & '-') | (within(v, 63, 63) & '_'));
}

size_t
b64url_encode_secret(char *out, const uint8_t *in, size_t n)
{
	uint32_t bits = 0;
	unsigned have = 0;
	char *p = out;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6; have -= 6)
			*p++ = character_of(bits >> (have - 6) & 63);
	}
	if (have > 0)
		*p++ = character_of(bits << (6 - have) & 63);
	return (size_t)(p - out);
}

int
b64url_decode_secret(uint8_t *out, const char *in, size_t n)
{
	uint32_t bits = 0, bad = 0;
	unsigned have = 0;

	if (n % 4 == 1)
		return SESS_ERR_ARGUMENT;
	for (size_t i = 0; i < n; i++) {
		uint32_t v = value_of((unsigned char)in[i]);

		bad |= v & NONE;
		bits = bits << 6 | (v & 63);
		have += 6;
		if (have >= 8) {
			have -= 8;
			*out++ = (uint8_t)(bits >> have);
		}
	}
	bad |= bits & ((1u << have) - 1);
	/* Whether it is base64url is no secret; how far it is, would be. */
	return (int)(0u - ((bad | (0u - bad)) >> 31)) & SESS_ERR_ARGUMENT;
}
