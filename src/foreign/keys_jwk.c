/* SPDX-License-Identifier: MIT */
/* L7: one JWK of another issuer (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2): its names, its numbers, and its text for libjwt. */
#include <stdio.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "base/secret.h"
#include "foreign/keys.h"
#include "json/doc.h"

#define TEXT_MAX B64URL_ENCODED_LEN(PUBKEY_RSA_MAX + 8)

struct curve_row {
	const char *crv;
	enum pubkey_type type;
};

static const struct curve_row ec_curves[] = {
	{ "P-256", PUBKEY_P256 }, { "P-384", PUBKEY_P384 }, { "P-521", PUBKEY_P521 }, { "secp256k1", PUBKEY_SECP256K1 },
	{ NULL, PUBKEY_RSA },
};
static const struct curve_row okp_curves[] = { { "Ed25519", PUBKEY_ED25519 }, { NULL, PUBKEY_RSA } };

/*
 * jansson 2.14 loses characters of a string that it finds no memory for, and says nothing. A key that is not quite the one in the
 * text must not be loaded: what was read has to stand there between quotes, unless something is escaped.
 */
static int
is_whole(const struct key_source *source, const char *value, size_t n)
{
	const char *p = source->text, *end = p + source->text_len;

	while (p < end && (p = memmem(p, (size_t)(end - p), value, n)) != NULL) {
		if (p > source->text && p[-1] == '"' && p + n < end && p[n] == '"')
			return 1;
		p++;
	}
	return memchr(source->text, '\\', source->text_len) != NULL;
}

/* A string member; NULL where there is none. */
static int
get_text(const json_t *object, const struct key_source *source, const char *kid, const char *name, const char **ret,
    size_t *ret_len, sess_diag *diag)
{
	const json_t *value = json_object_get(object, name);

	*ret = json_string_value(value);
	if (ret_len != NULL)
		*ret_len = json_string_length(value);
	if (value != NULL && *ret == NULL)
		return keys_refuse(source, kid, name, "the member must be a string", diag);
	if (value != NULL && !is_whole(source, *ret, json_string_length(value)))
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	return 0;
}

static int
read_kid(const json_t *object, const struct key_source *source, struct foreign_key *key, sess_diag *diag)
{
	const char *kid = NULL;
	size_t n = 0;
	int rc;

	if ((rc = get_text(object, source, NULL, "kid", &kid, &n, diag)) != 0 || kid == NULL)
		return rc;
	if (!keys_kid_is_safe(kid, n))
		return keys_refuse(source, NULL, "kid",
		    "\"kid\" must be 1 to 128 characters of printable ASCII without space, quote and backslash", diag);
	memcpy(key->kid, kid, n);
	return 0;
}

/* RFC 7517 §4.2, §4.3. */
static int
check_use(const json_t *object, const struct key_source *source, const char *kid, sess_diag *diag)
{
	const json_t *ops = json_object_get(object, "key_ops"), *op;
	const char *use = NULL;
	size_t i;
	int rc;

	if ((rc = get_text(object, source, kid, "use", &use, NULL, diag)) != 0)
		return rc;
	if (use != NULL && strcmp(use, "sig") != 0)
		return KEY_SKIPPED;
	if (ops == NULL)
		return 0;
	json_array_foreach(ops, i, op) {
		if (json_is_string(op) && strcmp(json_string_value(op), "verify") == 0)
			return 0;
	}
	return use == NULL ? KEY_SKIPPED : keys_refuse(source, kid, "key_ops",
	    "\"use\" is sig, but \"key_ops\" does not hold \"verify\"; correct one of them", diag);
}

/* Who hands them out has lost the key. */
static int
check_private(const json_t *object, const struct key_source *source, const char *kid, sess_diag *diag)
{
	static const char *const members[] = { "d", "p", "q", "dp", "dq", "qi", "oth" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (json_object_get(object, members[i]) != NULL)
			return keys_refuse(source, kid, members[i],
			    "it holds a private member, with which anybody who reads it can sign: take the public key, and replace this one",
			    diag);
	}
	return 0;
}

