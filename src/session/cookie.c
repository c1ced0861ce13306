/* SPDX-License-Identifier: MIT */
/* L6: cookies of a manager: its policy, its clock, its events around what cookie_*.c do. */
#include <string.h>

#include "base/diag.h"
#include "session/cookie.h"
#include "session/event.h"
#include "token/policy_cookie.h"
#include "token/verify.h"

#define NEAR_PERCENT 80

static int
is_near(int64_t value, int64_t limit)
{
	return value * 100 >= limit * NEAR_PERCENT;
}

static int
too_large(const sess_cookie_policy *policy, size_t len, sess_diag *diag)
{
	return diag_error(diag, SESS_ERR_TOKEN_SIZE,
	    "the token has %zu characters; %d cookie%s of %d bytes hold%s %zu; put less "
	    "into the claims, or allow more chunks",
	    len, policy->max_chunks, policy->max_chunks == 1 ? "" : "s", SESS_COOKIE_BYTES_MAX,
	    policy->max_chunks == 1 ? "s" : "", sess_cookie_capacity(policy));
}

/* The token's own life, where the cookie is to outlive the browser. It is at most 400 days, as absolute_timeout_s is, which is also
 * as long as browsers keep a cookie (RFC 6265bis §5.6). */
static int
judge_life(struct verification *v, int64_t *ret_max_age)
{
	if (v->claims.exp <= v->now)
		return diag_reject_num(
		    v->diag, SESS_REASON_IDLE_EXPIRED, "exp", SESS_UNIT_TIME, v->claims.exp, v->now, NULL, NULL);
	*ret_max_age = v->claims.persistent ? v->claims.exp - v->now : COOKIE_BROWSER_LIFE;
	return 0;
}

static void
tell_size(const sess_manager *m, struct verification *v, const sess_cookies *cookies)
{
	const int64_t limit = (int64_t)SESS_COOKIE_BYTES_MAX * m->policy.cookie.max_chunks;
	const struct event_session session = {
		.sid = v->claims.sid, .auth_time = v->claims.auth_time, .gen = v->claims.gen
	};
	const struct event_fact fact = { .kind = SESS_EVENT_COOKIE_NEAR_LIMIT,
		.now = v->now,
		.kid = v->kid,
		.session = &session,
		.value = limit - (int64_t)cookies->spare,
		.limit = limit };

	if (is_near(fact.value, limit))
		event_raise(m, v->work, &fact);
}

int
sess_cookie_set(sess_manager *manager, const char *token, size_t token_len, sess_cookies **ret_cookies, sess_diag *diag)
{
	struct verification v;
	struct work *w = NULL;
	int64_t now = 0, max_age = 0;
	int rc;

	diag_clear(diag);
	if (manager == NULL || token == NULL || ret_cookies == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_cookie_set: a pointer is NULL");
	if ((rc = manager_now(manager, &now, diag)) != 0 || (rc = manager_take_work(manager, &w, diag)) != 0)
		return rc;
	verify_init(&v, w, &manager->policy, now, token, token_len, diag);
	if ((rc = verify_open(&v)) == 0 && (rc = judge_life(&v, &max_age)) == 0) {
		rc = cookies_new(&manager->policy.cookie, token, token_len, max_age, ret_cookies);
		if (rc == SESS_ERR_TOKEN_SIZE)
			rc = too_large(&manager->policy.cookie, token_len, diag);
		else if (rc != 0)
			rc = diag_error(diag, rc, NULL);
		else
			tell_size(manager, &v, *ret_cookies);
	}
	manager_put_work(manager, w);
	return rc;
}

int
sess_cookie_clear(const sess_manager *manager, sess_cookies **ret_cookies, sess_diag *diag)
{
	int rc;

	diag_clear(diag);
	if (manager == NULL || ret_cookies == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_cookie_clear: a pointer is NULL");
	if ((rc = cookies_new(&manager->policy.cookie, NULL, 0, 0, ret_cookies)) != 0)
		return diag_error(diag, rc, NULL);
	return 0;
}

static int
check_get(const sess_cookie_header *headers, size_t count, char **ret_token, const size_t *ret_len,
    const char *function, sess_diag *diag)
{
	int missing = ret_token == NULL || ret_len == NULL || (headers == NULL && count > 0);

	for (size_t i = 0; !missing && i < count; i++)
		missing = headers[i].value == NULL && headers[i].len > 0;
	return missing ? diag_error(diag, SESS_ERR_ARGUMENT, "%s: a pointer is NULL", function) : 0;
}

static void
tell_header(const sess_manager *m, const sess_cookie_header *headers, size_t count, int64_t now)
{
	struct event_fact fact = {
		.kind = SESS_EVENT_COOKIE_HEADER_LARGE, .now = now, .limit = m->policy.cookie.max_header_bytes
	};

	for (size_t i = 0; i < count; i++)
		fact.value += (int64_t)headers[i].len;
	if (is_near(fact.value, fact.limit))
		event_raise(m, NULL, &fact);
}

/* A torn set is no attack, but what two responses left that crossed each other. */
static void
tell_refused(const sess_manager *m, uint32_t reasons, int64_t now)
{
	if (reasons != SESS_REASON_TORN_COOKIE)
		event_raise(
		    m, NULL, &(struct event_fact){ .kind = SESS_EVENT_REJECTED, .now = now, .reasons = reasons });
}

int
sess_cookie_get(sess_manager *manager, const sess_cookie_header *headers, size_t header_count, char **ret_token,
    size_t *ret_token_len, sess_diag *diag)
{
	sess_diag own;
	int64_t now = 0;
	int rc;

	if (diag == NULL)
		diag = &own; /* the reason decides what is told */
	diag_clear(diag);
	if (manager == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_cookie_get: a pointer is NULL");
	if ((rc = check_get(headers, header_count, ret_token, ret_token_len, "sess_cookie_get", diag)) != 0 ||
	    (rc = manager_now(manager, &now, diag)) != 0)
		return rc;
	tell_header(manager, headers, header_count, now);
	rc = cookie_find(&manager->policy.cookie, headers, header_count, ret_token, ret_token_len, diag);
	if (rc == SESS_ERR_REJECTED)
		tell_refused(manager, diag->reasons, now);
	return rc;
}

int
sess_cookie_find(const sess_cookie_policy *policy, const sess_cookie_header *headers, size_t header_count,
    char **ret_token, size_t *ret_token_len, sess_diag *diag)
{
	int rc;

	diag_clear(diag);
	if (policy == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_cookie_find: a pointer is NULL");
	if ((rc = check_get(headers, header_count, ret_token, ret_token_len, "sess_cookie_find", diag)) != 0 ||
	    (rc = policy_cookie_check(policy, diag)) != 0)
		return rc;
	return cookie_find(policy, headers, header_count, ret_token, ret_token_len, diag);
}
