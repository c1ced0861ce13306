/* SPDX-License-Identifier: MIT */
/*
 * The judge of agree.h sees planted disagreements, and the index tells names apart whose hashes are equal, which no generator
 * would find. Layer json. Knows nothing of claims.
 */
#include "json/agree.h"

#include "support/runner.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
static struct agree_room room;

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

START_TEST(planted_values)
{
	const struct plant *plant = &plants[_i];
	json_t *same = json_loads(plant->text, 0, NULL), *other = json_loads(plant->other, 0, NULL);
	size_t len = strlen(plant->text);

	ck_assert_int_eq(json_index_build(plant->text, len, &limits, &room.scratch, &room.index), 0);
	ck_assert_msg(agree_members(plant->text, &room, same) == AGREE_ACCEPTED, "%s: %s", plant->name, room.why);
	ck_assert_msg(agree_members(plant->text, &room, other) == AGREE_BROKEN, "%s is not noticed", plant->name);
	ck_assert_msg(agree_compact(plant->text, len, &room, same) == AGREE_ACCEPTED, "%s: %s", plant->name, room.why);
	ck_assert_msg(agree_compact(plant->text, len, &room, other) == AGREE_BROKEN, "%s is not noticed, compacted", plant->name);
	json_decref(same);
	json_decref(other);
}
END_TEST

/* No fault explains why a plain object would be refused. */
START_TEST(planted_refusals)
{
	static const char text[] = "{\"a\":1}";
	json_t *doc = json_loads(text, 0, NULL);

	room.index.fault_off = 6;
	for (int fault = JSON_F_SYNTAX; fault <= JSON_F_TOO_LONG; fault++) {
		room.index.fault = (enum json_fault)fault;
		ck_assert_msg(agree_refusal(text, sizeof(text) - 1, &limits, &room, doc) == AGREE_BROKEN, "fault %d passes", fault);
	}
	json_decref(doc);
}
END_TEST

/* "caekozzg" and "casmbepast" have the same hash, as have "calswlmtlxx" and "caikqdpqqmibm". */
static const struct collision {
	const char *name, *text, *sought;
	int at; /* -1: there is none */
} collisions[] = {
	{ "the first", "{\"caekozzg\":1,\"casmbepast\":2}", "caekozzg", 0 },
	{ "the second", "{\"caekozzg\":1,\"casmbepast\":2}", "casmbepast", 1 },
	{ "the other is absent", "{\"caekozzg\":1}", "casmbepast", -1 },
	{ "the escaped other is absent", "{\"c\\u0061ekozzg\":1}", "casmbepast", -1 },
	{ "one escaped", "{\"c\\u0061ekozzg\":1,\"casmbepast\":2}", "casmbepast", 1 },
	{ "both escaped", "{\"c\\u0061lswlmtlxx\":1,\"c\\u0061ikqdpqqmibm\":2}", "caikqdpqqmibm", 1 },
	{ "nested", "{\"x\":{\"calswlmtlxx\":1,\"caikqdpqqmibm\":2},\"caikqdpqqmibm\":3}", "caikqdpqqmibm", 1 },
};

START_TEST(equal_hashes)
{
	const struct collision *row = &collisions[_i];
	const struct json_member *m;

	ck_assert_msg(agree_judge(row->text, strlen(row->text), &limits, &room) == AGREE_ACCEPTED, "%s: %s", row->name,
	    room.index.fault == JSON_F_NONE ? room.why : json_fault_sentence(room.index.fault));
	m = json_member_find(row->text, room.index.member, room.index.count, row->sought, strlen(row->sought));
	ck_assert_msg(m == (row->at < 0 ? NULL : &room.index.member[row->at]), "%s", row->name);
}
END_TEST

/* Were the hash another function, the rows above would prove nothing. */
START_TEST(hashes_collide)
{
	static const char text[] = "{\"caekozzg\":1,\"casmbepast\":2,\"calswlmtlxx\":3,\"caikqdpqqmibm\":4}";

	ck_assert_int_eq(json_index_build(text, sizeof(text) - 1, &limits, &room.scratch, &room.index), 0);
	ck_assert_uint_eq(room.index.member[0].hash, room.index.member[1].hash);
	ck_assert_uint_eq(room.index.member[2].hash, room.index.member[3].hash);
}
END_TEST

/* However a name is spelled, its hash is the same: each length, one character escaped at each place, with one of two bytes behind. */
START_TEST(hash_of_every_spelling)
{
	for (size_t n = 1; n <= 26; n++) {
		for (size_t at = 0; at < n; at++) {
			char name[64], escaped[80], text[256];

			for (size_t i = 0; i < n; i++)
				name[i] = (char)('a' + (i * 7 + n) % 26);
			(void)strcpy(name + n, "\xc3\xa9");
			(void)snprintf(escaped, sizeof(escaped), "%.*s\\u00%02x%s", (int)at, name, (unsigned)name[at], name + at + 1);
			(void)snprintf(text, sizeof(text), "{\"%s\":1,\"%s\":2}", name, escaped);
			ck_assert_int_ne(json_index_build(text, strlen(text), &limits, &room.scratch, &room.index), 0);
			ck_assert_msg(room.index.fault == JSON_F_DUPLICATE, "%s", text);
			(void)snprintf(text, sizeof(text), "{\"%s\":1}", escaped);
			ck_assert_int_eq(json_index_build(text, strlen(text), &limits, &room.scratch, &room.index), 0);
			ck_assert_ptr_nonnull(json_member_find(text, room.index.member, 1, name, strlen(name)));
		}
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("json/agree");
	TCase *tc = tcase_create("agree");

	tcase_add_loop_test(tc, planted_values, 0, (int)COUNT(plants));
	tcase_add_test(tc, planted_refusals);
	tcase_add_loop_test(tc, equal_hashes, 0, (int)COUNT(collisions));
	tcase_add_test(tc, hashes_collide);
	tcase_add_test(tc, hash_of_every_spelling);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
