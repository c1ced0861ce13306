/* SPDX-License-Identifier: MIT */
/*
 * libjwt's word for a good signature counts only together with the algorithm that it went by. 1.10 reports success, and the
 * algorithm "none", where it has no memory for a copy of the key; here its answer about the algorithm is replaced.
 */
#include <check.h>
#include <jwt.h>

#include "foreign/desk.h"
#include "support/runner.h"

jwt_alg_t __real_jwt_get_alg(jwt_t *jwt);
jwt_alg_t __wrap_jwt_get_alg(jwt_t *jwt);

static int lies;
static jwt_alg_t lie;

jwt_alg_t
__wrap_jwt_get_alg(jwt_t *jwt)
{
	return lies ? lie : __real_jwt_get_alg(jwt);
}

static const jwt_alg_t algs[] = { JWT_ALG_NONE, JWT_ALG_HS384, JWT_ALG_RS256, JWT_ALG_ES256, JWT_ALG_TERM };

START_TEST(another_algorithm)
{
	struct issuer hmac;
	struct desk desk;
	sess_foreign_keys *keys;

	issuer_init(&hmac, "HS256", "k1", 0);
	desk_init(&desk, NULL);
	keys = desk_keys(&hmac);
	desk_take(&desk, keys, "the truth", issuer_sign(&hmac, PAYLOAD("")), 0, NULL);
	lies = 1;
	lie = JWT_ALG_HS256;
	desk_take(&desk, keys, "the same", issuer_sign(&hmac, PAYLOAD("")), 0, NULL);
	lie = algs[_i];
	desk_take(&desk, keys, "a lie", issuer_sign(&hmac, PAYLOAD("")), SESS_REASON_BAD_SIGNATURE, "alg");
	sess_foreign_keys_free(keys);
	desk_done(&desk);
	issuer_done(&hmac);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("foreign_liar");
	TCase *tcase = tcase_create("liar");

	tcase_add_loop_test(tcase, another_algorithm, 0, sizeof(algs) / sizeof(algs[0]));
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
