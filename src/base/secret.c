/* SPDX-License-Identifier: MIT */
/* L0: wiping and comparing memory. Knows nothing of what is in it. */
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>

void
secret_wipe(void *p, size_t n)
{
	if (p != NULL && n > 0)
		explicit_bzero(p, n);
}

void
secret_done(struct secret *s)
{
	secret_wipe(s, sizeof(*s));
}

int
secret_equals(const uint8_t *a, const uint8_t *b, size_t n)
{
	/* Volatile: else a compiler may stop at the first difference. */
	volatile uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff = (uint8_t)(diff | (a[i] ^ b[i]));
	return diff == 0;
}

int
secret_is_zero(const uint8_t *p, size_t n)
{
	volatile uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any = (uint8_t)(any | p[i]);
	return any == 0;
}

void *
secret_pages_new(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* Both are a best effort: an old kernel, or a process that may lock nothing, still holds its secrets. */
#ifdef MADV_DONTDUMP
	(void)madvise(p, n, MADV_DONTDUMP);
#endif
	(void)mlock(p, n);
	return p;
}

void
secret_pages_free(void *p, size_t n)
{
	if (p == NULL)
		return;
	secret_wipe(p, n);
	(void)munmap(p, n);
}
