/* SPDX-License-Identifier: MIT */
/* What the library hands out and takes back, tokens, claims, payloads and rings, is wiped before it is freed. Links with
 * -Wl,--wrap=free. */
#include <check.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

void __real_free(void *block);
void __wrap_free(void *block);

/* A block, and a text within it. */
static struct {
	const void *block;
	const char *text;
	size_t len, left; /* how much of the text was there still when the block was freed; len: it has not been */
} watched;

static void
watch(const void *block, const char *text, size_t len)
{
	ck_assert_uint_gt(len, 8);
	watched.block = block;
	watched.text = text;
	watched.len = watched.left = len;
}

void
__wrap_free(void *block)
{
	if (block != NULL && block == watched.block) {
		watched.left = 0;
		for (size_t i = 0; i < watched.len; i++)
			watched.left += watched.text[i] != 0;
		watched.block = NULL;
	}
	__real_free(block);
}

START_TEST(test_given_back)
{
	uint8_t *payload = NULL;
	sess_session *session = NULL;
	sess_cookies *cookies = NULL;
	sess_ring *ring = NULL;
	char *token = NULL, *text;
	const char *claims;
	size_t len = 0, n = 0;
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	ck_assert_int_eq(sess_mint(j.manager, "anna", "{\"cart\":[1,2,3]}", 16, NULL, &token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, len, NULL, &session, NULL), 0);
	claims = sess_session_claims_json(session, &n);
	watch(session, claims, n);
	sess_session_free(session);
	ck_assert_uint_eq(watched.left, 0);
	text = json_dumps(j.enc_key != NULL ? j.enc_key : j.sig_key, 0);
	ck_assert_int_eq(sess_raw_open(text, strlen(text), token, len, &payload, &n, NULL), 0);
	free(text);
	watch(payload, (const char *)payload, n);
	sess_raw_free(payload, n);
	ck_assert_uint_eq(watched.left, 0);
	ck_assert_int_eq(sess_cookie_set(j.manager, token, len, &cookies, NULL), 0);
	claims = sess_cookies_value(cookies, 0, &n);
	watch(claims, claims, n);
	sess_cookies_free(cookies);
	ck_assert_uint_eq(watched.left, 0);
	watch(token, token, len);
	sess_token_free(token);
	ck_assert_uint_eq(watched.left, 0);
	text = json_dumps(j.ring, 0);
	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	free(text);
	ck_assert_int_eq(sess_ring_dump(ring, &text, &n, NULL), 0);
	watch(text, text, n);
	sess_ring_text_free(text, n);
	ck_assert_uint_eq(watched.left, 0);
	sess_ring_free(ring);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("wiped");
	TCase *tcase = tcase_create("wiped");

	tcase_add_loop_test(tcase, test_given_back, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
