/* SPDX-License-Identifier: MIT */
/*
 * The short way to a payload's claims against the general one: which payloads take it, and that on all that is near them, and on
 * seeded mutations, both come to the same. SESS_CASES and SESS_SEED (environment) lengthen and vary the run.
 */
#include <check.h>
#include <stdio.h>

#include "support/runner.h"
#include "token/claim_names.h"
#include "token/claims_agree.h"

#define CASES 60000
#define TEXT_MAX 2048
#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

#define SID "\"sid\":\"AAECAwQFBgcICQoLDA0ODw\""
#define JTI "\"jti\":\"8PHy8_T19vf4-fr7_P3-_w\""
#define IDS SID "," JTI
#define IAT "\"iat\":1700000000"
#define NBF "\"nbf\":1700000007"
#define EXP "\"exp\":1700003600"
#define AUTH "\"auth_time\":1699999999"
#define TIMES IAT "," EXP "," AUTH
#define ALL IDS "," TIMES ",\"gen\":0"
#define CTX "\"ctx\":{\"tls\":\"AAECAwQFBgcICQoL\",\"ua\":\"_-7d3Ku6qZiHdmVU\"}"

static const struct json_limits wide = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX }, narrow = { 2, 11 };

static const struct {
	const char *name, *text;
	enum claims_agree way;
} rows[] = {
	{ "nothing but what must be there", "{" ALL "}", CLAIMS_SHORT },
	{ "a session", "{\"sub\":\"u-1\"," ALL ",\"name\":\"Ada Lovelace\",\"roles\":[\"a\",\"b\"],\"cart\":{\"n\":2,\"t\":129.95},\"tenant\":4711}",
	    CLAIMS_SHORT },
	{ "all names", "{\"iss\":\"https://a.example\",\"aud\":\"shop\",\"sub\":\"u\"," IDS "," IAT "," NBF "," EXP "," AUTH
	    ",\"gen\":2147483647,\"end\":1700009999," CTX ",\"per\":true,\"x\":1}", CLAIMS_SHORT },
	{ "iss alone", "{\"iss\":\"a\"," ALL ",\"x\":\"\"}", CLAIMS_SHORT },
	{ "aud and sub", "{\"aud\":\"a\",\"sub\":\"J\xc3\xbcrgen\"," ALL ",\"x\":\"\"}", CLAIMS_SHORT },
	{ "iss and sub", "{\"iss\":\"a\",\"sub\":\"\\u00e9\\\"\"," ALL ",\"x\":null}", CLAIMS_SHORT },
	{ "nbf", "{" IDS "," IAT "," NBF "," EXP "," AUTH ",\"gen\":41}", CLAIMS_SHORT },
	{ "end", "{" ALL ",\"end\":1700009999}", CLAIMS_SHORT },
	{ "ctx", "{" ALL "," CTX ",\"x\":{\"iss\":1}}", CLAIMS_SHORT },
	{ "per", "{" ALL ",\"x\":[],\"per\":false}", CLAIMS_SHORT },
	{ "space behind the claims", "{" ALL " , \"x\" : 1 } \n", CLAIMS_SHORT },
	{ "a member that only begins as a claim does", "{" ALL ",\"issue\":1,\"en\":2,\"\":3}", CLAIMS_SHORT },
	{ "space before the claims", " {" ALL "}", CLAIMS_GENERAL },
	{ "space between the claims", "{" SID ", " JTI "," TIMES ",\"gen\":0}", CLAIMS_GENERAL },
	{ "another order", "{" JTI "," SID "," TIMES ",\"gen\":0}", CLAIMS_GENERAL },
	{ "the caller's first", "{\"x\":1," ALL "}", CLAIMS_GENERAL },
	{ "sub behind the others", "{" ALL ",\"sub\":\"u\"}", CLAIMS_GENERAL },
	{ "nbf behind the others", "{" ALL ",\"nbf\":1700000000}", CLAIMS_GENERAL },
	{ "aud of many", "{\"aud\":[\"a\",\"b\"]," ALL "}", CLAIMS_GENERAL },
	{ "an escape in a name", "{\"s\\u0069d\":\"AAECAwQFBgcICQoLDA0ODw\"," JTI "," TIMES ",\"gen\":0}", CLAIMS_GENERAL },
	{ "an escape in an id", "{\"sid\":\"\\u0041AECAwQFBgcICQoLDA0ODw\"," JTI "," TIMES ",\"gen\":0}", CLAIMS_GENERAL },
	{ "a short time", "{" IDS ",\"iat\":999999999," EXP ",\"auth_time\":5,\"gen\":0,\"xxxxxxxxxxxxxxxx\":0}", CLAIMS_GENERAL },
	{ "a long time", "{" IDS "," IAT ",\"exp\":17000036000," AUTH ",\"gen\":0}", CLAIMS_GENERAL },
	{ "an empty iss", "{\"iss\":\"\"," ALL "}", CLAIMS_GENERAL },
	{ "an empty sub", "{\"sub\":\"\"," ALL "}", CLAIMS_REFUSED },
	{ "a time that begins with 0", "{" IDS ",\"iat\":0700000000," EXP "," AUTH ",\"gen\":0}", CLAIMS_REFUSED },
	{ "a time with a fraction", "{" IDS "," IAT ".5," EXP "," AUTH ",\"gen\":0}", CLAIMS_REFUSED },
	{ "gen with a fraction", "{" IDS "," TIMES ",\"gen\":0.0}", CLAIMS_REFUSED },
	{ "gen with an exponent", "{" IDS "," TIMES ",\"gen\":1e1}", CLAIMS_REFUSED },
	{ "gen too large", "{" IDS "," TIMES ",\"gen\":2147483648}", CLAIMS_REFUSED },
	{ "gen too long", "{" IDS "," TIMES ",\"gen\":21474836470}", CLAIMS_REFUSED },
	{ "gen that begins with 0", "{" IDS "," TIMES ",\"gen\":00}", CLAIMS_REFUSED },
	{ "gen and nothing", "{" IDS "," TIMES ",\"gen\":0", CLAIMS_REFUSED },
	{ "an id that is not canonical", "{\"sid\":\"AAECAwQFBgcICQoLDA0ODx\"," JTI "," TIMES ",\"gen\":0}", CLAIMS_REFUSED },
	{ "an id of another alphabet", "{\"sid\":\"AAECAwQFBgcICQoLDA0+Dw\"," JTI "," TIMES ",\"gen\":0}", CLAIMS_REFUSED },
	{ "sid again", "{" ALL ",\"sid\":\"AAECAwQFBgcICQoLDA0ODw\"}", CLAIMS_REFUSED },
	{ "auth_time again, escaped", "{" ALL ",\"auth\\u005ftime\":1}", CLAIMS_REFUSED },
	{ "iat again, deep is no harm", "{" ALL ",\"x\":{\"iat\":1,\"sid\":2}}", CLAIMS_SHORT },
	{ "aud that is a number", "{" ALL ",\"aud\":7}", CLAIMS_REFUSED },
	{ "end that is no time", "{" ALL ",\"end\":\"never\"}", CLAIMS_REFUSED },
	{ "ctx of numbers", "{" ALL ",\"ctx\":{\"tls\":1}}", CLAIMS_REFUSED },
	{ "per that is a number", "{" ALL ",\"per\":1}", CLAIMS_REFUSED },
	{ "auth_time after iat", "{" IDS "," IAT "," EXP ",\"auth_time\":1700000001,\"gen\":0}", CLAIMS_REFUSED },
	{ "exp at iat", "{" IDS "," IAT ",\"exp\":1700000000," AUTH ",\"gen\":0}", CLAIMS_REFUSED },
	{ "UTF-8 that is broken", "{\"sub\":\"\xed\xa0\x80\"," ALL "}", CLAIMS_REFUSED },
	{ "text behind the object", "{" ALL "}}", CLAIMS_REFUSED },
};

