/* SPDX-License-Identifier: MIT */
/* L4: reading the library's own claims from an index. */
#include "token/claims.h"

#include <string.h>

#include <sess/policy.h>

#include "base/b64url.h"
#include "token/claim_names.h"
#include "ring/ring.h"

const char *
claims_find_reserved(const char *text, const struct json_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		enum claim claim = claim_of(text, &index->member[i]);

		if (claim != CLAIM_COUNT)
			return claim_name(claim);
	}
	return NULL;
}

void
claims_mark_reserved(const char *text, const struct json_index *index, uint8_t ret_marks[JSON_MEMBERS_MAX])
{
	for (size_t i = 0; i < index->count; i++)
		ret_marks[i] = claim_of(text, &index->member[i]) != CLAIM_COUNT;
}

/* raw: between the quotes. Only an escaped text needs to be undone, and one longer than six bytes for each byte of the longest
 * name cannot be equal. */
static int
raw_equals(const char *raw, size_t n, const char *want)
{
	char plain[6 * (SESS_NAME_MAX + 1)];
	size_t want_len = strlen(want);

	if (memchr(raw, '\\', n) == NULL)
		return n == want_len && memcmp(raw, want, n) == 0;
	if (n > sizeof(plain))
		return 0;
	n = json_unescape(plain, raw, n);
	return n == want_len && memcmp(plain, want, n) == 0;
}

int
claims_string_equals(const char *text, const struct json_member *m, const char *want)
{
	return raw_equals(text + m->value_off + 1, m->value_len - 2, want);
}

/* Walks the validated text of an array of strings. Returns -1 where an element is none, 1 where one equals want (which
 * may be NULL), else 0. */
static int
walk_strings(const char *p, const char *end, const char *want)
{
	int found = 0;

	for (p++; p < end; p++) {
		const char *start;

		if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == ',' || *p == ']')
			continue;
		if (*p != '"')
			return -1;
		for (start = ++p; *p != '"'; p++) {
			if (*p == '\\')
				p++;
		}
		if (want != NULL && raw_equals(start, (size_t)(p - start), want))
			found = 1;
	}
	return found;
}

int
claims_audience_holds(const char *text, const struct json_member *aud, const char *want)
{
	if (aud->type == JSON_T_STRING)
		return claims_string_equals(text, aud, want);
	return walk_strings(text + aud->value_off, text + aud->value_off + aud->value_len, want) == 1;
}

/* A payload whose own claims have been found. */
struct source {
	const char *text;
	const struct claim_members *own;
};

struct fault {
	const char *member, *why;
};

static int
bad(struct fault *fault, const char *member, const char *why)
{
	fault->member = member;
	fault->why = why;
	return SESS_ERR_REJECTED;
}

static int
read_time(const struct source *s, enum claim claim, int required, int64_t max, int64_t *ret, struct fault *fault)
{
	const struct json_member *m = s->own->at[claim];

	if (m == NULL)
		return required ? bad(fault, claim_name(claim), "it is missing") : 0;
	if (json_member_digits(s->text, m, max, ret) != 0)
		return bad(fault, claim_name(claim), "it must be digits only, within its range");
	return 0;
}

/* RFC 4648 §5 of 16 bytes: one spelling, also when JSON escapes hide in it. */
static int
read_id(const struct source *s, enum claim claim, char ret[CLAIMS_ID_LEN + 1], struct fault *fault)
{
	const struct json_member *m = s->own->at[claim];
	uint8_t bytes[CLAIMS_ID_BYTES];
	char plain[6 * CLAIMS_ID_LEN];
	const char *id;
	size_t n;

	if (m == NULL)
		return bad(fault, claim_name(claim), "it is missing");
	id = s->text + m->value_off + 1;
	n = m->value_len - 2;
	if (m->type == JSON_T_STRING && m->value_escaped && n <= sizeof(plain)) {
		n = json_unescape(plain, id, n);
		id = plain;
	}
	if (m->type != JSON_T_STRING || n != CLAIMS_ID_LEN || b64url_decode(bytes, id, CLAIMS_ID_LEN) != 0)
		return bad(fault, claim_name(claim), "it must be base64url of 16 bytes");
	memcpy(ret, id, CLAIMS_ID_LEN);
	ret[CLAIMS_ID_LEN] = '\0';
	return 0;
}

