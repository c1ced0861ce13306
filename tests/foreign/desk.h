/* SPDX-License-Identifier: MIT */
/*
 * What the tests of foreign tokens share: a manager under a clock that stands, the expectations of an ID token, payloads, and
 * a verdict that is compared. For one program.
 */
#ifndef FOREIGN_DESK_H
#define FOREIGN_DESK_H

#include <check.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/issuer.h"

#define NOW INT64_C(1800000000)
#define ISSUER "https://op.example"
#define CLIENT "client-1"
#define NONCE "n-0S6_WzA2Mj"
/* A good payload; more: members to be added, `,"x":1`, or "". */
#define PAYLOAD(more) \
	"{\"iss\":\"" ISSUER "\",\"sub\":\"alice\",\"aud\":\"" CLIENT "\",\"exp\":1800000300,\"iat\":1799999990," \
	"\"nonce\":\"" NONCE "\"" more "}"

struct desk {
	sess_manager *manager;
	sess_foreign_expectations e;
	sess_diag diag;
};

static const char *const desk_algs[] = { "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
	"PS384", "PS512", "ES256K", "EdDSA" };

static inline int
desk_clock(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

/* revocations: NULL for none. */
static inline void
desk_init_with(struct desk *d, sess_ring *ring, const char *revocations, sess_event_fn *on_event, void *arg)
{
	sess_config config = SESS_CONFIG_INIT;
	const sess_foreign_expectations blank = SESS_FOREIGN_EXPECTATIONS_INIT;

	config.ring = ring;
	config.clock = desk_clock;
	config.revocations = revocations;
	config.on_event = on_event;
	config.on_event_arg = arg;
	ck_assert_msg(sess_manager_new(&config, &d->manager, &d->diag) == 0, "%s", d->diag.message);
	d->e = blank;
	d->e.issuer = ISSUER;
	d->e.audience = CLIENT;
	d->e.nonce = NONCE;
	d->e.algs = desk_algs;
	d->e.algs_count = sizeof(desk_algs) / sizeof(desk_algs[0]);
}

static inline sess_ring *
desk_ring(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	ck_assert_int_eq(sess_ring_generate(&spec, NOW - 1, &ring, NULL), 0);
	return ring;
}

static inline void
desk_init(struct desk *d, const char *revocations)
{
	sess_ring *ring = desk_ring();

	desk_init_with(d, ring, revocations, NULL, NULL);
	sess_ring_free(ring);
}

static inline void
desk_done(struct desk *d)
{
	sess_manager_free(d->manager);
}

static inline sess_foreign_keys *
desk_keys(const struct issuer *i)
{
	char *text = issuer_jwk(i);
	sess_foreign_keys *keys = NULL;
	sess_diag diag;

	ck_assert_msg(sess_foreign_keys_load_mem(text, strlen(text), NULL, &keys, &diag) == 0, "%s (%s)", diag.message, diag.member);
	free(text);
	return keys;
}

/* 0: accepted; a set of reasons; or a negative code other than SESS_ERR_REJECTED. */
static inline int64_t
desk_verdict(struct desk *d, const sess_foreign_keys *keys, const char *token, size_t len)
{
	sess_foreign *foreign = NULL;
	int rc = sess_foreign_verify(d->manager, keys, token, len, &d->e, &foreign, &d->diag);

	ck_assert_msg((rc == 0) == (foreign != NULL), "something came out of a refusal, or nothing of success");
	sess_foreign_free(foreign);
	return rc == SESS_ERR_REJECTED ? (int64_t)d->diag.reasons : rc;
}

static inline int
desk_names(const struct desk *d, const char *member)
{
	for (size_t i = 0; i < d->diag.findings_count; i++) {
		if (strcmp(d->diag.findings[i].member, member) == 0)
			return 1;
	}
	return strcmp(d->diag.member, member) == 0;
}

/* member: must be named by a finding, unless NULL. Frees the token. */
static inline void
desk_take(struct desk *d, const sess_foreign_keys *keys, const char *what, char *token, int64_t expected, const char *member)
{
	int64_t got = desk_verdict(d, keys, token, strlen(token));

	ck_assert_msg(got == expected, "%s: %lld instead of %lld: %s", what, (long long)got, (long long)expected, d->diag.message);
	ck_assert_msg(member == NULL || desk_names(d, member), "%s: the member %s is not named", what, member);
	free(token);
}

#endif
