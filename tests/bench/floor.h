/* SPDX-License-Identifier: MIT */
/* The two halves of the floor: signatures and encryption through bare EVP, contexts keyed once. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <jansson.h>
#include <stddef.h>

/* NULL: an algorithm whose floor this is not. */
void *floor_sig_new(const json_t *jwk);
void *floor_enc_new(const json_t *jwk);

/* A signature of 32 bytes (HS256) or 64 (ES256); how many. 0: good. */
size_t floor_sig_len(const void *sig);
int floor_sig_check(void *sig, const unsigned char *msg, size_t n, const unsigned char *given);
int floor_sig_make(void *sig, const unsigned char *msg, size_t n, unsigned char *out);

/* AES-256-GCM, under the key itself or under a content key that is wrapped into 40 bytes. */
int floor_enc_wraps(const void *enc);
int floor_enc_open(void *enc, const unsigned char *wrapped, const unsigned char *iv, const char *aad, size_t aad_len,
    const unsigned char *in, size_t n, const unsigned char *tag, unsigned char *out);
int floor_enc_seal(void *enc, unsigned char *wrapped, unsigned char *iv, const char *aad, size_t aad_len,
    const unsigned char *in, size_t n, unsigned char *out, unsigned char *tag);

#endif
