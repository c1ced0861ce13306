/* SPDX-License-Identifier: MIT */
/* L2: reading and writing the key material of JSON Web Keys. Judges lengths, not purposes. */
#include "jose/jwk.h"

#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "json/doc.h"

/* RFC 7518 §6.2.1.2: a coordinate is the full size of the field, leading zeros and all. */
#define COORDINATE_LEN 32

struct kty_row {
	enum jose_kty kty;
	const char *name, *crv;
	size_t pub_len;
};

static const struct kty_row kty_rows[] = {
	{ JOSE_KTY_OCT, "oct", NULL, 0 },
	{ JOSE_KTY_EC_P256, "EC", "P-256", 2 * COORDINATE_LEN },
	{ JOSE_KTY_OKP_ED25519, "OKP", "Ed25519", COORDINATE_LEN },
};

void
jwk_done(struct jwk *jwk)
{
	secret_done(&jwk->secret);
}

static int
get_bytes(const json_t *object, const char *name, int code, const char *kid, size_t min, size_t max, uint8_t *out,
    size_t *ret_len, sess_diag *diag)
{
	const char *text = NULL;
	size_t n = 0;
	int rc;

	if ((rc = doc_get_string(object, name, 1, code, kid, &text, &n, diag)) != 0)
		return rc;
	if (n % 4 == 1 || B64URL_DECODED_LEN(n) < min || B64URL_DECODED_LEN(n) > max)
		return diag_error_at(diag, code, kid, name, min == max ? "\"%s\" must be base64url of %zu bytes" :
		    "\"%s\" must be base64url of %zu to %zu bytes", name, min, max);
	if (b64url_decode_secret(out, text, n) != 0)
		return diag_error_at(diag, code, kid, name, "\"%s\" is not canonical base64url without padding", name);
	*ret_len = B64URL_DECODED_LEN(n);
	return 0;
}

static int
find_row(const json_t *object, int code, const char *kid, const struct kty_row **ret, sess_diag *diag)
{
	const char *kty = NULL, *crv = NULL;
	int rc;

	if ((rc = doc_get_string(object, "kty", 1, code, kid, &kty, NULL, diag)) != 0 ||
	    (rc = doc_get_string(object, "crv", 0, code, kid, &crv, NULL, diag)) != 0)
		return rc;
	for (size_t i = 0; i < sizeof(kty_rows) / sizeof(kty_rows[0]); i++) {
		if (strcmp(kty_rows[i].name, kty) != 0)
			continue;
		if ((crv == NULL) != (kty_rows[i].crv == NULL) || (crv != NULL && strcmp(crv, kty_rows[i].crv) != 0))
			return diag_error_at(diag, code, kid, "crv", "\"crv\" must be P-256 for EC, Ed25519 for OKP, absent for oct");
		*ret = &kty_rows[i];
		return 0;
	}
	return diag_error_at(diag, code, kid, "kty", "\"kty\" must be oct, EC or OKP");
}

/* A member of another kind of key is a sign of a mix-up, and would be lost on writing. */
static int
check_foreign(const json_t *object, const struct kty_row *row, int code, const char *kid, sess_diag *diag)
{
	static const char *const material[] = { "k", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth" };
	const char *own = row->kty == JOSE_KTY_OCT ? "k" : row->kty == JOSE_KTY_EC_P256 ? "xyd" : "xd";

	for (size_t i = 0; i < sizeof(material) / sizeof(material[0]); i++) {
		if (json_object_get(object, material[i]) == NULL)
			continue;
		if (material[i][1] != '\0' || strchr(own, material[i][0]) == NULL)
			return diag_error_at(diag, code, kid, material[i], "\"%s\" does not belong in a key of kty %s", material[i],
			    row->name);
	}
	return 0;
}

int
jwk_parse(const json_t *object, int code, const char *kid, struct jwk *ret, sess_diag *diag)
{
	JWK_CLEANUP struct jwk jwk = { JOSE_KTY_OCT, { { 0 }, 0 }, { 0 } };
	const struct kty_row *row = NULL;
	size_t len = 0;
	int rc;

	if ((rc = find_row(object, code, kid, &row, diag)) != 0 || (rc = check_foreign(object, row, code, kid, diag)) != 0)
		return rc;
	jwk.kty = row->kty;
	if (row->kty == JOSE_KTY_OCT) {
		if ((rc = get_bytes(object, "k", code, kid, 1, SECRET_MAX, jwk.secret.bytes, &jwk.secret.len, diag)) != 0)
			return rc;
	} else {
		if ((rc = get_bytes(object, "x", code, kid, COORDINATE_LEN, COORDINATE_LEN, jwk.pub, &len, diag)) != 0)
			return rc;
		if (row->kty == JOSE_KTY_EC_P256 && (rc = get_bytes(object, "y", code, kid, COORDINATE_LEN, COORDINATE_LEN,
						     jwk.pub + COORDINATE_LEN, &len, diag)) != 0)
			return rc;
		if (json_object_get(object, "d") != NULL && (rc = get_bytes(object, "d", code, kid, COORDINATE_LEN,
							COORDINATE_LEN, jwk.secret.bytes, &jwk.secret.len, diag)) != 0)
			return rc;
	}
	*ret = jwk;
	return 0;
}

static int
set_bytes(json_t *object, const char *name, const uint8_t *bytes, size_t n)
{
	char text[B64URL_ENCODED_LEN(SECRET_MAX)];
	size_t len = b64url_encode_secret(text, bytes, n);
	int failed = json_object_set_new(object, name, json_stringn(text, len)) != 0;

	secret_wipe(text, sizeof(text));
	return failed ? SESS_ERR_MEMORY : 0;
}

int
jwk_format(const struct jwk *jwk, int with_secret, json_t *object)
{
	const struct kty_row *row = &kty_rows[jwk->kty];
	int rc;

	if (json_object_set_new(object, "kty", json_string(row->name)) != 0)
		return SESS_ERR_MEMORY;
	if (row->crv != NULL && (json_object_set_new(object, "crv", json_string(row->crv)) != 0 ||
	    set_bytes(object, "x", jwk->pub, COORDINATE_LEN) != 0))
		return SESS_ERR_MEMORY;
	if (row->pub_len > COORDINATE_LEN && (rc = set_bytes(object, "y", jwk->pub + COORDINATE_LEN, COORDINATE_LEN)) != 0)
		return rc;
	if (with_secret && jwk->secret.len > 0)
		return set_bytes(object, jwk->kty == JOSE_KTY_OCT ? "k" : "d", jwk->secret.bytes, jwk->secret.len);
	return 0;
}
