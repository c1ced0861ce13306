/* SPDX-License-Identifier: MIT */
/* Tokens of another issuer, for test_starve: their keys, verifying them, exchanging them. Over the scene of starve_calls.h. */
#ifndef SESSION_STARVE_FOREIGN_H
#define SESSION_STARVE_FOREIGN_H

#include "session/starve_more.h"

static struct {
	sess_foreign_keys *keys;
	sess_foreign *verified;
	char *token;
} abroad;

static const char *const abroad_algs[] = { "HS256" };

static inline sess_foreign_expectations
abroad_expects(void)
{
	sess_foreign_expectations e = SESS_FOREIGN_EXPECTATIONS_INIT;

	e.issuer = "https://idp.example";
	e.audience = "shop";
	e.algs = abroad_algs;
	e.algs_count = 1;
	e.waive_nonce = 1;
	return e;
}

/* Before hunger begins; the manager is the scene's. */
static inline void
abroad_make(struct scene *s)
{
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"f\"}";
	static const char payload[] = "{\"iss\":\"https://idp.example\",\"aud\":\"shop\",\"sub\":\"u\",\"iat\":1800000000,"
				      "\"exp\":1800000600}";
	sess_foreign_expectations e = abroad_expects();
	json_t *key = json_loads(FOREIGN_KEY, 0, NULL);

	abroad.token = forge_jws(key, header, strlen(header), payload, strlen(payload));
	json_decref(key);
	ck_assert_int_eq(sess_foreign_keys_load_mem(FOREIGN_KEY, strlen(FOREIGN_KEY), NULL, &abroad.keys, NULL), 0);
	ck_assert_int_eq(manager_make(s, &s->manager, NULL), 0);
	ck_assert_int_eq(sess_foreign_verify(s->manager, abroad.keys, abroad.token, strlen(abroad.token), &e, &abroad.verified, NULL), 0);
	sess_manager_free(s->manager);
	s->manager = NULL;
}

static inline void
abroad_done(void)
{
	sess_foreign_free(abroad.verified);
	sess_foreign_keys_free(abroad.keys);
	free(abroad.token);
	memset(&abroad, 0, sizeof(abroad));
}

static inline void
release_keys(struct scene *s)
{
	sess_foreign_keys_free(s->out);
}

static inline void
release_foreign(struct scene *s)
{
	sess_foreign_free(s->out);
}

static inline int
act_foreign_keys(struct scene *s, sess_diag *diag)
{
	sess_foreign_keys *keys = NULL;
	int rc = sess_foreign_keys_load_mem(FOREIGN_KEY, strlen(FOREIGN_KEY), NULL, &keys, diag);

	s->out = keys;
	s->release = release_keys;
	return rc;
}

static inline int
act_foreign_file(struct scene *s, sess_diag *diag)
{
	sess_foreign_keys *keys = NULL;
	int rc = sess_foreign_keys_load_file(starve_paths.keys, NULL, &keys, diag);

	s->out = keys;
	s->release = release_keys;
	return rc;
}

static inline int
act_foreign_verify(struct scene *s, sess_diag *diag)
{
	sess_foreign_expectations e = abroad_expects();
	sess_foreign *foreign = NULL;
	int rc = sess_foreign_verify(s->manager, abroad.keys, abroad.token, strlen(abroad.token), &e, &foreign, diag);

	s->out = foreign;
	s->release = release_foreign;
	return rc;
}

static inline int
act_foreign_claims(struct scene *s, sess_diag *diag)
{
	json_t *claims = NULL;
	int rc = sess_foreign_claims_jansson(abroad.verified, &claims, diag);

	s->out = claims;
	s->release = release_document;
	return rc;
}

static inline int
act_exchange(struct scene *s, sess_diag *diag)
{
	sess_foreign_expectations e = abroad_expects();
	char *token = NULL;
	int rc = sess_exchange(s->manager, abroad.keys, abroad.token, strlen(abroad.token), &e, NULL, &token, &s->out_len, diag);

	s->out = token;
	s->release = release_token;
	return rc;
}

#endif
