/* SPDX-License-Identifier: MIT */
/* Pages that a child finds zeroed, and kernels that promise it and do not do it, or know nothing of it. */
#include "base/forkpage.h"

#include <check.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/runner.h"

#define BYTES 100

/* What every advice is answered with, and none followed; -2: the kernel's own answer. Linked with -Wl,--wrap. */
static int answer = -2;

int __real_madvise(void *p, size_t n, int advice);
int __wrap_madvise(void *p, size_t n, int advice);
int
__wrap_madvise(void *p, size_t n, int advice)
{
	return answer == -2 ? __real_madvise(p, n, advice) : answer;
}

static unsigned char *
new_page(void)
{
	void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(p != MAP_FAILED);
	return p;
}

/* Where it is promised it is so; where the kernel is too old for it nothing is promised. */
START_TEST(test_child)
{
	unsigned char *p = new_page();
	int is_marked = forkpage_mark(p, BYTES), status = -1;
	pid_t child;

	memset(p, 7, BYTES);
	if ((child = fork()) == 0)
		_exit(p[0] + p[BYTES - 1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), is_marked ? 0 : 14);
	ck_assert_int_eq(p[0], 7);
	(void)munmap(p, BYTES);
}
END_TEST

/* -1: it refuses all, as one that is old; 0: it nods to all, as qemu's user mode does. */
START_TEST(test_no_such_kernel)
{
	unsigned char *p = new_page();

	answer = _i;
	ck_assert_int_eq(forkpage_mark(p, BYTES), 0);
	answer = -2;
	(void)munmap(p, BYTES);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("forkpage");
	TCase *tcase = tcase_create("forkpage");

	tcase_add_test(tcase, test_child);
	tcase_add_loop_test(tcase, test_no_such_kernel, -1, 1);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
