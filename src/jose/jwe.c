/* SPDX-License-Identifier: MIT */
/* L2: RFC 7516 §5.1 and §5.2 over bytes. Parses no header and draws no randomness. */
#include "jose/jwe.h"

#include <string.h>

#include "base/b64url.h"
#include "base/secret.h"

int
jwe_context_init(struct crypto_lib *lib, const struct jose_alg *alg, const struct jose_enc *enc,
    const struct secret *secret, struct jwe_context *ret)
{
	struct jwe_context ctx = { alg, enc, NULL, NULL };
	int rc;

	if ((rc = aead_new(lib, enc->aead, &ctx.aead)) != 0)
		return rc;
	if (alg->wraps)
		rc = keywrap_new(lib, secret->bytes, &ctx.wrap);
	else
		rc = aead_set_key(ctx.aead, secret->bytes);
	if (rc != 0) {
		jwe_context_done(&ctx);
		return rc;
	}
	*ret = ctx;
	return 0;
}

void
jwe_context_done(struct jwe_context *ctx)
{
	aead_free(ctx->aead);
	keywrap_free(ctx->wrap);
	ctx->aead = NULL;
	ctx->wrap = NULL;
}

struct compact_shape
jwe_shape(const struct jose_alg *alg, const struct jose_enc *enc, size_t header_b64_len)
{
	struct compact_shape shape = { .count = COMPACT_JWE, .any = JWE_CIPHERTEXT };

	shape.len[JWE_HEADER] = header_b64_len;
	shape.len[JWE_ENCRYPTED_KEY] = B64URL_ENCODED_LEN(alg_encrypted_key_len(alg, enc));
	shape.len[JWE_IV] = B64URL_ENCODED_LEN(aead_iv_len(enc->aead));
	shape.len[JWE_TAG] = B64URL_ENCODED_LEN(aead_tag_len(enc->aead));
	return shape;
}

const char *
jwe_wrong_length(const struct jose_alg *alg, const struct jose_enc *enc, const struct compact *jwe)
{
	size_t ciphertext_len = B64URL_DECODED_LEN(jwe->len[JWE_CIPHERTEXT]), block = aead_sealed_len(enc->aead, 0);

	if (jwe->len[JWE_ENCRYPTED_KEY] != B64URL_ENCODED_LEN(alg_encrypted_key_len(alg, enc)))
		return "the encrypted key has the wrong length";
	if (jwe->len[JWE_IV] != B64URL_ENCODED_LEN(aead_iv_len(enc->aead)))
		return "the initialization vector has the wrong length";
	if (jwe->len[JWE_TAG] != B64URL_ENCODED_LEN(aead_tag_len(enc->aead)))
		return "the authentication tag has the wrong length";
	/* A padded mode has no ciphertext that is empty or not whole blocks: sealing n bytes never yields one. */
	if (block != 0 && (ciphertext_len == 0 || ciphertext_len % block != 0))
		return "the ciphertext is not a whole number of blocks";
	return NULL;
}

/* RFC 7516 §5.2 step 10: the content key. A failed unwrap is answered as a wrong tag is. */
static int
open_content_key(struct jwe_context *ctx, const struct compact *jwe)
{
	uint8_t wrapped[AEAD_KEY_MAX + KEYWRAP_OVERHEAD];
	SECRET_CLEANUP struct secret cek = { { 0 }, 0 };
	int rc;

	if (!ctx->alg->wraps)
		return 0;
	if (b64url_decode(wrapped, jwe->segment[JWE_ENCRYPTED_KEY], jwe->len[JWE_ENCRYPTED_KEY]) != 0)
		return SESS_ERR_ARGUMENT;
	if ((rc = keywrap_unwrap(ctx->wrap, wrapped, alg_encrypted_key_len(ctx->alg, ctx->enc), cek.bytes)) != 0)
		return rc;
	return aead_set_key(ctx->aead, cek.bytes);
}

