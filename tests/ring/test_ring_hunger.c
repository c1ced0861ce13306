/* SPDX-License-Identifier: MIT */
/*
 * Hunger among encrypted rings: every allocation in turn fails, alone or with all after it, ours, jansson's, OpenSSL's and that
 * of pages, while a protection is made, a ring loaded, protected and written. Each time an error of class SYSTEM comes out and
 * nothing else, and the same call succeeds afterwards. Links with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=mmap,--wrap=mmap64.
 */
#include "session/famine.h"

#include <errno.h>
#include <sys/mman.h>

#include "support/runner.h"
#include "ring/sealed.h"

#define TURNS_MAX 5000

enum { PAGES = 8 };

/* Whichever of the two names the compiler makes of mmap(). */
#define WRAP(name) \
	void *__real_##name(void *at, size_t n, int protection, int flags, int fd, off_t offset); \
	void *__wrap_##name(void *at, size_t n, int protection, int flags, int fd, off_t offset); \
	void *__wrap_##name(void *at, size_t n, int protection, int flags, int fd, off_t offset) \
	{ \
		errno = ENOMEM; \
		return grant(PAGES) ? __real_##name(at, n, protection, flags, fd, offset) : MAP_FAILED; \
	}
WRAP(mmap)
WRAP(mmap64)

static sess_protection *p, *k;
static sess_ring *plain, *under[2];
static char *text[2];

/* Each gives back what it made: 0, or the error. */
static int
act_passphrase(sess_diag *diag)
{
	sess_protection *made = NULL;
	int rc = sess_protection_new_passphrase("secret", 6, 0, &made, diag);

	sess_protection_free(made);
	return rc == 0 && made == NULL ? 1 : rc;
}

static int
act_kek(sess_diag *diag)
{
	static const char jwk[] = "{\"kty\":\"oct\",\"alg\":\"A256KW\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";
	sess_protection *made = NULL;
	int rc = sess_protection_new_kek(jwk, strlen(jwk), &made, diag);

	sess_protection_free(made);
	return rc == 0 && made == NULL ? 1 : rc;
}

static int
load(int i, sess_protection *protection, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sealed_load(text[i], strlen(text[i]), protection, &ring, diag);

	sess_ring_free(ring);
	return (rc == 0) == (ring == NULL) ? 1 : rc;
}

static int
act_load_known(sess_diag *diag)
{
	return load(0, p, diag);
}

static int
act_load_kek(sess_diag *diag)
{
	return load(1, k, diag);
}

static int
protect(sess_protection *protection, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sess_ring_protect(plain, protection, &ring, diag);

	sess_ring_free(ring);
	return (rc == 0) == (ring == NULL) ? 1 : rc;
}

static int
act_protect(sess_diag *diag)
{
	return protect(p, diag);
}

static int
dump(int i, sess_diag *diag)
{
	char *made = NULL;
	size_t n = 0;
	int rc = sess_ring_dump_protected(under[i], &made, &n, diag);

	sess_ring_text_free(made, n);
	return (rc == 0) == (made == NULL) ? 1 : rc;
}

static int
act_dump_known(sess_diag *diag)
{
	return dump(0, diag);
}

static int
act_dump_kek(sess_diag *diag)
{
	return dump(1, diag);
}

/* A salt that is new each time: a derivation under hunger, which must not be remembered when it fails. Two iterations, for
 * OpenSSL allocates in each. */
static int
act_derive(sess_diag *diag)
{
	static uint8_t salt[8];
	struct secret key = { { 0 }, 0 }, again = { { 0 }, 0 };
	size_t before = protection_derivations(p);
	int rc;

	memcpy(salt, &(uint32_t){ (uint32_t)before + 1 }, 4);
	rc = protection_key(p, salt, 8, 2, &key);
	famine.whose = 0;
	if (rc != 0 && (key.len != 0 || protection_derivations(p) != before))
		return 1;
	if (protection_key(p, salt, 8, 2, &again) != 0 || protection_derivations(p) != before + 1)
		return 1;
	if (diag != NULL)
		diag->code = rc;
	return rc == 0 && memcmp(key.bytes, again.bytes, 32) != 0 ? 1 : rc;
}

