/* SPDX-License-Identifier: MIT */
/*
 * L5: one connection to a server of the Redis protocol that never blocks: commands go into a buffer, replies come out of
 * hiredis' parser, and what the parser may be fed is capped first. Any fault is final: the connection is to be closed. Knows no
 * command.
 */
#ifndef REVOCATION_REDIS_CONN_H
#define REVOCATION_REDIS_CONN_H

#include <stdatomic.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "base/buf.h"
#include "revocation/fault.h"
#include "revocation/redis_target.h"
#include "revocation/resp_cap.h"

struct redis_conn {
	redisContext *context; /* NULL: closed */
	_Atomic int fd;	       /* the same as the context's, or -1: for a forked child, which may not look into that */
	int is_connected;
	struct buf out;
	size_t out_sent;
	struct resp_cap cap;
	unsigned awaited;    /* replies to come */
	int64_t timeout_ms;  /* of what is awaited */
	int64_t deadline_ms; /* of the next reply, or of being connected */
	enum fault fault;
};

#define REDIS_CONN_NONE { NULL, -1, 0, { NULL, 0, 0, 0 }, 0, { 0, 0, 0, { 0 }, 0, 0, { 0 } }, 0, 0, 0, FAULT_NONE }

/* Milliseconds of a clock of this machine that only goes forward: timeouts of sockets are not injected. */
int64_t redis_conn_clock(void);

/* Begins to connect. A host's name is looked up meanwhile, for as long as that takes. */
SESS_CHECKED enum fault redis_conn_open(struct redis_conn *c, const struct redis_target *target, int64_t timeout_ms);
/* Sends nothing more. */
void redis_conn_close(struct redis_conn *c);
/* In a forked child: closes this process's copy of the descriptor and forgets the rest, which may be half changed. */
void redis_conn_abandon(struct redis_conn *c);

/* One command; lens NULL: all are strings. Its reply is awaited for timeout_ms, from when the one before
 * it came and the connection was there. */
SESS_CHECKED enum fault redis_conn_send(struct redis_conn *c, int argc, const char **argv, const size_t *lens,
    int64_t timeout_ms);
/* Sends and receives what can be without waiting, and looks at the clock. */
enum fault redis_conn_pump(struct redis_conn *c);
/* Sends alone: what it received nobody would look at before more comes. */
SESS_CHECKED enum fault redis_conn_flush(struct redis_conn *c);
/* The next reply, or NULL: none yet, or a fault (in c->fault). Free it with freeReplyObject(). */
redisReply *redis_conn_reply(struct redis_conn *c);
/* Whether it waits for being connected, or for room to send. */
int redis_conn_wants_write(const struct redis_conn *c);

#endif
