/* SPDX-License-Identifier: MIT */
/* L5: where a server of the Redis protocol is, from its URI, and what it is told of who we are, from a file. No I/O but that. */
#ifndef REVOCATION_REDIS_TARGET_H
#define REVOCATION_REDIS_TARGET_H

#include <sess/error.h>

#define REDIS_PLACE_MAX 255
#define REDIS_AUTH_MAX 512

struct redis_target {
	int is_unix;
	char place[REDIS_PLACE_MAX + 1]; /* a host or address, or a socket's path */
	int port, db;
};

/* Long-lived, so in pages of its own. Lengths 0: none. */
struct redis_auth {
	char user[REDIS_AUTH_MAX + 1], password[REDIS_AUTH_MAX + 1];
	size_t user_len, password_len;
};

/* scheme and rest as of the URI: redis://HOST[:PORT][/DB], redis+unix:PATH. SESS_ERR_ARGUMENT says what is wrong. */
SESS_CHECKED int redis_target_parse(const char *scheme, const char *rest, struct redis_target *ret, sess_diag *diag);
/* One line, the password, or two, user and password. *ret is from secret_pages_new(). SESS_ERR_IO: not to be read, or by others
 * too; SESS_ERR_ARGUMENT: neither one nor two lines; SESS_ERR_MEMORY. */
SESS_CHECKED int redis_auth_load(const char *path, struct redis_auth **ret, sess_diag *diag);

#endif
