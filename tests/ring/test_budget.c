/* SPDX-License-Identifier: MIT */
/*
 * How many tokens a dir key with A256GCM may make in one process: counted over threads, work spaces, reloads and managers that share
 * a ring; told as the end comes near; an error at the end. The counter is set from inside, for 2^31 tokens take too long.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "session/manager.h"
#include "support/ringfile.h"
#include "support/runner.h"

static const int64_t NOW = 1800000000;

static struct ringfile file;
static struct ringfile_events events;
static sess_manager *manager;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

static sess_manager *
make_manager(sess_ring *ring)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;

	config.clock = clock_now;
	config.on_event = ringfile_count;
	config.on_event_arg = &events;
	config.ring = ring;
	config.ring_path = ring == NULL ? file.path : NULL;
	ck_assert_int_eq(sess_manager_new(&config, &m, NULL), 0);
	return m;
}

static void
setup_spec(const sess_ring_spec *spec)
{
	ringfile_init(&file, spec);
	manager = make_manager(NULL);
	memset(&events, 0, sizeof(events));
}

static void
setup(void)
{
	setup_spec(NULL);
}

static void
teardown(void)
{
	sess_manager_free(manager);
	ringfile_done(&file);
}

/* The entry of the key that encrypts now. */
static const struct keytab_entry *
enc_entry(const sess_manager *m)
{
	const struct keytab *tab = atomic_load(&m->current);

	return keytab_of(tab, ring_key_in_turn(tab->ring, JOSE_USE_ENC, NOW));
}

static int
mint_with(sess_manager *m, sess_diag *diag)
{
	char *token = NULL;
	size_t len = 0;
	int rc = sess_mint(m, "anna", NULL, 0, NULL, &token, &len, diag);

	ck_assert_int_eq(rc == 0, token != NULL);
	sess_token_free(token);
	return rc;
}

static int
mint(void)
{
	return mint_with(manager, NULL);
}

static void
set_claimed(int64_t n)
{
	atomic_store(&enc_entry(manager)->budget->claimed, n);
}

static int64_t
claimed(void)
{
	return atomic_load(&enc_entry(manager)->budget->claimed);
}

