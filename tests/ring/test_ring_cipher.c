/* SPDX-License-Identifier: MIT */
/*
 * ring/ring_cipher.c: an encrypted ring opens under its protection alone and as it was sealed alone: every truncation and
 * every changed bit is refused, and nothing that is secret can be read in it. Headers have a test of their own.
 */
#include "ring/sealed.h"

#include "support/runner.h"

struct scene {
	sess_protection *p, *k; /* a passphrase, a key */
	char *plain;
	size_t n;
};

static struct scene s;

static void
setup(void)
{
	s.p = sealed_protection(PROTECTION_PASSPHRASE);
	s.k = sealed_protection(PROTECTION_KEK);
	s.plain = sealed_plain(&s.n);
}

static void
teardown(void)
{
	sess_protection_free(s.p);
	sess_protection_free(s.k);
	sess_ring_text_free(s.plain, s.n);
}

static sess_protection *
protection(int kind)
{
	return kind == PROTECTION_KEK ? s.k : s.p;
}

static char *
seal(int kind)
{
	return sealed_under(sealed_header((enum protection_kind)kind), protection(kind), s.plain, s.n);
}

static void
expect(const char *what, const char *text, size_t n, sess_protection *p, int code, const char *words)
{
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc = sealed_load(text, n, p, &ring, &diag);

	ck_assert_msg(rc == code && diag.code == code, "%s: %d %s", what, rc, diag.message);
	ck_assert_msg(strstr(diag.message, words) != NULL, "%s: %s", what, diag.message);
	ck_assert_ptr_null(ring);
	ck_assert_int_eq(sealed_load(text, n, p, &ring, NULL), code);
}

START_TEST(test_round_trip)
{
	char *jwe = seal(_i), *text = NULL;
	sess_ring *ring = NULL;
	size_t len = 0;

	ck_assert(ring_cipher_is_sealed(jwe, strlen(jwe)));
	ck_assert_int_eq(jwe[strlen(jwe) - 1], '\n');
	ck_assert_ptr_eq(strchr(jwe, '\n'), jwe + strlen(jwe) - 1);
	ck_assert_int_eq(sealed_load(jwe, strlen(jwe), protection(_i), &ring, NULL), 0);
	ck_assert_int_eq(sess_ring_dump(ring, &text, &len, NULL), 0);
	ck_assert_uint_eq(len, s.n);
	ck_assert_mem_eq(text, s.plain, len);
	sess_ring_text_free(text, len);
	sess_ring_free(ring);
	sess_ring_text_free(jwe, strlen(jwe));
}
END_TEST

/* Each time another content key and another IV: of eight texts no two have one of them alike. */
START_TEST(test_fresh)
{
	enum { TIMES = 8 };
	char *jwe[TIMES];

	for (size_t i = 0; i < TIMES; i++) {
		const char *parts[5] = { 0 };
		char *rest;

		jwe[i] = rest = seal(_i);
		for (size_t k = 0; k < 5; k++)
			parts[k] = strsep(&rest, ".");
		for (size_t before = 0; before < i; before++) {
			const char *other = jwe[before];

			for (size_t k = 0; k < 5; other += strlen(other) + 1, k++)
				ck_assert_msg(k == 0 || strcmp(parts[k], other) != 0, "segment %zu of texts %zu and %zu", k, before, i);
		}
	}
	for (size_t i = 0; i < TIMES; i++)
		free(jwe[i]);
}
END_TEST

START_TEST(test_wrong_protection)
{
	char *jwe = seal(_i);
	size_t n = strlen(jwe);
	sess_protection *passphrase = NULL, *key = NULL;

	ck_assert_int_eq(sess_protection_new_passphrase("correct horse battery stapl", 27, 0, &passphrase, NULL), 0);
	ck_assert_int_eq(sess_protection_new_kek("0123456789abcdef0123456789abcdeF", 32, &key, NULL), 0);
	expect("none", jwe, n, NULL, SESS_ERR_RING_ENCRYPTED, "none was given");
	expect("the other kind", jwe, n, protection(!_i), SESS_ERR_RING_ENCRYPTED,
	    _i == PROTECTION_KEK ? "under a key-encryption key (A256KW), and a passphrase was given" :
	    "under a passphrase (PBES2-HS512+A256KW), and a key-encryption key was given");
	ck_assert_uint_eq(protection_derivations(s.p), _i == PROTECTION_KEK ? 0 : 1);
	expect("a wrong one", jwe, n, _i == PROTECTION_KEK ? key : passphrase, SESS_ERR_RING_ENCRYPTED,
	    _i == PROTECTION_KEK ? "the key-encryption key is another one, or the file was changed" :
	    "the passphrase is wrong, or the file was changed");
	sess_protection_free(passphrase);
	sess_protection_free(key);
	sess_ring_text_free(jwe, n);
}
END_TEST

