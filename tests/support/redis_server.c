/* SPDX-License-Identifier: MIT */
/* Starting, stopping and talking to a real server. */
#include "support/redis_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX 40
#define TRIES 2000 /* of 5 ms each */

const char *
redis_server_program(void)
{
	static const char *const names[] = { "/usr/bin/redis-server", "/usr/bin/valkey-server", "/usr/local/bin/redis-server",
		"/usr/local/bin/valkey-server" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (access(names[i], X_OK) == 0)
			return names[i];
	}
	return NULL;
}

int
redis_server_free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	(void)close(fd);
	return ntohs(in.sin_port);
}

void
redis_server_init(struct redis_server *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/sess-redis-XXXXXX" : "/tmp/sess-redis-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	(void)snprintf(s->socket, sizeof(s->socket), "%s/sock", s->dir);
	(void)snprintf(s->uri, sizeof(s->uri), "redis+unix:%s", s->socket);
}

static int
connect_to(const struct redis_server *s)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, s->socket, strlen(s->socket) + 1);
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void
run(const struct redis_server *s, const char *const *extra)
{
	char port[16];
	const char *args[ARGS_MAX] = { redis_server_program(), "--port", port, "--bind", "127.0.0.1", "--unixsocket", s->socket, "--dir",
		s->dir, "--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning" };
	size_t n = 17;
	int null = open("/dev/null", O_RDWR);

	(void)snprintf(port, sizeof(port), "%d", s->port);
	for (size_t i = 0; extra != NULL && extra[i] != NULL && n < ARGS_MAX - 1; i++)
		args[n++] = extra[i];
	(void)dup2(null, 0);
	(void)dup2(null, 1);
	(void)dup2(null, 2);
	{
		char *argv[ARGS_MAX];

		memcpy(argv, args, sizeof(argv));
		execv(argv[0], argv);
	}
	_exit(127);
}

void
redis_server_start(struct redis_server *s, const char *const *extra)
{
	const struct timespec pause = { 0, 5000000 };
	int fd = -1;

	(void)unlink(s->socket);
	if ((s->pid = fork()) == 0)
		run(s, extra);
	ck_assert_int_gt(s->pid, 0);
	for (int i = 0; i < TRIES && (fd = connect_to(s)) < 0; i++)
		(void)nanosleep(&pause, NULL);
	ck_assert_msg(fd >= 0, "the server does not start");
	(void)close(fd);
}

void
redis_server_kill(struct redis_server *s)
{
	int status;

	if (s->pid <= 0)
		return;
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, &status, 0);
	s->pid = 0;
}

void
redis_server_done(struct redis_server *s)
{
	struct dirent *e;
	char path[400];
	DIR *dir;

	redis_server_kill(s);
	if ((dir = opendir(s->dir)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", s->dir, e->d_name);
		(void)unlink(path);
	}
	(void)closedir(dir);
	(void)rmdir(s->dir);
}

void
redis_server_say(const struct redis_server *s, char *ret_reply, size_t n, const char *const *words)
{
	char text[4096];
	size_t count = 0, len = 0;
	ssize_t got;
	int fd = connect_to(s);

	ck_assert_int_ge(fd, 0);
	while (words[count] != NULL)
		count++;
	len += (size_t)snprintf(text, sizeof(text), "*%zu\r\n", count);
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
	ck_assert_uint_lt(len, sizeof(text));
	ck_assert_int_eq(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
	/* The server answers what it was asked, and then closes. */
	(void)shutdown(fd, SHUT_WR);
	len = 0;
	while (len + 1 < n && (got = recv(fd, ret_reply + len, n - 1 - len, 0)) > 0)
		len += (size_t)got;
	ret_reply[len] = '\0';
	(void)close(fd);
}
