/* SPDX-License-Identifier: MIT */
/*
 * Changes of a ring while memory fails: each allocation in turn, alone or with all after it. An error of class SYSTEM comes out and
 * nothing else, or the whole change; a file is the old one or the new one.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/famine.h"
#include "support/life.h"
#include "support/runner.h"

#define NOW LIFE_NOW
#define DAY 86400
#define TURNS_MAX 5000

/* A nested EdDSA ring with an old key of each use that is safe to prune, and a file of it. */
static sess_ring *ring;
static char minting[SESS_KID_MAX + 1];
/* The same, rotated; its next signing key is pending. */
static sess_ring *turning;
static char pending[SESS_KID_MAX + 1];
/* The first again, its minting key revoked. */
static sess_ring *dead;
static char path[] = "/tmp/sess-famine-XXXXXX/ring";

typedef int change(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag);

static int
do_rotate(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	sess_rotation what = SESS_ROTATION_INIT;

	(void)ret_text;
	(void)ret_len;
	what.alg = "ES256";
	return sess_ring_rotate(ring, &what, NOW, ret, diag);
}

static int
do_revoke(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret_text;
	(void)ret_len;
	return sess_ring_revoke(ring, minting, "hunger", NOW, ret, diag);
}

static int
do_revoke_pending(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret_text;
	(void)ret_len;
	return sess_ring_revoke(turning, pending, "hunger", NOW, ret, diag);
}

static int
do_prune(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret_text;
	(void)ret_len;
	return sess_ring_prune(ring, NULL, 0, NOW, ret, diag);
}

static int
do_export(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret_text;
	(void)ret_len;
	return sess_ring_export_verify_only(ring, NOW, ret, diag);
}

static int
do_jwks(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret;
	return sess_ring_export_jwks(ring, NOW, ret_text, ret_len, diag);
}

/* What a key was revoked for must not be lost. */
static int
do_dump(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret;
	return sess_ring_dump(dead, ret_text, ret_len, diag);
}

static int
edit(const sess_ring *old, void *arg, sess_ring **ret, sess_diag *diag)
{
	sess_rotation what = SESS_ROTATION_INIT;

	(void)arg;
	return sess_ring_rotate(old, &what, NOW, ret, diag);
}

static int
do_update(sess_ring **ret, char **ret_text, size_t *ret_len, sess_diag *diag)
{
	(void)ret_text;
	(void)ret_len;
	return sess_ring_update_file(path, NULL, edit, NULL, ret, diag);
}

static const struct row {
	const char *what;
	change *act;
	unsigned whose;
	int parses; /* jansson takes no notice of some single failures */
} rows[] = {
	{ "sess_ring_rotate", do_rotate, OURS | OPENSSL, 0 },
	{ "sess_ring_revoke", do_revoke, OURS | OPENSSL, 0 },
	{ "sess_ring_revoke of a pending key", do_revoke_pending, OURS | OPENSSL, 0 },
	{ "sess_ring_prune", do_prune, OURS | OPENSSL, 0 },
	{ "sess_ring_export_verify_only", do_export, OURS | OPENSSL, 0 },
	{ "sess_ring_export_jwks", do_jwks, OURS | JANSSON, 0 },
	{ "sess_ring_dump of a revoked key", do_dump, OURS | JANSSON, 0 },
	{ "sess_ring_update_file", do_update, OURS | JANSSON | OPENSSL, 1 },
};

/* The file as it was before; else the one that the change made. */
static void
check_file(int changed)
{
	sess_ring *found = NULL;

	ck_assert_int_eq(sess_ring_load_file(path, NULL, &found, NULL), 0);
	ck_assert_int_eq(sess_ring_generation(found), sess_ring_generation(ring) + (changed ? 1 : 0));
	sess_ring_free(found);
	ck_assert_int_eq(sess_ring_replace_file(ring, path, NULL), 0);
}

static void
starve_once(const struct row *row, unsigned whose, int once, size_t turn)
{
	sess_ring *out = NULL;
	char *text = NULL;
	size_t n = 0;
	sess_diag diag;
	int rc;

	famine.left = turn;
	famine.once = once;
	famine.refused = 0;
	famine.whose = whose;
	rc = row->act(&out, &text, &n, &diag);
	famine.whose = 0;
	ck_assert_msg(diag.code == rc, "%s: the diagnostic has another code", row->what);
	ck_assert_msg((rc == 0) == (out != NULL || text != NULL), "%s: what came out does not fit %d", row->what, rc);
	ck_assert_msg(rc == 0 || sess_error_class_of(rc) == SESS_CLASS_SYSTEM, "%s, whose %u, turn %zu: %s", row->what, whose, turn,
	    sess_error_name(rc));
	/* OpenSSL has caches that it may do without; of ours each one is needed. */
	ck_assert_msg(rc != 0 || famine.refused == 0 || whose == OPENSSL, "%s, whose %u, turn %zu: no notice", row->what, whose, turn);
	if (out != NULL)
		life_check(out);
	if (row->parses)
		check_file(rc == 0);
	sess_ring_free(out);
	sess_ring_text_free(text, n);
}

START_TEST(test_famine)
{
	const struct row *row = &rows[_i];

	for (unsigned whose = OURS; whose <= OPENSSL; whose <<= 1) {
		for (int once = 0; once < 2 && (row->whose & whose) != 0; once++) {
			size_t turn = 0;

			if (once && whose == JANSSON && row->parses)
				continue;
			do {
				starve_once(row, whose, once, turn++);
			} while (famine.refused > 0 && turn < TURNS_MAX);
			ck_assert_msg(turn > 1 && turn < TURNS_MAX, "%s, whose %u: %zu turns", row->what, whose, turn);
		}
	}
}
END_TEST

static void
setup(void)
{
	sess_rotation what = SESS_ROTATION_INIT;
	sess_ring *first = life_ring(SESS_FORM_NESTED, "EdDSA", NULL, NULL, NOW - 9 * DAY);
	char *slash = strrchr(path, '/');

	ck_assert_int_eq(sess_ring_rotate(first, &what, NOW - 8 * DAY, &ring, NULL), 0);
	sess_ring_free(first);
	strcpy(minting, life_only(ring, "sig", SESS_KEY_MINTS, NOW).kid);
	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW, &turning, NULL), 0);
	strcpy(pending, life_only(turning, "sig", SESS_KEY_PENDING, NOW).kid);
	ck_assert_int_eq(sess_ring_revoke(ring, minting, "hunger", NOW, &dead, NULL), 0);
	memcpy(slash - 6, "XXXXXX", 6);
	*slash = '\0';
	ck_assert_ptr_nonnull(mkdtemp(path));
	*slash = '/';
	ck_assert_int_eq(sess_ring_create_file(ring, path, NULL), 0);
}

static void
teardown(void)
{
	char *slash = strrchr(path, '/');

	ck_assert_int_eq(unlink(path), 0);
	*slash = '\0';
	ck_assert_int_eq(rmdir(path), 0); /* no temporary file, no lock */
	*slash = '/';
	sess_ring_free(ring);
	sess_ring_free(turning);
	sess_ring_free(dead);
}

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_famine");
	TCase *tcase = tcase_create("famine");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_famine, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (famine_install() != 0)
		return runner_skip("OpenSSL has allocated already");
	return famine_end("ring_famine", runner_main(make_suite()));
}
