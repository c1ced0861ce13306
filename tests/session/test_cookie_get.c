/* SPDX-License-Identifier: MIT */
/* Cookie headers, as browsers, proxies and attackers write them: each with the token that is found, or the reason. */
#include <stdio.h>

#include "session/jar.h"
#include "support/judge.h"
#include "support/ringfile.h"
#include "support/runner.h"

#define NONE 0 /* no token, no error */

struct row {
	const char *name;
	const char *token; /* found; NULL: see reason */
	uint32_t reason;   /* SESS_REASON_*, or NONE */
	const char *header[3];
};

#define S "__Host-session"

/* One cookie, no chunks. */
static const struct row whole[] = {
	{ "no header at all", NULL, NONE, { NULL } },
	{ "an empty header", NULL, NONE, { "" } },
	{ "the cookie alone", "a.b.c", 0, { S "=a.b.c" } },
	{ "first of three", "a.b.c", 0, { S "=a.b.c; x=1; y=2" } },
	{ "in the middle", "a.b.c", 0, { "x=1; " S "=a.b.c; y=2" } },
	{ "last", "a.b.c", 0, { "x=1; y=2; " S "=a.b.c" } },
	{ "every cookie-octet", "!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~", 0, { S "=!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~" } },
	{ "= within the value", "a=b==", 0, { S "=a=b==" } },
	{ "no space after ;", "a.b.c", 0, { "x=1;" S "=a.b.c;y=2" } },
	{ "several spaces after ;", "a.b.c", 0, { "x=1;   " S "=a.b.c" } },
	{ "a tab after ;", "a.b.c", 0, { "x=1;\t" S "=a.b.c" } },
	{ "spaces in front", "a.b.c", 0, { "  " S "=a.b.c" } },
	{ "; behind", "a.b.c", 0, { S "=a.b.c;" } },
	{ "; only", NULL, NONE, { ";;; ; ;" } },
	{ "empty pairs around", "a.b.c", 0, { ";; ;" S "=a.b.c;; ;" } },
	{ "several headers", "a.b.c", 0, { "x=1", S "=a.b.c", "y=2" } },
	{ "in the last header", "a.b.c", 0, { "x=1; y=2", "", S "=a.b.c" } },
	{ "other cookies only", NULL, NONE, { "x=1; session=evil; Host-session=evil" } },
	{ "a space behind the value", NULL, SESS_REASON_MALFORMED, { S "=a.b.c ; x=1" } },
	{ "a space behind everything", NULL, SESS_REASON_MALFORMED, { S "=a.b.c " } },
	{ "a space in front of the value", NULL, SESS_REASON_MALFORMED, { S "= a.b.c" } },
	{ "a space within", NULL, SESS_REASON_MALFORMED, { S "=a.b c" } },
	{ "a tab within", NULL, SESS_REASON_MALFORMED, { S "=a.b\tc" } },
	{ "a space behind the name", NULL, NONE, { S " =a.b.c" } },
	{ "quotes", NULL, SESS_REASON_MALFORMED, { S "=\"a.b.c\"" } },
	{ "one quote", NULL, SESS_REASON_MALFORMED, { S "=a.b.c\"" } },
	{ "a comma", NULL, SESS_REASON_MALFORMED, { S "=a.b.c,x=1" } },
	{ "a list of headers made one", NULL, NONE, { "x=1, " S "=a.b.c" } },
	{ "such a list behind ours", NULL, SESS_REASON_MALFORMED, { S "=a.b.c, x=1" } },
	{ "a backslash", NULL, SESS_REASON_MALFORMED, { S "=a\\b" } },
	{ "a control character", NULL, SESS_REASON_MALFORMED, { S "=a\001b" } },
	{ "a line end", NULL, SESS_REASON_MALFORMED, { S "=a.b.c\r\nX: y" } },
	{ "DEL", NULL, SESS_REASON_MALFORMED, { S "=a\177b" } },
	{ "a byte above ASCII", NULL, SESS_REASON_MALFORMED, { S "=a\303\251b" } },
	{ "no value", NULL, SESS_REASON_MALFORMED, { S "=" } },
	{ "no value, among others", NULL, SESS_REASON_MALFORMED, { "x=1; " S "=; y=2" } },
	{ "no =", NULL, NONE, { S } },
	{ "no name", NULL, NONE, { "=" S "=evil" } },
	{ "twice", NULL, SESS_REASON_MALFORMED, { S "=a.b.c; " S "=d.e.f" } },
	{ "twice the same", NULL, SESS_REASON_MALFORMED, { S "=a.b.c; " S "=a.b.c" } },
	{ "twice, apart", NULL, SESS_REASON_MALFORMED, { S "=a.b.c; x=1", "y=2; " S "=d.e.f" } },
	{ "twice, one empty", NULL, SESS_REASON_MALFORMED, { S "=a.b.c; " S "=" } },
	{ "the prefix in lower case", NULL, NONE, { "__host-session=evil" } },
	{ "the prefix in upper case", NULL, NONE, { "__HOST-session=evil" } },
	{ "another prefix", NULL, NONE, { "__Secure-session=evil" } },
	{ "the name in another case", NULL, NONE, { "__Host-Session=evil" } },
	{ "both cases", "a.b.c", 0, { "__host-session=evil; " S "=a.b.c; __HOST-SESSION=evil" } },
	{ "a longer name", NULL, NONE, { S "s=evil; x" S "=evil" } },
	{ "a shorter name", NULL, NONE, { "__Host-sessio=evil" } },
	{ "a name with a control character", NULL, NONE, { S "\001=evil; \001" S "=evil" } },
	{ "chunks where none are allowed", NULL, NONE, { S ".0=2.0.AAAAAAAA.x; " S ".1=2.1.AAAAAAAA.y" } },
	{ "chunks where none are allowed, and the whole", "a.b.c", 0, { S ".0=2.0.AAAAAAAA.x; " S "=a.b.c" } },
	{ "quotes of another cookie", "a.b.c", 0, { "x=\"1\"; " S "=a.b.c; y=\"a b, c\"" } },
	{ "another cookie's quotes hide nothing", NULL, SESS_REASON_MALFORMED, { "x=\"1; " S "=evil\"" } },
	{ "another cookie's rubbish", "a.b.c", 0, { "x=\001\002,,\\; y; =z; " S "=a.b.c; \377\376=\"" } },
	{ "the old attributes of RFC 2965", "a.b.c", 0, { "$Version=1; " S "=a.b.c; $Path=/" } },
};

