/* SPDX-License-Identifier: MIT */
/* Compact serializations as text, for the reference verifier: segments and strict base64url. Knows no JSON. */
#ifndef REFERENCE_REF_TEXT_H
#define REFERENCE_REF_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Heap bytes with a NUL behind them that len does not count. */
struct ref_bytes {
	unsigned char *data;
	size_t len;
};

struct ref_segment {
	const char *text;
	size_t text_len;
	struct ref_bytes bytes;
};

struct ref_split {
	size_t count;
	struct ref_segment segment[5];
};

/* 0, or a set of SESS_REASON_* bits; *ret_split is to be released in either case. */
uint32_t ref_text_split(const char *text, size_t len, struct ref_split *ret_split);
void ref_text_release(struct ref_split *split);
/* Canonical base64url without padding: 0 or -1. */
int ref_text_decode(const char *text, size_t len, struct ref_bytes *ret_bytes);

#endif
