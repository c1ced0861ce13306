/* SPDX-License-Identifier: MIT */
/*
 * The calls that test_starve starves, over one scene of a ring, a token and a manager. Test support over the public API; knows
 * nothing of how memory fails.
 */
#ifndef SESSION_STARVE_CALLS_H
#define SESSION_STARVE_CALLS_H

#include <check.h>
#include <sess/jansson.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"

#define CLAIMS "{\"name\":\"Anna \\u00e9\",\"load\":1.5,\"n\":7}"

/* What the calls work on, and what they gave. */
struct scene {
	const struct judge_combo *combo;
	const char *revocations; /* of managers; NULL: none */
	char *ring_text, *token, *forged, *jwk;
	sess_ring *ring;
	sess_manager *manager; /* a new one for each turn: work spaces are made at their first use */
	sess_session *session;
	json_t *claims;
	void *out; /* of the call under test; released by `release` */
	size_t out_len;
	void (*release)(struct scene *s);
};

typedef int action(struct scene *s, sess_diag *diag);

static inline int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = JUDGE_NOW;
	return 0;
}

static inline int
manager_make(const struct scene *s, sess_manager **ret, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;

	config.ring = s->ring;
	config.clock = clock_now;
	config.revocations = s->revocations;
	return sess_manager_new(&config, ret, diag);
}

static inline void
scene_init(struct scene *s, const struct judge_combo *combo)
{
	json_t *ring = judge_generate(combo), *key;
	size_t len = 0;

	memset(s, 0, sizeof(*s));
	s->combo = combo;
	s->ring_text = json_dumps(ring, 0);
	key = forge_key(ring, combo->form == SESS_FORM_SIGNED ? "sig" : "enc");
	s->jwk = json_dumps(key, 0);
	ck_assert_int_eq(sess_ring_load_mem(s->ring_text, strlen(s->ring_text), NULL, &s->ring, NULL), 0);
	ck_assert_int_eq(manager_make(s, &s->manager, NULL), 0);
	ck_assert_int_eq(sess_mint(s->manager, "anna", CLAIMS, strlen(CLAIMS), NULL, &s->token, &len, NULL), 0);
	ck_assert_int_eq(sess_verify(s->manager, s->token, len, NULL, &s->session, NULL), 0);
	ck_assert_int_eq(sess_session_claims_jansson(s->session, &s->claims, NULL), 0);
	json_object_clear(s->claims);
	json_object_set_new(s->claims, "name", json_string("Anna"));
	sess_manager_free(s->manager);
	s->manager = NULL;
	s->forged = strdup(s->token);
	s->forged[len - 4] = s->forged[len - 4] == 'A' ? 'B' : 'A';
	json_decref(ring);
}

static inline void
scene_done(struct scene *s)
{
	sess_session_free(s->session);
	sess_token_free(s->token);
	sess_ring_free(s->ring);
	json_decref(s->claims);
	free(s->forged);
	free(s->ring_text);
	free(s->jwk);
}

static inline void
release_ring(struct scene *s)
{
	sess_ring_free(s->out);
}

static inline void
release_text(struct scene *s)
{
	sess_ring_text_free(s->out, s->out_len);
}

static inline void
release_manager(struct scene *s)
{
	sess_manager_free(s->out);
}

static inline void
release_token(struct scene *s)
{
	sess_token_free(s->out);
}

static inline void
release_session(struct scene *s)
{
	sess_session_free(s->out);
}

static inline void
release_inspection(struct scene *s)
{
	sess_inspection_free(s->out);
}

static inline void
release_payload(struct scene *s)
{
	sess_raw_free(s->out, s->out_len);
}

static inline void
release_document(struct scene *s)
{
	json_decref(s->out);
}

static inline void
release_cookies(struct scene *s)
{
	sess_cookies_free(s->out);
}

static inline int
act_cookie_set(struct scene *s, sess_diag *diag)
{
	sess_cookies *cookies = NULL;
	int rc = sess_cookie_set(s->manager, s->token, strlen(s->token), &cookies, diag);

	s->out = cookies;
	s->release = release_cookies;
	return rc;
}

static inline int
act_cookie_clear(struct scene *s, sess_diag *diag)
{
	sess_cookies *cookies = NULL;
	int rc = sess_cookie_clear(s->manager, &cookies, diag);

	s->out = cookies;
	s->release = release_cookies;
	return rc;
}

static inline int
act_cookie_get(struct scene *s, sess_diag *diag)
{
	static const sess_cookie_header header = { "a=b; __Host-session=a.b.c", 25 };
	char *token = NULL;
	int rc = sess_cookie_get(s->manager, &header, 1, &token, &s->out_len, diag);

	s->out = token;
	s->release = release_token;
	return rc;
}

static inline int
act_load(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sess_ring_load_mem(s->ring_text, strlen(s->ring_text), NULL, &ring, diag);

	s->out = ring;
	s->release = release_ring;
	return rc;
}

static inline int
act_generate(struct scene *s, sess_diag *diag)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	int rc;

	spec.form = s->combo->form;
	spec.alg = s->combo->alg;
	spec.kw = s->combo->kw;
	spec.enc = s->combo->enc;
	rc = sess_ring_generate(&spec, 1, &ring, diag);
	s->out = ring;
	s->release = release_ring;
	return rc;
}

