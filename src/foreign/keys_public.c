/* SPDX-License-Identifier: MIT */
/* L7: what a public key goes through, whatever it was read from: its rules, its one algorithm, its texts for libjwt. */
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "foreign/keys.h"

static int
append_member(struct buf *out, const char *lead, const uint8_t *bytes, size_t n)
{
	char text[B64URL_ENCODED_LEN(PUBKEY_RSA_MAX)];
	int rc;

	if ((rc = buf_append_str(out, lead)) != 0)
		return rc;
	return buf_append(out, text, b64url_encode(text, bytes, n));
}

/* RFC 7518 §6.2.1, §6.3.1, RFC 8037 §2. */
static int
append_numbers(struct buf *out, const struct pubkey *pub)
{
	static const char *const heads[] = {
		[PUBKEY_RSA] = "\",\"kty\":\"RSA\",\"n\":\"",
		[PUBKEY_P256] = "\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"",
		[PUBKEY_P384] = "\",\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"",
		[PUBKEY_P521] = "\",\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"",
		[PUBKEY_SECP256K1] = "\",\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"",
		[PUBKEY_ED25519] = "\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"",
	};
	int rc;

	if ((rc = append_member(out, heads[pub->type], pub->bytes, pub->len)) != 0 || pub->type == PUBKEY_ED25519)
		return rc;
	if (pub->type == PUBKEY_RSA)
		return append_member(out, "\",\"e\":\"", pub->exponent, pub->exponent_len);
	return append_member(out, "\",\"y\":\"", pub->bytes + pub->len, pub->len);
}

static int
write_jwk(struct foreign_key *key)
{
	int rc;

	if ((rc = buf_append_str(&key->jwk, "{\"alg\":\"")) != 0 || (rc = buf_append_str(&key->jwk, key->alg->name)) != 0 ||
	    (rc = append_numbers(&key->jwk, &key->pub)) != 0)
		return rc;
	return buf_append(&key->jwk, "\"}", sizeof("\"}"));
}

/* RFC 8725 §3.1: one algorithm a key, and never the token's choice. */
static int
pin_alg(const struct key_source *source, const struct foreign_alg *named, struct foreign_key *key, sess_diag *diag)
{
	const char *fallback = source->opts->alg;

	if (named == NULL)
		named = foreign_alg_only(key->pub.type);
	/* The caller's, for RSA keys; what was meant for other keys says nothing of this one. */
	if (named == NULL && fallback != NULL && (named = foreign_alg_find(fallback, strlen(fallback)))->family != FOREIGN_RSA)
		named = NULL;
	if (named == NULL)
		return keys_refuse(source, key->kid, "alg",
		    "an RSA key needs one algorithm: a member \"alg\", or name it when loading the keys (RS256, say)", diag);
	if (named->family == FOREIGN_HMAC || named->type != key->pub.type)
		return keys_refuse(source, key->kid, "alg", "the algorithm does not belong to this kind of key", diag);
	key->alg = named;
	key->signature_len = named->family == FOREIGN_RSA ? key->pub.len : named->len;
	return 0;
}

int
keys_finish_public(const struct key_source *source, const struct foreign_alg *named, struct foreign_key *key, sess_diag *diag)
{
	const char *why = NULL, *member = NULL;
	int rc;

	if ((rc = pin_alg(source, named, key, diag)) != 0)
		return rc;
	if ((rc = pubkey_check(&key->pub, &why, &member)) == SESS_ERR_ARGUMENT)
		return keys_refuse(source, key->kid, member, why, diag);
	if (rc != 0 || (rc = pubkey_format_pem(&key->pub, &key->bytes)) != 0 || (rc = write_jwk(key)) != 0)
		return diag_error(diag, rc, NULL);
	return 0;
}

int
keys_read_pem(const char *text, size_t len, const struct key_source *source, struct foreign_key *key, sess_diag *diag)
{
	const char *why = NULL;
	int rc;

	memset(key, 0, sizeof(*key));
	if (source->opts->kid != NULL)
		memcpy(key->kid, source->opts->kid, strlen(source->opts->kid));
	if ((rc = pubkey_parse_pem(text, len, &key->pub, &why)) == SESS_ERR_ARGUMENT)
		return keys_refuse(source, key->kid, NULL, why, diag);
	return rc == 0 ? keys_finish_public(source, NULL, key, diag) : diag_error(diag, rc, NULL);
}
