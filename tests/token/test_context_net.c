/* SPDX-License-Identifier: MIT */
/* Addresses reduced to their networks, and what is refused with which words. */
#include <arpa/inet.h>
#include <check.h>
#include <sess/context.h>
#include <string.h>

#include "support/runner.h"

/* Linked with -Wl,--wrap. */
const char *__real_inet_ntop(int family, const void *address, char *text, socklen_t room);
const char *__wrap_inet_ntop(int family, const void *address, char *text, socklen_t room);

static int has_no_text;

const char *
__wrap_inet_ntop(int family, const void *address, char *text, socklen_t room)
{
	return has_no_text ? NULL : __real_inet_ntop(family, address, text, room);
}

static const struct {
	const char *ip;
	int v4, v6;
	const char *prefix;
} good[] = {
	{ "203.0.113.9", 0, 0, "203.0.113.0/24" },
	{ "203.0.113.255", 24, 56, "203.0.113.0/24" },
	{ "203.0.113.9", 32, 0, "203.0.113.9/32" },
	{ "203.0.113.9", 1, 0, "128.0.0.0/1" },
	{ "203.0.113.9", 20, 0, "203.0.112.0/20" },
	{ "203.0.113.9", 25, 0, "203.0.113.0/25" },
	{ "203.0.113.200", 25, 0, "203.0.113.128/25" },
	{ "0.0.0.0", 0, 0, "0.0.0.0/24" },
	{ "255.255.255.255", 31, 0, "255.255.255.254/31" },
	{ "2001:db8:0:1ff:1:2:3:4", 0, 0, "2001:db8:0:100::/56" },
	{ "2001:DB8::1", 0, 0, "2001:db8::/56" },
	{ "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 0, 128, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128" },
	{ "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 0, 64, "2001:db8:ffff:ffff::/64" },
	{ "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 0, 57, "2001:db8:ffff:ff80::/57" },
	{ "ffff::", 0, 1, "8000::/1" },
	{ "::1", 0, 0, "::/56" },
	{ "::", 0, 128, "::/128" },
	{ "::ffff:203.0.113.9", 0, 0, "203.0.113.0/24" },
	{ "::ffff:cb00:7109", 0, 0, "203.0.113.0/24" },
	{ "::FFFF:203.0.113.9", 32, 0, "203.0.113.9/32" },
	{ "::fffe:203.0.113.9", 0, 0, "::/56" },
};

START_TEST(test_good)
{
	char out[SESS_NET_PREFIX_MAX] = "";
	sess_diag diag;

	ck_assert_msg(sess_context_net_prefix(good[_i].ip, good[_i].v4, good[_i].v6, out, &diag) == 0, "%s", diag.message);
	ck_assert_str_eq(out, good[_i].prefix);
}
END_TEST

static const struct {
	const char *ip;
	int v4, v6;
	const char *words;
} bad[] = {
	{ NULL, 0, 0, "NULL" },
	{ "", 0, 0, "empty" },
	{ "[2001:db8::1]", 0, 0, "brackets" },
	{ "[2001:db8::1]:443", 0, 0, "brackets" },
	{ "203.0.113.9:443", 0, 0, "port" },
	{ "fe80::1%eth0", 0, 0, "zone" },
	{ "203.0.113.0/24", 0, 0, "prefix length" },
	{ "2001:db8::/32", 0, 0, "prefix length" },
	{ "localhost", 0, 0, "neither" },
	{ "fe80::1.2.3", 0, 0, "neither" }, /* a dot, and colons enough to have no port */
	{ "198.51.100", 0, 0, "neither" },
	{ "203.0.113.256", 0, 0, "neither" },
	{ "203.0.113.09", 0, 0, "neither" },
	{ "0xcb.0.113.9", 0, 0, "neither" },
	{ " 203.0.113.9", 0, 0, "neither" },
	{ "203.0.113.9 ", 0, 0, "neither" },
	{ "203.0.113.9, 198.51.100.1", 0, 0, "neither" },
	{ "2001:db8:::1", 0, 0, "neither" },
	{ "2001:db8::1::2", 0, 0, "neither" },
	{ "1:2:3:4:5:6:7:8:9", 0, 0, "neither" },
	{ "203.0.113.9", 33, 0, "1 to 32" },
	{ "203.0.113.9", -1, 0, "1 to 32" },
	{ "203.0.113.9", 24, 129, "128" },
	{ "203.0.113.9", 24, -1, "128" },
};

START_TEST(test_bad)
{
	char out[SESS_NET_PREFIX_MAX] = "untouched";
	sess_diag diag;

	ck_assert_int_eq(sess_context_net_prefix(bad[_i].ip, bad[_i].v4, bad[_i].v6, out, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(out, "untouched");
	ck_assert_msg(strstr(diag.message, bad[_i].words) != NULL, "%s: %s", bad[_i].ip, diag.message);
	/* An address is personal: it is not repeated. */
	if (bad[_i].ip != NULL && strlen(bad[_i].ip) > 8)
		ck_assert_ptr_null(strstr(diag.message, bad[_i].ip));
	ck_assert_int_eq(sess_context_net_prefix(bad[_i].ip, bad[_i].v4, bad[_i].v6, out, NULL), SESS_ERR_ARGUMENT);
}
END_TEST

START_TEST(test_refused)
{
	char out[SESS_NET_PREFIX_MAX] = "untouched";
	sess_diag diag;

	ck_assert_int_eq(sess_context_net_prefix("192.0.2.7", 0, 0, NULL, &diag), SESS_ERR_ARGUMENT);
	has_no_text = 1;
	ck_assert_int_eq(sess_context_net_prefix("192.0.2.7", 0, 0, out, &diag), SESS_ERR_ARGUMENT);
	has_no_text = 0;
	ck_assert_str_eq(out, "untouched");
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("context_net");
	TCase *tcase = tcase_create("prefix");

	tcase_add_loop_test(tcase, test_good, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tcase, test_bad, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tcase, test_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
