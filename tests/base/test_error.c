/* SPDX-License-Identifier: MIT */
/*
 * base/error.c: every code and reason has its class, step and exit status as the design has them, written here a
 * second time, and a name and a sentence of its own. The decisive reason of a set is checked for every pair.
 */
#include <sess/error.h>

#include <string.h>

#include "support/runner.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct code {
	int code;
	const char *name;
	sess_error_class cls;
	int exit_status;
} codes[] = {
	{ SESS_OK, "OK", SESS_CLASS_NONE, 0 },
	{ SESS_ERR_ARGUMENT, "ARGUMENT", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_POLICY, "POLICY", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_CLAIMS, "CLAIMS", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_TOKEN_SIZE, "TOKEN_SIZE", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_NO_CLAIM, "NO_CLAIM", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_JWK, "JWK", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_UNSUPPORTED, "UNSUPPORTED", SESS_CLASS_USAGE, 2 },
	{ SESS_ERR_MEMORY, "MEMORY", SESS_CLASS_SYSTEM, 10 },
	{ SESS_ERR_IO, "IO", SESS_CLASS_SYSTEM, 9 },
	{ SESS_ERR_EXISTS, "EXISTS", SESS_CLASS_SYSTEM, 9 },
	{ SESS_ERR_RANDOM, "RANDOM", SESS_CLASS_SYSTEM, 10 },
	{ SESS_ERR_CRYPTO, "CRYPTO", SESS_CLASS_SYSTEM, 10 },
	{ SESS_ERR_CLOCK, "CLOCK", SESS_CLASS_SYSTEM, 10 },
	{ SESS_ERR_BUSY, "BUSY", SESS_CLASS_SYSTEM, 9 },
	{ SESS_ERR_STORE, "STORE", SESS_CLASS_SYSTEM, 9 },
	{ SESS_ERR_RING_FILE, "RING_FILE", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_FORMAT, "RING_FORMAT", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_KEY, "RING_KEY", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_NO_KEY, "RING_NO_KEY", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_LIFETIME, "RING_LIFETIME", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_STATE, "RING_STATE", SESS_CLASS_RING, 8 },
	{ SESS_ERR_KEY_SPENT, "KEY_SPENT", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_ROLLBACK, "RING_ROLLBACK", SESS_CLASS_RING, 8 },
	{ SESS_ERR_RING_ENCRYPTED, "RING_ENCRYPTED", SESS_CLASS_RING, 8 },
	{ SESS_ERR_REJECTED, "REJECTED", SESS_CLASS_REJECTED, 5 },
};

static const struct reason {
	uint32_t bit;
	const char *name;
	int step, exit_status;
} reasons[] = {
	{ SESS_REASON_MALFORMED, "MALFORMED", 1, 3 },
	{ SESS_REASON_OVERSIZE, "OVERSIZE", 1, 3 },
	{ SESS_REASON_WRONG_FORM, "WRONG_FORM", 2, 3 },
	{ SESS_REASON_UNKNOWN_KEY, "UNKNOWN_KEY", 3, 4 },
	{ SESS_REASON_EXPIRED_KEY, "EXPIRED_KEY", 3, 4 },
	{ SESS_REASON_REVOKED_KEY, "REVOKED_KEY", 3, 4 },
	{ SESS_REASON_BAD_TAG, "BAD_TAG", 5, 5 },
	{ SESS_REASON_BAD_SIGNATURE, "BAD_SIGNATURE", 6, 5 },
	{ SESS_REASON_BAD_PAYLOAD, "BAD_PAYLOAD", 7, 3 },
	{ SESS_REASON_WRONG_TYPE, "WRONG_TYPE", 8, 7 },
	{ SESS_REASON_WRONG_ISSUER, "WRONG_ISSUER", 8, 7 },
	{ SESS_REASON_WRONG_AUDIENCE, "WRONG_AUDIENCE", 8, 7 },
	{ SESS_REASON_NOT_YET, "NOT_YET", 9, 6 },
	{ SESS_REASON_IDLE_EXPIRED, "IDLE_EXPIRED", 9, 6 },
	{ SESS_REASON_ABSOLUTE_EXPIRED, "ABSOLUTE_EXPIRED", 9, 6 },
	{ 1 << 15, "REVOKED", 10, 7 },
	{ 1 << 16, "REUSED", 10, 7 },
	{ 1 << 17, "CONTEXT_MISMATCH", 11, 7 },
	{ 1 << 18, "TORN_COOKIE", 1, 3 },
	{ 1 << 19, "STORE_UNAVAILABLE", 10, 9 },
};

