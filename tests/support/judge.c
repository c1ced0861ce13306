/* SPDX-License-Identifier: MIT */
/* Compares the library's verdict with the reference's, token by token. Test support over the public API. */
#include "support/judge.h"

#include <check.h>
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"

#define NESTED(alg, kw, enc) { "nested " alg " " kw " " enc, SESS_FORM_NESTED, alg, kw, enc }
#define SEALED(kw, enc) { "sealed " kw " " enc, SESS_FORM_SEALED, NULL, kw, enc }
#define SIGNED(alg) { "signed " alg, SESS_FORM_SIGNED, alg, NULL, NULL }

const struct judge_combo judge_combos[JUDGE_COMBOS] = {
	NESTED("HS256", "dir", "A256GCM"),
	SEALED("dir", "A256GCM"),
	SIGNED("HS256"),
	NESTED("HS256", "dir", "A256CBC-HS512"),
	NESTED("HS256", "A256KW", "A256GCM"),
	NESTED("HS256", "A256KW", "A256CBC-HS512"),
	NESTED("ES256", "dir", "A256GCM"),
	NESTED("ES256", "dir", "A256CBC-HS512"),
	NESTED("ES256", "A256KW", "A256GCM"),
	NESTED("ES256", "A256KW", "A256CBC-HS512"),
	NESTED("EdDSA", "dir", "A256GCM"),
	NESTED("EdDSA", "dir", "A256CBC-HS512"),
	NESTED("EdDSA", "A256KW", "A256GCM"),
	NESTED("EdDSA", "A256KW", "A256CBC-HS512"),
	SEALED("dir", "A256CBC-HS512"),
	SEALED("A256KW", "A256GCM"),
	SEALED("A256KW", "A256CBC-HS512"),
	SIGNED("ES256"),
	SIGNED("EdDSA"),
};

static int
clock_get(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

json_t *
judge_generate(const struct judge_combo *combo)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	sess_diag diag;
	char *text = NULL;
	size_t len = 0;
	json_t *document;
	int r;

	spec.form = combo->form;
	if (combo->alg != NULL)
		spec.alg = combo->alg;
	spec.kw = combo->kw;
	if (combo->enc != NULL)
		spec.enc = combo->enc;
	r = sess_ring_generate(&spec, JUDGE_NOW - 100000, &ring, &diag);
	ck_assert_msg(r == 0, "%s: generating: %s", combo->name, diag.message);
	r = sess_ring_dump(ring, &text, &len, &diag);
	ck_assert_msg(r == 0, "%s: dumping: %s", combo->name, diag.message);
	document = forge_ring(text, len);
	sess_ring_text_free(text, len);
	sess_ring_free(ring);
	return document;
}

static const char *
member(const json_t *key, const char *name)
{
	return json_string_value(json_object_get(key, name));
}

void
judge_init_ring(struct judge *j, const struct judge_combo *combo, const sess_policy *policy, json_t *ring)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *loaded = NULL;
	sess_diag diag;
	char *text = json_dumps(ring, JSON_COMPACT);
	int r;

	memset(j, 0, sizeof(*j));
	j->combo = combo;
	j->ring = ring;
	j->now = JUDGE_NOW;
	if (policy != NULL)
		j->policy = *policy;
	else
		sess_policy_init(&j->policy);
	j->sig_key = forge_key(ring, "sig");
	j->enc_key = forge_key(ring, "enc");
	if (j->sig_key != NULL)
		j->inner = forge_text("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}", member(j->sig_key, "alg"),
		    member(j->sig_key, "kid"), j->policy.typ);
	if (j->enc_key != NULL)
		j->outer = forge_text("{\"alg\":\"%s\",\"enc\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"%s}",
		    member(j->enc_key, "alg"), member(j->enc_key, "enc"), member(j->enc_key, "kid"), j->policy.typ,
		    combo->form == SESS_FORM_NESTED ? ",\"cty\":\"JWT\"" : "");
	r = sess_ring_load_mem(text, strlen(text), NULL, &loaded, &diag);
	ck_assert_msg(r == 0, "%s: loading: %s", combo->name, diag.message);
	config.ring = loaded;
	config.policy = &j->policy;
	config.clock = clock_get;
	config.clock_arg = &j->now;
	config.revocations = "memory:";
	r = sess_manager_new(&config, &j->manager, &diag);
	ck_assert_msg(r == 0, "%s: manager: %s", combo->name, diag.message);
	ck_assert_int_eq(reference_new(text, strlen(text), &j->policy, &j->reference), 0);
	sess_ring_free(loaded);
	free(text);
}

void
judge_init(struct judge *j, const struct judge_combo *combo, const sess_policy *policy)
{
	judge_init_ring(j, combo, policy, judge_generate(combo));
}

void
judge_done(struct judge *j)
{
	sess_manager_free(j->manager);
	reference_free(j->reference);
	json_decref(j->ring);
	free(j->outer);
	free(j->inner);
}

static char *
wrap(const struct judge *j, const char *outer, const char *inner, const void *payload, size_t len)
{
	char *jws, *token;

	if (j->combo->form == SESS_FORM_SEALED)
		return forge_jwe(j->enc_key, outer, strlen(outer), payload, len, NULL);
	jws = forge_jws(j->sig_key, inner, strlen(inner), payload, len);
	if (j->combo->form == SESS_FORM_SIGNED)
		return jws;
	token = forge_jwe(j->enc_key, outer, strlen(outer), jws, strlen(jws), NULL);
	free(jws);
	return token;
}

char *
judge_token(const struct judge *j, const void *payload, size_t len)
{
	return wrap(j, j->outer, j->inner, payload, len);
}

