/* SPDX-License-Identifier: MIT */
/*
 * The steps of verification in the order of doc/format.md, plainly. Test support; shares no code with the library
 * and must not, since it judges it.
 */
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

#include "reference/ref_claims.h"
#include "reference/ref_context.h"
#include "reference/ref_crypto.h"
#include "reference/ref_revoked.h"

#define HEADER_MAX 1024

struct reference {
	json_t *ring;
	sess_policy policy;
	const sess_context *context; /* of the client of the token at hand */
	size_t context_count;
	json_t *revoked;
};

int
reference_new(const char *ring_json, size_t len, const sess_policy *policy, struct reference **ret)
{
	json_t *ring = json_loadb(ring_json, len, JSON_REJECT_DUPLICATES, NULL);
	struct reference *r;

	if (!json_is_string(json_object_get(json_object_get(ring, "sess"), "form"))) {
		json_decref(ring);
		return -1;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	r->ring = ring;
	r->revoked = json_array();
	r->policy = *policy;
	*ret = r;
	return 0;
}

void
reference_free(struct reference *r)
{
	if (r == NULL)
		return;
	json_decref(r->ring);
	json_decref(r->revoked);
	free(r);
}

void
reference_revoke(struct reference *r, const char *claim, const char *value, int64_t t, int64_t until, const char *spare)
{
	ref_revoked_add(r->revoked, claim, value, t, until, spare);
}

static int
is_form(const struct reference *r, const char *form)
{
	return strcmp(json_string_value(json_object_get(json_object_get(r->ring, "sess"), "form")), form) == 0;
}

static int
is_one_of(const char *text, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(text, *names) == 0)
			return 1;
	return 0;
}

static int
is_equal(const json_t *object, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL && strcmp(value, text) == 0;
}

/* Whether the document has the members of a JWS or JWE header, all of them strings, and no others but cty of a JWE. */
static int
has_members(json_t *header, int is_jwe)
{
	static const char *const jws[] = { "alg", "kid", "typ", NULL };
	static const char *const jwe[] = { "alg", "enc", "kid", "typ", NULL };
	const char *const *required = is_jwe ? jwe : jws;
	const char *name;
	json_t *value;

	if (!json_is_object(header))
		return 0;
	json_object_foreach(header, name, value) {
		if (!is_one_of(name, required) && !(is_jwe && strcmp(name, "cty") == 0))
			return 0;
		if (!json_is_string(value))
			return 0;
	}
	for (size_t i = 0; required[i] != NULL; i++)
		if (json_object_get(header, required[i]) == NULL)
			return 0;
	return 1;
}

static uint32_t
check_header(const struct reference *r, json_t *header, int is_jwe)
{
	static const char *const algs[] = { "HS256", "ES256", "EdDSA", NULL };
	static const char *const kws[] = { "dir", "A256KW", NULL };
	static const char *const encs[] = { "A256GCM", "A256CBC-HS512", NULL };

	if (!has_members(header, is_jwe))
		return SESS_REASON_MALFORMED;
	if (is_jwe && is_form(r, "nested") && !is_equal(header, "cty", "JWT"))
		return SESS_REASON_WRONG_FORM;
	if (is_jwe && is_form(r, "sealed") && json_object_get(header, "cty") != NULL)
		return SESS_REASON_WRONG_FORM;
	if (!is_one_of(json_string_value(json_object_get(header, "alg")), is_jwe ? kws : algs))
		return SESS_REASON_MALFORMED;
	if (is_jwe && !is_one_of(json_string_value(json_object_get(header, "enc")), encs))
		return SESS_REASON_MALFORMED;
	return 0;
}

static const json_t *
find_key(const struct reference *r, const char *kid, const char *use)
{
	const json_t *key;
	size_t i;

	json_array_foreach(json_object_get(r->ring, "keys"), i, key)
		if (is_equal(key, "kid", kid))
			return is_equal(key, "use", use) ? key : NULL;
	return NULL;
}

static uint32_t
check_key(const json_t *key, const json_t *header, int is_jwe, int64_t now)
{
	const json_t *exp = json_object_get(key, "exp");

	if (key == NULL)
		return SESS_REASON_UNKNOWN_KEY;
	if (!json_equal(json_object_get(key, "alg"), json_object_get(header, "alg")))
		return SESS_REASON_MALFORMED;
	if (is_jwe && !json_equal(json_object_get(key, "enc"), json_object_get(header, "enc")))
		return SESS_REASON_MALFORMED;
	if (json_object_get(key, "revoked") != NULL)
		return SESS_REASON_REVOKED_KEY;
	if (exp != NULL && json_integer_value(exp) <= now)
		return SESS_REASON_EXPIRED_KEY;
	return 0;
}

