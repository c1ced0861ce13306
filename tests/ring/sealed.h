/* SPDX-License-Identifier: MIT */
/*
 * What the tests of encrypted rings share: a ring's text, two protections, and texts sealed under any header at all. Over the
 * inner functions of src/token; knows nothing of files.
 */
#ifndef TOKEN_SEALED_H
#define TOKEN_SEALED_H

#include <check.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "ring/ring.h"
#include "ring/ring_cipher.h"

#define SEALED_KEK "0123456789abcdef0123456789abcdef"
#define SEALED_PASSPHRASE "correct horse battery staple"
#define SEALED_P2C 1000 /* the least: these tests are about other things than slowness */
#define SEALED_P2S "AAECAwQFBgcICQoLDA0ODw"

static inline sess_protection *
sealed_protection(enum protection_kind kind)
{
	sess_protection *p = NULL;

	if (kind == PROTECTION_KEK)
		ck_assert_int_eq(sess_protection_new_kek(SEALED_KEK, 32, &p, NULL), 0);
	else
		ck_assert_int_eq(sess_protection_new_passphrase(SEALED_PASSPHRASE, strlen(SEALED_PASSPHRASE), SEALED_P2C, &p,
				     NULL), 0);
	return p;
}

static inline sess_ring *
sealed_generate(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	spec.alg = "EdDSA";
	ck_assert_int_eq(sess_ring_generate(&spec, 1, &ring, NULL), 0);
	return ring;
}

/* The text of a ring, on the heap, for sess_ring_text_free(). */
static inline char *
sealed_plain(size_t *ret_len)
{
	sess_ring *ring = sealed_generate();
	char *text = NULL;

	ck_assert_int_eq(sess_ring_dump(ring, &text, ret_len, NULL), 0);
	sess_ring_free(ring);
	return text;
}

/* How this header says that a text is sealed; it must be one that is accepted. */
static inline struct ring_seal
sealed_seal(const char *header)
{
	char *b64 = forge_b64(header, strlen(header));
	struct ring_seal seal;
	sess_diag diag;
	int rc = ring_seal_parse(b64, strlen(b64), &seal, &diag);

	ck_assert_msg(rc == 0, "%s: %s", header, diag.message);
	free(b64);
	return seal;
}

/* A text under this header, NUL-terminated, on the heap. */
static inline char *
sealed_under(const char *header, sess_protection *p, const void *text, size_t n)
{
	struct ring_seal seal = sealed_seal(header);
	char *jwe = NULL;
	size_t len = 0;

	ck_assert_int_eq(ring_cipher_seal(&seal, p, text, n, &jwe, &len, NULL), 0);
	ck_assert_uint_eq(len, strlen(jwe));
	return jwe;
}

static inline const char *
sealed_header(enum protection_kind kind)
{
	return kind == PROTECTION_KEK ? "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"cty\":\"jwk-set+json\"}" :
	    "{\"alg\":\"PBES2-HS512+A256KW\",\"enc\":\"A256GCM\",\"p2s\":\"" SEALED_P2S "\",\"p2c\":1000,\"cty\":\"jwk-set+json\"}";
}

static inline int
sealed_load(const char *text, size_t n, sess_protection *p, sess_ring **ret, sess_diag *diag)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;

	access.protection = p;
	return sess_ring_load_mem(text, n, &access, ret, diag);
}

#endif
