/* SPDX-License-Identifier: MIT */
/*
 * The life of rings in tests: made and spoilt as documents, looked up key by key, used under a clock. Over the public API.
 * Whatever fails here fails the test. Rings that are returned are the caller's.
 */
#ifndef SUPPORT_LIFE_H
#define SUPPORT_LIFE_H

#include <jansson.h>
#include <sess/sess.h>

#define LIFE_NOW INT64_C(1800000000)
#define LIFE_END INT64_C(253402300799) /* of time */
#define LIFE_TOKEN 3600
#define LIFE_LEEWAY 30
/* From the moment in which a key stops minting to that in which its last token has ended everywhere. */
#define LIFE_TAIL (LIFE_TOKEN + 2 * LIFE_LEEWAY)

/* A ring of the default lifetimes, generated at `now`; NULL: the default algorithm. */
sess_ring *life_ring(sess_form form, const char *alg, const char *kw, const char *enc, int64_t now);
sess_ring *life_load(const json_t *doc);
json_t *life_document(const sess_ring *ring);
/* The ring with `value` (JSON text; NULL: none) as member `name` of the key with this kid ("": of "sess"). Frees the old one. */
sess_ring *life_edit(sess_ring *ring, const char *kid, const char *name, const char *value);
/* That its text loads, and that the ring so loaded has the same text. */
void life_check(const sess_ring *ring);
/* Frees the old ring and puts the changed one in its place, which must be there and well. */
void life_become(sess_ring **ring, sess_ring *next);

size_t life_count(const sess_ring *ring, const char *use, sess_key_state state, int64_t now);
/* The only key of this use and state; the key with this kid. */
sess_key_info life_only(const sess_ring *ring, const char *use, sess_key_state state, int64_t now);
sess_key_info life_find(const sess_ring *ring, const char *kid, int64_t now);

/* A token of the default policy minted at `now` (free with sess_token_free), or NULL with the reason in diag. */
char *life_mint(sess_ring *ring, int64_t now, sess_diag *diag);
/* 0: accepted; else the set of SESS_REASON_* bits. */
uint32_t life_verify(sess_ring *ring, int64_t now, const char *token);
/* Fails unless code, member and words are these. */
void life_expect(const char *what, int rc, const sess_diag *diag, int code, const char *member, const char *words);

#endif