/* With max_chunks 3. */
#define C0 S ".0="
#define C1 S ".1="
#define C2 S ".2="
static const struct row chunked[] = {
	{ "two", "ab.cd", 0, { C0 "2.0.AAAAAAAA.ab; " C1 "2.1.AAAAAAAA..cd" } },
	{ "three", "abc", 0, { C0 "3.0.a-b_c0Z9.a; " C1 "3.1.a-b_c0Z9.b; " C2 "3.2.a-b_c0Z9.c" } },
	{ "in any order, in several headers", "abc", 0, { C2 "3.2.AAAAAAAA.c; x=1", C0 "3.0.AAAAAAAA.a", C1 "3.1.AAAAAAAA.b" } },
	{ "a whole one", "a.b.c", 0, { S "=a.b.c" } },
	{ "a leftover of a longer one", "ab", 0, { C0 "2.0.AAAAAAAA.a; " C1 "2.1.AAAAAAAA.b; " C2 "3.2.BBBBBBBB.z" } },
	{ "a whole one and a leftover", "a.b.c", 0, { S "=a.b.c; " C1 "2.1.AAAAAAAA.b" } },
	{ "a whole one and a torn set", "a.b.c", 0, { S "=a.b.c; " C0 "2.0.AAAAAAAA.b; " C1 "2.1.BBBBBBBB.b" } },
	{ "a whole one and a whole set", NULL, SESS_REASON_TORN_COOKIE, { S "=a.b.c; " C0 "2.0.AAAAAAAA.b; " C1 "2.1.AAAAAAAA.b" } },
	{ "the first is missing", NULL, SESS_REASON_TORN_COOKIE, { C1 "2.1.AAAAAAAA.b" } },
	{ "the last is missing", NULL, SESS_REASON_TORN_COOKIE, { C0 "2.0.AAAAAAAA.a" } },
	{ "one in the middle is missing", NULL, SESS_REASON_TORN_COOKIE, { C0 "3.0.AAAAAAAA.a; " C2 "3.2.AAAAAAAA.c" } },
	{ "two tokens of one length", NULL, SESS_REASON_TORN_COOKIE, { C0 "2.0.AAAAAAAA.a; " C1 "2.1.AAAAAAAB.b" } },
	{ "two tokens, told apart by the first character", NULL, SESS_REASON_TORN_COOKIE, { C0 "2.0.AAAAAAAA.a; " C1 "2.1.BAAAAAAA.b" } },
	{ "two tokens of two lengths", NULL, SESS_REASON_TORN_COOKIE, { C0 "3.0.AAAAAAAA.a; " C1 "2.1.AAAAAAAA.b; " C2 "3.2.AAAAAAAA.c" } },
	{ "more than this policy allows", NULL, SESS_REASON_TORN_COOKIE, { C0 "4.0.AAAAAAAA.a; " C1 "4.1.AAAAAAAA.b; " C2 "4.2.AAAAAAAA.c" } },
	{ "a fourth", NULL, NONE, { S ".3=4.3.AAAAAAAA.a" } },
	{ "not a digit", NULL, NONE, { S ".a=2.0.AAAAAAAA.a; " S ".=2.0.AAAAAAAA.a; " S ".00=2.0.AAAAAAAA.a; " S "0=2.0.AAAAAAAA.a" } },
	{ "nearly a chunk", NULL, NONE, { S "_0=2.0.AAAAAAAA.a; " S "x.0=2.0.AAAAAAAA.a; " S "./=2.0.AAAAAAAA.a" } },
	{ "one chunk twice", NULL, SESS_REASON_MALFORMED, { C0 "2.0.AAAAAAAA.a; " C0 "2.0.AAAAAAAA.a; " C1 "2.1.AAAAAAAA.b" } },
	{ "renamed", NULL, SESS_REASON_MALFORMED, { C0 "2.1.AAAAAAAA.b; " C1 "2.0.AAAAAAAA.a" } },
	{ "a set of one", NULL, SESS_REASON_MALFORMED, { C0 "1.0.AAAAAAAA.a" } },
	{ "a set of none", NULL, SESS_REASON_MALFORMED, { C0 "0.0.AAAAAAAA.a" } },
	{ "a set of five", NULL, SESS_REASON_MALFORMED, { C0 "5.0.AAAAAAAA.a" } },
	{ "an index past the count", NULL, SESS_REASON_MALFORMED, { C2 "2.2.AAAAAAAA.a" } },
	{ "no text", NULL, SESS_REASON_MALFORMED, { C0 "2.0.AAAAAAAA.; " C1 "2.1.AAAAAAAA.b" } },
	{ "cut short", NULL, SESS_REASON_MALFORMED, { C0 "2.0.AAAAAAAA" } },
	{ "another set's alphabet", NULL, SESS_REASON_MALFORMED, { C0 "2.0.AAAA+AAA.a" } },
	{ "colons for dots", NULL, SESS_REASON_MALFORMED, { C0 "2:0:AAAAAAAA:a" } },
	{ "a colon for the first dot", NULL, SESS_REASON_MALFORMED, { C0 "2:0.AAAAAAAA.a; " C1 "2.1.AAAAAAAA.b" } },
	{ "a colon for the second", NULL, SESS_REASON_MALFORMED, { C0 "2.0:AAAAAAAA.a; " C1 "2.1.AAAAAAAA.b" } },
	{ "a colon for the third", NULL, SESS_REASON_MALFORMED, { C0 "2.0.AAAAAAAA:a; " C1 "2.1.AAAAAAAA.b" } },
	{ "another alphabet, first", NULL, SESS_REASON_MALFORMED, { C0 "2.0.+AAAAAAA.a; " C1 "2.1.+AAAAAAA.b" } },
	{ "another alphabet, last", NULL, SESS_REASON_MALFORMED, { C0 "2.0.AAAAAAA+.a; " C1 "2.1.AAAAAAA+.b" } },
	{ "quotes", NULL, SESS_REASON_MALFORMED, { C0 "\"2.0.AAAAAAAA.a\"; " C1 "2.1.AAAAAAAA.b" } },
	{ "chunks in other case", NULL, NONE, { "__host-session.0=2.0.AAAAAAAA.a; __host-session.1=2.1.AAAAAAAA.b" } },
	{ "rubbish beside a whole one", NULL, SESS_REASON_MALFORMED, { S "=a.b.c; " C0 "x" } },
};