START_TEST(code_row)
{
	const struct code *row = &codes[_i];

	ck_assert_str_eq(sess_error_name(row->code), row->name);
	ck_assert_msg(sess_error_class_of(row->code) == row->cls, "class of %s", row->name);
	ck_assert_msg(sess_exit_status(row->code, 0) == row->exit_status, "exit status of %s", row->name);
	ck_assert_msg(strlen(sess_error_sentence(row->code)) > 8, "sentence of %s", row->name);
	for (size_t i = 0; i < (size_t)_i; i++) {
		ck_assert_int_ne(row->code, codes[i].code);
		ck_assert_str_ne(sess_error_sentence(row->code), sess_error_sentence(codes[i].code));
	}
}
END_TEST

START_TEST(reason_row)
{
	const struct reason *row = &reasons[_i];

	ck_assert_uint_eq(row->bit, UINT32_C(1) << _i);
	ck_assert_str_eq(sess_reason_name(row->bit), row->name);
	ck_assert_msg(sess_reason_step(row->bit) == row->step, "step of %s", row->name);
	ck_assert_msg(sess_exit_status(SESS_ERR_REJECTED, row->bit) == row->exit_status, "exit status of %s", row->name);
	ck_assert_msg(strlen(sess_reason_sentence(row->bit)) > 8, "sentence of %s", row->name);
	for (size_t i = 0; i < (size_t)_i; i++)
		ck_assert_str_ne(sess_reason_sentence(row->bit), sess_reason_sentence(reasons[i].bit));
}
END_TEST

/* A row that is added to sess/error.h must be added here. */
START_TEST(tables_are_whole)
{
#define SESS_X(name, value, cls, exit_status, sentence) +1
	ck_assert_uint_eq(COUNT(codes), 1 SESS_ERROR_TABLE(SESS_X));
#undef SESS_X
	ck_assert_uint_eq(COUNT(reasons), SESS_REASON_COUNT);
}
END_TEST

START_TEST(unknown)
{
	static const int strangers[] = { 1, -8, -59, -61, INT32_MIN, INT32_MAX };

	for (size_t i = 0; i < COUNT(strangers); i++) {
		ck_assert_str_eq(sess_error_name(strangers[i]), "UNKNOWN");
		ck_assert_int_eq(sess_error_class_of(strangers[i]), SESS_CLASS_NONE);
		ck_assert_int_eq(sess_exit_status(strangers[i], 0), 10);
	}
	ck_assert_str_eq(sess_reason_name(0), "UNKNOWN");
	ck_assert_str_eq(sess_reason_name(UINT32_C(1) << 20), "UNKNOWN");
	ck_assert_str_eq(sess_reason_name(SESS_REASON_MALFORMED | SESS_REASON_OVERSIZE), "UNKNOWN");
	ck_assert_int_eq(sess_reason_step(UINT32_C(1) << 31), 0);
	ck_assert_uint_eq(sess_reason_first(0), 0);
	ck_assert_uint_eq(sess_reason_first(UINT32_C(1) << 20), 0);
}
END_TEST

/* Of any two reasons the lower step decides, and within a step the lower bit. */
START_TEST(first_of_two)
{
	for (size_t i = 0; i < COUNT(reasons); i++) {
		for (size_t j = i; j < COUNT(reasons); j++) {
			const struct reason *want = reasons[j].step < reasons[i].step ? &reasons[j] : &reasons[i];
			uint32_t set = reasons[i].bit | reasons[j].bit;

			ck_assert_msg(sess_reason_first(set) == want->bit, "%s and %s", reasons[i].name, reasons[j].name);
			ck_assert_int_eq(sess_exit_status(SESS_ERR_REJECTED, set), want->exit_status);
		}
	}
	ck_assert_uint_eq(sess_reason_first(UINT32_MAX), SESS_REASON_MALFORMED);
}
END_TEST

/* Reasons left over from elsewhere do not change the status of another code. */
START_TEST(reasons_count_for_rejected_only)
{
	ck_assert_int_eq(sess_exit_status(SESS_OK, SESS_REASON_BAD_TAG), 0);
	ck_assert_int_eq(sess_exit_status(SESS_ERR_IO, SESS_REASON_BAD_TAG), 9);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = tcase_create("error");

	tcase_add_loop_test(tcase, code_row, 0, (int)COUNT(codes));
	tcase_add_loop_test(tcase, reason_row, 0, (int)COUNT(reasons));
	tcase_add_test(tcase, tables_are_whole);
	tcase_add_test(tcase, unknown);
	tcase_add_test(tcase, first_of_two);
	tcase_add_test(tcase, reasons_count_for_rejected_only);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
