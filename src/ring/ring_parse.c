/* SPDX-License-Identifier: MIT */
/*
 * L3: from text to a ring (doc/format.md, "The ring"); of an encrypted text, ring_cipher.c gives what is within. Every
 * refusal names key and member. Touches no file.
 */
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "json/doc.h"
#include "json/index.h"
#include "ring/ring.h"
#include "ring/ring_cipher.h"

#define RING_VERSION 1

static void
ring_cleanup(struct sess_ring **ring)
{
	sess_ring_free(*ring);
}

#define RING_CLEANUP __attribute__((cleanup(ring_cleanup)))

static int
parse_form(const json_t *sess, sess_form *ret, sess_diag *diag)
{
	const char *name = NULL;
	int rc;

	if ((rc = doc_get_string(sess, "form", 1, SESS_ERR_RING_FORMAT, NULL, &name, NULL, diag)) != 0)
		return rc;
	for (int form = SESS_FORM_NESTED; form <= SESS_FORM_SIGNED; form++) {
		if (strcmp(name, sess_form_name((sess_form)form)) == 0) {
			*ret = (sess_form)form;
			return 0;
		}
	}
	return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "form", "\"form\" must be nested, sealed or signed");
}

static int
parse_tag(const json_t *sess, struct secret *ret, sess_diag *diag)
{
	const char *text = NULL;
	size_t n = 0;
	int rc;

	if ((rc = doc_get_string(sess, "tag", 1, SESS_ERR_RING_FORMAT, NULL, &text, &n, diag)) != 0)
		return rc;
	if (n != B64URL_ENCODED_LEN(RING_TAG_LEN) || b64url_decode_secret(ret->bytes, text, n) != 0)
		return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "tag", "\"tag\" must be base64url of %d bytes", RING_TAG_LEN);
	ret->len = RING_TAG_LEN;
	return 0;
}

static int
parse_sess(const json_t *sess, struct sess_ring *ring, sess_diag *diag)
{
	static const char *const known[] = { "v", "form", "generation", "token_life_s", "session_life_s", "leeway_s",
		"max_rate_per_s", "tag", NULL };
	const int code = SESS_ERR_RING_FORMAT;
	int64_t version = 0;
	int rc;

	if (!json_is_object(sess))
		return diag_error_at(diag, code, NULL, "sess", "the ring needs a member \"sess\", an object");
	if ((rc = doc_check_members(sess, known, code, NULL, diag)) != 0 ||
	    (rc = doc_get_int(sess, "v", 1, RING_VERSION, RING_VERSION, code, NULL, &version, diag)) != 0 ||
	    (rc = parse_form(sess, &ring->form, diag)) != 0 ||
	    (rc = doc_get_int(sess, "generation", 1, 1, TIME_MAX, code, NULL, &ring->generation, diag)) != 0 ||
	    (rc = doc_get_int(sess, "token_life_s", 1, 1, RING_LIFE_MAX_S, code, NULL, &ring->token_life_s, diag)) != 0 ||
	    (rc = doc_get_int(sess, "session_life_s", 1, ring->token_life_s, RING_LIFE_MAX_S, code, NULL,
		 &ring->session_life_s, diag)) != 0 ||
	    (rc = doc_get_int(sess, "leeway_s", 1, 0, RING_LEEWAY_MAX_S, code, NULL, &ring->leeway_s, diag)) != 0 ||
	    (rc = doc_get_number(sess, "max_rate_per_s", 1, 1e-9, RING_RATE_MAX, code, NULL, &ring->max_rate_per_s, diag)) != 0)
		return rc;
	return parse_tag(sess, &ring->tag, diag);
}

static int
parse_kid(const json_t *object, size_t number, char *ret, sess_diag *diag)
{
	const json_t *value = json_object_get(object, "kid");
	const char *kid = json_string_value(value);
	size_t n = json_string_length(value);

	if (kid == NULL || n < 1 || n > SESS_KID_MAX)
		return diag_error_at(diag, SESS_ERR_RING_KEY, NULL, "kid",
		    "key number %zu: \"kid\" must be a string of 1 to %d characters", number + 1, SESS_KID_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!b64url_is_char((unsigned char)kid[i]))
			return diag_error_at(diag, SESS_ERR_RING_KEY, NULL, "kid",
			    "key number %zu: \"kid\" may hold A-Z a-z 0-9 - _ only", number + 1);
	}
	memcpy(ret, kid, n + 1);
	return 0;
}

