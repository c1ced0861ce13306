/* SPDX-License-Identifier: MIT */
/*
 * A browser's cookie jar, as far as these tests need one: takes the values of Set-Cookie, keeps what a browser keeps (RFC 6265bis
 * §5.6: name and value together at most 4096 bytes), forgets what Max-Age=0 clears, and writes the Cookie header. Knows nothing of src/.
 */
#ifndef SESSION_JAR_H
#define SESSION_JAR_H

#include <check.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#define JAR_MAX 16

struct jar {
	size_t count;
	struct {
		char *name, *value;
	} cookie[JAR_MAX];
	char *header; /* the last that jar_header() wrote */
};

static inline void
jar_drop(struct jar *j, size_t i)
{
	free(j->cookie[i].name);
	free(j->cookie[i].value);
	j->cookie[i] = j->cookie[--j->count];
}

static inline void
jar_put(struct jar *j, const char *set_cookie)
{
	size_t name_len = strcspn(set_cookie, "="), value_len = strcspn(set_cookie + name_len, ";") - 1;
	const char *value = set_cookie + name_len + 1;

	for (size_t i = 0; i < j->count; i++) {
		if (strlen(j->cookie[i].name) == name_len && strncmp(j->cookie[i].name, set_cookie, name_len) == 0)
			jar_drop(j, i--);
	}
	if (strstr(set_cookie, "; Max-Age=0") != NULL || name_len + value_len > 4096)
		return;
	ck_assert_uint_lt(j->count, JAR_MAX);
	j->cookie[j->count].name = strndup(set_cookie, name_len);
	j->cookie[j->count++].value = strndup(value, value_len);
}

static inline void
jar_take(struct jar *j, const sess_cookies *cookies)
{
	for (size_t i = 0; i < sess_cookies_count(cookies); i++)
		jar_put(j, sess_cookies_value(cookies, i, NULL));
}

/* The newest last, as browsers send them. */
static inline sess_cookie_header
jar_header(struct jar *j)
{
	size_t room = 1;

	for (size_t i = 0; i < j->count; i++)
		room += strlen(j->cookie[i].name) + strlen(j->cookie[i].value) + 3;
	free(j->header);
	ck_assert_ptr_nonnull(j->header = malloc(room));
	j->header[0] = '\0';
	for (size_t i = 0; i < j->count; i++) {
		strcat(strcat(j->header, i > 0 ? "; " : ""), j->cookie[i].name);
		strcat(strcat(j->header, "="), j->cookie[i].value);
	}
	return (sess_cookie_header){ j->header, strlen(j->header) };
}

static inline void
jar_done(struct jar *j)
{
	while (j->count > 0)
		jar_drop(j, 0);
	free(j->header);
	j->header = NULL;
}

#endif
