/* SPDX-License-Identifier: MIT */
/* sesstool doctor: the policy, by itself and against the ring; and the cookie that it describes. */
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"

#define DAY_S 86400
#define ABSOLUTE_MOST_S (30 * DAY_S) /* NIST SP 800-63B, AAL1 */
#define LEEWAY_MOST_S 300	     /* "no more than a few minutes" */

static void
look_at_file(struct doctor *d)
{
	char mend[512];
	struct stat st;

	(void)snprintf(mend, sizeof(mend), DOCTOR_COMMAND "chmod go-w %s", doctor_quote(d->policy_path));
	if (stat(d->policy_path, &st) == 0)
		(void)doctor_check(d, DOCTOR_POLICY_MODE, (st.st_mode & 022) == 0, mend, "mode %04o", (unsigned)(st.st_mode & 07777));
}

/* What a manager would say to the two of them. */
static void
look_at_ring(struct doctor *d)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	char mend[512];
	sess_diag diag;
	int rc;

	config.ring = d->ring;
	config.policy = &d->policy;
	rc = sess_manager_new(&config, &m, &diag);
	sess_manager_free(m);
	(void)snprintf(mend, sizeof(mend), "shorten the policy's times, or make a new ring for them:" DOCTOR_COMMAND
	    "sesstool key new --idle %llds --absolute %llds --leeway %llds NEW-RING", (long long)d->policy.idle_timeout_s, (long long)d->policy.absolute_timeout_s,
	    (long long)d->policy.leeway_s);
	(void)doctor_check(d, DOCTOR_POLICY_RING, rc == 0, mend, "%s", rc == 0 ? "" : diag.message);
}

static void
look_at_names(struct doctor *d)
{
	const sess_policy *p = &d->policy;

	(void)doctor_check(d, DOCTOR_POLICY_AUDIENCE, p->audience[0] != '\0', DOCTOR_IN_POLICY ": \"audience\": \"name-of-this-service\"",
	    d->policy_path == NULL ? "no policy was named, and without one there is no audience" : "the policy has no audience");
	(void)doctor_check(d, DOCTOR_POLICY_ISSUER, p->issuer[0] != '\0', DOCTOR_IN_POLICY ": \"issuer\": \"https://your.example\"",
	    d->policy_path == NULL ? "no policy was named, and without one there is no issuer" : "the policy has no issuer");
	(void)doctor_check(d, DOCTOR_POLICY_TYPE, strcasecmp(p->typ, "JWT") != 0 && strcasecmp(p->typ, "at+jwt") != 0,
	    DOCTOR_IN_POLICY ": leave out \"typ\", or give one of your own", "its type is the general one of JWTs");
}

static void
look_at_times(struct doctor *d)
{
	const sess_policy *p = &d->policy;

	(void)doctor_check(d, DOCTOR_POLICY_IDLE, p->idle_timeout_s <= DAY_S, DOCTOR_IN_POLICY ": \"idle_timeout_s\": 3600",
	    "sessions may be idle for %s", tool_span(p->idle_timeout_s));
	(void)doctor_check(d, DOCTOR_POLICY_IDLE_ACTS, p->idle_timeout_s < p->absolute_timeout_s,
	    DOCTOR_IN_POLICY ": an \"idle_timeout_s\" below \"absolute_timeout_s\"", "idle and absolute timeout are both %s",
	    tool_span(p->idle_timeout_s));
	(void)doctor_check(d, DOCTOR_POLICY_ABSOLUTE, p->absolute_timeout_s <= ABSOLUTE_MOST_S,
	    DOCTOR_IN_POLICY ": \"absolute_timeout_s\": 43200", "sessions may last %s; NIST SP 800-63B has 30d at most",
	    tool_span(p->absolute_timeout_s));
	(void)doctor_check(d, DOCTOR_POLICY_LEEWAY, p->leeway_s <= LEEWAY_MOST_S, DOCTOR_IN_POLICY ": \"leeway_s\": 30, and set the clocks",
	    "a leeway of %s", tool_span(p->leeway_s));
}

