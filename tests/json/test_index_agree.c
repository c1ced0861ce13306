/* SPDX-License-Identifier: MIT */
/*
 * The payload index against jansson: texts of a seeded generator, mutated, and every truncation and every changed byte of a rich
 * sample. Layer json. What counts as agreement is said in agree.h, and planted disagreements must be seen.
 */
#include "json/agree.h"

#include "support/runner.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROOM 2048
#define CASES 60000

static const struct json_limits wide = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX }, narrow = { 3, 4 };
static struct agree_room room;

static const char rich[] = "{\"iss\":\"https://a.example\",\"\\u0061ud\":[\"b\",\"\\ud83d\\ude00\\n\"],\"exp\":1700000000, \"x\":{\"a\":-0,"
			   "\"b\":[1.5e-3,9223372036854775807,{}],\"c\":null,\"\xc3\xa9\":true},\"r\":-12.25E+10,\"f\":false,\"\":\"\xe2\x82\xac\"}";

static const char *const tokens[] = { "{", "}", "[", "]", ",", ":", "\"", "\\", "\"a\"", "\"b\":", "\"\\u0061\":", "\"a\":1,", "{\"a\":{}}",
	"[[[]]]", "true", "false", "null", "0", "-0", "-", "1", "12", ".5", "1.", "e", "E+", "1e307", "1e308", "1e309", "1e400", "1e-400",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "\\u0000", "\\ud800", "\\udc00",
	"\\ud83d\\ude00", "\\n", "\\/", "\\x", "\xc3\xa9", "\xc0\x80", "\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xf4\x90\x80\x80", "\xff", "\x01",
	"\x7f", " ", "\n", "\t", "\xef\xbb\xbf", "\"costarring\":1,\"liquid\":2,", "\"\":0," };

struct text {
	char bytes[ROOM];
	size_t len;
};

static uint64_t state;

