/* SPDX-License-Identifier: MIT */
/*
 * Reloading: a ring that is not good, and a file that cannot be read, leave the ring in force where it is, with an error that says why and
 * one event; the next good file is taken. How a file may be read is the manager's for good.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/reloading.h"
#include "support/runner.h"
#include "ring/protection.h"
#include "ring/ring_cipher.h"

typedef void spoil(json_t *ring);

static json_t *
part(json_t *ring, const char *name, size_t key)
{
	return strcmp(name, "sess") == 0 ? json_object_get(ring, "sess") : json_array_get(json_object_get(ring, "keys"), key);
}

static void
spoil_version(json_t *ring)
{
	json_object_set_new(part(ring, "sess", 0), "v", json_integer(2));
}

static void
spoil_no_keys(json_t *ring)
{
	json_object_set_new(ring, "keys", json_array());
}

static void
spoil_unknown_member(json_t *ring)
{
	json_object_set_new(ring, "more", json_true());
}

static void
spoil_key_twice(json_t *ring)
{
	json_array_append(json_object_get(ring, "keys"), part(ring, "keys", 0));
}

static void
spoil_short_key(json_t *ring)
{
	json_object_set_new(part(ring, "keys", 0), "k", json_string("AAAA"));
}

static void
spoil_role(json_t *ring)
{
	json_array_remove(json_object_get(ring, "keys"), 1);
}

static void
spoil_token_life(json_t *ring)
{
	json_object_set_new(part(ring, "sess", 0), "token_life_s", json_integer(60));
}

static void
spoil_session_life(json_t *ring)
{
	json_object_set_new(part(ring, "sess", 0), "session_life_s", json_integer(3600));
}

static void
spoil_leeway(json_t *ring)
{
	json_object_set_new(part(ring, "sess", 0), "leeway_s", json_integer(5));
}

static void
spoil_tag(json_t *ring)
{
	json_object_set_new(part(ring, "sess", 0), "tag", json_string("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"));
}

static void
spoil_form(json_t *ring)
{
	json_t *keys = json_object_get(ring, "keys"), *key;
	size_t i;

	json_object_set_new(part(ring, "sess", 0), "form", json_string("sealed"));
	json_array_foreach(keys, i, key) {
		if (strcmp(json_string_value(json_object_get(key, "use")), "sig") == 0) {
			json_array_remove(keys, i);
			return;
		}
	}
}

static void
spoil_generation(json_t *ring)
{
	ringfile_step(ring, -4);
}

/* Changes of a ring that is one generation further; what is said of them. */
static const struct {
	const char *what;
	spoil *apply;
	int code;
	const char *member, *words;
} bad[] = {
	{ "another version", spoil_version, SESS_ERR_RING_FORMAT, "v", "" },
	{ "no keys", spoil_no_keys, SESS_ERR_RING_FORMAT, "keys", "" },
	{ "an unknown member", spoil_unknown_member, SESS_ERR_RING_FORMAT, "more", "" },
	{ "a key twice", spoil_key_twice, SESS_ERR_RING_KEY, "kid", "" },
	{ "a short key", spoil_short_key, SESS_ERR_RING_KEY, "k", "" },
	{ "a role without a key", spoil_role, SESS_ERR_RING_FORMAT, "keys", "" },
	{ "token_life_s below the policy's", spoil_token_life, SESS_ERR_RING_LIFETIME, "idle_timeout_s", "is 3600, the ring's token_life_s only 60" },
	{ "session_life_s below the policy's", spoil_session_life, SESS_ERR_RING_LIFETIME, "absolute_timeout_s",
	    "is 43200, the ring's session_life_s only 3600" },
	{ "leeway_s below the policy's", spoil_leeway, SESS_ERR_RING_LIFETIME, "leeway_s", "is 30, the ring's leeway_s only 5" },
	{ "another tag", spoil_tag, SESS_ERR_RING_FORMAT, "tag", "restart the service to change rings" },
	{ "another form", spoil_form, SESS_ERR_RING_FORMAT, "form", "sealed, not nested; restart the service to change rings" },
	{ "an older generation", spoil_generation, SESS_ERR_RING_ROLLBACK, "generation", "is generation 2, and 5 is in force" },
};

#define BAD ((int)(sizeof(bad) / sizeof(bad[0])))

