/* SPDX-License-Identifier: MIT */
/*
 * The cookie that carries a token: Set-Cookie out, Cookie in, as RFC 6265bis has them and browsers accept them. How the cookie
 * is named and guarded is the policy's: sess_cookie_policy in sess/policy.h.
 *
 * Browsers drop a cookie whose name and value are together longer than SESS_COOKIE_BYTES_MAX. Where the policy's max_chunks
 * allows it, a longer token is spread over several cookies, NAME.0, NAME.1 and so on. Each says how many there are, which it is,
 * and to which set it belongs; parts of different sets are never put together (SESS_REASON_TORN_COOKIE), and what is put together
 * is a token like any other, authenticated as a whole by its own tag. A token that fits into one cookie travels in one, named NAME.
 *
 * In a response, give each value of a sess_cookies a Set-Cookie header of its own, all in the same response:
 *
 *   if (sess_cookie_get(m, &header, 1, &token, &len, &diag) != 0)
 *           sess_cookie_clear(m, &cookies, &diag);           (refused: torn, or not what browsers send)
 *   else if (token == NULL || sess_verify(m, token, len, NULL, &session, &diag) != 0)
 *           ...                                              (no session)
 *   else if (sess_session_wants_renewal(session) && sess_renew(m, session, NULL, &fresh, &fresh_len, &diag) == 0)
 *           sess_cookie_set(m, fresh, fresh_len, &cookies, &diag);
 */
#ifndef SESS_COOKIE_H
#define SESS_COOKIE_H

#include <sess/manager.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SESS_COOKIE_BYTES_MAX 4096 /* of name and value together (RFC 6265bis §5.6) */

/* The values of Set-Cookie headers. Immutable; free it with sess_cookies_free(). */
typedef struct sess_cookies sess_cookies;

/*
 * The Set-Cookie values for a token that this manager's ring minted: one for each cookie that carries it, and where the policy
 * allows chunks one for each of the other names, which clears what a longer or shorter token left there. The cookie's life: a
 * session that was minted persistent ("per") gets Max-Age, the seconds until the token's "exp"; any other lives as long as the
 * browser runs.
 *
 * The token is opened for that (steps 1 to 7 of sess_verify(); SESS_ERR_REJECTED with the reasons, and SESS_REASON_IDLE_EXPIRED
 * where its "exp" has come). SESS_ERR_TOKEN_SIZE: it does not fit into the cookies that the policy allows; the message has
 * both numbers. From 80 % of that room on SESS_EVENT_COOKIE_NEAR_LIMIT is raised. SESS_ERR_ARGUMENT, SESS_ERR_CLOCK,
 * SESS_ERR_CRYPTO, SESS_ERR_MEMORY. Any number of threads.
 */
SESS_API SESS_CHECKED int sess_cookie_set(
    sess_manager *manager, const char *token, size_t token_len, sess_cookies **ret_cookies, sess_diag *diag);

/* The Set-Cookie values that make the browser forget the cookie, and every chunk that the policy allows: the same attributes as
 * sess_cookie_set() writes, Max-Age=0 and an Expires that is long past. SESS_ERR_ARGUMENT, SESS_ERR_MEMORY. Any number of threads. */
SESS_API SESS_CHECKED int sess_cookie_clear(const sess_manager *manager, sess_cookies **ret_cookies, sess_diag *diag);

/* Value i, NUL-terminated, without the words "Set-Cookie: "; NULL: there are no more. *ret_len may be NULL. Lives as long as the
 * cookies. It holds the token: not for logs. */
SESS_API size_t sess_cookies_count(const sess_cookies *cookies);
SESS_API const char *sess_cookies_value(const sess_cookies *cookies, size_t i, size_t *ret_len);
/* How many of them carry the token, 1 unless it is in chunks; 0 of sess_cookie_clear(). These come first. */
SESS_API size_t sess_cookies_chunks(const sess_cookies *cookies);
/* By how many characters the token may still grow before the policy's cookies do not hold it. */
SESS_API size_t sess_cookies_spare(const sess_cookies *cookies);
/* Wipes and frees. NULL is allowed. */
SESS_API void sess_cookies_free(sess_cookies *cookies);

/* The value of one Cookie header, without the words "Cookie: "; any bytes. */
typedef struct sess_cookie_header {
	const char *value;
	size_t len;
} sess_cookie_header;

/*
 * The token in a request's Cookie headers (RFC 6265bis §4.2.1; HTTP/2 may send several). 0 with *ret_token NULL: there is none.
 * Otherwise it is NUL-terminated; free it with sess_token_free(). It is not verified yet.
 *
 * Names are compared byte for byte, prefix and all. Other cookies are left alone, whatever they hold. SESS_ERR_REJECTED with
 *   SESS_REASON_MALFORMED: the cookie is there twice, is empty, holds anything but cookie-octets (a quote, a space, a comma, a
 *     backslash, a control character, a byte above 126), or a chunk says impossible things of itself;
 *   SESS_REASON_OVERSIZE: it is longer than a browser would have kept;
 *   SESS_REASON_TORN_COOKIE: chunks of different tokens, or not all of one, and no whole cookie beside them; or a whole cookie
 *     and a whole set. Two responses that cross each other can do this, so it raises no event; clear the cookie, and have the
 *     user sign in.
 * The others raise SESS_EVENT_REJECTED. From 80 % of the policy's max_header_bytes on SESS_EVENT_COOKIE_HEADER_LARGE is raised: the
 * server in front may soon refuse such requests. Reads each byte once, and allocates the token alone. SESS_ERR_ARGUMENT,
 * SESS_ERR_CLOCK, SESS_ERR_MEMORY. Any number of threads.
 */
SESS_API SESS_CHECKED int sess_cookie_get(sess_manager *manager, const sess_cookie_header *headers, size_t header_count,
    char **ret_token, size_t *ret_token_len, sess_diag *diag);

/* The same under a policy alone, for tools: no ring, no clock, no events. SESS_ERR_POLICY: it is not valid. */
SESS_API SESS_CHECKED int sess_cookie_find(const sess_cookie_policy *policy, const sess_cookie_header *headers,
    size_t header_count, char **ret_token, size_t *ret_token_len, sess_diag *diag);

/* The cookie's name with its prefix, "__Host-session" for instance. */
#define SESS_COOKIE_FULL_NAME_MAX (9 + SESS_COOKIE_NAME_MAX) /* without the NUL */
SESS_API void sess_cookie_full_name(const sess_cookie_policy *policy, char ret_name[SESS_COOKIE_FULL_NAME_MAX + 1]);

/* Characters of a token that the policy's cookies hold: in one of them, or in as many chunks as it allows. */
SESS_API size_t sess_cookie_capacity(const sess_cookie_policy *policy);

#ifdef __cplusplus
}
#endif
#endif
