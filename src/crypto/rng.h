/* SPDX-License-Identifier: MIT */
/*
 * L1: randomness. RAND_bytes through a small buffer; the buffer's page is wiped by the kernel in a
 * forked child (MADV_WIPEONFORK), which then refills, so that parent and child never share bytes. A
 * source for tests can stand in its place. One rng belongs to one thread at a time.
 */
#ifndef CRYPTO_RNG_H
#define CRYPTO_RNG_H

#include <stddef.h>
#include <stdint.h>

#include <sess/error.h>

struct rng;

typedef int rng_source_fn(void *arg, uint8_t *buf, size_t len);

/* source NULL: OpenSSL's, buffered. A given source is called unbuffered for every request. */
SESS_CHECKED int rng_new(rng_source_fn *source, void *arg, struct rng **ret_rng);
/* 0 or SESS_ERR_RANDOM; then out holds nothing of use and the caller must give up. */
SESS_CHECKED int rng_bytes(struct rng *r, uint8_t *out, size_t n);
void rng_free(struct rng *r);

#endif
