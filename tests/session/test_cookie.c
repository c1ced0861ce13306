/* SPDX-License-Identifier: MIT */
/* Set-Cookie: attributes, life, size to the byte, chunks and back, clearing, events. */
#include <stdio.h>

#include "session/jar.h"
#include "support/forge.h"
#include "support/judge.h"
#include "support/ringfile.h"
#include "support/runner.h"

struct scene {
	sess_policy policy;
	sess_manager *manager;
	struct ringfile_events events;
	sess_event last;
	int64_t now;
};

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(int64_t *)arg;
	return 0;
}

static void
on_event(const sess_event *event, void *arg)
{
	struct scene *s = arg;

	s->last = *event;
	ringfile_count(event, &s->events);
}

/* cookie: the policy's member, JSON; NULL: the default. */
static void
scene_init(struct scene *s, const char *cookie, const char *more)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *ring = NULL;
	char text[1024];

	memset(s, 0, sizeof(*s));
	s->now = JUDGE_NOW;
	(void)snprintf(text, sizeof(text), "{\"cookie\":%s%s}", cookie == NULL ? "{}" : cookie, more);
	ck_assert_int_eq(sess_policy_parse(text, strlen(text), &s->policy, NULL), 0);
	spec.token_life_s = s->policy.idle_timeout_s;
	spec.session_life_s = s->policy.absolute_timeout_s;
	ck_assert_int_eq(sess_ring_generate(&spec, JUDGE_NOW, &ring, NULL), 0);
	config.ring = ring;
	config.policy = &s->policy;
	config.clock = clock_at;
	config.clock_arg = &s->now;
	config.on_event = on_event;
	config.on_event_arg = s;
	ck_assert_int_eq(sess_manager_new(&config, &s->manager, NULL), 0);
	sess_ring_free(ring);
}

static char *
mint(struct scene *s, size_t padding, int persistent, size_t *ret_len)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *claims = malloc(padding + 16), *token = NULL;
	sess_diag diag;

	opts.persistent = persistent;
	ck_assert_ptr_nonnull(claims);
	memcpy(claims, "{\"pad\":\"", 8);
	memset(claims + 8, 'p', padding);
	memcpy(claims + 8 + padding, "\"}", 3);
	ck_assert_msg(sess_mint(s->manager, "anna", claims, strlen(claims), &opts, &token, ret_len, &diag) == 0, "%s", diag.message);
	free(claims);
	return token;
}

static sess_cookies *
set(struct scene *s, const char *token)
{
	sess_cookies *cookies = NULL;
	sess_diag diag;

	ck_assert_msg(sess_cookie_set(s->manager, token, strlen(token), &cookies, &diag) == 0, "%s", diag.message);
	return cookies;
}

struct row {
	const char *name, *cookie;
	int persistent;
	const char *before, *after; /* of the token, in the Set-Cookie value */
};

