/* SPDX-License-Identifier: MIT */
/*
 * L6: finding our cookies in Cookie headers (RFC 6265bis §4.2.1). One pass, nothing allocated. Quotes protect nothing there: every ";"
 * ends a pair, so that nobody reads another cookie than we do.
 */
#include <string.h>

#include "base/diag.h"
#include "session/cookie.h"

/* RFC 6265bis §4.1.1: cookie-octet. */
static int
is_octet(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

/* Which of our names it is; COOKIE_NAMES_MAX: none. */
static size_t
slot_of(const sess_cookie_policy *policy, const struct cookie_name *whole, const char *name, size_t n)
{
	if (n < whole->len || memcmp(name, whole->text, whole->len) != 0)
		return COOKIE_NAMES_MAX;
	if (n == whole->len)
		return 0;
	if (policy->max_chunks == 1 || n != whole->len + 2 || name[n - 2] != '.' || name[n - 1] < '0' ||
	    name[n - 1] >= '0' + policy->max_chunks)
		return COOKIE_NAMES_MAX;
	return (size_t)(name[n - 1] - '0') + 1;
}

static int
malformed(const struct cookie_name *name, const char *expected, const char *got, sess_diag *diag)
{
	return diag_reject(diag, SESS_REASON_MALFORMED, name->text, expected, got);
}

static int
keep(const sess_cookie_policy *policy, size_t slot, const char *value, size_t n, struct cookie_scan *scan,
    sess_diag *diag)
{
	struct cookie_name name;

	cookie_name(policy, (int)slot - 1, &name);
	if (scan->slot[slot].value != NULL)
		return malformed(&name, "one cookie of this name", "two or more", diag);
	if (n == 0)
		return malformed(&name, "a value", "an empty one", diag);
	if (name.len + n > SESS_COOKIE_BYTES_MAX)
		return diag_reject_num(diag, SESS_REASON_OVERSIZE, name.text, SESS_UNIT_BYTES, SESS_COOKIE_BYTES_MAX,
		    (int64_t)(name.len + n), NULL, NULL);
	for (size_t i = 0; i < n; i++) {
		if (!is_octet((unsigned char)value[i]))
			return malformed(&name,
			    "a value of cookie-octets, without quotes, spaces, commas or backslashes",
			    "another character", diag);
	}
	scan->slot[slot].value = value;
	scan->slot[slot].len = n;
	return 0;
}

static int
scan_header(const sess_cookie_policy *policy, const struct cookie_name *whole, const sess_cookie_header *header,
    struct cookie_scan *scan, sess_diag *diag)
{
	const char *p = header->value, *end = p == NULL ? NULL : p + header->len;
	int rc = 0;

	while (rc == 0 && p != end) {
		const char *stop = memchr(p, ';', (size_t)(end - p)), *equals;
		size_t slot = COOKIE_NAMES_MAX;

		stop = stop == NULL ? end : stop;
		while (p != stop && (*p == ' ' || *p == '\t'))
			p++;
		if ((equals = memchr(p, '=', (size_t)(stop - p))) != NULL)
			slot = slot_of(policy, whole, p, (size_t)(equals - p));
		if (slot < COOKIE_NAMES_MAX)
			rc = keep(policy, slot, equals + 1, (size_t)(stop - equals - 1), scan, diag);
		p = stop == end ? end : stop + 1;
	}
	return rc;
}

int
cookie_scan(const sess_cookie_policy *policy, const sess_cookie_header *headers, size_t count, struct cookie_scan *ret,
    sess_diag *diag)
{
	struct cookie_name whole;
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	cookie_name(policy, COOKIE_WHOLE, &whole);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = scan_header(policy, &whole, &headers[i], ret, diag);
	return rc;
}
