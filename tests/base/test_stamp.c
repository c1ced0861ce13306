/* SPDX-License-Identifier: MIT */
/* Times as text: known moments, both ends of time, and neither time zone nor locale. */
#include "base/stamp.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/runner.h"

/* The texts are those of `date -u -d @N +%FT%TZ`. */
static const struct {
	int64_t t;
	const char *text;
} rows[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ 1, "1970-01-01T00:00:01Z" },
	{ 86399, "1970-01-01T23:59:59Z" },
	{ 951782400, "2000-02-29T00:00:00Z" },
	{ 1800000000, "2027-01-15T08:00:00Z" },
	{ 4107542399, "2100-02-28T23:59:59Z" },
	{ 4107542400, "2100-03-01T00:00:00Z" },
	{ 253402300799, "9999-12-31T23:59:59Z" },
};

START_TEST(test_rows)
{
	char out[STAMP_ROOM];

	memset(out, 'x', sizeof(out));
	ck_assert_ptr_eq(stamp_format(rows[_i].t, out), out);
	ck_assert_str_eq(out, rows[_i].text);
	ck_assert_uint_eq(strlen(out), STAMP_ROOM - 1);
}
END_TEST

START_TEST(test_no_zone_no_locale)
{
	char out[STAMP_ROOM];

	ck_assert_int_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
	tzset();
	(void)setlocale(LC_ALL, "fa_IR.UTF-8"); /* where it is installed */
	ck_assert_str_eq(stamp_format(1800000000, out), "2027-01-15T08:00:00Z");
}
END_TEST

/* Out of range is the caller's mistake: still nothing is written past the room. */
START_TEST(test_out_of_range)
{
	static const int64_t odd[] = { INT64_MIN, -1, 253402300800, INT64_MAX };
	char room[STAMP_ROOM + 1];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		room[STAMP_ROOM] = 'x';
		ck_assert_uint_lt(strlen(stamp_format(odd[i], room)), STAMP_ROOM);
		ck_assert_int_eq(room[STAMP_ROOM], 'x');
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("stamp");
	TCase *tcase = tcase_create("format");

	tcase_add_loop_test(tcase, test_rows, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, test_no_zone_no_locale);
	tcase_add_test(tcase, test_out_of_range);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
