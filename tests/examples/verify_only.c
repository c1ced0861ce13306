/* SPDX-License-Identifier: MIT */
/*
 * Example: several services, one of which signs people in. It alone has the whole ring, whose signing key is ES256; the others
 * have what sess_ring_export_verify_only() makes of it, and can verify and read sessions, and make none. A service that takes over a
 * session for a purpose of its own gives it no token: it verifies that of the sign-in service. Uses the public API only.
 *
 * Exit status 0: the shop verified what the sign-in service had minted, and could mint, renew and rotate nothing.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

static int
manager_of(sess_ring *ring, sess_manager **ret, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;

	sess_policy_init(&policy);
	(void)snprintf(policy.issuer, sizeof(policy.issuer), "https://login.example");
	(void)snprintf(policy.audience, sizeof(policy.audience), "shop");
	config.ring = ring;
	config.policy = &policy;
	return sess_manager_new(&config, ret, diag);
}

/* The file of each service: a copy in memory stands for it here. In files: `sesstool key export --verify-only -o shop.jwks ring.jwks`. */
static int
hand_over(const sess_ring *whole, sess_ring **ret_reader, sess_diag *diag)
{
	sess_ring *exported = NULL;
	char *text = NULL;
	size_t len = 0;
	int rc;

	if ((rc = sess_ring_export_verify_only(whole, 2, &exported, diag)) == 0 && (rc = sess_ring_dump(exported, &text, &len, diag)) == 0)
		rc = sess_ring_load_mem(text, len, NULL, ret_reader, diag);
	sess_ring_text_free(text, len);
	sess_ring_free(exported);
	return rc;
}

/* What the shop must not be able to do. */
static int
cannot_mint(sess_manager *shop, sess_session *session, const sess_ring *reader, sess_diag *diag)
{
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *other = NULL;
	char *token = NULL;
	size_t len = 0;
	int minted = sess_mint(shop, "mallory", NULL, 0, NULL, &token, &len, diag);
	int renewed = sess_renew(shop, session, NULL, &token, &len, diag);
	int rotated = sess_ring_rotate(reader, &rotation, 2, &other, diag);

	printf("shop: mint %s, renew %s, rotate %s\n", sess_error_name(minted), sess_error_name(renewed), sess_error_name(rotated));
	return minted == SESS_ERR_RING_NO_KEY && renewed == SESS_ERR_RING_NO_KEY && rotated == SESS_ERR_RING_STATE ? 0 : -1000;
}

static int
play(sess_manager *login, sess_manager *shop, const sess_ring *reader, sess_diag *diag)
{
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	int rc;

	if ((rc = sess_mint(login, "alice", NULL, 0, NULL, &token, &len, diag)) == 0 &&
	    (rc = sess_verify(shop, token, len, NULL, &session, diag)) == 0) {
		printf("shop: this is %s\n", sess_session_subject(session));
		rc = cannot_mint(shop, session, reader, diag);
	}
	sess_session_free(session);
	sess_token_free(token);
	return rc;
}

int
main(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *whole = NULL, *reader = NULL;
	sess_manager *login = NULL, *shop = NULL;
	sess_diag diag = { .message = "" };
	int rc;

	spec.alg = "ES256"; /* with HS256 who can verify can mint, and the export is refused */
	if ((rc = sess_ring_generate(&spec, 1, &whole, &diag)) == 0 && (rc = hand_over(whole, &reader, &diag)) == 0 &&
	    (rc = manager_of(whole, &login, &diag)) == 0 && (rc = manager_of(reader, &shop, &diag)) == 0)
		rc = play(login, shop, reader, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_manager_free(login);
	sess_manager_free(shop);
	sess_ring_free(whole);
	sess_ring_free(reader);
	return rc == 0 ? 0 : 1;
}
