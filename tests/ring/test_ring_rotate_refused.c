/* SPDX-License-Identifier: MIT */
/* Rotation: each refusal in words of its own, and the bounds of what is allowed. */
#include <math.h>
#include <sess/sess.h>
#include <stdlib.h>

#include "ring/rotating.h"
#include "support/forge.h"
#include "support/runner.h"

/* Every refusal, of a nested HS256 dir A256GCM ring (or the form of the row) that is a day old. */
static const struct refusal {
	const char *what;
	sess_form form;
	sess_rotation rotation;
	int code;
	const char *member, *words;
} refusals[] = {
#define SIZE .size = sizeof(sess_rotation)
#define USUAL SIZE, .activate_in_s = 3600, .key_life_s = 7776000
	{ "not initialised", NESTED, { .size = 0 }, SESS_ERR_ARGUMENT, "", "SESS_ROTATION_INIT" },
	{ "active in the past", NESTED, { SIZE, .key_life_s = 7776000, .activate_in_s = -1 }, SESS_ERR_ARGUMENT, "activate_in_s", "0 s to 30 days" },
	{ "active too far ahead", NESTED, { SIZE, .key_life_s = 7776000, .activate_in_s = 2592001 }, SESS_ERR_ARGUMENT, "activate_in_s", "0 s to 30 days" },
	{ "no key life", NESTED, { SIZE, .activate_in_s = 3600, .key_life_s = 0 }, SESS_ERR_ARGUMENT, "key_life_s", "at least 1 s" },
	{ "a key life past all time", NESTED, { SIZE, .activate_in_s = 3600, .key_life_s = LIFE_END + 1 }, SESS_ERR_ARGUMENT, "key_life_s", NULL },
	{ "a rate below 0", NESTED, { USUAL, .rate_per_s = -1 }, SESS_ERR_ARGUMENT, "rate_per_s", "above 0 and at most 1e9" },
	{ "a rate that is next to none", NESTED, { USUAL, .rate_per_s = 9e-10 }, SESS_ERR_ARGUMENT, "rate_per_s", NULL },
	{ "a rate above all", NESTED, { USUAL, .rate_per_s = 1e10 }, SESS_ERR_ARGUMENT, "rate_per_s", "above 0 and at most 1e9" },
	{ "a rate that is no number", NESTED, { USUAL, .rate_per_s = NAN }, SESS_ERR_ARGUMENT, "rate_per_s", NULL },
	{ "an infinite rate", NESTED, { USUAL, .rate_per_s = INFINITY }, SESS_ERR_ARGUMENT, "rate_per_s", NULL },
	{ "unknown alg", NESTED, { USUAL, .alg = "RS256" }, SESS_ERR_ARGUMENT, "alg", "HS256, ES256 or EdDSA" },
	{ "an alg of the other use", NESTED, { USUAL, .alg = "dir" }, SESS_ERR_ARGUMENT, "alg", "HS256, ES256 or EdDSA" },
	{ "unknown kw", NESTED, { USUAL, .kw = "RSA-OAEP" }, SESS_ERR_ARGUMENT, "kw", "dir or A256KW" },
	{ "unknown enc", NESTED, { USUAL, .content_enc = "A128GCM" }, SESS_ERR_ARGUMENT, "enc", "A256GCM or A256CBC-HS512" },
	{ "alg without the signing key", NESTED, { USUAL, .enc = 1, .alg = "ES256" }, SESS_ERR_ARGUMENT, "alg", "rotate that as well" },
	{ "kw without the encryption key", NESTED, { USUAL, .sig = 1, .kw = "dir" }, SESS_ERR_ARGUMENT, "enc", "rotate that as well" },
	{ "enc without the encryption key", NESTED, { USUAL, .sig = 1, .content_enc = "A256GCM" }, SESS_ERR_ARGUMENT, "enc",
	    "rotate that as well" },
	{ "the signing key of a sealed ring", SEALED, { USUAL, .sig = 1 }, SESS_ERR_ARGUMENT, "alg", "a sealed ring has no signing key" },
	{ "both of a sealed ring", SEALED, { USUAL, .sig = 1, .enc = 1 }, SESS_ERR_ARGUMENT, "alg", "a sealed ring has no signing key" },
	{ "alg of a sealed ring", SEALED, { USUAL, .alg = "HS256" }, SESS_ERR_ARGUMENT, "alg", "a sealed ring has no signing key" },
	{ "the encryption key of a signed ring", SIGNED, { USUAL, .enc = 1 }, SESS_ERR_ARGUMENT, "enc", "a signed ring has no encryption key" },
	{ "both of a signed ring", SIGNED, { USUAL, .sig = 1, .enc = 1 }, SESS_ERR_ARGUMENT, "enc", "a signed ring has no encryption key" },
	{ "kw of a signed ring", SIGNED, { USUAL, .kw = "dir" }, SESS_ERR_ARGUMENT, "enc", "a signed ring has no encryption key" },
	/* 2^31 is a factor of two below the bound. */
	{ "a rate that spends the key", NESTED, { USUAL, .rate_per_s = 277 }, SESS_ERR_RING_STATE, "kw", "take A256KW, or a shorter key life" },
	{ "the same though none is due", NESTED, { USUAL, .rate_per_s = 277, .if_due = 1 }, SESS_ERR_RING_STATE, "kw", "277 mints a second" },
	{ "a rate that spends the key that stays", NESTED, { USUAL, .rate_per_s = 277, .sig = 1 }, SESS_ERR_RING_STATE, "rate_per_s",
	    "rotate it as well, to A256KW" },
	{ "a life that spends the key", SEALED, { SIZE, .activate_in_s = 3600, .key_life_s = 214748365 }, SESS_ERR_RING_STATE, "kw", "2^32" },
};

