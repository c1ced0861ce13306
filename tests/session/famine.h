/* SPDX-License-Identifier: MIT */
/*
 * Allocators that fail when told to: of the static library and the program itself, which are linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc, of jansson and of OpenSSL. For one program, with one thread.
 * A program that defines FAMINE_COUNTS, and wraps free and aligned_alloc too, has the numbers of live blocks.
 */
#ifndef SESSION_FAMINE_H
#define SESSION_FAMINE_H

#include <jansson.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *block, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *block, size_t n);

enum { OURS = 1, JANSSON = 2, OPENSSL = 4 };

static struct {
	unsigned whose; /* allocations that may fail; 0: peace */
	size_t left;	/* granted before the first that fails */
	int once;	/* that one alone */
	size_t refused;
	size_t live, live_openssl; /* blocks: ours and jansson's, and OpenSSL's; with FAMINE_COUNTS */
} famine;

/* Of the whole program; Check forks a process for each test, and they share it. */
static struct {
	size_t calls, allocations; /* calls in which something was refused; what was */
} *famine_sum;

static void *
famine_count(void *block)
{
	famine.live += block != NULL;
	return block;
}

static int
grant(unsigned who)
{
	if ((famine.whose & who) == 0)
		return 1;
	if (famine.left > 0) {
		famine.left--;
		return 1;
	}
	if (famine.once && famine.refused > 0)
		return 1;
	famine_sum->calls += famine.refused == 0;
	famine_sum->allocations++;
	famine.refused++;
	return 0;
}

void *
__wrap_malloc(size_t n)
{
	return grant(OURS) ? famine_count(__real_malloc(n)) : NULL;
}

void *
__wrap_calloc(size_t count, size_t n)
{
	return grant(OURS) ? famine_count(__real_calloc(count, n)) : NULL;
}

void *
__wrap_realloc(void *block, size_t n)
{
	if (!grant(OURS))
		return NULL;
	return block == NULL ? famine_count(__real_realloc(NULL, n)) : __real_realloc(block, n);
}

#ifdef FAMINE_COUNTS
/* Planted: a block of a pointer's size that nobody frees, but for LeakSanitizer, which is to find the others, in sight. */
static void
famine_lose(void *block)
{
	static void *last;

	if (block == NULL)
		return;
	*(void **)block = last;
	last = block;
}

void __real_free(void *block);
void *__real_aligned_alloc(size_t alignment, size_t n);
void __wrap_free(void *block);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

void
__wrap_free(void *block)
{
	famine.live -= block != NULL;
	__real_free(block);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return grant(OURS) ? famine_count(__real_aligned_alloc(alignment, n)) : NULL;
}
#endif

static void *
jansson_malloc(size_t n)
{
	return grant(JANSSON) ? famine_count(__real_malloc(n)) : NULL;
}

static void *
openssl_malloc(size_t n, const char *file, int line)
{
	void *block = grant(OPENSSL) ? __real_malloc(n) : NULL;

	(void)file;
	(void)line;
	famine.live_openssl += block != NULL;
	return block;
}

static void *
openssl_realloc(void *block, size_t n, const char *file, int line)
{
	void *grown = grant(OPENSSL) ? __real_realloc(block, n) : NULL;

	(void)file;
	(void)line;
	famine.live_openssl += block == NULL && grown != NULL;
	return grown;
}

static void
openssl_free(void *block, const char *file, int line)
{
	(void)file;
	(void)line;
	famine.live_openssl -= block != NULL;
#ifdef FAMINE_COUNTS
	__real_free(block);
#else
	free(block);
#endif
}

/* Before anything else allocates. 0 or -1. */
static inline int
famine_install(void)
{
	famine_sum = mmap(NULL, sizeof(*famine_sum), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (famine_sum == MAP_FAILED)
		return -1;
	json_set_alloc_funcs(jansson_malloc, free);
	return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1 ? 0 : -1;
}

/* After all tests, which returned rc: 0 is an error where nothing was refused. */
static inline int
famine_end(const char *name, int rc)
{
	printf("# figure: hunger.%s.calls = %zu\n# figure: hunger.%s.refused_allocations = %zu\n", name, famine_sum->calls, name,
	    famine_sum->allocations);
	return rc == 0 && famine_sum->calls == 0 ? 1 : rc;
}

#endif