static const struct row rows[] = {
	{ "the default", NULL, 0, "__Host-session=", "; Path=/; Secure; HttpOnly; SameSite=Lax" },
	{ "persistent", NULL, 1, "__Host-session=", "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600" },
	{ "strict", "{\"same_site\":\"strict\"}", 0, "__Host-session=", "; Path=/; Secure; HttpOnly; SameSite=Strict" },
	{ "embedded", "{\"same_site\":\"none\",\"partitioned\":true}", 0, "__Host-session=",
	    "; Path=/; Secure; HttpOnly; SameSite=None; Partitioned" },
	{ "a domain", "{\"prefix\":\"secure\",\"domain\":\"shop.example\",\"name\":\"s\"}", 0, "__Secure-s=",
	    "; Path=/; Domain=shop.example; Secure; HttpOnly; SameSite=Lax" },
	{ "a path", "{\"prefix\":\"secure\",\"path\":\"/app\"}", 1, "__Secure-session=",
	    "; Path=/app; Secure; HttpOnly; SameSite=Lax; Max-Age=3600" },
	{ "bare", "{\"prefix\":\"none\",\"secure\":false,\"http_only\":false}", 0, "session=", "; Path=/; SameSite=Lax" },
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

START_TEST(test_attributes)
{
	const struct row *row = &rows[_i];
	struct scene s;
	sess_cookies *cookies;
	const char *value, *end;
	size_t len = 0, token_len = 0, before = strlen(row->before);
	char *token, cleared[512];
	sess_diag diag;

	scene_init(&s, row->cookie, "");
	token = mint(&s, 1, row->persistent, &token_len);
	cookies = set(&s, token);
	ck_assert_uint_eq(sess_cookies_count(cookies), 1);
	ck_assert_uint_eq(sess_cookies_chunks(cookies), 1);
	value = sess_cookies_value(cookies, 0, &len);
	ck_assert_uint_eq(strlen(value), len);
	ck_assert_ptr_null(sess_cookies_value(cookies, 1, NULL));
	ck_assert_msg(strncmp(value, row->before, before) == 0, "%s: %s", row->name, value);
	ck_assert_int_eq(memcmp(value + before, token, token_len), 0);
	ck_assert_msg(strcmp(value + before + token_len, row->after) == 0, "%s: %s", row->name, value + before + token_len);
	ck_assert_uint_eq(sess_cookies_spare(cookies), 4096 - (before - 1) - token_len);
	sess_cookies_free(cookies);
	/* Cleared with the same attributes: all but the life. */
	memset(&diag, 'x', sizeof(diag));
	ck_assert_int_eq(sess_cookie_clear(s.manager, &cookies, &diag), 0);
	ck_assert_int_eq(diag.code, 0);
	ck_assert_str_eq(diag.message, "");
	ck_assert_uint_eq(sess_cookies_count(cookies), 1);
	ck_assert_uint_eq(sess_cookies_chunks(cookies), 0);
	end = strstr(row->after, "; Max-Age");
	(void)snprintf(cleared, sizeof(cleared), "%s%.*s; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", row->before,
	    end == NULL ? (int)strlen(row->after) : (int)(end - row->after), row->after);
	ck_assert_str_eq(sess_cookies_value(cookies, 0, NULL), cleared);
	sess_cookies_free(cookies);
	sess_token_free(token);
	sess_manager_free(s.manager);
}
END_TEST

/* Max-Age is what is left of the token, whatever the clock has done since. */
START_TEST(test_life)
{
	struct scene s;
	sess_cookies *cookies;
	sess_diag diag;
	size_t len = 0;
	char *token;

	scene_init(&s, NULL, ",\"idle_timeout_s\":34560000,\"absolute_timeout_s\":34560000");
	token = mint(&s, 1, 1, &len);
	cookies = set(&s, token);
	ck_assert_ptr_nonnull(strstr(sess_cookies_value(cookies, 0, NULL), "; Max-Age=34560000"));
	sess_cookies_free(cookies);
	s.now += 34559999;
	cookies = set(&s, token);
	ck_assert_str_eq(strstr(sess_cookies_value(cookies, 0, NULL), "; Max-Age="), "; Max-Age=1");
	sess_cookies_free(cookies);
	s.now++;
	cookies = NULL;
	ck_assert_int_eq(sess_cookie_set(s.manager, token, len, &cookies, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_IDLE_EXPIRED);
	ck_assert_ptr_null(cookies);
	sess_token_free(token);
	sess_manager_free(s.manager);
}
END_TEST

/* A token of exactly this length, or one short of it: base64url of a nested token leaves gaps. */
static char *
mint_near(struct scene *s, size_t wanted, size_t *ret_len)
{
	char *token = NULL;

	for (size_t padding = wanted * 9 / 16 + 8;; padding--) {
		token = mint(s, padding, 0, ret_len);
		if (*ret_len <= wanted)
			return token;
		sess_token_free(token);
	}
}

/* One byte more than RFC 6265bis allows is refused; the last byte is used. Names of every length find the boundary. */
START_TEST(test_boundary)
{
	int exact = 0;

	for (size_t n = 1; n <= 63; n++) {
		char cookie[128], name[64] = "";
		sess_cookies *cookies = NULL;
		struct scene s;
		sess_diag diag;
		size_t len = 0;
		char *token;
		int rc;

		memset(name, 'n', n);
		(void)snprintf(cookie, sizeof(cookie), "{\"name\":\"%s\"}", name);
		scene_init(&s, cookie, ",\"max_token_bytes\":8192");
		ck_assert_uint_eq(sess_cookie_capacity(&s.policy.cookie), 4096 - 7 - n);
		token = mint_near(&s, 4096 - 7 - 32, &len);
		rc = sess_cookie_set(s.manager, token, len, &cookies, &diag);
		if (7 + n + len <= 4096) {
			ck_assert_int_eq(rc, 0);
			ck_assert_uint_eq(sess_cookies_spare(cookies), 4096 - 7 - n - len);
			exact += 7 + n + len == 4096;
		} else {
			ck_assert_int_eq(rc, SESS_ERR_TOKEN_SIZE);
			ck_assert_ptr_null(cookies);
			ck_assert_ptr_nonnull(strstr(diag.message, "4096"));
			exact += 7 + n + len == 4097;
		}
		sess_cookies_free(cookies);
		sess_token_free(token);
		sess_manager_free(s.manager);
	}
	ck_assert_int_eq(exact, 2);
}
END_TEST

/* 80 % of the room raise a warning, less does not. */
START_TEST(test_warning)
{
	struct scene s;
	size_t len = 0, above = 0, below = 0;

	scene_init(&s, NULL, "");
	for (size_t padding = 1400; padding < 1800; padding++) {
		char *token = mint(&s, padding, 0, &len);
		sess_cookies *cookies;
		int before = s.events.count[SESS_EVENT_COOKIE_NEAR_LIMIT];
		int64_t used = (int64_t)(len + strlen("__Host-session"));

		cookies = set(&s, token);
		if (used * 100 >= 4096 * 80) {
			above++;
			ck_assert_int_eq(s.events.count[SESS_EVENT_COOKIE_NEAR_LIMIT], before + 1);
			ck_assert_int_eq(s.last.value, used);
			ck_assert_int_eq(s.last.limit, 4096);
			ck_assert_int_eq(s.last.has_session, 1);
		} else {
			below++;
			ck_assert_int_eq(s.events.count[SESS_EVENT_COOKIE_NEAR_LIMIT], before);
		}
		sess_cookies_free(cookies);
		sess_token_free(token);
	}
	ck_assert(above > 20 && below > 20);
	sess_manager_free(s.manager);
}
END_TEST

/* A cart that grows and shrinks: whatever came before, the jar ends with one token, and that one comes back. */
START_TEST(test_growth)
{
	static const size_t paddings[] = { 1, 1500, 2400, 4500, 6800, 8000, 4500, 2400, 1, 8000, 1 };
	struct jar jar = { 0 };
	struct scene s;
	size_t most = 0;

	scene_init(&s, "{\"max_chunks\":4,\"max_header_bytes\":65536}", ",\"max_token_bytes\":65536");
	for (size_t i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
		sess_cookie_header header;
		sess_cookies *cookies;
		size_t len = 0, back_len = 0;
		char *token = mint(&s, paddings[i], 0, &len), *back = NULL;

		cookies = set(&s, token);
		ck_assert_uint_eq(sess_cookies_count(cookies), 5); /* one line for each name that there is */
		ck_assert_uint_eq(sess_cookies_spare(cookies), sess_cookie_capacity(&s.policy.cookie) - len);
		ck_assert_uint_eq(len <= 4096 - 14, sess_cookies_chunks(cookies) == 1);
		jar_take(&jar, cookies);
		ck_assert_uint_eq(jar.count, sess_cookies_chunks(cookies));
		most = jar.count > most ? jar.count : most;
		header = jar_header(&jar);
		ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &back, &back_len, NULL), 0);
		ck_assert_uint_eq(back_len, len);
		ck_assert_str_eq(back, token);
		sess_token_free(back);
		sess_token_free(token);
		sess_cookies_free(cookies);
	}
	ck_assert_uint_eq(most, 4);
	ck_assert_int_eq(s.events.count[SESS_EVENT_REJECTED], 0);
	ck_assert_int_gt(s.events.count[SESS_EVENT_COOKIE_NEAR_LIMIT], 0);
	jar_done(&jar);
	sess_manager_free(s.manager);
}
END_TEST

