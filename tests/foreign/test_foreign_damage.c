/* SPDX-License-Identifier: MIT */
/* Every truncation and every bit flip of a foreign token is refused: nothing but the one spelling of it passes. */
#include <check.h>

#include "foreign/desk.h"
#include "support/runner.h"

static const char *const algs[] = { "HS256", "RS256", "ES256" };

START_TEST(damage)
{
	struct issuer issuer;
	struct desk desk;
	sess_foreign_keys *keys;
	char *token;
	size_t len;

	issuer_init(&issuer, algs[_i], "k", 0);
	desk_init(&desk, NULL);
	keys = desk_keys(&issuer);
	token = issuer_sign(&issuer, PAYLOAD(""));
	len = strlen(token);
	ck_assert_int_eq(desk_verdict(&desk, keys, token, len), 0);
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(desk_verdict(&desk, keys, token, n) > 0, "%zu bytes of %zu", n, len);
	/* ECDSA is slow, and only its signature is another matter than theirs before it. */
	for (size_t bit = _i < 2 ? 0 : 8 * (size_t)(strrchr(token, '.') - token); bit < 8 * len; bit++) {
		token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
		ck_assert_msg(desk_verdict(&desk, keys, token, len) > 0, "bit %zu", bit);
		token[bit / 8] = (char)(token[bit / 8] ^ 1 << bit % 8);
	}
	ck_assert_int_eq(desk_verdict(&desk, keys, token, len), 0);
	free(token);
	sess_foreign_keys_free(keys);
	desk_done(&desk);
	issuer_done(&issuer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("foreign_damage");
	TCase *tcase = tcase_create("damage");

	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, damage, 0, sizeof(algs) / sizeof(algs[0]));
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