static int
parse_algs(const json_t *object, struct ring_key *key, sess_diag *diag)
{
	const int code = SESS_ERR_RING_KEY;
	const char *use = NULL, *alg = NULL, *enc = NULL;
	int rc;

	if ((rc = doc_get_string(object, "use", 1, code, key->kid, &use, NULL, diag)) != 0 ||
	    (rc = doc_get_string(object, "alg", 1, code, key->kid, &alg, NULL, diag)) != 0 ||
	    (rc = doc_get_string(object, "enc", 0, code, key->kid, &enc, NULL, diag)) != 0)
		return rc;
	if (strcmp(use, "sig") != 0 && strcmp(use, "enc") != 0)
		return diag_error_at(diag, code, key->kid, "use", "\"use\" must be sig or enc");
	key->alg = alg_find(strcmp(use, "sig") == 0 ? JOSE_USE_SIG : JOSE_USE_ENC, alg);
	if (key->alg == NULL)
		return diag_error_at(diag, code, key->kid, "alg",
		    "\"alg\" must be HS256, ES256 or EdDSA for use sig, dir or A256KW for use enc");
	if ((enc == NULL) != (key->alg->use == JOSE_USE_SIG) || (enc != NULL && (key->enc = enc_find(enc)) == NULL))
		return diag_error_at(diag, code, key->kid, "enc",
		    "\"enc\" must be A256GCM or A256CBC-HS512 in a key of use enc, absent in one of use sig");
	return 0;
}

static int
parse_revoked(const json_t *object, struct ring_key *key, sess_diag *diag)
{
	static const char *const known[] = { "revoked_at", "reason", NULL };
	const json_t *revoked = json_object_get(object, "revoked");
	const int code = SESS_ERR_RING_KEY;
	const char *reason = NULL;
	size_t n = 0;
	int rc;

	if (revoked == NULL)
		return 0;
	if (!json_is_object(revoked))
		return diag_error_at(diag, code, key->kid, "revoked", "\"revoked\" must be an object with \"revoked_at\"");
	if ((rc = doc_check_members(revoked, known, code, key->kid, diag)) != 0 ||
	    (rc = doc_get_int(revoked, "revoked_at", 1, 0, TIME_MAX, code, key->kid, &key->revoked_at, diag)) != 0 ||
	    (rc = doc_get_string(revoked, "reason", 0, code, key->kid, &reason, &n, diag)) != 0)
		return rc;
	if (reason != NULL) {
		if (n > RING_REASON_MAX)
			return diag_error_at(diag, code, key->kid, "reason", "\"reason\" is longer than %d bytes", RING_REASON_MAX);
		memcpy(key->revoked_reason, reason, n + 1);
	}
	return 0;
}

static int
parse_times(const json_t *object, struct ring_key *key, sess_diag *diag)
{
	const int code = SESS_ERR_RING_KEY;
	int rc;

	key->exp = key->revoked_at = TIME_NONE;
	if ((rc = doc_get_int(object, "iat", 1, 0, TIME_MAX, code, key->kid, &key->iat, diag)) != 0 ||
	    (rc = doc_get_int(object, "nbf", 1, 0, TIME_MAX, code, key->kid, &key->nbf, diag)) != 0 ||
	    (rc = doc_get_int(object, "exp", 0, 0, TIME_MAX, code, key->kid, &key->exp, diag)) != 0)
		return rc;
	if (key->exp != TIME_NONE && key->exp <= key->nbf)
		return diag_error_at(diag, code, key->kid, "exp", "\"exp\" must lie after \"nbf\"");
	return parse_revoked(object, key, diag);
}

static int
parse_key(const json_t *object, size_t number, struct ring_key *key, sess_diag *diag)
{
	static const char *const known[] = { "kty", "use", "alg", "enc", "kid", "iat", "nbf", "exp", "revoked", "k", "crv", "x",
		"y", "d", NULL };
	int rc;

	if (!json_is_object(object))
		return diag_error_at(diag, SESS_ERR_RING_KEY, NULL, "keys", "key number %zu is not an object", number + 1);
	if ((rc = parse_kid(object, number, key->kid, diag)) != 0 ||
	    (rc = doc_check_members(object, known, SESS_ERR_RING_KEY, key->kid, diag)) != 0 ||
	    (rc = parse_algs(object, key, diag)) != 0 || (rc = parse_times(object, key, diag)) != 0)
		return rc;
	return jwk_parse(object, SESS_ERR_RING_KEY, key->kid, &key->jwk, diag);
}