static const struct row {
	const char *what;
	int (*act)(sess_diag *diag);
	unsigned whose;
	int parses; /* jansson 2.14 takes no notice when its lexer's buffer cannot grow: a single failure may abort it */
} rows[] = {
	{ "sess_protection_new_passphrase", act_passphrase, OURS | OPENSSL | PAGES, 0 },
	{ "sess_protection_new_kek", act_kek, OURS | JANSSON | OPENSSL | PAGES, 1 },
	{ "sess_ring_load_mem, key remembered", act_load_known, OURS | JANSSON | OPENSSL, 1 },
	{ "sess_ring_load_mem, key given", act_load_kek, OURS | JANSSON | OPENSSL, 1 },
	{ "sess_ring_protect", act_protect, OURS | OPENSSL, 0 },
	{ "sess_ring_dump_protected, key remembered", act_dump_known, OURS | JANSSON | OPENSSL, 0 },
	{ "sess_ring_dump_protected, key given", act_dump_kek, OURS | JANSSON | OPENSSL, 0 },
	{ "a derivation", act_derive, OPENSSL, 0 },
};

/* What is wrong with how a call takes the failure of each of its allocations; NULL: nothing. */
static const char *
starve(const struct row *row, unsigned whose, int once, sess_diag *diag)
{
	for (size_t turn = 0; turn < TURNS_MAX; turn++) {
		int rc;

		famine.left = turn;
		famine.once = once;
		famine.refused = 0;
		famine.whose = whose;
		rc = row->act(diag);
		famine.whose = 0;
		if (diag != NULL && diag->code != rc)
			return "the diagnostic has another code";
		if (famine.refused == 0)
			return rc != 0 ? "an error without hunger" : turn == 0 ? "it allocates nothing" : NULL;
		/* OpenSSL has caches, and a list of errors that nobody reads: it may do without. */
		if (sess_error_class_of(rc) != SESS_CLASS_SYSTEM && !(whose == OPENSSL && rc == 0))
			return "not an error of class SYSTEM";
		if (row->act(NULL) != 0)
			return "it does not work any more";
	}
	return "it has no end";
}

START_TEST(test_starved)
{
	const struct row *row = &rows[_i];

	for (unsigned whose = OURS; whose <= PAGES; whose <<= 1) {
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

static int
plant_deaf(sess_diag *diag)
{
	void *volatile block = malloc(8);

	if (diag != NULL)
		diag->code = 0;
	free(block);
	return 0;
}

static int
plant_liar(sess_diag *diag)
{
	void *volatile block = malloc(8);
	int rc = block == NULL ? SESS_ERR_RING_ENCRYPTED : 0;

	if (diag != NULL)
		diag->code = rc;
	free(block);
	return rc;
}

START_TEST(test_planted)
{
	static const struct row planted[] = { { "deaf", plant_deaf, OURS, 0 }, { "liar", plant_liar, OURS, 0 } };
	sess_diag diag;

	for (size_t i = 0; i < 2; i++)
		for (int once = 0; once < 2; once++)
			ck_assert_msg(starve(&planted[i], OURS, once, &diag) != NULL, "not noticed: %s", planted[i].what);
}
END_TEST

static void
setup(void)
{
	size_t n = 0;

	p = sealed_protection(PROTECTION_PASSPHRASE);
	k = sealed_protection(PROTECTION_KEK);
	plain = sealed_generate();
	ck_assert_int_eq(sess_ring_protect(plain, p, &under[0], NULL), 0);
	ck_assert_int_eq(sess_ring_protect(plain, k, &under[1], NULL), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(sess_ring_dump_protected(under[i], &text[i], &n, NULL), 0);
}

static void
teardown(void)
{
	for (int i = 0; i < 2; i++) {
		sess_ring_text_free(text[i], strlen(text[i]));
		sess_ring_free(under[i]);
	}
	sess_ring_free(plain);
	sess_protection_free(p);
	sess_protection_free(k);
}

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_hunger");
	TCase *tcase = tcase_create("hunger");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_planted);
	tcase_add_loop_test(tcase, test_starved, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (famine_install() != 0)
		return runner_skip("OpenSSL has allocated already");
	return famine_end("ring_hunger", runner_main(make_suite()));
}
