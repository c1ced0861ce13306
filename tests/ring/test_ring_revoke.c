/* SPDX-License-Identifier: MIT */
/* Keys that are revoked, with a successor where one is needed. */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "ring/retiring.h"
#include "support/runner.h"

/* Revoking the minting key: how old it is, and from when its successor mints, whatever the leeway. */
static const struct {
	const char *what;
	const char *alg, *kw, *enc, *use;
	int64_t age, wants_age;
} minting[] = {
	{ "HS256, a day old", "HS256", NULL, NULL, "sig", DAY, LIFE_LEEWAY },
	{ "ES256", "ES256", NULL, NULL, "sig", DAY, LIFE_LEEWAY },
	{ "EdDSA", "EdDSA", NULL, NULL, "sig", DAY, LIFE_LEEWAY },
	{ "dir A256GCM", NULL, "dir", "A256GCM", "enc", DAY, LIFE_LEEWAY },
	{ "dir A256CBC-HS512", NULL, "dir", "A256CBC-HS512", "enc", DAY, LIFE_LEEWAY },
	{ "A256KW A256GCM", NULL, "A256KW", "A256GCM", "enc", DAY, LIFE_LEEWAY },
	{ "just older than the leeway", NULL, NULL, NULL, "sig", LIFE_LEEWAY + 1, LIFE_LEEWAY },
	{ "as old as the leeway", NULL, NULL, NULL, "sig", LIFE_LEEWAY, LIFE_LEEWAY - 1 },
	{ "ten seconds old", NULL, NULL, NULL, "sig", 10, 9 },
	{ "a second old", NULL, NULL, NULL, "sig", 1, 0 },
	{ "of this second", NULL, NULL, NULL, "sig", 0, LIFE_LEEWAY },
};

START_TEST(test_revoke_minting)
{
	sess_ring *ring = life_ring(NESTED, minting[_i].alg, minting[_i].kw, minting[_i].enc, NOW - minting[_i].age);
	const char *use = minting[_i].use, *other = use[0] == 's' ? "enc" : "sig";
	char *kid = kid_of(ring, use, SESS_KEY_MINTS, NOW), *before, *after;
	sess_key_info was = life_find(ring, kid, NOW), gone, fresh;
	sess_ring *next;

	before = life_mint(ring, NOW, NULL);
	next = revoked(ring, kid, "laptop stolen, ärgerlich", NOW);
	life_check(next);
	gone = life_find(next, kid, NOW);
	ck_assert_int_eq(gone.state, SESS_KEY_REVOKED);
	ck_assert_int_eq(gone.revoked_at, NOW);
	ck_assert_str_eq(gone.reason, "laptop stolen, ärgerlich");
	fresh = life_only(next, use, SESS_KEY_MINTS, NOW);
	ck_assert_int_eq(fresh.nbf, NOW - minting[_i].wants_age);
	ck_assert_int_eq(fresh.iat, NOW);
	ck_assert_int_eq(fresh.exp, -1);
	ck_assert_str_eq(fresh.alg, was.alg);
	ck_assert(fresh.enc == was.enc);
	ck_assert_int_eq(sess_ring_generation(next), sess_ring_generation(ring) + 1);
	ck_assert_uint_eq(sess_ring_key_count(next), 3);
	ck_assert_int_eq(life_only(next, other, SESS_KEY_MINTS, NOW).exp, -1); /* the other use is not concerned */
	after = life_mint(next, NOW, NULL);
	ck_assert_ptr_nonnull(after);
	ck_assert_uint_eq(life_verify(next, NOW, after), 0);
	ck_assert_uint_eq(life_verify(next, NOW, before), SESS_REASON_REVOKED_KEY);
	ck_assert_uint_eq(life_verify(ring, NOW, before), 0); /* until the new file is read */
	sess_token_free(before);
	sess_token_free(after);
	free(kid);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* Again and again in one second, beside a key whose turn is next: something mints, and goes on to. */
START_TEST(test_revoke_again_and_again)
{
	sess_ring *ring = life_ring(SIGNED, NULL, NULL, NULL, NOW), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;

	what.activate_in_s = 1;
	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW, &next, NULL), 0);
	life_become(&ring, next);
	for (int i = 0; i < 20; i++) {
		char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW);

		life_become(&ring, revoked(ring, kid, NULL, NOW));
		for (int64_t at = NOW; at < NOW + 5; at++)
			ck_assert_uint_eq(life_count(ring, "sig", SESS_KEY_MINTS, at), 1);
		free(kid);
	}
	sess_ring_free(ring);
}
END_TEST

