/* SPDX-License-Identifier: MIT */
/*
 * L6: cookies inside: names, room, the text of Set-Cookie, and what a Cookie header holds. Pure: no manager, no clock, no
 * crypto. Browsers count name and value together, without the "=" (RFC 6265bis §5.6).
 *
 * A chunk's value is COUNT "." INDEX "." SET "." TEXT: a digit, a digit, and 8 characters of base64url that are a checksum of the
 * whole token, so that two tokens' chunks can be told apart before any crypto. The checksum authenticates nothing.
 */
#ifndef SESSION_COOKIE_H
#define SESSION_COOKIE_H

#include <sess/cookie.h>

#include "base/buf.h"

#define COOKIE_NAMES_MAX (1 + SESS_COOKIE_CHUNKS_MAX)
#define COOKIE_WHOLE (-1) /* instead of a chunk's index */
#define COOKIE_SET_LEN 8
#define COOKIE_CHUNK_HEAD_LEN (2 + 2 + COOKIE_SET_LEN + 1)
#define COOKIE_BROWSER_LIFE INT64_C(-1) /* instead of a max-age */

struct sess_cookies {
	struct buf text; /* all values, each with its NUL */
	size_t count, chunks, spare;
	struct {
		size_t off, len;
	} value[COOKIE_NAMES_MAX];
};

/* cookie_format.c */
struct cookie_name {
	char text[SESS_COOKIE_FULL_NAME_MAX + 3];
	size_t len;
};
void cookie_name(const sess_cookie_policy *policy, int index, struct cookie_name *ret);
/* Token characters that `chunks` cookies hold; 1 stands for a whole cookie. */
size_t cookie_room(const sess_cookie_policy *policy, int chunks);
/* Set-Cookie for token; NULL: clear. SESS_ERR_TOKEN_SIZE, SESS_ERR_MEMORY. */
SESS_CHECKED int cookies_new(
    const sess_cookie_policy *policy, const char *token, size_t token_len, int64_t max_age, sess_cookies **ret);

/* cookie_scan.c */
struct cookie_slot {
	const char *value; /* NULL: the cookie is not there */
	size_t len;
};
struct cookie_scan {
	struct cookie_slot slot[COOKIE_NAMES_MAX]; /* the whole one, then the chunks */
};
/* Finds the policy's cookies in the headers, and refuses those that no browser would send. */
SESS_CHECKED int cookie_scan(const sess_cookie_policy *policy, const sess_cookie_header *headers, size_t count,
    struct cookie_scan *ret, sess_diag *diag);

/* cookie_find.c: from what was scanned to a token; *ret_token NULL: none. */
SESS_CHECKED int cookie_join(const sess_cookie_policy *policy, const struct cookie_scan *scan, char **ret_token,
    size_t *ret_token_len, sess_diag *diag);
/* Both. */
SESS_CHECKED int cookie_find(const sess_cookie_policy *policy, const sess_cookie_header *headers, size_t count,
    char **ret_token, size_t *ret_token_len, sess_diag *diag);

#endif