/* As exact copies, so that a sanitizer sees a step too far. */
START_TEST(test_truncated)
{
	char *jwe = seal(_i);
	size_t n = strlen(jwe) - 1; /* the newline may go */
	sess_ring *ring = NULL;

	for (size_t len = 0; len < n; len++) {
		char *part = malloc(len + 1);
		int rc;

		memcpy(part, jwe, len);
		rc = sealed_load(part, len, protection(_i), &ring, NULL);
		ck_assert_msg(rc == SESS_ERR_RING_FORMAT || rc == SESS_ERR_RING_ENCRYPTED, "%zu bytes: %d", len, rc);
		free(part);
	}
	ck_assert_ptr_null(ring);
	ck_assert_int_eq(sealed_load(jwe, n, protection(_i), &ring, NULL), 0);
	sess_ring_free(ring);
	sess_ring_text_free(jwe, n);
}
END_TEST

START_TEST(test_changed_bits)
{
	char *jwe = seal(_i);
	size_t n = strlen(jwe), opened = 0;
	sess_ring *ring = NULL;
	sess_diag diag;

	for (size_t bit = 0; bit < 8 * n; bit++) {
		int rc;

		jwe[bit / 8] ^= (char)(1u << (bit % 8));
		rc = sealed_load(jwe, n, protection(_i), &ring, &diag);
		ck_assert_msg(rc == SESS_ERR_RING_FORMAT || rc == SESS_ERR_RING_ENCRYPTED, "bit %zu: %d", bit, rc);
		opened += rc == SESS_ERR_RING_ENCRYPTED;
		jwe[bit / 8] ^= (char)(1u << (bit % 8));
	}
	ck_assert_ptr_null(ring);
	ck_assert_uint_gt(opened, n); /* most were looked at by the cipher itself */
	ck_assert_int_eq(sealed_load(jwe, n, protection(_i), &ring, NULL), 0);
	sess_ring_free(ring);
	sess_ring_text_free(jwe, n);
}
END_TEST

/* Any two of the five segments of two texts under one key: only whole texts open. */
START_TEST(test_mixed)
{
	char *one = seal(_i), *two = seal(_i);
	sess_ring *ring = NULL;

	for (unsigned from_two = 1; from_two < 31; from_two++) {
		char *mixed = forge_text("%s", "");
		const char *a = one, *b = two;
		size_t index = 0;

		for (; index < 5; index++) {
			size_t na = strcspn(a, ".\n"), nb = strcspn(b, ".\n");
			char *longer = (from_two >> index & 1) != 0 ? forge_text("%s%.*s.", mixed, (int)nb, b) :
			    forge_text("%s%.*s.", mixed, (int)na, a);

			free(mixed);
			mixed = longer;
			a += na + 1;
			b += nb + 1;
		}
		mixed[strlen(mixed) - 1] = '\n';
		/* Both have the same header: that one may change places. */
		ck_assert_msg((sealed_load(mixed, strlen(mixed), protection(_i), &ring, NULL) == 0) ==
		    (from_two == 1 || from_two == 30), "mix %u", from_two);
		sess_ring_free(ring);
		ring = NULL;
		free(mixed);
	}
	sess_ring_text_free(one, strlen(one));
	sess_ring_text_free(two, strlen(two));
}
END_TEST

static int
holds(const void *text, size_t n, const char *words)
{
	return memmem(text, n, words, strlen(words)) != NULL;
}

START_TEST(test_nothing_readable)
{
	char *jwe = seal(_i), *at = jwe;
	json_t *doc = forge_ring(s.plain, s.n), *key;
	const char *tag = json_string_value(json_object_get(json_object_get(doc, "sess"), "tag"));
	size_t i;

	ck_assert(holds(s.plain, s.n, tag));
	for (size_t segment = 0; segment < 5; segment++) {
		size_t n = strcspn(at, ".\n"), bytes_len = 0;
		unsigned char *bytes = forge_unb64(at, n, &bytes_len);

		ck_assert(!holds(bytes, bytes_len, "sess") && !holds(bytes, bytes_len, "\"k\"") && !holds(bytes, bytes_len, tag));
		json_array_foreach(json_object_get(doc, "keys"), i, key) {
			const char *secret = json_string_value(json_object_get(key, json_object_get(key, "k") ? "k" : "d"));

			ck_assert(holds(s.plain, s.n, secret));
			ck_assert(!holds(bytes, bytes_len, secret) && !holds(jwe, strlen(jwe), secret));
			ck_assert(!holds(bytes, bytes_len, json_string_value(json_object_get(key, "kid"))));
		}
		free(bytes);
		at += n + 1;
	}
	json_decref(doc);
	sess_ring_text_free(jwe, strlen(jwe));
}
END_TEST

