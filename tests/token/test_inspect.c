/* SPDX-License-Identifier: MIT */
/* token/inspect.c: whose form a header is, and whose it is not; pointers that are missing; lengths beyond all. */
#include <check.h>
#include <sess/inspect.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/runner.h"

/* A header, with three segments or five; form -1: none of ours. */
static const struct {
	const char *header;
	int segments, form;
} headers[] = {
	{ "{\"alg\":\"HS256\",\"kid\":\"a\",\"typ\":\"x\"}", 3, SESS_FORM_SIGNED },
	{ "{\"typ\":\"x\",\"kid\":\"a\",\"alg\":\"EdDSA\"}", 3, SESS_FORM_SIGNED },
	{ "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"a\",\"typ\":\"x\"}", 5, SESS_FORM_SEALED },
	{ "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"a\",\"typ\":\"x\",\"cty\":\"JWT\"}", 5, SESS_FORM_NESTED },
	{ "{\"kid\":\"a\",\"typ\":\"x\"}", 3, -1 },
	{ "{\"alg\":\"HS256\",\"typ\":\"x\"}", 3, -1 },
	{ "{\"alg\":\"HS256\",\"kid\":\"a\"}", 3, -1 },
	{ "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"x\"}", 3, -1 },
	{ "{\"alg\":\"none\",\"kid\":\"a\",\"typ\":\"x\"}", 3, -1 },
	{ "{\"alg\":\"dir\",\"kid\":\"a\",\"typ\":\"x\"}", 3, -1 },
	{ "{\"alg\":\"HS256\",\"enc\":\"A256GCM\",\"kid\":\"a\",\"typ\":\"x\"}", 3, -1 },
	{ "{\"alg\":\"HS256\",\"kid\":\"a\",\"typ\":\"x\",\"cty\":\"JWT\"}", 3, -1 },
	{ "{\"alg\":\"HS256\",\"kid\":\"a\",\"typ\":\"x\",\"crit\":[]}", 3, -1 },
	{ "{\"alg\":\"dir\",\"kid\":\"a\",\"typ\":\"x\"}", 5, -1 },
	{ "{\"alg\":\"HS256\",\"enc\":\"A256GCM\",\"kid\":\"a\",\"typ\":\"x\"}", 5, -1 },
	{ "{\"alg\":\"dir\",\"enc\":\"A128GCM\",\"kid\":\"a\",\"typ\":\"x\"}", 5, -1 },
	{ "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"a\",\"typ\":\"x\",\"cty\":\"JSON\"}", 5, -1 },
	{ "{}", 3, -1 },
};

START_TEST(test_forms)
{
	const char *header = headers[_i].header;
	char *b64 = forge_b64(header, strlen(header));
	char *token = forge_text(headers[_i].segments == 3 ? "%s.e30.AA" : "%s..AA.AA.AA", b64);
	sess_inspection *x = NULL;
	sess_form form = (sess_form)99;
	size_t n = 0;

	ck_assert_int_eq(sess_inspect(token, strlen(token), &x, NULL), 0);
	ck_assert_int_eq(sess_inspection_form(x, &form), headers[_i].form >= 0);
	ck_assert_int_eq((int)form, headers[_i].form >= 0 ? headers[_i].form : 99);
	ck_assert_int_eq(sess_inspection_form(x, NULL), headers[_i].form >= 0);
	ck_assert_int_eq((int)sess_inspection_kind(x), headers[_i].segments == 3 ? SESS_KIND_JWS : SESS_KIND_JWE);
	ck_assert_str_eq(sess_inspection_header(x, &n), header);
	ck_assert_uint_eq(n, strlen(header));
	ck_assert_str_eq(sess_inspection_header(x, NULL), header);
	if (headers[_i].segments == 3) {
		ck_assert_str_eq(sess_inspection_payload(x, &n), "{}");
		ck_assert_uint_eq(n, 2);
	} else {
		ck_assert_ptr_null(sess_inspection_payload(x, &n));
		ck_assert_uint_eq(n, 0);
	}
	sess_inspection_free(x);
	free(token);
	free(b64);
}
END_TEST

START_TEST(test_arguments)
{
	sess_inspection *x = NULL;
	const char *name = "untouched";
	char *big = malloc(SESS_INSPECT_BYTES_MAX + 1);
	size_t text_len = 99, bytes = 99;
	sess_diag diag;

	ck_assert_int_eq(sess_inspect(NULL, 1, &x, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_inspect("e30.e30.AA", 10, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_inspect(NULL, 0, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_MALFORMED);
	/* Nothing of it is read. */
	ck_assert_int_eq(sess_inspect("e30.e30.AA", SIZE_MAX, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_OVERSIZE);
	ck_assert_int_eq(diag.findings[0].got, RUNNER_SIZE_MAX);
	memset(big, 'A', SESS_INSPECT_BYTES_MAX + 1);
	ck_assert_int_eq(sess_inspect(big, SESS_INSPECT_BYTES_MAX + 1, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_OVERSIZE);
	ck_assert_int_eq(sess_inspect(big, SESS_INSPECT_BYTES_MAX, &x, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_MALFORMED);
	free(big);
	ck_assert_ptr_null(x);
	ck_assert_int_eq(sess_inspect("e30.e30.AA", 10, &x, &diag), 0);
	ck_assert_int_eq(sess_inspection_segment(NULL, 0, &name, &text_len, &bytes), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_inspection_segment(x, 3, &name, &text_len, &bytes), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_inspection_segment(x, 0, NULL, &text_len, &bytes), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_inspection_segment(x, 0, &name, NULL, &bytes), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_inspection_segment(x, 0, &name, &text_len, NULL), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(name, "untouched");
	ck_assert_uint_eq(text_len + bytes, 198);
	sess_inspection_free(x);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inspect");
	TCase *tcase = tcase_create("inspect");

	tcase_add_loop_test(tcase, test_forms, 0, (int)(sizeof(headers) / sizeof(headers[0])));
	tcase_add_test(tcase, test_arguments);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