/* The set of a token's parts is known (doc/format.md), so that nodes of any version write the same. */
START_TEST(test_set)
{
	struct scene s;
	sess_cookies *cookies;
	uint64_t hash = UINT64_C(14695981039346656037);
	unsigned char top[6];
	size_t len = 0;
	char *token, *text;

	scene_init(&s, "{\"max_chunks\":3}", ",\"max_token_bytes\":65536");
	token = mint(&s, 4500, 0, &len);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)token[i]) * UINT64_C(1099511628211);
	for (int i = 0; i < 6; i++)
		top[i] = (unsigned char)(hash / UINT64_C(65536) >> 8 * (5 - i));
	text = forge_b64(top, sizeof(top));
	cookies = set(&s, token);
	for (size_t i = 0; i < 3; i++) {
		char *begins = forge_text("__Host-session.%zu=3.%zu.%s.", i, i, text);

		ck_assert_ptr_eq(strstr(sess_cookies_value(cookies, i, NULL), begins), sess_cookies_value(cookies, i, NULL));
		free(begins);
	}
	free(text);
	sess_cookies_free(cookies);
	sess_token_free(token);
	sess_manager_free(s.manager);
}
END_TEST

START_TEST(test_clear_chunks)
{
	struct jar jar = { 0 };
	struct scene s;
	sess_cookies *cookies;
	size_t len = 0;
	char *token;

	scene_init(&s, "{\"max_chunks\":3}", ",\"max_token_bytes\":65536");
	token = mint(&s, 4500, 0, &len);
	cookies = set(&s, token);
	ck_assert_uint_eq(sess_cookies_chunks(cookies), 3);
	ck_assert_uint_eq(sess_cookies_count(cookies), 4);
	jar_take(&jar, cookies);
	jar_put(&jar, "other=1");
	sess_cookies_free(cookies);
	ck_assert_int_eq(sess_cookie_clear(s.manager, &cookies, NULL), 0);
	ck_assert_uint_eq(sess_cookies_count(cookies), 4);
	ck_assert_uint_eq(sess_cookies_spare(cookies), 0);
	jar_take(&jar, cookies);
	ck_assert_uint_eq(jar.count, 1);
	ck_assert_str_eq(jar.cookie[0].name, "other");
	sess_cookies_free(cookies);
	sess_token_free(token);
	jar_done(&jar);
	sess_manager_free(s.manager);
}
END_TEST