#define WHOLE ((int)(sizeof(whole) / sizeof(whole[0])))
#define CHUNKED ((int)(sizeof(chunked) / sizeof(chunked[0])))

struct scene {
	sess_policy policy;
	sess_manager *manager;
	struct ringfile_events events;
	sess_event last;
};

static void
on_event(const sess_event *event, void *arg)
{
	struct scene *s = arg;

	s->last = *event;
	ringfile_count(event, &s->events);
}

static void
scene_init(struct scene *s, const char *policy)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *ring = NULL;

	memset(s, 0, sizeof(*s));
	ck_assert_int_eq(sess_policy_parse(policy, strlen(policy), &s->policy, NULL), 0);
	ck_assert_int_eq(sess_ring_generate(&spec, 1, &ring, NULL), 0);
	config.ring = ring;
	config.policy = &s->policy;
	config.on_event = on_event;
	config.on_event_arg = s;
	ck_assert_int_eq(sess_manager_new(&config, &s->manager, NULL), 0);
	sess_ring_free(ring);
}

static void
expect(struct scene *s, const struct row *row)
{
	sess_cookie_header headers[3];
	char untouched = 'x', *token = &untouched;
	size_t count = 0, len = 77;
	sess_diag diag;
	int rc;

	for (; count < 3 && row->header[count] != NULL; count++) {
		/* Exactly as long as the text: a byte too far is seen by the sanitizer. */
		size_t n = strlen(row->header[count]);
		char *exact = malloc(n + 1);

		memcpy(exact, row->header[count], n);
		headers[count] = (sess_cookie_header){ realloc(exact, n == 0 ? 1 : n), n };
	}
	rc = sess_cookie_get(s->manager, headers, count, &token, &len, &diag);
	if (row->reason != NONE) {
		ck_assert_msg(rc == SESS_ERR_REJECTED && diag.reasons == row->reason, "%s: %d, reasons %#x", row->name, rc, diag.reasons);
		ck_assert_msg(token == &untouched && len == 77, "%s: the output was touched", row->name);
		ck_assert_msg(strncmp(diag.member, "__Host-session", 14) == 0, "%s: member %s", row->name, diag.member);
		/* A torn set is nobody's attack. */
		ck_assert_int_eq(s->events.count[SESS_EVENT_REJECTED], row->reason != SESS_REASON_TORN_COOKIE);
		ck_assert_int_eq(sess_cookie_get(s->manager, headers, count, &token, &len, NULL), SESS_ERR_REJECTED);
	} else {
		ck_assert_msg(rc == 0, "%s: %s", row->name, diag.message);
		ck_assert_msg((token == NULL) == (row->token == NULL), "%s: found, or not", row->name);
		ck_assert_msg(token == NULL || strcmp(token, row->token) == 0, "%s: %s", row->name, token);
		ck_assert_uint_eq(len, token == NULL ? 0 : strlen(token));
		ck_assert_int_eq(s->events.count[SESS_EVENT_REJECTED], 0);
		sess_token_free(token);
	}
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)headers[i].value);
}

