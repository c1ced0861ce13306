/* SPDX-License-Identifier: MIT */
/* L2: parsing and writing protected headers. Looks up no key and judges no algorithm. */
#include "jose/header.h"

#include <string.h>

#include "base/b64url.h"

struct slot {
	const char *name;
	size_t offset;
};

static const struct slot slots[] = {
	{ "alg", offsetof(struct jose_header, alg) },
	{ "enc", offsetof(struct jose_header, enc) },
	{ "kid", offsetof(struct jose_header, kid) },
	{ "typ", offsetof(struct jose_header, typ) },
	{ "cty", offsetof(struct jose_header, cty) },
};

#define SLOTS (sizeof(slots) / sizeof(slots[0]))

/* Refused by name, so that the diagnostic can say which; all others are refused namelessly. */
static const char *const dangerous[] = { "crit", "zip", "b64", "jwk", "jku", "x5u", "x5c" };

static int
reject(const char *why, const char *member, const char **ret_why, const char **ret_member)
{
	*ret_why = why;
	*ret_member = member;
	return SESS_ERR_REJECTED;
}

static int
check_unknown(const char *text, const struct json_index *index, size_t known, const char **ret_why, const char **ret_member)
{
	for (size_t i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
		if (json_member_find(text, index->member, index->count, dangerous[i], strlen(dangerous[i])) != NULL)
			return reject("the header holds a member that is never accepted", dangerous[i], ret_why, ret_member);
	}
	if (known != index->count)
		return reject("the header holds a member other than alg, enc, kid, typ and cty", NULL, ret_why, ret_member);
	return 0;
}

int
header_parse(const char *b64, size_t n, struct header_scratch *scratch, struct jose_header *ret, const char **ret_why,
    const char **ret_member)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
	size_t len = B64URL_DECODED_LEN(n), used = 0, known = 0;
	char *text = scratch->text;

	if (len > JOSE_HEADER_MAX)
		return reject("the header is longer than 1024 bytes", NULL, ret_why, ret_member);
	if (b64url_decode((uint8_t *)text, b64, n) != 0)
		return reject("the header is not base64url", NULL, ret_why, ret_member);
	if (json_index_build(text, len, &limits, &scratch->json, &scratch->index) != 0)
		return reject(json_fault_sentence(scratch->index.fault), NULL, ret_why, ret_member);

	memset(ret, 0, offsetof(struct jose_header, store));
	for (size_t i = 0; i < SLOTS; i++) {
		const struct json_member *m =
		    json_member_find(text, scratch->index.member, scratch->index.count, slots[i].name, 3);
		char *value = ret->store + used;

		if (m == NULL)
			continue;
		known++;
		if (m->type != JSON_T_STRING)
			return reject("a header member is not a string", slots[i].name, ret_why, ret_member);
		used += json_unescape(value, text + m->value_off + 1, m->value_len - 2);
		ret->store[used++] = '\0';
		memcpy((char *)ret + slots[i].offset, &value, sizeof(value));
	}
	return check_unknown(text, &scratch->index, known, ret_why, ret_member);
}

static int
append_member(struct buf *out, const char *lead, const char *value)
{
	int rc;

	if (value == NULL)
		return 0;
	if ((rc = buf_append_str(out, lead)) != 0 || (rc = buf_append_str(out, value)) != 0)
		return rc;
	return buf_append(out, "\"", 1);
}

int
header_format(struct buf *out, const char *alg, const char *enc, const char *kid, const char *typ, const char *cty)
{
	int rc;

	if ((rc = append_member(out, "{\"alg\":\"", alg)) != 0 || (rc = append_member(out, ",\"enc\":\"", enc)) != 0 ||
	    (rc = append_member(out, ",\"kid\":\"", kid)) != 0 || (rc = append_member(out, ",\"typ\":\"", typ)) != 0 ||
	    (rc = append_member(out, ",\"cty\":\"", cty)) != 0)
		return rc;
	return buf_append(out, "}", 1);
}
