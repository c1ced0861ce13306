/* SPDX-License-Identifier: MIT */
/*
 * Tokens of other issuers and their keys. The first byte chooses: the rest is the text of a key set; or a token; or a header, a
 * line feed and a payload, which are signed with the issuer's key, so that what lies behind the signature is reached. A finding
 * means a crash; a token accepted that the issuer did not sign; or one accepted against a rule, as jansson reads it.
 */
#include <jansson.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "foreign/desk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct issuer issuer;
static struct desk desk;
static sess_foreign_keys *keys;
static char *genuine;

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* Without the desk's own functions: Check's assertions work in Check's tests alone. */
static void
prepare(void)
{
	const sess_foreign_expectations blank = SESS_FOREIGN_EXPECTATIONS_INIT;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	char *jwk;

	issuer_init(&issuer, "HS256", "k1", 0);
	jwk = issuer_jwk(&issuer);
	must(sess_foreign_keys_load_mem(jwk, strlen(jwk), NULL, &keys, NULL) == 0);
	free(jwk);
	must(sess_ring_generate(&spec, NOW - 1, &config.ring, NULL) == 0);
	config.clock = desk_clock;
	must(sess_manager_new(&config, &desk.manager, NULL) == 0);
	sess_ring_free(config.ring);
	desk.e = blank;
	desk.e.issuer = ISSUER;
	desk.e.audience = CLIENT;
	desk.e.nonce = NONCE;
	desk.e.algs = desk_algs;
	desk.e.algs_count = sizeof(desk_algs) / sizeof(desk_algs[0]);
	genuine = issuer_sign(&issuer, PAYLOAD(""));
}

static int
verify(const sess_foreign_keys *set, const char *token, size_t len)
{
	sess_foreign *foreign = NULL;
	int rc = sess_foreign_verify(desk.manager, set, token, len, &desk.e, &foreign, &desk.diag);

	must((rc == 0) == (foreign != NULL));
	must(rc == 0 || rc == SESS_ERR_REJECTED || rc == SESS_ERR_UNSUPPORTED);
	must(rc != SESS_ERR_REJECTED || (desk.diag.reasons != 0 && desk.diag.findings_count > 0));
	if (rc == 0)
		must(sess_foreign_subject(foreign) != NULL && strlen(sess_foreign_claims_json(foreign, NULL)) > 0);
	sess_foreign_free(foreign);
	return rc == 0;
}

/* Keys that nobody of ours has: whatever loads verifies no token of the issuer, unless it is his. */
static void
try_keys(const char *text, size_t len)
{
	static sess_foreign_keys_opts opts = SESS_FOREIGN_KEYS_OPTS_INIT;
	sess_foreign_keys *loaded = NULL;
	int rc;

	opts.alg = "RS256";
	rc = sess_foreign_keys_load_mem(text, len, &opts, &loaded, &desk.diag);
	must((rc == 0) == (loaded != NULL));
	must(rc == 0 || rc == SESS_ERR_JWK);
	must(rc == 0 || desk.diag.message[0] != '\0');
	if (rc != 0)
		return;
	must(sess_foreign_keys_count(loaded) > 0);
	for (size_t i = 0; i < sess_foreign_keys_count(loaded); i++)
		must(sess_foreign_keys_alg(loaded, i) != NULL && strlen(sess_foreign_keys_kid(loaded, i)) <= SESS_FOREIGN_KID_MAX);
	if (verify(loaded, genuine, strlen(genuine)))
		must(memmem(text, len, "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo", 43) != NULL ||
		    memchr(text, '\\', len) != NULL);
	sess_foreign_keys_free(loaded);
}

static int
text_is(const json_t *object, const char *name, const char *want)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && strcmp(text, want) == 0;
}

static int
holds_audience(const json_t *aud)
{
	const json_t *item;
	size_t i;

	if (json_is_string(aud))
		return strcmp(json_string_value(aud), CLIENT) == 0;
	json_array_foreach(aud, i, item) {
		if (json_is_string(item) && strcmp(json_string_value(item), CLIENT) == 0)
			return 1;
	}
	return 0;
}

/* The rules once more, with other means. */
static void
judge(const char *header_text, const char *payload_text)
{
	static const char *const never[] = { "crit", "b64", "zip", "jwk", "jku", "x5u", "x5c" };
	json_t *header = json_loads(header_text, JSON_REJECT_DUPLICATES, NULL);
	json_t *payload = json_loads(payload_text, JSON_REJECT_DUPLICATES, NULL);

	must(header != NULL && payload != NULL && text_is(header, "alg", "HS256"));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		must(json_object_get(header, never[i]) == NULL);
	must(json_object_get(header, "kid") == NULL || text_is(header, "kid", "k1"));
	must(text_is(payload, "iss", ISSUER) && text_is(payload, "nonce", NONCE) && holds_audience(json_object_get(payload, "aud")));
	must(json_array_size(json_object_get(payload, "aud")) < 2 || text_is(payload, "azp", CLIENT));
	must(json_object_get(payload, "azp") == NULL || text_is(payload, "azp", CLIENT));
	must(json_number_value(json_object_get(payload, "exp")) > (double)(NOW - 30));
	must(json_is_number(json_object_get(payload, "iat")) && json_number_value(json_object_get(payload, "iat")) < (double)(NOW + 31));
	must(json_number_value(json_object_get(payload, "nbf")) < (double)(NOW + 31));
	json_decref(header);
	json_decref(payload);
}

static void
try_signed(char *text)
{
	char *payload = strchr(text, '\n'), *token;

	if (payload == NULL)
		return;
	*payload++ = '\0';
	token = issuer_sign_under(&issuer, NULL, text, payload);
	if (verify(keys, token, strlen(token)))
		judge(text, payload);
	free(token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (genuine == NULL)
		prepare();
	if (size < 1 || (text = malloc(size)) == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 3) {
	case 0: try_keys(text, size - 1); break;
	case 1:
		if (verify(keys, text, size - 1))
			must(size - 1 == strlen(genuine) && memcmp(text, genuine, size - 1) == 0);
		break;
	default: try_signed(text); break;
	}
	free(text);
	return 0;
}