START_TEST(test_whole)
{
	struct scene s;

	scene_init(&s, "{}");
	expect(&s, &whole[_i]);
	sess_manager_free(s.manager);
}
END_TEST

START_TEST(test_chunked)
{
	struct scene s;

	scene_init(&s, "{\"cookie\":{\"max_chunks\":3}}");
	expect(&s, &chunked[_i]);
	sess_manager_free(s.manager);
}
END_TEST

/* A NUL is a character like any other that does not belong there. */
START_TEST(test_nul)
{
	static const char within[] = S "=a\0b", before[] = "x=\0; " S "=a.b.c";
	sess_cookie_header header = { within, sizeof(within) - 1 };
	struct scene s;
	char *token = NULL;
	size_t len = 0;

	scene_init(&s, "{}");
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, NULL), SESS_ERR_REJECTED);
	header = (sess_cookie_header){ before, sizeof(before) - 1 };
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, NULL), 0);
	ck_assert_str_eq(token, "a.b.c");
	sess_token_free(token);
	sess_manager_free(s.manager);
}
END_TEST

/* 64 KB of it: of others, of one value, of pairs, of our own name. And when a warning comes. */
START_TEST(test_large)
{
	static char text[65536];
	sess_cookie_header header = { text, sizeof(text) };
	struct scene s;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;

	scene_init(&s, "{}");
	memset(text, ';', sizeof(text));
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, &diag), 0);
	ck_assert_ptr_null(token);
	ck_assert_int_eq(s.events.count[SESS_EVENT_COOKIE_HEADER_LARGE], 1);
	ck_assert_int_eq(s.last.value, 65536);
	ck_assert_int_eq(s.last.limit, 8192);
	memcpy(text + sizeof(text) - 20, S "=a.b.c", 20);
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, &diag), 0);
	ck_assert_str_eq(token, "a.b.c");
	sess_token_free(token);
	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, &diag), 0);
	ck_assert_ptr_null(token);
	memcpy(text, S "=", 15);
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_OVERSIZE);
	ck_assert_int_eq(diag.findings[0].expected, 4096);
	ck_assert_int_eq(diag.findings[0].got, 65535);
	ck_assert_int_eq(s.events.count[SESS_EVENT_REJECTED], 1);
	/* RFC 6265bis counts name and value: 4096 are kept, 4097 not. */
	header.len = 4097;
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, &diag), 0);
	ck_assert_uint_eq(len, 4096 - 14);
	sess_token_free(token);
	header.len = 4098;
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, &diag), SESS_ERR_REJECTED);
	sess_manager_free(s.manager);
}
END_TEST

