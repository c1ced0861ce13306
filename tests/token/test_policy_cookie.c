/* SPDX-License-Identifier: MIT */
/* The policy of the cookie: what may be said of it in a file and in the struct, and each contradiction with its member. */
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

#include "support/runner.h"

struct row {
	const char *name;
	const char *json;   /* the member's value */
	const char *member; /* at fault; NULL: accepted */
	const char *word;   /* that the message must hold */
};

#define N63 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct row rows[] = {
	{ "nothing", "{}", NULL, NULL },
	{ "all members", "{\"name\":\"shop\",\"prefix\":\"secure\",\"domain\":\"shop.example\",\"path\":\"/app\",\"same_site\":\"strict\","
			 "\"secure\":true,\"http_only\":false,\"partitioned\":true,\"max_chunks\":4,\"max_header_bytes\":16384}", NULL, NULL },
	{ "a bare name", "{\"prefix\":\"none\",\"secure\":false}", NULL, NULL },
	{ "same_site none, secure", "{\"same_site\":\"none\"}", NULL, NULL },
	{ "a name of 63", "{\"name\":\"" N63 "\"}", NULL, NULL },
	{ "odd characters of a name", "{\"name\":\"a!#$%&'*+-.^_`|~z\"}", NULL, NULL },
	{ "a domain of three labels", "{\"prefix\":\"secure\",\"domain\":\"a-1.2b.example\"}", NULL, NULL },
	{ "a path with a space and a tilde", "{\"prefix\":\"secure\",\"path\":\"/a b~\"}", NULL, NULL },
	{ "a number for a first label", "{\"prefix\":\"secure\",\"domain\":\"42.example\"}", NULL, NULL },
	{ "a second label of 63", "{\"prefix\":\"secure\",\"domain\":\"a." N63 ".example\"}", NULL, NULL },
	{ "host and domain", "{\"domain\":\"shop.example\"}", "domain", "__Host-" },
	{ "host and path", "{\"path\":\"/app\"}", "path", "__Host-" },
	{ "host without secure", "{\"secure\":false}", "secure", "__Host-" },
	{ "secure prefix without secure", "{\"prefix\":\"secure\",\"secure\":false}", "secure", "__Secure-" },
	{ "same_site none without secure", "{\"prefix\":\"none\",\"same_site\":\"none\",\"secure\":false}", "secure", "same_site" },
	{ "partitioned without secure", "{\"prefix\":\"none\",\"partitioned\":true,\"secure\":false}", "secure", "partitioned" },
	{ "an empty name", "{\"name\":\"\"}", "name", "63" },
	{ "a name of 64", "{\"name\":\"" N63 "n\"}", "name", "63" },
	{ "a name with a prefix", "{\"name\":\"__Host-shop\"}", "name", "prefix" },
	{ "a name with a prefix in other case", "{\"name\":\"__hOST-shop\"}", "name", "prefix" },
	{ "a name with =", "{\"name\":\"a=b\"}", "name", "letters" },
	{ "a name with ;", "{\"name\":\"a;b\"}", "name", "letters" },
	{ "a name with a space", "{\"name\":\"a b\"}", "name", "letters" },
	{ "a name with a quote", "{\"name\":\"a\\\"b\"}", "name", "letters" },
	{ "a name of another alphabet", "{\"name\":\"s\\u00e9ance\"}", "name", "letters" },
	{ "an empty domain", "{\"prefix\":\"secure\",\"domain\":\"\"}", "domain", "leave it out" },
	{ "an empty path", "{\"prefix\":\"secure\",\"path\":\"\"}", "path", "leave it out" },
	{ "a path of 568", "{\"prefix\":\"secure\",\"path\":\"/" N63 N63 N63 N63 N63 N63 N63 N63 N63 "\"}", "path", "bytes long" },
	{ "a domain with a dot in front", "{\"prefix\":\"secure\",\"domain\":\".shop.example\"}", "domain", "dot" },
	{ "a domain with a dot behind", "{\"prefix\":\"secure\",\"domain\":\"shop.example.\"}", "domain", "dot" },
	{ "a domain of one word", "{\"prefix\":\"secure\",\"domain\":\"example\"}", "domain", "single word" },
	{ "a domain of one letter", "{\"prefix\":\"secure\",\"domain\":\"a\"}", "domain", "single word" },
	{ "a number for the last label", "{\"prefix\":\"secure\",\"domain\":\"shop.42\"}", "domain", "address" },
	{ "an address", "{\"prefix\":\"secure\",\"domain\":\"192.0.2.1\"}", "domain", "address" },
	{ "a label with a hyphen in front", "{\"prefix\":\"secure\",\"domain\":\"-a.example\"}", "domain", "host name" },
	{ "a label with a hyphen behind", "{\"prefix\":\"secure\",\"domain\":\"a-.example\"}", "domain", "host name" },
	{ "a label of 64", "{\"prefix\":\"secure\",\"domain\":\"" N63 "n.example\"}", "domain", "host name" },
	{ "a domain that breaks out", "{\"prefix\":\"secure\",\"domain\":\"a.example; Path=/x\"}", "domain", "host name" },
	{ "a path without a slash", "{\"prefix\":\"secure\",\"path\":\"app\"}", "path", "/" },
	{ "a path that breaks out", "{\"prefix\":\"secure\",\"path\":\"/; Domain=x\"}", "path", ";" },
	{ "a path with a line", "{\"prefix\":\"secure\",\"path\":\"/a\\r\\nb\"}", "path", "ASCII" },
	{ "a path with the last control character", "{\"prefix\":\"secure\",\"path\":\"/a\\u001fb\"}", "path", "ASCII" },
	{ "a path with a DEL", "{\"prefix\":\"secure\",\"path\":\"/a\\u007fb\"}", "path", "ASCII" },
	{ "a path with a space behind", "{\"prefix\":\"secure\",\"path\":\"/a \"}", "path", "ASCII" },
	{ "an unknown prefix", "{\"prefix\":\"__Host-\"}", "prefix", "\"host\"" },
	{ "an unknown same_site", "{\"same_site\":\"Lax\"}", "same_site", "\"lax\"" },
	{ "no chunk", "{\"max_chunks\":0}", "max_chunks", "1..4" },
	{ "five chunks", "{\"max_chunks\":5}", "max_chunks", "1..4" },
	{ "a small header", "{\"max_header_bytes\":1023}", "max_header_bytes", "1024" },
	{ "a large header", "{\"max_header_bytes\":1048577}", "max_header_bytes", "1048576" },
	{ "a flag that is a number", "{\"secure\":1}", "secure", "true or false" },
	{ "a flag that is text", "{\"http_only\":\"yes\"}", "http_only", "true or false" },
	{ "a name that is a number", "{\"name\":5}", "name", "string" },
	{ "an unknown member", "{\"samesite\":\"lax\"}", "samesite", "not known" },
	{ "an array", "[]", "cookie", "object" },
	{ "null", "null", "cookie", "object" },
};

