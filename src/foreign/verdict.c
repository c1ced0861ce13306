/* SPDX-License-Identifier: MIT */
/* L7: the rules on the claims of a foreign token. Reads no clock: it is told the time. */
#include "foreign/verdict.h"

#include <string.h>

#include "base/checked.h"
#include "base/diag.h"
#include "json/doc.h"
#include "token/claims.h"

#define SUBJECT_MAX 255 /* OpenID Connect Core §2 */

struct judgement {
	struct gate *g;
	const sess_foreign_expectations *e;
	int64_t now, leeway_s;
	int rc; /* SESS_ERR_MEMORY, where that stands in the way */
};

static void
refuse(struct judgement *j, uint32_t reason, const char *member, const char *expected, const char *got)
{
	(void)gate_refuse(j->g, reason, member, expected, got);
}

static void
refuse_time(struct judgement *j, uint32_t reason, const char *member, int64_t limit)
{
	j->g->reasons |= reason;
	(void)diag_reject_num(j->g->diag, reason, member, SESS_UNIT_TIME, limit, j->now, NULL, NULL);
}

static const struct json_member *
find(const struct judgement *j, const char *name)
{
	return json_member_find(j->g->payload, j->g->index.member, j->g->index.count, name, strlen(name));
}

static int
equals(const struct judgement *j, const struct json_member *m, const char *want)
{
	return m->type == JSON_T_STRING && claims_string_equals(j->g->payload, m, want);
}

/* RFC 7519 §2: a NumericDate may have a fraction, which is cut off. jansson reads it, whatever the locale. */
static int
read_real(struct judgement *j, const struct json_member *m, int64_t *ret)
{
	DOC_CLEANUP json_t *number = json_loadb(j->g->payload + m->value_off, m->value_len, JSON_DECODE_ANY, NULL);
	double seconds;

	if (number == NULL) {
		j->rc = SESS_ERR_MEMORY;
		return -1;
	}
	seconds = json_number_value(number);
	if (!(seconds >= 0 && seconds <= (double)TIME_MAX))
		return -1;
	*ret = (int64_t)seconds;
	return 0;
}

/* -1 where there is none; a value that is no time is told. */
static int64_t
read_time(struct judgement *j, const char *name, int required)
{
	const struct json_member *m = find(j, name);
	int64_t t = -1;

	if (m == NULL) {
		if (required)
			refuse(j, SESS_REASON_BAD_PAYLOAD, name, "a time, in seconds since the epoch", "the claim is missing");
		return -1;
	}
	if (m->type == JSON_T_INT && json_member_int(j->g->payload, m, &t) == 0 && time_is_valid(t))
		return t;
	if (m->type == JSON_T_REAL && read_real(j, m, &t) == 0)
		return t;
	if (j->rc == 0)
		refuse(j, SESS_REASON_BAD_PAYLOAD, name, "a time, in seconds since the epoch", "another value");
	return -1;
}

static void
check_issuer(struct judgement *j, struct foreign_claims *c)
{
	const struct json_member *iss = find(j, "iss");

	if (iss != NULL && iss->type != JSON_T_STRING)
		refuse(j, SESS_REASON_BAD_PAYLOAD, "iss", "a string", "a value of another type");
	else if (j->e->issuer != NULL && iss == NULL)
		refuse(j, SESS_REASON_WRONG_ISSUER, "iss", j->e->issuer, "no issuer");
	else if (j->e->issuer != NULL && !equals(j, iss, j->e->issuer))
		refuse(j, SESS_REASON_WRONG_ISSUER, "iss", j->e->issuer, "another issuer");
	else
		c->iss = iss;
}

/* An escape is six characters at most for one. */
static int
is_longer(const struct judgement *j, const struct json_member *m, size_t max)
{
	char text[6 * SUBJECT_MAX];
	size_t n = m->value_len - 2;

	if (m->value_escaped && n <= sizeof(text))
		n = json_unescape(text, j->g->payload + m->value_off + 1, n);
	return n > max;
}

static void
check_subject(struct judgement *j, struct foreign_claims *c)
{
	const struct json_member *sub = find(j, "sub");

	if (sub == NULL) {
		if (j->e->kind == SESS_FOREIGN_ID_TOKEN)
			refuse(j, SESS_REASON_BAD_PAYLOAD, "sub", "a subject", "the claim is missing");
		return;
	}
	if (sub->type != JSON_T_STRING || sub->value_len <= 2)
		refuse(j, SESS_REASON_BAD_PAYLOAD, "sub", "a string that is not empty", "another value");
	else if (j->e->kind == SESS_FOREIGN_ID_TOKEN && is_longer(j, sub, SUBJECT_MAX))
		refuse(j, SESS_REASON_BAD_PAYLOAD, "sub", "at most 255 characters", "more");
	else
		c->sub = sub;
}

