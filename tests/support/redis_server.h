/* SPDX-License-Identifier: MIT */
/*
 * A real server of the Redis protocol (redis-server or valkey-server, whichever is installed), for one test: in a folder of its own, on
 * a socket in it, or on a free port of loopback besides. And a plain client: what is said to the server as any program could,
 * with no key of a ring.
 */
#ifndef SUPPORT_REDIS_SERVER_H
#define SUPPORT_REDIS_SERVER_H

#include <sys/types.h>

struct redis_server {
	char dir[64], socket[96], uri[128]; /* redis+unix: */
	pid_t pid; /* 0: not running */
	int port;  /* 0: none */
};

/* NULL: none is installed, so the program that asks skips visibly. */
const char *redis_server_program(void);
/* A port of loopback that nothing listens on now. */
int redis_server_free_port(void);
/* Makes the folder; starts nothing. */
void redis_server_init(struct redis_server *s);
/* Starts it and waits until it answers. Extra arguments end with NULL; or NULL for none. Fails the test where it cannot. */
void redis_server_start(struct redis_server *s, const char *const *extra);
/* SIGKILL, and waits for its end. What it has saved stays. */
void redis_server_kill(struct redis_server *s);
/* Kills it, and removes the folder. */
void redis_server_done(struct redis_server *s);

/* One command in words, and the reply's text as the server wrote it (RESP2; at most n - 1 bytes of it). */
void redis_server_say(const struct redis_server *s, char *ret_reply, size_t n, const char *const *words);
#define REDIS_SAY(s, reply, ...) \
	redis_server_say((s), (reply), sizeof(reply), (const char *const[]){ __VA_ARGS__, (const char *)0 })

#endif