/* xorshift64*: the same texts on every machine. */
static size_t
pick(size_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (size_t)((state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static void
add(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->len + n <= ROOM) {
		memcpy(t->bytes + t->len, s, n);
		t->len += n;
	}
}

static void
add_string(struct text *t)
{
	static const char *const parts[] = { "a", "b", "c", "d", "e", "f", "\\u0061", "\\n", "\\\"", "\\ud83d\\ude00", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", "\\/", "\\u00e9" };

	add(t, "\"");
	for (size_t n = pick(4); n > 0; n--)
		add(t, parts[pick(COUNT(parts))]);
	add(t, "\"");
}

static void
add_value(struct text *t, int depth)
{
	static const char *const scalars[] = { "0", "-0", "17", "-9223372036854775808", "1.5", "0.1e-7", "1E3", "-2e307", "1e308", "true", "false",
		"null", "123456789012" };
	size_t kind = pick(depth > 0 ? 4 : 2);

	if (kind == 0)
		add_string(t);
	else if (kind == 1)
		add(t, scalars[pick(COUNT(scalars))]);
	for (size_t n = kind >= 2 ? pick(6) : 0, i = 0; i < n; i++) {
		add(t, i > 0 ? "," : kind == 2 ? "[" : "{");
		if (kind == 3) {
			add_string(t);
			add(t, pick(8) == 0 ? " : " : ":");
		}
		add_value(t, depth - 1);
		if (i + 1 == n)
			add(t, kind == 2 ? "]" : "}");
	}
	if (kind >= 2 && t->len > 0 && strchr(":,[{", t->bytes[t->len - 1]) != NULL)
		add(t, "{}");
}

static void
replace(struct text *t, size_t at, size_t removed, const char *p, size_t n)
{
	if (t->len - removed + n > ROOM)
		return;
	memmove(t->bytes + at + n, t->bytes + at + removed, t->len - at - removed);
	memcpy(t->bytes + at, p, n);
	t->len = t->len - removed + n;
}

static void
mutate(struct text *t)
{
	size_t at = pick(t->len + 1), span = pick(12), from = pick(t->len + 1);
	const char *token = tokens[pick(COUNT(tokens))];
	char copy[12];

	if (span > t->len - at)
		span = t->len - at;
	switch (pick(5)) {
	case 0:
		replace(t, at, span > 0, token, strlen(token));
		break;
	case 1:
		replace(t, at, span, "", 0);
		break;
	case 2:
		memcpy(copy, t->bytes + at, span);
		replace(t, from, 0, copy, span);
		break;
	case 3:
		if (at < t->len)
			t->bytes[at] = (char)(t->bytes[at] ^ (1 << pick(8)));
		break;
	default:
		replace(t, at, 0, token, strlen(token));
		break;
	}
}

static void
generate(struct text *t)
{
	t->len = 0;
	if (pick(4) == 0) {
		add(t, rich);
	} else {
		add(t, "{\"k\":");
		add_value(t, 5);
		for (size_t n = pick(5); n > 0; n--) {
			add(t, ",");
			add_string(t);
			add(t, ":");
			add_value(t, 3);
		}
		add(t, "}");
	}
	/* A third stays as it is; an inner value alone is no object. */
	for (size_t n = pick(3) == 0 ? 0 : pick(4); n > 0; n--)
		mutate(t);
	if (pick(50) == 0) {
		replace(t, 0, 0, "[", 1);
		add(t, "]");
	}
}

START_TEST(test_generated)
{
	struct text t;
	size_t seen[AGREE_KINDS] = { 0 };

	state = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(_i + 1);
	for (int i = 0; i < CASES; i++) {
		enum agree verdict;

		generate(&t);
		verdict = agree_judge(t.bytes, t.len, i % 2 == 0 ? &wide : &narrow, &room);
		ck_assert_msg(verdict != AGREE_BROKEN, "seed %d, case %d: %s: %.*s", _i, i, room.why, (int)t.len, t.bytes);
		seen[verdict]++;
	}
	/* A generator that no longer reaches one of the outcomes proves nothing about it. */
	for (int kind = AGREE_ACCEPTED; kind < AGREE_KINDS; kind++)
		ck_assert_msg(seen[kind] >= CASES / 500, "seed %d: only %zu %s", _i, seen[kind], agree_names[kind]);
}
END_TEST

START_TEST(test_truncated)
{
	size_t len = sizeof(rich) - 1;

	ck_assert_msg(agree_judge(rich, len, &wide, &room) == AGREE_ACCEPTED, "%s", room.why);
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(agree_judge(rich, n, &wide, &room) == AGREE_REFUSED, "cut to %zu: %s", n, room.why);
}
END_TEST

/* All 255 other values of each byte: the single bits are among them. */
START_TEST(test_changed)
{
	char text[sizeof(rich)];
	size_t refused = 0;

	memcpy(text, rich, sizeof(rich));
	for (size_t at = 0; at + 1 < sizeof(rich); at++) {
		for (int c = 1; c < 256; c++) {
			enum agree verdict;

			text[at] = (char)(rich[at] ^ c);
			verdict = agree_judge(text, sizeof(rich) - 1, &wide, &room);
			ck_assert_msg(verdict != AGREE_BROKEN, "byte %zu ^ %d: %s", at, c, room.why);
			refused += verdict == AGREE_REFUSED;
		}
		text[at] = rich[at];
	}
	ck_assert_uint_gt(refused, sizeof(rich) * 100);
}
END_TEST

static const struct plant {
	const char *name, *text, *other;
} plants[] = {
	{ "an integer", "{\"a\":1}", "{\"a\":2}" },
	{ "a type", "{\"a\":1}", "{\"a\":1.0}" },
	{ "a string", "{\"a\":\"x\"}", "{\"a\":\"y\"}" },
	{ "a name", "{\"a\":1}", "{\"b\":1}" },
	{ "one more member", "{\"a\":1}", "{\"a\":1,\"b\":2}" },
	{ "one less member", "{\"a\":1,\"b\":2}", "{\"a\":1}" },
	{ "a nested value", "{\"a\":[{\"b\":true}]}", "{\"a\":[{\"b\":false}]}" },
};

START_TEST(test_planted)
{
	const struct plant *plant = &plants[_i];
	json_t *same = json_loads(plant->text, 0, NULL), *other = json_loads(plant->other, 0, NULL);

	ck_assert_int_eq(json_index_build(plant->text, strlen(plant->text), &wide, &room.scratch, &room.index), 0);
	ck_assert_msg(agree_members(plant->text, &room, same) == AGREE_ACCEPTED, "%s: %s", plant->name, room.why);
	ck_assert_msg(agree_members(plant->text, &room, other) == AGREE_BROKEN, "%s is not noticed", plant->name);
	json_decref(same);
	json_decref(other);
}
END_TEST

START_TEST(test_planted_refusals)
{
	json_t *doc = json_loads("{\"a\":1}", 0, NULL);

	for (int fault = JSON_F_SYNTAX; fault <= JSON_F_TOO_LONG; fault++) {
		room.index.fault = (enum json_fault)fault;
		ck_assert_msg(agree_refusal("{\"a\":1}", 7, &wide, &room, doc) == AGREE_BROKEN, "fault %d passes unexplained", fault);
	}
	json_decref(doc);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json index and jansson");
	TCase *tc = tcase_create("agree");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, test_generated, 0, 4);
	tcase_add_test(tc, test_truncated);
	tcase_add_test(tc, test_changed);
	tcase_add_loop_test(tc, test_planted, 0, (int)COUNT(plants));
	tcase_add_test(tc, test_planted_refusals);
	suite_add_tcase(suite, tc);
	return runner_main(suite);
}