static int
read_binding(const struct source *s, struct claims *c, struct fault *fault)
{
	const struct json_member *ctx = s->own->at[CLAIM_CTX], *per = s->own->at[CLAIM_PER];
	const char *why;

	c->context_count = 0;
	if (ctx != NULL && ctx->type != JSON_T_OBJECT)
		return bad(fault, "ctx", "it must be an object");
	if (ctx != NULL && (why = context_read(s->text + ctx->value_off, c->context, &c->context_count)) != NULL)
		return bad(fault, "ctx", why);
	if (per != NULL && per->type != JSON_T_TRUE && per->type != JSON_T_FALSE)
		return bad(fault, "per", "it must be true or false");
	c->persistent = per != NULL && per->type == JSON_T_TRUE;
	return 0;
}

static int
read_names(const struct source *s, struct claims *c, struct fault *fault)
{
	c->iss = s->own->at[CLAIM_ISS];
	c->aud = s->own->at[CLAIM_AUD];
	c->sub = s->own->at[CLAIM_SUB];
	if (c->iss != NULL && c->iss->type != JSON_T_STRING)
		return bad(fault, "iss", "it must be a string");
	if (c->aud != NULL && c->aud->type != JSON_T_STRING && (c->aud->type != JSON_T_ARRAY ||
	    walk_strings(s->text + c->aud->value_off, s->text + c->aud->value_off + c->aud->value_len, NULL) < 0))
		return bad(fault, "aud", "it must be a string or an array of strings");
	if (c->sub != NULL && (c->sub->type != JSON_T_STRING || c->sub->value_len == 2))
		return bad(fault, "sub", "it must be a string, and not empty");
	return 0;
}

static int
read_last(const struct source *s, struct claims *c, struct fault *fault)
{
	int rc;

	c->end = TIME_NONE;
	if ((rc = read_time(s, CLAIM_END, 0, TIME_MAX, &c->end, fault)) != 0)
		return rc;
	return read_binding(s, c, fault);
}

static int
read_all(const struct source *s, struct claims *c, struct fault *fault)
{
	int rc;

	c->nbf = TIME_NONE;
	if ((rc = read_names(s, c, fault)) != 0 || (rc = read_id(s, CLAIM_SID, c->sid, fault)) != 0 ||
	    (rc = read_id(s, CLAIM_JTI, c->jti, fault)) != 0 ||
	    (rc = read_time(s, CLAIM_IAT, 1, TIME_MAX, &c->iat, fault)) != 0 ||
	    (rc = read_time(s, CLAIM_NBF, 0, TIME_MAX, &c->nbf, fault)) != 0 ||
	    (rc = read_time(s, CLAIM_EXP, 1, TIME_MAX, &c->exp, fault)) != 0 ||
	    (rc = read_time(s, CLAIM_AUTH_TIME, 1, TIME_MAX, &c->auth_time, fault)) != 0 ||
	    (rc = read_time(s, CLAIM_GEN, 1, CLAIMS_GEN_MAX, &c->gen, fault)) != 0 || (rc = read_last(s, c, fault)) != 0)
		return rc;
	if (c->auth_time > c->iat)
		return bad(fault, "auth_time", "it lies after iat");
	if (c->iat >= c->exp)
		return bad(fault, "exp", "it does not lie after iat");
	return 0;
}

static int
report(int rc, const struct fault *fault, const char **ret_member, const char **ret_why)
{
	if (rc != 0) {
		*ret_member = fault->member;
		*ret_why = fault->why;
	}
	return rc;
}

int
claims_read_last(const char *text, const struct claim_members *own, struct claims *ret, const char **ret_member,
    const char **ret_why)
{
	const struct source source = { text, own };
	struct fault fault = { NULL, NULL };

	return report(read_last(&source, ret, &fault), &fault, ret_member, ret_why);
}

int
claims_read(const char *text, const struct json_index *index, struct claims *ret, const char **ret_member,
    const char **ret_why)
{
	struct claim_members own;
	const struct source source = { text, &own };
	struct fault fault = { NULL, NULL };

	claim_members_find(text, index, &own);
	return report(read_all(&source, ret, &fault), &fault, ret_member, ret_why);
}
