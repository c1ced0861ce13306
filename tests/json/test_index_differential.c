/* SPDX-License-Identifier: MIT */
/*
 * The payload index against jansson on generated texts: seeded mutations of a corpus, every truncation and every bit flip of a
 * rich sample. SESS_CASES and SESS_SEED (environment) lengthen and vary the run; the seed is in each failure's message.
 */
#include <check.h>

#include "json/agree.h"
#include "support/runner.h"

#define CASES 200000
#define TEXT_MAX 2048

static const char *const seeds[] = {
	("{\"iss\":\"https://shop.example\",\"aud\":\"shop\",\"sub\":\"u-1\",\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"iat\":1700000000,"
	"\"exp\":1700003600,\"gen\":0,\"cart\":[1,2.5,-3e2,{\"a\":true,\"b\":null}],\"name\":\"J\xc3\xbcrgen \\u00e9 \\ud83d\\ude00\"}"),
	"{}", "{\"a\":1}", " { \"a\" : [ ] , \"b\" : { } } \n", "{\"a\":[[[[[[[[[[[[[[1]]]]]]]]]]]]]]}", "[1,2,{\"a\":3}]",
	"{\"a\":-0,\"b\":9223372036854775807,\"c\":-9223372036854775808,\"d\":1e307,\"e\":0.1E-400,\"f\":-1.5e+3}",
	"{\"a\":{\"b\":1,\"c\":{\"b\":2}},\"b\":[{\"a\":1},{\"a\":2}]}", "{\"\\u0061\":1,\"b\":2,\"\\u00e9\":3,\"\xc3\xa9x\":4}",
	"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uffff\",\"b\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}",
	"{\"a\":true,\"b\":false,\"c\":null,\"d\":\"\",\"\":0}", "{\"n\":[0,-1,0.0,1E5,1e-5,12345678901234567,0.123456789012345678]}", "{\"a\":1e308,\"b\":100e300}",
};

static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"", "\\", "\"a\":", "\"a\"", "{\"a\":1}", "[1]", ",\"a\":1",
	",\"\\u0061\":1", "\\u0000", "\\u0061", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\n", "true", "false", "null", "0", "-", "1e308",
	"1e400", "e99", ".5", "9223372036854775808", "000", " ", "\n", "\t", "\x01", "\x7f", "\x80", "\xc0\x80", "\xed\xa0\x80",
	"\xf4\x90\x80\x80", "\xef\xbb\xbf", "\xc3\xa9", "[[[[[[[[", "{\"b\":{\"c\":{\"d\":", "]]]]", "}}}}" };

static struct agree_room room;

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t
below(uint64_t *state, size_t n)
{
	return (size_t)(next_random(state) % n);
}

/* Replaces `cut` bytes at `at` by n bytes of p, where there is room. */
static size_t
splice(char *text, size_t len, size_t at, size_t cut, const char *p, size_t n)
{
	if (at + cut > len)
		cut = len - at;
	if (len - cut + n > TEXT_MAX)
		return len;
	memmove(text + at + n, text + at + cut, len - at - cut);
	memcpy(text + at, p, n);
	return len - cut + n;
}

static size_t
mutate(char *text, size_t len, uint64_t *state)
{
	size_t at = below(state, len + 1), n = below(state, 24);
	const char *piece = pieces[below(state, sizeof(pieces) / sizeof(pieces[0]))];
	const char *seed = seeds[below(state, sizeof(seeds) / sizeof(seeds[0]))];
	char copy[24], byte = below(state, 4) == 0 ? '\0' : (char)next_random(state);

	switch (below(state, 8)) {
	case 0: /* one bit */
		if (at < len)
			text[at] = (char)(text[at] ^ (char)(1 << below(state, 8)));
		return len;
	case 1: /* one byte */
		return splice(text, len, at, 1, &byte, 1);
	case 2:
		return splice(text, len, at, 0, piece, strlen(piece));
	case 3:
		return splice(text, len, at, n / 4 + 1, piece, strlen(piece));
	case 4:
		return splice(text, len, at, n / 3, "", 0);
	case 5: /* again what stands there */
		n = n > len - at ? len - at : n;
		memcpy(copy, text + at, n);
		return splice(text, len, below(state, len + 1), 0, copy, n);
	case 6: /* another document, as a value would stand */
		while (at < len && text[at] != ':')
			at++;
		return splice(text, len, at == len ? at : at + 1, n / 8, seed, strlen(seed));
	default: /* the same byte more often */
		if (at == len)
			return len;
		memset(copy, text[at], n);
		return splice(text, len, at, 0, copy, n);
	}
}

