/* SPDX-License-Identifier: MIT */
/*
 * JSONTestSuite behind a valid signature: each file as the value of one extra member of an otherwise valid claims
 * object, judged by sess_verify() and by the reference. n_* is a bad payload; y_* is accepted, or refused by a rule
 * that is listed here; of i_* library and reference must only agree.
 */
#include <dirent.h>

#include "support/judge.h"
#include "vectors/vector.h"

/* Files that end otherwise than their names say, or that the reference cannot judge: it reads through jansson, which
 * loses a NUL byte after a number. */
static const struct {
	const char *name, *rule;
	uint32_t expected;
	int library_alone;
} rules[] = {
	{ "n_multidigit_number_then_00.json", "judged by the library alone", SESS_REASON_BAD_PAYLOAD, 1 },
	{ "n_structure_100000_opening_arrays.json", "larger than any token", SESS_REASON_OVERSIZE, 0 },
	{ "n_structure_open_array_object.json", "larger than any token", SESS_REASON_OVERSIZE, 0 },
	{ "y_object_duplicated_key.json", "no duplicate members", SESS_REASON_BAD_PAYLOAD, 0 },
	{ "y_object_duplicated_key_and_value.json", "no duplicate members", SESS_REASON_BAD_PAYLOAD, 0 },
	{ "y_object_escaped_null_in_key.json", "no NUL in strings", SESS_REASON_BAD_PAYLOAD, 0 },
	{ "y_string_null_escape.json", "no NUL in strings", SESS_REASON_BAD_PAYLOAD, 0 },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

struct tally {
	unsigned bad, good, either, by_rule[RULES];
};

static const struct judge_combo *
signed_combo(void)
{
	for (size_t i = 0; i < JUDGE_COMBOS; i++)
		if (judge_combos[i].form == SESS_FORM_SIGNED)
			return &judge_combos[i];
	ck_abort_msg("there is no signed ring");
	return NULL;
}

static uint32_t
expected_of(const char *name, struct tally *tally, int *ret_alone)
{
	*ret_alone = 0;
	for (size_t i = 0; i < RULES; i++)
		if (strcmp(rules[i].name, name) == 0) {
			tally->by_rule[i]++;
			*ret_alone = rules[i].library_alone;
			return rules[i].expected;
		}
	if (name[0] == 'i') {
		tally->either++;
		return JUDGE_SAME;
	}
	tally->bad += name[0] == 'n';
	tally->good += name[0] == 'y';
	return name[0] == 'y' ? 0 : SESS_REASON_BAD_PAYLOAD;
}

static void
refused_by_library(struct judge *j, const char *name, char *token, uint32_t expected)
{
	sess_session *session = NULL;
	sess_diag diag;

	ck_assert_msg(sess_verify(j->manager, token, strlen(token), NULL, &session, &diag) == SESS_ERR_REJECTED,
	    "%s: accepted", name);
	ck_assert_msg(diag.reasons == expected, "%s: refused for reasons %x", name, diag.reasons);
	free(token);
}

static void
judge_file(struct judge *j, const char *name, struct tally *tally)
{
	char *path = forge_text("json/%s", name), *claims = judge_payload(NULL, NULL);
	size_t n = 0, at = strlen(claims) - 1;
	int alone = 0;
	char *value = vector_text(path, &n);
	char *payload = malloc(at + n + 16);

	ck_assert_ptr_nonnull(payload);
	memcpy(payload, claims, at);
	memcpy(payload + at, ",\"v\":", 5);
	memcpy(payload + at + 5, value, n);
	payload[at + 5 + n] = '}';
	uint32_t expected = expected_of(name, tally, &alone);
	char *token = judge_token(j, payload, at + n + 6);
	if (alone)
		refused_by_library(j, name, token, expected);
	else
		judge_take(j, name, token, expected);
	free(payload);
	free(value);
	free(claims);
	free(path);
}

START_TEST(every_file)
{
	struct tally tally = {0};
	struct judge j;
	sess_policy policy;
	char *path = forge_text("%s/json", runner_vectors_dir());
	DIR *folder = opendir(path);

	ck_assert_msg(folder != NULL, "%s cannot be opened", path);
	sess_policy_init(&policy);
	policy.max_token_bytes = 65536;
	judge_init(&j, signed_combo(), &policy);
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
		if (strchr("yni", entry->d_name[0]) != NULL && entry->d_name[1] == '_')
			judge_file(&j, entry->d_name, &tally);
	closedir(folder);
	judge_done(&j);
	free(path);
	for (size_t i = 0; i < RULES; i++) {
		ck_assert_msg(tally.by_rule[i] == 1, "%s: no such file", rules[i].name);
		printf("# %s: refused, by rule: %s\n", rules[i].name, rules[i].rule);
	}
	printf("# n_ refused %u, y_ accepted %u, i_ judged alike %u\n", tally.bad, tally.good, tally.either);
	fflush(stdout);
	ck_assert_uint_ge(tally.bad, 180);
	ck_assert_uint_ge(tally.good, 90);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("vectors/json_suite");
	TCase *tc = tcase_create("files");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_file);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	if (!runner_vectors_dir())
		return runner_skip("SESS_VECTORS does not name the folder of the public vectors");
	return runner_main(make_suite());
}
