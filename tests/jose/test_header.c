/* SPDX-License-Identifier: MIT */
/* jose/header.c by itself: the longest header that is read, and one byte more. What a header may hold: tests/session/test_hostile_header.c. */
#include "jose/header.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/runner.h"

#define SHORT "{\"alg\":\"HS256\",\"kid\":\"a\"}"

START_TEST(test_longest)
{
	struct header_scratch *scratch = malloc(sizeof(*scratch));
	struct jose_header h;

	for (size_t n = JOSE_HEADER_MAX - 1; n <= JOSE_HEADER_MAX + 1; n++) {
		char text[JOSE_HEADER_MAX + 1], *b64;
		const char *why = NULL, *member = NULL;
		int rc;

		/* Blanks between the brace and what it holds. */
		memset(text, ' ', sizeof(text));
		text[0] = '{';
		memcpy(text + n - strlen(SHORT) + 1, &SHORT[1], strlen(SHORT) - 1);
		b64 = forge_b64(text, n);
		rc = header_parse(b64, strlen(b64), scratch, &h, &why, &member);
		ck_assert_msg(rc == (n <= JOSE_HEADER_MAX ? 0 : SESS_ERR_REJECTED), "%zu bytes: %s", n, why);
		if (rc == 0) {
			ck_assert_str_eq(h.alg, "HS256");
			ck_assert_str_eq(h.kid, "a");
			ck_assert_ptr_null(h.typ);
		} else {
			ck_assert_ptr_nonnull(strstr(why, "1024"));
		}
		free(b64);
	}
	free(scratch);
}
END_TEST

START_TEST(test_not_base64url)
{
	struct header_scratch *scratch = malloc(sizeof(*scratch));
	struct jose_header h;
	const char *why = NULL, *member = NULL;

	ck_assert_int_eq(header_parse("e30=", 4, scratch, &h, &why, &member), SESS_ERR_REJECTED);
	ck_assert_ptr_nonnull(strstr(why, "base64url"));
	ck_assert_ptr_null(member);
	ck_assert_int_eq(header_parse("e31", 3, scratch, &h, &why, &member), SESS_ERR_REJECTED);
	ck_assert_int_eq(header_parse("e30", 3, scratch, &h, &why, &member), 0);
	free(scratch);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("header");
	TCase *tcase = tcase_create("header");

	tcase_add_test(tcase, test_longest);
	tcase_add_test(tcase, test_not_base64url);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