static const char *const pieces[] = { "\"", "\\", ",", ":", "{", "}", "[", "]", " ", "0", "9", "-", ".", "e", "1700000000", "\\u0069",
	"true", "null", ",\"sid\":1", ",\"auth_time\":1700000000", ",\"x\":1", ",\"nbf\":1700000000", ",\"end\":1700009999", "," CTX, ",\"per\":true",
	"\"iss\":\"a\",", "\"aud\":\"b\",", "\"sub\":\"c\",", ALL, ",\"e\\u006ed\":1", "\xc3\xa9", "\xc3", "=", "+", "_" };

static struct claims_room room;

START_TEST(each_way)
{
	enum claims_agree way = claims_judge(rows[_i].text, strlen(rows[_i].text), &wide, &room);

	ck_assert_msg(way != CLAIMS_BROKEN, "%s: %s", rows[_i].name, room.why);
	ck_assert_msg(way == rows[_i].way, "%s: %s, not %s", rows[_i].name, claims_agree_names[way], claims_agree_names[rows[_i].way]);
}
END_TEST

/* Each byte of each row by others: all of them in the first, many where the short way is taken; cut and narrowed everywhere. */
START_TEST(all_near)
{
	static const char some[] = "\"\\,:{}[] 0159-.eAQgwzZ_+=/\x01\x7f\x80\xc3\xff";
	const char *row = rows[_i].text;
	size_t len = strlen(row), values = _i == 0 ? 256 : rows[_i].way == CLAIMS_SHORT ? sizeof(some) : 6;
	char text[TEXT_MAX];

	ck_assert_uint_le(len, sizeof(text));
	memcpy(text, row, len);
	for (size_t n = 0; n <= len; n++)
		ck_assert_msg(claims_judge(text, n, &wide, &room) != CLAIMS_BROKEN, "%s cut at %zu: %s", rows[_i].name, n, room.why);
	for (size_t n = 1; n <= 60; n++) {
		const struct json_limits limits = { n % 3 + 1, n / 3 + 1 };

		ck_assert_msg(claims_judge(text, len, &limits, &room) != CLAIMS_BROKEN, "%s with %zu members: %s", rows[_i].name,
		    limits.max_members, room.why);
	}
	for (size_t at = 0; at < len; at++) {
		for (size_t i = 0; i < values; i++) {
			text[at] = _i == 0 ? (char)i : some[i];
			ck_assert_msg(claims_judge(text, len, &wide, &room) != CLAIMS_BROKEN, "%s, byte %zu is %d: %s", rows[_i].name, at,
			    text[at], room.why);
		}
		text[at] = row[at];
	}
}
END_TEST

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

