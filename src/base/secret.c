/* SPDX-License-Identifier: MIT */
/* L0: wiping memory. Knows nothing of what was in it. */
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
