/* SPDX-License-Identifier: MIT */
/*
 * Verifying what lies behind the cryptography: the first byte chooses a place (payload or header, and of which form), the rest
 * goes there and is signed and sealed with the ring's own keys. A finding means a crash that only holders of the keys can
 * cause, or a verdict or claims other than the reference verifier's, so that two verifiers of one token see two sessions.
 */
#include <sess/jansson.h>
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"

#define SIG_KEY \
	"{\"kid\":\"s\",\"use\":\"sig\",\"alg\":\"HS256\",\"iat\":1,\"nbf\":1,\"kty\":\"oct\"," \
	"\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}"
#define ENC_KEY \
	"{\"kid\":\"e\",\"use\":\"enc\",\"alg\":\"dir\",\"enc\":\"A256GCM\",\"iat\":1,\"nbf\":1,\"kty\":\"oct\"," \
	"\"k\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\"}"
#define RING(form, keys) \
	"{\"sess\":{\"v\":1,\"form\":\"" form "\",\"generation\":1,\"token_life_s\":3600,\"session_life_s\":43200," \
	"\"leeway_s\":30,\"max_rate_per_s\":1,\"tag\":\"QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8\"},\"keys\":[" keys "]}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same keys on every run, so that an input means the same on every run. */
enum { NESTED, SEALED, SIGNED, FORMS };
static const char *const rings[FORMS] = { RING("nested", SIG_KEY "," ENC_KEY), RING("sealed", ENC_KEY),
	RING("signed", SIG_KEY) };
#define OUTER_HEADER(rest) "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"e\",\"typ\":\"sess+jwt\"" rest "}"
#define INNER_HEADER "{\"alg\":\"HS256\",\"kid\":\"s\",\"typ\":\"sess+jwt\"}"

static struct bench {
	sess_manager *manager;
	struct reference *reference;
	json_t *sig_key, *enc_key;	/* NULL: not in this form */
	const char *outer, *inner;
} benches[FORMS] = {
	{ .outer = OUTER_HEADER(",\"cty\":\"JWT\""), .inner = INNER_HEADER },
	{ .outer = OUTER_HEADER("") },
	{ .inner = INNER_HEADER },
};
static char *good_payload;

enum place { PAYLOAD, OUTER, INNER, JWS_TEXT };
static const struct {
	int form;
	enum place place;
} targets[] = {
	{ NESTED, PAYLOAD }, { SEALED, PAYLOAD }, { SIGNED, PAYLOAD }, { NESTED, OUTER }, { NESTED, INNER }, { SEALED, OUTER },
	{ SIGNED, INNER }, { NESTED, JWS_TEXT },
};

static int
fixed_clock(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = JUDGE_NOW;
	return 0;
}

static void
must(int rc)
{
	if (rc != 0)
		abort();
}

static void
prepare(void)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;

	sess_policy_init(&policy);
	policy.max_token_bytes = 65536;
	config.policy = &policy;
	config.clock = fixed_clock;
	for (int i = 0; i < FORMS; i++) {
		struct bench *b = &benches[i];
		json_t *ring = forge_ring(rings[i], strlen(rings[i]));

		must(sess_ring_load_mem(rings[i], strlen(rings[i]), NULL, &config.ring, NULL));
		must(sess_manager_new(&config, &b->manager, NULL));
		must(reference_new(rings[i], strlen(rings[i]), &policy, &b->reference));
		sess_ring_free(config.ring);
		b->sig_key = json_incref(forge_key(ring, "sig"));
		b->enc_key = json_incref(forge_key(ring, "enc"));
		json_decref(ring);
	}
	good_payload = judge_payload(NULL, NULL);
}

static char *
token_with(const struct bench *b, enum place place, const char *input, size_t len)
{
	const char *outer = b->outer, *inner = b->inner, *payload = good_payload;
	size_t outer_len = outer == NULL ? 0 : strlen(outer), inner_len = inner == NULL ? 0 : strlen(inner);
	size_t payload_len = strlen(payload);
	char *jws, *token;

	if (place == JWS_TEXT)
		return forge_jwe(b->enc_key, outer, outer_len, input, len, NULL);
	if (place == PAYLOAD) {
		payload = input;
		payload_len = len;
	} else if (place == OUTER) {
		outer = input;
		outer_len = len;
	} else {
		inner = input;
		inner_len = len;
	}
	if (b->sig_key == NULL)
		return forge_jwe(b->enc_key, outer, outer_len, payload, payload_len, NULL);
	jws = forge_jws(b->sig_key, inner, inner_len, payload, payload_len);
	if (b->enc_key == NULL)
		return jws;
	token = forge_jwe(b->enc_key, outer, outer_len, jws, strlen(jws), NULL);
	free(jws);
	return token;
}

static void
compare(const struct bench *b, const char *token)
{
	sess_session *session = NULL;
	json_t *claims = NULL, *reference_claims = NULL;
	sess_diag diag;
	static const sess_context client = { "tls", "key", 3 };
	const sess_verify_opts opts = { .size = sizeof(opts), .context = &client, .context_count = 1 };
	int rc = sess_verify(b->manager, token, strlen(token), &opts, &session, &diag);
	uint32_t library = rc == 0 ? 0 : diag.reasons;
	uint32_t reference = reference_verify_client(b->reference, token, strlen(token), JUDGE_NOW, &client, 1, &reference_claims);

	if ((rc == 0) != (session != NULL) || (rc != 0 && (rc != SESS_ERR_REJECTED || library == 0)))
		abort();
	if (library != reference) {
		(void)fprintf(stderr, "the library says 0x%x, the reference 0x%x\n", (unsigned)library, (unsigned)reference);
		abort();
	}
	if (rc == 0 && (sess_session_claims_jansson(session, &claims, NULL) != 0 || !json_equal(claims, reference_claims)))
		abort();
	json_decref(claims);
	json_decref(reference_claims);
	sess_session_free(session);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bench *b;
	size_t target;
	char *token;

	if (good_payload == NULL)
		prepare();
	if (size < 1 || size > 16384)
		return 0;
	target = data[0] % (sizeof(targets) / sizeof(targets[0]));
	b = &benches[targets[target].form];
	token = token_with(b, targets[target].place, (const char *)data + 1, size - 1);
	compare(b, token);
	free(token);
	return 0;
}
