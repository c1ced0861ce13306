/* SPDX-License-Identifier: MIT */
/*
 * Looks for the rule that libjwt lacks in the token itself, read as loosely as libjwt reads it. Test support; the
 * rules of the format are written down here once more, from doc/format.md. Knows nothing of src/ or of libjwt.
 */
#include "interop/laxity.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* What can be seen in a token by the loosest of readings. */
struct sight {
	const struct laxity_case *c;
	int canonical;
	json_t *header, *payload; /* NULL: no JSON object */
	int header_twice, payload_twice;
};

static json_t *
look(const char *text, size_t n, int *ret_canonical, int *ret_twice)
{
	size_t used = strspn(text, ALPHABET), len = 0;
	size_t whole = used % 4 == 1 ? used - 1 : used;
	unsigned char *bytes = forge_unb64(text, whole, &len);
	char *again = forge_b64(bytes, len);
	json_t *once = json_loadb((char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
	json_t *value = json_loadb((char *)bytes, len, 0, NULL);

	*ret_canonical &= strlen(again) == n && memcmp(again, text, n) == 0;
	*ret_twice = once == NULL && value != NULL;
	json_decref(once);
	free(again);
	free(bytes);
	return value;
}

static void
sight_init(struct sight *s, const struct laxity_case *c)
{
	const char *token = c->token;
	size_t head = strcspn(token, "."), body = token[head] == '.' ? strcspn(token + head + 1, ".") : 0;
	const char *tail = token + head + 1 + body;
	int ignored;

	memset(s, 0, sizeof(*s));
	s->c = c;
	s->canonical = 1;
	if (token[head] != '.' || *tail != '.')
		return;
	s->header = look(token, head, &s->canonical, &s->header_twice);
	s->payload = look(token + head + 1, body, &s->canonical, &s->payload_twice);
	json_decref(look(tail + 1, strlen(tail + 1), &s->canonical, &ignored));
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static int64_t
time_of(const json_t *object, const char *name, int64_t absent)
{
	const json_t *value = json_object_get(object, name);

	return value == NULL ? absent : json_is_integer(value) ? json_integer_value(value) : -1;
}

static int
is_base64(const struct sight *s)
{
	return !s->canonical;
}

static int
is_nul(const struct sight *s)
{
	return strlen(s->c->token) < s->c->len;
}

static int
is_long(const struct sight *s)
{
	return s->c->len > (size_t)s->c->policy->max_token_bytes;
}

static int
is_header_twice(const struct sight *s)
{
	return s->header_twice;
}

static int
is_other_members(const struct sight *s)
{
	return json_object_size(s->header) != 3 || !json_is_string(json_object_get(s->header, "alg")) ||
	    !json_is_string(json_object_get(s->header, "kid")) || !json_is_string(json_object_get(s->header, "typ"));
}

static int
is_other_alg(const struct sight *s)
{
	return strcmp(text_of(s->header, "alg"), s->c->alg) != 0;
}

static int
is_other_kid(const struct sight *s)
{
	return strcmp(text_of(s->header, "kid"), s->c->kid) != 0;
}

static int
is_other_typ(const struct sight *s)
{
	return strcmp(text_of(s->header, "typ"), "JWT") != 0;
}

static int
is_twice(const struct sight *s)
{
	return s->payload_twice;
}

/* doc/format.md, "The payload index": 16 deep, 128 members. */
static int
is_beyond(json_t *value, int depth)
{
	const char *name;
	json_t *child;
	size_t i;

	if (json_object_size(value) > 128 || ((json_is_object(value) || json_is_array(value)) && depth > 16))
		return 1;
	json_object_foreach(value, name, child)
		if (is_beyond(child, depth + 1))
			return 1;
	json_array_foreach(value, i, child)
		if (is_beyond(child, depth + 1))
			return 1;
	return 0;
}

static int
is_past_limits(const struct sight *s)
{
	return is_beyond(s->payload, 1);
}

/* doc/format.md, "Claims". */
static int
is_misshapen(const struct sight *s)
{
	const json_t *p = s->payload;
	int64_t iat = time_of(p, "iat", -1), auth_time = time_of(p, "auth_time", -1);

	return strlen(text_of(p, "sid")) != 22 || strlen(text_of(p, "jti")) != 22 || iat < 0 || auth_time < 0 ||
	    auth_time > iat || time_of(p, "exp", -1) <= iat || time_of(p, "gen", -1) < 0 || time_of(p, "nbf", 0) < 0 ||
	    (json_object_get(p, "sub") != NULL && *text_of(p, "sub") == '\0');
}

/* doc/format.md, "Verification", step 9. */
static int
is_out_of_time(const struct sight *s)
{
	const sess_policy *policy = s->c->policy;
	int64_t now = s->c->now, leeway = policy->leeway_s, iat = time_of(s->payload, "iat", 0);

	return time_of(s->payload, "nbf", 0) > now + leeway || iat > now + leeway ||
	    now >= time_of(s->payload, "exp", 0) + leeway || now >= iat + policy->idle_timeout_s + leeway ||
	    now >= time_of(s->payload, "auth_time", 0) + policy->absolute_timeout_s + leeway ||
	    now >= time_of(s->payload, "end", INT64_MAX - leeway) + leeway;
}

static int
is_other_issuer(const struct sight *s)
{
	return strcmp(text_of(s->payload, "iss"), s->c->policy->issuer) != 0;
}

/* The policy has no audience. */
static int
is_for_an_audience(const struct sight *s)
{
	return json_object_get(s->payload, "aud") != NULL;
}

static const struct {
	const char *name;
	uint32_t reasons; /* ours, that it can explain */
	int (*holds)(const struct sight *s);
} rules[LAXITIES] = {
	[LAXITY_BASE64] = { "base64 with padding, unused bits, or anything after it",
	    SESS_REASON_MALFORMED | SESS_REASON_WRONG_FORM, is_base64 },
	[LAXITY_NUL] = { "a token with a NUL and more after it", SESS_REASON_MALFORMED, is_nul },
	[LAXITY_SIZE] = { "a token of any length", SESS_REASON_OVERSIZE, is_long },
	[LAXITY_HEADER_TWICE] = { "a header member twice", SESS_REASON_MALFORMED, is_header_twice },
	[LAXITY_HEADER_MEMBERS] = { "more header members, or fewer", SESS_REASON_MALFORMED, is_other_members },
	[LAXITY_ALG] = { "the algorithm that the token names", SESS_REASON_MALFORMED, is_other_alg },
	[LAXITY_KID] = { "any kid", SESS_REASON_UNKNOWN_KEY, is_other_kid },
	[LAXITY_TYP] = { "typ in capitals or not", SESS_REASON_WRONG_TYPE, is_other_typ },
	[LAXITY_TWICE] = { "a claim twice", SESS_REASON_BAD_PAYLOAD, is_twice },
	[LAXITY_LIMITS] = { "claims of any depth and number", SESS_REASON_BAD_PAYLOAD, is_past_limits },
	[LAXITY_SHAPE] = { "claims of any shape, or missing", SESS_REASON_BAD_PAYLOAD, is_misshapen },
	[LAXITY_CLOCK] = { "any time", SESS_REASON_NOT_YET | SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED,
	    is_out_of_time },
	[LAXITY_ISS] = { "any issuer", SESS_REASON_WRONG_ISSUER, is_other_issuer },
	[LAXITY_AUD] = { "any audience", SESS_REASON_WRONG_AUDIENCE, is_for_an_audience },
};

const char *
laxity_name(int rule)
{
	return rules[rule].name;
}

uint32_t
laxity_explain(const struct laxity_case *c)
{
	uint32_t found = 0, left = c->reasons;
	struct sight s;

	sight_init(&s, c);
	for (int rule = 0; rule < LAXITIES; rule++) {
		if ((rules[rule].reasons & c->reasons) == 0 || !rules[rule].holds(&s))
			continue;
		found |= LAXITY_BIT(rule);
		left &= ~rules[rule].reasons;
	}
	json_decref(s.header);
	json_decref(s.payload);
	return left == 0 ? found : 0;
}
