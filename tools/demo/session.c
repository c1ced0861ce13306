/* SPDX-License-Identifier: MIT */
/* The demo's sessions: everything that it does with libsess for one request. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "demo.h"

#define HEADERS_MAX 16

struct collected {
	sess_cookie_header header[HEADERS_MAX];
	size_t count;
};

static enum MHD_Result
collect(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_len, const char *value, size_t value_len)
{
	struct collected *c = arg;

	(void)kind;
	if (key_len == 6 && strncasecmp(key, "Cookie", 6) == 0 && c->count < HEADERS_MAX)
		c->header[c->count++] = (sess_cookie_header){ value, value_len };
	return MHD_YES;
}

static void
clear_cookies(struct request *r)
{
	sess_cookies_free(r->cookies);
	r->cookies = NULL;
	(void)!sess_cookie_clear(r->demo->manager, &r->cookies, NULL);
}

void
session_open(struct request *r)
{
	struct collected c = { .count = 0 };
	char *token = NULL;
	sess_diag diag;

	(void)MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, collect, &c);
	if (sess_cookie_get(r->demo->manager, c.header, c.count, &token, &r->token_len, &diag) != 0 ||
	    (token != NULL && sess_verify(r->demo->manager, token, r->token_len, NULL, &r->session, &diag) != 0)) {
		r->refused = diag.reasons;
		/* A store that does not answer is no reason to throw a session away. */
		if ((r->refused & ~(uint32_t)SESS_REASON_STORE_UNAVAILABLE) != 0)
			clear_cookies(r);
	}
	sess_token_free(token);
}

void
session_close(struct request *r)
{
	sess_session_free(r->session);
	sess_cookies_free(r->cookies);
}

/* A fresh token becomes this answer's cookie, and this request's session; takes it. */
static int
adopt(struct request *r, char *token, size_t len, sess_diag *diag)
{
	sess_cookies *cookies = NULL;
	sess_session *session = NULL;
	int rc = sess_cookie_set(r->demo->manager, token, len, &cookies, diag);

	if (rc == 0 && (rc = sess_verify(r->demo->manager, token, len, NULL, &session, diag)) == 0) {
		session_close(r);
		r->session = session;
		r->cookies = cookies;
		r->token_len = len;
	} else {
		sess_cookies_free(cookies);
	}
	sess_token_free(token);
	return rc;
}

int
session_start(struct request *r, const char *name, int stay, sess_diag *diag)
{
	static const char claims[] = "{\"role\":\"customer\",\"cart\":[]}";
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	size_t len = 0;
	int rc;

	opts.persistent = stay;
	if ((rc = sess_mint(r->demo->manager, name, claims, sizeof(claims) - 1, &opts, &token, &len, diag)) != 0)
		return rc;
	return adopt(r, token, len, diag);
}

int
session_save(struct request *r, json_t *claims, sess_diag *diag)
{
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	char *text = json_dumps(claims, JSON_COMPACT), *token = NULL;
	size_t len = 0;
	int rc = SESS_ERR_MEMORY;

	json_decref(claims);
	if (text == NULL)
		return rc;
	opts.claims_json = text;
	opts.claims_json_len = strlen(text);
	if ((rc = sess_renew(r->demo->manager, r->session, &opts, &token, &len, diag)) == 0)
		rc = adopt(r, token, len, diag);
	free(text);
	return rc;
}

void
session_renew(struct request *r)
{
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;

	/* Where it fails the old token goes on until its own deadline. */
	if (r->session != NULL && sess_session_wants_renewal(r->session) &&
	    sess_renew(r->demo->manager, r->session, NULL, &token, &len, &diag) == 0)
		(void)adopt(r, token, len, &diag);
}

/* The order matters: the new token first, then the old session's end. */
int
session_elevate(struct request *r, sess_diag *diag)
{
	sess_regenerate_opts opts = SESS_REGENERATE_OPTS_INIT;
	char *text, *token = NULL, old[SESS_ID_LEN + 1];
	json_t *claims = cart_claims(r);
	size_t len = 0;
	int rc = SESS_ERR_MEMORY;

	if (json_object_set_new(claims, "role", json_string("manager")) == 0 &&
	    (text = json_dumps(claims, JSON_COMPACT)) != NULL) {
		opts.claims_json = text;
		opts.claims_json_len = strlen(text);
		if ((rc = sess_regenerate(r->demo->manager, r->session, &opts, &token, &len, old, diag)) == 0 &&
		    (rc = adopt(r, token, len, diag)) == 0)
			rc = sess_revoke_session(r->demo->manager, old, NULL, NULL, diag);
		free(text);
	}
	json_decref(claims);
	return rc;
}

int
session_end(struct request *r, int everywhere, sess_diag *diag)
{
	sess_manager *m = r->demo->manager;
	int rc = everywhere ? sess_revoke_subject(m, sess_session_subject(r->session), NULL, NULL, diag) :
			      sess_revoke_session(m, sess_session_id(r->session), NULL, NULL, diag);

	if (rc != 0)
		return rc;
	(void)!sess_manager_count_logout(m, r->session, NULL);
	sess_session_free(r->session);
	r->session = NULL;
	clear_cookies(r);
	return 0;
}

const char *
session_role(const struct request *r)
{
	const char *role = NULL;

	if (r->session == NULL)
		return NULL;
	return sess_session_get_string(r->session, "role", &role, NULL) == 0 ? role : "customer";
}
