/* SPDX-License-Identifier: MIT */
/*
 * When a session wants to be renewed: after its share of the idle time, earlier by its own spread, for old keys and never for
 * newer ones, and not where it would gain nothing. And that two minters do not renew to and fro.
 */
#include "session/renew.h"

#include "support/runner.h"

#define SIXTEENTH(wait) ((wait) / 16)

/* What the session of this payload says when the clock is at JUDGE_NOW + at. */
static int
wants_at(struct judge *j, const char *payload, int64_t at)
{
	sess_session *session;
	char *token = judge_token(j, payload, strlen(payload));
	int wants;

	j->now = JUDGE_NOW + at;
	session = accept(j, token, strlen(token));
	wants = sess_session_wants_renewal(session);
	sess_session_free(session);
	return wants;
}

/* The first second in which it wants to, of a session that does not expire before. */
static int64_t
first_wanted(struct judge *j, const char *payload, int64_t until)
{
	int64_t low = -1, high = until;

	ck_assert_int_eq(wants_at(j, payload, until), 1);
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (wants_at(j, payload, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

START_TEST(test_share_of_idle_time)
{
	static const int percents[] = { 1, 10, 50, 80, 99 };
	struct judge j;
	char *payload = judge_payload(NULL, NULL);

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		sess_policy policy;
		int64_t wait = 3600 * percents[i] / 100, first;

		sess_policy_init(&policy);
		policy.renew_after_percent = percents[i];
		judge_init(&j, &judge_combos[0], &policy);
		first = first_wanted(&j, payload, 3599);
		ck_assert_int_le(first, wait);
		ck_assert_int_ge(first, wait - SIXTEENTH(wait));
		/* Once wanted, always wanted. */
		for (int64_t at = first; at < 3630; at += 97)
			ck_assert_int_eq(wants_at(&j, payload, at), 1);
		judge_done(&j);
	}
	free(payload);
}
END_TEST

/* The same session wants it at the same time on every node; many sessions do not want it at once. */
START_TEST(test_spread)
{
	struct judge j, k;
	int64_t firsts[24];
	int different = 0;

	judge_init(&j, &judge_combos[0], NULL);
	judge_init(&k, &judge_combos[1], NULL);
	for (int i = 0; i < 24; i++) {
		char *sid = forge_text("\"sid\":\"%c%cAAAAAAAAAAAAAAAAAAAA\"", 'A' + i, 'z' - i), *payload = judge_payload("sid", sid);

		firsts[i] = first_wanted(&j, payload, 3599);
		ck_assert_int_eq(firsts[i], first_wanted(&k, payload, 3599));
		for (int n = 0; n < i; n++)
			different += firsts[n] != firsts[i];
		free(sid);
		free(payload);
	}
	/* Of 276 pairs nearly all differ; by chance one in 64 would not. */
	ck_assert_int_gt(different, 200);
	judge_done(&j);
	judge_done(&k);
}
END_TEST

/* And on nodes with other versions of the library: the second is the sid's, FNV-1a folded to six bits. */
START_TEST(test_spread_is_known)
{
	static const struct {
		const char *sid;
		int64_t idle_s, first;
	} rows[] = {
		{ "CGAAAAAAAAAAAAAAAAAAAA", 3600, 1800 }, { "CVAAAAAAAAAAAAAAAAAAAA", 3600, 1799 }, { "BVAAAAAAAAAAAAAAAAAAAA", 3600, 1746 },
		{ "FWAAAAAAAAAAAAAAAAAAAA", 3600, 1692 }, { "CIAAAAAAAAAAAAAAAAAAAA", 3600, 1690 }, { "CVAAAAAAAAAAAAAAAAAAAA", 1000, 500 },
		{ "BVAAAAAAAAAAAAAAAAAAAA", 1000, 485 }, { "CIAAAAAAAAAAAAAAAAAAAA", 1000, 470 }, { "BVAAAAAAAAAAAAAAAAAAAA", 34, 17 },
		{ "CIAAAAAAAAAAAAAAAAAAAA", 34, 16 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *sid = forge_text("\"sid\":\"%s\"", rows[i].sid), *payload = judge_payload("sid", sid);
		sess_policy policy;
		struct judge j;
		int64_t first;

		sess_policy_init(&policy);
		policy.idle_timeout_s = rows[i].idle_s;
		judge_init(&j, &judge_combos[0], &policy);
		first = first_wanted(&j, payload, rows[i].idle_s - 1);
		ck_assert_msg(first == rows[i].first, "%s, %d s: %d", rows[i].sid, (int)rows[i].idle_s, (int)first);
		judge_done(&j);
		free(sid);
		free(payload);
	}
}
END_TEST

static const struct {
	const char *what, *claim, *instead;
	int64_t at;
	int wants, last;
} ends[] = {
	{ "fresh", NULL, NULL, 0, 0, 0 },
	{ "half used", NULL, NULL, 1800, 1, 0 },
	{ "in the leeway after it", NULL, NULL, 3620, 1, 0 },
	{ "ends by end", NULL, "\"end\":1800003600", 3000, 0, 1 },
	{ "ends by end, before exp", NULL, "\"end\":1800003000", 2900, 0, 1 },
	{ "an end a second later", NULL, "\"end\":1800003601", 3000, 1, 0 },
	{ "an end that has come, in the leeway", NULL, "\"end\":1800003601", 3601, 0, 0 },
	{ "ends by the absolute timeout", "auth_time", "\"auth_time\":1799960400", 3000, 0, 1 },
	{ "absolute timeout a second later", "auth_time", "\"auth_time\":1799960401", 3000, 1, 0 },
	{ "issued ahead of the clock", "iat", "\"iat\":1800000030", 0, 0, 0 },
	{ "short by its minter", "exp", "\"exp\":1800000100", 50, 1, 0 },
	{ "short by its minter, fresh", "exp", "\"exp\":1800000100", 10, 0, 0 },
};

START_TEST(test_ends)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct judge j;
		char *payload = judge_payload(ends[i].claim != NULL ? ends[i].claim : "sub", ends[i].instead), *token;
		sess_session *session;

		judge_init(&j, &judge_combos[_i], NULL);
		token = judge_token(&j, payload, strlen(payload));
		j.now += ends[i].at;
		session = accept(&j, token, strlen(token));
		ck_assert_msg(sess_session_wants_renewal(session) == ends[i].wants, "%s: wants", ends[i].what);
		ck_assert_msg(sess_session_is_last(session) == ends[i].last, "%s: last", ends[i].what);
		sess_session_free(session);
		free(payload);
		judge_done(&j);
	}
}
END_TEST

/* A copy of a ring's key under another kid and secret, minting from nbf. */
static json_t *
another(const json_t *ring, const char *use, const char *kid, const char *secret, int64_t nbf)
{
	json_t *key = json_deep_copy(forge_key(ring, use));

	json_object_set_new(key, "kid", json_string(kid));
	json_object_set_new(key, "k", json_string(secret));
	json_object_set_new(key, "nbf", json_integer(nbf));
	return key;
}

#define SECRET_1 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define SECRET_2 "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"

/* The key that the judge forges with is the first of its use in the ring; `nbf` is when another one begins to mint. */
static const struct {
	const char *what, *use;
	int first;	   /* the other key stands first, so that tokens are of it */
	int64_t nbf;	   /* of the other key, from JUDGE_NOW */
	int revoked;	   /* the other key is, JUDGE_NOW - 100 + revoked */
	int wants;
} keys[] = {
	{ "an older signing key", "sig", 0, 0, 0, 1 },
	{ "an older encryption key", "enc", 0, 0, 0, 1 },
	{ "older, a second before", "sig", 0, 1, 0, 0 },
	{ "a newer signing key, whose time has not come", "sig", 1, 30, 0, 0 },
	{ "a newer encryption key, whose time has not come", "enc", 1, 30, 0, 0 },
	{ "the newest signing key", "sig", 1, 0, 0, 0 },
	{ "older than one that was revoked before its time", "sig", 0, 0, 50, 0 },
	{ "older than one that was revoked, so that nothing mints", "sig", 0, -90, 50, 0 },
};

START_TEST(test_keys)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *ring = judge_generate(&judge_combos[0]), *list = json_object_get(ring, "keys");
		json_t *key = another(ring, keys[i].use, "other", SECRET_1, JUDGE_NOW + keys[i].nbf);
		char *payload = judge_payload(NULL, NULL);
		struct judge j;

		if (keys[i].revoked != 0)
			json_object_set_new(key, "revoked", json_pack("{s:I}", "revoked_at", (json_int_t)(JUDGE_NOW - 100 + keys[i].revoked)));
		if (keys[i].first)
			json_array_insert_new(list, 0, key);
		else
			json_array_append_new(list, key);
		judge_init_ring(&j, &judge_combos[0], NULL, ring);
		ck_assert_msg(wants_at(&j, payload, 0) == keys[i].wants, "%s", keys[i].what);
		free(payload);
		judge_done(&j);
	}
}
END_TEST