START_TEST(test_end)
{
	sess_session *session = NULL;
	char *token = NULL, *renewed = NULL;
	size_t len = 0, renewed_len = 0;
	sess_diag diag;

	set_claimed(BUDGET_LIMIT - BUDGET_BLOCK);
	ck_assert_int_eq(sess_mint(manager, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(manager, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(sess_renew(manager, session, NULL, &renewed, &renewed_len, NULL), 0);
	sess_token_free(renewed);
	for (int i = 2; i < BUDGET_BLOCK; i++)
		ck_assert_int_eq(mint(), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(mint_with(manager, &diag), SESS_ERR_KEY_SPENT);
		ck_assert_str_eq(diag.kid, enc_entry(manager)->key->kid);
		ck_assert_ptr_nonnull(strstr(diag.message, "2147483648"));
		ck_assert_ptr_nonnull(strstr(diag.message, "rotate"));
		ck_assert_ptr_nonnull(strstr(diag.message, "A256KW"));
	}
	renewed = NULL;
	ck_assert_int_eq(sess_renew(manager, session, NULL, &renewed, &renewed_len, &diag), SESS_ERR_KEY_SPENT);
	ck_assert_ptr_null(renewed);
	ck_assert_str_eq(diag.kid, enc_entry(manager)->key->kid);
	sess_session_free(session);
	session = NULL;
	/* Reading has no end. */
	ck_assert_int_eq(sess_verify(manager, token, len, NULL, &session, NULL), 0);
	sess_session_free(session);
	sess_token_free(token);
	ck_assert_int_eq(claimed(), BUDGET_LIMIT);
}
END_TEST

/* A claim that does not take the key over the next step says nothing. */
START_TEST(test_told)
{
	static const struct {
		const char *what;
		int64_t before;
		int told;
	} rows[] = {
		{ "the first", 0, 0 },
		{ "a step far from the end", BUDGET_TELL_EVERY - BUDGET_BLOCK, 0 },
		{ "half", BUDGET_LIMIT / 2 - BUDGET_BLOCK, 0 },
		{ "the step before three quarters", BUDGET_NEAR - BUDGET_TELL_EVERY - BUDGET_BLOCK, 0 },
		{ "just below three quarters", BUDGET_NEAR - 2 * BUDGET_BLOCK, 0 },
		{ "three quarters", BUDGET_NEAR - BUDGET_BLOCK, 1 },
		{ "within a step", BUDGET_NEAR, 0 },
		{ "the next step, unevenly", BUDGET_NEAR + BUDGET_TELL_EVERY - 1, 1 },
		{ "the last", BUDGET_LIMIT - BUDGET_BLOCK, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int before = events.count[SESS_EVENT_KEY_NEAR_LIMIT];

		/* A work space that has nothing left. */
		ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
		set_claimed(rows[i].before);
		ck_assert_int_eq(mint(), 0);
		ck_assert_msg(events.count[SESS_EVENT_KEY_NEAR_LIMIT] == before + rows[i].told, "%s", rows[i].what);
		if (!rows[i].told)
			continue;
		ck_assert_int_eq(events.value, rows[i].before + BUDGET_BLOCK);
		ck_assert_int_eq(events.limit, INT64_C(2147483648));
		ck_assert_str_eq(events.kid, enc_entry(manager)->key->kid);
		ck_assert_int_eq(mint(), 0);
		ck_assert_int_eq(events.count[SESS_EVENT_KEY_NEAR_LIMIT], before + 1);
	}
}
END_TEST

START_TEST(test_told_by_renewal)
{
	sess_session *session = NULL;
	char *token = NULL, *renewed = NULL;
	size_t len = 0;

	ck_assert_int_eq(sess_mint(manager, "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(manager, token, len, NULL, &session, NULL), 0);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	set_claimed(BUDGET_NEAR - BUDGET_BLOCK);
	ck_assert_int_eq(sess_renew(manager, session, NULL, &renewed, &len, NULL), 0);
	ck_assert_int_eq(events.count[SESS_EVENT_KEY_NEAR_LIMIT], 1);
	sess_session_free(session);
	sess_token_free(token);
	sess_token_free(renewed);
}
END_TEST

/* The count belongs to the key: it goes on in the next ring, and ends with rotation alone. */
START_TEST(test_reloads)
{
	const char *kid = enc_entry(manager)->key->kid;
	char spent[SESS_KID_MAX + 1];
	int64_t total = 0;

	strcpy(spent, kid);
	for (int i = 1; i <= 5; i++) {
		ck_assert_int_eq(mint(), 0);
		/* What its work space has not used is given back. */
		ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
		total++;
		ck_assert_int_eq(claimed(), total);
	}
	set_claimed(BUDGET_LIMIT);
	ck_assert_int_eq(mint(), SESS_ERR_KEY_SPENT);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	ck_assert_int_eq(mint(), SESS_ERR_KEY_SPENT);
	ringfile_rotate(&file, NOW);
	ck_assert_int_eq(mint(), SESS_ERR_KEY_SPENT);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	ck_assert_int_eq(mint(), 0);
	ck_assert_int_eq(claimed(), BUDGET_BLOCK);
	ck_assert_int_eq(atomic_load(&keytab_by_kid(atomic_load(&manager->current), spent, strlen(spent))->budget->claimed), BUDGET_LIMIT);
}
END_TEST

static sess_ring *
load(void)
{
	sess_ring *ring = NULL;

	ck_assert_int_eq(sess_ring_load_file(file.path, NULL, &ring, NULL), 0);
	return ring;
}

/* What a manager has not made when it goes is there for the others, to the last token. */
START_TEST(test_given_back)
{
	sess_ring *ring = load();
	sess_manager *other;

	sess_manager_free(manager);
	manager = make_manager(ring);
	for (int made = 0; made <= BUDGET_BLOCK; made += made < 2 ? 1 : made == 2 ? BUDGET_BLOCK - 3 : 1) {
		other = make_manager(ring);
		set_claimed(0);
		for (int i = 0; i < made; i++)
			ck_assert_int_eq(mint_with(other, NULL), 0);
		sess_manager_free(other);
		ck_assert_int_eq(claimed(), made);
	}
	sess_ring_free(ring);
}
END_TEST

/* Two managers, with two policies perhaps, on one ring: one key, one count; also after both were given the next ring. */
START_TEST(test_shared)
{
	sess_ring *ring = load(), *next;
	sess_manager *other;

	sess_manager_free(manager);
	manager = make_manager(ring);
	other = make_manager(ring);
	for (int i = 0; i < 2; i++) {
		set_claimed(BUDGET_LIMIT - BUDGET_BLOCK);
		ck_assert_int_eq(mint(), 0);
		ck_assert_int_eq(mint_with(other, NULL), SESS_ERR_KEY_SPENT);
		next = load();
		ck_assert_int_eq(sess_manager_set_ring(manager, next, NULL), 0);
		ck_assert_int_eq(sess_manager_set_ring(other, next, NULL), 0);
		sess_ring_free(next);
		ck_assert_int_eq(claimed(), BUDGET_LIMIT - BUDGET_BLOCK + 1);
	}
	/* And of a fresh key. */
	ringfile_rotate(&file, NOW);
	next = load();
	ck_assert_int_eq(sess_manager_set_ring(manager, next, NULL), 0);
	ck_assert_int_eq(sess_manager_set_ring(other, next, NULL), 0);
	sess_ring_free(next);
	ck_assert_ptr_eq(enc_entry(manager)->budget, enc_entry(other)->budget);
	sess_manager_free(other);
	sess_ring_free(ring);
}
END_TEST

/* Keys that draw no random nonce for GCM have no budget. */
START_TEST(test_none)
{
	static const struct {
		sess_form form;
		const char *kw, *enc;
		int has;
	} rows[] = {
		{ SESS_FORM_NESTED, "dir", "A256GCM", 1 },
		{ SESS_FORM_SEALED, "dir", "A256GCM", 1 },
		{ SESS_FORM_NESTED, "A256KW", "A256GCM", 0 },
		{ SESS_FORM_SEALED, "A256KW", "A256CBC-HS512", 0 },
		{ SESS_FORM_NESTED, "dir", "A256CBC-HS512", 0 },
		{ SESS_FORM_SIGNED, NULL, NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sess_ring_spec spec = SESS_RING_SPEC_INIT;
		const struct keytab *tab;

		teardown();
		spec.form = rows[i].form;
		spec.kw = rows[i].kw;
		spec.enc = rows[i].enc;
		setup_spec(&spec);
		tab = atomic_load(&manager->current);
		for (size_t k = 0; k < tab->ring->count; k++)
			ck_assert_int_eq(tab->entry[k].budget != NULL, rows[i].has && tab->entry[k].key->alg->use == JOSE_USE_ENC);
		ck_assert_int_eq(mint(), 0);
	}
}
END_TEST

#define THREADS 4
#define MINTS 3000

static void *
mint_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < MINTS; i++) {
		if (mint() != 0)
			return &events;
	}
	return NULL;
}

/* Not one lost, not one twice; work spaces that come and go give back what they did not use. */
START_TEST(test_threads)
{
	struct budget *budget = budget_ref(enc_entry(manager)->budget);
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, mint_many, NULL), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed = &events;

		ck_assert_int_eq(pthread_join(thread[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	ck_assert_int_eq(atomic_load(&budget->claimed), THREADS * MINTS);
	budget_free(budget);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("budget");
	TCase *tcase = tcase_create("budget");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_end);
	tcase_add_test(tcase, test_told);
	tcase_add_test(tcase, test_told_by_renewal);
	tcase_add_test(tcase, test_reloads);
	tcase_add_test(tcase, test_shared);
	tcase_add_test(tcase, test_given_back);
	tcase_add_test(tcase, test_none);
	tcase_add_test(tcase, test_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
