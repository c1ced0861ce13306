/* SPDX-License-Identifier: MIT */
/* Keys that are pruned: when that is safe, and when it is not. */
#include <sess/sess.h>
#include <stdlib.h>

#include "ring/retiring.h"
#include "support/forge.h"
#include "support/runner.h"

/* Pruning one key: when, by force or not, and what is said. The key was minting until NOW + 3600. */
enum { OLD, REVOKED_OLD, MINTING, PENDING, REVOKED_PENDING, ENDLESS, UNKNOWN };
static const struct {
	const char *what;
	int which, force;
	int64_t at;
	int code;
	const char *member, *words;
} prunings[] = {
	{ "a second before its end", OLD, 0, 3600 + LIFE_TAIL - 1, SESS_ERR_RING_STATE, "exp", "may be valid until 2027-01-15T10:01:00Z" },
	{ "at its end", OLD, 0, 3600 + LIFE_TAIL, 0, NULL, NULL },
	{ "after its end", OLD, 0, 30 * DAY, 0, NULL, NULL },
	{ "before its end, by force", OLD, 1, 3700, 0, NULL, NULL },
	{ "at its end, by force", OLD, 1, 3600 + LIFE_TAIL, 0, NULL, NULL },
	{ "revoked, a second before the last token's end", REVOKED_OLD, 0, 100 + LIFE_TAIL - 1, SESS_ERR_RING_STATE, "exp",
	    "may be valid until 2027-01-15T09:02:40Z" },
	{ "revoked, at the last token's end", REVOKED_OLD, 0, 100 + LIFE_TAIL, 0, NULL, NULL },
	{ "revoked, by force", REVOKED_OLD, 1, 101, 0, NULL, NULL },
	{ "the minting key", MINTING, 0, 3700, SESS_ERR_RING_STATE, "", "an older key would mint again" },
	{ "the minting key, by force", MINTING, 1, 3700, SESS_ERR_RING_STATE, "", "an older key would mint again" },
	{ "the minting key beside its successor", OLD, 0, 10, SESS_ERR_RING_STATE, "", "safe to prune from 2027-01-15T10:01:00Z on" },
	{ "the minting key beside its successor, by force", OLD, 1, 10, SESS_ERR_RING_STATE, "", "safe to prune from" },
	{ "a pending key", PENDING, 0, 10, SESS_ERR_RING_STATE, "nbf", "revoke it instead" },
	{ "a pending key, by force", PENDING, 1, 10, SESS_ERR_RING_STATE, "nbf", "revoke it instead" },
	{ "a pending key that was revoked", REVOKED_PENDING, 0, 100, 0, NULL, NULL },
	{ "an old key without end", ENDLESS, 0, 30 * DAY, SESS_ERR_RING_STATE, "exp", "it has no end" },
	{ "an old key without end, by force", ENDLESS, 1, 30 * DAY, 0, NULL, NULL },
	{ "no such key", UNKNOWN, 0, 30 * DAY, SESS_ERR_ARGUMENT, "kid", "no key of this ring has that kid" },
	{ "no such key, by force", UNKNOWN, 1, 30 * DAY, SESS_ERR_ARGUMENT, "kid", "no key of this ring has that kid" },
};

START_TEST(test_prune_one)
{
	sess_ring *ring = turned(life_ring(SIGNED, NULL, NULL, NULL, NOW - DAY), NOW), *next = ring;
	char *old = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *fresh = kid_of(ring, "sig", SESS_KEY_PENDING, NOW);
	int which = prunings[_i].which, rc;
	const char *kid = which == UNKNOWN ? "nobody" : which == MINTING || which == PENDING || which == REVOKED_PENDING ? fresh : old;
	sess_diag diag;

	if (which == REVOKED_OLD || which == REVOKED_PENDING)
		life_become(&ring, revoked(ring, kid, NULL, NOW + 100));
	if (which == ENDLESS)
		ring = life_edit(ring, old, "exp", NULL);
	next = ring;
	rc = sess_ring_prune(ring, kid, prunings[_i].force, NOW + prunings[_i].at, &next, &diag);
	life_expect(prunings[_i].what, rc, &diag, prunings[_i].code, prunings[_i].member, prunings[_i].words);
	if (rc == 0) {
		sess_key_info info;

		life_check(next);
		ck_assert_uint_eq(sess_ring_key_count(next), sess_ring_key_count(ring) - 1);
		ck_assert_int_eq(sess_ring_generation(next), sess_ring_generation(ring) + 1);
		for (size_t i = 0; sess_ring_key_info(next, i, NOW, &info) == 0; i++)
			ck_assert_str_ne(info.kid, kid);
		sess_ring_free(next);
	} else {
		ck_assert_ptr_eq(next, ring);
		if (which != UNKNOWN)
			ck_assert_str_eq(diag.kid, kid);
	}
	free(old);
	free(fresh);
	sess_ring_free(ring);
}
END_TEST