static const struct {
	const char *what, *before, *after;
	int code;
} around[] = {
	{ "nothing", "", "", 0 },
	{ "newlines", "", "\n\r\n", 0 },
	{ "white space", " \n", "\t \n", 0 },
	{ "a NUL", "", "\1", SESS_ERR_RING_FORMAT },
	{ "a vertical tab", "", "\v", SESS_ERR_RING_FORMAT },
	{ "a sixth segment", "", ".", SESS_ERR_RING_FORMAT },
	{ "two in one file", "", "\neyJhIjoxfQ", SESS_ERR_RING_FORMAT },
	{ "a byte order mark", "\xef\xbb\xbf", "", SESS_ERR_RING_FORMAT },
	{ "quotes", "\"", "\"", SESS_ERR_RING_FORMAT },
	{ "padding", "", "==", SESS_ERR_RING_FORMAT },
};

START_TEST(test_around)
{
	char *jwe = seal(PROTECTION_KEK), *text;
	sess_ring *ring = NULL;
	size_t n;

	text = forge_text("%s%.*s%s", around[_i].before, (int)strlen(jwe) - 1, jwe, around[_i].after);
	n = strlen(text);
	if (text[n - 1] == '\1')
		text[n - 1] = '\0';
	ck_assert_msg(sealed_load(text, n, s.k, &ring, NULL) == around[_i].code, "%s", around[_i].what);
	sess_ring_free(ring);
	free(text);
	sess_ring_text_free(jwe, strlen(jwe));
}
END_TEST

START_TEST(test_other_serializations)
{
	static const char flat[] = "{\"protected\":\"e30\",\"encrypted_key\":\"AA\",\"iv\":\"AA\",\"ciphertext\":\"AA\",\"tag\":\"AA\"}";
	static const char general[] = "{\"recipients\":[{}],\"protected\":\"e30\",\"iv\":\"AA\",\"ciphertext\":\"AA\",\"tag\":\"AA\"}";
	char *jwe = seal(PROTECTION_KEK), *jws = forge_text("%.*s", (int)strcspn(jwe, "."), jwe), *three;
	sess_ring *ring = NULL;
	sess_diag diag;

	for (int i = 0; i < 2; i++) {
		const char *text = i == 0 ? flat : general;

		expect("JSON serialization", text, strlen(text), s.k, SESS_ERR_RING_FORMAT, "compact");
		ck_assert_int_eq(sealed_load(text, strlen(text), NULL, &ring, &diag), SESS_ERR_RING_FORMAT);
		ck_assert_str_eq(diag.member, "ciphertext");
	}
	three = forge_text("%s.AAAA.AAAA", jws);
	expect("a JWS", three, strlen(three), s.k, SESS_ERR_RING_FORMAT, "JWS");
	free(three);
	free(jws);
	sess_ring_text_free(jwe, strlen(jwe));
}
END_TEST

/* Sealed with care, but not a ring. */
START_TEST(test_content)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "empty" },
		{ "[]", "not an object" },
		{ "{}", "keys" },
		{ "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "sess" },
		{ "{\"sess\"", "not valid JSON" },
	};
	char *jwe, *twice;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		jwe = sealed_under(sealed_header(PROTECTION_KEK), s.k, rows[i].text, strlen(rows[i].text));
		expect(rows[i].text, jwe, strlen(jwe), s.k, SESS_ERR_RING_FORMAT, rows[i].words);
		sess_ring_text_free(jwe, strlen(jwe));
	}
	jwe = seal(PROTECTION_KEK);
	twice = sealed_under(sealed_header(PROTECTION_KEK), s.k, jwe, strlen(jwe));
	expect("an encrypted ring within", twice, strlen(twice), s.k, SESS_ERR_RING_FORMAT, "not valid JSON");
	sess_ring_text_free(twice, strlen(twice));
	sess_ring_text_free(jwe, strlen(jwe));
}
END_TEST

