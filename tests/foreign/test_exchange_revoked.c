/* SPDX-License-Identifier: MIT */
/*
 * Exchange beside a log-out that is heard of late. An exchange waits for the store's answer whether the token was used before; what
 * the store tells meanwhile of the subject counts. The wait is the library's own, and what happens in it is put behind it here.
 */
#include "foreign/desk.h"
#include "revocation/revocations.h"
#include "support/runner.h"

/* Linked with -Wl,--wrap. */
int __real_revocations_once(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now, int *ret_first,
    sess_diag *diag);
int __wrap_revocations_once(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now, int *ret_first,
    sess_diag *diag);

static struct issuer issuer;
static struct desk desk;
static sess_foreign_keys *keys;
static sess_ring *ring;
static const char *revoked_meanwhile; /* a subject, or NULL */

int
__wrap_revocations_once(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now, int *ret_first,
    sess_diag *diag)
{
	int rc = __real_revocations_once(r, key, until, now, ret_first, diag);

	if (revoked_meanwhile != NULL)
		ck_assert_int_eq(sess_revoke_subject(desk.manager, revoked_meanwhile, NULL, NULL, NULL), 0);
	return rc;
}

static void
begin(void)
{
	issuer_init(&issuer, "HS256", "k1", 0);
	ring = desk_ring();
	desk_init_with(&desk, ring, "memory:", NULL, NULL);
	keys = desk_keys(&issuer);
}

static void
end(void)
{
	sess_foreign_keys_free(keys);
	desk_done(&desk);
	sess_ring_free(ring);
	issuer_done(&issuer);
}

static int
exchange(const char *payload)
{
	char *token = issuer_sign(&issuer, payload), *fresh = NULL;
	size_t len = 0;
	int rc = sess_exchange(desk.manager, keys, token, strlen(token), &desk.e, NULL, &fresh, &len, &desk.diag);

	ck_assert_msg((rc == 0) == (fresh != NULL), "a token came out of a refusal, or none of success");
	sess_token_free(fresh);
	free(token);
	return rc;
}

START_TEST(a_log_out_heard_of_while_the_store_answers)
{
	revoked_meanwhile = "alice";
	ck_assert_int_eq(exchange(PAYLOAD(",\"jti\":\"1\"")), SESS_ERR_REJECTED);
	ck_assert_uint_eq(desk.diag.reasons, SESS_REASON_REVOKED);
	ck_assert_str_eq(desk.diag.findings[0].member, "sub");
}
END_TEST

START_TEST(a_log_out_of_somebody_else)
{
	revoked_meanwhile = "bob";
	ck_assert_int_eq(exchange(PAYLOAD(",\"jti\":\"1\"")), 0);
	/* What was answered stays the answer. */
	ck_assert_int_eq(exchange(PAYLOAD(",\"jti\":\"1\"")), SESS_ERR_REJECTED);
	ck_assert_uint_eq(desk.diag.reasons, SESS_REASON_REUSED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("exchange_revoked");
	TCase *tcase = tcase_create("exchange_revoked");

	if (sess_foreign_libjwt_version() == NULL)
		return runner_skip("built without libjwt");
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_log_out_heard_of_while_the_store_answers);
	tcase_add_test(tcase, a_log_out_of_somebody_else);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
