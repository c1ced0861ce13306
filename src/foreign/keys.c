/* SPDX-License-Identifier: MIT */
/* L7: a set of another issuer's keys: loading it from text, and the rules that no key can keep alone. */
#include "foreign/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/secret.h"
#include "crypto/sig.h"
#include "json/doc.h"

static void
keys_cleanup(sess_foreign_keys **keys)
{
	sess_foreign_keys_free(*keys);
}

struct sess_foreign_keys *
keys_new(void)
{
	return calloc(1, sizeof(struct sess_foreign_keys));
}

void
sess_foreign_keys_free(sess_foreign_keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < SESS_FOREIGN_KEYS_MAX; i++) {
		buf_done(&keys->key[i].bytes);
		buf_done(&keys->key[i].jwk);
	}
	secret_wipe(keys, sizeof(*keys));
	free(keys);
}

size_t
sess_foreign_keys_count(const sess_foreign_keys *keys)
{
	return keys == NULL ? 0 : keys->count;
}

size_t
sess_foreign_keys_skipped(const sess_foreign_keys *keys)
{
	return keys == NULL ? 0 : keys->skipped;
}

const char *
sess_foreign_keys_kid(const sess_foreign_keys *keys, size_t i)
{
	return keys != NULL && i < keys->count ? keys->key[i].kid : NULL;
}

const char *
sess_foreign_keys_alg(const sess_foreign_keys *keys, size_t i)
{
	return keys != NULL && i < keys->count ? keys->key[i].alg->name : NULL;
}

int
keys_refuse(const struct key_source *source, const char *kid, const char *member, const char *why, sess_diag *diag)
{
	if (source->number == 0)
		return diag_error_at(diag, SESS_ERR_JWK, kid, member, "the key: %s", why);
	return diag_error_at(diag, SESS_ERR_JWK, kid, member, "key number %zu: %s", source->number, why);
}

int
keys_kid_is_safe(const char *kid, size_t n)
{
	if (n < 1 || n > SESS_FOREIGN_KID_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (kid[i] <= ' ' || kid[i] > '~' || kid[i] == '"' || kid[i] == '\\')
			return 0;
	}
	return 1;
}

const struct foreign_key *
keys_find(const sess_foreign_keys *keys, const char *kid)
{
	/* OpenID Connect Core §10.1: a token may leave the kid out where there is one key. A key without one takes any. */
	if (keys->count == 1 && (kid == NULL || keys->key[0].kid[0] == '\0'))
		return &keys->key[0];
	for (size_t i = 0; kid != NULL && i < keys->count; i++) {
		if (strcmp(keys->key[i].kid, kid) == 0)
			return &keys->key[i];
	}
	return NULL;
}

/* Two entries of one key, under whatever names and algorithms, and however its numbers are spelled. */
static int
is_same_material(const struct foreign_key *a, const struct foreign_key *b)
{
	if ((a->alg->family == FOREIGN_HMAC) != (b->alg->family == FOREIGN_HMAC))
		return 0;
	if (a->alg->family == FOREIGN_HMAC)
		return a->bytes.len == b->bytes.len && sig_mac_equals(a->bytes.data, b->bytes.data, a->bytes.len);
	/* Member by member: between them lie bytes that nobody sets. */
	return a->pub.type == b->pub.type && a->pub.len == b->pub.len && a->pub.exponent_len == b->pub.exponent_len &&
	    memcmp(a->pub.exponent, b->pub.exponent, sizeof(a->pub.exponent)) == 0 &&
	    memcmp(a->pub.bytes, b->pub.bytes, sizeof(a->pub.bytes)) == 0;
}

static int
check_pair(const struct key_source *source, const struct foreign_key *before, const struct foreign_key *key, sess_diag *diag)
{
	if (strcmp(before->kid, key->kid) == 0)
		return keys_refuse(source, key->kid, "kid", "another key of the set has the same \"kid\"; give each its own", diag);
	if (is_same_material(before, key))
		return keys_refuse(source, key->kid, NULL, "it stands twice in the set; each key has one entry, one kid and one alg", diag);
	return 0;
}

/* Each against all before it, which the cap on their number keeps cheap. */
static int
check_set(const sess_foreign_keys *keys, const sess_foreign_keys_opts *opts, sess_diag *diag)
{
	int rc;

	for (size_t i = 0; i < keys->count; i++) {
		const struct foreign_key *key = &keys->key[i];
		struct key_source source = { opts, i + 1, NULL, 0 };

		if (keys->count > 1 && key->kid[0] == '\0')
			return keys_refuse(&source, NULL, "kid", "\"kid\" is missing, and there are other keys; name each", diag);
		if ((key->alg->family == FOREIGN_HMAC) != keys->is_secret)
			return keys_refuse(&source, key->kid, "kty",
			    "the set mixes HMAC secrets and public keys, so one may pass for the other; load them apart", diag);
		for (size_t k = 0; k < i; k++) {
			if ((rc = check_pair(&source, &keys->key[k], key, diag)) != 0)
				return rc;
		}
	}
	return 0;
}