int
ring_check_access(const sess_ring_access *access, sess_diag *diag)
{
	if (access != NULL && access->size != sizeof(*access))
		return diag_error(diag, SESS_ERR_ARGUMENT, "initialise the ring's access with SESS_RING_ACCESS_INIT");
	if (access != NULL && (access->options & ~(unsigned)SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER) != 0)
		return diag_error(diag, SESS_ERR_ARGUMENT, "the ring's access has an unknown option");
	return 0;
}

/* A JWE in one of the JSON serializations (RFC 7516 §7.2) is an encrypted ring too, but not as it is written here. */
static int
check_top(const json_t *doc, sess_diag *diag)
{
	static const char *const known[] = { "sess", "keys", NULL };

	if (json_object_get(doc, "ciphertext") != NULL)
		return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "ciphertext", "the ring is encrypted in a JSON serialization; "
		    "convert it to the compact one: protected.encrypted_key.iv.ciphertext.tag in one line");
	return doc_check_members(doc, known, SESS_ERR_RING_FORMAT, NULL, diag);
}

static int
parse_ring(const char *json, size_t n, struct sess_ring **ret, sess_diag *diag)
{
	DOC_CLEANUP json_t *doc = NULL;
	RING_CLEANUP struct sess_ring *ring = NULL;
	const json_t *keys;
	int rc;

	if ((doc = doc_parse_object(json, n, "the ring", SESS_ERR_RING_FORMAT, diag)) == NULL)
		return diag->code;
	if ((rc = check_top(doc, diag)) != 0)
		return rc;
	keys = json_object_get(doc, "keys");
	if (!json_is_array(keys) || json_array_size(keys) < 1 || json_array_size(keys) > SESS_RING_KEYS_MAX)
		return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "keys", "the ring needs \"keys\", an array of 1 to %d keys",
		    SESS_RING_KEYS_MAX);
	if ((ring = ring_new(json_array_size(keys))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = parse_sess(json_object_get(doc, "sess"), ring, diag)) != 0)
		return rc;
	for (size_t i = 0; i < ring->count; i++) {
		if ((rc = parse_key(json_array_get(keys, i), i, &ring->keys[i], diag)) != 0)
			return rc;
	}
	if ((rc = ring_finish(ring, diag)) != 0)
		return rc;
	*ret = ring;
	ring = NULL;
	return 0;
}

static int
parse_sealed(const char *text, size_t n, struct sess_protection *protection, struct sess_ring **ret, sess_diag *diag)
{
	BUF_CLEANUP struct buf plain = { 0 };
	struct ring_seal seal;
	int rc;

	if ((rc = ring_cipher_open(text, n, protection, &seal, &plain, diag)) != 0 ||
	    (rc = parse_ring((const char *)plain.data, plain.len, ret, diag)) != 0)
		return rc;
	(*ret)->seal = seal;
	(*ret)->protection = protection_ref(protection);
	return 0;
}

int
sess_ring_load_mem(const void *json, size_t json_len, const sess_ring_access *access, sess_ring **ret_ring, sess_diag *diag)
{
	RING_CLEANUP struct sess_ring *ring = NULL;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own; /* whatever parses documents says its code there alone */
	diag_clear(diag);
	if (ret_ring == NULL || (json == NULL && json_len > 0))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_load_mem: a pointer is NULL");
	if ((rc = ring_check_access(access, diag)) != 0)
		return rc;
	if (json_len > SESS_RING_BYTES_MAX)
		return diag_error(diag, SESS_ERR_RING_FORMAT, "the ring is larger than %d bytes", SESS_RING_BYTES_MAX);
	if (ring_cipher_is_sealed(json, json_len))
		rc = parse_sealed(json, json_len, access == NULL ? NULL : access->protection, &ring, diag);
	else
		rc = parse_ring(json, json_len, &ring, diag);
	if (rc != 0)
		return rc;
	if (access != NULL && ring->generation < access->min_generation)
		return diag_error_at(diag, SESS_ERR_RING_ROLLBACK, NULL, "generation",
		    "the ring is generation %lld, and %lld has been seen: an older copy was put in its place",
		    (long long)ring->generation, (long long)access->min_generation);
	*ret_ring = ring;
	ring = NULL;
	return 0;
}
