/* SPDX-License-Identifier: MIT */
/*
 * Rings under a protection: taking one on and laying it off, what rotation keeps, files that are never in plain text, reloads
 * that derive nothing, and many threads that load under one protection.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/runner.h"
#include "ring/sealed.h"

static char dir[32], path[64];
static sess_protection *p, *k;

static void
setup(void)
{
	strcpy(dir, "/tmp/sess-protect-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/ring", dir);
	p = sealed_protection(PROTECTION_PASSPHRASE);
	k = sealed_protection(PROTECTION_KEK);
}

static void
teardown(void)
{
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left behind */
	sess_protection_free(p);
	sess_protection_free(k);
}

static sess_ring *
protect(const sess_ring *ring, sess_protection *protection)
{
	sess_ring *made = NULL;
	sess_diag diag;
	int rc = sess_ring_protect(ring, protection, &made, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
	return made;
}

static char *
dump(const sess_ring *ring)
{
	char *text = NULL;
	size_t n = 0;

	ck_assert_int_eq(sess_ring_dump_protected(ring, &text, &n, NULL), 0);
	ck_assert_uint_eq(n, strlen(text));
	return text;
}

static sess_ring *
load(const char *text, sess_protection *protection)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc = sealed_load(text, strlen(text), protection, &ring, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
	return ring;
}

/* The header segment: what a reader needs a key derived for. */
static int
same_header(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	return n == strcspn(b, ".") && memcmp(a, b, n) == 0;
}

START_TEST(test_protect)
{
	sess_ring *plain = sealed_generate(), *under = NULL, *none = plain;
	char *text;

	ck_assert_ptr_null(sess_ring_encryption(plain));
	ck_assert_int_eq(sess_ring_p2c(plain), 0);
	/* Plain text stays plain text: nothing to do. */
	ck_assert_int_eq(sess_ring_protect(plain, NULL, &none, NULL), 0);
	ck_assert_ptr_null(none);
	text = dump(plain);
	ck_assert_int_eq(text[0], '{');
	sess_ring_text_free(text, strlen(text));

	under = protect(plain, p);
	ck_assert_str_eq(sess_ring_encryption(under), "PBES2-HS512+A256KW");
	ck_assert_int_eq(sess_ring_p2c(under), SEALED_P2C);
	ck_assert_int_eq(sess_ring_generation(under), sess_ring_generation(plain) + 1);
	text = dump(under);
	none = load(text, p);
	ck_assert_int_eq(sess_ring_generation(none), sess_ring_generation(under));
	sess_ring_free(none);
	sess_ring_text_free(text, strlen(text));

	none = protect(under, k);
	ck_assert_str_eq(sess_ring_encryption(none), "A256KW");
	ck_assert_int_eq(sess_ring_p2c(none), 0);
	sess_ring_free(under);
	under = protect(none, NULL);
	ck_assert_ptr_null(sess_ring_encryption(under));
	text = dump(under);
	ck_assert_int_eq(text[0], '{');
	sess_ring_text_free(text, strlen(text));
	sess_ring_free(under);
	sess_ring_free(none);
	sess_ring_free(plain);
}
END_TEST

START_TEST(test_arguments)
{
	sess_ring *ring = sealed_generate(), *made = NULL;
	char *text = NULL;
	size_t n = 0;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_protect(NULL, p, &made, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_protect(ring, p, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_dump_protected(NULL, &text, &n, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_dump_protected(ring, NULL, &n, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_dump_protected(ring, &text, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(made);
	ck_assert_ptr_null(text);
	sess_ring_free(ring);
}
END_TEST

/* The protection may go before the ring does. */
START_TEST(test_ring_holds_it)
{
	sess_protection *own = sealed_protection(PROTECTION_PASSPHRASE);
	sess_ring *plain = sealed_generate(), *under = protect(plain, own), *again;
	char *text;

	sess_protection_free(own);
	text = dump(under);
	again = load(text, p);
	sess_ring_free(again);
	sess_ring_text_free(text, strlen(text));
	sess_ring_free(under);
	sess_ring_free(plain);
}
END_TEST

START_TEST(test_rotation_keeps)
{
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *plain = sealed_generate(), *under = protect(plain, p), *next = NULL, *read;
	char *before = dump(under), *after, *anew;
	sess_protection *reader = sealed_protection(PROTECTION_PASSPHRASE);

	sess_ring_free(under);
	under = load(before, reader);
	ck_assert_uint_eq(protection_derivations(reader), 1);
	ck_assert_int_eq(sess_ring_rotate(under, &rotation, 100, &next, NULL), 0);
	after = dump(next);
	ck_assert(same_header(before, after));
	read = load(after, reader);
	ck_assert_uint_eq(sess_ring_key_count(read), sess_ring_key_count(under) + 2);
	ck_assert_int_eq(sess_ring_generation(read), sess_ring_generation(under) + 1);
	/* Neither the second load nor the writing was a PBKDF2. */
	ck_assert_uint_eq(protection_derivations(reader), 1);
	sess_ring_free(read);
	/* Encrypted anew: a new salt. */
	sess_ring_free(under);
	under = protect(next, reader);
	anew = dump(under);
	ck_assert(!same_header(anew, after));
	ck_assert_uint_eq(protection_derivations(reader), 2);
	sess_ring_free(under);
	sess_ring_free(next);
	sess_ring_free(plain);
	sess_ring_text_free(before, strlen(before));
	sess_ring_text_free(after, strlen(after));
	sess_ring_text_free(anew, strlen(anew));
	sess_protection_free(reader);
}
END_TEST

/* For verifiers, who are not to know the passphrase of the whole ring. */
START_TEST(test_export_lays_it_off)
{
	sess_ring *plain = sealed_generate(), *under = protect(plain, k), *public = NULL;

	ck_assert_int_eq(sess_ring_export_verify_only(under, 100, &public, NULL), 0);
	ck_assert_ptr_null(sess_ring_encryption(public));
	sess_ring_free(public);
	sess_ring_free(under);
	sess_ring_free(plain);
}
END_TEST

static char *
read_file(void)
{
	char *text = calloc(1, SESS_RING_BYTES_MAX);
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(read(fd, text, SESS_RING_BYTES_MAX - 1), 0);
	ck_assert_int_eq(close(fd), 0);
	return text;
}

static int
edit_protect(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	return sess_ring_protect(ring, arg, ret_ring, diag);
}

static int
edit_rotate(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	sess_rotation rotation = SESS_ROTATION_INIT;

	return sess_ring_rotate(ring, &rotation, *(const int64_t *)arg, ret_ring, diag);
}

static int
update(sess_protection *opens, sess_ring_edit_fn *edit, void *arg, sess_diag *diag)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;

	access.protection = opens;
	return sess_ring_update_file(path, &access, edit, arg, NULL, diag);
}

static int
load_file(sess_protection *opens, const char *expected_encryption, int64_t expected_generation)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_ring *ring = NULL;
	const char *encryption;
	int rc;

	access.protection = opens;
	if ((rc = sess_ring_load_file(path, &access, &ring, NULL)) != 0)
		return rc;
	encryption = sess_ring_encryption(ring);
	ck_assert(encryption == expected_encryption || strcmp(encryption, expected_encryption) == 0);
	ck_assert_int_eq(sess_ring_generation(ring), expected_generation);
	sess_ring_free(ring);
	return 0;
}

/* The life of a file: new, encrypted, rotated twice, under another protection, in plain text again. */
START_TEST(test_file)
{
	sess_ring *ring = sealed_generate();
	int64_t now = 1000000;
	char *text, *before;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_create_file(ring, path, NULL), 0);
	ck_assert_int_eq(update(NULL, edit_protect, p, &diag), 0);
	ck_assert_int_eq(load_file(NULL, NULL, 0), SESS_ERR_RING_ENCRYPTED);
	ck_assert_int_eq(load_file(k, NULL, 0), SESS_ERR_RING_ENCRYPTED);
	ck_assert_int_eq(load_file(p, "PBES2-HS512+A256KW", 2), 0);
	/* Without the passphrase nothing is changed, and nothing is written. */
	before = read_file();
	ck_assert_int_eq(update(NULL, edit_rotate, &now, &diag), SESS_ERR_RING_ENCRYPTED);
	text = read_file();
	ck_assert_str_eq(text, before);
	free(text);
	for (int64_t generation = 3; generation <= 4; generation++, now += 1000000) {
		ck_assert_int_eq(update(p, edit_rotate, &now, &diag), 0);
		text = read_file();
		ck_assert(ring_cipher_is_sealed(text, strlen(text)));
		ck_assert(same_header(text, before));
		ck_assert_str_ne(text, before);
		free(text);
		ck_assert_int_eq(load_file(p, "PBES2-HS512+A256KW", generation), 0);
	}
	free(before);
	ck_assert_uint_eq(protection_derivations(p), 1);
	ck_assert_int_eq(update(p, edit_protect, k, &diag), 0);
	ck_assert_int_eq(load_file(p, NULL, 0), SESS_ERR_RING_ENCRYPTED);
	ck_assert_int_eq(load_file(k, "A256KW", 5), 0);
	ck_assert_int_eq(update(k, edit_protect, NULL, &diag), 0);
	ck_assert_int_eq(load_file(NULL, NULL, 6), 0);
	/* A protection that is not needed does no harm. */
	ck_assert_int_eq(load_file(p, NULL, 6), 0);
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_new_file_is_encrypted)
{
	sess_ring *plain = sealed_generate(), *under = protect(plain, k);
	char *text;
	struct stat st;

	ck_assert_int_eq(sess_ring_create_file(under, path, NULL), 0);
	text = read_file();
	ck_assert(ring_cipher_is_sealed(text, strlen(text)));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	free(text);
	ck_assert_int_eq(sess_ring_replace_file(under, path, NULL), 0);
	ck_assert_int_eq(load_file(k, "A256KW", 2), 0);
	sess_ring_free(under);
	sess_ring_free(plain);
}
END_TEST

START_TEST(test_descriptor_and_rollback)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_ring *plain = sealed_generate(), *under = protect(plain, p), *ring = NULL;
	int fd;

	ck_assert_int_eq(sess_ring_create_file(under, path, NULL), 0);
	fd = open(path, O_RDONLY);
	ck_assert_int_eq(sess_ring_load_fd(fd, &access, &ring, NULL), SESS_ERR_RING_ENCRYPTED);
	access.protection = p;
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(sess_ring_load_fd(fd, &access, &ring, NULL), 0);
	sess_ring_free(ring);
	ring = NULL;
	access.min_generation = 3;
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(sess_ring_load_fd(fd, &access, &ring, NULL), SESS_ERR_RING_ROLLBACK);
	ck_assert_ptr_null(ring);
	ck_assert_int_eq(close(fd), 0);
	sess_ring_free(under);
	sess_ring_free(plain);
}
END_TEST

#define THREADS 8
#define ROUNDS 40

static char *texts[2];

static void *
work(void *arg)
{
	size_t *wrong = arg;

	for (int i = 0; i < ROUNDS; i++) {
		const char *text = texts[i % 2];
		sess_ring *ring = NULL;
		char *again = NULL;
		size_t n = 0;

		*wrong += sealed_load(text, strlen(text), i % 2 == 0 ? p : k, &ring, NULL) != 0 ||
		    sess_ring_dump_protected(ring, &again, &n, NULL) != 0;
		sess_ring_text_free(again, n);
		sess_ring_free(ring);
	}
	return NULL;
}

/* They all load and write under two protections, which are derived for at most once a thread. */
START_TEST(test_threads)
{
	sess_ring *plain = sealed_generate(), *a = protect(plain, p), *b = protect(plain, k);
	size_t wrong[THREADS] = { 0 };
	pthread_t threads[THREADS];

	texts[0] = dump(a);
	texts[1] = dump(b);
	sess_protection_free(p);
	p = sealed_protection(PROTECTION_PASSPHRASE);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &wrong[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_uint_eq(wrong[i], 0);
	}
	ck_assert_uint_ge(protection_derivations(p), 1);
	ck_assert_uint_le(protection_derivations(p), THREADS);
	for (int i = 0; i < 2; i++)
		sess_ring_text_free(texts[i], strlen(texts[i]));
	sess_ring_free(a);
	sess_ring_free(b);
	sess_ring_free(plain);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_protect");
	TCase *tcase = tcase_create("protect");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_protect);
	tcase_add_test(tcase, test_arguments);
	tcase_add_test(tcase, test_ring_holds_it);
	tcase_add_test(tcase, test_rotation_keeps);
	tcase_add_test(tcase, test_export_lays_it_off);
	tcase_add_test(tcase, test_file);
	tcase_add_test(tcase, test_new_file_is_encrypted);
	tcase_add_test(tcase, test_descriptor_and_rollback);
	tcase_add_test(tcase, test_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
