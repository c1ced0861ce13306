/* SPDX-License-Identifier: MIT */
/*
 * Tests: one node of a service, told by lines on stdin what to do and answering by lines on stdout: the public API, and nothing
 * that a service could not do. feed_node.py drives it. Times are microseconds of CLOCK_MONOTONIC, which all processes of a host
 * share.
 */
#ifndef PROOF_FEED_NODE_H
#define PROOF_FEED_NODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include <sess/sess.h>

#define NODE_ERROR UINT32_C(0x80000000) /* in the place of reasons: the call failed otherwise */

struct node {
	sess_config config; /* as it was opened */
	sess_policy policy;
	sess_manager *manager;
	int64_t skew_s;
	int is_child; /* forked, with its parent's manager */
	_Atomic size_t heard; /* events about the store and its feed */
};

/* One line, whole, whichever thread says it. */
void node_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t node_us(void);
void node_pause_us(int64_t us);
/* How far the calling thread's clock is from the node's. */
void node_set_thread_skew(int64_t skew_s);
/* 0: accepted; else SESS_REASON_* bits, or NODE_ERROR. */
uint32_t node_verdict(const struct node *n, const char *token);
/* Signs in; NULL: it failed. Free with sess_token_free(). */
char *node_sign_in(const struct node *n, const char *subject);

/* feed_eyes.c: threads that verify all the time. */
/* Verifies this token again and again, and says "seen NAME <begin of the last of before> <begin> <end> <reasons>" when the verdict
 * changes. */
void eyes_sample(struct node *n, const char *name, const char *token, int64_t pause_us);
/* Verifies it until it is refused, says "refused <end>", and goes on verifying it among all those that it has watched. */
void eyes_watch(struct node *n, const char *token);
/* Ends all of them. Says "stopped NAME <verified> <accepted>" of each sampler, and "watched <tokens> <verified after> <accepted
 * after>". */
void eyes_stop(void);

/* feed_churn.c: sessions of one subject in use. */
/* A thread whose clock is apart by skew_s: signs in, renews and regenerates until that is refused as revoked. */
void churn_start(struct node *n, int64_t skew_s, const char *subject);
/* Renewals and regenerations so far, with those that failed. */
size_t churn_turns(void);
/* Ends them and writes what they hold to a file: a line for each token, the end of its sign-in before it. Says "churned <threads>
 * <refused> <signed in> <renewed> <regenerated> <written>". */
void churn_stop(const char *path);
/* Verifies what such a file holds of sessions that were signed in before a moment. Says "judged <tokens> <survivors> <refused
 * otherwise>". */
void churn_judge(const struct node *n, const char *path, int64_t before_us);

#endif