/* In the second of its turn, where no leeway is: its successor takes the second before, so that something mints in this one. */
START_TEST(test_revoke_in_its_second)
{
	sess_ring *ring = life_edit(life_ring(SIGNED, NULL, NULL, NULL, NOW - 2), "", "leeway_s", "0"), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	char *kid;

	what.activate_in_s = 2;
	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW - 2, &next, NULL), 0);
	life_become(&ring, next);
	kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW);
	life_become(&ring, revoked(ring, kid, NULL, NOW));
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_MINTS, NOW).nbf, NOW - 1);
	/* It may have minted in that second. */
	ck_assert_int_eq(life_find(ring, kid, NOW).prune_at, NOW + 3600);
	free(kid);
	sess_ring_free(ring);
}
END_TEST

/* Where keys that never had a turn hold this second and the one before, the successor takes the next before those. */
START_TEST(test_revoke_behind_the_dead)
{
	sess_ring *ring = life_edit(life_ring(SIGNED, NULL, NULL, NULL, NOW - 5), "", "leeway_s", "0"), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW);

	for (what.activate_in_s = 5; what.activate_in_s >= 4; what.activate_in_s--) {
		ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW - 5, &next, NULL), 0);
		life_become(&ring, next);
		ring = life_edit(ring, life_only(ring, "sig", SESS_KEY_PENDING, NOW - 5).kid, "revoked", "{\"revoked_at\":1}");
	}
	life_become(&ring, revoked(ring, kid, NULL, NOW));
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_MINTS, NOW).nbf, NOW - 2);
	free(kid);
	sess_ring_free(ring);
}
END_TEST

