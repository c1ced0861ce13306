/* SPDX-License-Identifier: MIT */
/*
 * L0: filling a sess_diag. All functions allow a NULL diag. Texts given here must never hold a token, a
 * key or a claim value: only member names, kids of the ring, numbers and policy values.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <sess/error.h>

/* Cheap: clears the head and the count of findings, not the findings' room. */
void diag_clear(sess_diag *diag);

/* Sets code and message (printf style, truncated) and returns code, so that callers can write
 * `return diag_error(diag, SESS_ERR_X, "...")`. A NULL fmt takes the code's own sentence. */
int diag_error(sess_diag *diag, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same, naming key and member; either may be NULL. Names are copied with every byte outside
 * printable ASCII, and `"` and `\`, replaced by `?`, and cut to their room. */
int diag_error_at(sess_diag *diag, int code, const char *kid, const char *member, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Sets code SESS_ERR_REJECTED, adds the reason bit, and appends one finding (dropped when the room is
 * full). member, expected_text and got_text may be NULL. The message becomes the earliest step's sentence.
 * Returns SESS_ERR_REJECTED. */
int diag_reject(sess_diag *diag, uint32_t reason, const char *member, const char *expected_text, const char *got_text);
/* The same with two numbers. */
int diag_reject_num(sess_diag *diag, uint32_t reason, const char *member, sess_unit unit, int64_t expected, int64_t got,
    const char *expected_text, const char *got_text);

/* Names the ring's key that the verdict concerns. */
void diag_set_kid(sess_diag *diag, const char *kid);

#endif