/* Only what this ring minted goes out. */
START_TEST(test_refused)
{
	struct scene s, other;
	sess_cookies *cookies = NULL;
	sess_diag diag;
	size_t len = 0;
	char *token;

	scene_init(&s, NULL, "");
	scene_init(&other, NULL, "");
	token = mint(&other, 1, 0, &len);
	ck_assert_int_eq(sess_cookie_set(s.manager, token, len, &cookies, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_UNKNOWN_KEY);
	ck_assert_int_eq(sess_cookie_set(s.manager, "x\r\ny", 4, &cookies, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_MALFORMED);
	ck_assert_int_eq(sess_cookie_set(NULL, token, len, &cookies, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_set(s.manager, NULL, 0, &cookies, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_set(s.manager, token, len, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_clear(NULL, &cookies, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_clear(s.manager, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_ptr_null(cookies);
	sess_cookies_free(NULL);
	sess_token_free(token);
	sess_manager_free(s.manager);
	sess_manager_free(other.manager);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("cookie");
	TCase *tcase = tcase_create("set");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_attributes, 0, ROWS);
	tcase_add_test(tcase, test_life);
	tcase_add_test(tcase, test_boundary);
	tcase_add_test(tcase, test_warning);
	tcase_add_test(tcase, test_growth);
	tcase_add_test(tcase, test_set);
	tcase_add_test(tcase, test_clear_chunks);
	tcase_add_test(tcase, test_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
