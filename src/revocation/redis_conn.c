/* SPDX-License-Identifier: MIT */
/* L5: sockets without waiting. hiredis connects, formats and parses; sending and receiving are done here, without signals. */
#include "revocation/redis_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"

#define READ_AT_ONCE 16384

int64_t
redis_conn_clock(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static enum fault
failed(struct redis_conn *c, enum fault fault)
{
	if (c->fault == FAULT_NONE)
		c->fault = fault;
	return c->fault;
}

enum fault
redis_conn_open(struct redis_conn *c, const struct redis_target *target, int64_t timeout_ms)
{
	*c = (struct redis_conn)REDIS_CONN_NONE;
	c->context = target->is_unix ? redisConnectUnixNonBlock(target->place) : redisConnectNonBlock(target->place, target->port);
	if (c->context == NULL)
		return failed(c, FAULT_MEMORY);
	if (c->context->err != 0)
		return failed(c, FAULT_UNREACHABLE);
	(void)fcntl(c->context->fd, F_SETFD, FD_CLOEXEC);
	atomic_store(&c->fd, c->context->fd);
	c->timeout_ms = timeout_ms;
	c->deadline_ms = redis_conn_clock() + timeout_ms;
	return FAULT_NONE;
}

void
redis_conn_close(struct redis_conn *c)
{
	atomic_store(&c->fd, -1);
	if (c->context != NULL)
		redisFree(c->context);
	buf_done(&c->out);
	*c = (struct redis_conn)REDIS_CONN_NONE;
}

void
redis_conn_abandon(struct redis_conn *c)
{
	int fd = atomic_exchange(&c->fd, -1);

	if (fd >= 0)
		(void)close(fd);
	*c = (struct redis_conn)REDIS_CONN_NONE;
}

enum fault
redis_conn_send(struct redis_conn *c, int argc, const char **argv, const size_t *lens, int64_t timeout_ms)
{
	char *text = NULL;
	int n = redisFormatCommandArgv(&text, argc, argv, lens), rc;

	if (n < 0)
		return failed(c, FAULT_MEMORY);
	rc = buf_append(&c->out, text, (size_t)n);
	secret_wipe(text, (size_t)n); /* it may be a password */
	redisFreeCommand(text);
	if (rc != 0)
		return failed(c, FAULT_MEMORY);
	c->timeout_ms = timeout_ms;
	if (c->awaited++ == 0 && c->is_connected)
		c->deadline_ms = redis_conn_clock() + timeout_ms;
	return FAULT_NONE;
}

/* Whether the socket has connected by now; a fault where it could not. */
static enum fault
look_connected(struct redis_conn *c)
{
	struct pollfd p = { .fd = c->context->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (c->is_connected || poll(&p, 1, 0) != 1)
		return FAULT_NONE;
	if (getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
		return failed(c, FAULT_UNREACHABLE);
	c->is_connected = 1;
	c->deadline_ms = redis_conn_clock() + c->timeout_ms;
	return FAULT_NONE;
}

static enum fault
send_some(struct redis_conn *c)
{
	while (c->out_sent < c->out.len) {
		ssize_t n = send(c->context->fd, c->out.data + c->out_sent, c->out.len - c->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? FAULT_NONE : failed(c, FAULT_CLOSED);
		c->out_sent += (size_t)n;
	}
	buf_clear(&c->out);
	c->out_sent = 0;
	return FAULT_NONE;
}

static enum fault
receive_some(struct redis_conn *c)
{
	char bytes[READ_AT_ONCE];
	enum fault fault;

	for (int i = 0; i < 16; i++) {
		ssize_t n = recv(c->context->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return FAULT_NONE;
		if (n <= 0)
			return failed(c, FAULT_CLOSED);
		if ((fault = resp_cap_feed(&c->cap, bytes, (size_t)n)) != FAULT_NONE)
			return failed(c, fault);
		if (redisReaderFeed(c->context->reader, bytes, (size_t)n) != REDIS_OK)
			return failed(c, FAULT_MEMORY);
	}
	return FAULT_NONE;
}

enum fault
redis_conn_pump(struct redis_conn *c)
{
	enum fault fault = c->fault;

	if (fault == FAULT_NONE)
		fault = look_connected(c);
	if (fault == FAULT_NONE && c->is_connected && (fault = send_some(c)) == FAULT_NONE)
		fault = receive_some(c);
	if (fault == FAULT_NONE && (!c->is_connected || c->awaited > 0) && redis_conn_clock() >= c->deadline_ms)
		fault = failed(c, c->is_connected ? FAULT_TIMEOUT : FAULT_UNREACHABLE);
	return fault;
}

enum fault
redis_conn_flush(struct redis_conn *c)
{
	return c->fault == FAULT_NONE && c->is_connected ? send_some(c) : c->fault;
}

redisReply *
redis_conn_reply(struct redis_conn *c)
{
	void *reply = NULL;

	if (c->context == NULL)
		return NULL;
	if (redisReaderGetReply(c->context->reader, &reply) != REDIS_OK) {
		(void)failed(c, FAULT_GARBAGE);
		return NULL;
	}
	if (reply == NULL)
		return NULL;
	if (c->awaited == 0) {
		freeReplyObject(reply);
		(void)failed(c, FAULT_GARBAGE);
		return NULL;
	}
	c->awaited--;
	c->deadline_ms = redis_conn_clock() + c->timeout_ms;
	return reply;
}

int
redis_conn_wants_write(const struct redis_conn *c)
{
	return c->context != NULL && (!c->is_connected || c->out_sent < c->out.len);
}
