/* SPDX-License-Identifier: MIT */
/* L0: strict base64url: by blocks where the processor can, the rest by table. By table, an invalid character is noticed once for
 * each four, not for each one. */
#include "base/b64url_internal.h"

/* clang-format off */
static const char alphabet[64] = {
	'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
	'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
	's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '_',
};

#define NONE 0xff

/* The value of each character, or NONE. */
static const uint8_t value_of[256] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3e, 0xff, 0xff,
	0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
	0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0xff, 0xff, 0xff, 0xff, 0x3f,
	0xff, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
	0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};
/* clang-format on */

size_t
b64url_scalar_encode(char *out, const uint8_t *in, size_t n)
{
	char *p = out;

	for (; n >= 3; in += 3, n -= 3) {
		*p++ = alphabet[in[0] >> 2];
		*p++ = alphabet[(in[0] & 3) << 4 | in[1] >> 4];
		*p++ = alphabet[(in[1] & 15) << 2 | in[2] >> 6];
		*p++ = alphabet[in[2] & 63];
	}
	if (n > 0) {
		*p++ = alphabet[in[0] >> 2];
		*p++ = alphabet[(in[0] & 3) << 4 | (n == 2 ? in[1] >> 4 : 0)];
		if (n == 2)
			*p++ = alphabet[(in[1] & 15) << 2];
	}
	return (size_t)(p - out);
}

/* The last two or three characters: their unused bits must be zero. */
static int
decode_tail(uint8_t *out, const char *in, size_t n)
{
	uint8_t a = value_of[(unsigned char)in[0]], b = value_of[(unsigned char)in[1]];
	uint8_t c = n == 3 ? value_of[(unsigned char)in[2]] : 0;

	if (a == NONE || b == NONE || c == NONE || (n == 2 ? b & 15 : c & 3) != 0)
		return SESS_ERR_ARGUMENT;
	out[0] = (uint8_t)(a << 2 | b >> 4);
	if (n == 3)
		out[1] = (uint8_t)(b << 4 | c >> 2);
	return 0;
}

int
b64url_scalar_decode(uint8_t *out, const char *in, size_t n)
{
	for (; n >= 4; in += 4, out += 3, n -= 4) {
		uint8_t a = value_of[(unsigned char)in[0]], b = value_of[(unsigned char)in[1]];
		uint8_t c = value_of[(unsigned char)in[2]], d = value_of[(unsigned char)in[3]];

		/* Valid values stay below 64; NONE sets the top bit of the union. */
		if (((a | b | c | d) & 0x80) != 0)
			return SESS_ERR_ARGUMENT;
		out[0] = (uint8_t)(a << 2 | b >> 4);
		out[1] = (uint8_t)(b << 4 | c >> 2);
		out[2] = (uint8_t)(c << 6 | d);
	}
	if (n == 1)
		return SESS_ERR_ARGUMENT;
	return n == 0 ? 0 : decode_tail(out, in, n);
}

size_t
b64url_scalar_strays(const char *s, size_t n, size_t *ret_at, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < n && count < max; i++) {
		if (value_of[(unsigned char)s[i]] == NONE)
			ret_at[count++] = i;
	}
	return count;
}

int
b64url_is_char(unsigned char c)
{
	return value_of[c] != NONE;
}

#ifdef B64URL_AVX2

size_t
b64url_encode(char *out, const uint8_t *in, size_t n)
{
	size_t done = n >= 16 && b64url_avx2_is_here() ? b64url_avx2_encode(out, in, n) : 0;

	return done / 3 * 4 + b64url_scalar_encode(out + done / 3 * 4, in + done, n - done);
}

int
b64url_decode(uint8_t *out, const char *in, size_t n)
{
	size_t done = n >= 16 && b64url_avx2_is_here() ? b64url_avx2_decode(out, in, n) : 0;

	return b64url_scalar_decode(out + done / 4 * 3, in + done, n - done);
}

size_t
b64url_strays(const char *s, size_t n, size_t *ret_at, size_t max)
{
	return n >= 32 && b64url_avx2_is_here() ? b64url_avx2_strays(s, n, ret_at, max) : b64url_scalar_strays(s, n, ret_at, max);
}

#else

size_t
b64url_encode(char *out, const uint8_t *in, size_t n)
{
	return b64url_scalar_encode(out, in, n);
}

int
b64url_decode(uint8_t *out, const char *in, size_t n)
{
	return b64url_scalar_decode(out, in, n);
}

size_t
b64url_strays(const char *s, size_t n, size_t *ret_at, size_t max)
{
	return b64url_scalar_strays(s, n, ret_at, max);
}

#endif
