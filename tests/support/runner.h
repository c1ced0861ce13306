/* SPDX-License-Identifier: MIT */
/* What every test program shares: running a Check suite with TAP on stdout, and skipping visibly. */
#ifndef SUPPORT_RUNNER_H
#define SUPPORT_RUNNER_H

#include <check.h>
#include <stdint.h>

/* What a diagnostic says of a length of SIZE_MAX, which not every processor's int64_t holds. */
#define RUNNER_SIZE_MAX ((int64_t)(SIZE_MAX > UINT32_MAX ? INT64_MAX : UINT32_MAX))

/* Runs the suite, frees it, prints TAP on stdout. 0 when all passed, else 1. */
int runner_main(Suite *suite);
/* The folder of the public test vectors (environment variable SESS_VECTORS), or NULL. */
const char *runner_vectors_dir(void);
/* Prints a TAP plan that skips the whole program, and returns 0. */
int runner_skip(const char *why);

#endif
