/* SPDX-License-Identifier: MIT */
/* What the tests of the Redis store share: a server, a ring, nodes over it, and waiting for what a feed does by itself. */
#ifndef TESTS_REVOCATION_REDIS_NODE_H
#define TESTS_REVOCATION_REDIS_NODE_H

#include "session/revocation.h"
#include "support/judge.h"
#include "support/redis_server.h"

#define SID_LEN 22
#define PATIENCE_MS 20000 /* for what comes by itself, on a busy machine */

struct events {
	_Atomic int lost, back, ignored;
	_Atomic int64_t ignored_entries;
	char why[16][16]; /* of the events LOST, in turn; read when nothing comes any more */
};

struct node {
	sess_manager *manager;
	struct events events;
};

extern struct redis_server redis_server;
extern struct judge redis_judge; /* its ring and clock */
extern int64_t redis_elapsed_ms; /* injected where redis_config.elapsed is set to redis_clock_elapsed */

/* A server that runs, with a log for the ring. */
void redis_setup(void);
void redis_setup_bare(void); /* without the log */
void redis_teardown(void);
void redis_init_log(void);

/* The defaults of a node: over the server, as in a test's policy. */
extern sess_config redis_config;
extern sess_policy redis_policy;
void redis_node_open(struct node *n);
void redis_node_close(struct node *n);
int redis_clock_elapsed(void *arg, int64_t *ret_ms);

/* 0, or the reasons, for a token of the session with this number. */
uint32_t redis_verdict(sess_manager *m, unsigned n);
void redis_sid(unsigned n, char sid[SID_LEN + 1]);
/* Revokes it. *ret may be NULL. */
void redis_revoke(sess_manager *m, unsigned n, sess_revocation *ret);
/* Waits until the verdict is this one, or fails. */
void redis_await_verdict(sess_manager *m, unsigned n, uint32_t verdict);
/* Waits until the store is open (why NULL), or is what `why` says. */
void redis_await_why(sess_manager *m, const char *why);
void redis_await_queued(sess_manager *m, size_t queued);
void redis_await_count(_Atomic int *count, int least);

#endif