/* What steps 1 to 4 learn of one layer. */
struct layer {
	struct ref_split split;
	json_t *header;
	const json_t *key;
};

static void
release_layer(struct layer *layer)
{
	ref_text_release(&layer->split);
	json_decref(layer->header);
}

/* Steps 1 to 4 of one layer; *layer is to be released in either case. */
static uint32_t
read_layer(const struct reference *r, const char *text, size_t len, size_t segments, int64_t now, struct layer *layer)
{
	const struct ref_bytes *bytes = &layer->split.segment[0].bytes;
	int is_jwe = segments == 5;
	uint32_t reasons;

	memset(layer, 0, sizeof(*layer));
	reasons = ref_text_split(text, len, &layer->split);
	if (reasons != 0)
		return reasons;
	if (layer->split.count != segments)
		return SESS_REASON_WRONG_FORM;
	if (bytes->len > HEADER_MAX || memchr(bytes->data, '\0', bytes->len) != NULL)
		return SESS_REASON_MALFORMED;
	layer->header = json_loadb((const char *)bytes->data, bytes->len, JSON_REJECT_DUPLICATES, NULL);
	reasons = check_header(r, layer->header, is_jwe);
	if (reasons != 0)
		return reasons;
	layer->key = find_key(r, json_string_value(json_object_get(layer->header, "kid")), is_jwe ? "enc" : "sig");
	reasons = check_key(layer->key, layer->header, is_jwe, now);
	if (reasons != 0)
		return reasons;
	return ref_crypto_has_lengths(layer->key, &layer->split) ? 0 : SESS_REASON_MALFORMED;
}

/* Steps 7 to 11. */
static uint32_t
check_payload(const struct reference *r, const struct ref_bytes *payload, int is_typ, int64_t now, json_t **ret_claims)
{
	json_t *claims = ref_claims_parse(payload, &r->policy);
	uint32_t reasons;

	if (claims == NULL)
		return SESS_REASON_BAD_PAYLOAD;
	reasons = ref_claims_judge(claims, &r->policy, now) | ref_revoked_judge(r->revoked, claims, now);
	if (!ref_context_holds(r->ring, &r->policy, claims, r->context, r->context_count))
		reasons |= SESS_REASON_CONTEXT_MISMATCH;
	if (!is_typ)
		reasons |= SESS_REASON_WRONG_TYPE;
	if (reasons == 0 && ret_claims != NULL)
		*ret_claims = json_incref(claims);
	json_decref(claims);
	return reasons;
}

static uint32_t
verify_jws(const struct reference *r, const char *text, size_t len, int is_typ, int64_t now, json_t **ret_claims)
{
	struct layer layer;
	uint32_t reasons = read_layer(r, text, len, 3, now, &layer);

	if (reasons == 0 && !ref_crypto_is_signed(layer.key, &layer.split))
		reasons = SESS_REASON_BAD_SIGNATURE;
	if (reasons == 0)
		reasons = check_payload(r, &layer.split.segment[1].bytes,
		    is_typ && is_equal(layer.header, "typ", r->policy.typ), now, ret_claims);
	release_layer(&layer);
	return reasons;
}

static uint32_t
verify_jwe(const struct reference *r, const char *text, size_t len, int64_t now, json_t **ret_claims)
{
	struct ref_bytes plain = { NULL, 0 };
	struct layer layer;
	uint32_t reasons = read_layer(r, text, len, 5, now, &layer);
	int is_typ = reasons == 0 && is_equal(layer.header, "typ", r->policy.typ);

	if (reasons == 0 && ref_crypto_open(layer.key, &layer.split, &plain) != 0)
		reasons = SESS_REASON_BAD_TAG;
	release_layer(&layer);
	if (reasons == 0)
		reasons = is_form(r, "nested") ?
		    verify_jws(r, (const char *)plain.data, plain.len, is_typ, now, ret_claims) :
		    check_payload(r, &plain, is_typ, now, ret_claims);
	free(plain.data);
	return reasons;
}

uint32_t
reference_verify(const struct reference *r, const char *token, size_t len, int64_t now, json_t **ret_claims)
{
	if (len > (size_t)r->policy.max_token_bytes)
		return SESS_REASON_OVERSIZE;
	if (is_form(r, "signed"))
		return verify_jws(r, token, len, 1, now, ret_claims);
	return verify_jwe(r, token, len, now, ret_claims);
}

uint32_t
reference_verify_client(const struct reference *r, const char *token, size_t len, int64_t now, const sess_context *context,
    size_t context_count, json_t **ret_claims)
{
	struct reference with = *r;

	with.context = context;
	with.context_count = context_count;
	return reference_verify(&with, token, len, now, ret_claims);
}