void
doctor_policy(struct doctor *d)
{
	sess_diag diag = { .code = 0 };
	int rc = 0;

	sess_policy_init(&d->policy);
	if (d->policy_path != NULL) {
		rc = sess_policy_load_file(d->policy_path, &d->policy, &diag);
		(void)doctor_check(d, DOCTOR_POLICY_FILE, rc == 0, "correct what is named; sess_policy(3) has the members", "%s",
		    diag.message);
		look_at_file(d);
	} else if (d->ring != NULL) {
		d->policy.idle_timeout_s = sess_ring_token_life_s(d->ring);
		d->policy.absolute_timeout_s = sess_ring_session_life_s(d->ring);
		d->policy.leeway_s = sess_ring_leeway_s(d->ring);
	}
	d->has_policy = rc == 0;
	if (rc != 0)
		return;
	if (d->ring != NULL)
		look_at_ring(d);
	look_at_names(d);
	look_at_times(d);
}

static void
look_at_size(struct doctor *d)
{
	const sess_cookie_policy *c = &d->policy.cookie;
	size_t room = sess_cookie_capacity(c);

	/* A cookie's name takes a few bytes of the 4096 that a token is allowed by default. */
	(void)doctor_check(d, DOCTOR_COOKIE_SIZE, (size_t)d->policy.max_token_bytes <= (size_t)c->max_chunks * SESS_COOKIE_BYTES_MAX,
	    DOCTOR_IN_POLICY ": a smaller \"max_token_bytes\", or more \"max_chunks\" in \"cookie\"",
	    "tokens may have %d bytes, and the cookies hold %zu", d->policy.max_token_bytes, room);
	(void)doctor_check(d, DOCTOR_COOKIE_HEADER, room <= (size_t)c->max_header_bytes,
	    DOCTOR_IN_POLICY ": fewer \"max_chunks\"; or let the server take more, and say so in \"max_header_bytes\"",
	    "the session alone may fill %zu bytes of a Cookie header of %d", room, c->max_header_bytes);
}

void
doctor_cookie(struct doctor *d)
{
	const sess_cookie_policy *c = &d->policy.cookie;

	if (!d->has_policy)
		return;
	(void)doctor_check(d, DOCTOR_COOKIE_SECURE, c->secure, DOCTOR_IN_POLICY ", \"cookie\": \"secure\": true", "\"secure\" is false");
	(void)doctor_check(d, DOCTOR_COOKIE_HTTP_ONLY, c->http_only, DOCTOR_IN_POLICY ", \"cookie\": \"http_only\": true", "\"http_only\" is false");
	(void)doctor_check(d, DOCTOR_COOKIE_SAME_SITE, c->same_site != SESS_COOKIE_NONE, DOCTOR_IN_POLICY ", \"cookie\": \"same_site\": \"lax\"",
	    "\"same_site\" is \"none\"");
	if (c->prefix == SESS_COOKIE_PREFIX_NONE)
		(void)doctor_check(d, DOCTOR_COOKIE_PREFIX, 0, DOCTOR_IN_POLICY ", \"cookie\": \"prefix\": \"host\"", "its name has no prefix");
	else
		(void)doctor_check(d, DOCTOR_COOKIE_PREFIX, c->prefix == SESS_COOKIE_PREFIX_HOST || c->domain[0] != '\0',
		    DOCTOR_IN_POLICY ", \"cookie\": \"prefix\": \"host\"", "__Secure- without a domain: __Host- is stronger");
	(void)doctor_check(d, DOCTOR_COOKIE_DOMAIN, c->domain[0] == '\0', DOCTOR_IN_POLICY ", \"cookie\": leave out \"domain\"",
	    "it is sent to every host of its domain");
	look_at_size(d);
}
