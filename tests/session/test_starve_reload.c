/* SPDX-License-Identifier: MIT */
/*
 * Hunger while a ring is exchanged: every allocation in turn fails, alone or with all after it, in a reload, a look, a ring that is
 * given, a verification that reloads, a manager that is made. An error of class SYSTEM comes out, the ring in force stays and
 * verifies, and the next try succeeds, though the file is the same.
 * Links with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc.
 */
#include "session/famine.h"

#include <check.h>
#include <string.h>

#include "support/ringfile.h"
#include "support/runner.h"

#define TURNS_MAX 5000

static const int64_t NOW = 1800000000;

static struct ringfile file;
static json_t *before, *after; /* the file's ring, before and after a rotation */
static char *old_token, *new_token;
static sess_manager *manager;
static sess_ring *given;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

static int
make_manager(sess_manager **ret, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;

	config.clock = clock_now;
	config.ring_path = file.path;
	return sess_manager_new(&config, ret, diag);
}

static char *
mint(void)
{
	char *token = NULL;
	size_t len = 0;

	ck_assert_int_eq(make_manager(&manager, NULL), 0);
	ck_assert_int_eq(sess_mint(manager, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	sess_manager_free(manager);
	return token;
}

static void
setup(void)
{
	ringfile_init(&file, NULL);
	before = ringfile_read(&file);
	old_token = mint();
	ringfile_rotate(&file, NOW);
	after = ringfile_read(&file);
	new_token = mint();
	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &given, NULL), 0);
}

static void
teardown(void)
{
	sess_ring_free(given);
	sess_token_free(old_token);
	sess_token_free(new_token);
	json_decref(before);
	json_decref(after);
	ringfile_done(&file);
}

/* In hunger nothing is asserted, for Check itself allocates: 1 where code and result do not go together. */
static int
verify(const char *token, sess_diag *diag)
{
	sess_session *session = NULL;
	int rc = sess_verify(manager, token, strlen(token), NULL, &session, diag);

	if ((rc == 0) == (session == NULL))
		rc = 1;
	sess_session_free(session);
	return rc;
}

static int
act_reload(sess_diag *diag)
{
	return sess_manager_reload(manager, diag);
}

static int
act_look(sess_diag *diag)
{
	return sess_manager_reload_if_changed(manager, NULL, diag);
}

static int
act_set(sess_diag *diag)
{
	return sess_manager_set_ring(manager, given, diag);
}

/* Makes another manager, which sees the new file. */
static int
act_new(sess_diag *diag)
{
	sess_manager *made = NULL;
	int rc = make_manager(&made, diag);

	if ((rc == 0) == (made == NULL))
		rc = 1;
	sess_manager_free(made);
	return rc;
}

static const struct row {
	const char *what;
	int (*act)(sess_diag *diag);
	unsigned whose;
	int parses; /* jansson 2.14 takes no notice when its lexer's buffer cannot grow: a single failure may abort it */
	int swaps;  /* the new ring is in force afterwards */
} rows[] = {
	{ "sess_manager_reload", act_reload, OURS | JANSSON | OPENSSL, 1, 1 },
	{ "sess_manager_reload_if_changed", act_look, OURS | JANSSON | OPENSSL, 1, 1 },
	{ "sess_manager_set_ring", act_set, OURS, 0, 1 },
	{ "sess_manager_new by path", act_new, OURS | JANSSON | OPENSSL, 1, 0 },
};

static const char *
judge_turn(const struct row *row, unsigned whose, int rc)
{
	int64_t generation = sess_manager_generation(manager);

	if (rc != 0 && sess_error_class_of(rc) != SESS_CLASS_SYSTEM)
		return "not an error of class SYSTEM";
	if (rc == 0 && famine.refused > 0 && whose != OPENSSL)
		return "no error in hunger";
	if (generation != (rc == 0 && row->swaps ? 2 : 1))
		return "the wrong ring is in force";
	if (verify(old_token, NULL) != 0)
		return "the manager does not work any more";
	if (row->act(NULL) != 0 || (row->swaps && (sess_manager_generation(manager) != 2 || verify(new_token, NULL) != 0)))
		return "the next try fails";
	return NULL;
}

static const char *
starve(const struct row *row, unsigned whose, int once, sess_diag *diag)
{
	for (size_t turn = 0; turn < TURNS_MAX; turn++) {
		const char *wrong;
		int rc;

		ringfile_write(&file, before);
		ck_assert_int_eq(make_manager(&manager, NULL), 0);
		ringfile_write(&file, after);
		famine.left = turn;
		famine.once = once;
		famine.refused = 0;
		famine.whose = whose;
		rc = row->act(diag);
		famine.whose = 0;
		wrong = diag != NULL && diag->code != rc ? "the diagnostic has another code" : judge_turn(row, whose, rc);
		sess_manager_free(manager);
		if (wrong != NULL)
			return wrong;
		if (famine.refused == 0)
			return rc != 0 ? "an error without hunger" : turn == 0 ? "it allocates nothing" : NULL;
	}
	return "it has no end";
}

START_TEST(test_starved)
{
	const struct row *row = &rows[_i];

	for (unsigned whose = OURS; whose <= OPENSSL; whose <<= 1) {
		for (int i = 0; (row->whose & whose) != 0 && i < 4; i++) {
			sess_diag diag;
			const char *wrong;

			if (i % 2 != 0 && whose == JANSSON && row->parses)
				continue;
			wrong = starve(row, whose, i % 2, i < 2 ? &diag : NULL);
			ck_assert_msg(wrong == NULL, "%s, whose %u, %s, %s: %s", row->what, whose, i % 2 ? "once" : "from then on",
			    i < 2 ? "with a diagnostic" : "without", wrong);
		}
	}
}
END_TEST

/* A token of the new ring, verified in hunger: accepted, or refused for its key where the reload failed, or an error. */
START_TEST(test_verification)
{
	for (int once = 0; once < 2; once++) {
		for (size_t turn = 0;; turn++) {
			sess_diag diag;
			int rc;

			ck_assert_uint_lt(turn, TURNS_MAX);
			ringfile_write(&file, before);
			ck_assert_int_eq(make_manager(&manager, NULL), 0);
			ringfile_write(&file, after);
			famine.left = turn;
			famine.once = once;
			famine.refused = 0;
			famine.whose = OURS;
			rc = verify(new_token, &diag);
			famine.whose = 0;
			ck_assert(rc == 0 || sess_error_class_of(rc) == SESS_CLASS_SYSTEM ||
			    (rc == SESS_ERR_REJECTED && diag.reasons == SESS_REASON_UNKNOWN_KEY));
			ck_assert_int_eq(diag.code, rc);
			ck_assert_int_eq(verify(old_token, NULL), 0);
			ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
			ck_assert_int_eq(verify(new_token, NULL), 0);
			sess_manager_free(manager);
			if (famine.refused == 0) {
				ck_assert_int_eq(rc, 0);
				ck_assert_uint_gt(turn, 10);
				break;
			}
		}
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("starve_reload");
	TCase *tcase = tcase_create("hunger");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, test_starved, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_verification);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (famine_install() != 0)
		return runner_skip("OpenSSL has allocated already");
	return famine_end("starve_reload", runner_main(make_suite()));
}
