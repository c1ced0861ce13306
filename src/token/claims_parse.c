/* SPDX-License-Identifier: MIT */
/*
 * L4: a payload's index and its claims. Mint writes the library's own claims first, in one order and spelling; where they stand so,
 * they are matched as text and put into the index, and the pass begins behind them. Whatever stands otherwise takes the general way
 * from its start, which alone says what is wrong: both come to the same index and the same claims.
 */
#include <string.h>

#include "base/b64url.h"
#include "json/text.h"
#include "ring/ring.h"
#include "token/claim_names.h"
#include "token/claims.h"

#define TIME_LEN 10		       /* digits, from 2001 to 2286 */
#define ID_LEN (8 + CLAIMS_ID_LEN + 1) /* `,"sid":"…"` */
#define SHORT_LEN (7 + TIME_LEN)       /* `,"iat":…` */
#define AUTH_TIME_LEN (13 + TIME_LEN)
#define GEN_LEN (7 + 1) /* at least */
/* What stands behind the last string, without what may be missing. */
#define LAST_LEN (SHORT_LEN + AUTH_TIME_LEN + GEN_LEN)
#define FIXED_LEN (2 * ID_LEN + SHORT_LEN + LAST_LEN)

/* What is written before a value, as a number: `,"iat":` and one byte more. */
#define WORD(a, b, c, d, e, f, g, h) \
	((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | \
	    (uint64_t)(g) << 48 | (uint64_t)(h) << 56)
#define LEAD(a, b, c, last) WORD(',', '"', a, b, c, '"', ':', last)
#define FIRST ((uint64_t)('{' ^ ',')) /* what opens the object, in place of a comma */

struct reading {
	const char *text, *p, *end;
	struct json_member *next;
	size_t strings;
};

/* The string whose name and opening quote have been matched at r->p; NULL where it is empty, or not followed by enough. */
static const struct json_member *
read_string(struct reading *r, uint32_t hash)
{
	uint32_t off = (uint32_t)(r->p - r->text);
	const char *value = r->p + 7, *close = NULL;
	struct json_member *m = r->next++;
	int escaped = 0;

	if (text_scan_string(value + 1, r->end, &close, &escaped) != JSON_F_NONE || close == value + 1 ||
	    r->end - close < 1 + FIXED_LEN)
		return NULL;
	*m = (struct json_member){ off + 2, 3, off + 7, (uint32_t)(close + 1 - value), hash, JSON_T_STRING, 0, (uint8_t)escaped };
	r->strings += (size_t)(close - value);
	r->p = close + 1;
	return m;
}

/* Those of iss, aud and sub that are there, to before `sid`. */
static int
read_names(struct reading *r, struct claims *c)
{
	static const struct {
		uint64_t lead;
		uint32_t hash;
	} names[] = { { LEAD('i', 's', 's', '"'), CLAIM_HASH('i', 's', 's') }, { LEAD('a', 'u', 'd', '"'), CLAIM_HASH('a', 'u', 'd') },
		{ LEAD('s', 'u', 'b', '"'), CLAIM_HASH('s', 'u', 'b') } };
	const struct json_member *found[3] = { NULL, NULL, NULL };
	uint64_t lead = text_word(r->p) ^ FIRST;

	for (size_t i = 0; i < 3; i++) {
		if (lead != names[i].lead)
			continue;
		if ((found[i] = read_string(r, names[i].hash)) == NULL)
			return -1;
		lead = text_word(r->p);
	}
	c->iss = found[0];
	c->aud = found[1];
	c->sub = found[2];
	return lead == LEAD('s', 'i', 'd', '"') ? 0 : -1;
}

#ifdef TEXT_SSE2

/* Of each of 16 bytes, all bits where it is of the alphabet. */
static inline __m128i
alphabet(const char *p)
{
	__m128i text = _mm_loadu_si128((const __m128i *)(const void *)p), lower = _mm_or_si128(text, _mm_set1_epi8(0x20));
	__m128i letter = _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)), _mm_cmplt_epi8(lower, _mm_set1_epi8('z' + 1)));
	__m128i digit = _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8('0' - 1)), _mm_cmplt_epi8(text, _mm_set1_epi8('9' + 1)));
	__m128i other = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('-')), _mm_cmpeq_epi8(text, _mm_set1_epi8('_')));

	return _mm_or_si128(_mm_or_si128(letter, digit), other);
}

