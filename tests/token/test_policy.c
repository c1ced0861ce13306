/* SPDX-License-Identifier: MIT */
/* Policies: defaults, every member's range, and what is refused by name. */
#include <errno.h>
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/runner.h"

/* Linked with -Wl,--wrap. */
ssize_t __real_read(int fd, void *bytes, size_t n);
ssize_t __wrap_read(int fd, void *bytes, size_t n);

/* How often a read of a file fails, and with what; whether fstat() does. */
static int reads_failing, read_error, has_no_stat;

ssize_t
__wrap_read(int fd, void *bytes, size_t n)
{
	if (reads_failing == 0)
		return __real_read(fd, bytes, n);
	reads_failing--;
	errno = read_error;
	return -1;
}

/* By either name. */
#define STAT(name) \
	int __real_##name(int fd, struct stat *st); \
	int __wrap_##name(int fd, struct stat *st); \
	int __wrap_##name(int fd, struct stat *st) \
	{ \
		if (!has_no_stat) \
			return __real_##name(fd, st); \
		errno = EOVERFLOW; \
		return -1; \
	}

STAT(fstat)
STAT(fstat64)

struct row {
	const char *json;
	const char *member; /* NULL: accepted; "": refused, of no member */
};

static const struct row rows[] = {
	{ "{}", NULL },
	{ "{\"issuer\":\"https://shop.example\",\"audience\":\"shop\",\"typ\":\"JWT\"}", NULL },
	{ "{\"idle_timeout_s\":1,\"absolute_timeout_s\":1}", NULL },
	{ "{\"idle_timeout_s\":34560000,\"absolute_timeout_s\":34560000}", NULL },
	{ "{\"leeway_s\":0}", NULL },
	{ "{\"leeway_s\":600}", NULL },
	{ "{\"renew_after_percent\":1}", NULL },
	{ "{\"renew_after_percent\":99}", NULL },
	{ "{\"max_token_bytes\":256}", NULL },
	{ "{\"max_token_bytes\":65536}", NULL },
	{ "{\"max_depth\":1,\"max_members\":16}", NULL },
	{ "{\"revocations_when_stale\":\"closed\",\"revocations_max_staleness_s\":1}", NULL },
	{ "{\"revocations_when_stale\":\"open\"}", NULL },
	{ "{\"revocations_when_stale\":\"ajar\"}", "revocations_when_stale" },
	{ "{\"revocations_when_stale\":1}", "revocations_when_stale" },
	{ "{\"idle_timeout_s\":0}", "idle_timeout_s" },
	{ "{\"idle_timeout_s\":\"1h\"}", "idle_timeout_s" },
	{ "{\"idle_timeout_s\":3600.5}", "idle_timeout_s" },
	{ "{\"idle_timeout_s\":43201}", "idle_timeout_s" },
	{ "{\"idle_timeout_s\":3600,\"absolute_timeout_s\":3599}", "idle_timeout_s" },
	{ "{\"absolute_timeout_s\":34560001}", "absolute_timeout_s" },
	{ "{\"absolute_timeout_s\":null}", "absolute_timeout_s" },
	{ "{\"leeway_s\":601}", "leeway_s" },
	{ "{\"leeway_s\":-1}", "leeway_s" },
	{ "{\"renew_after_percent\":0}", "renew_after_percent" },
	{ "{\"renew_after_percent\":100}", "renew_after_percent" },
	{ "{\"max_token_bytes\":255}", "max_token_bytes" },
	{ "{\"max_token_bytes\":65537}", "max_token_bytes" },
	{ "{\"max_depth\":0}", "max_depth" },
	{ "{\"max_depth\":17}", "max_depth" },
	{ "{\"max_members\":15}", "max_members" },
	{ "{\"max_members\":129}", "max_members" },
	{ "{\"issuer\":1}", "issuer" },
	{ "{\"issuer\":\"\"}", "issuer" },
	{ "{\"issuer\":\"a\\\"b\"}", "issuer" },
	{ "{\"issuer\":\"a\\nb\"}", "issuer" },
	{ "{\"audience\":[\"a\"]}", "audience" },
	{ "{\"audience\":\"a\\\\b\"}", "audience" },
	{ "{\"typ\":\"\"}", "typ" },
	{ "{\"typ\":\"a b\"}", "typ" },
	{ "{\"typ\":5}", "typ" },
	{ "{\"any_audience\":1}", "any_audience" },
	{ "{\"idle_timeout\":60}", "idle_timeout" },
	{ "{\"leeway_s\":1,\"leeway_s\":2}", "" },
	{ "[]", "" },
	{ "", "" },
	{ "{", "" },
};

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	sess_policy policy, before;
	sess_diag diag;
	int rc;

	memset(&policy, 0x5a, sizeof(policy));
	before = policy;
	rc = sess_policy_parse(row->json, strlen(row->json), &policy, &diag);
	if (row->member == NULL) {
		ck_assert_msg(rc == 0, "%s: %s", row->json, diag.message);
		ck_assert_int_eq(sess_policy_check(&policy, &diag), 0);
	} else {
		ck_assert_msg(rc == SESS_ERR_POLICY, "%s: %d", row->json, rc);
		ck_assert_str_eq(diag.member, row->member);
		ck_assert_int_eq(memcmp(&policy, &before, sizeof(policy)), 0);
	}
}
END_TEST

