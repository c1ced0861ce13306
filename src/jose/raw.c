/* SPDX-License-Identifier: MIT */
/*
 * L2: sess_raw_open(): one compact JWS or JWE with one JSON Web Key. The key decides what may be done with it; the
 * header may only agree.
 */
#include <stdlib.h>
#include <string.h>

#include <sess/raw.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "base/secret.h"
#include "jose/header.h"
#include "jose/jwe.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "json/doc.h"

struct raw {
	json_t *doc;
	struct jwk jwk;
	struct crypto_lib *lib;
	struct compact compact;
	struct jose_header header;
	struct header_scratch scratch;
	enum jose_use use;
	const struct jose_alg *alg;
	const struct jose_enc *enc;
	struct buf scratch_text, payload;
	struct jwe_context jwe;
	struct sig_key *sig_key;
	struct sig *sig;
};

static void
raw_free(struct raw **raw)
{
	struct raw *r = *raw;

	if (r == NULL)
		return;
	json_decref(r->doc);
	jwk_done(&r->jwk);
	jwe_context_done(&r->jwe);
	sig_free(r->sig);
	sig_key_free(r->sig_key);
	crypto_lib_free(r->lib);
	buf_done(&r->scratch_text);
	buf_done(&r->payload);
	free(r);
}

static int
refuse(sess_diag *diag, uint32_t reason, const char *member, const char *expected, const char *got)
{
	return diag_reject(diag, reason, member, expected, got);
}

static int
read_token(struct raw *r, const char *token, size_t n, sess_diag *diag)
{
	const char *why = NULL, *member = NULL;
	struct jose_header *h = &r->header;

	if (n > SESS_RAW_BYTES_MAX)
		return diag_reject_num(diag, SESS_REASON_OVERSIZE, NULL, SESS_UNIT_BYTES, SESS_RAW_BYTES_MAX,
		    n > (size_t)INT64_MAX ? INT64_MAX : (int64_t)n, NULL, NULL);
	if (compact_split(token, n, 1, &r->compact, &why) != 0)
		return refuse(diag, SESS_REASON_MALFORMED, NULL, "a compact serialization", why);
	r->use = r->compact.count == COMPACT_JWS ? JOSE_USE_SIG : JOSE_USE_ENC;
	if (header_parse(r->compact.segment[0], r->compact.len[0], &r->scratch, h, &why, &member) != 0)
		return refuse(diag, SESS_REASON_MALFORMED, member, "a header of alg, enc, kid, typ and cty", why);
	if (h->alg == NULL || (h->enc == NULL) != (r->use == JOSE_USE_SIG))
		return refuse(diag, SESS_REASON_MALFORMED, h->alg == NULL ? "alg" : "enc", "alg, and enc of a JWE alone",
		    "the member is missing, or should be");
	r->alg = alg_find(r->use, h->alg);
	r->enc = h->enc == NULL ? NULL : enc_find(h->enc);
	if (r->alg == NULL || (h->enc != NULL && r->enc == NULL))
		return refuse(diag, SESS_REASON_MALFORMED, r->alg == NULL ? "alg" : "enc", "an algorithm of this library",
		    "another, or none");
	return 0;
}

/* A content encryption's name in the JWK's alg, as RFC 7520 §5.6 writes it, stands for dir with it. */
static int
alg_agrees(const struct raw *r, const char *alg)
{
	return strcmp(alg, r->alg->name) == 0 ||
	    (r->use == JOSE_USE_ENC && !r->alg->wraps && strcmp(alg, r->enc->name) == 0);
}

static int
check_purpose(const struct raw *r, sess_diag *diag)
{
	const char *use = NULL, *alg = NULL, *kid = NULL;
	int rc;

	if (json_object_get(r->doc, "keys") != NULL)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "keys", "this is a JWK Set; give one key of it");
	if ((rc = doc_get_string(r->doc, "use", 0, SESS_ERR_JWK, NULL, &use, NULL, diag)) != 0 ||
	    (rc = doc_get_string(r->doc, "alg", 0, SESS_ERR_JWK, NULL, &alg, NULL, diag)) != 0 ||
	    (rc = doc_get_string(r->doc, "kid", 0, SESS_ERR_JWK, NULL, &kid, NULL, diag)) != 0)
		return rc;
	if (use != NULL && strcmp(use, alg_use_name(r->use)) != 0)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "use", "the key's \"use\" is not %s, which this token needs",
		    alg_use_name(r->use));
	if (alg != NULL && !alg_agrees(r, alg))
		return refuse(diag, SESS_REASON_MALFORMED, "alg", "the algorithm that the key names", "another algorithm");
	if (kid != NULL && r->header.kid != NULL && strcmp(kid, r->header.kid) != 0)
		return refuse(diag, SESS_REASON_UNKNOWN_KEY, "kid", "the key's kid", "another kid");
	return 0;
}