/* While a rotation is pending, the successor's own end follows from it as its predecessor's did. */
START_TEST(test_revoke_minting_before_pending)
{
	sess_ring *ring = turned(life_ring(NESTED, NULL, NULL, NULL, NOW - DAY), NOW), *next;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *pending = kid_of(ring, "sig", SESS_KEY_PENDING, NOW);
	sess_key_info fresh;

	next = revoked(ring, kid, NULL, NOW + 100);
	life_check(next);
	fresh = life_only(next, "sig", SESS_KEY_MINTS, NOW + 100);
	ck_assert_int_eq(fresh.exp, NOW + 3600 + LIFE_TAIL);
	ck_assert_int_eq(fresh.mints_until, NOW + 3600);
	ck_assert_ptr_null(life_find(next, kid, NOW).reason);
	ck_assert_int_eq(life_find(next, pending, NOW).exp, -1);
	ck_assert_str_eq(life_only(next, "sig", SESS_KEY_MINTS, NOW + 3600).kid, pending);
	free(kid);
	free(pending);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* Of a pending key: another takes its place, as far ahead, and the minting key lasts until then. */
START_TEST(test_revoke_pending)
{
	sess_ring *ring = turned(life_ring(NESTED, "ES256", NULL, NULL, NOW - DAY), NOW), *next;
	char *kid = kid_of(ring, "sig", SESS_KEY_PENDING, NOW), *minting_kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *token;
	sess_key_info fresh;

	next = revoked(ring, kid, "", NOW + 100);
	life_check(next);
	fresh = life_only(next, "sig", SESS_KEY_PENDING, NOW + 100);
	ck_assert_int_eq(fresh.nbf, NOW + 100 + 3600);
	ck_assert_int_eq(fresh.exp, -1);
	ck_assert_str_eq(fresh.alg, "ES256");
	ck_assert_int_eq(life_find(next, minting_kid, NOW).exp, NOW + 100 + 3600 + LIFE_TAIL);
	ck_assert_str_eq(life_only(next, "sig", SESS_KEY_MINTS, NOW + 3600).kid, minting_kid); /* nothing is kept away */
	token = life_mint(next, NOW + 100 + 3599, NULL);
	ck_assert_uint_eq(life_verify(next, NOW + 100 + 3599 + LIFE_TOKEN + LIFE_LEEWAY - 1, token), 0);
	sess_token_free(token);
	/* In the second in which it was made: still a turn of its own. */
	sess_ring_free(next);
	next = revoked(ring, kid, NULL, NOW);
	life_check(next);
	ck_assert_int_eq(life_only(next, "sig", SESS_KEY_PENDING, NOW).nbf, NOW + 3601);
	ck_assert_int_eq(life_find(next, minting_kid, NOW).exp, NOW + 3601 + LIFE_TAIL);
	free(kid);
	free(minting_kid);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* Both uses were rotated at once, so that both old keys end in one second: the end of the other one stays. */
START_TEST(test_revoke_one_pending_of_two)
{
	sess_ring *first = life_ring(NESTED, NULL, NULL, NULL, NOW - DAY), *ring = rotated(first, 0, NOW), *next;
	char *kid = kid_of(ring, "sig", SESS_KEY_PENDING, NOW), *sig = kid_of(ring, "sig", SESS_KEY_MINTS, NOW);
	char *enc = kid_of(ring, "enc", SESS_KEY_MINTS, NOW), *enc_next = kid_of(ring, "enc", SESS_KEY_PENDING, NOW);

	ck_assert_int_eq(life_find(ring, sig, NOW).exp, NOW + 3600 + LIFE_TAIL);
	ck_assert_int_eq(life_find(ring, enc, NOW).exp, NOW + 3600 + LIFE_TAIL);
	next = revoked(ring, kid, NULL, NOW + 100);
	ck_assert_int_eq(life_find(next, sig, NOW).exp, NOW + 100 + 3600 + LIFE_TAIL);
	ck_assert_int_eq(life_find(next, enc, NOW).exp, NOW + 3600 + LIFE_TAIL);
	ck_assert_int_eq(life_find(next, enc_next, NOW).exp, -1);
	free(kid);
	free(sig);
	free(enc);
	free(enc_next);
	sess_ring_free(first);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* Files written by other hands: pending keys with an end, or whose iat says nothing. The ring that comes out must load. */
START_TEST(test_revoke_pending_by_hand)
{
	static const struct {
		const char *iat, *exp;
		int64_t wants_nbf;
	} rows[] = {
		{ NULL, "1800003700", NOW + 3601 }, /* an end that the successor would be born after, or nearly */
		{ NULL, "1800003601", NOW + 3601 },
		{ "0", NULL, NOW + 2592000 },
		{ "1800009999", NULL, NOW + 3601 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sess_ring *ring = turned(life_ring(SIGNED, NULL, NULL, NULL, NOW - DAY), NOW);
		char *kid = kid_of(ring, "sig", SESS_KEY_PENDING, NOW);

		if (rows[i].iat != NULL)
			ring = life_edit(ring, kid, "iat", rows[i].iat);
		if (rows[i].exp != NULL)
			ring = life_edit(ring, kid, "exp", rows[i].exp);
		life_become(&ring, revoked(ring, kid, NULL, NOW));
		ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_PENDING, NOW).nbf, rows[i].wants_nbf);
		ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_PENDING, NOW).exp, -1);
		ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_MINTS, NOW).exp, rows[i].wants_nbf + LIFE_TAIL);
		free(kid);
		sess_ring_free(ring);
	}
}
END_TEST

/* A pending key so near that the successor of the minting one has its turn after it: the last to mint has no end. */
START_TEST(test_revoke_between_turns)
{
	sess_ring *ring = life_ring(SIGNED, NULL, NULL, NULL, NOW), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW);

	ring = life_edit(ring, "", "leeway_s", "0");
	what.activate_in_s = 1;
	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW, &next, NULL), 0);
	life_become(&ring, next);
	life_become(&ring, revoked(ring, kid, NULL, NOW));
	for (int64_t at = NOW; at < NOW + 5 * DAY; at += 3600)
		ck_assert_uint_eq(life_count(ring, "sig", SESS_KEY_MINTS, at), 1);
	free(kid);
	sess_ring_free(ring);
}
END_TEST

