/* SPDX-License-Identifier: MIT */
/*
 * L0: secrets and wiping. A secret is a struct of fixed size, so that its cleanup knows what to wipe;
 * scratch buffers wipe when they go. Knows nothing of cryptography.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 64

/* A symmetric key or private scalar of up to 64 bytes. Zero-initialise. */
struct secret {
	uint8_t bytes[SECRET_MAX];
	size_t len;
};

/* Overwrites in a way that the compiler keeps. n 0 and p NULL are allowed. */
void secret_wipe(void *p, size_t n);
void secret_done(struct secret *s);

/*
 * Whether two secrets of n bytes are the same; whether all n bytes are zero. Time and accesses depend on n alone. The answer is
 * for anybody to know.
 */
int secret_equals(const uint8_t *a, const uint8_t *b, size_t n);
int secret_is_zero(const uint8_t *p, size_t n);

/* `SECRET_CLEANUP struct secret s = {0};` wipes at the end of its scope. Between `struct` and its tag gcc would ignore it. */
#define SECRET_CLEANUP __attribute__((cleanup(secret_done)))

/*
 * Zeroed pages for secrets that live long: kept out of core dumps and, as far as the process may lock memory, out of swap.
 * NULL: no memory. Freeing wipes; NULL is allowed.
 */
void *secret_pages_new(size_t n);
void secret_pages_free(void *p, size_t n);

#endif