/* Whether 22 characters are the one spelling of 16 bytes: the last four bits stand for nothing. */
static inline int
is_id(const char *p)
{
	char last = p[CLAIMS_ID_LEN - 1];

	return _mm_movemask_epi8(_mm_and_si128(alphabet(p), alphabet(p + CLAIMS_ID_LEN - 16))) == 0xffff &&
	    (last == 'A' || last == 'Q' || last == 'g' || last == 'w');
}

#else

static inline int
is_id(const char *p)
{
	uint8_t bytes[CLAIMS_ID_BYTES];

	return b64url_decode(bytes, p, CLAIMS_ID_LEN) == 0;
}

#endif

/* What the short way finds behind the names, as members; offsets count from the first of each row of them. */
#define ID(at, hash) { (at) + 2, 3, (at) + 7, CLAIMS_ID_LEN + 2, hash, JSON_T_STRING, 0, 0 }
#define NUMBER(at, name_len, hash) { (at) + 2, name_len, (at) + (name_len) + 4, TIME_LEN, hash, JSON_T_INT, 0, 0 }
static const struct json_member ids_and_iat[3] = { ID(0, CLAIM_HASH('s', 'i', 'd')), ID(ID_LEN, CLAIM_HASH('j', 't', 'i')),
	NUMBER(2 * ID_LEN, 3, CLAIM_HASH('i', 'a', 't')) };
static const struct json_member nbf[1] = { NUMBER(0, 3, CLAIM_HASH('n', 'b', 'f')) };
static const struct json_member exp_to_gen[3] = { NUMBER(0, 3, CLAIM_HASH('e', 'x', 'p')), NUMBER(SHORT_LEN, 9, CLAIM_HASH_AUTH_TIME),
	NUMBER(SHORT_LEN + AUTH_TIME_LEN, 3, CLAIM_HASH('g', 'e', 'n')) };

static inline void
note(struct reading *r, const struct json_member *row, size_t count)
{
	uint32_t off = (uint32_t)(r->p - r->text);

	for (size_t i = 0; i < count; i++) {
		r->next[i] = row[i];
		r->next[i].name_off += off;
		r->next[i].value_off += off;
	}
	r->next += count;
}

static inline int
read_id(const char *p, char ret[CLAIMS_ID_LEN + 1])
{
	if (!is_id(p) || p[CLAIMS_ID_LEN] != '"')
		return -1;
	memcpy(ret, p, CLAIMS_ID_LEN);
	ret[CLAIMS_ID_LEN] = '\0';
	return 0;
}

/* Where the number is longer, nothing matches behind it. */
static inline int
read_time(const char *p, int64_t *ret)
{
	uint64_t low = text_word(p + 2);
	unsigned first = (unsigned)(uint8_t)p[0] - '1', second = (unsigned)(uint8_t)p[1] - '0';

	if (first > 8 || second > 9 || !text_are_digits(low))
		return -1;
	*ret = (int64_t)(((first + 1) * 10 + second) * UINT64_C(100000000) + text_eight_digits(low));
	return 0;
}

/* Whether `,"xyz":` stands at p. */
static inline int
leads(const char *p, uint64_t lead)
{
	return text_word(p) << 8 == lead << 8;
}

static inline int
leads_auth_time(const char *p)
{
	return text_word(p) == WORD(',', '"', 'a', 'u', 't', 'h', '_', 't') && text_word(p + 5) == WORD('h', '_', 't', 'i', 'm', 'e', '"', ':');
}

/* How many digits, or 0. */
static inline size_t
read_gen(const char *p, const char *end, int64_t *ret)
{
	size_t n = (size_t)(text_skip_digits(p, end) - p);
	int64_t value = 0;

	if (n > TIME_LEN || (*p == '0' && n > 1))
		return 0;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (p[i] - '0');
	*ret = value;
	return value > CLAIMS_GEN_MAX ? 0 : n;
}

