/* SPDX-License-Identifier: MIT */
/*
 * base/secret.c: wiping wipes, and the compiler has kept it. A secret is made on a stack of our own, which can be read
 * after the function has returned; the same function without the cleanup shows that the search would find it.
 */
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "support/runner.h"

#define STACK_LEN (256 * 1024)
#define PATTERN 0x5a

static ucontext_t here, there;

/* Byte by byte: a vector register full of the pattern could be saved to the stack by a call. The writes are not left
 * out, because the compiler cannot tell what becomes of p. */
static void
fill(struct secret *s)
{
	volatile uint8_t *p = s->bytes;

	for (size_t i = 0; i < sizeof(s->bytes); i++)
		p[i] = PATTERN;
	s->len = sizeof(s->bytes);
	__asm__ volatile("" : : "r"(p) : "memory");
}

static void
hold_with_cleanup(void)
{
	SECRET_CLEANUP struct secret s = { { 0 }, 0 };

	fill(&s);
}

static void
hold_without_cleanup(void)
{
	struct secret s = { { 0 }, 0 };

	fill(&s);
}

/* The way back to the first stack writes near the top of the other one: what is looked at lies below. */
static void (*looked_at)(void);

static void
far_down(void)
{
	volatile uint8_t gap[4096];

	gap[0] = gap[sizeof(gap) - 1] = 0;
	looked_at();
	gap[0] = gap[sizeof(gap) - 1] = 0;
}

/* The longest run of PATTERN that the function leaves on its stack. */
static size_t
left_behind(void (*function)(void))
{
	uint8_t *stack = calloc(1, STACK_LEN);
	size_t run = 0, longest = 0;

	ck_assert_ptr_nonnull(stack);
	ck_assert_int_eq(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = STACK_LEN;
	there.uc_link = &here;
	looked_at = function;
	makecontext(&there, far_down, 0);
	ck_assert_int_eq(swapcontext(&here, &there), 0);
	for (size_t i = 0; i < STACK_LEN; i++) {
		run = stack[i] == PATTERN ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	free(stack);
	return longest;
}

START_TEST(scope_wipes)
{
	ck_assert_uint_ge(left_behind(hold_without_cleanup), SECRET_MAX);
	ck_assert_uint_lt(left_behind(hold_with_cleanup), 8);
}
END_TEST

START_TEST(done_wipes_all)
{
	static const struct secret zero;
	struct secret s;

	memset(&s, PATTERN, sizeof(s));
	secret_done(&s);
	ck_assert_int_eq(memcmp(&s, &zero, sizeof(s)), 0);
}
END_TEST

START_TEST(wipe_is_exact)
{
	for (size_t n = 0; n <= 16; n++) {
		uint8_t room[18];

		memset(room, PATTERN, sizeof(room));
		secret_wipe(room + 1, n);
		for (size_t i = 0; i < sizeof(room); i++)
			ck_assert_msg(room[i] == (i >= 1 && i <= n ? 0 : PATTERN), "byte %zu after a wipe of %zu", i, n);
	}
}
END_TEST

START_TEST(nothing_is_allowed)
{
	uint8_t byte = PATTERN;

	secret_wipe(NULL, 0);
	secret_wipe(NULL, 8);
	secret_wipe(&byte, 0);
	ck_assert_uint_eq(byte, PATTERN);
}
END_TEST

/* Whether the page of p is left out of core dumps: the flag "dd" of its mapping. */
static int
is_left_out(const void *p)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	int inside = 0, found = 0;

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dd") != NULL;
	}
	ck_assert_int_eq(fclose(maps), 0);
	return found;
}

START_TEST(pages_are_not_dumped)
{
	uint8_t *pages = secret_pages_new(5000), *other = malloc(5000);
	void *control = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_nonnull(pages);
	ck_assert(control != MAP_FAILED && madvise(control, 4096, MADV_DONTDUMP) == 0);
	ck_assert_ptr_nonnull(other);
	for (size_t i = 0; i < 5000; i++)
		ck_assert_uint_eq(pages[i], 0);
	memset(pages, PATTERN, 5000);
	if (is_left_out(control))
		ck_assert(is_left_out(pages));
	else
		printf("# pages_are_not_dumped: this kernel does not tell what it dumps\n"); /* qemu's user mode */
	ck_assert(!is_left_out(other));
	secret_pages_free(pages, 5000);
	secret_pages_free(NULL, 5000);
	free(other);
	(void)munmap(control, 4096);
}
END_TEST

/* One bit, at every place of every length. */
START_TEST(compares)
{
	uint8_t a[SECRET_MAX + 1] = { 0 }, b[SECRET_MAX + 1] = { 0 };

	for (size_t n = 0; n <= SECRET_MAX; n++) {
		ck_assert(secret_equals(a, b, n));
		ck_assert(secret_is_zero(a, n));
		for (size_t bit = 0; bit < 8 * (SECRET_MAX + 1); bit++) {
			a[bit / 8] = (uint8_t)(1u << bit % 8);
			if (secret_equals(a, b, n) != (bit >= 8 * n) || secret_is_zero(a, n) != (bit >= 8 * n))
				ck_abort_msg("bit %zu of %zu bytes", bit, n);
			a[bit / 8] = 0;
		}
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("secret");
	TCase *tcase = tcase_create("secret");

	tcase_add_test(tcase, scope_wipes);
	tcase_add_test(tcase, done_wipes_all);
	tcase_add_test(tcase, wipe_is_exact);
	tcase_add_test(tcase, nothing_is_allowed);
	tcase_add_test(tcase, pages_are_not_dumped);
	tcase_add_test(tcase, compares);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