/* The minting key ends before the idle time does: a renewal would gain nothing, and each answer would carry a cookie. */
START_TEST(test_key_that_ends)
{
	json_t *ring = judge_generate(&judge_combos[0]);
	char *payload = judge_payload("exp", "\"exp\":1800000970");
	struct judge j;
	sess_session *session, *next;

	json_object_set_new(forge_key(ring, "enc"), "exp", json_integer(JUDGE_NOW + 1000));
	judge_init_ring(&j, &judge_combos[0], NULL, ring);
	ck_assert_int_eq(wants_at(&j, payload, 900), 0);
	free(payload);
	payload = judge_payload("exp", "\"exp\":1800000960");
	ck_assert_int_eq(wants_at(&j, payload, 900), 1);
	session = session_with(&j, "exp", "\"exp\":1800000960");
	next = renewed(&j, session, NULL);
	ck_assert_int_eq(sess_session_idle_deadline(next), JUDGE_NOW + 970);
	/* With no life left in the minting key nothing is minted, and nothing asked for. */
	j.now = JUDGE_NOW + 975;
	not_renewed(&j, next, NULL, "a key about to end", SESS_ERR_RING_NO_KEY, 0, "exp");
	sess_session_free(session);
	sess_session_free(next);
	free(payload);
	judge_done(&j);
}
END_TEST

