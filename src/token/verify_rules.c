/* SPDX-License-Identifier: MIT */
/* L4: steps 8 and 9 of verification: the rules on an authentic payload, each reported, none ending the others. */
#include "base/diag.h"
#include "token/verify.h"

static void
refuse(struct verification *v, uint32_t reason, const char *member, const char *expected, const char *got)
{
	v->reasons |= reason;
	(void)diag_reject(v->diag, reason, member, expected, got);
}

static void
refuse_time(struct verification *v, uint32_t reason, const char *member, int64_t limit)
{
	v->reasons |= reason;
	(void)diag_reject_num(v->diag, reason, member, SESS_UNIT_TIME, limit, v->now, NULL, NULL);
}

static void
check_issuer(struct verification *v)
{
	const struct json_member *iss = v->claims.iss;
	const char *want = v->policy->issuer;

	if (want[0] == '\0' && iss != NULL)
		refuse(v, SESS_REASON_WRONG_ISSUER, "iss", "no issuer: the policy names none", "an issuer");
	else if (want[0] != '\0' && iss == NULL)
		refuse(v, SESS_REASON_WRONG_ISSUER, "iss", want, "no issuer");
	else if (iss != NULL && !claims_string_equals(v->payload, iss, want))
		refuse(v, SESS_REASON_WRONG_ISSUER, "iss", want, "another issuer");
}

static void
check_audience(struct verification *v)
{
	const struct json_member *aud = v->claims.aud;
	const char *want = v->policy->audience;

	if (v->policy->any_audience)
		return;
	/* RFC 7519 §4.1.3: whoever does not find itself in the audience must refuse. */
	if (want[0] == '\0' && aud != NULL)
		refuse(v, SESS_REASON_WRONG_AUDIENCE, "aud", "no audience: the policy names none", "an audience");
	else if (want[0] != '\0' && aud == NULL)
		refuse(v, SESS_REASON_WRONG_AUDIENCE, "aud", want, "no audience");
	else if (aud != NULL && !claims_audience_holds(v->payload, aud, want))
		refuse(v, SESS_REASON_WRONG_AUDIENCE, "aud", want, "another audience");
}

void
verify_names(struct verification *v)
{
	diag_set_kid(v->diag, v->kid);
	if (v->wrong_type)
		refuse(v, SESS_REASON_WRONG_TYPE, "typ", v->policy->typ, "another typ");
	check_issuer(v);
	check_audience(v);
}

void
verify_time(struct verification *v)
{
	const struct claims *c = &v->claims;
	const sess_policy *p = v->policy;
	int64_t hard = time_add(c->auth_time, p->absolute_timeout_s);
	int64_t soft = time_min(c->exp, time_add(c->iat, p->idle_timeout_s));

	if (c->end != TIME_NONE)
		hard = time_min(hard, c->end);
	v->absolute_deadline = hard;
	v->idle_deadline = soft;
	if (c->iat > v->now + p->leeway_s)
		refuse_time(v, SESS_REASON_NOT_YET, "iat", c->iat);
	if (c->nbf != TIME_NONE && c->nbf > v->now + p->leeway_s)
		refuse_time(v, SESS_REASON_NOT_YET, "nbf", c->nbf);
	if (soft < hard && v->now >= soft + p->leeway_s)
		refuse_time(v, SESS_REASON_IDLE_EXPIRED, soft == c->exp ? "exp" : "iat", soft);
	if (v->now >= hard + p->leeway_s)
		refuse_time(v, SESS_REASON_ABSOLUTE_EXPIRED, hard == c->end ? "end" : "auth_time", hard);
}