#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

START_TEST(test_file)
{
	const struct row *row = &rows[_i];
	sess_policy policy, before;
	char text[1024];
	sess_diag diag;
	int rc;

	(void)snprintf(text, sizeof(text), "{\"cookie\":%s}", row->json);
	memset(&policy, 0x5a, sizeof(policy));
	before = policy;
	rc = sess_policy_parse(text, strlen(text), &policy, &diag);
	if (row->member == NULL) {
		ck_assert_msg(rc == 0, "%s: %s", row->name, diag.message);
		return;
	}
	ck_assert_msg(rc == SESS_ERR_POLICY, "%s: %d", row->name, rc);
	ck_assert_msg(strcmp(diag.member, row->member) == 0, "%s: member %s", row->name, diag.member);
	ck_assert_msg(strstr(diag.message, row->word) != NULL, "%s: %s", row->name, diag.message);
	ck_assert_msg(memcmp(&policy, &before, sizeof(policy)) == 0, "%s: the output was touched", row->name);
	ck_assert_int_eq(sess_policy_parse(text, strlen(text), &policy, NULL), SESS_ERR_POLICY);
}
END_TEST

START_TEST(test_values)
{
	static const char text[] = "{\"cookie\":{\"name\":\"shop\",\"prefix\":\"secure\",\"domain\":\"shop.example\",\"path\":\"/app\","
				   "\"same_site\":\"none\",\"http_only\":false,\"partitioned\":true,\"max_chunks\":3}}";
	sess_policy p;

	sess_policy_init(&p);
	ck_assert_str_eq(p.cookie.name, "session");
	ck_assert_str_eq(p.cookie.path, "/");
	ck_assert_str_eq(p.cookie.domain, "");
	ck_assert(p.cookie.prefix == SESS_COOKIE_PREFIX_HOST && p.cookie.same_site == SESS_COOKIE_LAX && p.cookie.secure == 1 &&
	    p.cookie.http_only == 1 && p.cookie.partitioned == 0 && p.cookie.max_chunks == 1 && p.cookie.max_header_bytes == 8192);
	ck_assert_int_eq(sess_policy_parse(text, strlen(text), &p, NULL), 0);
	ck_assert_str_eq(p.cookie.name, "shop");
	ck_assert_str_eq(p.cookie.domain, "shop.example");
	ck_assert_str_eq(p.cookie.path, "/app");
	ck_assert(p.cookie.prefix == SESS_COOKIE_PREFIX_SECURE && p.cookie.same_site == SESS_COOKIE_NONE && p.cookie.secure == 1 &&
	    p.cookie.http_only == 0 && p.cookie.partitioned == 1 && p.cookie.max_chunks == 3);
}
END_TEST

