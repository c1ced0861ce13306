/* SPDX-License-Identifier: MIT */
/*
 * base/buf.c: growth, failure and ownership, and the proof that each block given up has been wiped. The linker puts
 * malloc() and free() of this program through the two functions below (--wrap); nothing else is replaced.
 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

void *__real_malloc(size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void __wrap_free(void *p);

/* volatile: to the compiler, free() changes no variable of this file. */
static const uint8_t *volatile watched;
static size_t watched_cap;
static volatile int freed, freed_dirty, failing;

void *
__wrap_malloc(size_t n)
{
	return failing ? NULL : __real_malloc(n);
}

void
__wrap_free(void *p)
{
	if (p != NULL && p == watched) {
		freed++;
		for (size_t i = 0; i < watched_cap; i++)
			freed_dirty |= watched[i] != 0;
		watched = NULL;
	}
	__real_free(p);
}

static void
watch(const struct buf *b)
{
	watched = b->data;
	watched_cap = b->cap;
	freed = freed_dirty = 0;
}

/* A buffer whose whole room is filled, so that a wipe of less than all of it shows. */
static struct buf
full_buf(void)
{
	struct buf b = { 0 };

	ck_assert_int_eq(buf_append_str(&b, "secret"), 0);
	while (b.len < b.cap)
		ck_assert_int_eq(buf_append(&b, "s", 1), 0);
	return b;
}

/* The watch itself must notice a block that goes unwiped. */
START_TEST(watch_notices)
{
	struct buf b = full_buf();

	watch(&b);
	free(b.data);
	ck_assert_int_eq(freed, 1);
	ck_assert_int_eq(freed_dirty, 1);
}
END_TEST

START_TEST(growth_wipes)
{
	struct buf b = full_buf();
	size_t len = b.len;

	watch(&b);
	ck_assert_int_eq(buf_append(&b, "t", 1), 0);
	ck_assert_msg(freed == 1 && !freed_dirty, "freed %d, dirty %d", freed, freed_dirty);
	ck_assert_uint_eq(b.len, len + 1);
	ck_assert_int_eq(memcmp(b.data, "secretsss", 9), 0);
	ck_assert_int_eq(b.data[len], 't');
	buf_done(&b);
}
END_TEST

START_TEST(done_wipes)
{
	struct buf b = full_buf();

	watch(&b);
	buf_done(&b);
	ck_assert_msg(freed == 1 && !freed_dirty, "freed %d, dirty %d", freed, freed_dirty);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.len + b.cap, 0);
	buf_done(&b);
	ck_assert_int_eq(buf_append_str(&b, "again"), 0);
	buf_done(&b);
}
END_TEST

START_TEST(scope_wipes)
{
	{
		BUF_CLEANUP struct buf b = full_buf();

		watch(&b);
	}
	ck_assert_msg(freed == 1 && !freed_dirty, "freed %d, dirty %d", freed, freed_dirty);
}
END_TEST

START_TEST(clear_wipes_and_keeps_the_room)
{
	BUF_CLEANUP struct buf b = full_buf();
	size_t cap = b.cap;
	const uint8_t *data = b.data;

	buf_clear(&b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_uint_eq(b.cap, cap);
	ck_assert_ptr_eq(b.data, data);
	for (size_t i = 0; i < cap; i++)
		ck_assert_uint_eq(b.data[i], 0);
}
END_TEST

/* What was reserved may have been written, whether or not it counts as content; a block that was cleared is used again. */
START_TEST(what_was_reserved_is_wiped)
{
	for (int clear = 0; clear <= 1; clear++) {
		struct buf b = full_buf();

		buf_clear(&b);
		ck_assert_int_eq(buf_append_str(&b, "ab"), 0);
		ck_assert_int_eq(buf_reserve(&b, b.cap - b.len), 0);
		memset(b.data, 's', b.cap);
		ck_assert_int_eq(buf_reserve(&b, 1), 0);
		watch(&b);
		if (clear)
			buf_clear(&b);
		for (size_t i = 0; clear && i < b.cap; i++)
			ck_assert_uint_eq(b.data[i], 0);
		buf_done(&b);
		ck_assert_msg(freed == 1 && !freed_dirty, "freed %d, dirty %d", freed, freed_dirty);
	}
}
END_TEST

START_TEST(failed_growth_changes_nothing)
{
	BUF_CLEANUP struct buf b = full_buf();
	struct buf before = b;
	int rc;
	char *taken;

	failing = 1;
	rc = buf_append(&b, "t", 1);
	taken = buf_take(&b, NULL);
	failing = 0;
	ck_assert_int_eq(rc, SESS_ERR_MEMORY);
	ck_assert_ptr_null(taken);
	ck_assert_int_eq(memcmp(&b, &before, sizeof(b)), 0);
	ck_assert_int_eq(memcmp(b.data, "secretsss", 9), 0);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX), SESS_ERR_MEMORY);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX / 2 + 1), SESS_ERR_MEMORY);
	ck_assert_int_eq(memcmp(&b, &before, sizeof(b)), 0);
}
END_TEST

