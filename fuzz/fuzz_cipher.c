/* SPDX-License-Identifier: MIT */
/*
 * Encrypted rings under a fixed key-encryption key. The first byte says what the rest is: 'f' a file; 'h' a header, under which a
 * ring is then sealed if it is accepted; anything else what lies within a good encryption, behind which no fuzzer would come by
 * itself. A finding means that a file crashes the process, that what was accepted is not the same once it is written and
 * read again, or that a text is judged otherwise inside an encryption than outside.
 */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "ring/ring_cipher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plain[] =
    "{\"sess\":{\"v\":1,\"form\":\"sealed\",\"generation\":1,\"token_life_s\":60,\"session_life_s\":60,\"leeway_s\":0,"
    "\"max_rate_per_s\":1.0,\"tag\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"},\"keys\":[{\"kid\":\"a\",\"use\":\"enc\","
    "\"alg\":\"dir\",\"enc\":\"A256GCM\",\"iat\":1,\"nbf\":1,\"kty\":\"oct\",\"k\":\"AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}";

static sess_protection *kek;

static int
load(const void *text, size_t n, sess_ring **ret)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_diag diag;
	int rc;

	access.protection = kek;
	rc = sess_ring_load_mem(text, n, &access, ret, &diag);
	if (rc != diag.code || (rc != 0 && (*ret != NULL || diag.message[0] == '\0')))
		abort();
	return rc;
}

/* Written and read again, it is the same ring, encrypted in the same way. */
static void
check_ring(sess_ring *ring)
{
	sess_ring *again = NULL;
	char *text = NULL, *one = NULL, *two = NULL;
	size_t n = 0, one_len = 0, two_len = 0;

	if (sess_ring_dump_protected(ring, &text, &n, NULL) != 0) {
		sess_ring_free(ring); /* too large to be encrypted, as it is told by a code */
		return;
	}
	if (load(text, n, &again) != 0 || sess_ring_encryption(ring) != sess_ring_encryption(again) ||
	    sess_ring_dump(ring, &one, &one_len, NULL) != 0 || sess_ring_dump(again, &two, &two_len, NULL) != 0 ||
	    one_len != two_len || memcmp(one, two, one_len) != 0)
		abort();
	sess_ring_text_free(text, n);
	sess_ring_text_free(one, one_len);
	sess_ring_text_free(two, two_len);
	sess_ring_free(again);
	sess_ring_free(ring);
}

static void
fuzz_file(const uint8_t *data, size_t n)
{
	sess_ring *ring = NULL;

	if (load(data, n, &ring) == 0)
		check_ring(ring);
}

static char *
seal(const struct ring_seal *how, const void *text, size_t n, size_t *ret_len)
{
	char *jwe = NULL;

	return ring_cipher_seal(how, kek, text, n, &jwe, ret_len, NULL) == 0 ? jwe : NULL;
}

static void
fuzz_header(const uint8_t *data, size_t n)
{
	char *b64 = forge_b64(data, n);
	struct ring_seal how;
	sess_diag diag;
	int rc = ring_seal_parse(b64, strlen(b64), &how, &diag);

	if (rc != 0 && (rc != SESS_ERR_RING_FORMAT || diag.code != rc))
		abort();
	if (rc == 0 && how.kind == PROTECTION_PASSPHRASE &&
	    (how.p2c < SESS_P2C_MIN || how.p2c > SESS_P2C_MAX || how.p2s_len < 8 || how.p2s_len > 64))
		abort();
	if (rc == 0 && how.kind == PROTECTION_KEK) {
		size_t len = 0;
		char *jwe = seal(&how, plain, sizeof(plain) - 1, &len);
		sess_ring *ring = NULL;

		/* A header that begins with white space makes no text that looks sealed: such a file is refused, not misread. */
		if (jwe == NULL || (load(jwe, len, &ring) != 0 && data[0] == '{'))
			abort();
		if (ring != NULL)
			check_ring(ring);
		sess_ring_text_free(jwe, len);
	}
	free(b64);
}

static void
fuzz_content(const uint8_t *data, size_t n)
{
	sess_ring *inside = NULL, *outside = NULL;
	struct ring_seal how;
	size_t len = 0;
	char *jwe;
	int rc;

	if (ring_seal_new(kek, &how) != 0)
		abort();
	if ((jwe = seal(&how, data, n, &len)) == NULL)
		return;
	rc = load(jwe, len, &inside);
	/* A JWE within a JWE is not a ring. */
	if (!ring_cipher_is_sealed((const char *)data, n) ? rc != load(data, n, &outside) : rc != SESS_ERR_RING_FORMAT)
		abort();
	if (inside != NULL)
		check_ring(inside);
	sess_ring_free(outside);
	sess_ring_text_free(jwe, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (kek == NULL && sess_protection_new_kek("0123456789abcdef0123456789abcdef", 32, &kek, NULL) != 0)
		abort();
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'f': fuzz_file(data + 1, size - 1); break;
	case 'h': fuzz_header(data + 1, size - 1); break;
	default: fuzz_content(data + 1, size - 1); break;
	}
	return 0;
}