static int
read_key(struct raw *r, sess_diag *diag)
{
	size_t min, max;
	int rc;

	if ((rc = jwk_parse(r->doc, SESS_ERR_JWK, NULL, &r->jwk, diag)) != 0)
		return rc;
	if (r->jwk.kty != r->alg->kty)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "kty", "a key of this \"kty\" cannot do %s", r->alg->name);
	alg_secret_bounds(r->alg, r->enc, &min, &max);
	if (r->jwk.kty == JOSE_KTY_OCT && (r->jwk.secret.len < min || r->jwk.secret.len > max))
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "k", "the key is %zu bytes long; this algorithm takes %zu to %zu",
		    r->jwk.secret.len, min, max);
	return 0;
}

static int
open_jwe(struct raw *r, sess_diag *diag)
{
	const char *why = jwe_wrong_length(r->alg, r->enc, &r->compact);
	int rc;

	if (why != NULL)
		return refuse(diag, SESS_REASON_MALFORMED, NULL, "the exact lengths of the algorithm", why);
	if ((rc = jwe_context_init(r->lib, r->alg, r->enc, &r->jwk.secret, &r->jwe)) != 0)
		return diag_error(diag, rc, NULL);
	rc = jwe_open(&r->jwe, &r->compact, &r->scratch_text, &r->payload);
	if (rc == SESS_ERR_ARGUMENT)
		return refuse(diag, SESS_REASON_MALFORMED, NULL, "base64url", "a segment is not");
	if (rc == SESS_ERR_REJECTED)
		return refuse(diag, SESS_REASON_BAD_TAG, NULL, "a text sealed with this key", "it was changed, or sealed with another key");
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

static int
verify_jws(struct raw *r, sess_diag *diag)
{
	const struct secret *secret = r->jwk.secret.len > 0 ? &r->jwk.secret : NULL;
	size_t n = r->compact.len[JWS_PAYLOAD];
	int rc;

	if (!jws_length_is_right(r->alg, &r->compact))
		return refuse(diag, SESS_REASON_MALFORMED, NULL, "the exact lengths of the algorithm", "the signature has the wrong length");
	rc = sig_key_new(r->lib, r->alg->sig, secret, r->jwk.kty == JOSE_KTY_OCT ? NULL : r->jwk.pub, &r->sig_key);
	if (rc == SESS_ERR_ARGUMENT)
		return diag_error(diag, SESS_ERR_JWK, "the key's point is not on its curve, or \"d\" does not belong to it");
	if (rc != 0 || (rc = sig_new(r->sig_key, &r->sig)) != 0)
		return diag_error(diag, rc, NULL);
	rc = jws_verify(r->sig, &r->compact);
	if (rc == SESS_ERR_ARGUMENT)
		return refuse(diag, SESS_REASON_MALFORMED, NULL, "base64url", "the signature segment is not");
	if (rc == SESS_ERR_REJECTED)
		return refuse(diag, SESS_REASON_BAD_SIGNATURE, NULL, "a text signed with this key", "it was changed, or signed with another key");
	if (rc != 0 || (rc = buf_reserve(&r->payload, B64URL_DECODED_LEN(n) + 1)) != 0)
		return diag_error(diag, rc, NULL);
	if (b64url_decode(r->payload.data, r->compact.segment[JWS_PAYLOAD], n) != 0)
		return refuse(diag, SESS_REASON_MALFORMED, NULL, "base64url", "the payload segment is not");
	r->payload.len = B64URL_DECODED_LEN(n);
	return 0;
}

int
sess_raw_open(const char *jwk_json, size_t jwk_json_len, const char *token, size_t token_len, uint8_t **ret_payload,
    size_t *ret_payload_len, sess_diag *diag)
{
	__attribute__((cleanup(raw_free))) struct raw *r = NULL;
	char *payload;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own; /* whatever parses documents says its code there alone */
	diag_clear(diag);
	if (jwk_json == NULL || (token == NULL && token_len > 0) || ret_payload == NULL || ret_payload_len == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_raw_open: a pointer is NULL");
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((r->doc = doc_parse_object(jwk_json, jwk_json_len, "the JWK", SESS_ERR_JWK, diag)) == NULL)
		return diag->code;
	if ((rc = read_token(r, token, token_len, diag)) != 0 || (rc = check_purpose(r, diag)) != 0 ||
	    (rc = read_key(r, diag)) != 0)
		return rc;
	if ((rc = crypto_lib_new(&r->lib)) != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = r->use == JOSE_USE_SIG ? verify_jws(r, diag) : open_jwe(r, diag)) != 0)
		return rc;
	if ((payload = buf_take(&r->payload, ret_payload_len)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	*ret_payload = (uint8_t *)payload;
	return 0;
}

void
sess_raw_free(uint8_t *payload, size_t payload_len)
{
	secret_wipe(payload, payload_len);
	free(payload);
}
