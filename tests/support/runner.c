/* SPDX-License-Identifier: MIT */
/* Runs Check suites as TAP. Test support: no layer of the library. */
#include "support/runner.h"

#include <stdio.h>
#include <stdlib.h>

int
runner_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}

const char *
runner_vectors_dir(void)
{
	const char *dir = getenv("SESS_VECTORS");

	return dir != NULL && dir[0] != '\0' ? dir : NULL;
}

int
runner_skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}
