/* SPDX-License-Identifier: MIT */
/* What all cases work on: rings, tokens, and the check that whoever verifies one got the right claims out of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/b64url.h"
#include "bench.h"

/* A session as a shop keeps it: with the library's own claims it makes a payload of about 300 bytes. */
const char bench_claims[] = "{\"name\":\"Ada Lovelace\",\"roles\":[\"customer\",\"reviewer\"],\"cart\":{\"n\":2,\"total\":129.95},"
    "\"tenant\":4711,\"plan\":\"pro\",\"locale\":\"en-GB\",\"theme\":\"dark\",\"verified\":true}";
const size_t bench_claims_len = sizeof(bench_claims) - 1;

void
bench_die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static json_t *
key_of(const sess_ring *ring, const char *use)
{
	char *text = NULL;
	size_t len = 0, i;
	json_t *doc, *key, *found = NULL;

	if (sess_ring_dump(ring, &text, &len, NULL) != 0 || (doc = json_loadb(text, len, 0, NULL)) == NULL)
		bench_die("the ring cannot be read");
	sess_ring_text_free(text, len);
	json_array_foreach(json_object_get(doc, "keys"), i, key) {
		if (strcmp(json_string_value(json_object_get(key, "use")), use) == 0)
			found = json_incref(key);
	}
	json_decref(doc);
	return found;
}

/* More keys of each use, by rotation; the last ones mint. */
static sess_ring *
grow(sess_ring *ring, size_t keys, int64_t now)
{
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_diag diag;

	rotation.activate_in_s = 0;
	while (sess_ring_key_count(ring) < keys) {
		sess_ring *next = NULL;

		if (sess_ring_rotate(ring, &rotation, now - 5000 + (int64_t)sess_ring_key_count(ring) * 60, &next, &diag) != 0)
			bench_die(diag.message);
		sess_ring_free(ring);
		ring = next;
	}
	return ring;
}

void
bench_token_make(struct bench_token *ret, const char *kind, sess_form form, const char *alg, const char *kw,
    const char *enc, size_t keys, const char *claims, size_t claims_len)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_session *session = NULL;
	sess_policy policy;
	sess_diag diag;
	int64_t now = time(NULL);

	*ret = (struct bench_token){ .kind = kind, .form = form, .alg = alg, .kw = kw, .enc = enc };
	spec.form = form;
	spec.alg = alg;
	spec.kw = kw;
	spec.enc = enc;
	if (sess_ring_generate(&spec, now - 6000, &ret->ring, &diag) != 0)
		bench_die(diag.message);
	ret->ring = grow(ret->ring, keys, now);
	sess_policy_init(&policy);
	policy.max_token_bytes = 65536;
	(void)strcpy(policy.typ, "JWT"); /* libjwt 1.10 takes no other */
	config.ring = ret->ring;
	config.policy = &policy;
	if (sess_manager_new(&config, &ret->manager, &diag) != 0 ||
	    sess_mint(ret->manager, BENCH_SUBJECT, claims, claims_len, NULL, &ret->text, &ret->len, &diag) != 0 ||
	    sess_verify(ret->manager, ret->text, ret->len, NULL, &session, &diag) != 0)
		bench_die(diag.message);
	(void)sess_session_claims_json(session, &ret->payload_len);
	sess_session_free(session);
	ret->sig_key = key_of(ret->ring, "sig");
	ret->enc_key = key_of(ret->ring, "enc");
}

void
bench_token_done(struct bench_token *t)
{
	json_decref(t->sig_key);
	json_decref(t->enc_key);
	sess_token_free(t->text);
	sess_manager_free(t->manager);
	sess_ring_free(t->ring);
}

int
bench_check_claims(const char *json, size_t len)
{
	json_t *claims = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	const char *sub = json_string_value(json_object_get(claims, "sub"));
	int good = json_integer_value(json_object_get(claims, "exp")) > time(NULL) && sub != NULL && strcmp(sub, BENCH_SUBJECT) == 0;

	json_decref(claims);
	return good ? 0 : -1;
}

char *
bench_payload(const struct bench_token *t)
{
	sess_session *session = NULL;
	char *text;
	sess_diag diag;

	if (sess_verify(t->manager, t->text, t->len, NULL, &session, &diag) != 0)
		bench_die(diag.message);
	text = strdup(sess_session_claims_json(session, NULL));
	sess_session_free(session);
	return text;
}

void
bench_member(const json_t *jwk, const char *name, unsigned char out[32])
{
	if (b64url_decode(out, json_string_value(json_object_get(jwk, name)), B64URL_ENCODED_LEN(32)) != 0)
		bench_die("a member of a key");
}

void
bench_token_revoke(struct bench_token *t, size_t revocations)
{
	sess_policy policy = *sess_manager_policy(t->manager);
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_diag diag;

	policy.revocations_max = 1 << 21;
	config.ring = t->ring;
	config.policy = &policy;
	config.revocations = "memory:";
	if (sess_manager_new(&config, &m, &diag) != 0)
		bench_die(diag.message);
	for (size_t i = 0; i < revocations; i++) {
		uint8_t bytes[16] = { 0 };
		char sid[SESS_ID_LEN + 1] = "";

		memcpy(bytes, &i, sizeof(i));
		(void)b64url_encode(sid, bytes, sizeof(bytes));
		if (sess_revoke_session(m, sid, NULL, NULL, &diag) != 0)
			bench_die(diag.message);
	}
	sess_manager_free(t->manager);
	t->manager = m;
}
