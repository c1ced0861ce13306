/* SPDX-License-Identifier: MIT */
/*
 * L3: opening and sealing ring files. The header is judged before anything is computed, so that no file can make a process
 * work for long.
 *
 * Writing a ring again keeps the salt. RFC 7518 §4.8.1.1 asks for a new one with each encryption, for a salt makes one guess
 * good against one text only; the versions of one ring are one text in this sense, since whoever has them all gains nothing by
 * guessing against more than one. In return every reader goes on with the key it has derived, and a reload stays cheap. What
 * must not repeat does not: content key and IV are drawn anew, and A256KW is deterministic and made to wrap many keys. A
 * ring that is encrypted anew (ring_seal_new) gets a new salt.
 */
#include "ring/ring_cipher.h"

#include <stdlib.h>
#include <string.h>

#include <sess/ring.h>

#include "base/diag.h"
#include "crypto/rng.h"
#include "jose/compact.h"
#include "jose/jwe.h"

static void
rng_cleanup(struct rng **rng)
{
	rng_free(*rng);
}

#define JWE_CLEANUP __attribute__((cleanup(jwe_context_done)))

static int
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
trim(const char **text, size_t *n)
{
	while (*n > 0 && is_space((*text)[*n - 1]))
		(*n)--;
	while (*n > 0 && is_space(**text)) {
		(*text)++;
		(*n)--;
	}
}

/* A JWE begins with the base64url of "{" and six bits more: an "e", then a "w" to "z" or "0" to "3". No JSON does. */
int
ring_cipher_is_sealed(const char *text, size_t n)
{
	trim(&text, &n);
	return n >= 2 && text[0] == 'e' && text[1] != '\0' && strchr("wxyz0123", text[1]) != NULL;
}

static const char *
kind_words(enum protection_kind kind)
{
	return kind == PROTECTION_PASSPHRASE ? "a passphrase" : "a key-encryption key";
}

static int
check_protection(const struct ring_seal *seal, const struct sess_protection *p, sess_diag *diag)
{
	const char *needed = kind_words(seal->kind);

	if (p == NULL)
		return diag_error(diag, SESS_ERR_RING_ENCRYPTED, "the ring is encrypted under %s (%s), and none was given", needed,
		    ring_seal_alg(seal));
	if (protection_kind_of(p) != seal->kind)
		return diag_error(diag, SESS_ERR_RING_ENCRYPTED, "the ring is encrypted under %s (%s), and %s was given", needed,
		    ring_seal_alg(seal), kind_words(protection_kind_of(p)));
	return 0;
}

/* Both kinds end in A256KW: with the derived key, or with the key itself. */
static int
make_context(const struct ring_seal *seal, struct sess_protection *p, struct jwe_context *ret)
{
	SECRET_CLEANUP struct secret key = { { 0 }, 0 };
	int rc;

	if ((rc = protection_key(p, seal->p2s, seal->p2s_len, seal->p2c, &key)) != 0)
		return rc;
	return jwe_context_init(protection_lib(p), alg_find(JOSE_USE_ENC, "A256KW"), seal->enc, &key, ret);
}

static int
does_not_open(const struct ring_seal *seal, sess_diag *diag)
{
	return diag_error(diag, SESS_ERR_RING_ENCRYPTED,
	    "the ring does not open: %s, or the file was changed (the two cannot be told apart); "
	    "give the right one, or restore the file from a copy", seal->kind == PROTECTION_PASSPHRASE ?
	    "the passphrase is wrong" : "the key-encryption key is another one");
}

static int
read_seal(const struct compact *jwe, struct ring_seal *ret, sess_diag *diag)
{
	const char *why;
	int rc;

	if (jwe->count != COMPACT_JWE)
		return diag_error(diag, SESS_ERR_RING_FORMAT,
		    "the ring is a signed text (JWS); an encrypted ring is a compact JWE of five segments");
	if ((rc = ring_seal_parse(jwe->segment[JWE_HEADER], jwe->len[JWE_HEADER], ret, diag)) != 0)
		return rc;
	if ((why = jwe_wrong_length(alg_find(JOSE_USE_ENC, "A256KW"), ret->enc, jwe)) != NULL)
		return diag_error(diag, SESS_ERR_RING_FORMAT, "the encrypted ring is damaged: %s; restore it from a copy", why);
	return 0;
}

