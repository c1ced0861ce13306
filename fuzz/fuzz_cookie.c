/* SPDX-License-Identifier: MIT */
/*
 * Cookie headers. The first byte chooses the policy, the second what is done; the rest is text:
 *   - as headers, a line each: whatever comes out is made of cookie-octets that stand in the input, and a refusal has a reason;
 *   - as rubbish around a genuine set: what comes out is the genuine token, or nothing, or what the rubbish alone would give;
 *   - as a token that is written as Set-Cookie and read back: it is the same.
 * A finding means that a client can make a service read another session than the one it sent, or crash it.
 */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "session/cookie.h"

#define HEADERS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
choose(uint8_t byte, sess_cookie_policy *p)
{
	sess_policy policy;

	sess_policy_init(&policy);
	*p = policy.cookie;
	p->max_chunks = 1 + byte % SESS_COOKIE_CHUNKS_MAX;
	p->prefix = byte / 4 % 3;
	if ((byte & 64) != 0)
		memcpy(p->name, "s", 2);
	p->partitioned = byte >> 7;
}

static int
is_octets(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] <= 0x20 || s[i] == 0x7f || strchr("\",;\\", s[i]) != NULL)
			return 0;
	}
	return 1;
}

/* NULL: none, or refused. */
static char *
find(const sess_cookie_policy *p, const sess_cookie_header *headers, size_t count)
{
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_cookie_find(p, headers, count, &token, &len, &diag);

	if (rc != 0 && (rc != SESS_ERR_REJECTED || token != NULL || diag.reasons == 0 || diag.findings_count != 1))
		abort();
	if (token != NULL &&
	    (strlen(token) != len || len == 0 || len > sess_cookie_capacity(p) + 64 || !is_octets(token, len)))
		abort();
	return token;
}

static size_t
split(const char *text, size_t n, sess_cookie_header headers[HEADERS_MAX])
{
	size_t count = 0;

	while (count < HEADERS_MAX) {
		const char *end = count + 1 < HEADERS_MAX ? memchr(text, '\n', n) : NULL;
		size_t len = end == NULL ? n : (size_t)(end - text);

		headers[count++] = (sess_cookie_header){ text, len };
		if (end == NULL)
			return count;
		text += len + 1;
		n -= len + 1;
	}
	return count;
}

/* The cookies as a browser sends them back, in two headers with room for one more. */
static char *
pairs_of(const sess_cookies *c)
{
	char *out = calloc(1, SESS_COOKIE_BYTES_MAX * 6);

	for (size_t i = 0; out != NULL && i < sess_cookies_chunks(c); i++) {
		const char *value = sess_cookies_value(c, i, NULL);

		strcat(out, i > 0 ? "; " : "");
		strncat(out, value, strcspn(value, ";"));
	}
	return out;
}

static char *
octets_of(const char *text, size_t n, size_t *ret_len)
{
	char *out = malloc(n + 2);

	*ret_len = 0;
	for (size_t i = 0; out != NULL && i < n; i++) {
		if (text[i] != '\0' && is_octets(&text[i], 1))
			out[(*ret_len)++] = text[i];
	}
	if (out != NULL && *ret_len == 0)
		out[(*ret_len)++] = 'x';
	if (out != NULL)
		out[*ret_len] = '\0';
	return out;
}

static void
round_trip(const sess_cookie_policy *p, const char *text, size_t n)
{
	sess_cookies *c = NULL;
	size_t len = 0;
	char *token = octets_of(text, n, &len), *pairs, *back;
	int rc = token == NULL ? SESS_ERR_MEMORY : cookies_new(p, token, len, 60, &c);

	if ((rc == SESS_ERR_TOKEN_SIZE) != (token != NULL && len > sess_cookie_capacity(p)))
		abort();
	if (rc == 0 && (pairs = pairs_of(c)) != NULL) {
		back = find(p, &(sess_cookie_header){ pairs, strlen(pairs) }, 1);
		if (back == NULL || strcmp(back, token) != 0)
			abort();
		free(back);
		free(pairs);
	}
	sess_cookies_free(c);
	free(token);
}

static void
around(const sess_cookie_policy *p, const char *text, size_t n)
{
	char genuine[9000];
	sess_cookie_header headers[HEADERS_MAX + 1];
	size_t count = split(text, n, headers), len = p->max_chunks > 1 ? sizeof(genuine) - 1 : 100;
	char *alone = find(p, headers, count), *pairs, *token;
	sess_cookies *c = NULL;

	len = len > sess_cookie_capacity(p) ? sess_cookie_capacity(p) : len;
	for (size_t i = 0; i < len; i++)
		genuine[i] = (char)('a' + (i * 7 + n) % 26);
	genuine[len] = '\0';
	if (cookies_new(p, genuine, len, -1, &c) == 0 && (pairs = pairs_of(c)) != NULL) {
		headers[count++] = (sess_cookie_header){ pairs, strlen(pairs) };
		token = find(p, headers, count);
		if (token != NULL && strcmp(token, genuine) != 0 && (alone == NULL || strcmp(token, alone) != 0))
			abort();
		free(token);
		free(pairs);
	}
	sess_cookies_free(c);
	free(alone);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sess_cookie_header headers[HEADERS_MAX];
	sess_cookie_policy policy;
	const char *text;

	if (size < 2)
		return 0;
	choose(data[0], &policy);
	text = (const char *)data + 2;
	if (data[1] % 3 == 0)
		free(find(&policy, headers, split(text, size - 2, headers)));
	else if (data[1] % 3 == 1)
		around(&policy, text, size - 2);
	else
		round_trip(&policy, text, size - 2);
	return 0;
}
