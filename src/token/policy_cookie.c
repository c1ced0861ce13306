/* SPDX-License-Identifier: MIT */
/* L4: the policy of the cookie. What browsers refuse silently is refused here with words (RFC 6265bis §4.1 and §5.7). */
#include "token/policy_cookie.h"

#include <stddef.h>
#include <string.h>

#include "base/diag.h"

#define HEADER_BYTES_MIN 1024
#define HEADER_BYTES_MAX 1048576
#define ATTRIBUTE_MAX 1024 /* RFC 6265bis §5.6: a longer attribute is ignored */

_Static_assert(
    SESS_COOKIE_PATH_MAX <= ATTRIBUTE_MAX && SESS_COOKIE_DOMAIN_MAX <= ATTRIBUTE_MAX, "no attribute is ignored");

static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static const char *const prefix_words[] = { "host", "secure", "none" };
static const char *const same_site_words[] = { "lax", "strict", "none" };

struct flag {
	const char *name;
	size_t offset;
};

static const struct flag flags[] = {
	{ "secure", offsetof(sess_cookie_policy, secure) },
	{ "http_only", offsetof(sess_cookie_policy, http_only) },
	{ "partitioned", offsetof(sess_cookie_policy, partitioned) },
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

void
policy_cookie_init(sess_cookie_policy *cookie)
{
	*cookie = (sess_cookie_policy){
		.name = "session", .path = "/", .secure = 1, .http_only = 1, .max_chunks = 1, .max_header_bytes = 8192
	};
}

static int
wrong(sess_diag *diag, const char *member, const char *why)
{
	return diag_error_at(diag, SESS_ERR_POLICY, NULL, member, "cookie: %s", why);
}

static int
check_number(const char *name, int64_t value, int64_t min, int64_t max, sess_diag *diag)
{
	if (value >= min && value <= max)
		return 0;
	return diag_error_at(diag, SESS_ERR_POLICY, NULL, name, "cookie: %s is %lld; it must lie in %lld..%lld", name,
	    (long long)value, (long long)min, (long long)max);
}

static int
is_all_of(const char *s, size_t n, const char *more)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\0' || (strchr(alnum, s[i]) == NULL && strchr(more, s[i]) == NULL))
			return 0;
	}
	return 1;
}

/* An RFC 9110 token, as RFC 6265bis §4.1.1 has it. Browsers read "__host-" and its like in any case, and know ever more of them. */
static int
check_name(const sess_cookie_policy *c, sess_diag *diag)
{
	size_t n = strnlen(c->name, sizeof(c->name));

	if (n == 0 || n == sizeof(c->name) || !is_all_of(c->name, n, "!#$%&'*+-.^_`|~"))
		return wrong(diag, "name", "name must be 1 to 63 letters, digits or !#$%&'*+-.^_`|~");
	if (strncmp(c->name, "__", 2) == 0)
		return wrong(diag, "name",
		    "name must not begin with \"__\"; the prefix is a member of its own: \"host\", \"secure\" or "
		    "\"none\"");
	return 0;
}

/* Labels of letters, digits and inner hyphens, at least two, the last not a number (RFC 1034 §3.5; RFC 6265bis §5.1.3). */
static int
is_domain(const char *s, size_t n)
{
	size_t labels = 0, start = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.')
			continue;
		if (i == start || i - start > 63 || s[start] == '-' || s[i - 1] == '-' ||
		    !is_all_of(s + start, i - start, "-"))
			return 0;
		if (i == n && strspn(s + start, "0123456789") >= i - start)
			return 0;
		labels++;
		start = i + 1;
	}
	return labels >= 2;
}

static int
check_domain(const sess_cookie_policy *c, sess_diag *diag)
{
	size_t n = strnlen(c->domain, sizeof(c->domain));

	if (n == sizeof(c->domain) || (n > 0 && !is_domain(c->domain, n)))
		return wrong(diag, "domain",
		    "domain must be a host name such as \"shop.example\", without a dot in front; no address, no "
		    "single word; leave it out for this host alone");
	return 0;
}

/* RFC 6265bis §4.1.1: any CHAR except CTLs or ";". */
static int
check_path(const sess_cookie_policy *c, sess_diag *diag)
{
	size_t n = strnlen(c->path, sizeof(c->path));
	int good = n < sizeof(c->path) && c->path[0] == '/' && c->path[n - 1] != ' ';

	for (size_t i = 0; good && i < n; i++)
		good = c->path[i] >= 0x20 && c->path[i] < 0x7f && c->path[i] != ';';
	return good ?
	    0 :
	    wrong(diag, "path", "path must begin with \"/\" and be at most 255 characters of ASCII without \";\"");
}

static int
check_contradictions(const sess_cookie_policy *c, sess_diag *diag)
{
	if (c->prefix == SESS_COOKIE_PREFIX_HOST && c->domain[0] != '\0')
		return wrong(diag, "domain",
		    "the prefix \"__Host-\" binds the cookie to one host; leave domain out, or take the prefix "
		    "\"secure\"");
	if (c->prefix == SESS_COOKIE_PREFIX_HOST && strcmp(c->path, "/") != 0)
		return wrong(diag, "path",
		    "the prefix \"__Host-\" demands the path \"/\"; take the prefix \"secure\" for another");
	if (c->secure)
		return 0;
	if (c->prefix == SESS_COOKIE_PREFIX_HOST)
		return wrong(
		    diag, "secure", "the prefix \"__Host-\" demands secure; without it browsers drop the cookie");
	if (c->prefix == SESS_COOKIE_PREFIX_SECURE)
		return wrong(
		    diag, "secure", "the prefix \"__Secure-\" demands secure; without it browsers drop the cookie");
	if (c->same_site == SESS_COOKIE_NONE)
		return wrong(diag, "secure", "same_site \"none\" demands secure; without it browsers drop the cookie");
	if (c->partitioned)
		return wrong(diag, "secure", "partitioned demands secure; without it browsers drop the cookie");
	return 0;
}