/* The minting key, revoked without a successor, as a verify-only ring has it: when it may go depends on the key after it. */
START_TEST(test_revoked_in_turn)
{
	sess_ring *ring = turned(life_ring(SIGNED, NULL, NULL, NULL, NOW - DAY), NOW);
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *at = forge_text("{\"revoked_at\":%lld}", (long long)NOW);

	ck_assert_int_eq(life_find(ring, kid, NOW).prune_at, NOW + 3600 + LIFE_TAIL);
	ring = life_edit(ring, kid, "revoked", at);
	ck_assert_int_eq(life_find(ring, kid, NOW).prune_at, -1);
	ck_assert_int_eq(life_find(ring, kid, NOW + 3600).prune_at, NOW + LIFE_TAIL);
	free(kid);
	free(at);
	sess_ring_free(ring);
}
END_TEST

/* A key that ends in the second in which its successor begins: from then on it may go, and that is known before. One that ends a second
 * earlier would be followed by nobody for that second: nothing is promised. */
START_TEST(test_end_at_the_turn)
{
	sess_ring *ring = turned(life_ring(SIGNED, NULL, NULL, NULL, NOW - DAY), NOW);
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *end = forge_text("%lld", (long long)NOW + 3600);
	char *early = forge_text("%lld", (long long)NOW + 3599);
	sess_ring *next;

	ring = life_edit(ring, kid, "exp", end);
	ck_assert_int_eq(life_find(ring, kid, NOW).prune_at, NOW + 3600);
	ck_assert_ptr_null(pruned(ring, NULL, 0, NOW + 3599));
	next = pruned(ring, kid, 0, NOW + 3600);
	ck_assert_uint_eq(sess_ring_key_count(next), 1);
	sess_ring_free(next);
	ring = life_edit(ring, kid, "exp", early);
	ck_assert_int_eq(life_find(ring, kid, NOW).prune_at, -1);
	free(kid);
	free(end);
	free(early);
	sess_ring_free(ring);
}
END_TEST

/* All that are safe, and nothing else; NULL where there is none, by force or not. */
START_TEST(test_prune_all)
{
	sess_ring *ring = life_ring(NESTED, NULL, NULL, NULL, NOW), *next;
	sess_key_info info;

	for (int i = 0; i < 4; i++)
		life_become(&ring, rotated(ring, i % 2, NOW + i * DAY)); /* both, sig, both, sig */
	ck_assert_uint_eq(sess_ring_key_count(ring), 8);
	next = ring;
	ck_assert_int_eq(sess_ring_prune(ring, NULL, 1, NOW + 100, &next, NULL), 0);
	ck_assert_ptr_null(next);
	next = pruned(ring, NULL, 0, NOW + 3600 + LIFE_TAIL); /* the first of each use */
	ck_assert_uint_eq(sess_ring_key_count(next), 6);
	life_become(&ring, next);
	ck_assert_ptr_null(pruned(ring, NULL, 0, NOW + 3600 + LIFE_TAIL));
	next = pruned(ring, NULL, 0, NOW + 30 * DAY);
	ck_assert_uint_eq(sess_ring_key_count(next), 2);
	ck_assert_uint_eq(life_count(next, "sig", SESS_KEY_MINTS, NOW + 30 * DAY), 1);
	ck_assert_uint_eq(life_count(next, "enc", SESS_KEY_MINTS, NOW + 30 * DAY), 1);
	life_become(&ring, next);
	/* prune_at is the date: safe exactly from then on. */
	life_become(&ring, rotated(ring, 0, NOW + 31 * DAY));
	for (size_t i = 0; sess_ring_key_info(ring, i, NOW + 40 * DAY, &info) == 0; i++) {
		if (info.prune_at >= 0) {
			ck_assert_ptr_null(pruned(ring, NULL, 0, info.prune_at - 1));
			next = pruned(ring, info.kid, 0, info.prune_at);
			ck_assert_ptr_nonnull(next);
			sess_ring_free(next);
		}
	}
	sess_ring_free(ring);
}
END_TEST

/* A key taken away by force: its tokens are of an unknown key then. */
START_TEST(test_force_breaks)
{
	sess_ring *ring = turned(life_ring(NESTED, NULL, NULL, NULL, NOW - DAY), NOW), *next;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *token = life_mint(ring, NOW + 3599, NULL);

	next = pruned(ring, kid, 1, NOW + 3700);
	ck_assert_uint_eq(life_verify(ring, NOW + 3700, token), 0);
	ck_assert_uint_eq(life_verify(next, NOW + 3700, token), SESS_REASON_UNKNOWN_KEY);
	free(kid);
	sess_token_free(token);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

START_TEST(test_prune_arguments)
{
	sess_ring *ring = life_ring(NESTED, NULL, NULL, NULL, NOW), *next = ring;
	sess_diag diag;

	ck_assert_int_eq(sess_ring_prune(NULL, NULL, 0, NOW, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_prune(ring, NULL, 0, NOW, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_prune(ring, NULL, 0, -1, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_prune(ring, NULL, 0, LIFE_END + 1, &next, NULL), SESS_ERR_ARGUMENT);
	ck_assert_ptr_eq(next, ring);
	sess_ring_free(ring);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_prune");
	TCase *tcase = tcase_create("prune");

	tcase_set_timeout(tcase, 60);
	LOOP(test_prune_one, prunings);
	tcase_add_test(tcase, test_revoked_in_turn);
	tcase_add_test(tcase, test_end_at_the_turn);
	tcase_add_test(tcase, test_prune_all);
	tcase_add_test(tcase, test_force_breaks);
	tcase_add_test(tcase, test_prune_arguments);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