/* Required; canonical base64url of min..max bytes. */
static int
get_bytes(const json_t *object, const struct key_source *source, const char *kid, const char *name, size_t min, size_t max,
    uint8_t *out, size_t *ret_len, sess_diag *diag)
{
	const char *text = NULL;
	size_t n = 0, len;
	char why[96];
	int rc;

	if ((rc = get_text(object, source, kid, name, &text, &n, diag)) != 0)
		return rc;
	if (text == NULL)
		return keys_refuse(source, kid, name, "the member is missing", diag);
	len = B64URL_DECODED_LEN(n);
	if (n % 4 == 1 || len < min || len > max) {
		(void)snprintf(why, sizeof(why), min == max ? "the member must be base64url of %zu bytes" :
		    "the member must be base64url of %zu to %zu bytes", min, max);
		return keys_refuse(source, kid, name, why, diag);
	}
	if (b64url_decode_secret(out, text, n) != 0) /* it may be "k" */
		return keys_refuse(source, kid, name, "the member is not canonical base64url without padding", diag);
	*ret_len = len;
	return 0;
}

static int
read_rsa(const json_t *object, const struct key_source *source, struct foreign_key *key, sess_diag *diag)
{
	uint8_t n[PUBKEY_RSA_MAX + 8], e[PUBKEY_RSA_MAX + 8];
	size_t n_len = 0, e_len = 0;
	const char *why = NULL;
	int rc;

	if ((rc = get_bytes(object, source, key->kid, "n", 1, sizeof(n), n, &n_len, diag)) != 0 ||
	    (rc = get_bytes(object, source, key->kid, "e", 1, sizeof(e), e, &e_len, diag)) != 0)
		return rc;
	rc = pubkey_set_rsa(&key->pub, n, n_len, e, e_len, &why);
	return rc == 0 ? 0 : keys_refuse(source, key->kid, NULL, why, diag);
}

/* An unknown curve is passed over, as an unknown kind of key is. */
static int
read_curve(const json_t *object, const struct curve_row *curve, const struct key_source *source, struct foreign_key *key,
    sess_diag *diag)
{
	const char *crv = NULL;
	size_t len = 0;
	int rc;

	if ((rc = get_text(object, source, key->kid, "crv", &crv, NULL, diag)) != 0)
		return rc;
	if (crv == NULL)
		return keys_refuse(source, key->kid, "crv", "the member is missing", diag);
	while (curve->crv != NULL && strcmp(curve->crv, crv) != 0)
		curve++;
	if (curve->crv == NULL)
		return KEY_SKIPPED;
	key->pub.type = curve->type;
	key->pub.len = pubkey_coordinate_len(curve->type);
	rc = get_bytes(object, source, key->kid, "x", key->pub.len, key->pub.len, key->pub.bytes, &len, diag);
	if (rc != 0 || curve->type == PUBKEY_ED25519)
		return rc;
	return get_bytes(object, source, key->kid, "y", key->pub.len, key->pub.len, key->pub.bytes + key->pub.len, &len, diag);
}

/* A JWK's text instead of its bytes is a mix-up of which the forger makes use. */
static int
is_jwk_text(const uint8_t *bytes, size_t len)
{
	return memmem(bytes, len, "\"kty\"", 5) != NULL;
}

static int
keep_secret(const json_t *object, const struct key_source *source, const struct foreign_alg *alg, uint8_t *room,
    struct foreign_key *key, sess_diag *diag)
{
	size_t len = 0;
	int rc;

	if ((rc = get_bytes(object, source, key->kid, "k", alg->len, FOREIGN_SECRET_MAX, room, &len, diag)) != 0)
		return rc;
	int encoded = pubkey_is_encoded(room, len);
	if (encoded < 0)
		return diag_error(diag, encoded, NULL);
	if (encoded || is_jwk_text(room, len))
		return keys_refuse(source, key->kid, "k", "\"k\" is the text of a public key, which everybody knows; it is no secret", diag);
	if ((rc = buf_append(&key->bytes, room, len)) != 0)
		return diag_error(diag, rc, NULL);
	key->alg = alg;
	key->signature_len = alg->len;
	return 0;
}