/* The largest that fits the file, and the first that does not; the parser then says what it thinks of blanks. */
START_TEST(test_size)
{
	char *blanks = malloc(SESS_RING_BYTES_MAX + 1), *jwe = NULL;
	struct ring_seal how = sealed_seal(sealed_header(PROTECTION_KEK));
	size_t n = 0, last = 0;
	sess_diag diag;
	int rc = 0;

	memset(blanks, ' ', SESS_RING_BYTES_MAX + 1);
	memcpy(blanks, s.plain, s.n);
	for (n = SESS_RING_BYTES_MAX / 4 * 3 - 160; (rc = ring_cipher_seal(&how, s.k, blanks, n, &jwe, &last, &diag)) == 0; n++) {
		sess_ring *ring = NULL;

		ck_assert_uint_le(last, SESS_RING_BYTES_MAX);
		ck_assert_uint_eq(last, strlen(jwe));
		ck_assert_int_eq(sealed_load(jwe, last, s.k, &ring, NULL), 0);
		sess_ring_free(ring);
		sess_ring_text_free(jwe, last);
	}
	ck_assert_int_eq(rc, SESS_ERR_RING_FORMAT);
	ck_assert_ptr_nonnull(strstr(diag.message, "262144"));
	ck_assert_uint_ge(last, SESS_RING_BYTES_MAX - 1);
	/* Headers of other lengths, so that each number of bytes up to the last is met: base64url has no text of 4n + 1. */
	for (int cut = 0; cut < 3; cut++) {
		how.header_len--;
		for (n = SESS_RING_BYTES_MAX / 4 * 3 - 160; (rc = ring_cipher_seal(&how, s.k, blanks, n, &jwe, &last, &diag)) == 0; n++) {
			ck_assert_uint_le(last, SESS_RING_BYTES_MAX);
			sess_ring_text_free(jwe, last);
		}
		ck_assert_int_eq(rc, SESS_ERR_RING_FORMAT);
		ck_assert_uint_ge(last, SESS_RING_BYTES_MAX - 1);
	}
	ck_assert_int_eq(ring_cipher_seal(&how, s.k, blanks, SESS_RING_BYTES_MAX + 1, &jwe, &last, &diag), SESS_ERR_RING_FORMAT);
	free(blanks);
}
END_TEST

START_TEST(test_sealing_needs_its_protection)
{
	struct ring_seal how = sealed_seal(sealed_header((enum protection_kind)_i));
	char *jwe = NULL;
	size_t n = 0;
	sess_diag diag;

	ck_assert_int_eq(ring_cipher_seal(&how, NULL, s.plain, s.n, &jwe, &n, &diag), SESS_ERR_RING_ENCRYPTED);
	ck_assert_int_eq(ring_cipher_seal(&how, protection(!_i), s.plain, s.n, &jwe, &n, &diag), SESS_ERR_RING_ENCRYPTED);
	ck_assert_ptr_null(jwe);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(test_is_sealed)
{
	static const char *const json[] = { "", " ", "e", "{", "{}", "[]", "ea", "e4", "\"ey\"", "true", " {\"sess\":1}", "Ey", ".ey" };
	static const char *const jwe[] = { "ew", "ex", "ey", "ez", "e0", "e1", "e2", "e3", " eyJ", "\n\teyJhbGciOiJ9..." };

	for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
		ck_assert_msg(!ring_cipher_is_sealed(json[i], strlen(json[i])), "%s", json[i]);
	for (size_t i = 0; i < sizeof(jwe) / sizeof(jwe[0]); i++)
		ck_assert_msg(ring_cipher_is_sealed(jwe[i], strlen(jwe[i])), "%s", jwe[i]);
	ck_assert(!ring_cipher_is_sealed("e\0", 2));
	ck_assert(!ring_cipher_is_sealed(NULL, 0));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_cipher");
	TCase *tcase = tcase_create("cipher");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_round_trip, 0, 2);
	tcase_add_loop_test(tcase, test_fresh, 0, 2);
	tcase_add_loop_test(tcase, test_wrong_protection, 0, 2);
	tcase_add_loop_test(tcase, test_truncated, 0, 2);
	tcase_add_loop_test(tcase, test_changed_bits, 0, 2);
	tcase_add_loop_test(tcase, test_mixed, 0, 2);
	tcase_add_loop_test(tcase, test_nothing_readable, 0, 2);
	tcase_add_loop_test(tcase, test_around, 0, (int)(sizeof(around) / sizeof(around[0])));
	tcase_add_test(tcase, test_other_serializations);
	tcase_add_test(tcase, test_content);
	tcase_add_test(tcase, test_size);
	tcase_add_loop_test(tcase, test_sealing_needs_its_protection, 0, 2);
	tcase_add_test(tcase, test_is_sealed);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
