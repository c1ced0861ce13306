/* SPDX-License-Identifier: MIT */
/*
 * The benchmark: cases that do the same work in different ways, timed in interleaved rounds of one run, so that what the
 * machine does meanwhile meets all of them alike. A case is checked before it is timed. Not a test: nothing here asserts a time.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <jansson.h>
#include <sess/sess.h>
#include <stddef.h>

/* What all cases work on: one ring of a kind, and one token of it. */
struct bench_token {
	const char *kind; /* "nested", "sealed", "signed", "nested ES256", ... */
	sess_form form;
	const char *alg, *kw, *enc;
	json_t *sig_key, *enc_key; /* JWKs; NULL where the form has none */
	sess_ring *ring;
	sess_manager *manager;
	char *text;
	size_t len;
	size_t payload_len;
};

struct bench_case {
	const char *who;  /* "floor", "sess", "cjose", ... */
	const char *what; /* "verify", "mint", ... */
	const struct bench_token *on;
	void *state;
	int (*run)(void *state); /* one operation; 0, or it did not do what it should */
	/* filled by the run */
	size_t batch;
	double *ns; /* one sample a round */
	double median, allocs_own, allocs_crypto;
};

#define BENCH_CASES_MAX 256

/* A case's state is the case's own; a NULL state says that the peer cannot do this, and there is no such case. */
void bench_add(const char *who, const char *what, const struct bench_token *on, void *state, int (*run)(void *state));

/* The floor's state for one token, NULL where there is none of its kind, and one verification with it. */
void *floor_new(const struct bench_token *on);
int floor_verify(void *state);

/* Each adds its cases for one token. */
void floor_cases(const struct bench_token *on);
void sess_cases(const struct bench_token *on);
void libjwt_cases(const struct bench_token *on);
void cjose_cases(const struct bench_token *on);
void jose_cases(const struct bench_token *on);
void rhonabwy_cases(const struct bench_token *on);

/* tokens.c: the caller's claims, for payloads of about 300 bytes, and tokens around them. */
extern const char bench_claims[];
extern const size_t bench_claims_len;
void bench_token_make(struct bench_token *ret, const char *kind, sess_form form, const char *alg, const char *kw,
    const char *enc, size_t keys, const char *claims, size_t claims_len);
/* The payload of its token, NUL-terminated, for free(). */
char *bench_payload(const struct bench_token *t);
/* The token's manager made anew, with so many live revocations in memory, none of which names the token. */
void bench_token_revoke(struct bench_token *t, size_t revocations);
/* 32 bytes of a member of a JWK. */
void bench_member(const json_t *jwk, const char *name, unsigned char out[32]);
void bench_token_done(struct bench_token *t);
void bench_die(const char *what);
/* Verifies claims as every peer must: exp in the future, and sub as it was minted. 0: good. */
int bench_check_claims(const char *json, size_t len);
#define BENCH_SUBJECT "user-48213"

/* ec_key.c: a P-256 key with its private part, for EVP_PKEY_free(). */
struct evp_pkey_st *bench_ec_key(const json_t *jwk);

/* allocs.c: calls of malloc, calloc and realloc since the last reset, by who made them. */
void allocs_reset(void);
void allocs_read(size_t *ret_own, size_t *ret_crypto);

#endif