int
policy_cookie_check(const sess_cookie_policy *c, sess_diag *diag)
{
	int32_t flag;
	int rc;

	if ((rc = check_number("prefix", c->prefix, 0, 2, diag)) != 0 ||
	    (rc = check_number("same_site", c->same_site, 0, 2, diag)) != 0 ||
	    (rc = check_number("max_chunks", c->max_chunks, 1, SESS_COOKIE_CHUNKS_MAX, diag)) != 0 ||
	    (rc = check_number("max_header_bytes", c->max_header_bytes, HEADER_BYTES_MIN, HEADER_BYTES_MAX, diag)) != 0)
		return rc;
	for (size_t i = 0; i < FLAGS; i++) {
		memcpy(&flag, (const char *)c + flags[i].offset, sizeof(flag));
		if ((rc = check_number(flags[i].name, flag, 0, 1, diag)) != 0)
			return rc;
	}
	if ((rc = check_name(c, diag)) != 0 || (rc = check_domain(c, diag)) != 0 || (rc = check_path(c, diag)) != 0)
		return rc;
	return check_contradictions(c, diag);
}

static int
parse_text(const json_t *o, const char *name, char *out, size_t room, sess_diag *diag)
{
	const char *value = NULL;
	size_t n = 0;
	int rc;

	if ((rc = doc_get_string(o, name, 0, SESS_ERR_POLICY, NULL, &value, &n, diag)) != 0 || value == NULL)
		return rc;
	if (n == 0 || n >= room)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, name,
		    "cookie: %s must be 1 to %zu bytes long; leave it out for none", name, room - 1);
	memcpy(out, value, n + 1);
	return 0;
}

static int
parse_word(const json_t *o, const char *name, const char *const words[3], int32_t *ret, sess_diag *diag)
{
	const char *value = NULL;
	int rc;

	if ((rc = doc_get_string(o, name, 0, SESS_ERR_POLICY, NULL, &value, NULL, diag)) != 0 || value == NULL)
		return rc;
	for (int32_t i = 0; i < 3; i++) {
		if (strcmp(value, words[i]) == 0) {
			*ret = i;
			return 0;
		}
	}
	return diag_error_at(diag, SESS_ERR_POLICY, NULL, name, "cookie: %s must be \"%s\", \"%s\" or \"%s\"", name,
	    words[0], words[1], words[2]);
}

static int
parse_int(const json_t *o, const char *name, int64_t min, int64_t max, int32_t *ret, sess_diag *diag)
{
	int64_t value = *ret;
	int rc;

	if ((rc = doc_get_int(o, name, 0, min, max, SESS_ERR_POLICY, NULL, &value, diag)) != 0)
		return rc;
	*ret = (int32_t)value;
	return 0;
}

static int
parse_flags(const json_t *o, sess_cookie_policy *cookie, sess_diag *diag)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const json_t *value = json_object_get(o, flags[i].name);
		int32_t flag = json_is_true(value);

		if (value == NULL)
			continue;
		if (!json_is_boolean(value))
			return diag_error_at(diag, SESS_ERR_POLICY, NULL, flags[i].name,
			    "cookie: %s must be true or false", flags[i].name);
		memcpy((char *)cookie + flags[i].offset, &flag, sizeof(flag));
	}
	return 0;
}

int
policy_cookie_parse(const json_t *doc, sess_cookie_policy *cookie, sess_diag *diag)
{
	static const char *const known[] = { "name", "prefix", "domain", "path", "same_site", "secure", "http_only",
		"partitioned", "max_chunks", "max_header_bytes", NULL };
	const json_t *o = json_object_get(doc, "cookie");
	int rc;

	if (o == NULL)
		return 0;
	if (!json_is_object(o))
		return diag_error_at(
		    diag, SESS_ERR_POLICY, NULL, "cookie", "cookie must be an object, e.g. {\"name\": \"shop\"}");
	if ((rc = doc_check_members(o, known, SESS_ERR_POLICY, NULL, diag)) != 0 ||
	    (rc = parse_text(o, "name", cookie->name, sizeof(cookie->name), diag)) != 0 ||
	    (rc = parse_text(o, "domain", cookie->domain, sizeof(cookie->domain), diag)) != 0 ||
	    (rc = parse_text(o, "path", cookie->path, sizeof(cookie->path), diag)) != 0 ||
	    (rc = parse_word(o, "prefix", prefix_words, &cookie->prefix, diag)) != 0 ||
	    (rc = parse_word(o, "same_site", same_site_words, &cookie->same_site, diag)) != 0 ||
	    (rc = parse_int(o, "max_chunks", 1, SESS_COOKIE_CHUNKS_MAX, &cookie->max_chunks, diag)) != 0 ||
	    (rc = parse_int(
		 o, "max_header_bytes", HEADER_BYTES_MIN, HEADER_BYTES_MAX, &cookie->max_header_bytes, diag)) != 0)
		return rc;
	return parse_flags(o, cookie, diag);
}