int
jwe_open(struct jwe_context *ctx, const struct compact *jwe, struct buf *scratch, struct buf *out)
{
	uint8_t iv[AEAD_IV_MAX], tag[AEAD_TAG_MAX];
	size_t n = B64URL_DECODED_LEN(jwe->len[JWE_CIPHERTEXT]), plain_len = 0;
	int rc;

	if (jwe_wrong_length(ctx->alg, ctx->enc, jwe) != NULL)
		return SESS_ERR_REJECTED;
	buf_clear(scratch);
	buf_clear(out);
	if ((rc = buf_reserve(scratch, n + 1)) != 0 || (rc = buf_reserve(out, n + 1)) != 0)
		return rc;
	if (b64url_decode(iv, jwe->segment[JWE_IV], jwe->len[JWE_IV]) != 0 ||
	    b64url_decode(tag, jwe->segment[JWE_TAG], jwe->len[JWE_TAG]) != 0 ||
	    b64url_decode(scratch->data, jwe->segment[JWE_CIPHERTEXT], jwe->len[JWE_CIPHERTEXT]) != 0)
		return SESS_ERR_ARGUMENT;
	if ((rc = open_content_key(ctx, jwe)) != 0)
		return rc;
	if ((rc = aead_open(ctx->aead, iv, (const uint8_t *)jwe->segment[JWE_HEADER], jwe->len[JWE_HEADER], scratch->data, n,
		 tag, out->data, &plain_len)) != 0)
		return rc;
	out->len = plain_len;
	return 0;
}

size_t
jwe_text_len(const struct jose_alg *alg, const struct jose_enc *enc, size_t header_b64_len, size_t plain_len)
{
	return header_b64_len + 1 + B64URL_ENCODED_LEN(alg_encrypted_key_len(alg, enc)) + 1 +
	    B64URL_ENCODED_LEN(aead_iv_len(enc->aead)) + 1 + B64URL_ENCODED_LEN(aead_sealed_len(enc->aead, plain_len)) + 1 +
	    B64URL_ENCODED_LEN(aead_tag_len(enc->aead));
}

static char *
put_segment(char *p, const uint8_t *bytes, size_t n)
{
	*p++ = '.';
	return p + b64url_encode(p, bytes, n);
}

int
jwe_seal(struct jwe_context *ctx, const char *header_b64, size_t header_b64_len, const uint8_t *plain, size_t plain_len,
    const uint8_t *cek, const uint8_t *iv, struct buf *scratch, char *out)
{
	uint8_t wrapped[AEAD_KEY_MAX + KEYWRAP_OVERHEAD], tag[AEAD_TAG_MAX];
	size_t cek_len = aead_key_len(ctx->enc->aead), sealed_len = aead_sealed_len(ctx->enc->aead, plain_len);
	char *p = out;
	int rc;

	buf_clear(scratch);
	/* At least one byte, so that there is an address to write nothing from. */
	if ((rc = buf_reserve(scratch, sealed_len + 1)) != 0)
		return rc;
	if (ctx->alg->wraps && ((rc = keywrap_wrap(ctx->wrap, cek, cek_len, wrapped)) != 0 ||
	    (rc = aead_set_key(ctx->aead, cek)) != 0))
		return rc;
	if ((rc = aead_seal(ctx->aead, iv, (const uint8_t *)header_b64, header_b64_len, plain, plain_len, scratch->data,
		 tag)) != 0)
		return rc;
	memcpy(p, header_b64, header_b64_len);
	p += header_b64_len;
	p = put_segment(p, wrapped, alg_encrypted_key_len(ctx->alg, ctx->enc));
	p = put_segment(p, iv, aead_iv_len(ctx->enc->aead));
	p = put_segment(p, scratch->data, sealed_len);
	(void)put_segment(p, tag, aead_tag_len(ctx->enc->aead));
	return 0;
}
