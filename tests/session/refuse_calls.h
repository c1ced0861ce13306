/* SPDX-License-Identifier: MIT */
/*
 * More calls for test_refuse: changes of rings, rings and files exchanged under a manager, sessions bound to a context, entries of a
 * revocation feed. What a call needs beforehand it makes while nothing is refused.
 */
#ifndef SESSION_REFUSE_CALLS_H
#define SESSION_REFUSE_CALLS_H

#include "revocation/feed_entry.h"
#include "ring/protection.h"
#include "session/refuse.h"
#include "session/starve_foreign.h"

#define LATER (JUDGE_NOW + INT64_C(40) * 86400)

/* A ring that another can be made of without its private key, and the same with an old key that may go. */
static struct {
	sess_ring *nested, *turned;
	sess_ring *next; /* of the scene's */
	char kid[SESS_KID_MAX + 1]; /* of `nested`'s signing key */
	struct feed_key feed;
	char entry[FEED_ENTRY_LEN], forged[FEED_ENTRY_LEN];
} changed;
static const uint8_t feed_epoch[FEED_EPOCH_BYTES] = "an epoch of 16";

static inline void
calls_make(void)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_rotation what = SESS_ROTATION_INIT;
	struct feed_entry entry = { .r = { .key = { 5, 6 }, .event = UINT64_C(0xfedcba9876543212), .t = JUDGE_NOW, .until = LATER },
		.copy = 1, .at_ms = JUDGE_NOW * 1000 };
	sess_key_info info;

	spec.alg = "EdDSA";
	ck_assert_int_eq(sess_ring_generate(&spec, JUDGE_NOW - 86400, &changed.nested, NULL), 0);
	ck_assert_int_eq(sess_ring_rotate(changed.nested, &what, JUDGE_NOW, &changed.turned, NULL), 0);
	for (size_t i = 0; i < sess_ring_key_count(changed.nested); i++) {
		ck_assert_int_eq(sess_ring_key_info(changed.nested, i, JUDGE_NOW, &info), 0);
		if (strcmp(info.use, "sig") == 0)
			strcpy(changed.kid, info.kid);
	}
	ck_assert_int_eq(feed_key_init(&changed.feed, changed.nested), 0);
	ck_assert_int_eq(feed_entry_format(&changed.feed, feed_epoch, &entry, changed.entry), 0);
	memcpy(changed.forged, changed.entry, sizeof(changed.forged));
	changed.forged[FEED_ENTRY_LEN - 4] = changed.entry[FEED_ENTRY_LEN - 4] == 'A' ? 'B' : 'A';
}

static inline void
calls_done(void)
{
	feed_key_done(&changed.feed);
	sess_ring_free(changed.nested);
	sess_ring_free(changed.turned);
	memset(&changed, 0, sizeof(changed));
}

static inline int
gave_ring(struct scene *s, int rc, sess_ring *ring)
{
	s->out = ring;
	s->release = release_ring;
	return rc;
}

static inline int
act_revoke_key(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sess_ring_revoke(changed.nested, changed.kid, "refused", JUDGE_NOW, &ring, diag);

	return gave_ring(s, rc, ring);
}

static inline int
act_prune(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sess_ring_prune(changed.turned, NULL, 0, LATER, &ring, diag);

	return gave_ring(s, rc, ring);
}

static inline int
act_verify_only(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sess_ring_export_verify_only(changed.nested, JUDGE_NOW, &ring, diag);

	return gave_ring(s, rc, ring);
}

static inline int
act_jwks(struct scene *s, sess_diag *diag)
{
	char *text = NULL;
	int rc = sess_ring_export_jwks(changed.nested, JUDGE_NOW, &text, &s->out_len, diag);

	s->out = text;
	s->release = release_text;
	return rc;
}

static inline int
turn(const sess_ring *old, void *arg, sess_ring **ret, sess_diag *diag)
{
	sess_rotation what = SESS_ROTATION_INIT;

	(void)arg;
	return sess_ring_rotate(old, &what, JUDGE_NOW, ret, diag);
}

/* The file is the old one unless it said that it is the new one. */
static inline int
act_update_file(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL, *found = NULL;
	int rc = sess_ring_update_file(starve_paths.ring, NULL, turn, NULL, &ring, diag), was = refuse.armed;

	refuse.armed = 0;
	if (sess_ring_load_file(starve_paths.ring, NULL, &found, NULL) != 0 ||
	    sess_ring_generation(found) != sess_ring_generation(s->ring) + (rc == 0) ||
	    sess_ring_replace_file(s->ring, starve_paths.ring, NULL) != 0)
		rc = 1;
	refuse.armed = was;
	sess_ring_free(found);
	return gave_ring(s, rc, ring);
}

static inline int
act_passphrase(struct scene *s, sess_diag *diag)
{
	sess_protection *made = NULL;
	int rc = sess_protection_new_passphrase("secret", 6, 0, &made, diag);

	sess_protection_free(made);
	s->release = NULL;
	return (rc == 0) == (made != NULL) ? rc : 1;
}

static inline int
act_kek(struct scene *s, sess_diag *diag)
{
	static const char jwk[] = "{\"kty\":\"oct\",\"alg\":\"A256KW\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";
	sess_protection *made = NULL;
	int rc = sess_protection_new_kek(jwk, strlen(jwk), &made, diag);

	sess_protection_free(made);
	s->release = NULL;
	return (rc == 0) == (made != NULL) ? rc : 1;
}