START_TEST(test_header_warning)
{
	static char text[8192];
	sess_cookie_header header = { text, 0 };
	struct scene s;
	char *token = NULL;
	size_t len = 0;

	scene_init(&s, "{\"cookie\":{\"max_header_bytes\":2000}}");
	memset(text, 'x', sizeof(text));
	header.len = 1599;
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, NULL), 0);
	ck_assert_int_eq(s.events.count[SESS_EVENT_COOKIE_HEADER_LARGE], 0);
	header.len = 1600;
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, &len, NULL), 0);
	ck_assert_int_eq(s.events.count[SESS_EVENT_COOKIE_HEADER_LARGE], 1);
	sess_manager_free(s.manager);
}
END_TEST

START_TEST(test_arguments)
{
	sess_cookie_header header = { S "=a.b.c", 20 }, null = { NULL, 5 };
	sess_cookie_policy bad;
	struct scene s;
	char *token = NULL, name[SESS_COOKIE_FULL_NAME_MAX + 1];
	size_t len = 0;
	sess_diag diag;

	scene_init(&s, "{}");
	ck_assert_int_eq(sess_cookie_get(NULL, &header, 1, &token, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_get(s.manager, NULL, 1, &token, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_get(s.manager, &null, 1, &token, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, NULL, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_get(s.manager, &header, 1, &token, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_find(NULL, &header, 1, &token, &len, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_cookie_find(&s.policy.cookie, NULL, 1, &token, &len, &diag), SESS_ERR_ARGUMENT);
	bad = s.policy.cookie;
	bad.max_chunks = 9;
	ck_assert_int_eq(sess_cookie_find(&bad, &header, 1, &token, &len, &diag), SESS_ERR_POLICY);
	ck_assert_ptr_null(token);
	ck_assert_int_eq(sess_cookie_find(&s.policy.cookie, &header, 1, &token, &len, NULL), 0);
	ck_assert_str_eq(token, "a.b.c");
	sess_cookie_full_name(&s.policy.cookie, name);
	ck_assert_str_eq(name, "__Host-session");
	sess_token_free(token);
	sess_manager_free(s.manager);
}
END_TEST

/* Two responses that cross each other, header by header, in every order: one token or the other, or torn; never a mixture. */
START_TEST(test_interleaved)
{
	struct jar jar = { 0 };
	struct scene s;
	char *tokens[2], padding[6000], claims[6100];
	sess_cookies *cookies[2];
	size_t torn = 0, found = 0;

	scene_init(&s, "{\"cookie\":{\"max_chunks\":4,\"max_header_bytes\":65536},\"max_token_bytes\":65536}");
	for (int i = 0; i < 2; i++) {
		size_t len = 0;

		memset(padding, 'p', sizeof(padding));
		padding[_i / 2 % 2 == i ? 2200 : 4800] = '\0';
		(void)snprintf(claims, sizeof(claims), "{\"pad\":\"%s\"}", padding);
		ck_assert_int_eq(sess_mint(s.manager, "anna", claims, strlen(claims), NULL, &tokens[i], &len, NULL), 0);
		ck_assert_int_eq(sess_cookie_set(s.manager, tokens[i], len, &cookies[i], NULL), 0);
	}
	for (unsigned order = 0; order < 1024; order++) {
		size_t at[2] = { 0, 0 }, len = 0;
		sess_cookie_header header;
		char *token = NULL;
		sess_diag diag;
		int rc;

		if (__builtin_popcount(order) != 5)
			continue;
		for (unsigned bit = 0; bit < 10; bit++) {
			unsigned which = order >> bit & 1;

			jar_put(&jar, sess_cookies_value(cookies[which], at[which]++, NULL));
		}
		header = jar_header(&jar);
		rc = sess_cookie_get(s.manager, &header, 1, &token, &len, &diag);
		if (rc == 0) {
			found++;
			ck_assert(token != NULL && (strcmp(token, tokens[0]) == 0 || strcmp(token, tokens[1]) == 0));
		} else {
			torn++;
			ck_assert_uint_eq(diag.reasons, SESS_REASON_TORN_COOKIE);
		}
		sess_token_free(token);
		jar_done(&jar);
	}
	ck_assert(torn > 10 && found > 10);
	ck_assert_int_eq(s.events.count[SESS_EVENT_REJECTED], 0);
	for (int i = 0; i < 2; i++) {
		sess_cookies_free(cookies[i]);
		sess_token_free(tokens[i]);
	}
	sess_manager_free(s.manager);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("cookie_get");
	TCase *tcase = tcase_create("get");

	tcase_add_loop_test(tcase, test_whole, 0, WHOLE);
	tcase_add_loop_test(tcase, test_chunked, 0, CHUNKED);
	tcase_add_test(tcase, test_nul);
	tcase_add_test(tcase, test_large);
	tcase_add_test(tcase, test_header_warning);
	tcase_add_test(tcase, test_arguments);
	tcase_add_loop_test(tcase, test_interleaved, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
