/* SPDX-License-Identifier: MIT */
/* Rotation: what is appended and what ends, when it is due, and that no valid token is refused for it. Refusals: test_ring_rotate_refused.c. */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "ring/rotating.h"
#include "support/forge.h"
#include "support/runner.h"

/* Which uses a rotation asks for, of which form, and which it then appends to. */
static const struct {
	const char *what;
	sess_form form;
	int sig, enc;
	size_t sigs, encs;
} uses[] = {
	{ "nested, both by default", NESTED, 0, 0, 2, 2 },
	{ "nested, both", NESTED, 1, 1, 2, 2 },
	{ "nested, the signing key", NESTED, 1, 0, 2, 1 },
	{ "nested, the encryption key", NESTED, 0, 1, 1, 2 },
	{ "sealed by default", SEALED, 0, 0, 0, 2 },
	{ "sealed", SEALED, 0, 1, 0, 2 },
	{ "signed by default", SIGNED, 0, 0, 2, 0 },
	{ "signed", SIGNED, 1, 0, 2, 0 },
};

static void
check_turn(const sess_ring *old, const sess_ring *next, const char *use, int64_t now)
{
	sess_key_info fresh = life_only(next, use, SESS_KEY_PENDING, now);
	sess_key_info before = life_only(next, use, SESS_KEY_MINTS, now);
	sess_key_info was = life_find(old, before.kid, now);

	ck_assert_int_eq(fresh.iat, now);
	ck_assert_int_eq(fresh.nbf, now + 3600);
	ck_assert_int_eq(fresh.exp, -1);
	ck_assert_int_eq(fresh.revoked_at, -1);
	ck_assert_str_eq(fresh.alg, was.alg);
	ck_assert(fresh.enc == was.enc);
	ck_assert_int_eq(fresh.mints_until, -1);
	ck_assert_int_eq(fresh.prune_at, -1);
	ck_assert_int_eq(was.exp, -1);
	ck_assert_int_eq(before.exp, now + 3600 + LIFE_TAIL);
	ck_assert_int_eq(before.mints_until, now + 3600);
	ck_assert_int_eq(was.prune_at, -1);
	ck_assert_int_eq(before.prune_at, before.exp);
	ck_assert_int_eq(life_find(next, before.kid, now + 3600).prune_at, before.exp);
}

/* All but the generation, the exp of predecessors and the keys at the end stays as it was. */
static void
check_rest(const sess_ring *old, const sess_ring *next)
{
	json_t *a = life_document(old), *b = life_document(next), *key, *then;
	size_t i;

	ck_assert_int_eq(sess_ring_generation(next), sess_ring_generation(old) + 1);
	json_object_del(json_object_get(a, "sess"), "generation");
	json_object_del(json_object_get(b, "sess"), "generation");
	ck_assert(json_equal(json_object_get(a, "sess"), json_object_get(b, "sess")));
	json_array_foreach(json_object_get(a, "keys"), i, key) {
		then = json_array_get(json_object_get(b, "keys"), i);
		json_object_del(then, "exp");
		ck_assert(json_equal(key, then));
	}
	json_decref(a);
	json_decref(b);
}

