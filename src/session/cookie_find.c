/* SPDX-License-Identifier: MIT */
/* L6: from the cookies that a request holds to one token, whole or joined: all of one set, or nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "session/cookie.h"

/* What a chunk says of itself. */
struct chunk {
	int count;
	const char *set, *text;
	size_t len;
};

/* "4.0.aB3dE6gH." and at least one character. */
static int
read_chunk(const struct cookie_slot *slot, int index, struct chunk *ret)
{
	const char *v = slot->value;

	if (slot->len <= COOKIE_CHUNK_HEAD_LEN || v[0] < '2' || v[0] > '0' + SESS_COOKIE_CHUNKS_MAX || v[1] != '.' ||
	    v[2] != '0' + index || index >= v[0] - '0' || v[3] != '.' || v[COOKIE_CHUNK_HEAD_LEN - 1] != '.')
		return -1;
	for (size_t i = 0; i < COOKIE_SET_LEN; i++) {
		if (!b64url_is_char((unsigned char)v[4 + i]))
			return -1;
	}
	*ret = (struct chunk){ v[0] - '0', v + 4, v + COOKIE_CHUNK_HEAD_LEN, slot->len - COOKIE_CHUNK_HEAD_LEN };
	return 0;
}

/* Why the chunks are not one set, or NULL. What is beyond the set's count is a leftover of another, and no matter. */
static const char *
torn_because(const sess_cookie_policy *policy, const struct chunk *chunks)
{
	const struct chunk *first = &chunks[0];

	if (first->text == NULL || first->count > policy->max_chunks)
		return "not all of them";
	for (int i = 1; i < first->count; i++) {
		if (chunks[i].text == NULL)
			return "not all of them";
		if (chunks[i].count != first->count || memcmp(chunks[i].set, first->set, COOKIE_SET_LEN) != 0)
			return "parts of different ones";
	}
	return NULL;
}

static int
torn(const sess_cookie_policy *policy, const char *got, sess_diag *diag)
{
	struct cookie_name name;

	cookie_name(policy, COOKIE_WHOLE, &name);
	return diag_reject(diag, SESS_REASON_TORN_COOKIE, name.text, "all parts of one token", got);
}

static int
join(const struct chunk *chunks, int count, char **ret_token, size_t *ret_len, sess_diag *diag)
{
	size_t n = 0, at = 0;
	char *token;

	for (int i = 0; i < count; i++)
		n += chunks[i].len;
	if ((token = malloc(n + 1)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	for (int i = 0; i < count; at += chunks[i++].len)
		memcpy(token + at, chunks[i].text, chunks[i].len);
	token[n] = '\0';
	*ret_token = token;
	*ret_len = n;
	return 0;
}

int
cookie_join(const sess_cookie_policy *policy, const struct cookie_scan *scan, char **ret_token, size_t *ret_token_len,
    sess_diag *diag)
{
	struct chunk chunks[SESS_COOKIE_CHUNKS_MAX] = { { 0 } };
	const struct chunk whole = { 1, NULL, scan->slot[0].value, scan->slot[0].len };
	const char *because;
	int any = 0;

	for (int i = 0; i < SESS_COOKIE_CHUNKS_MAX; i++) {
		struct cookie_name name;

		if (scan->slot[i + 1].value == NULL)
			continue;
		any = 1;
		cookie_name(policy, i, &name);
		if (read_chunk(&scan->slot[i + 1], i, &chunks[i]) != 0)
			return diag_reject(diag, SESS_REASON_MALFORMED, name.text,
			    "a part of a token, with count, index and set", "something else");
	}
	because = torn_because(policy, chunks);
	if (whole.text != NULL && any && because == NULL)
		return torn(policy, "a whole one beside them", diag);
	if (whole.text != NULL)
		return join(&whole, 1, ret_token, ret_token_len, diag);
	if (any && because != NULL)
		return torn(policy, because, diag);
	if (any)
		return join(chunks, chunks[0].count, ret_token, ret_token_len, diag);
	*ret_token = NULL;
	*ret_token_len = 0;
	return 0;
}

int
cookie_find(const sess_cookie_policy *policy, const sess_cookie_header *headers, size_t count, char **ret_token,
    size_t *ret_token_len, sess_diag *diag)
{
	struct cookie_scan scan;
	int rc;

	if ((rc = cookie_scan(policy, headers, count, &scan, diag)) != 0)
		return rc;
	return cookie_join(policy, &scan, ret_token, ret_token_len, diag);
}
