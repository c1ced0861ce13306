/* SPDX-License-Identifier: MIT */
/* L3: from a ring to JSON text that can be read and diffed: one member a line. Touches no file. */
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "json/doc.h"
#include "ring/ring.h"

static json_t *
format_tag(const struct secret *tag)
{
	char text[B64URL_ENCODED_LEN(SECRET_MAX)];
	json_t *value = json_stringn(text, b64url_encode_secret(text, tag->bytes, tag->len));

	secret_wipe(text, sizeof(text));
	return value;
}

static json_t *
format_sess(const struct sess_ring *ring)
{
	return json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:f, s:o}", "v", 1, "form", sess_form_name(ring->form), "generation",
	    (json_int_t)ring->generation, "token_life_s", (json_int_t)ring->token_life_s, "session_life_s",
	    (json_int_t)ring->session_life_s, "leeway_s", (json_int_t)ring->leeway_s, "max_rate_per_s", ring->max_rate_per_s,
	    "tag", format_tag(&ring->tag));
}

static int
set_time(json_t *object, const char *name, int64_t t)
{
	return t == TIME_NONE ? 0 : json_object_set_new(object, name, json_integer((json_int_t)t));
}

static int
set_revoked(json_t *object, const struct ring_key *key)
{
	json_t *revoked;

	if (key->revoked_at == TIME_NONE)
		return 0;
	revoked = json_object();
	if (set_time(revoked, "revoked_at", key->revoked_at) != 0 || (key->revoked_reason[0] != '\0' &&
	    json_object_set_new(revoked, "reason", json_string(key->revoked_reason)) != 0)) {
		json_decref(revoked);
		return -1;
	}
	return json_object_set_new(object, "revoked", revoked);
}

/* What a key is for stands first, its material last. */
static json_t *
format_key(const struct ring_key *key)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "kid", key->kid, "use", alg_use_name(key->alg->use), "alg",
	    key->alg->name);

	/* Not "s*" above: it would leave "enc" out, and no more said, when memory fails. */
	if (object != NULL && (key->enc == NULL || json_object_set_new(object, "enc", json_string(key->enc->name)) == 0) &&
	    set_time(object, "iat", key->iat) == 0 && set_time(object, "nbf", key->nbf) == 0 &&
	    set_time(object, "exp", key->exp) == 0 && set_revoked(object, key) == 0 &&
	    jwk_format(&key->jwk, 1, object) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
format_keys(const struct sess_ring *ring)
{
	json_t *keys = json_array();

	for (size_t i = 0; keys != NULL && i < ring->count; i++) {
		if (json_array_append_new(keys, format_key(&ring->keys[i])) != 0) {
			json_decref(keys);
			return NULL;
		}
	}
	return keys;
}

/* Takes the document: pretty text that ends with a line feed and a NUL. */
static int
dump_document(json_t *taken, char **ret_json, size_t *ret_json_len, sess_diag *diag)
{
	DOC_CLEANUP json_t *doc = taken;
	char *text;
	size_t n;

	if (doc == NULL || (n = json_dumpb(doc, NULL, 0, JSON_INDENT(2))) == 0 || (text = malloc(n + 2)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if (json_dumpb(doc, text, n, JSON_INDENT(2)) != n) {
		sess_ring_text_free(text, n + 2);
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	}
	text[n] = '\n';
	text[n + 1] = '\0';
	*ret_json = text;
	*ret_json_len = n + 1;
	return 0;
}

int
sess_ring_dump(const sess_ring *ring, char **ret_json, size_t *ret_json_len, sess_diag *diag)
{
	json_t *doc;

	diag_clear(diag);
	if (ring == NULL || ret_json == NULL || ret_json_len == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_dump: a pointer is NULL");
	doc = json_object();
	if (doc == NULL || json_object_set_new(doc, "sess", format_sess(ring)) != 0 ||
	    json_object_set_new(doc, "keys", format_keys(ring)) != 0) {
		json_decref(doc);
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	}
	return dump_document(doc, ret_json, ret_json_len, diag);
}

/* RFC 7517 §4: what a key is for, and its public members alone. */
static json_t *
format_public(const struct ring_key *key)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "kid", key->kid, "use", alg_use_name(key->alg->use), "alg",
	    key->alg->name);

	if (object != NULL && jwk_format(&key->jwk, 0, object) == 0)
		return object;
	json_decref(object);
	return NULL;
}

int
ring_format_public(const struct ring_key *const *keys, size_t count, char **ret_json, size_t *ret_json_len, sess_diag *diag)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < count; i++) {
		if (json_array_append_new(array, format_public(keys[i])) != 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return dump_document(array == NULL ? NULL : json_pack("{s:o}", "keys", array), ret_json, ret_json_len, diag);
}

void
sess_ring_text_free(char *json, size_t json_len)
{
	secret_wipe(json, json_len);
	free(json);
}