/* sid, jti and iat, `,"sid":"` being matched already; FIXED_LEN bytes stand from there on. */
static inline int
read_first(struct reading *r, struct claims *c)
{
	const char *p = r->p;

	if (read_id(p + 8, c->sid) != 0 || text_word(p + ID_LEN) != LEAD('j', 't', 'i', '"') || read_id(p + ID_LEN + 8, c->jti) != 0 ||
	    !leads(p + 2 * ID_LEN, LEAD('i', 'a', 't', 0)) || read_time(p + 2 * ID_LEN + 7, &c->iat) != 0)
		return -1;
	note(r, ids_and_iat, 3);
	r->strings += 2 * (CLAIMS_ID_LEN + 1);
	r->p = p + 2 * ID_LEN + SHORT_LEN;
	return 0;
}

static inline int
read_nbf(struct reading *r, struct claims *c)
{
	c->nbf = TIME_NONE;
	if (!leads(r->p, LEAD('n', 'b', 'f', 0)))
		return 0;
	if (r->end - r->p < SHORT_LEN + LAST_LEN || read_time(r->p + 7, &c->nbf) != 0)
		return -1;
	note(r, nbf, 1);
	r->p += SHORT_LEN;
	return 0;
}

/* exp, auth_time and gen. */
static inline int
read_last(struct reading *r, struct claims *c)
{
	const char *auth_time = r->p + SHORT_LEN, *gen = auth_time + AUTH_TIME_LEN;
	size_t n;

	if (!leads(r->p, LEAD('e', 'x', 'p', 0)) || read_time(r->p + 7, &c->exp) != 0 || !leads_auth_time(auth_time) ||
	    read_time(auth_time + 13, &c->auth_time) != 0 || !leads(gen, LEAD('g', 'e', 'n', 0)) ||
	    (n = read_gen(gen + 7, r->end, &c->gen)) == 0)
		return -1;
	note(r, exp_to_gen, 3);
	r->next[-1].value_len = (uint32_t)n;
	r->p = gen + 7 + n;
	return 0;
}

/* What may stand among the caller's members: the last claims that mint writes, which are also the last that the general way reads. All
 * others stand before them, or nothing is said. */
static int
read_rest(const char *text, const struct json_index *index, size_t begun, struct claims *c, const char **ret_member, const char **ret_why)
{
	struct claim_members own;

	claim_members_find(text, index, &own);
	for (enum claim claim = CLAIM_ISS; claim < CLAIM_COUNT; claim++) {
		if (claim != CLAIM_CTX && claim != CLAIM_END && claim != CLAIM_PER && own.at[claim] >= &index->member[begun])
			return CLAIMS_UNSAID;
	}
	return claims_read_last(text, &own, c, ret_member, ret_why);
}

int
claims_parse_written(const char *text, size_t len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index, struct claims *ret, const char **ret_member, const char **ret_why)
{
	struct reading r = { text, text, text + len, ret_index->member, 0 };
	struct json_begun begun;

	if (len < FIXED_LEN || len > UINT32_MAX / 2 || read_names(&r, ret) != 0 || read_first(&r, ret) != 0 || read_nbf(&r, ret) != 0 ||
	    read_last(&r, ret) != 0 || ret->auth_time > ret->iat || ret->iat >= ret->exp)
		return CLAIMS_UNSAID;
	begun.count = (size_t)(r.next - ret_index->member);
	begun.end_off = (size_t)(r.p - text);
	begun.strings = r.strings;
	begun.watched = claim_names_all;
	if (json_index_resume(text, len, limits, scratch, &begun, ret_index) != 0)
		return CLAIMS_UNSAID;
	ret->end = TIME_NONE;
	ret->context_count = 0;
	ret->persistent = 0;
	return ret_index->is_met ? read_rest(text, ret_index, begun.count, ret, ret_member, ret_why) : 0;
}

int
claims_parse(const char *text, size_t len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index, struct claims *ret, const char **ret_member, const char **ret_why)
{
	int rc = claims_parse_written(text, len, limits, scratch, ret_index, ret, ret_member, ret_why);

	return rc != CLAIMS_UNSAID ? rc : claims_parse_any(text, len, limits, scratch, ret_index, ret, ret_member, ret_why);
}

int
claims_parse_any(const char *text, size_t len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index, struct claims *ret, const char **ret_member, const char **ret_why)
{
	if (json_index_build(text, len, limits, scratch, ret_index) != 0) {
		*ret_member = NULL;
		*ret_why = json_fault_sentence(ret_index->fault);
		return SESS_ERR_REJECTED;
	}
	return claims_read(text, ret_index, ret, ret_member, ret_why);
}
