/* SPDX-License-Identifier: MIT */
/* Revocations by the words of doc/format.md: no hashes, no index. Shares no code with the library. */
#include "reference/ref_revoked.h"

#include <sess/error.h>
#include <string.h>

void
ref_revoked_add(json_t *list, const char *claim, const char *value, int64_t t, int64_t until, const char *spare)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:s*}", "claim", claim, "value", value, "t", (json_int_t)t,
	    "until", (json_int_t)until, "spare", spare));
}

static int64_t
int_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static int
names(const json_t *r, const json_t *claims)
{
	const char *claim = json_string_value(json_object_get(r, "claim"));
	const json_t *value = json_object_get(claims, claim);

	return claim[0] == '\0' || (value != NULL && json_equal(value, json_object_get(r, "value")));
}

/* Whether the session is spared from all of this claim's revocations up to t. */
static int
is_spared(const json_t *list, const json_t *of, const json_t *claims)
{
	const json_t *r;
	size_t i;

	json_array_foreach(list, i, r)
		if (json_equal(json_object_get(r, "claim"), json_object_get(of, "claim")) &&
		    json_equal(json_object_get(r, "spare"), json_object_get(claims, "sid")) && int_of(r, "t") >= int_of(of, "t"))
			return 1;
	return 0;
}

uint32_t
ref_revoked_judge(const json_t *list, const json_t *claims, int64_t now)
{
	const json_t *r;
	size_t i;

	json_array_foreach(list, i, r) {
		const char *claim = json_string_value(json_object_get(r, "claim"));
		int by_time = claim[0] == '\0' || strcmp(claim, "sub") == 0;

		if (now >= int_of(r, "until") || !names(r, claims))
			continue;
		if (!by_time || (int_of(claims, "auth_time") <= int_of(r, "t") && !is_spared(list, r, claims)))
			return SESS_REASON_REVOKED;
	}
	return 0;
}
