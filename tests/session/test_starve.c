/* SPDX-License-Identifier: MIT */
/*
 * Hunger: every allocation in turn fails, alone or with all after it, while a ring is loaded, a manager made, a token minted,
 * verified, inspected. Each time an error of class SYSTEM must come out, nothing else, no block is lost, and the objects stay usable.
 * Links with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=aligned_alloc (see famine.h).
 */
#define FAMINE_COUNTS
#include "session/famine.h"
#include "session/starve_foreign.h"
#include "support/runner.h"

#define TURNS_MAX 5000

/* Wrong on purpose: one takes no notice, one says the wrong thing, one loses a block, one accepts a forgery. */
static int
plant_deaf(struct scene *s, sess_diag *diag)
{
	void *volatile block = malloc(8);

	(void)diag;
	free(block);
	s->release = NULL;
	return 0;
}

static int
plant_liar(struct scene *s, sess_diag *diag)
{
	void *volatile block = malloc(8);
	int rc = block == NULL ? SESS_ERR_REJECTED : 0;

	(void)diag;
	free(block);
	s->release = NULL;
	return rc;
}

static int
plant_leak(struct scene *s, sess_diag *diag)
{
	void *volatile first = malloc(sizeof(void *));
	void *volatile second = first == NULL ? NULL : malloc(8);

	(void)diag;
	s->release = NULL;
	if (second == NULL) {
		famine_lose(first);
		return SESS_ERR_MEMORY;
	}
	free(first);
	free(second);
	return 0;
}

static int
plant_accept(struct scene *s, sess_diag *diag)
{
	int rc = act_verify_forged(s, diag);

	if (rc != SESS_ERR_REJECTED) {
		famine.whose = 0;
		rc = act_verify(s, diag);
	}
	return rc;
}

static int
plant_idle(struct scene *s, sess_diag *diag)
{
	(void)diag;
	s->release = NULL;
	return 0;
}

static const char *
still_works(struct scene *s)
{
	sess_session *session = NULL;
	char *token = NULL;
	size_t n = 0;
	int rc = sess_mint(s->manager, "otto", NULL, 0, NULL, &token, &n, NULL);

	if (rc == 0)
		rc = sess_verify(s->manager, token, n, NULL, &session, NULL);
	if (rc == 0 && strcmp(sess_session_subject(session), "otto") != 0)
		rc = -1;
	sess_session_free(session);
	sess_token_free(token);
	return rc == 0 ? NULL : "the manager does not work any more";
}

/* A call to be starved: what it returns when it is fed, and who allocates in it. */
struct row {
	const char *what;
	action *act;
	int fed;
	unsigned whose;
	unsigned traits;
};

enum {
	PARSES = 1,  /* jansson 2.14 takes no notice when its lexer's buffer cannot grow: a single failure may abort it */
	REVOKES = 8,
	ALIKE = 16,  /* for every kind of ring: one of them will do */
	ABROAD = 32, /* with the keys and the token of another issuer */
	NOTHING = 4, /* it is to allocate nothing, so that it cannot hunger */
	VERIFIES = 2 /* OpenSSL tells want of memory and a wrong Ed25519 signature alike: refused, though not accepted */
};

static int
is_excused(const struct scene *s, const struct row *row, int rc, unsigned whose)
{
	/* It has caches, and a list of errors that nobody reads: it may do without. */
	if (whose == OPENSSL && rc == row->fed)
		return 1;
	return whose == OPENSSL && (row->traits & VERIFIES) != 0 && rc == SESS_ERR_REJECTED && s->combo->alg != NULL &&
	    strcmp(s->combo->alg, "EdDSA") == 0;
}

static const char *
judge_turn(const struct scene *s, const struct row *row, int rc, unsigned whose, const sess_diag *diag)
{
	if ((rc == 0) != (s->out != NULL) && s->release != NULL)
		return "what came out does not fit the code";
	if (diag != NULL && s->release != NULL && diag->code != rc)
		return "the diagnostic has another code";
	if (famine.refused == 0)
		return rc == row->fed ? NULL : "an error without hunger";
	if (sess_error_class_of(rc) == SESS_CLASS_SYSTEM || is_excused(s, row, rc, whose))
		return NULL;
	return "not an error of class SYSTEM";
}

/* One turn: `turn` allocations are granted. What is wrong, or NULL. */
static const char *
starve_once(struct scene *s, const struct row *row, unsigned whose, int once, size_t turn, sess_diag *diag)
{
	const char *wrong;
	int rc;

	s->out = NULL;
	/* No assertion here: Check allocates, and is counted. */
	if (manager_make(s, &s->manager, NULL) != 0)
		return "no manager";
	famine.left = turn;
	famine.once = once;
	famine.refused = 0;
	famine.whose = whose;
	rc = row->act(s, diag);
	famine.whose = 0;
	wrong = judge_turn(s, row, rc, whose, diag);
	if (s->out != NULL)
		s->release(s);
	if (wrong == NULL)
		wrong = still_works(s);
	sess_manager_free(s->manager);
	return wrong;
}

