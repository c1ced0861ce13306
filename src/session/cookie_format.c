/* SPDX-License-Identifier: MIT */
/* L6: the text of Set-Cookie headers (RFC 6265bis §4.1.1), and how much of a token each cookie holds. */
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "session/cookie.h"

static const char *
prefix_of(const sess_cookie_policy *policy)
{
	return policy->prefix == SESS_COOKIE_PREFIX_HOST ? "__Host-" :
	    policy->prefix == SESS_COOKIE_PREFIX_SECURE  ? "__Secure-" :
							   "";
}

void
sess_cookie_full_name(const sess_cookie_policy *policy, char ret_name[SESS_COOKIE_FULL_NAME_MAX + 1])
{
	const char *prefix = prefix_of(policy);
	size_t n = strlen(prefix), m = strnlen(policy->name, SESS_COOKIE_NAME_MAX);

	memcpy(ret_name, prefix, n);
	memcpy(ret_name + n, policy->name, m);
	ret_name[n + m] = '\0';
}

void
cookie_name(const sess_cookie_policy *policy, int index, struct cookie_name *ret)
{
	sess_cookie_full_name(policy, ret->text);
	ret->len = strlen(ret->text);
	if (index == COOKIE_WHOLE)
		return;
	ret->text[ret->len++] = '.';
	ret->text[ret->len++] = (char)('0' + index);
	ret->text[ret->len] = '\0';
}

size_t
cookie_room(const sess_cookie_policy *policy, int chunks)
{
	struct cookie_name name;

	cookie_name(policy, chunks == 1 ? COOKIE_WHOLE : 0, &name);
	if (chunks == 1)
		return SESS_COOKIE_BYTES_MAX - name.len;
	return (size_t)chunks * (SESS_COOKIE_BYTES_MAX - name.len - COOKIE_CHUNK_HEAD_LEN);
}

size_t
sess_cookie_capacity(const sess_cookie_policy *policy)
{
	return cookie_room(policy, policy->max_chunks);
}

/* Each value differs from the one before by more than its tail: FNV-1a, 64 bits of which 48 are kept. */
static void
checksum(const char *token, size_t n, char out[COOKIE_SET_LEN])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	uint8_t bytes[6];

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)token[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
	(void)b64url_encode(out, bytes, sizeof(bytes));
}

/* All but the cookie's life; the same whether it is set or cleared, else the browser would keep two. */
static int
put_attributes(struct buf *out, const sess_cookie_policy *p)
{
	static const char *const same_site[] = { "Lax", "Strict", "None" };
	int rc;

	if ((rc = buf_append_str(out, "; Path=")) != 0 || (rc = buf_append_str(out, p->path)) != 0)
		return rc;
	if (p->domain[0] != '\0' &&
	    ((rc = buf_append_str(out, "; Domain=")) != 0 || (rc = buf_append_str(out, p->domain)) != 0))
		return rc;
	if ((rc = buf_append_str(out, p->secure ? "; Secure" : "")) != 0 ||
	    (rc = buf_append_str(out, p->http_only ? "; HttpOnly" : "")) != 0 ||
	    (rc = buf_append_str(out, "; SameSite=")) != 0 || (rc = buf_append_str(out, same_site[p->same_site])) != 0)
		return rc;
	return buf_append_str(out, p->partitioned ? "; Partitioned" : "");
}

