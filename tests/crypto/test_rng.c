/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/crypto/rng.c: no byte is given twice, neither by one process nor across a fork; given bytes are gone
 * from the buffer; a source that fails yields nothing.
 */
#include "crypto/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/hex.h"
#include "support/runner.h"

#define BUFFER_LEN 768

/* A kernel that says yes to every advice and follows none, as qemu's user mode does. Linked with -Wl,--wrap. */
static int only_nods;

int __real_madvise(void *p, size_t n, int advice);
int __wrap_madvise(void *p, size_t n, int advice);
int
__wrap_madvise(void *p, size_t n, int advice)
{
	return only_nods ? 0 : __real_madvise(p, n, advice);
}

struct counter {
	unsigned calls;
	unsigned fail_at; /* the call that fails, from 1; 0: none */
	size_t last_len;
};

static int
counting_source(void *arg, uint8_t *buf, size_t len)
{
	struct counter *c = arg;

	c->calls++;
	c->last_len = len;
	memset(buf, (int)c->calls, len);
	return c->calls == c->fail_at;
}

static int
compare_draws(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

START_TEST(no_draw_comes_twice)
{
	static uint8_t draws[2000][12];
	struct rng *r = NULL;

	ck_assert_int_eq(rng_new(NULL, NULL, &r), 0);
	for (size_t i = 0; i < 2000; i++)
		ck_assert_int_eq(rng_bytes(r, draws[i], 12), 0);
	qsort(draws, 2000, 12, compare_draws);
	for (size_t i = 1; i < 2000; i++)
		ck_assert_mem_ne(draws[i - 1], draws[i], 12);
	rng_free(r);
	rng_free(NULL);
}
END_TEST

/* Also around the buffer's own size, where the refill and the direct path meet. */
START_TEST(every_length_is_filled_and_no_more)
{
	static uint8_t out[BUFFER_LEN + 8], seen[BUFFER_LEN + 8];
	struct rng *r = NULL;

	ck_assert_int_eq(rng_new(NULL, NULL, &r), 0);
	for (size_t n = 0; n <= BUFFER_LEN + 2; n = n == 70 ? BUFFER_LEN - 2 : n + 1) {
		memset(seen, 0, sizeof(seen));
		for (int round = 0; round < 8; round++) {
			memset(out, 0, sizeof(out));
			ck_assert_int_eq(rng_bytes(r, out, n), 0);
			ck_assert_msg(hex_is_zero(out + n, sizeof(out) - n), "length %zu wrote past its end", n);
			for (size_t i = 0; i < n; i++)
				seen[i] |= out[i];
		}
		for (size_t i = 0; i < n; i++)
			ck_assert_msg(seen[i] != 0, "length %zu: byte %zu was never written", n, i);
	}
	rng_free(r);
}
END_TEST

START_TEST(parent_and_child_draw_apart)
{
	uint8_t mine[64], theirs[64];
	struct rng *r = NULL;
	int fds[2], status = 0;

	only_nods = _i;
	ck_assert_int_eq(rng_new(NULL, NULL, &r), 0);
	ck_assert_int_eq(rng_bytes(r, mine, 16), 0); /* the buffer is full, and both would read on from here */
	ck_assert_int_eq(pipe(fds), 0);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int ok = rng_bytes(r, theirs, sizeof(theirs)) == 0 && write(fds[1], theirs, sizeof(theirs)) == 64;
		_exit(ok ? 0 : 1);
	}
	ck_assert_int_eq(rng_bytes(r, mine, sizeof(mine)), 0);
	ck_assert_int_eq(read(fds[0], theirs, sizeof(theirs)), 64);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_mem_ne(mine, theirs, 64);
	/* Not even in part, and not the zeros of the wiped page. */
	for (size_t i = 0; i + 8 <= 64; i++)
		for (size_t k = 0; k + 8 <= 64; k++)
			ck_assert_mem_ne(mine + i, theirs + k, 8);
	ck_assert(!hex_is_zero(theirs, 16) && !hex_is_zero(theirs + 48, 16));
	close(fds[0]);
	close(fds[1]);
	rng_free(r);
	only_nods = 0;
}
END_TEST

/* The page of this process that the kernel wipes on fork ("wf" in smaps); NULL where smaps does not tell. */
static const uint8_t *
find_wiped_page(void)
{
	char line[512];
	unsigned long start = 0, end = 0, found = 0;
	FILE *f = fopen("/proc/self/smaps", "r");

	if (!f)
		return NULL;
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned long a = 0, b = 0;
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			start = a;
			end = b;
		} else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " wf") && end - start >= BUFFER_LEN) {
			found = start;
		}
	}
	fclose(f);
	return (const uint8_t *)found;
}

static int
page_holds(const uint8_t *page, const uint8_t *bytes, size_t n)
{
	return memmem(page, 4096, bytes, n) != NULL;
}

START_TEST(given_bytes_leave_the_buffer)
{
	uint8_t first[16], before[4096], second[16];
	struct rng *r = NULL;

	ck_assert_int_eq(rng_new(NULL, NULL, &r), 0);
	ck_assert_int_eq(rng_bytes(r, first, sizeof(first)), 0);
	const uint8_t *page = find_wiped_page();
	if (!page) {
		printf("# given_bytes_leave_the_buffer: no page that is wiped on fork, nothing to look at\n");
		fflush(stdout);
	} else {
		memcpy(before, page, sizeof(before));
		ck_assert(!page_holds(page, first, sizeof(first)));
		ck_assert_int_eq(rng_bytes(r, second, sizeof(second)), 0);
		ck_assert_msg(page_holds(before, second, sizeof(second)), "the page looked at is not the buffer");
		ck_assert(!page_holds(page, second, sizeof(second)));
	}
	rng_free(r);
}
END_TEST

START_TEST(a_source_is_asked_each_time)
{
	struct counter c = {0};
	struct rng *r = NULL;
	uint8_t out[32];

	ck_assert_int_eq(rng_new(counting_source, &c, &r), 0);
	ck_assert_int_eq(rng_bytes(r, out, 12), 0);
	ck_assert_uint_eq(c.last_len, 12);
	ck_assert_int_eq(rng_bytes(r, out, 32), 0);
	ck_assert_uint_eq(c.last_len, 32);
	ck_assert_uint_eq(c.calls, 2);
	ck_assert_uint_eq(out[31], 2);
	ck_assert_int_eq(rng_bytes(r, out, 0), 0);
	ck_assert_uint_eq(c.calls, 2);
	rng_free(r);
}
END_TEST

START_TEST(a_failing_source_yields_nothing)
{
	struct counter c = { .fail_at = 2 };
	struct rng *r = NULL;
	uint8_t out[32];

	ck_assert_int_eq(rng_new(counting_source, &c, &r), 0);
	ck_assert_int_eq(rng_bytes(r, out, sizeof(out)), 0);
	ck_assert_int_eq(rng_bytes(r, out, sizeof(out)), SESS_ERR_RANDOM);
	ck_assert(hex_is_zero(out, sizeof(out)));
	ck_assert_int_eq(rng_bytes(r, out, sizeof(out)), 0);
	rng_free(r);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("crypto/rng");
	TCase *tc = tcase_create("rng");

	tcase_add_test(tc, no_draw_comes_twice);
	tcase_add_test(tc, every_length_is_filled_and_no_more);
	tcase_add_loop_test(tc, parent_and_child_draw_apart, 0, 2);
	tcase_add_test(tc, given_bytes_leave_the_buffer);
	tcase_add_test(tc, a_source_is_asked_each_time);
	tcase_add_test(tc, a_failing_source_yields_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