START_TEST(test_defaults)
{
	sess_policy policy, parsed;

	sess_policy_init(&policy);
	ck_assert_int_eq(sess_policy_parse("{}", 2, &parsed, NULL), 0);
	ck_assert_int_eq(memcmp(&policy, &parsed, sizeof(policy)), 0);
	ck_assert_str_eq(policy.typ, "sess+jwt");
	ck_assert_int_eq(policy.idle_timeout_s, 3600);
	ck_assert_int_eq(policy.absolute_timeout_s, 43200);
	ck_assert_int_eq(policy.leeway_s, 30);
	ck_assert_int_eq(policy.max_token_bytes, 4096);
	ck_assert_int_eq(policy.renew_after_percent, 50);
	ck_assert_int_eq(policy.max_depth, 16);
	ck_assert_int_eq(policy.max_members, 128);
	ck_assert_int_eq(policy.revocations_max, 1000000);
	ck_assert_int_eq(policy.revocations_max_staleness_s, 30);
	ck_assert_int_eq(policy.revocations_when_stale, SESS_STALE_CLOSED);
	ck_assert_int_eq(policy.watch_window_s, 60);
	ck_assert_int_eq(policy.watch_client_rejections, 20);
	ck_assert_int_eq(policy.watch_session_contexts, 4);
	ck_assert_int_eq(policy.watch_unknown_keys, 50);
	ck_assert_int_eq(policy.watch_slots, 1024);
}
END_TEST

/* The message says what would be right. */
START_TEST(test_range_in_words)
{
	sess_policy policy;
	sess_diag diag;

	ck_assert_int_eq(sess_policy_parse("{\"leeway_s\":601}", 16, &policy, &diag), SESS_ERR_POLICY);
	ck_assert_ptr_nonnull(strstr(diag.message, "0..600"));
	sess_policy_init(&policy);
	policy.idle_timeout_s = policy.absolute_timeout_s + 1;
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	ck_assert_ptr_nonnull(strstr(diag.message, "1..43200"));
	sess_policy_init(&policy);
	memset(policy.issuer, 'a', sizeof(policy.issuer));
	ck_assert_int_eq(sess_policy_check(&policy, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, "issuer");
}
END_TEST

START_TEST(test_files)
{
	char path[] = "/tmp/sess-policy-XXXXXX";
	int fd = mkstemp(path);
	sess_policy policy;
	sess_diag diag;

	ck_assert_int_eq(write(fd, "{\"leeway_s\":7}", 14), 14);
	ck_assert_int_eq(sess_policy_load_file(path, &policy, &diag), 0);
	ck_assert_int_eq(policy.leeway_s, 7);
	ck_assert_int_eq(ftruncate(fd, 65537), 0);
	ck_assert_int_eq(sess_policy_load_file(path, &policy, &diag), SESS_ERR_POLICY);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(sess_policy_load_file(path, &policy, &diag), SESS_ERR_IO);
	ck_assert_int_eq(sess_policy_load_file("/tmp", &policy, &diag), SESS_ERR_IO);
	ck_assert_int_eq(sess_policy_load_file(NULL, &policy, &diag), SESS_ERR_ARGUMENT);
	(void)close(fd);
}
END_TEST

/* A service may have closed its standard input: the lowest descriptor is the file's then, and free again afterwards. */
START_TEST(test_descriptor)
{
	char path[] = "/tmp/sess-policy-XXXXXX";
	int fd = mkstemp(path), kept = dup(0), lowest;
	sess_policy policy;

	ck_assert_int_eq(write(fd, "{\"leeway_s\":7}", 14), 14);
	(void)close(0);
	ck_assert_int_eq(sess_policy_load_file(path, &policy, NULL), 0);
	lowest = dup(fd);
	(void)close(lowest);
	if (kept >= 0) {
		(void)dup2(kept, 0);
		(void)close(kept);
	}
	ck_assert_int_eq(lowest, 0);
	(void)close(fd);
	(void)unlink(path);
}
END_TEST

/* A disk that fails, a signal that comes between. */
START_TEST(test_failing_file)
{
	static const struct {
		int times, error, rc;
	} tries[] = { { 2, EINTR, 0 }, { 1, EIO, SESS_ERR_IO }, { 1, EISDIR, SESS_ERR_IO } };
	char path[] = "/tmp/sess-policy-XXXXXX";
	int fd = mkstemp(path);
	sess_policy policy;
	sess_diag diag;

	ck_assert_int_eq(write(fd, "{\"leeway_s\":7}", 14), 14);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		policy.leeway_s = 1;
		reads_failing = tries[i].times;
		read_error = tries[i].error;
		ck_assert_int_eq(sess_policy_load_file(path, &policy, &diag), tries[i].rc);
		ck_assert_int_eq(reads_failing, 0);
		ck_assert_int_eq(policy.leeway_s, tries[i].rc == 0 ? 7 : 1);
		if (tries[i].rc != 0)
			ck_assert_ptr_nonnull(strstr(diag.message, strerror(tries[i].error)));
	}
	has_no_stat = 1;
	ck_assert_int_eq(sess_policy_load_file(path, &policy, &diag), SESS_ERR_IO);
	has_no_stat = 0;
	(void)close(fd);
	(void)unlink(path);
}
END_TEST

START_TEST(test_too_large)
{
	char *text = malloc(65538);
	sess_policy policy;
	sess_diag diag;

	memset(text, ' ', 65538);
	memcpy(text, "{\"leeway_s\":7}", 14);
	ck_assert_int_eq(sess_policy_parse(text, 65536, &policy, &diag), 0);
	ck_assert_int_eq(sess_policy_parse(text, 65537, &policy, &diag), SESS_ERR_POLICY);
	ck_assert_ptr_nonnull(strstr(diag.message, "65536"));
	free(text);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy");

	tcase_add_loop_test(tcase, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_defaults);
	tcase_add_test(tcase, test_range_in_words);
	tcase_add_test(tcase, test_files);
	tcase_add_test(tcase, test_descriptor);
	tcase_add_test(tcase, test_failing_file);
	tcase_add_test(tcase, test_too_large);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