/* Refused with its own words and one event, remembered, and forgotten for the next good file. */
static void
expect_refused(const char *what, int code, const char *member, const char *words)
{
	int changed = 7, refusals = events.count[SESS_EVENT_RING_REFUSED], rc;
	uint64_t loads = manager->reload.loads;
	sess_diag diag;

	rc = sess_manager_reload_if_changed(manager, &changed, &diag);
	ck_assert_msg(rc == code && diag.code == code, "%s: %d: %s", what, rc, diag.message);
	ck_assert_int_eq(changed, 7);
	ck_assert_msg(strcmp(diag.member, member) == 0, "%s: member \"%s\"", what, diag.member);
	ck_assert_msg(strstr(diag.message, words) != NULL, "%s: %s", what, diag.message);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], refusals + 1);
	ck_assert_int_eq(events.code, code);
	ck_assert_int_eq(events.generation, 5);
	ck_assert_str_eq(events.member, member);
	expect_in_force(5);
	/* Not read again, and not told again, until it changes. */
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, NULL), 0);
	ck_assert_int_eq(changed, 0);
	ck_assert_uint_eq(manager->reload.loads, loads + 1);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], refusals + 1);
	/* Save on demand. */
	ck_assert_int_eq(sess_manager_reload(manager, NULL), code);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], refusals + 2);
}

static void
set_generation_5(void)
{
	json_t *ring = ringfile_read(&file);

	ringfile_step(ring, 4);
	ringfile_write(&file, ring);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	expect_in_force(5);
	json_decref(ring);
}

static void
expect_recovery(json_t *ring)
{
	ringfile_step(ring, 1);
	ringfile_write(&file, ring);
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, NULL, NULL), 0);
	expect_in_force(6);
}

START_TEST(test_bad_ring)
{
	json_t *good, *ring;
	sess_ring *loaded = NULL;
	sess_diag diag;

	set_generation_5();
	good = ringfile_read(&file);
	ring = json_deep_copy(good);
	ringfile_step(ring, 1);
	bad[_i].apply(ring);
	ringfile_write(&file, ring);
	expect_refused(bad[_i].what, bad[_i].code, bad[_i].member, bad[_i].words);
	/* By sess_manager_set_ring() the same, of those that can be loaded at all. */
	if (sess_ring_load_file(file.path, NULL, &loaded, NULL) == 0) {
		ck_assert_int_eq(sess_manager_set_ring(manager, loaded, &diag), bad[_i].code);
		ck_assert_str_eq(diag.member, bad[_i].member);
		ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], 3);
		expect_in_force(5);
		sess_ring_free(loaded);
	}
	expect_recovery(good);
	json_decref(ring);
	json_decref(good);
}
END_TEST

/* Files that are no ring at all. */
START_TEST(test_bad_file)
{
	static const char *const texts[] = { "", "{}", "[]", "null", "{\"keys\":[]}", "\xff", "{\"sess\":" };
	json_t *good;
	char *text;

	set_generation_5();
	good = ringfile_read(&file);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		sess_diag diag;

		ringfile_write_text(&file, texts[i], strlen(texts[i]));
		ck_assert_int_eq(sess_manager_reload(manager, &diag), SESS_ERR_RING_FORMAT);
		expect_in_force(5);
	}
	text = json_dumps(good, 0);
	for (size_t n = 0; n < strlen(text); n += 7) {
		ringfile_write_text(&file, text, n);
		ck_assert_int_eq(sess_manager_reload(manager, NULL), SESS_ERR_RING_FORMAT);
	}
	expect_in_force(5);
	free(text);
	expect_recovery(good);
	json_decref(good);
}
END_TEST

START_TEST(test_bad_mode)
{
	json_t *good;

	set_generation_5();
	good = ringfile_read(&file);
	ck_assert_int_eq(chmod(file.path, 0644), 0);
	expect_refused("mode 0644", SESS_ERR_RING_FILE, "", "chmod 600");
	ck_assert_int_eq(unlink(file.path), 0);
	ck_assert_int_eq(mkfifo(file.path, 0600), 0);
	expect_refused("a FIFO", SESS_ERR_RING_FILE, "", "FIFO");
	ck_assert_int_eq(unlink(file.path), 0);
	ck_assert_int_eq(symlink("/dev/null", file.path), 0);
	expect_refused("a link", SESS_ERR_RING_FILE, "", "symbolic link");
	ck_assert_int_eq(unlink(file.path), 0);
	ck_assert_int_eq(mkdir(file.path, 0700), 0);
	expect_refused("a directory", SESS_ERR_RING_FILE, "", "directory");
	ck_assert_int_eq(rmdir(file.path), 0);
	expect_recovery(good);
	json_decref(good);
}
END_TEST

