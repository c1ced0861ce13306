/* SPDX-License-Identifier: MIT */
/*
 * The payload index and the rules about claims as doc/format.md states them, over a jansson document. Part of the
 * reference verifier; knows nothing of keys or of how the payload travelled.
 */
#include "reference/ref_claims.h"

#include "reference/ref_context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX 253402300799
#define MAGNITUDE_MAX 308

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One number of a valid JSON text; moves *at behind it. Whether its magnitude is allowed: jansson allows more. */
static int
is_moderate(const char *text, size_t len, size_t *at)
{
	size_t i = *at;
	long digits = 0, exponent = 0, sign = 1;

	if (text[i] == '-')
		i++;
	for (; i < len && is_digit(text[i]); i++)
		digits++;
	if (i < len && text[i] == '.')
		for (i++; i < len && is_digit(text[i]); i++)
			;
	if (i < len && (text[i] == 'e' || text[i] == 'E')) {
		i++;
		if (text[i] == '+' || text[i] == '-')
			sign = text[i++] == '-' ? -1 : 1;
		for (; i < len && is_digit(text[i]); i++)
			exponent = exponent > 1000000 ? exponent : exponent * 10 + (text[i] - '0');
	}
	*at = i;
	return digits + sign * exponent <= MAGNITUDE_MAX;
}

static int
has_moderate_numbers(const char *text, size_t len)
{
	size_t i = 0;
	int in_string = 0;

	while (i < len) {
		if (in_string && text[i] == '\\') {
			i += 2;
		} else if (text[i] == '"') {
			in_string = !in_string;
			i++;
		} else if (!in_string && (text[i] == '-' || is_digit(text[i]))) {
			if (!is_moderate(text, len, &i))
				return 0;
		} else {
			i++;
		}
	}
	return 1;
}

static int
is_within(json_t *value, int depth, const sess_policy *policy)
{
	const char *name;
	json_t *child;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return 1;
	if (depth > policy->max_depth || json_object_size(value) > (size_t)policy->max_members)
		return 0;
	json_object_foreach(value, name, child)
		if (!is_within(child, depth + 1, policy))
			return 0;
	json_array_foreach(value, i, child)
		if (!is_within(child, depth + 1, policy))
			return 0;
	return 1;
}

/* reals is the same document with each integer read as a real, in which alone "-0" differs from "0". */
static int
is_number(const json_t *claims, const json_t *reals, const char *name, json_int_t max, int required)
{
	const json_t *value = json_object_get(claims, name);

	if (value == NULL)
		return !required;
	return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= max &&
	    !signbit(json_real_value(json_object_get(reals, name)));
}

static int
is_id(const json_t *value)
{
	struct ref_bytes bytes = { NULL, 0 };

	if (json_string_length(value) != 22 || ref_text_decode(json_string_value(value), 22, &bytes) != 0)
		return 0;
	free(bytes.data);
	return 1;
}

static int
is_audience(const json_t *value)
{
	const json_t *element;
	size_t i;

	if (value == NULL || json_is_string(value))
		return 1;
	if (!json_is_array(value))
		return 0;
	json_array_foreach(value, i, element)
		if (!json_is_string(element))
			return 0;
	return 1;
}

static json_int_t
number(const json_t *claims, const char *name)
{
	return json_integer_value(json_object_get(claims, name));
}

static int
has_shape(const json_t *claims, const json_t *reals)
{
	const json_t *iss = json_object_get(claims, "iss"), *sub = json_object_get(claims, "sub");
	const json_t *ctx = json_object_get(claims, "ctx"), *per = json_object_get(claims, "per");

	return (iss == NULL || json_is_string(iss)) && is_audience(json_object_get(claims, "aud")) &&
	    (sub == NULL || json_string_length(sub) > 0) && is_id(json_object_get(claims, "sid")) &&
	    is_id(json_object_get(claims, "jti")) && is_number(claims, reals, "iat", TIME_MAX, 1) &&
	    is_number(claims, reals, "exp", TIME_MAX, 1) && is_number(claims, reals, "auth_time", TIME_MAX, 1) &&
	    is_number(claims, reals, "nbf", TIME_MAX, 0) && is_number(claims, reals, "end", TIME_MAX, 0) &&
	    is_number(claims, reals, "gen", 2147483647, 1) && ref_context_has_shape(ctx) &&
	    (per == NULL || json_is_boolean(per)) && number(claims, "auth_time") <= number(claims, "iat") &&
	    number(claims, "iat") < number(claims, "exp");
}

json_t *
ref_claims_parse(const struct ref_bytes *payload, const sess_policy *policy)
{
	const char *text = (const char *)payload->data;
	json_t *claims = json_loadb(text, payload->len, JSON_REJECT_DUPLICATES, NULL);
	json_t *reals = json_loadb(text, payload->len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
	/* jansson 2.14 passes over a NUL that follows a number at once. */
	int ok = memchr(text, '\0', payload->len) == NULL && json_is_object(claims) && reals != NULL && has_moderate_numbers(text, payload->len) &&
	    is_within(claims, 1, policy) && has_shape(claims, reals);

	json_decref(reals);
	if (ok)
		return claims;
	json_decref(claims);
	return NULL;
}

static int
is_text(const json_t *value, const char *expected)
{
	return json_is_string(value) && strcmp(json_string_value(value), expected) == 0;
}

static int
is_for_us(const json_t *aud, const sess_policy *policy)
{
	const json_t *element;
	size_t i;

	if (policy->any_audience)
		return 1;
	if (policy->audience[0] == '\0')
		return aud == NULL;
	if (is_text(aud, policy->audience))
		return 1;
	json_array_foreach(aud, i, element)
		if (is_text(element, policy->audience))
			return 1;
	return 0;
}

static json_int_t
smaller(json_int_t a, json_int_t b)
{
	return a < b ? a : b;
}

uint32_t
ref_claims_judge(const json_t *claims, const sess_policy *policy, int64_t now)
{
	const json_t *iss = json_object_get(claims, "iss");
	json_int_t hard = number(claims, "auth_time") + policy->absolute_timeout_s;
	json_int_t soft = smaller(number(claims, "exp"), number(claims, "iat") + policy->idle_timeout_s);
	int64_t leeway = policy->leeway_s;
	uint32_t reasons = 0;

	if (json_object_get(claims, "end") != NULL)
		hard = smaller(hard, number(claims, "end"));
	if (policy->issuer[0] == '\0' ? iss != NULL : !is_text(iss, policy->issuer))
		reasons |= SESS_REASON_WRONG_ISSUER;
	if (!is_for_us(json_object_get(claims, "aud"), policy))
		reasons |= SESS_REASON_WRONG_AUDIENCE;
	if (number(claims, "iat") > now + leeway || number(claims, "nbf") > now + leeway)
		reasons |= SESS_REASON_NOT_YET;
	if (now >= hard + leeway)
		reasons |= SESS_REASON_ABSOLUTE_EXPIRED;
	if (now >= soft + leeway && soft < hard)
		reasons |= SESS_REASON_IDLE_EXPIRED;
	return reasons;
}