static int
read_set(const json_t *array, const struct key_source *whole, sess_foreign_keys *keys, sess_diag *diag)
{
	size_t n = json_array_size(array);
	int rc;

	if (!json_is_array(array) || n < 1 || n > SESS_FOREIGN_KEYS_MAX)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "keys", "a JWK Set needs \"keys\", an array of 1 to %d keys",
		    SESS_FOREIGN_KEYS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct key_source source = *whole;

		source.number = i + 1;
		rc = keys_read_jwk(json_array_get(array, i), &source, &keys->key[keys->count], diag);
		if (rc == KEY_SKIPPED)
			keys->skipped++;
		else if (rc != 0)
			return rc;
		else
			keys->count++;
	}
	return 0;
}

static int
read_json(const struct key_source *whole, sess_foreign_keys *keys, sess_diag *diag)
{
	DOC_CLEANUP json_t *doc = NULL;
	int rc;

	if ((doc = doc_parse_object(whole->text, whole->text_len, "the key set", SESS_ERR_JWK, diag)) == NULL)
		return diag->code;
	if (json_object_get(doc, "kty") == NULL)
		return read_set(json_object_get(doc, "keys"), whole, keys, diag);
	if ((rc = keys_read_jwk(doc, whole, &keys->key[0], diag)) != 0)
		return rc == KEY_SKIPPED ? 0 : rc;
	keys->count = 1;
	return 0;
}

static int
read_text(const char *text, size_t len, const sess_foreign_keys_opts *opts, sess_foreign_keys *keys, sess_diag *diag)
{
	const struct key_source whole = { opts, 0, text, len };
	size_t start = 0;
	int rc;

	while (start < len && strchr(" \t\r\n", text[start]) != NULL && text[start] != '\0')
		start++;
	if (start < len && text[start] == '{')
		return read_json(&whole, keys, diag);
	if (memmem(text, len, "-----BEGIN ", 11) == NULL)
		return diag_error(diag, SESS_ERR_JWK, "the keys are neither a JWK Set (an object with \"keys\") nor a JWK nor PEM");
	if ((rc = keys_read_pem(text, len, &whole, &keys->key[0], diag)) != 0)
		return rc;
	keys->count = 1;
	return 0;
}

static int
check_opts(const sess_foreign_keys_opts *opts, sess_diag *diag)
{
	if (opts->size != sizeof(*opts))
		return diag_error(diag, SESS_ERR_ARGUMENT, "initialise the options with SESS_FOREIGN_KEYS_OPTS_INIT");
	if (opts->alg != NULL && foreign_alg_find(opts->alg, strlen(opts->alg)) == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "alg", "opts->alg names no algorithm that is known here; RS256, say");
	if (opts->kid != NULL && !keys_kid_is_safe(opts->kid, strlen(opts->kid)))
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "kid",
		    "opts->kid must be 1 to %d characters of printable ASCII without space, quote and backslash", SESS_FOREIGN_KID_MAX);
	return 0;
}

int
sess_foreign_keys_load_mem(const void *text, size_t text_len, const sess_foreign_keys_opts *opts, sess_foreign_keys **ret_keys,
    sess_diag *diag)
{
	static const sess_foreign_keys_opts defaults = SESS_FOREIGN_KEYS_OPTS_INIT;
	__attribute__((cleanup(keys_cleanup))) sess_foreign_keys *keys = NULL;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own; /* whatever parses documents says its code there alone */
	diag_clear(diag);
	if (ret_keys == NULL || (text == NULL && text_len > 0))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_foreign_keys_load_mem: a pointer is NULL");
	if (opts == NULL)
		opts = &defaults;
	if ((rc = check_opts(opts, diag)) != 0)
		return rc;
	if (text_len == 0)
		return diag_error(diag, SESS_ERR_JWK, "the text of the keys is empty");
	if (text_len > SESS_FOREIGN_KEYS_BYTES_MAX)
		return diag_error(diag, SESS_ERR_JWK, "the text of the keys has %zu bytes; at most %d are read", text_len,
		    SESS_FOREIGN_KEYS_BYTES_MAX);
	if ((keys = keys_new()) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = read_text(text, text_len, opts, keys, diag)) != 0)
		return rc;
	if (keys->count == 0)
		return diag_error(diag, SESS_ERR_JWK, "no key of the set (%zu) is for signatures of an algorithm that is known here",
		    keys->skipped);
	keys->is_secret = keys->key[0].alg->family == FOREIGN_HMAC;
	if ((rc = check_set(keys, opts, diag)) != 0)
		return rc;
	*ret_keys = keys;
	keys = NULL;
	return 0;
}