/* Two managers of one ring, one clock ahead of the other. */
struct pair {
	sess_manager *manager[2];
	int64_t now, ahead; /* of the second */
};

static int
clock_behind(void *arg, int64_t *ret_now)
{
	*ret_now = ((struct pair *)arg)->now;
	return 0;
}

static int
clock_ahead(void *arg, int64_t *ret_now)
{
	*ret_now = ((struct pair *)arg)->now + ((struct pair *)arg)->ahead;
	return 0;
}

static void
pair_init(struct pair *p, const json_t *ring, int64_t ahead)
{
	char *text = json_dumps(ring, 0);
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *loaded = NULL;

	p->ahead = ahead;
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &loaded, NULL), 0);
	config.ring = loaded;
	config.clock_arg = p;
	config.clock = clock_behind;
	ck_assert_int_eq(sess_manager_new(&config, &p->manager[0], NULL), 0);
	config.clock = clock_ahead;
	ck_assert_int_eq(sess_manager_new(&config, &p->manager[1], NULL), 0);
	sess_ring_free(loaded);
	free(text);
}

/* One request to one of the two: verify, renew if wanted. *token is the client's cookie. Returns whether it was renewed. */
static int
request(sess_manager *manager, char **token, int64_t *ret_gen)
{
	sess_session *session = NULL;
	char *next = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_verify(manager, *token, strlen(*token), NULL, &session, &diag), wants;

	ck_assert_msg(rc == 0, "%s", diag.message);
	wants = sess_session_wants_renewal(session);
	if (wants) {
		ck_assert_int_eq(sess_renew(manager, session, NULL, &next, &len, NULL), 0);
		sess_token_free(*token);
		*token = next;
	}
	*ret_gen = sess_session_renewals(session) + wants;
	sess_session_free(session);
	return wants;
}

/* A rotation of both keys at JUDGE_NOW, minters apart by the leeway, a session that asks each in turn every second. */
START_TEST(test_two_minters)
{
	json_t *ring = judge_generate(&judge_combos[0]);
	struct pair p = { .now = JUDGE_NOW - 100 };
	int64_t gen = 0;
	int renewals = 0;
	char *token = NULL;
	size_t len = 0;

	json_array_append_new(json_object_get(ring, "keys"), another(ring, "sig", "sig2", SECRET_1, JUDGE_NOW));
	json_array_append_new(json_object_get(ring, "keys"), another(ring, "enc", "enc2", SECRET_2, JUDGE_NOW));
	pair_init(&p, ring, 30);
	ck_assert_int_eq(sess_mint(p.manager[_i], "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	for (; p.now < JUDGE_NOW + 100; p.now++)
		for (int turn = 0; turn < 4; turn++)
			renewals += request(p.manager[turn % 2], &token, &gen);
	/* Once, to the new keys. */
	ck_assert_int_eq(renewals, 1);
	ck_assert_int_eq(gen, 1);
	sess_token_free(token);
	sess_manager_free(p.manager[0]);
	sess_manager_free(p.manager[1]);
	json_decref(ring);
}
END_TEST

/* The same where the share of idle time is used just then: the minter that is behind renews what is newer than its own key. */
START_TEST(test_two_minters_when_due)
{
	json_t *ring = judge_generate(&judge_combos[0]);
	struct pair p = { .now = JUDGE_NOW - 1810 + _i };
	int64_t gen = 0;
	int renewals = 0;
	char *token = NULL;
	size_t len = 0;

	json_array_append_new(json_object_get(ring, "keys"), another(ring, "sig", "sig2", SECRET_1, JUDGE_NOW));
	json_array_append_new(json_object_get(ring, "keys"), another(ring, "enc", "enc2", SECRET_2, JUDGE_NOW));
	pair_init(&p, ring, 30);
	ck_assert_int_eq(sess_mint(p.manager[0], "anna", NULL, 0, NULL, &token, &len, NULL), 0);
	for (p.now = JUDGE_NOW - 200; p.now < JUDGE_NOW + 200; p.now++)
		for (int turn = 0; turn < 4; turn++)
			renewals += request(p.manager[turn % 2], &token, &gen);
	/* When it is due, and to the new keys: both at once, or one after the other. */
	ck_assert_int_ge(renewals, 1);
	ck_assert_int_le(renewals, 2);
	sess_token_free(token);
	sess_manager_free(p.manager[0]);
	sess_manager_free(p.manager[1]);
	json_decref(ring);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("renewal_wanted");
	TCase *tcase = tcase_create("wanted");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_share_of_idle_time);
	tcase_add_test(tcase, test_spread);
	tcase_add_test(tcase, test_spread_is_known);
	tcase_add_loop_test(tcase, test_ends, 0, 3);
	tcase_add_test(tcase, test_keys);
	tcase_add_test(tcase, test_key_that_ends);
	tcase_add_loop_test(tcase, test_two_minters, 0, 2);
	tcase_add_loop_test(tcase, test_two_minters_when_due, 0, 60);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