/* How many names "aud" has; 0: it is neither a string nor an array of strings. */
static size_t
count_audience(struct judgement *j, const struct json_member *aud)
{
	DOC_CLEANUP json_t *array = NULL;
	const json_t *item;
	size_t i;

	if (aud->type == JSON_T_STRING)
		return 1;
	if (aud->type != JSON_T_ARRAY)
		return 0;
	if ((array = json_loadb(j->g->payload + aud->value_off, aud->value_len, 0, NULL)) == NULL) {
		j->rc = SESS_ERR_MEMORY;
		return 0;
	}
	json_array_foreach(array, i, item) {
		if (!json_is_string(item))
			return 0;
	}
	return json_array_size(array);
}

/*
 * OpenID Connect Core §3.1.3.7 steps 3 to 5. That other audiences are trusted nobody can know here: so a token that has some
 * must say, by azp, that it was given to this client.
 */
static void
check_party(struct judgement *j, size_t audiences)
{
	const struct json_member *azp = find(j, "azp");
	const char *want = j->e->authorized_party;

	if (want == NULL && j->e->kind == SESS_FOREIGN_ID_TOKEN)
		want = j->e->audience;
	if (want == NULL)
		return;
	if (azp == NULL) {
		if (j->e->authorized_party != NULL || audiences > 1)
			refuse(j, SESS_REASON_WRONG_AUDIENCE, "azp", want, audiences > 1 ? "several audiences, and no authorized party" :
			    "no authorized party");
		return;
	}
	if (!equals(j, azp, want))
		refuse(j, SESS_REASON_WRONG_AUDIENCE, "azp", want, "another authorized party");
}

static void
check_audience(struct judgement *j)
{
	const struct json_member *aud = find(j, "aud");
	size_t n = aud == NULL ? 0 : count_audience(j, aud);

	if (j->rc != 0)
		return;
	if (aud != NULL && n == 0)
		refuse(j, SESS_REASON_BAD_PAYLOAD, "aud", "a string, or an array of strings", "another value");
	else if (j->e->audience != NULL && aud == NULL)
		refuse(j, SESS_REASON_WRONG_AUDIENCE, "aud", j->e->audience, "no audience");
	else if (j->e->audience != NULL && !claims_audience_holds(j->g->payload, aud, j->e->audience))
		refuse(j, SESS_REASON_WRONG_AUDIENCE, "aud", j->e->audience, "another audience");
	check_party(j, n);
}

static void
check_nonce(struct judgement *j)
{
	const struct json_member *nonce = find(j, "nonce");

	if (j->e->nonce == NULL)
		return;
	if (nonce == NULL)
		refuse(j, SESS_REASON_CONTEXT_MISMATCH, "nonce", "the nonce of the request", "the claim is missing");
	else if (!equals(j, nonce, j->e->nonce))
		refuse(j, SESS_REASON_CONTEXT_MISMATCH, "nonce", "the nonce of the request", "another one");
}

static void
check_times(struct judgement *j, struct foreign_claims *c)
{
	int is_id_token = j->e->kind == SESS_FOREIGN_ID_TOKEN;

	c->exp = read_time(j, "exp", 1);
	c->iat = read_time(j, "iat", is_id_token);
	c->nbf = read_time(j, "nbf", 0);
	c->auth_time = read_time(j, "auth_time", j->e->max_age_s > 0);
	if (c->iat > j->now + j->leeway_s)
		refuse_time(j, SESS_REASON_NOT_YET, "iat", c->iat);
	if (c->nbf > j->now + j->leeway_s)
		refuse_time(j, SESS_REASON_NOT_YET, "nbf", c->nbf);
	if (c->exp >= 0 && j->now >= c->exp + j->leeway_s)
		refuse_time(j, SESS_REASON_ABSOLUTE_EXPIRED, "exp", c->exp);
	if (j->e->max_age_s > 0 && c->auth_time > j->now + j->leeway_s)
		refuse_time(j, SESS_REASON_NOT_YET, "auth_time", c->auth_time);
	if (j->e->max_age_s > 0 && c->auth_time >= 0 && j->now > time_add(c->auth_time, j->e->max_age_s) + j->leeway_s)
		refuse_time(j, SESS_REASON_ABSOLUTE_EXPIRED, "auth_time", time_add(c->auth_time, j->e->max_age_s));
}

int
verdict_claims(struct gate *g, int64_t now, int64_t leeway_s, struct foreign_claims *ret)
{
	struct judgement j = { g, g->expectations, now, leeway_s, 0 };
	struct foreign_claims claims = { -1, -1, -1, -1, NULL, NULL };

	check_subject(&j, &claims);
	check_issuer(&j, &claims);
	check_audience(&j);
	check_times(&j, &claims);
	check_nonce(&j);
	if (j.rc != 0)
		return diag_error(g->diag, j.rc, NULL);
	if (g->reasons != 0)
		return SESS_ERR_REJECTED;
	*ret = claims;
	return 0;
}
