/* SPDX-License-Identifier: MIT */
/*
 * sesstool mint: tokens that a test needs because they are to be refused, or that only another moment could have made. They
 * are minted by the library like any other, under a copy of the ring in memory in which the key that is wanted has its turn, or
 * by another clock. The ring's file is not touched.
 */
#include <stdlib.h>
#include <string.h>

#include "situation.h"

int
situation_is_any(const struct situation *s)
{
	return s->time != SITUATION_NOW || s->kid != NULL || s->issuer != NULL || s->audience != NULL || s->typ != NULL ||
	    s->unknown_key || s->tampered;
}

/* The key of this use that is wanted; NULL: the ring has none. */
static const char *
choose(const struct situation *s, const sess_ring *ring, const char *use, int64_t now)
{
	const char *minting = NULL;
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) != 0 || strcmp(k.use, use) != 0)
			continue;
		if (s->kid != NULL && strcmp(k.kid, s->kid) == 0)
			return k.kid;
		if (k.state == SESS_KEY_MINTS)
			minting = k.kid;
	}
	return minting;
}

static int
has_key(const sess_ring *ring, const char *kid, int64_t now)
{
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) == 0 && strcmp(k.kid, kid) == 0)
			return 1;
	}
	return 0;
}

/* The chosen keys alone, each as if it had minted for ever and would for ever. */
static void
narrow(json_t *doc, const char *sig, const char *enc)
{
	json_t *keys = json_object_get(doc, "keys");

	for (size_t i = json_array_size(keys); i-- > 0;) {
		json_t *key = json_array_get(keys, i);
		const char *kid = json_string_value(json_object_get(key, "kid"));

		if (kid == NULL || ((sig == NULL || strcmp(kid, sig) != 0) && (enc == NULL || strcmp(kid, enc) != 0))) {
			(void)json_array_remove(keys, i);
			continue;
		}
		(void)json_object_set_new(key, "iat", json_integer(0));
		(void)json_object_set_new(key, "nbf", json_integer(0));
		(void)json_object_del(key, "exp");
		(void)json_object_del(key, "revoked");
	}
}

static int
load(json_t *doc, sess_ring **ret)
{
	char *text = json_dumps(doc, JSON_COMPACT);
	sess_diag diag;
	int rc;

	if (text == NULL)
		return TOOL_EXIT_INTERNAL;
	rc = sess_ring_load_mem(text, strlen(text), NULL, ret, &diag);
	explicit_bzero(text, strlen(text));
	free(text);
	return rc == 0 ? 0 : tool_fail("a ring for this token", rc, &diag);
}

/* Another ring of the same kind: its keys are in no file. */
static int
stranger(const sess_ring *ring, int64_t now, sess_ring **ret)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_key_info k;
	sess_diag diag;
	int rc;

	spec.form = sess_ring_form(ring);
	spec.token_life_s = sess_ring_token_life_s(ring);
	spec.session_life_s = sess_ring_session_life_s(ring);
	spec.leeway_s = sess_ring_leeway_s(ring);
	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) != 0)
			continue;
		if (strcmp(k.use, "sig") == 0)
			spec.alg = k.alg;
		else
			spec.kw = k.alg, spec.enc = k.enc;
	}
	rc = sess_ring_generate(&spec, 0, ret, &diag);
	return rc == 0 ? 0 : tool_fail("a ring for this token", rc, &diag);
}

int
situation_ring(const struct situation *s, const sess_ring *ring, int64_t now, sess_ring **ret)
{
	char *text = NULL;
	size_t len = 0;
	sess_diag diag;
	json_t *doc;
	int rc, status;

	if (s->unknown_key)
		return stranger(ring, now, ret);
	if (s->kid != NULL && !has_key(ring, s->kid, now))
		return tool_usage("--key: the ring has no key of this kid; `sesstool key list RING` names them");
	if ((rc = sess_ring_dump(ring, &text, &len, &diag)) != 0)
		return tool_fail("a ring for this token", rc, &diag);
	doc = json_loadb(text, len, 0, NULL);
	sess_ring_text_free(text, len);
	narrow(doc, choose(s, ring, "sig", now), choose(s, ring, "enc", now));
	status = load(doc, ret);
	json_decref(doc);
	return status;
}

static int
replace(char *to, size_t room, const char *option, const char *value)
{
	if (value == NULL)
		return 0;
	if (strlen(value) >= room)
		return tool_usage("%s: at most %zu bytes", option, room - 1);
	(void)snprintf(to, room, "%s", value);
	return 0;
}

int
situation_policy(const struct situation *s, sess_policy *policy)
{
	int status = replace(policy->issuer, sizeof(policy->issuer), "--issuer", s->issuer);

	if (status == 0)
		status = replace(policy->audience, sizeof(policy->audience), "--audience", s->audience);
	return status != 0 ? status : replace(policy->typ, sizeof(policy->typ), "--typ", s->typ);
}

void
situation_time(const struct situation *s, const sess_policy *policy, int64_t *now, sess_mint_opts *opts)
{
	int64_t dead = *now - policy->leeway_s - 1; /* what ended then is refused now, leeway and all */

	switch (s->time) {
	case SITUATION_EXPIRED:
		*now = dead - policy->idle_timeout_s;
		break;
	case SITUATION_ENDED:
		opts->hard_end = dead;
		*now = dead - 1;
		break;
	case SITUATION_FUTURE:
		*now += policy->leeway_s + 3600;
		break;
	case SITUATION_NOT_YET:
		opts->not_before = *now + policy->leeway_s + (policy->idle_timeout_s > 7200 ? 3600 : policy->idle_timeout_s / 2);
		break;
	default:
		break;
	}
}

/* The last character but one: the token stays canonical, and what it says at its end is no longer its tag or signature. */
void
situation_spoil(const struct situation *s, char *token, size_t len)
{
	if (s->tampered && len > 1)
		token[len - 2] = token[len - 2] == 'A' ? 'B' : 'A';
}

void
situation_say(const struct situation *s)
{
	static const char *const times[] = { "", "as IDLE_EXPIRED", "as ABSOLUTE_EXPIRED", "as NOT_YET", "as NOT_YET" };

	/* The earliest step of verification that fails is what it is refused for. */
	if (s->unknown_key)
		tool_fold(stderr, "sesstool: for tests: to be refused as UNKNOWN_KEY\n");
	else if (s->tampered)
		tool_fold(stderr, "sesstool: for tests: to be refused as BAD_TAG or BAD_SIGNATURE\n");
	else if (s->time != SITUATION_NOW)
		tool_say(stderr, "sesstool: for tests: to be refused %s\n", times[s->time]);
	else if (s->kid != NULL)
		tool_fold(stderr, "sesstool: for tests: minted under the key that was named, whatever its turn\n");
	else
		tool_fold(stderr, "sesstool: for tests: under a policy other than the one that was given\n");
}