static inline int
act_dump(struct scene *s, sess_diag *diag)
{
	char *text = NULL;
	int rc = sess_ring_dump(s->ring, &text, &s->out_len, diag);

	s->out = text;
	s->release = release_text;
	return rc;
}

static inline int
act_manager(struct scene *s, sess_diag *diag)
{
	sess_manager *manager = NULL;
	int rc = manager_make(s, &manager, diag);

	s->out = manager;
	s->release = release_manager;
	return rc;
}

static inline int
act_mint(struct scene *s, sess_diag *diag)
{
	char *token = NULL;
	int rc = sess_mint(s->manager, "anna", CLAIMS, strlen(CLAIMS), NULL, &token, &s->out_len, diag);

	s->out = token;
	s->release = release_token;
	return rc;
}

static inline int
act_mint_jansson(struct scene *s, sess_diag *diag)
{
	char *token = NULL;
	int rc = sess_mint_jansson(s->manager, NULL, s->claims, NULL, &token, &s->out_len, diag);

	s->out = token;
	s->release = release_token;
	return rc;
}

static inline int
verify(struct scene *s, const char *token, sess_diag *diag)
{
	sess_session *session = NULL;
	int rc = sess_verify(s->manager, token, strlen(token), NULL, &session, diag);

	s->out = session;
	s->release = release_session;
	return rc;
}

static inline int
act_verify(struct scene *s, sess_diag *diag)
{
	return verify(s, s->token, diag);
}

static inline int
act_verify_forged(struct scene *s, sess_diag *diag)
{
	return verify(s, s->forged, diag);
}

static const sess_context bound = { "ua", "Lynx", 4 };

static inline int
act_mint_bound(struct scene *s, sess_diag *diag)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	int rc;

	opts.context = &bound;
	opts.context_count = 1;
	rc = sess_mint(s->manager, "anna", CLAIMS, strlen(CLAIMS), &opts, &token, &s->out_len, diag);
	s->out = token;
	s->release = release_token;
	return rc;
}

/* Renewal needs a session of this manager; verifying it is starved along. */
static inline int
act_renew(struct scene *s, sess_diag *diag)
{
	sess_session *session = NULL;
	char *token = NULL;
	int rc = sess_verify(s->manager, s->token, strlen(s->token), NULL, &session, diag);

	if (rc == 0)
		rc = sess_renew(s->manager, session, NULL, &token, &s->out_len, diag);
	sess_session_free(session);
	s->out = token;
	s->release = release_token;
	return rc;
}

static inline int
act_regenerate(struct scene *s, sess_diag *diag)
{
	sess_regenerate_opts opts = SESS_REGENERATE_OPTS_INIT;
	char *token = NULL, old[SESS_ID_LEN + 1];
	sess_session *session = NULL;
	int rc = sess_verify(s->manager, s->token, strlen(s->token), NULL, &session, diag);

	opts.context = &bound;
	opts.context_count = 1;
	if (rc == 0)
		rc = sess_regenerate(s->manager, session, &opts, &token, &s->out_len, old, diag);
	sess_session_free(session);
	s->out = token;
	s->release = release_token;
	return rc;
}

static inline int
act_inspect(struct scene *s, sess_diag *diag)
{
	sess_inspection *inspection = NULL;
	int rc = sess_inspect(s->token, strlen(s->token), &inspection, diag);

	s->out = inspection;
	s->release = release_inspection;
	return rc;
}

static inline int
act_raw(struct scene *s, sess_diag *diag)
{
	uint8_t *payload = NULL;
	int rc = sess_raw_open(s->jwk, strlen(s->jwk), s->token, strlen(s->token), &payload, &s->out_len, diag);

	s->out = payload;
	s->release = release_payload;
	return rc;
}

static inline int
act_document(struct scene *s, sess_diag *diag)
{
	json_t *claims = NULL;
	int rc = sess_session_claims_jansson(s->session, &claims, diag);

	s->out = claims;
	s->release = release_document;
	return rc;
}

static inline void
release_metrics(struct scene *s)
{
	sess_metrics_free(s->out);
}

static inline int
act_metrics(struct scene *s, sess_diag *diag)
{
	char *text = NULL;
	int rc = sess_manager_metrics(s->manager, &text, &s->out_len, diag);

	s->out = text;
	s->release = release_metrics;
	return rc;
}

static inline void
release_watch(struct scene *s)
{
	sess_watch_free(s->out);
}

static inline void
ignore(const sess_unusual *unusual, void *arg)
{
	(void)unusual;
	(void)arg;
}

static inline int
act_watch(struct scene *s, sess_diag *diag)
{
	sess_watch *watch = NULL;
	int rc = sess_watch_new(NULL, ignore, NULL, &watch, diag);

	s->out = watch;
	s->release = release_watch;
	return rc;
}

static inline int
act_policy(struct scene *s, sess_diag *diag)
{
	static const char text[] = "{\"issuer\":\"https://shop.example\",\"leeway_s\":5}";
	sess_policy policy;

	s->release = NULL;
	return sess_policy_parse(text, sizeof(text) - 1, &policy, diag);
}

#endif
