/* SPDX-License-Identifier: MIT */
/* L2: RFC 7515 §5.1 and §5.2 over bytes. Parses no header. */
#include "jose/jws.h"

#include <string.h>

#include "base/b64url.h"

struct compact_shape
jws_shape(const struct jose_alg *alg, size_t header_b64_len)
{
	struct compact_shape shape = { .count = COMPACT_JWS, .any = JWS_PAYLOAD };

	shape.len[JWS_HEADER] = header_b64_len;
	shape.len[JWS_SIGNATURE] = B64URL_ENCODED_LEN(sig_len(alg->sig));
	return shape;
}

int
jws_length_is_right(const struct jose_alg *alg, const struct compact *jws)
{
	return jws->len[JWS_SIGNATURE] == B64URL_ENCODED_LEN(sig_len(alg->sig));
}

int
jws_verify(struct sig *sig, const struct compact *jws)
{
	uint8_t bytes[SIG_LEN_MAX];
	size_t len = B64URL_DECODED_LEN(jws->len[JWS_SIGNATURE]);
	/* The signing input is the text up to the second dot; the segments lie in one text. */
	size_t input_len = jws->len[JWS_HEADER] + 1 + jws->len[JWS_PAYLOAD];

	if (len > sizeof(bytes) || b64url_decode(bytes, jws->segment[JWS_SIGNATURE], jws->len[JWS_SIGNATURE]) != 0)
		return SESS_ERR_ARGUMENT;
	return sig_verify(sig, (const uint8_t *)jws->segment[JWS_HEADER], input_len, bytes, len);
}

size_t
jws_text_len(const struct jose_alg *alg, size_t header_b64_len, size_t payload_len)
{
	return header_b64_len + 1 + B64URL_ENCODED_LEN(payload_len) + 1 + B64URL_ENCODED_LEN(sig_len(alg->sig));
}

int
jws_sign(struct sig *sig, const struct jose_alg *alg, const char *header_b64, size_t header_b64_len,
    const uint8_t *payload, size_t payload_len, char *out)
{
	uint8_t bytes[SIG_LEN_MAX];
	char *p = out;
	int rc;

	memcpy(p, header_b64, header_b64_len);
	p += header_b64_len;
	*p++ = '.';
	p += b64url_encode(p, payload, payload_len);
	if ((rc = sig_sign(sig, (const uint8_t *)out, (size_t)(p - out), bytes)) != 0)
		return rc;
	*p++ = '.';
	(void)b64url_encode(p, bytes, sig_len(alg->sig));
	return 0;
}