static int
write_secret_jwk(struct foreign_key *key)
{
	char text[B64URL_ENCODED_LEN(FOREIGN_SECRET_MAX)];
	size_t n = b64url_encode_secret(text, key->bytes.data, key->bytes.len);
	int rc = 0;

	if (buf_append_str(&key->jwk, "{\"kty\":\"oct\",\"alg\":\"") != 0 || buf_append_str(&key->jwk, key->alg->name) != 0 ||
	    buf_append_str(&key->jwk, "\",\"k\":\"") != 0 || buf_append(&key->jwk, text, n) != 0 ||
	    buf_append(&key->jwk, "\"}", sizeof("\"}")) != 0)
		rc = SESS_ERR_MEMORY;
	secret_wipe(text, sizeof(text));
	return rc;
}

static int
read_secret(const json_t *object, const struct key_source *source, const struct foreign_alg *named, struct foreign_key *key,
    sess_diag *diag)
{
	uint8_t room[FOREIGN_SECRET_MAX];
	int rc;

	if (named == NULL && source->opts->alg != NULL)
		named = foreign_alg_find(source->opts->alg, strlen(source->opts->alg));
	if (named == NULL || named->family != FOREIGN_HMAC)
		return keys_refuse(source, key->kid, "alg", "an HMAC secret needs an \"alg\": HS256, HS384 or HS512", diag);
	rc = keep_secret(object, source, named, room, key, diag);
	secret_wipe(room, sizeof(room));
	if (rc == 0 && (rc = write_secret_jwk(key)) != 0)
		return diag_error(diag, rc, NULL);
	return rc;
}

/* "alg", where the key names one. One that is not known here, or is not for signatures, is passed over. */
static int
read_alg(const json_t *object, const struct key_source *source, const char *kid, const struct foreign_alg **ret,
    sess_diag *diag)
{
	const char *alg = NULL;
	size_t n = 0;
	int rc;

	*ret = NULL;
	if ((rc = get_text(object, source, kid, "alg", &alg, &n, diag)) != 0 || alg == NULL)
		return rc;
	*ret = foreign_alg_find(alg, n);
	return *ret == NULL ? KEY_SKIPPED : 0;
}

int
keys_read_jwk(const json_t *object, const struct key_source *source, struct foreign_key *key, sess_diag *diag)
{
	const struct foreign_alg *named = NULL;
	const char *kty = NULL;
	int rc;

	if (!json_is_object(object))
		return keys_refuse(source, NULL, "keys", "it is not an object", diag);
	memset(key, 0, sizeof(*key));
	if ((rc = read_kid(object, source, key, diag)) != 0 || (rc = check_private(object, source, key->kid, diag)) != 0 ||
	    (rc = get_text(object, source, key->kid, "kty", &kty, NULL, diag)) != 0 ||
	    (rc = check_use(object, source, key->kid, diag)) != 0 || (rc = read_alg(object, source, key->kid, &named, diag)) != 0)
		return rc;
	if (kty == NULL)
		return keys_refuse(source, key->kid, "kty", "the member is missing", diag);
	if (strcmp(kty, "oct") == 0)
		return read_secret(object, source, named, key, diag);
	if (strcmp(kty, "RSA") == 0)
		rc = read_rsa(object, source, key, diag);
	else if (strcmp(kty, "EC") == 0)
		rc = read_curve(object, ec_curves, source, key, diag);
	else if (strcmp(kty, "OKP") == 0)
		rc = read_curve(object, okp_curves, source, key, diag);
	else
		rc = KEY_SKIPPED;
	return rc != 0 ? rc : keys_finish_public(source, named, key, diag);
}