START_TEST(test_uses)
{
	sess_ring *ring = life_ring(uses[_i].form, NULL, NULL, NULL, NOW), *next;
	sess_rotation what = SESS_ROTATION_INIT;
	int64_t now = NOW + 5 * DAY;

	what.sig = uses[_i].sig;
	what.enc = uses[_i].enc;
	next = rotated(ring, &what, now);
	ck_assert_uint_eq(sess_ring_key_count(next), uses[_i].sigs + uses[_i].encs);
	if (uses[_i].sigs == 2)
		check_turn(ring, next, "sig", now);
	if (uses[_i].encs == 2)
		check_turn(ring, next, "enc", now);
	ck_assert_uint_eq(life_count(next, "sig", SESS_KEY_PENDING, now), uses[_i].sigs == 2);
	ck_assert_uint_eq(life_count(next, "enc", SESS_KEY_PENDING, now), uses[_i].encs == 2);
	check_rest(ring, next);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* From one algorithm to another, in steps; NULL: as before. */
#define STEPS 4
static const struct {
	const char *what;
	sess_form form;
	struct {
		const char *alg, *kw, *enc;
	} step[STEPS];
} moves[] = {
	{ "the same", NESTED, { { "HS256", "dir", "A256GCM" }, { NULL, NULL, NULL }, { NULL, NULL, NULL },
	    { NULL, NULL, NULL } } },
	{ "signing", NESTED, { { "HS256", "dir", "A256GCM" }, { "ES256", NULL, NULL }, { "EdDSA", NULL, NULL }, { "HS256", NULL, NULL } } },
	{ "key management", NESTED, { { "ES256", "dir", "A256GCM" }, { NULL, "A256KW", NULL }, { NULL, "dir", NULL }, { NULL, NULL, NULL } } },
	{ "content encryption", NESTED, { { "HS256", "dir", "A256GCM" }, { NULL, NULL, "A256CBC-HS512" }, { NULL, NULL, "A256GCM" },
	    { NULL, NULL, "A256CBC-HS512" } } },
	{ "all at once", NESTED, { { "HS256", "dir", "A256GCM" }, { "EdDSA", "A256KW", "A256CBC-HS512" }, { "ES256", "dir", "A256GCM" },
	    { NULL, "A256KW", NULL } } },
	{ "sealed", SEALED, { { NULL, "dir", "A256CBC-HS512" }, { NULL, "A256KW", NULL }, { NULL, NULL, "A256GCM" }, { NULL, "dir", NULL } } },
	{ "signed", SIGNED, { { "EdDSA", NULL, NULL }, { "HS256", NULL, NULL }, { "ES256", NULL, NULL }, { NULL, NULL, NULL } } },
};

/* A token and the moment from which nobody need accept it any more. */
struct minted {
	char *token;
	int64_t exp;
};

static void
mint_at(struct minted *m, sess_ring *ring, int64_t at)
{
	sess_diag diag;

	m->token = life_mint(ring, at, &diag);
	ck_assert_msg(m->token != NULL, "%s", diag.message);
	m->exp = at + LIFE_TOKEN;
}

/* Accepted from the mint, by a clock a leeway behind, to exp + leeway; and then refused for its age, by no key's end. */
static void
expect_whole_life(sess_ring *ring, const struct minted *m)
{
	const int64_t good[] = { m->exp - LIFE_TOKEN - LIFE_LEEWAY, m->exp - LIFE_TOKEN, m->exp - 1, m->exp, m->exp + LIFE_LEEWAY - 1 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(life_verify(ring, good[i], m->token) == 0, "%lld before its exp: %x", (long long)(m->exp - good[i]),
		    life_verify(ring, good[i], m->token));
	ck_assert_uint_eq(life_verify(ring, m->exp + LIFE_LEEWAY, m->token), SESS_REASON_IDLE_EXPIRED);
}

/* The tokens around one switch, by minters that have the new file (or still the old one, before the switch). */
static void
check_switch(sess_ring *old, sess_ring *next, int64_t now, int64_t nbf)
{
	const int64_t moments[] = { now - LIFE_TOKEN, now - 1, now, nbf - 1 };
	struct minted m;

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		for (int fresh = 0; fresh < 2; fresh++) {
			mint_at(&m, fresh ? next : old, moments[i]);
			expect_whole_life(next, &m);
			sess_token_free(m.token);
		}
	}
	mint_at(&m, next, nbf - 1);
	ck_assert_uint_eq(life_verify(next, nbf + LIFE_TAIL, m.token), SESS_REASON_EXPIRED_KEY);
	ck_assert_uint_eq(life_verify(next, nbf + LIFE_TAIL - 1, m.token), SESS_REASON_IDLE_EXPIRED);
	sess_token_free(m.token);
	for (int64_t at = nbf; at <= nbf + 2 * LIFE_TAIL; at += LIFE_TAIL) {
		mint_at(&m, next, at);
		expect_whole_life(next, &m);
		ck_assert_uint_eq(life_verify(old, at, m.token), SESS_REASON_UNKNOWN_KEY);
		sess_token_free(m.token);
	}
}

START_TEST(test_moves)
{
	sess_ring *ring = life_ring(moves[_i].form, moves[_i].step[0].alg, moves[_i].step[0].kw, moves[_i].step[0].enc, NOW - DAY);
	int64_t now = NOW;

	for (size_t i = 1; i < STEPS; i++) {
		sess_rotation what = SESS_ROTATION_INIT;
		sess_ring *next;

		what.alg = moves[_i].step[i].alg;
		what.kw = moves[_i].step[i].kw;
		what.content_enc = moves[_i].step[i].enc;
		next = rotated(ring, &what, now);
		check_switch(ring, next, now, now + 3600);
		if (what.alg != NULL)
			ck_assert_str_eq(life_only(next, "sig", SESS_KEY_PENDING, now).alg, what.alg);
		if (what.kw != NULL)
			ck_assert_str_eq(life_only(next, "enc", SESS_KEY_PENDING, now).alg, what.kw);
		if (what.content_enc != NULL)
			ck_assert_str_eq(life_only(next, "enc", SESS_KEY_PENDING, now).enc, what.content_enc);
		life_become(&ring, next);
		now += 5 * DAY;
	}
	sess_ring_free(ring);
}
END_TEST

/* When a rotation is due. The ring is nested HS256 dir A256GCM at 10/s, its keys `age` old. */
enum { PLAIN, PENDING, REVOKED, EXPIRED, ENDS };
static const struct {
	const char *what;
	int state;
	int64_t age, activate_in, key_life, ends_in; /* ENDS: the exp of the signing key */
	const char *alg, *kw, *enc;
	int sig_due, enc_due;
} dues[] = {
	{ "young", PLAIN, DAY, 3600, 90 * DAY, 0, NULL, NULL, NULL, 0, 0 },
	{ "a second too young", PLAIN, 90 * DAY - 3601, 3600, 90 * DAY, 0, NULL, NULL, NULL, 0, 0 },
	{ "old enough to be replaced in time", PLAIN, 90 * DAY - 3600, 3600, 90 * DAY, 0, NULL, NULL, NULL, 1, 1 },
	{ "old", PLAIN, 200 * DAY, 3600, 90 * DAY, 0, NULL, NULL, NULL, 1, 1 },
	{ "at once, a second too young", PLAIN, 90 * DAY - 1, 0, 90 * DAY, 0, NULL, NULL, NULL, 0, 0 },
	{ "at once, old enough", PLAIN, 90 * DAY, 0, 90 * DAY, 0, NULL, NULL, NULL, 1, 1 },
	{ "pending", PENDING, 200 * DAY, 3600, 90 * DAY, 0, NULL, NULL, NULL, 0, 0 },
	{ "pending, another algorithm", PENDING, 200 * DAY, 3600, 90 * DAY, 0, "ES256", NULL, NULL, 0, 0 },
	{ "the algorithm in place", PLAIN, DAY, 3600, 90 * DAY, 0, "HS256", "dir", "A256GCM", 0, 0 },
	{ "another signature", PLAIN, DAY, 3600, 90 * DAY, 0, "ES256", NULL, NULL, 1, 0 },
	{ "another key management", PLAIN, DAY, 3600, 90 * DAY, 0, NULL, "A256KW", NULL, 0, 1 },
	{ "another content encryption", PLAIN, DAY, 3600, 90 * DAY, 0, NULL, NULL, "A256CBC-HS512", 0, 1 },
	{ "cannot mint: revoked", REVOKED, DAY, 3600, 90 * DAY, 0, NULL, NULL, NULL, 1, 0 },
	{ "cannot mint: expired", EXPIRED, DAY, 3600, 90 * DAY, 0, NULL, NULL, NULL, 1, 0 },
	{ "ends a second after the last token would", ENDS, DAY, 3600, 90 * DAY, 3600 + LIFE_TAIL + 1, NULL, NULL, NULL, 0, 0 },
	{ "ends with the last token", ENDS, DAY, 3600, 90 * DAY, 3600 + LIFE_TAIL, NULL, NULL, NULL, 1, 0 },
	{ "ends far ahead", ENDS, DAY, 3600, 90 * DAY, 30 * DAY, NULL, NULL, NULL, 0, 0 },
};

static sess_ring *
ring_in_state(int state, int64_t age, int64_t ends_in)
{
	sess_ring *ring = life_ring(NESTED, "HS256", "dir", "A256GCM", NOW - age);
	char *kid = strdup(life_only(ring, "sig", SESS_KEY_MINTS, NOW).kid), *value;
	sess_rotation what = SESS_ROTATION_INIT;

	if (state == PENDING)
		life_become(&ring, rotated(ring, &what, NOW - 1));
	if (state == REVOKED) {
		value = forge_text("{\"revoked_at\":%lld}", (long long)NOW - 1);
		ring = life_edit(ring, kid, "revoked", value);
		free(value);
	}
	if (state == EXPIRED || state == ENDS) {
		value = forge_text("%lld", (long long)(NOW + (state == ENDS ? ends_in : 0)));
		ring = life_edit(ring, kid, "exp", value);
		free(value);
	}
	free(kid);
	return ring;
}

START_TEST(test_due)
{
	sess_ring *ring = ring_in_state(dues[_i].state, dues[_i].age, dues[_i].ends_in), *next;
	sess_rotation what = SESS_ROTATION_INIT;
	size_t before = sess_ring_key_count(ring);

	what.if_due = 1;
	what.activate_in_s = dues[_i].activate_in;
	what.key_life_s = dues[_i].key_life;
	what.alg = dues[_i].alg;
	what.kw = dues[_i].kw;
	what.content_enc = dues[_i].enc;
	next = rotated(ring, &what, NOW);
	ck_assert_msg((next != NULL) == (dues[_i].sig_due || dues[_i].enc_due), "%s", dues[_i].what);
	if (next != NULL) {
		ck_assert_uint_eq(sess_ring_key_count(next), before + (size_t)(dues[_i].sig_due + dues[_i].enc_due));
		for (size_t i = before; i < sess_ring_key_count(next); i++) {
			sess_key_info info;

			ck_assert_int_eq(sess_ring_key_info(next, i, NOW, &info), 0);
			ck_assert_msg(info.use[0] == 's' ? dues[_i].sig_due : dues[_i].enc_due, "%s: %s", dues[_i].what, info.use);
		}
	}
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* A ring whose rate was raised by hand: every line of a timer says so, until it asks for what lasts; then that is due. */
START_TEST(test_budget)
{
	sess_ring *ring = life_edit(life_ring(SEALED, NULL, "dir", NULL, NOW - DAY), "", "max_rate_per_s", "1000"), *next = ring;
	sess_rotation what = SESS_ROTATION_INIT;
	sess_diag diag;

	what.if_due = 1;
	life_expect("90 days", sess_ring_rotate(ring, &what, NOW, &next, &diag), &diag, SESS_ERR_RING_STATE, "kw", "1000 mints a second");
	/* 2^31 mints at 1,000 a second take 2,147,483.6 s. */
	what.key_life_s = 2147484;
	life_expect("too long", sess_ring_rotate(ring, &what, NOW, &next, &diag), &diag, SESS_ERR_RING_STATE, "kw", "2147484 s");
	ck_assert_ptr_eq(next, ring);
	what.key_life_s = 2147483;
	ck_assert_ptr_null(rotated(ring, &what, NOW));
	life_become(&ring, rotated(ring, &what, NOW - DAY + 2147483 - 3600));
	sess_ring_free(ring);
	ring = life_edit(life_ring(SEALED, NULL, "dir", NULL, NOW - DAY), "", "max_rate_per_s", "1000");
	what.key_life_s = 7776000;
	what.kw = "A256KW";
	life_become(&ring, rotated(ring, &what, NOW));
	ck_assert_str_eq(life_only(ring, "enc", SESS_KEY_PENDING, NOW).alg, "A256KW");
	sess_ring_free(ring);
}
END_TEST

START_TEST(test_pending)
{
	sess_ring *ring = life_ring(NESTED, NULL, NULL, NULL, NOW - DAY), *next;
	sess_rotation sig = SESS_ROTATION_INIT, enc = SESS_ROTATION_INIT, both = SESS_ROTATION_INIT;
	sess_diag diag;
	char *kid;

	sig.sig = 1;
	enc.enc = 1;
	life_become(&ring, rotated(ring, &sig, NOW));
	kid = strdup(life_only(ring, "sig", SESS_KEY_PENDING, NOW).kid);
	next = ring;
	life_expect("sig again", sess_ring_rotate(ring, &sig, NOW + 3599, &next, &diag), &diag, SESS_ERR_RING_STATE, "nbf",
	    "use sig is pending already and mints from 2027-01-15T09:00:00Z");
	ck_assert_str_eq(diag.kid, kid);
	life_expect("both", sess_ring_rotate(ring, &both, NOW, &next, &diag), &diag, SESS_ERR_RING_STATE, "nbf", "pending");
	ck_assert_ptr_eq(next, ring);
	/* A misspelt algorithm is said though a key is pending. */
	sig.if_due = 1;
	sig.alg = "ES-256";
	life_expect("misspelt", sess_ring_rotate(ring, &sig, NOW, &next, &diag), &diag, SESS_ERR_ARGUMENT, "alg", "ES256");
	sig.if_due = 0;
	sig.alg = NULL;
	/* The other use is free, and this one when its time has come. */
	life_become(&ring, rotated(ring, &enc, NOW + 1));
	life_become(&ring, rotated(ring, &sig, NOW + 3600));
	ck_assert_int_eq(life_find(ring, kid, NOW).exp, NOW + 7200 + LIFE_TAIL);
	free(kid);
	sess_ring_free(ring);
}
END_TEST

/* Where the predecessor has an end already, the new key comes early enough; where it is too late for that, at once. */
static const struct {
	const char *what;
	int64_t ends_in, activate_in, wants_in, wants_end_in;
} ends[] = {
	{ "far ahead", 30 * DAY, 3600, 3600, 3600 + LIFE_TAIL },
	{ "just in time", 3600 + LIFE_TAIL, 3600, 3600, 3600 + LIFE_TAIL },
	{ "sooner", 1800 + LIFE_TAIL, 3600, 1800, 1800 + LIFE_TAIL },
	{ "now", LIFE_TAIL, 3600, 0, LIFE_TAIL },
	{ "too late", 100, 3600, 0, 100 },
	{ "over", 0, 3600, 0, 0 },
};

START_TEST(test_predecessor_with_an_end)
{
	sess_ring *ring = ring_in_state(ENDS, DAY, ends[_i].ends_in), *next;
	char *kid = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	sess_key_info info;

	for (size_t i = 0; sess_ring_key_info(ring, i, NOW, &info) == 0; i++) {
		if (info.exp >= 0)
			kid = strdup(info.kid);
	}
	what.sig = 1;
	what.activate_in_s = ends[_i].activate_in;
	next = rotated(ring, &what, NOW);
	ck_assert_int_eq(life_find(next, kid, NOW).exp, NOW + ends[_i].wants_end_in);
	ck_assert_int_eq(sess_ring_key_info(next, sess_ring_key_count(next) - 1, NOW, &info), 0);
	ck_assert_int_eq(info.nbf, NOW + ends[_i].wants_in);
	free(kid);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* No two keys of a use may have the same turn: the later one moves on by seconds. */
START_TEST(test_equal_turns)
{
	sess_ring *ring = life_ring(NESTED, NULL, NULL, NULL, NOW);
	sess_rotation what = SESS_ROTATION_INIT;
	char *kid, *nbf = forge_text("%lld", (long long)NOW + 50), *revoked = forge_text("{\"revoked_at\":%lld}", (long long)NOW);
	sess_diag diag;

	what.activate_in_s = 0;
	life_become(&ring, rotated(ring, &what, NOW));
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_PENDING, NOW).nbf, NOW + 1);
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_MINTS, NOW).exp, NOW + 1 + LIFE_TAIL);
	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW, &ring, &diag), SESS_ERR_RING_STATE);
	/* A turn taken by a key that was revoked before it came. */
	kid = strdup(life_only(ring, "sig", SESS_KEY_PENDING, NOW).kid);
	ring = life_edit(life_edit(ring, kid, "nbf", nbf), kid, "revoked", revoked);
	what.sig = 1;
	life_become(&ring, rotated(ring, &what, NOW + 50));
	ck_assert_int_eq(life_only(ring, "sig", SESS_KEY_PENDING, NOW + 50).nbf, NOW + 51);
	free(kid);
	free(nbf);
	free(revoked);
	sess_ring_free(ring);
}
END_TEST