START_TEST(reserve_gives_the_room)
{
	BUF_CLEANUP struct buf b = { 0 };
	const uint8_t *data;

	ck_assert_int_eq(buf_append(&b, NULL, 0), 0);
	ck_assert_ptr_null(b.data);
	ck_assert_int_eq(buf_reserve(&b, 1000), 0);
	ck_assert_uint_ge(b.cap, 1000);
	ck_assert_uint_eq(b.len, 0);
	data = b.data;
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buf_append(&b, "x", 1), 0);
	ck_assert_ptr_eq(b.data, data);
}
END_TEST

START_TEST(take_moves_a_text)
{
	struct buf b = full_buf();
	size_t full = b.len, len = 0;
	char *text = buf_take(&b, &len);

	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(len, full);
	ck_assert_uint_eq(strlen(text), full);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.len + b.cap, 0);
	free(text);
	text = buf_take(&b, NULL);
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

static const struct number {
	int64_t n;
	const char *text;
} numbers[] = {
	{ 0, "0" }, { 9, "9" }, { 10, "10" }, { -1, "-1" }, { INT64_C(253402300799), "253402300799" },
	{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
};

START_TEST(append_int)
{
	BUF_CLEANUP struct buf b = { 0 };

	ck_assert_int_eq(buf_append_str(&b, "n="), 0);
	ck_assert_int_eq(buf_append_int(&b, numbers[_i].n), 0);
	ck_assert_uint_eq(b.len, 2 + strlen(numbers[_i].text));
	ck_assert_msg(memcmp(b.data + 2, numbers[_i].text, b.len - 2) == 0, "not %s", numbers[_i].text);
}
END_TEST

/* Each pair of digits at each place, as the C library writes them. */
START_TEST(append_every_pair)
{
	for (int64_t factor = 1; factor <= INT64_C(10000000000); factor *= 10) {
		for (int64_t n = 0; n <= 1100; n++) {
			BUF_CLEANUP struct buf b = { 0 };
			char want[32];
			int len = snprintf(want, sizeof(want), "%lld", (long long)(n * factor + n));

			ck_assert_int_eq(buf_append_int(&b, n * factor + n), 0);
			ck_assert_msg(b.len == (size_t)len && memcmp(b.data, want, b.len) == 0, "%s", want);
		}
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");

	tcase_add_test(tcase, watch_notices);
	tcase_add_test(tcase, growth_wipes);
	tcase_add_test(tcase, done_wipes);
	tcase_add_test(tcase, scope_wipes);
	tcase_add_test(tcase, clear_wipes_and_keeps_the_room);
	tcase_add_test(tcase, what_was_reserved_is_wiped);
	tcase_add_test(tcase, failed_growth_changes_nothing);
	tcase_add_test(tcase, reserve_gives_the_room);
	tcase_add_test(tcase, take_moves_a_text);
	tcase_add_loop_test(tcase, append_int, 0, (int)(sizeof(numbers) / sizeof(numbers[0])));
	tcase_add_test(tcase, append_every_pair);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