static int
put_life(struct buf *out, int64_t max_age)
{
	int rc;

	if (max_age == COOKIE_BROWSER_LIFE)
		return 0;
	if ((rc = buf_append_str(out, "; Max-Age=")) != 0 || (rc = buf_append_int(out, max_age)) != 0)
		return rc;
	return max_age > 0 ? 0 : buf_append_str(out, "; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
}

/* A piece of a value: a chunk's head, or nothing, and text. */
struct piece {
	char head[COOKIE_CHUNK_HEAD_LEN];
	size_t head_len;
	const char *text;
	size_t len;
};

static int
put(sess_cookies *c, const sess_cookie_policy *policy, int index, const struct piece *piece, int64_t max_age)
{
	struct buf *out = &c->text;
	struct cookie_name name;
	size_t off = out->len;
	int rc;

	cookie_name(policy, index, &name);
	if ((rc = buf_append(out, name.text, name.len)) != 0 || (rc = buf_append_str(out, "=")) != 0 ||
	    (rc = buf_append(out, piece->head, piece->head_len)) != 0 ||
	    (rc = buf_append(out, piece->text, piece->len)) != 0 || (rc = put_attributes(out, policy)) != 0 ||
	    (rc = put_life(out, max_age)) != 0 || (rc = buf_append(out, "", 1)) != 0)
		return rc;
	c->value[c->count].off = off;
	c->value[c->count++].len = out->len - 1 - off;
	return 0;
}

static int
put_chunks(sess_cookies *c, const sess_cookie_policy *policy, const char *token, size_t len, int64_t max_age)
{
	size_t room = cookie_room(policy, 2) / 2;
	char set[COOKIE_SET_LEN];
	int rc = 0;

	checksum(token, len, set);
	for (size_t i = 0; rc == 0 && i < c->chunks; i++) {
		struct piece piece = { .head = { (char)('0' + c->chunks), '.', (char)('0' + i), '.' },
			.head_len = COOKIE_CHUNK_HEAD_LEN,
			.text = token + i * room };

		memcpy(piece.head + 4, set, sizeof(set));
		piece.head[COOKIE_CHUNK_HEAD_LEN - 1] = '.';
		piece.len = i + 1 < c->chunks ? room : len - i * room;
		rc = put(c, policy, (int)i, &piece, max_age);
	}
	return rc;
}

/* Names that the new token does not use, if the policy knows any besides the whole one. */
static int
put_cleared(sess_cookies *c, const sess_cookie_policy *policy)
{
	static const struct piece nothing = { .text = "" };
	int rc = 0;

	if (c->chunks != 1)
		rc = put(c, policy, COOKIE_WHOLE, &nothing, 0);
	for (int i = c->chunks > 1 ? (int)c->chunks : 0; rc == 0 && policy->max_chunks > 1 && i < policy->max_chunks;
	     i++)
		rc = put(c, policy, i, &nothing, 0);
	return rc;
}

static int
fill(sess_cookies *c, const sess_cookie_policy *policy, const char *token, size_t len, int64_t max_age)
{
	struct piece whole = { .text = token, .len = len };
	int rc = 0;

	if (token != NULL) {
		for (int n = policy->max_chunks; n >= 1; n--)
			c->chunks = len <= cookie_room(policy, n) ? (size_t)n : c->chunks;
		if (c->chunks == 0)
			return SESS_ERR_TOKEN_SIZE;
		c->spare = sess_cookie_capacity(policy) - len;
		rc = c->chunks == 1 ? put(c, policy, COOKIE_WHOLE, &whole, max_age) :
				      put_chunks(c, policy, token, len, max_age);
	}
	return rc != 0 ? rc : put_cleared(c, policy);
}

int
cookies_new(const sess_cookie_policy *policy, const char *token, size_t token_len, int64_t max_age, sess_cookies **ret)
{
	sess_cookies *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return SESS_ERR_MEMORY;
	if ((rc = fill(c, policy, token, token_len, max_age)) != 0) {
		sess_cookies_free(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void
sess_cookies_free(sess_cookies *cookies)
{
	if (cookies != NULL)
		buf_done(&cookies->text);
	free(cookies);
}

size_t
sess_cookies_count(const sess_cookies *cookies)
{
	return cookies->count;
}

const char *
sess_cookies_value(const sess_cookies *cookies, size_t i, size_t *ret_len)
{
	if (i >= cookies->count)
		return NULL;
	if (ret_len != NULL)
		*ret_len = cookies->value[i].len;
	return (const char *)cookies->text.data + cookies->value[i].off;
}

size_t
sess_cookies_chunks(const sess_cookies *cookies)
{
	return cookies->chunks;
}

size_t
sess_cookies_spare(const sess_cookies *cookies)
{
	return cookies->spare;
}