/* Replaces `cut` bytes at `at` by a piece, where there is room. */
static size_t
splice(char *text, size_t len, size_t at, size_t cut, const char *piece)
{
	size_t n = strlen(piece);

	if (at + cut > len)
		cut = len - at;
	if (len - cut + n > TEXT_MAX)
		return len;
	memmove(text + at + n, text + at + cut, len - at - cut);
	memcpy(text + at, piece, n);
	return len - cut + n;
}

/* A place between two members, more often than not, and often behind the claims. */
static size_t
any_place(const char *text, size_t len, uint64_t *state)
{
	size_t from = below(state, 2) == 0 ? 0 : len - len / 4, at = from + below(state, len + 1 - from);

	if (below(state, 4) == 0)
		return at;
	while (at < len && text[at] != ',' && text[at] != '}')
		at++;
	return at;
}

static size_t
mutate(char *text, size_t len, uint64_t *state)
{
	size_t at = any_place(text, len, state), cut = below(state, 4) == 0 ? below(state, 30) : 0;

	return splice(text, len, at, cut, pieces[below(state, sizeof(pieces) / sizeof(pieces[0]))]);
}

static unsigned long long
setting(const char *name, unsigned long long otherwise)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? strtoull(value, NULL, 0) : otherwise;
}

START_TEST(mutations)
{
	unsigned long long cases = setting("SESS_CASES", CASES), seed = setting("SESS_SEED", 20261125), count[CLAIMS_KINDS] = { 0 };
	uint64_t state = seed;
	char text[TEXT_MAX];

	for (unsigned long long i = 0; i < cases; i++) {
		const char *row = rows[below(&state, (size_t)ROWS(rows))].text;
		size_t len = strlen(row), times = below(&state, 4);
		enum claims_agree way;

		memcpy(text, row, len);
		for (size_t k = 0; k < times; k++)
			len = mutate(text, len, &state);
		way = claims_judge(text, len, i % 8 == 0 ? &narrow : &wide, &room);
		ck_assert_msg(way != CLAIMS_BROKEN, "seed %llu, case %llu: %s: %.*s", seed, i, room.why, (int)len, text);
		count[way]++;
	}
	/* The generator must reach each verdict, or it proves little. */
	for (int way = CLAIMS_SHORT; way < CLAIMS_KINDS && cases >= CASES; way++)
		ck_assert_msg(count[way] >= cases / 100, "%s: only %llu of %llu cases", claims_agree_names[way], count[way], cases);
}
END_TEST

#define ITEM(unused, hash) hash,

/* The hashes and the set of bits are those of the names. */
START_TEST(hashes)
{
	static const uint32_t hashed[] = { CLAIM_HASHES(ITEM, ) };

	ck_assert_int_eq(ROWS(hashed), CLAIM_COUNT);
	for (enum claim claim = CLAIM_ISS; claim < CLAIM_COUNT; claim++) {
		const char *name = claim_name(claim);

		ck_assert_msg(hashed[claim] == name_hash(name, strlen(name), 0), "%s", name);
		ck_assert_msg(names_hold(&claim_names_all, hashed[claim]), "%s", name);
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("claims_parse");
	TCase *tc = tcase_create("both ways");

	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, hashes);
	tcase_add_loop_test(tc, each_way, 0, ROWS(rows));
	tcase_add_loop_test(tc, all_near, 0, ROWS(rows));
	tcase_add_test(tc, mutations);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