/* What only a struct can say wrongly. */
START_TEST(test_struct)
{
	static const char *const members[] = { "prefix", "prefix", "same_site", "secure", "http_only", "partitioned", "max_chunks",
		"max_chunks", "max_chunks", "name", "domain", "path" };
	sess_policy p;
	sess_diag diag;

	sess_policy_init(&p);
	/* A prefix that binds neither domain nor path, so that nothing else is wrong with them. */
	p.cookie.prefix = SESS_COOKIE_PREFIX_SECURE;
	ck_assert_int_eq(sess_policy_check(&p, &diag), 0);
	switch (_i) {
	case 0: p.cookie.prefix = 3; break;
	case 1: p.cookie.prefix = -1; break;
	case 2: p.cookie.same_site = 3; break;
	case 3: p.cookie.secure = 2; break;
	case 4: p.cookie.http_only = -1; break;
	case 5: p.cookie.partitioned = 7; break;
	case 6: p.cookie.max_chunks = -5; break;
	case 7: p.cookie.max_chunks = 0; break;
	case 8: p.cookie.max_chunks = SESS_COOKIE_CHUNKS_MAX + 1; break;
	case 9: memset(p.cookie.name, 'n', sizeof(p.cookie.name)); break;
	case 10:
		memset(p.cookie.domain, 'n', sizeof(p.cookie.domain));
		for (size_t i = 40; i < sizeof(p.cookie.domain); i += 41)
			p.cookie.domain[i] = '.';
		break;
	default: memset(p.cookie.path, '/', sizeof(p.cookie.path)); break;
	}
	ck_assert_int_eq(sess_policy_check(&p, &diag), SESS_ERR_POLICY);
	ck_assert_str_eq(diag.member, members[_i]);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("policy_cookie");
	TCase *tcase = tcase_create("cookie");

	tcase_add_loop_test(tcase, test_file, 0, ROWS);
	tcase_add_test(tcase, test_values);
	tcase_add_loop_test(tcase, test_struct, 0, 12);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