/* An old key: no successor, only its tokens. Revoked again: nothing to do. */
START_TEST(test_revoke_old)
{
	sess_ring *ring = turned(life_ring(NESTED, NULL, NULL, NULL, NOW - DAY), NOW), *next, *again;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *token = life_mint(ring, NOW + 3599, NULL);
	int64_t now = NOW + 3700;

	ck_assert_uint_eq(life_verify(ring, now, token), 0);
	next = revoked(ring, kid, "old", now);
	life_check(next);
	ck_assert_uint_eq(sess_ring_key_count(next), sess_ring_key_count(ring));
	ck_assert_uint_eq(life_verify(next, now, token), SESS_REASON_REVOKED_KEY);
	ck_assert_uint_eq(life_count(next, "sig", SESS_KEY_MINTS, now), 1);
	again = next;
	ck_assert_int_eq(sess_ring_revoke(next, kid, "again", now + 1, &again, NULL), 0);
	ck_assert_ptr_null(again);
	ck_assert_str_eq(life_find(next, kid, now).reason, "old");
	free(kid);
	sess_token_free(token);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* A verify-only ring gets no successor: it could not use one. */
START_TEST(test_revoke_in_verify_only)
{
	sess_ring *ring = life_ring(NESTED, "EdDSA", NULL, NULL, NOW - DAY), *public = NULL;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), *token = life_mint(ring, NOW, NULL);
	sess_diag diag;

	ck_assert_int_eq(sess_ring_export_verify_only(ring, NOW, &public, NULL), 0);
	ck_assert_uint_eq(life_verify(public, NOW, token), 0);
	life_become(&public, revoked(public, kid, NULL, NOW));
	ck_assert_uint_eq(sess_ring_key_count(public), 2);
	ck_assert_int_eq(sess_ring_generation(public), 2);
	ck_assert_uint_eq(life_verify(public, NOW, token), SESS_REASON_REVOKED_KEY);
	ck_assert_ptr_null(life_mint(public, NOW, &diag));
	ck_assert_int_eq(diag.code, SESS_ERR_RING_NO_KEY);
	/* The last key of its use cannot be pruned, dead as it is: an older one might take its turn. */
	ck_assert_int_eq(sess_ring_prune(public, kid, 1, NOW + 30 * DAY, &ring, &diag), SESS_ERR_RING_STATE);
	free(kid);
	sess_token_free(token);
	sess_ring_free(ring);
	sess_ring_free(public);
}
END_TEST