START_TEST(test_deleted)
{
	json_t *good;

	set_generation_5();
	good = ringfile_read(&file);
	ck_assert_int_eq(unlink(file.path), 0);
	expect_refused("no file", SESS_ERR_IO, "", "No such file");
	/* The very file as it was: back again. */
	ringfile_write(&file, good);
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, NULL, NULL), 0);
	expect_in_force(5);
	json_decref(good);
}
END_TEST

/* What the machine could not do is tried again, though the file is the same. */
START_TEST(test_tried_again)
{
	struct rlimit limit, none;
	int changed = 0;
	sess_diag diag;

	ringfile_rotate(&file, NOW);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 1; i <= 2; i++) {
		ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, &diag), SESS_ERR_IO);
		ck_assert_ptr_nonnull(strstr(diag.message, "Too many open files"));
		ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], i);
		expect_in_force(1);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, &changed, NULL), 0);
	expect_in_force(2);
}
END_TEST


/* The options of access are the manager's for good. */
START_TEST(test_access)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_config config = make_config();
	char target[128];

	sess_manager_free(manager);
	manager = NULL;
	(void)snprintf(target, sizeof(target), "%s/data", file.dir);
	ck_assert_int_eq(rename(file.path, target), 0);
	ck_assert_int_eq(symlink("data", file.path), 0);
	access.options = SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER;
	config.ring_path = file.path;
	config.ring_access = &access;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	memset(&access, 0x5a, sizeof(access));
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	/* The link stays, what it points to is another file. */
	{
		struct ringfile data = file;
		json_t *ring;

		(void)snprintf(data.path, sizeof(data.path), "%s/data", file.dir);
		ring = ringfile_read(&data);
		ringfile_step(ring, 1);
		ringfile_write(&data, ring);
		json_decref(ring);
	}
	ck_assert_int_eq(sess_manager_reload_if_changed(manager, NULL, NULL), 0);
	expect_in_force(2);
	ck_assert_int_eq(unlink(target), 0);
}
END_TEST

static void
write_sealed(const struct ring_seal *seal, struct sess_protection *p, const json_t *ring)
{
	char *text = json_dumps(ring, 0), *jwe = NULL;
	size_t n = 0;

	ck_assert_int_eq(ring_cipher_seal(seal, p, text, strlen(text), &jwe, &n, NULL), 0);
	ringfile_write_text(&file, jwe, n);
	sess_ring_text_free(jwe, n);
	free(text);
}

/* An encrypted file: the manager holds its protection, and with it the derived key, so a reload is no PBKDF2. */
START_TEST(test_encrypted)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_config config = make_config();
	json_t *ring = ringfile_read(&file);
	struct sess_protection *p = NULL, *other = NULL;
	struct ring_seal seal;
	size_t derivations;

	sess_manager_free(manager);
	manager = NULL;
	ck_assert_int_eq(sess_protection_new_passphrase("open", 4, SESS_P2C_MIN, &p, NULL), 0);
	ck_assert_int_eq(ring_seal_new(p, &seal), 0);
	write_sealed(&seal, p, ring);
	access.protection = p;
	config.ring_path = file.path;
	config.ring_access = &access;
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	derivations = protection_derivations(p);
	ringfile_step(ring, 4);
	write_sealed(&seal, p, ring);
	ck_assert_int_eq(sess_manager_reload(manager, NULL), 0);
	expect_in_force(5);
	ck_assert_uint_eq(protection_derivations(p), derivations);
	sess_protection_free(p);

	ck_assert_int_eq(sess_protection_new_passphrase("closed", 6, SESS_P2C_MIN, &other, NULL), 0);
	ck_assert_int_eq(ring_seal_new(other, &seal), 0);
	write_sealed(&seal, other, ring);
	expect_refused("another passphrase", SESS_ERR_RING_ENCRYPTED, "", "");
	sess_protection_free(other);
	expect_recovery(ring);
	json_decref(ring);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("reload_refused");
	TCase *tcase = tcase_create("reload");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_bad_ring, 0, BAD);
	tcase_add_test(tcase, test_bad_file);
	tcase_add_test(tcase, test_bad_mode);
	tcase_add_test(tcase, test_deleted);
	tcase_add_test(tcase, test_tried_again);
	tcase_add_test(tcase, test_access);
	tcase_add_test(tcase, test_encrypted);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
