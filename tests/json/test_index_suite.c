/* SPDX-License-Identifier: MIT */
/*
 * JSONTestSuite on the payload index itself: each file as the value of one extra member, judged by jansson. n_* is refused,
 * y_* accepted but for the files listed with their rule; of i_* index and jansson must agree, but for the rules of magnitude.
 */
#include <check.h>
#include <dirent.h>

#include "json/agree.h"
#include "support/runner.h"

#define FILE_MAX 400000
#define FILES_MIN 280

static const struct json_limits full = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
static struct agree_room room;

static const struct {
	const char *name;
	enum json_fault fault; /* the rule that refuses it */
} refused[] = {
	{ "y_object_duplicated_key.json", JSON_F_DUPLICATE },
	{ "y_object_duplicated_key_and_value.json", JSON_F_DUPLICATE },
	{ "y_object_escaped_null_in_key.json", JSON_F_NUL },
	{ "y_string_null_escape.json", JSON_F_NUL },
};
#define REFUSED (sizeof(refused) / sizeof(refused[0]))

static size_t
read_around(const char *name, char *text)
{
	static const char before[] = "{\"iss\":\"x\",\"v\":";
	char path[4096];
	size_t n = sizeof(before) - 1;
	FILE *file;

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/json/%s", runner_vectors_dir(), name), (int)sizeof(path));
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s cannot be opened", path);
	memcpy(text, before, n);
	n += fread(text + n, 1, FILE_MAX, file);
	ck_assert_msg(ferror(file) == 0 && feof(file) != 0, "%s cannot be read to its end", path);
	(void)fclose(file);
	text[n++] = '}';
	return n;
}

static void
judge_file(const char *name, char *text, unsigned *ret_listed)
{
	size_t len = read_around(name, text);
	enum agree verdict = agree_judge(text, len, &full, &room);
	enum json_fault want = JSON_F_NONE;

	ck_assert_msg(verdict != AGREE_BROKEN, "%s: %s", name, room.why);
	if (name[0] == 'n')
		ck_assert_msg(room.index.fault != JSON_F_NONE, "%s is accepted", name);
	if (name[0] != 'y')
		return;
	for (size_t i = 0; i < REFUSED; i++) {
		if (strcmp(refused[i].name, name) == 0) {
			want = refused[i].fault;
			++*ret_listed;
		}
	}
	ck_assert_msg(room.index.fault == want, "%s: %s", name, json_fault_sentence(room.index.fault));
}

START_TEST(all_files)
{
	char path[4096], *text = malloc(FILE_MAX + 64);
	unsigned files = 0, listed = 0;
	const struct dirent *entry;
	DIR *folder;

	ck_assert_ptr_nonnull(text);
	(void)snprintf(path, sizeof(path), "%s/json", runner_vectors_dir());
	folder = opendir(path);
	ck_assert_msg(folder != NULL, "%s cannot be opened", path);
	while ((entry = readdir(folder)) != NULL) {
		if (strchr("nyi", entry->d_name[0]) == NULL || entry->d_name[1] != '_')
			continue;
		judge_file(entry->d_name, text, &listed);
		files++;
	}
	(void)closedir(folder);
	free(text);
	ck_assert_msg(files >= FILES_MIN, "only %u files", files);
	ck_assert_uint_eq(listed, REFUSED);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("json/index by JSONTestSuite");
	TCase *tc = tcase_create("files");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, all_files);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_vectors_dir() == NULL ? runner_skip("SESS_VECTORS is not set") : runner_main(make_suite());
}
