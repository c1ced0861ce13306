/* SPDX-License-Identifier: MIT */
/*
 * Told to the static analysers alone (tools/analyze.sh), which see one file at a time: diag_error() and its like return the code
 * that they are given, and that is never 0. Without it they believe in a success with nothing found behind every refusal.
 */
#ifndef ANALYZE_MODEL_H
#define ANALYZE_MODEL_H

#include "base/diag.h"

static inline int
model_code(int code)
{
	if (code == 0)
		__builtin_unreachable();
	return code;
}

/* NOLINTBEGIN: a macro that stands for a function of its own name */
#define diag_error(diag, code, ...) __extension__({ (void)diag_error(diag, code, __VA_ARGS__); model_code(code); })
#define diag_error_at(diag, code, ...) __extension__({ (void)diag_error_at(diag, code, __VA_ARGS__); model_code(code); })
#define diag_reject(...) __extension__({ (void)diag_reject(__VA_ARGS__); SESS_ERR_REJECTED; })
#define diag_reject_num(...) __extension__({ (void)diag_reject_num(__VA_ARGS__); SESS_ERR_REJECTED; })
/* NOLINTEND */

#endif