int
ring_cipher_open(const char *text, size_t n, struct sess_protection *p, struct ring_seal *ret_seal, struct buf *ret_text,
    sess_diag *diag)
{
	JWE_CLEANUP struct jwe_context ctx = { NULL, NULL, NULL, NULL };
	BUF_CLEANUP struct buf scratch = { 0 };
	struct ring_seal seal;
	struct compact jwe;
	const char *why = "";
	int rc;

	trim(&text, &n);
	if (compact_split(text, n, 1, &jwe, &why) != 0)
		return diag_error(diag, SESS_ERR_RING_FORMAT, "the encrypted ring is damaged: %s; restore it from a copy", why);
	if ((rc = read_seal(&jwe, &seal, diag)) != 0 || (rc = check_protection(&seal, p, diag)) != 0)
		return rc;
	if ((rc = make_context(&seal, p, &ctx)) != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = jwe_open(&ctx, &jwe, &scratch, ret_text)) != 0)
		return rc == SESS_ERR_REJECTED ? does_not_open(&seal, diag) : diag_error(diag, rc, NULL);
	*ret_seal = seal;
	return 0;
}

/* RFC 7516 §5.1 steps 2 and 9. */
static int
draw(const struct jose_enc *enc, struct secret *ret_cek, uint8_t iv[AEAD_IV_MAX])
{
	__attribute__((cleanup(rng_cleanup))) struct rng *rng = NULL;
	int rc;

	ret_cek->len = aead_key_len(enc->aead);
	if ((rc = rng_new(NULL, NULL, &rng)) != 0 || (rc = rng_bytes(rng, ret_cek->bytes, ret_cek->len)) != 0)
		return rc;
	return rng_bytes(rng, iv, aead_iv_len(enc->aead));
}

static int
seal_text(const struct ring_seal *seal, struct jwe_context *ctx, const char *text, size_t n, char *out)
{
	SECRET_CLEANUP struct secret cek = { { 0 }, 0 };
	BUF_CLEANUP struct buf scratch = { 0 };
	uint8_t iv[AEAD_IV_MAX];
	int rc;

	if ((rc = draw(seal->enc, &cek, iv)) != 0)
		return rc;
	return jwe_seal(ctx, seal->header, seal->header_len, (const uint8_t *)text, n, cek.bytes, iv, &scratch, out);
}

int
ring_cipher_seal(const struct ring_seal *seal, struct sess_protection *p, const char *text, size_t n, char **ret_jwe,
    size_t *ret_jwe_len, sess_diag *diag)
{
	JWE_CLEANUP struct jwe_context ctx = { NULL, NULL, NULL, NULL };
	size_t len = n > SESS_RING_BYTES_MAX ? SIZE_MAX :
	    jwe_text_len(alg_find(JOSE_USE_ENC, "A256KW"), seal->enc, seal->header_len, n);
	char *jwe;
	int rc;

	if ((rc = check_protection(seal, p, diag)) != 0)
		return rc;
	if (len >= SESS_RING_BYTES_MAX)
		return diag_error(diag, SESS_ERR_RING_FORMAT, "the ring is too large to be encrypted: the file would pass %d bytes",
		    SESS_RING_BYTES_MAX);
	if ((rc = make_context(seal, p, &ctx)) != 0)
		return diag_error(diag, rc, NULL);
	if ((jwe = malloc(len + 2)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = seal_text(seal, &ctx, text, n, jwe)) != 0) {
		free(jwe);
		return diag_error(diag, rc, NULL);
	}
	jwe[len] = '\n';
	jwe[len + 1] = '\0';
	*ret_jwe = jwe;
	*ret_jwe_len = len + 1;
	return 0;
}
