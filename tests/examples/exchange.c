/* SPDX-License-Identifier: MIT */
/*
 * Example: signing in with an OpenID provider. What comes back from the provider is an ID token, signed by it; it is exchanged for a
 * session of this service, once. The provider is played here by a ring of its own, whose signed form is a JWT like any other's; of the
 * service's side, everything is as it would be. Uses the public API only.
 *
 * Exit status 0: the ID token became a session of alice, and could not become another one. 77: this library has no libjwt.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

#define ISSUER "https://idp.example"
#define CLIENT "shop-client-id"

/* The provider: it signs ID tokens, and publishes its public keys as a JWK Set (at jwks_uri). */
struct provider {
	sess_ring *ring;
	sess_manager *manager;
	char *jwks;
	size_t jwks_len;
};

static int
provider_new(struct provider *p, sess_diag *diag)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	int rc;

	sess_policy_init(&policy);
	(void)snprintf(policy.issuer, sizeof(policy.issuer), ISSUER);
	(void)snprintf(policy.audience, sizeof(policy.audience), CLIENT);
	(void)snprintf(policy.typ, sizeof(policy.typ), "JWT");
	spec.form = SESS_FORM_SIGNED;
	spec.alg = "ES256";
	if ((rc = sess_ring_generate(&spec, 1, &p->ring, diag)) != 0)
		return rc;
	config.ring = p->ring;
	config.policy = &policy;
	if ((rc = sess_manager_new(&config, &p->manager, diag)) != 0)
		return rc;
	return sess_ring_export_jwks(p->ring, 2, &p->jwks, &p->jwks_len, diag);
}

static void
provider_done(struct provider *p)
{
	sess_ring_text_free(p->jwks, p->jwks_len);
	sess_manager_free(p->manager);
	sess_ring_free(p->ring);
}

/*
 * The service's callback, once it has checked "state" and got the ID token for the code. The nonce is what it sent with this browser's
 * request, kept in a short-lived cookie or session.
 */
static int
callback(sess_manager *m, const sess_foreign_keys *keys, const char *id_token, const char *nonce, char **ret_token, sess_diag *diag)
{
	static const char *const algs[] = { "ES256" };
	static const char *const claims[] = { "email" };
	sess_foreign_expectations expected = SESS_FOREIGN_EXPECTATIONS_INIT;
	sess_exchange_opts opts = SESS_EXCHANGE_OPTS_INIT;
	size_t len = 0;

	expected.issuer = ISSUER;
	expected.audience = CLIENT;
	expected.algs = algs;
	expected.algs_count = 1;
	expected.nonce = nonce;
	opts.subject_prefix = "idp:"; /* subjects are unique within one issuer only */
	opts.claims = claims;
	opts.claims_count = 1;
	return sess_exchange(m, keys, id_token, strlen(id_token), &expected, &opts, ret_token, &len, diag);
}

/* As on any later request. */
static int
show(sess_manager *m, const char *token, sess_diag *diag)
{
	sess_session *session = NULL;
	const char *email = "", *user;
	int rc = sess_verify(m, token, strlen(token), NULL, &session, diag);

	if (rc == 0 && (rc = sess_session_get_string(session, "email", &email, NULL)) == 0) {
		user = sess_session_subject(session);
		printf("signed in: %s, %s\n", user, email);
		rc = user != NULL && strcmp(user, "idp:alice") == 0 ? 0 : -1;
	}
	sess_session_free(session);
	return rc;
}

static int
sign_in(struct provider *p, sess_manager *m, const sess_foreign_keys *keys, sess_diag *diag)
{
	static const char claims[] = "{\"nonce\":\"n-0S6_WzA2Mj\",\"email\":\"alice@example\"}";
	char *id_token = NULL, *token = NULL, *again = NULL;
	size_t len = 0;
	int rc;

	if ((rc = sess_mint(p->manager, "alice", claims, strlen(claims), NULL, &id_token, &len, diag)) == 0 &&
	    (rc = callback(m, keys, id_token, "n-0S6_WzA2Mj", &token, diag)) == 0 && (rc = show(m, token, diag)) == 0) {
		/* Somebody has read it on its way, and tries it too. */
		rc = callback(m, keys, id_token, "n-0S6_WzA2Mj", &again, diag);
		printf("the same again: %s\n", sess_reason_sentence(sess_reason_first(diag->reasons)));
		rc = rc == SESS_ERR_REJECTED && (diag->reasons & SESS_REASON_REUSED) != 0 ? 0 : -1;
	}
	sess_token_free(again);
	sess_token_free(token);
	sess_token_free(id_token);
	return rc;
}

int
main(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	struct provider provider = { NULL, NULL, NULL, 0 };
	sess_foreign_keys *keys = NULL;
	sess_manager *manager = NULL;
	sess_ring *ring = NULL;
	sess_diag diag = { .message = "" };
	int rc;

	if (sess_foreign_libjwt_version() == NULL)
		return 77;
	if ((rc = provider_new(&provider, &diag)) == 0 && (rc = sess_ring_generate(&spec, 1, &ring, &diag)) == 0 &&
	    /* In a service: fetched from jwks_uri now and then, and loaded anew. */
	    (rc = sess_foreign_keys_load_mem(provider.jwks, provider.jwks_len, NULL, &keys, &diag)) == 0) {
		config.ring = ring;
		config.revocations = "memory:"; /* a store remembers what has been exchanged */
		rc = sess_manager_new(&config, &manager, &diag);
	}
	if (rc == 0)
		rc = sign_in(&provider, manager, keys, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_manager_free(manager);
	sess_foreign_keys_free(keys);
	sess_ring_free(ring);
	provider_done(&provider);
	return rc == 0 ? 0 : 1;
}