START_TEST(test_revoke_refused)
{
	sess_ring *ring = life_ring(NESTED, NULL, NULL, NULL, NOW), *next = ring;
	char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW), reason[129];
	sess_diag diag;

	life_expect("unknown", sess_ring_revoke(ring, "nobody", NULL, NOW, &next, &diag), &diag, SESS_ERR_ARGUMENT, "kid",
	    "no key of this ring has that kid");
	memset(reason, 'x', sizeof(reason));
	reason[128] = '\0';
	life_expect("a long reason", sess_ring_revoke(ring, kid, reason, NOW, &next, &diag), &diag, SESS_ERR_ARGUMENT, "reason",
	    "UTF-8 of at most 127 bytes");
	life_expect("not UTF-8", sess_ring_revoke(ring, kid, "\xff", NOW, &next, &diag), &diag, SESS_ERR_ARGUMENT, "reason", "UTF-8");
	ck_assert_int_eq(sess_ring_revoke(NULL, kid, NULL, NOW, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_revoke(ring, NULL, NULL, NOW, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_revoke(ring, kid, NULL, NOW, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_revoke(ring, kid, NULL, -1, &next, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_ring_revoke(ring, kid, NULL, LIFE_END + 1, &next, NULL), SESS_ERR_ARGUMENT);
	ck_assert_ptr_eq(next, ring);
	reason[127] = '\0';
	next = revoked(ring, kid, reason, NOW);
	life_check(next);
	ck_assert_str_eq(life_find(next, kid, NOW).reason, reason);
	free(kid);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* Reasons as they may come: whatever is in them, the file loads and says the same. */
START_TEST(test_reasons)
{
	static const char *const reasons[] = { "\"}],", "\x01\x1f", "line\nline", "\xf0\x9f\x94\x91", "\\u0000", "1" };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		sess_ring *ring = life_ring(SIGNED, NULL, NULL, NULL, NOW - DAY);
		char *kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW);

		life_become(&ring, revoked(ring, kid, reasons[i], NOW));
		ck_assert_str_eq(life_find(ring, kid, NOW).reason, reasons[i]);
		free(kid);
		sess_ring_free(ring);
	}
}
END_TEST

static sess_ring *
full_ring(char **ret_kid)
{
	sess_ring *ring = life_ring(SIGNED, NULL, NULL, NULL, NOW);

	for (int64_t now = NOW; sess_ring_key_count(ring) < SESS_RING_KEYS_MAX; now += DAY) {
		sess_ring *next = rotated(ring, 0, now);

		sess_ring_free(ring);
		ring = next;
	}
	*ret_kid = kid_of(ring, "sig", SESS_KEY_MINTS, NOW + 200 * DAY);
	return ring;
}

START_TEST(test_full)
{
	char *kid;
	sess_ring *ring = full_ring(&kid), *next = ring;
	sess_diag diag;

	life_expect("full", sess_ring_revoke(ring, kid, NULL, NOW + 200 * DAY, &next, &diag), &diag, SESS_ERR_RING_STATE, NULL,
	    "more than 128 keys; prune it first");
	ck_assert_ptr_eq(next, ring);
	/* 127 have expired; all go at once, and the order of the rest stays. */
	next = pruned(ring, NULL, 0, NOW + 200 * DAY);
	life_check(next);
	ck_assert_uint_eq(sess_ring_key_count(next), 1);
	ck_assert_int_eq(sess_ring_generation(next), SESS_RING_KEYS_MAX + 1);
	life_become(&ring, next);
	life_become(&ring, revoked(ring, kid, NULL, NOW + 200 * DAY));
	free(kid);
	sess_ring_free(ring);
}
END_TEST

/* An old key of a full ring needs no successor, so there is room for its revocation. */
START_TEST(test_full_but_old)
{
	char *kid;
	sess_ring *ring = full_ring(&kid);
	sess_key_info first;

	ck_assert_int_eq(sess_ring_key_info(ring, 126, NOW + 200 * DAY, &first), 0);
	free(kid);
	kid = strdup(first.kid);
	life_become(&ring, revoked(ring, kid, NULL, NOW + 200 * DAY));
	ck_assert_int_eq(life_find(ring, kid, NOW).state, SESS_KEY_REVOKED);
	free(kid);
	sess_ring_free(ring);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_revoke");
	TCase *tcase = tcase_create("revoke");

	tcase_set_timeout(tcase, 60);
	LOOP(test_revoke_minting, minting);
	tcase_add_test(tcase, test_revoke_again_and_again);
	tcase_add_test(tcase, test_revoke_in_its_second);
	tcase_add_test(tcase, test_revoke_behind_the_dead);
	tcase_add_test(tcase, test_revoke_minting_before_pending);
	tcase_add_test(tcase, test_revoke_pending);
	tcase_add_test(tcase, test_revoke_one_pending_of_two);
	tcase_add_test(tcase, test_revoke_pending_by_hand);
	tcase_add_test(tcase, test_revoke_between_turns);
	tcase_add_test(tcase, test_revoke_old);
	tcase_add_test(tcase, test_revoke_in_verify_only);
	tcase_add_test(tcase, test_revoke_refused);
	tcase_add_test(tcase, test_reasons);
	tcase_add_test(tcase, test_full);
	tcase_add_test(tcase, test_full_but_old);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
