/* SPDX-License-Identifier: MIT */
/*
 * L1: randomness from OpenSSL through a buffer that lives in a page of its own. The kernel zeroes that page in a forked
 * child, and a zero count of bytes left is what asks for a refill, so nothing has to notice the fork. Knows nothing
 * of what the bytes are for.
 */
#include "crypto/rng.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/rand.h>

#include "base/forkpage.h"
#include "base/secret.h"
#include "crypto/lib_internal.h"

#define BUFFER_LEN 768

struct page {
	size_t left; /* unused bytes, at the start of bytes[] */
	uint8_t bytes[BUFFER_LEN];
};

struct rng {
	rng_source_fn *source;
	void *arg;
	struct page *page; /* NULL: unbuffered */
};

/* NULL where the kernel cannot wipe on fork: an inherited buffer would give parent and child the same bytes. */
static struct page *
page_new(void)
{
	void *p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (!forkpage_mark(p, sizeof(struct page))) {
		munmap(p, sizeof(struct page));
		return NULL;
	}
#ifdef MADV_DONTDUMP
	(void)madvise(p, sizeof(struct page), MADV_DONTDUMP);
#endif
	return p;
}

int
rng_new(rng_source_fn *source, void *arg, struct rng **ret_rng)
{
	struct rng *r = calloc(1, sizeof(*r));

	if (!r)
		return SESS_ERR_MEMORY;
	r->source = source;
	r->arg = arg;
	if (!source)
		r->page = page_new();
	*ret_rng = r;
	return 0;
}

static int
draw(uint8_t *out, size_t n)
{
	if (n <= INT_MAX && RAND_bytes(out, (int)n) == 1)
		return 0;
	(void)crypto_lib_failed();
	secret_wipe(out, n);
	return SESS_ERR_RANDOM;
}

int
rng_bytes(struct rng *r, uint8_t *out, size_t n)
{
	struct page *page = r->page;

	if (n == 0)
		return 0;
	if (r->source) {
		if (r->source(r->arg, out, n) == 0)
			return 0;
		secret_wipe(out, n);
		return SESS_ERR_RANDOM;
	}
	if (!page || n > BUFFER_LEN)
		return draw(out, n);
	if (page->left < n) {
		/* Nothing counts as left while the refill runs: one that fails leaves no bytes behind. */
		page->left = 0;
		int rc = draw(page->bytes, BUFFER_LEN);
		if (rc != 0)
			return rc;
		page->left = BUFFER_LEN;
	}
	page->left -= n;
	memcpy(out, page->bytes + page->left, n);
	secret_wipe(page->bytes + page->left, n);
	return 0;
}

void
rng_free(struct rng *r)
{
	if (!r)
		return;
	if (r->page) {
		secret_wipe(r->page, sizeof(*r->page));
		munmap(r->page, sizeof(*r->page));
	}
	free(r);
}