/* Two iterations, for it is not the time that is tested; a salt that is new each time, so that nothing is remembered. */
static sess_protection *passphrase;

static inline int
act_derive(struct scene *s, sess_diag *diag)
{
	static uint32_t number;
	uint8_t salt[8] = { 0 };
	SECRET_CLEANUP struct secret key = { { 0 }, 0 };

	number++;
	memcpy(salt, &number, sizeof(number));
	s->release = NULL;
	(void)diag;
	return protection_key(passphrase, salt, sizeof(salt), 2, &key);
}

/* How a manager by path takes another ring; in peace before and after. */
static inline int
exchange_ring(struct scene *s, int (*exchange)(sess_manager *m, sess_diag *diag), sess_diag *diag)
{
	sess_rotation what = SESS_ROTATION_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_session *session = NULL;
	int was = refuse.armed, rc;

	refuse.armed = 0;
	config.ring_path = starve_paths.ring;
	config.clock = clock_now;
	s->release = NULL;
	if (sess_manager_new(&config, &manager, NULL) != 0 || sess_ring_rotate(s->ring, &what, JUDGE_NOW, &changed.next, NULL) != 0 ||
	    sess_ring_replace_file(changed.next, starve_paths.ring, NULL) != 0)
		return 1;
	refuse.armed = was;
	rc = exchange(manager, diag);
	refuse.armed = 0;
	/* The new ring is in force where it said so; else the old one, which still verifies. */
	if (rc != 0 && sess_verify(manager, s->token, strlen(s->token), NULL, &session, NULL) != 0)
		rc = 1;
	sess_session_free(session);
	if (sess_manager_generation(manager) != sess_ring_generation(rc == 0 ? changed.next : s->ring))
		rc = 1;
	sess_manager_free(manager);
	sess_ring_free(changed.next);
	if (sess_ring_replace_file(s->ring, starve_paths.ring, NULL) != 0)
		rc = 1;
	refuse.armed = was;
	return rc;
}

static inline int
reload_if_changed(sess_manager *m, sess_diag *diag)
{
	return sess_manager_reload_if_changed(m, NULL, diag);
}

static inline int
set_next(sess_manager *m, sess_diag *diag)
{
	return sess_manager_set_ring(m, changed.next, diag);
}

static inline int
act_reload(struct scene *s, sess_diag *diag)
{
	return exchange_ring(s, sess_manager_reload, diag);
}

static inline int
act_reload_if_changed(struct scene *s, sess_diag *diag)
{
	return exchange_ring(s, reload_if_changed, diag);
}

static inline int
act_set_ring(struct scene *s, sess_diag *diag)
{
	return exchange_ring(s, set_next, diag);
}

/* A token that is bound to a context, shown with it or with another. */
static inline int
verify_bound(struct scene *s, const sess_context *shown, sess_diag *diag)
{
	sess_mint_opts mint = SESS_MINT_OPTS_INIT;
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_session *session = NULL;
	int was = refuse.armed, rc = 1;
	char *token = NULL;
	sess_policy policy;
	size_t n = 0;

	sess_policy_init(&policy);
	strcpy(policy.context[0].name, bound.name);
	policy.context[0].mode = SESS_CONTEXT_MODE_ENFORCE;
	policy.context_count = 1;
	mint.context = &bound;
	opts.context = shown;
	mint.context_count = opts.context_count = 1;
	config.ring = s->ring;
	config.clock = clock_now;
	config.policy = &policy;
	refuse.armed = 0;
	if (sess_manager_new(&config, &manager, NULL) == 0 && sess_mint(manager, "anna", NULL, 0, &mint, &token, &n, NULL) == 0) {
		refuse.armed = was;
		rc = sess_verify(manager, token, n, &opts, &session, diag);
		refuse.armed = 0;
	}
	sess_token_free(token);
	s->out = session;
	s->release = release_session;
	sess_manager_free(manager);
	refuse.armed = was;
	return rc;
}

static inline int
act_verify_bound(struct scene *s, sess_diag *diag)
{
	return verify_bound(s, &bound, diag);
}

static inline int
act_verify_elsewhere(struct scene *s, sess_diag *diag)
{
	static const sess_context other = { "ua", "Mosaic", 6 };

	return verify_bound(s, &other, diag);
}

static inline int
act_feed_key(struct scene *s, sess_diag *diag)
{
	struct feed_key key;
	int rc = feed_key_init(&key, changed.nested);

	(void)diag;
	s->release = NULL;
	if (rc == 0)
		feed_key_done(&key);
	return rc;
}

static inline int
act_feed_entry(struct scene *s, sess_diag *diag)
{
	struct feed_entry entry;

	(void)diag;
	s->release = NULL;
	return feed_entry_parse(&changed.feed, feed_epoch, changed.entry, sizeof(changed.entry), &entry);
}

static inline int
act_feed_forged(struct scene *s, sess_diag *diag)
{
	struct feed_entry entry;

	(void)diag;
	s->release = NULL;
	return feed_entry_parse(&changed.feed, feed_epoch, changed.forged, sizeof(changed.forged), &entry);
}

#endif