/* Keys whose time lies ahead, all of them: there is nothing to rotate yet. Revoked, all of them: a new one mints at once. */
START_TEST(test_no_turn)
{
	sess_ring *ring = life_ring(SIGNED, "ES256", NULL, NULL, NOW + 100), *next = NULL;
	sess_rotation what = SESS_ROTATION_INIT;
	char *kid = strdup(life_only(ring, "sig", SESS_KEY_PENDING, NOW).kid);
	sess_diag diag;

	ck_assert_int_eq(sess_ring_rotate(ring, &what, NOW, &next, &diag), SESS_ERR_RING_STATE);
	ring = life_edit(ring, kid, "revoked", "{\"revoked_at\":5}");
	next = rotated(ring, &what, NOW);
	ck_assert_int_eq(life_only(next, "sig", SESS_KEY_MINTS, NOW).nbf, NOW);
	ck_assert_str_eq(life_only(next, "sig", SESS_KEY_MINTS, NOW).alg, "ES256");
	free(kid);
	sess_ring_free(ring);
	sess_ring_free(next);
}
END_TEST

/* Secrets and names are fresh: over many rotations no kid and no secret comes twice. */
START_TEST(test_fresh)
{
	sess_ring *ring = life_ring(NESTED, "EdDSA", NULL, NULL, NOW);
	sess_rotation what = SESS_ROTATION_INIT;
	json_t *doc, *seen = json_object(), *key;
	size_t i;

	what.activate_in_s = 0;
	for (int64_t now = NOW + 1; now <= NOW + 20; now++)
		life_become(&ring, rotated(ring, &what, now));
	doc = life_document(ring);
	json_array_foreach(json_object_get(doc, "keys"), i, key) {
		const char *secret = json_string_value(json_object_get(key, json_object_get(key, "k") != NULL ? "k" : "d"));

		json_object_set_new(seen, json_string_value(json_object_get(key, "kid")), json_true());
		json_object_set_new(seen, secret, json_true());
	}
	ck_assert_uint_eq(i, 42);
	ck_assert_uint_eq(json_object_size(seen), 84);
	json_decref(seen);
	json_decref(doc);
	sess_ring_free(ring);
}
END_TEST

/* A kid is also a word on a command line, so it never looks like an option: by chance, one in 64 would. */
START_TEST(test_kids_are_words)
{
	for (int i = 0; i < 1500; i++) {
		sess_ring *ring = life_ring(SEALED, NULL, NULL, NULL, NOW);

		ck_assert_int_ne(life_only(ring, "enc", SESS_KEY_MINTS, NOW).kid[0], '-');
		sess_ring_free(ring);
	}
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("ring_rotate");
	TCase *tcase = tcase_create("rotate");

	tcase_set_timeout(tcase, 60);
	LOOP(test_uses, uses);
	LOOP(test_moves, moves);
	LOOP(test_due, dues);
	tcase_add_test(tcase, test_budget);
	tcase_add_test(tcase, test_pending);
	LOOP(test_predecessor_with_an_end, ends);
	tcase_add_test(tcase, test_equal_turns);
	tcase_add_test(tcase, test_no_turn);
	tcase_add_test(tcase, test_fresh);
	tcase_add_test(tcase, test_kids_are_words);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