/* Most cases keep what holds a document together: a few mutations only. */
static size_t
generate(char *text, uint64_t *state)
{
	const char *seed = seeds[below(state, sizeof(seeds) / sizeof(seeds[0]))];
	size_t len = strlen(seed), times = below(state, 4);

	memcpy(text, seed, len);
	for (size_t i = 0; i < times; i++)
		len = mutate(text, len, state);
	return len;
}

static unsigned long long
setting(const char *name, unsigned long long otherwise)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? strtoull(value, NULL, 0) : otherwise;
}

START_TEST(mutations)
{
	static const struct json_limits wide = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX }, narrow = { 3, 4 };
	unsigned long long cases = setting("SESS_CASES", CASES), seed = setting("SESS_SEED", 20240229);
	unsigned long long count[AGREE_KINDS] = { 0 };
	uint64_t state = seed;
	char text[TEXT_MAX];

	for (unsigned long long i = 0; i < cases; i++) {
		size_t len = generate(text, &state);
		enum agree verdict = agree_judge(text, len, i % 8 == 0 ? &narrow : &wide, &room);

		ck_assert_msg(verdict != AGREE_BROKEN, "seed %llu, case %llu: %s: %.*s", seed, i, room.why, (int)len, text);
		count[verdict]++;
	}
	/* The generator must reach each verdict, or it proves little. */
	for (int kind = AGREE_ACCEPTED; kind < AGREE_KINDS && cases >= CASES; kind++)
		ck_assert_msg(count[kind] >= 20, "%s: only %llu of %llu cases", agree_names[kind], count[kind], cases);
	ck_assert_msg(cases < CASES || count[AGREE_ACCEPTED] > cases / 10, "only %llu accepted", count[AGREE_ACCEPTED]);
}
END_TEST

static void
judge_all_near(const char *sample, const struct json_limits *limits)
{
	size_t len = strlen(sample);
	char text[TEXT_MAX];

	ck_assert_uint_le(len, sizeof(text));
	ck_assert_msg(agree_judge(sample, len, limits, &room) != AGREE_BROKEN, "the sample: %s", room.why);
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(agree_judge(sample, n, limits, &room) != AGREE_BROKEN, "cut at %zu: %s", n, room.why);
	memcpy(text, sample, len);
	for (size_t bit = 0; bit < len * 8; bit++) {
		text[bit / 8] = (char)(text[bit / 8] ^ (char)(1 << bit % 8));
		ck_assert_msg(agree_judge(text, len, limits, &room) != AGREE_BROKEN, "bit %zu: %s", bit, room.why);
		text[bit / 8] = sample[bit / 8];
	}
}

START_TEST(cuts_and_flips)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };

	judge_all_near(seeds[_i], &limits);
}
END_TEST

/* A proper object cut anywhere is never accepted. */
START_TEST(cuts_are_refused)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
	size_t len = strlen(seeds[0]);

	ck_assert_int_eq(agree_judge(seeds[0], len, &limits, &room), AGREE_ACCEPTED);
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(agree_judge(seeds[0], n, &limits, &room) == AGREE_REFUSED, "cut at %zu", n);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("json/index against jansson");
	TCase *tc = tcase_create("differential");

	/* A long run is asked for by SESS_CASES; valgrind is slow. */
	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, mutations);
	tcase_add_loop_test(tc, cuts_and_flips, 0, (int)(sizeof(seeds) / sizeof(seeds[0])));
	tcase_add_test(tc, cuts_are_refused);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
