/* SPDX-License-Identifier: MIT */
/* A Cookie header cut short at every byte, and with every bit changed: it yields the session that it held, or none. */
#include <stdio.h>

#include "session/jar.h"
#include "support/judge.h"
#include "support/runner.h"

struct scene {
	sess_manager *manager;
	char *token;
	struct jar jar;
	sess_cookie_header header;
};

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = JUDGE_NOW;
	return 0;
}

/* padding: bytes of a claim, which decide how many cookies there are. */
static void
scene_init(struct scene *s, size_t padding)
{
	static const char text[] = "{\"max_token_bytes\":65536,\"cookie\":{\"max_chunks\":4,\"name\":\"s\"}}";
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_cookies *cookies = NULL;
	sess_ring *ring = NULL;
	sess_policy policy;
	char claims[8192], filling[8000] = "";
	size_t len = 0;

	memset(s, 0, sizeof(*s));
	memset(filling, 'p', padding);
	(void)snprintf(claims, sizeof(claims), "{\"pad\":\"%s\"}", filling);
	ck_assert_int_eq(sess_policy_parse(text, strlen(text), &policy, NULL), 0);
	ck_assert_int_eq(sess_ring_generate(&spec, JUDGE_NOW, &ring, NULL), 0);
	config.ring = ring;
	config.policy = &policy;
	config.clock = clock_now;
	ck_assert_int_eq(sess_manager_new(&config, &s->manager, NULL), 0);
	ck_assert_int_eq(sess_mint(s->manager, "anna", claims, strlen(claims), NULL, &s->token, &len, NULL), 0);
	ck_assert_int_eq(sess_cookie_set(s->manager, s->token, len, &cookies, NULL), 0);
	jar_put(&s->jar, "first=1");
	jar_take(&s->jar, cookies);
	jar_put(&s->jar, "last=2");
	s->header = jar_header(&s->jar);
	sess_cookies_free(cookies);
	sess_ring_free(ring);
}

static void
scene_done(struct scene *s)
{
	jar_done(&s->jar);
	sess_token_free(s->token);
	sess_manager_free(s->manager);
}

/* 1: the token as it was; 0: nothing that any service would take. */
static int
survives(struct scene *s, const char *text, size_t n)
{
	sess_cookie_header header = { text, n };
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_cookie_get(s->manager, &header, 1, &token, &len, &diag), same;

	if (rc != 0) {
		ck_assert_int_eq(rc, SESS_ERR_REJECTED);
		ck_assert_ptr_null(token);
		return 0;
	}
	if (token == NULL)
		return 0;
	same = strcmp(token, s->token) == 0;
	rc = sess_verify(s->manager, token, len, NULL, &session, &diag);
	ck_assert_msg((rc == 0) == same, "another token was accepted, or ours refused: %d, same %d", rc, same);
	sess_session_free(session);
	sess_token_free(token);
	return same;
}

static const size_t paddings[] = { 10, 2400, 4500 }; /* one cookie, two, three */

START_TEST(test_cut)
{
	struct scene s;
	size_t whole = 0;

	scene_init(&s, paddings[_i]);
	ck_assert_uint_eq(s.jar.count, 3 + (size_t)_i);
	for (size_t n = 0; n <= s.header.len; n++) {
		char *exact = malloc(n == 0 ? 1 : n);

		memcpy(exact, s.header.value, n);
		whole += (size_t)survives(&s, exact, n);
		free(exact);
	}
	/* "", ";", "; ", and the last cookie's eight characters more and more. */
	ck_assert_uint_eq(whole, strlen("; last=2") + 1);
	scene_done(&s);
}
END_TEST

START_TEST(test_bits)
{
	size_t others = strlen("first=1; ") + strlen("; last=2"), whole = 0;
	struct scene s;
	char *text;

	scene_init(&s, paddings[_i]);
	text = strdup(s.header.value);
	for (size_t bit = 0; bit < s.header.len * 8; bit++) {
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
		whole += (size_t)survives(&s, text, s.header.len);
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
	}
	/* Only what was not ours may change: not one bit of the token, its names, or what parts them. */
	ck_assert_uint_gt(whole, 8 * (others - 4) / 2);
	ck_assert_uint_le(whole, 8 * others);
	free(text);
	scene_done(&s);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("cookie_damage");
	TCase *tcase = tcase_create("damage");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_cut, 0, 3);
	tcase_add_loop_test(tcase, test_bits, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
