/* SPDX-License-Identifier: MIT */
/*
 * L0: a growing byte buffer that wipes on free and on growth. Growth that fails leaves the buffer as it
 * was. `BUF_CLEANUP struct buf b = {0};` frees at the end of its scope.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include <sess/error.h>

struct buf {
	uint8_t *data; /* NULL until something was reserved */
	size_t len;
	size_t cap;
	size_t used; /* what reservations let be written since the last wipe: behind that nothing is left */
};

/* Room for `more` bytes after len. 0 or SESS_ERR_MEMORY (also when the sum would overflow). */
SESS_CHECKED int buf_reserve(struct buf *b, size_t more);
SESS_CHECKED int buf_append(struct buf *b, const void *p, size_t n);
SESS_CHECKED int buf_append_str(struct buf *b, const char *s);
/* Decimal digits of n. */
SESS_CHECKED int buf_append_int(struct buf *b, int64_t n);
/* Forget the content (wiped), keep the room. */
void buf_clear(struct buf *b);
/* Ownership of a NUL-terminated block moves to the caller; the buffer is empty after. NULL: no memory,
 * and the buffer keeps what it had. */
char *buf_take(struct buf *b, size_t *ret_len);
/* Wipes and frees; the buffer can be used again. */
void buf_done(struct buf *b);
#define BUF_CLEANUP __attribute__((cleanup(buf_done)))

#endif
