/* SPDX-License-Identifier: MIT */
/*
 * Example: the least that a service needs. Sign-in mints a session and sets its cookie; each request reads the cookie, verifies it,
 * and gives the client the next one where renewal is wanted; logging out revokes it and clears the cookie. A request here is its
 * Cookie header, a response its Set-Cookie lines. Uses the public API only.
 *
 * Exit status 0: alice signed in, was known, was renewed, logged out, and was not known any more.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

#define HEADER_MAX 8192

/* What a browser keeps, and sends with the next request. */
struct browser {
	char cookie[HEADER_MAX];
};

/* A clock that the example can move. */
static int64_t now = 1800000000;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = now;
	return 0;
}

/* Each value is a Set-Cookie header of its own in the same response. This policy allows one cookie. */
static void
respond(struct browser *to, const sess_cookies *cookies)
{
	const char *value = sess_cookies_value(cookies, 0, NULL);

	printf("  Set-Cookie: %.24s...\n", value);
	(void)snprintf(to->cookie, sizeof(to->cookie), "%.*s", (int)strcspn(value, ";"), value);
	if (strstr(value, "Max-Age=0") != NULL)
		to->cookie[0] = '\0';
}

static int
set_cookie(sess_manager *m, const char *token, size_t len, struct browser *to, sess_diag *diag)
{
	sess_cookies *cookies = NULL;
	int rc = sess_cookie_set(m, token, len, &cookies, diag);

	if (rc == 0)
		respond(to, cookies);
	sess_cookies_free(cookies);
	return rc;
}

static int
sign_in(sess_manager *m, const char *user, struct browser *to, sess_diag *diag)
{
	static const char claims[] = "{\"roles\":[\"customer\"]}";
	char *token = NULL;
	size_t len = 0;
	int rc = sess_mint(m, user, claims, strlen(claims), NULL, &token, &len, diag);

	if (rc == 0)
		rc = set_cookie(m, token, len, to, diag);
	sess_token_free(token);
	return rc;
}

/* Who is it? 0 with *ret_session NULL: nobody, and the user is to sign in. */
static int
recognise(sess_manager *m, const struct browser *from, sess_session **ret_session, sess_diag *diag)
{
	sess_cookie_header header = { from->cookie, strlen(from->cookie) };
	char *token = NULL;
	size_t len = 0;
	int rc = sess_cookie_get(m, &header, 1, &token, &len, diag);

	if (rc == 0 && token != NULL)
		rc = sess_verify(m, token, len, NULL, ret_session, diag);
	sess_token_free(token);
	return rc == SESS_ERR_REJECTED ? 0 : rc; /* why it was refused is the operator's to know, by an event, not the client's */
}

static int
request(sess_manager *m, struct browser *b, const char *expected_user, sess_diag *diag)
{
	sess_session *session = NULL;
	char *fresh = NULL;
	size_t len = 0;
	int rc = recognise(m, b, &session, diag);
	const char *user = session == NULL ? NULL : sess_session_subject(session);

	printf("  %s\n", user == NULL ? "please sign in" : user);
	if (rc == 0 && (user == NULL) != (expected_user == NULL))
		rc = -1000;
	/* A renewal that fails costs nothing yet: the token in hand is good until its own deadline, and the next request tries again. */
	if (rc == 0 && session != NULL && sess_session_wants_renewal(session) &&
	    sess_renew(m, session, NULL, &fresh, &len, diag) == 0)
		rc = set_cookie(m, fresh, len, b, diag);
	sess_token_free(fresh);
	sess_session_free(session);
	return rc;
}

/* The cookie goes whatever the store says; what could not be revoked is the caller's to try again. */
static int
sign_out(sess_manager *m, struct browser *b, sess_diag *diag)
{
	sess_session *session = NULL;
	sess_cookies *cookies = NULL;
	int rc = recognise(m, b, &session, diag);

	if (sess_cookie_clear(m, &cookies, NULL) == 0)
		respond(b, cookies);
	if (rc == 0 && session != NULL)
		rc = sess_revoke_session(m, sess_session_id(session), NULL, NULL, diag);
	sess_cookies_free(cookies);
	sess_session_free(session);
	return rc;
}

static int
visit(sess_manager *m, sess_diag *diag)
{
	struct browser b = { "" }, thief;
	int rc;

	if ((rc = sign_in(m, "alice", &b, diag)) != 0 || (rc = request(m, &b, "alice", diag)) != 0)
		return rc;
	now += 2400; /* past half of the idle hour: the response renews the session */
	if ((rc = request(m, &b, "alice", diag)) != 0)
		return rc;
	now += 2400; /* past the first deadline: it is the renewed token that counts */
	thief = b;   /* a copy of the cookie, kept over the logout */
	if ((rc = request(m, &b, "alice", diag)) != 0 || (rc = sign_out(m, &b, diag)) != 0 || (rc = request(m, &b, NULL, diag)) != 0)
		return rc;
	return request(m, &thief, NULL, diag);
}

int
main(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;
	sess_diag diag = { .message = "the wrong user was seen" };
	int rc;

	/* In a service: config.ring_path, config.policy_path, config.revocations = "lmdb:/var/lib/shop", and no clock. */
	if ((rc = sess_ring_generate(&spec, now, &ring, &diag)) == 0) {
		config.ring = ring;
		config.revocations = "memory:";
		config.clock = clock_now;
		rc = sess_manager_new(&config, &manager, &diag);
	}
	if (rc == 0)
		rc = visit(manager, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_manager_free(manager);
	sess_ring_free(ring);
	return rc == 0 ? 0 : 1;
}
