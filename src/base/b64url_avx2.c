/* SPDX-License-Identifier: MIT */
/*
 * L0: base64url by 32 characters at once. A character's class is found by its two nibbles: a table of the high one names its
 * range, a table of the low one the ranges in which that nibble is a character; the two share a bit where it is one.
 */
#include "base/b64url_internal.h"

#ifdef B64URL_AVX2

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* The same 16 bytes in both halves. */
AVX2 static inline __m256i
table(char a, char b, char c, char d, char e, char f, char g, char h, char i, char j, char k, char l, char m, char n, char o,
    char p)
{
	return _mm256_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}

AVX2 static inline __m256i
high_nibbles(__m256i text)
{
	return _mm256_and_si256(_mm256_srli_epi32(text, 4), _mm256_set1_epi8(15));
}

/* Ranges by bit: 1 "-", 2 digits, 4 A-O and a-o, 8 P-Z and "_", 16 p-z. A bit for each foreign character. */
AVX2 static inline unsigned
foreign(__m256i text)
{
	const __m256i by_high = table(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i by_low = table(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12);
	__m256i range = _mm256_shuffle_epi8(by_high, high_nibbles(text));
	__m256i own = _mm256_shuffle_epi8(by_low, _mm256_and_si256(text, _mm256_set1_epi8(15)));
	__m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(range, own), _mm256_setzero_si256());

	return (unsigned)_mm256_movemask_epi8(none);
}

/* A bit for each foreign one of the 32 characters. */
AVX2 static inline unsigned
foreign_at(const char *s)
{
	return foreign(_mm256_loadu_si256((const __m256i *)(const void *)s));
}

/* Notes where the bits of a block lie; how many places have been noted. */
static inline size_t
note(unsigned found, size_t block, size_t *ret_at, size_t count, size_t max)
{
	for (; found != 0 && count < max; found &= found - 1)
		ret_at[count++] = block + (size_t)__builtin_ctz(found);
	return count;
}

AVX2 size_t
b64url_avx2_strays(const char *s, size_t n, size_t *ret_at, size_t max)
{
	size_t count = 0, done = 0, last = n - 32;
	unsigned found;

	for (; done <= last; done += 32) {
		if ((found = foreign_at(s + done)) != 0 && (count = note(found, done, ret_at, count, max)) == max)
			return count;
	}
	/* What is left, in a block that reaches back over what has been seen. */
	if (done < n)
		count = note(foreign_at(s + last) >> (done - last) << (done - last), last, ret_at, count, max);
	return count;
}

/* Characters of the alphabet to their values: each range has its distance, and "_" lies in a range of another. */
AVX2 static inline __m256i
values_of(__m256i text)
{
	const __m256i distance = table(0, 0, 17, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
	__m256i low_line = _mm256_and_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('_')), _mm256_set1_epi8(33));
	__m256i add = _mm256_shuffle_epi8(distance, high_nibbles(text));

	return _mm256_add_epi8(_mm256_add_epi8(text, add), low_line);
}

/* 32 values of six bits to 24 bytes, in the lower part. */
AVX2 static inline __m256i
pack(__m256i values)
{
	const __m256i order = table(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	__m256i twelve = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
	__m256i twenty_four = _mm256_madd_epi16(twelve, _mm256_set1_epi32(0x00011000));

	return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(twenty_four, order), _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
}

/* Half a block, in the lower half; twelve bytes are stored, and no more. */
AVX2 static inline int
decode_half(uint8_t *out, const char *in)
{
	__m256i text = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)in));
	__m128i bytes;
	uint32_t last;

	if ((foreign(text) & 0xffff) != 0)
		return -1;
	bytes = _mm256_castsi256_si128(pack(values_of(text)));
	_mm_storel_epi64((__m128i *)(void *)out, bytes);
	last = (uint32_t)_mm_extract_epi32(bytes, 2);
	memcpy(out + 8, &last, sizeof(last));
	return 0;
}

/* Each block is stored as 32 bytes, of which 24 count: eleven characters more must follow, for which eight bytes are free. */
AVX2 size_t
b64url_avx2_decode(uint8_t *out, const char *in, size_t n)
{
	size_t done = 0;

	for (; n - done >= 32 + 11; done += 32, out += 24) {
		__m256i text = _mm256_loadu_si256((const __m256i *)(const void *)(in + done));

		if (foreign(text) != 0)
			return done;
		_mm256_storeu_si256((__m256i *)(void *)out, pack(values_of(text)));
	}
	for (; n - done >= 16 && decode_half(out, in + done) == 0; done += 16)
		out += 12;
	return done;
}

/* Two times twelve bytes to 32 values of six bits. */
AVX2 static inline __m256i
unpack(const uint8_t *first, const uint8_t *second)
{
	const __m256i order = table(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
	__m128i low = _mm_loadu_si128((const __m128i *)(const void *)first);
	__m128i high = _mm_loadu_si128((const __m128i *)(const void *)second);
	__m256i bytes = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), order);
	__m256i odd = _mm256_and_si256(bytes, _mm256_set1_epi32(0x0fc0fc00));
	__m256i even = _mm256_and_si256(bytes, _mm256_set1_epi32(0x003f03f0));

	return _mm256_or_si256(_mm256_mulhi_epu16(odd, _mm256_set1_epi32(0x04000040)),
	    _mm256_mullo_epi16(even, _mm256_set1_epi32(0x01000010)));
}

/* 0..25, 26..51, each of 52..61, 62 and 63 have places of their own in the table of distances. */
AVX2 static inline __m256i
characters_of(__m256i values)
{
	const __m256i distance = table(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -17, 32, 65, 0, 0);
	__m256i place = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
	__m256i upper = _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(26), values), _mm256_set1_epi8(13));

	return _mm256_add_epi8(values, _mm256_shuffle_epi8(distance, _mm256_or_si256(place, upper)));
}

/* 28 bytes are read for the 24 that count, and 16 for the last 12. */
AVX2 size_t
b64url_avx2_encode(char *out, const uint8_t *in, size_t n)
{
	size_t done = 0;

	for (; n - done >= 28; done += 24, out += 32)
		_mm256_storeu_si256((__m256i *)(void *)out, characters_of(unpack(in + done, in + done + 12)));
	for (; n - done >= 16; done += 12, out += 16)
		_mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(characters_of(unpack(in + done, in + done))));
	return done;
}

#endif
