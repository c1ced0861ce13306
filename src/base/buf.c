/* SPDX-License-Identifier: MIT */
/* L0: the growing buffer. Every block it gives up is wiped first. */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/secret.h"

#define CAP_MIN 64

int
buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap = b->cap < CAP_MIN ? CAP_MIN : b->cap;
	uint8_t *data;

	if (!checked_add_size(b->len, more, &need))
		return SESS_ERR_MEMORY;
	if (need <= b->cap) {
		if (need > b->used)
			b->used = need;
		return 0;
	}
	while (cap < need) {
		if (!checked_add_size(cap, cap, &cap))
			return SESS_ERR_MEMORY;
	}
	/* Not realloc(): it would leave the old block unwiped. */
	if ((data = malloc(cap)) == NULL)
		return SESS_ERR_MEMORY;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	secret_wipe(b->data, b->used);
	free(b->data);
	b->data = data;
	b->cap = cap;
	b->used = need;
	return 0;
}

int
buf_append(struct buf *b, const void *p, size_t n)
{
	int rc;

	if (n == 0)
		return 0;
	if ((rc = buf_reserve(b, n)) != 0)
		return rc;
	memcpy(b->data + b->len, p, n);
	b->len += n;
	return 0;
}

int
buf_append_str(struct buf *b, const char *s)
{
	return buf_append(b, s, strlen(s));
}

int
buf_append_int(struct buf *b, int64_t n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
	    "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
	    "99";
	char digits[20];
	char *p = digits + sizeof(digits);
	uint64_t rest = n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n;

	for (; rest >= 100; rest /= 100) {
		p -= 2;
		memcpy(p, pairs + 2 * (rest % 100), 2);
	}
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (n < 0)
		*--p = '-';
	return buf_append(b, p, (size_t)(digits + sizeof(digits) - p));
}

void
buf_clear(struct buf *b)
{
	secret_wipe(b->data, b->used);
	b->len = b->used = 0;
}

char *
buf_take(struct buf *b, size_t *ret_len)
{
	char *text;

	if (buf_reserve(b, 1) != 0)
		return NULL;
	text = (char *)b->data;
	text[b->len] = '\0';
	if (ret_len != NULL)
		*ret_len = b->len;
	*b = (struct buf){ 0 };
	return text;
}

void
buf_done(struct buf *b)
{
	secret_wipe(b->data, b->used);
	free(b->data);
	*b = (struct buf){ 0 };
}