/* OpenSSL 3.0 loses some of its own blocks when it is the one that hungers: only all others are counted then. */
static size_t
live(unsigned whose)
{
	return famine.live + (whose == OPENSSL ? 0 : famine.live_openssl);
}

/* What is wrong with how a call takes the failure of each of its allocations; NULL: nothing. */
static const char *
starve(struct scene *s, const struct row *row, unsigned whose, int once, sess_diag *diag)
{
	for (size_t turn = 0; turn < TURNS_MAX; turn++) {
		const char *wrong = NULL;
		size_t before;

		/* OpenSSL keeps some of what it makes at a first time, and texts of its last 16 errors: what is made anew each of
		 * twenty times has been lost. */
		for (int i = 0; i < 20; i++) {
			before = live(whose);
			if ((wrong = starve_once(s, row, whose, once, turn, diag)) != NULL || live(whose) == before)
				break;
		}
		if (wrong == NULL && live(whose) > before)
			wrong = "a block is lost";
		if (wrong != NULL)
			return wrong;
		if (famine.refused == 0)
			return turn == 0 && (row->traits & NOTHING) == 0 ? "it allocates nothing" : NULL;
		if ((row->traits & NOTHING) != 0)
			return "it allocates";
	}
	return "it has no end";
}

static const struct row rows[] = {
	{ "sess_ring_load_mem", act_load, 0, OURS | JANSSON | OPENSSL, PARSES },
	{ "sess_ring_generate", act_generate, 0, OURS | OPENSSL, 0 },
	{ "sess_ring_dump", act_dump, 0, OURS | JANSSON, 0 },
	{ "sess_manager_new", act_manager, 0, OURS, ALIKE },
	{ "sess_mint", act_mint, 0, OURS | OPENSSL, 0 },
	{ "sess_mint_jansson", act_mint_jansson, 0, OURS | JANSSON | OPENSSL, 0 },
	{ "sess_verify", act_verify, 0, OURS | OPENSSL, VERIFIES },
	{ "sess_verify of a forgery", act_verify_forged, SESS_ERR_REJECTED, OURS | OPENSSL, 0 },
	{ "sess_mint with context", act_mint_bound, 0, OURS | OPENSSL, 0 },
	{ "sess_renew", act_renew, 0, OURS | OPENSSL, VERIFIES },
	{ "sess_regenerate", act_regenerate, 0, OURS | OPENSSL, VERIFIES },
	{ "sess_inspect", act_inspect, 0, OURS, ALIKE },
	{ "sess_raw_open", act_raw, 0, OURS | JANSSON | OPENSSL, PARSES | VERIFIES },
	{ "sess_session_claims_jansson", act_document, 0, JANSSON, PARSES },
	{ "sess_manager_metrics", act_metrics, 0, OURS, ALIKE },
	{ "sess_cookie_set", act_cookie_set, 0, OURS | OPENSSL, VERIFIES },
	{ "sess_cookie_clear", act_cookie_clear, 0, OURS, ALIKE },
	{ "sess_cookie_get", act_cookie_get, 0, OURS, ALIKE },
	{ "sess_watch_new", act_watch, 0, OURS, ALIKE },
	{ "sess_policy_parse", act_policy, 0, JANSSON, PARSES | ALIKE },
	{ "sess_policy_load_file", act_policy_file, 0, OURS | JANSSON, PARSES | ALIKE },
	{ "sess_ring_load_file", act_load_file, 0, OURS | JANSSON | OPENSSL, PARSES | ALIKE },
	{ "sess_ring_load_fd", act_load_fd, 0, OURS | JANSSON | OPENSSL, PARSES | ALIKE },
	{ "sess_ring_create_file", act_create_file, 0, OURS | JANSSON, PARSES | ALIKE },
	{ "sess_ring_replace_file", act_replace_file, 0, OURS | JANSSON, PARSES | ALIKE },
	{ "sess_revoke_session", act_revoke_session, 0, OURS, REVOKES | ALIKE },
	{ "sess_revoke_token", act_revoke_token, 0, OURS, REVOKES | ALIKE },
	{ "sess_revoke_subject", act_revoke_subject, 0, OURS, REVOKES | ALIKE },
	{ "sess_revoke_all", act_revoke_all, 0, OURS, REVOKES | ALIKE },
	{ "sess_revoke_undo", act_undo, 0, OURS, REVOKES | ALIKE },
	{ "sess_revocations_list", act_list, 0, OURS, NOTHING | REVOKES | ALIKE },
	{ "sess_session_event_name", act_event_name, 0, OURS, ALIKE },
	{ "sess_cookie_find", act_find, 0, OURS, ALIKE },
	{ "sess_session_get_double", act_double, 0, JANSSON, PARSES | ALIKE },
	{ "the other getters of a session", act_getters, 0, OURS | JANSSON | OPENSSL, NOTHING | ALIKE },
	{ "sess_revocations_status", act_status, 0, OURS | JANSSON | OPENSSL, NOTHING | REVOKES | ALIKE },
#ifdef SESS_WITH_LMDB
	{ "sess_manager_new, sess_revoke_session, over files and LMDB", act_lmdb, 0, OURS | JANSSON | OPENSSL, PARSES | ALIKE },
#endif
#ifdef SESS_WITH_REDIS
	{ "sess_revocations_init", act_init, SESS_ERR_STORE, OURS | OPENSSL, ALIKE },
	{ "sess_revocations_poll", act_poll, 0, OURS | OPENSSL, ALIKE },
#endif
#ifdef SESS_LIBJWT_VERSION
	{ "sess_foreign_keys_load_mem", act_foreign_keys, 0, OURS | JANSSON, PARSES | ALIKE | ABROAD },
	{ "sess_foreign_keys_load_file", act_foreign_file, 0, OURS | JANSSON, PARSES | ALIKE | ABROAD },
	{ "sess_foreign_verify", act_foreign_verify, 0, OURS, ALIKE | ABROAD },
	{ "sess_foreign_claims_jansson", act_foreign_claims, 0, JANSSON, PARSES | ALIKE | ABROAD },
	/* libjwt tells want of memory in OpenSSL and a wrong signature alike. */
	{ "sess_exchange", act_exchange, 0, OURS, REVOKES | ALIKE | ABROAD },
#endif
	{ "sess_policy_check", act_check, 0, OURS | JANSSON | OPENSSL, NOTHING | ALIKE },
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static const struct row planted[] = {
	{ "one that takes no notice", plant_deaf, 0, OURS, 0 },
	{ "one that says the wrong thing", plant_liar, 0, OURS, 0 },
	{ "one that allocates nothing", plant_idle, 0, OURS, 0 },
	{ "one that loses a block", plant_leak, 0, OURS, 0 },
	{ "one that accepts a forgery", plant_accept, SESS_ERR_REJECTED, OURS, 0 },
};

static void
starve_row(const struct row *row, const struct judge_combo *combo, unsigned whose)
{
	struct scene s;

	scene_init(&s, combo);
	s.revocations = (row->traits & REVOKES) != 0 ? "memory:" : NULL;
	starve_paths_make(&s);
	if ((row->traits & ABROAD) != 0)
		abroad_make(&s);
	for (int i = 0; i < 4; i++) {
		sess_diag diag;
		const char *wrong;

		if (i % 2 != 0 && whose == JANSSON && (row->traits & PARSES) != 0)
			continue;
		/* Whether somebody listens is the same for every kind of ring. */
		if (i >= 2 && strcmp(combo->name, judge_combos[0].name) != 0)
			continue;
		wrong = starve(&s, row, whose, i % 2, i < 2 ? &diag : NULL);
		ck_assert_msg(wrong == NULL, "%s: %s, whose %u, %s, %s: %s", combo->name, row->what, whose,
		    i % 2 ? "once" : "from then on", i < 2 ? "with a diagnostic" : "without", wrong);
	}
	starve_paths_remove();
	abroad_done();
	scene_done(&s);
}

static const struct judge_combo *
combo_named(const char *name)
{
	for (size_t i = 0; i < JUDGE_COMBOS; i++)
		if (strcmp(judge_combos[i].name, name) == 0)
			return &judge_combos[i];
	ck_abort_msg("no combination %s", name);
	return NULL;
}

static const char *const combo_names[] = { "nested HS256 dir A256GCM", "nested ES256 A256KW A256CBC-HS512",
	"sealed dir A256CBC-HS512", "signed EdDSA" };

START_TEST(test_starved)
{
	size_t combos = (rows[_i].traits & ALIKE) != 0 ? 1 : sizeof(combo_names) / sizeof(combo_names[0]);

	for (size_t i = 0; i < combos; i++)
		for (unsigned whose = OURS; whose <= OPENSSL; whose <<= 1)
			if ((rows[_i].whose & whose) != 0)
				starve_row(&rows[_i], combo_named(combo_names[i]), whose);
}
END_TEST

START_TEST(test_planted)
{
	struct scene s;
	sess_diag diag;

	scene_init(&s, &judge_combos[0]);
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		for (int once = 0; once < 2; once++)
			ck_assert_msg(starve(&s, &planted[i], OURS, once, &diag) != NULL, "not noticed: %s", planted[i].what);
	scene_done(&s);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("starve");
	TCase *tcase = tcase_create("hunger");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_planted);
	tcase_add_loop_test(tcase, test_starved, 0, ROWS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (famine_install() != 0)
		return runner_skip("OpenSSL has allocated already");
	return famine_end("starve", runner_main(make_suite()));
}