char *
judge_token_under(const struct judge *j, const char *outer, const char *inner, const char *payload)
{
	return wrap(j, outer != NULL ? outer : j->outer, inner != NULL ? inner : j->inner, payload, strlen(payload));
}

/* The library's verdict in the terms of the reference: 0, or the set of reasons. */
static uint32_t
ask(struct judge *j, const char *what, const char *token, size_t len, json_t **ret_claims)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_session *session = NULL;
	sess_diag diag;
	int r;

	opts.context = j->context;
	opts.context_count = j->context_count;
	r = sess_verify(j->manager, token, len, &opts, &session, &diag);

	ck_assert_msg(r == 0 || r == SESS_ERR_REJECTED, "%s: %s: %s: %s", j->combo->name, what, sess_error_name(r),
	    diag.message);
	if (r != 0) {
		ck_assert_msg(session == NULL, "%s: %s: a refused token gave a session", j->combo->name, what);
		ck_assert_msg(diag.reasons != 0, "%s: %s: refused without a reason", j->combo->name, what);
		return diag.reasons;
	}
	ck_assert_int_eq(sess_session_claims_jansson(session, ret_claims, &diag), 0);
	sess_session_free(session);
	return 0;
}

/* The names of a set of reasons, in a buffer that the next call but one reuses. */
static const char *
names_of(uint32_t reasons)
{
	static char texts[2][512];
	static int turn;
	char *text = texts[turn ^= 1];
	size_t at = 0;

	strcpy(text, "accepted");
	for (uint32_t bit = 0; bit < SESS_REASON_COUNT; bit++)
		if ((reasons & 1u << bit) != 0 && at < sizeof(texts[0]) - 32) {
			strcpy(text + at, sess_reason_name(1u << bit));
			at += strlen(text + at);
			text[at++] = ' ';
			text[at] = '\0';
		}
	return text;
}

void
judge_expect(struct judge *j, const char *what, const char *token, size_t len, uint32_t expected)
{
	json_t *library_claims = NULL, *reference_claims = NULL;
	char *exact = NULL;
	uint32_t library, reference;

	/* A block of exactly this size, so that a sanitizer sees the first byte read past it. */
	if (len <= 1000000) {
		exact = malloc(len > 0 ? len : 1);
		ck_assert_ptr_nonnull(exact);
		if (len > 0)
			memcpy(exact, token, len);
		token = exact;
	}
	library = ask(j, what, token, len, &library_claims);
	reference = reference_verify_client(j->reference, token, len, j->now, j->context, j->context_count, &reference_claims);
	ck_assert_msg(library == reference, "%s: %s: library: %s, reference: %s", j->combo->name, what, names_of(library),
	    names_of(reference));
	if (library == 0)
		ck_assert_msg(json_equal(library_claims, reference_claims), "%s: %s: the claims differ", j->combo->name,
		    what);
	if (expected == JUDGE_REFUSED)
		ck_assert_msg(library != 0, "%s: %s: accepted", j->combo->name, what);
	else if (expected != JUDGE_SAME)
		ck_assert_msg(library == expected, "%s: %s: got: %s, expected: %s", j->combo->name, what,
		    names_of(library), names_of(expected));
	json_decref(library_claims);
	json_decref(reference_claims);
	free(exact);
}

void
judge_revoke(struct judge *j, const char *claim, const char *value, const sess_session *spare, const char *spare_sid)
{
	sess_revoke_opts opts = SESS_REVOKE_OPTS_INIT;
	sess_revocation r;
	sess_diag diag;
	int rc;

	opts.spare = spare;
	if (strcmp(claim, "sid") == 0)
		rc = sess_revoke_session(j->manager, value, &opts, &r, &diag);
	else if (strcmp(claim, "jti") == 0)
		rc = sess_revoke_token(j->manager, value, &opts, &r, &diag);
	else if (strcmp(claim, "sub") == 0)
		rc = sess_revoke_subject(j->manager, value, &opts, &r, &diag);
	else
		rc = sess_revoke_all(j->manager, &opts, &r, &diag);
	ck_assert_msg(rc == 0, "revoking: %s", diag.message);
	ck_assert_int_eq(r.queued, 0);
	reference_revoke(j->reference, claim, value, r.before, r.until, spare_sid);
}

void
judge_take(struct judge *j, const char *what, char *token, uint32_t expected)
{
	judge_expect(j, what, token, strlen(token), expected);
	free(token);
}

char *
judge_payload(const char *name, const char *instead)
{
	static const struct {
		const char *name, *text;
	} members[] = {
		{ "sub", "\"sub\":\"anna\"" },
		{ "sid", "\"sid\":\"AAAAAAAAAAAAAAAAAAAAAA\"" },
		{ "jti", "\"jti\":\"_____________________w\"" },
		{ "iat", "\"iat\":1800000000" },
		{ "exp", "\"exp\":1800003600" },
		{ "auth_time", "\"auth_time\":1800000000" },
		{ "gen", "\"gen\":0" },
	};
	char *text = forge_text("{"), *longer;
	int placed = name == NULL ? instead == NULL : 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		int is_it = name != NULL && strcmp(name, members[i].name) == 0;
		const char *member_text = is_it ? instead : members[i].text;

		placed |= is_it;
		if (member_text == NULL)
			continue;
		longer = forge_text("%s%s%s", text, text[1] == '\0' ? "" : ",", member_text);
		free(text);
		text = longer;
	}
	longer = placed || instead == NULL ? forge_text("%s}", text) : forge_text("%s,%s}", text, instead);
	free(text);
	return longer;
}