START_TEST(test_refused)
{
	const struct refusal *row = &refusals[_i];
	sess_ring *ring = life_ring(row->form, NULL, NULL, NULL, NOW - DAY), *next = ring;
	sess_diag diag;
	int rc = sess_ring_rotate(ring, &row->rotation, NOW, &next, &diag);

	life_expect(row->what, rc, &diag, row->code, row->member, row->words);
	ck_assert_ptr_eq(next, ring); /* untouched */
	ck_assert_int_eq(sess_ring_rotate(ring, &row->rotation, NOW, &next, NULL), row->code);
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_arguments)
{
	sess_ring *ring = life_ring(NESTED, NULL, NULL, NULL, NOW), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_rotate(NULL, &what, NOW, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_rotate(ring, NULL, NOW, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW, NULL, &diag), SESS_ERR_ARGUMENT);
	life_expect("before time", sess_ring_rotate(ring, &what, -1, &next, &diag), &diag, SESS_ERR_ARGUMENT, NULL, "the time must lie");
	life_expect("after time", sess_ring_rotate(ring, &what, LIFE_END + 1, &next, &diag), &diag, SESS_ERR_ARGUMENT, NULL,
	    "253402300799");
	ck_assert_ptr_null(next);
	sess_ring_free(ring);
}
END_TEST

/* The bounds of what is allowed, and that a rate goes into the ring. */
START_TEST(test_bounds)
{
	sess_ring *ring = life_ring(NESTED, NULL, "A256KW", NULL, NOW - DAY), *next;
	sess_rotation what = SESS_ROTATION_INIT;

	what.activate_in_s = 2592000;
	what.rate_per_s = 1e9;
	what.key_life_s = LIFE_END;
	next = rotated(ring, &what, NOW);
	ck_assert_int_eq(life_only(next, "sig", SESS_KEY_PENDING, NOW).nbf, NOW + 2592000);
	ck_assert(fabs(sess_ring_rate_per_s(next) - 1e9) < 1);
	sess_ring_free(next);
	what.rate_per_s = 1e-9;
	sess_ring_free(rotated(ring, &what, NOW));
	what.rate_per_s = 0;
	what.key_life_s = 1;
	what.activate_in_s = 0;
	next = rotated(ring, &what, NOW);
	ck_assert(fabs(sess_ring_rate_per_s(next) - 10) < 1e-9);
	ck_assert_uint_eq(life_count(next, "sig", SESS_KEY_PENDING, NOW), 0);
	ck_assert_int_eq(life_only(next, "sig", SESS_KEY_MINTS, NOW).nbf, NOW);
	sess_ring_free(next);
	sess_ring_free(ring);
	/* Just below the bound of a GCM key, and with algorithms that have none. */
	ring = life_ring(SEALED, NULL, "dir", NULL, NOW - DAY);
	what.rate_per_s = 276;
	what.key_life_s = 7776000;
	sess_ring_free(rotated(ring, &what, NOW));
	what.rate_per_s = 1e6;
	what.kw = "A256KW";
	sess_ring_free(rotated(ring, &what, NOW));
	what.kw = NULL;
	what.content_enc = "A256CBC-HS512";
	sess_ring_free(rotated(ring, &what, NOW));
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_full)
{
	sess_ring *ring = life_ring(SEALED, NULL, NULL, NULL, NOW), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	int64_t now = NOW;
	sess_diag diag;

	what.activate_in_s = 0;
	while (sess_ring_key_count(ring) < SESS_RING_KEYS_MAX) {
		now += 100;
		next = rotated(ring, &what, now);
		sess_ring_free(ring);
		ring = next;
	}
	ck_assert_int_eq(sess_ring_generation(ring), SESS_RING_KEYS_MAX);
	next = ring;
	life_expect("one more", sess_ring_rotate(ring, &what, now + 100, &next, &diag), &diag, SESS_ERR_RING_STATE, NULL,
	    "more than 128 keys; prune it first");
	ck_assert_ptr_eq(next, ring);
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_end_of_time)
{
	sess_ring *ring = life_ring(SIGNED, NULL, NULL, NULL, NOW), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	char *last = forge_text("%lld", (long long)LIFE_END);
	sess_diag diag;

	life_become(&ring, rotated(ring, &what, LIFE_END - 10));
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_PENDING, LIFE_END - 10).nbf, LIFE_END);
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_MINTS, LIFE_END - 10).exp, LIFE_END);
	life_expect("no turn is left", sess_ring_rotate(ring, &what, LIFE_END, &next, &diag), &diag, SESS_ERR_RING_STATE, NULL,
	    "the end of time");
	sess_ring_free(ring);
	ring = life_edit(life_ring(SIGNED, NULL, NULL, NULL, NOW - DAY), "", "generation", last);
	life_expect("no generation is left", sess_ring_rotate(ring, &what, NOW, &next, &diag), &diag, SESS_ERR_RING_STATE, NULL,
	    "no generation left");
	ck_assert_ptr_null(next);
	free(last);
	sess_ring_free(ring);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_rotate_refused");
	TCase *tcase = tcase_create("refused");

	tcase_set_timeout(tcase, 60);
	LOOP(test_refused, refusals);
	tcase_add_test(tcase, test_arguments);
	tcase_add_test(tcase, test_bounds);
	tcase_add_test(tcase, test_full);
	tcase_add_test(tcase, test_end_of_time);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
