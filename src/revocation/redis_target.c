/* SPDX-License-Identifier: MIT */
/* L5: parsing the URI of a Redis server, and reading the file with user and password. */
#include "revocation/redis_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/secret.h"

#define PORT 6379
#define FORM "redis://HOST:PORT/DB, as in redis://127.0.0.1:6379/0, or redis+unix:PATH"

static int
wrong(const char *why, sess_diag *diag)
{
	return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations", "the revocation store: %s; it is %s", why, FORM);
}

/* Decimal digits up to the end or a slash; NULL: not a number within 0..max. */
static const char *
parse_number(const char *at, int max, int *ret)
{
	int value = 0;

	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (*at - '0');
		if (value > max)
			return NULL;
	}
	*ret = value;
	return at;
}

/* The host's text, without the brackets of an IPv6 address; what follows it is returned, or NULL. */
static const char *
parse_host(const char *rest, struct redis_target *t)
{
	const char *end, *begin = rest;
	size_t n;

	if (rest[0] == '[') {
		begin = rest + 1;
		if ((end = strchr(begin, ']')) == NULL)
			return NULL;
	} else {
		end = rest + strcspn(rest, ":/");
	}
	n = (size_t)(end - begin);
	if (n == 0 || n > REDIS_PLACE_MAX)
		return NULL;
	memcpy(t->place, begin, n);
	t->place[n] = '\0';
	return rest[0] == '[' ? end + 1 : end;
}

static int
parse_tcp(const char *rest, struct redis_target *t, sess_diag *diag)
{
	const char *at;

	t->port = PORT;
	if (strchr(rest, '@') != NULL)
		return wrong("user and password do not belong into a URI, which others may see; write them to a file and name it as "
			     "revocations_auth_path", diag);
	if ((at = parse_host(rest, t)) == NULL)
		return wrong("no host", diag);
	if (*at == ':' && ((at = parse_number(at + 1, 65535, &t->port)) == NULL || t->port == 0))
		return wrong("the port is not 1 to 65535", diag);
	if (*at == '/' && at[1] != '\0') {
		if ((at = parse_number(at + 1, 1000000, &t->db)) == NULL || *at != '\0')
			return wrong("the database is not a number", diag);
	} else if (*at != '\0' && *at != '/') {
		return wrong("there is more than host, port and database", diag);
	}
	return 0;
}

int
redis_target_parse(const char *scheme, const char *rest, struct redis_target *ret, sess_diag *diag)
{
	struct redis_target t = { 0 };
	struct sockaddr_un un;
	int rc;

	if (strcmp(scheme, "rediss://") == 0)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
		    "this library has no TLS to Redis: use redis+unix:, or redis:// to a tunnel on this host");
	if (strcmp(scheme, "redis+unix:") == 0) {
		t.is_unix = 1;
		if (rest[0] != '/' || strlen(rest) >= sizeof(un.sun_path))
			return wrong("the path of a socket begins with / and has at most 107 bytes", diag);
		memcpy(t.place, rest, strlen(rest) + 1);
	} else if ((rc = parse_tcp(rest, &t, diag)) != 0) {
		return rc;
	}
	*ret = t;
	return 0;
}

static void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void
auth_cleanup(struct redis_auth **auth)
{
	secret_pages_free(*auth, sizeof(**auth));
}

static int
take_line(const char **at, char *out, size_t *ret_len)
{
	size_t n = strcspn(*at, "\n"), text = n > 0 && (*at)[n - 1] == '\r' ? n - 1 : n;

	if (text == 0 || text > REDIS_AUTH_MAX)
		return -1;
	memcpy(out, *at, text);
	*ret_len = text;
	*at += n + ((*at)[n] == '\n');
	return 0;
}

static int
parse_auth(const char *text, size_t n, struct redis_auth *auth, sess_diag *diag)
{
	const char *at = text;

	if (strlen(text) == n && take_line(&at, auth->password, &auth->password_len) == 0) {
		if (*at == '\0')
			return 0;
		memcpy(auth->user, auth->password, sizeof(auth->user));
		auth->user_len = auth->password_len;
		if (take_line(&at, auth->password, &auth->password_len) == 0 && *at == '\0')
			return 0;
	}
	return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations_auth_path",
	    "the file must hold one line, the password, or two: user and password, each of at most %d bytes", REDIS_AUTH_MAX);
}

static int
open_private(const char *path, int *ret_fd, sess_diag *diag)
{
	struct stat st;

	if ((*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)) < 0 || fstat(*ret_fd, &st) != 0)
		return diag_error_at(diag, SESS_ERR_IO, NULL, "revocations_auth_path", "opening the store's password file: %s",
		    errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	if (!S_ISREG(st.st_mode))
		return diag_error_at(diag, SESS_ERR_IO, NULL, "revocations_auth_path", "the store's password file is not a regular file");
	if ((st.st_mode & 077) != 0 || (st.st_uid != geteuid() && st.st_uid != 0))
		return diag_error_at(diag, SESS_ERR_IO, NULL, "revocations_auth_path",
		    "the store's password file is another user's, or others may read or write it (mode %04o): chmod 600",
		    (unsigned)st.st_mode & 07777);
	return 0;
}

int
redis_auth_load(const char *path, struct redis_auth **ret, sess_diag *diag)
{
	__attribute__((cleanup(fd_cleanup))) int fd = -1;
	__attribute__((cleanup(auth_cleanup))) struct redis_auth *auth = secret_pages_new(sizeof(*auth));
	char text[2 * REDIS_AUTH_MAX + 8];
	ssize_t n;
	int rc;

	if (auth == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = open_private(path, &fd, diag)) != 0)
		return rc;
	do
		n = read(fd, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return diag_error_at(diag, SESS_ERR_IO, NULL, "revocations_auth_path", "reading the store's password file: %s",
		    strerror(errno));
	text[n] = '\0';
	rc = parse_auth(text, (size_t)n, auth, diag);
	secret_wipe(text, sizeof(text));
	if (rc != 0)
		return rc;
	*ret = auth;
	auth = NULL;
	return 0;
}
