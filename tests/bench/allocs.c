/* SPDX-License-Identifier: MIT */
/* Counts allocations by their caller: libcrypto's apart from all others. Stands in front of the C library's own functions. */
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "bench.h"

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);

static atomic_size_t own, crypto;
static uintptr_t crypto_from, crypto_to;

static int
find_crypto(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (strstr(info->dlpi_name, "libcrypto") == NULL)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type == PT_LOAD && (h->p_flags & PF_X) != 0) {
			crypto_from = info->dlpi_addr + h->p_vaddr;
			crypto_to = crypto_from + h->p_memsz;
		}
	}
	return 1;
}

static void
count(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (at >= crypto_from && at < crypto_to)
		atomic_fetch_add_explicit(&crypto, 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&own, 1, memory_order_relaxed);
}

void *
malloc(size_t n)
{
	count(__builtin_return_address(0));
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	count(__builtin_return_address(0));
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	count(__builtin_return_address(0));
	return __libc_realloc(p, n);
}

void
allocs_reset(void)
{
	if (crypto_to == 0)
		(void)dl_iterate_phdr(find_crypto, NULL);
	atomic_store(&own, 0);
	atomic_store(&crypto, 0);
}

void
allocs_read(size_t *ret_own, size_t *ret_crypto)
{
	*ret_own = atomic_load(&own);
	*ret_crypto = atomic_load(&crypto);
}
