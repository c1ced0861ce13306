/* SPDX-License-Identifier: MIT */
/*
 * One JSON Web Key: what an operator pastes into a ring or gives to `sesstool verify --raw`, and what an issuer publishes. A
 * finding means a crash; a key that is not the same once it is written and read again (so that it has two spellings, or loses a
 * part); an empty or short HMAC key, a point off the curve or a private part of another public part that becomes a usable key; or
 * a token of somebody else's that such a key opens.
 */
#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sig.h"
#include "jose/jwk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Tokens of keys that no input knows: RFC 7515 A.1, and a JWE of our own making. */
static const char jws[] =
    "eyJhbGciOiJIUzI1NiJ9.e30.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
static const char jwe[] =
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAECAwQFBgcICQoL.AAECAwQFBgcICQ.AAECAwQFBgcICQoLDA0ODw";

static struct crypto_lib *lib;

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* OpenSSL's own judgement of the point, by its oldest interface. */
static int
is_on_curve(const uint8_t pub[64])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *x = BN_bin2bn(pub, 32, NULL), *y = BN_bin2bn(pub + 32, 32, NULL), *p = BN_new();
	int ok = EC_GROUP_get_curve(group, p, NULL, NULL, NULL) == 1 && BN_cmp(x, p) < 0 && BN_cmp(y, p) < 0 &&
	    EC_POINT_set_affine_coordinates(group, point, x, y, NULL) == 1 && EC_POINT_is_on_curve(group, point, NULL) == 1;

	BN_free(x);
	BN_free(y);
	BN_free(p);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return ok;
}

/* A key that can be used signs what it verifies, and nothing else. */
static void
use(const struct jwk *jwk, enum sig_kind kind)
{
	static const uint8_t message[] = "a message";
	uint8_t signature[SIG_LEN_MAX];
	struct sig_key *key = NULL;
	struct sig *sig = NULL;
	int rc = sig_key_new(lib, kind, jwk->secret.len > 0 ? &jwk->secret : NULL, kind == SIG_HS256 ? NULL : jwk->pub, &key);

	must(rc == 0 || (rc == SESS_ERR_ARGUMENT && key == NULL));
	if (kind == SIG_ES256 && jwk->secret.len == 0)
		must((rc == 0) == is_on_curve(jwk->pub));
	if (rc != 0)
		return;
	must(kind != SIG_HS256 || (jwk->secret.len >= 32 && jwk->secret.len <= 64));
	must(sig_new(key, &sig) == 0);
	if (sig_key_can_sign(key)) {
		must(sig_sign(sig, message, sizeof(message), signature) == 0);
		must(sig_verify(sig, message, sizeof(message), signature, sig_len(kind)) == 0);
		signature[sig_len(kind) / 2] ^= 1;
		must(sig_verify(sig, message, sizeof(message), signature, sig_len(kind)) == SESS_ERR_REJECTED);
	}
	sig_free(sig);
	sig_key_free(key);
}

static void
parse(const json_t *doc)
{
	JWK_CLEANUP struct jwk jwk = { JOSE_KTY_OCT, { { 0 }, 0 }, { 0 } };
	JWK_CLEANUP struct jwk again = { JOSE_KTY_OCT, { { 0 }, 0 }, { 0 } };
	static const enum sig_kind kinds[] = { SIG_HS256, SIG_ES256, SIG_EDDSA };
	sess_diag diag;
	json_t *written;
	int rc = jwk_parse(doc, SESS_ERR_JWK, NULL, &jwk, &diag);

	must(rc == 0 || (rc == SESS_ERR_JWK && diag.code == rc && diag.message[0] != '\0'));
	if (rc != 0)
		return;
	written = json_object();
	must(jwk_format(&jwk, 1, written) == 0 && jwk_parse(written, SESS_ERR_JWK, NULL, &again, NULL) == 0);
	must(again.kty == jwk.kty && again.secret.len == jwk.secret.len && jwk.secret.len <= SECRET_MAX &&
	    memcmp(again.secret.bytes, jwk.secret.bytes, jwk.secret.len) == 0 && memcmp(again.pub, jwk.pub, sizeof(jwk.pub)) == 0);
	/* Each member that we write is there as it was read, letter by letter. */
	for (void *at = json_object_iter(written); at != NULL; at = json_object_iter_next(written, at))
		must(json_equal(json_object_get(doc, json_object_iter_key(at)), json_object_iter_value(at)));
	json_decref(written);
	use(&jwk, kinds[jwk.kty]);
}

static void
open_with(const char *text, size_t n, const char *token)
{
	uint8_t *payload = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_raw_open(text, n, token, strlen(token), &payload, &len, &diag);

	must(rc != 0 && payload == NULL && diag.code == rc);
	must(sess_error_class_of(rc) != SESS_CLASS_SYSTEM);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *doc;

	if (size > 65536)
		return 0;
	if (lib == NULL)
		must(crypto_lib_new(&lib) == 0);
	open_with((const char *)data, size, jws);
	open_with((const char *)data, size, jwe);
	doc = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(doc))
		parse(doc);
	json_decref(doc);
	return 0;
}
