/* SPDX-License-Identifier: MIT */
/* Tests: the states of the ring file in their order: which of them a node must know at a moment, which it may, and what they say. */
#ifndef PROOF_FLEET_HISTORY_H
#define PROOF_FLEET_HISTORY_H

#include "proof/fleet_judge.h"

struct history {
	const struct fleet *f;
	struct verdict *v; /* its table of keys */
	size_t count;	   /* generations */
	const struct fleet_key *at[FLEET_GENERATIONS_MAX][JUDGE_KEYS_MAX]; /* NULL: not in that file */
};

/* Fills the verdict's table of keys and counts the deeds as well. -1: more keys than there is room for, or no history. */
int history_read(struct history *h, const struct fleet *f, struct verdict *v);
/* The last state that must have reached the node, and the first one that it may not have known: numbers of generations. */
size_t history_must_know(const struct history *h, int64_t begin_us, const struct fleet_node *node);
size_t history_may_know(const struct history *h, int64_t end_us);
/* The number of a kid in the verdict's table, or -1. */
int history_find(const struct history *h, const char *kid);
/* A key as one state has it; NULL: not there. */
const struct fleet_key *history_key(const struct history *h, size_t generation, int key);
/* Whose turn it is to mint: the greatest nbf that has come, of keys that were not revoked before it. */
const struct fleet_key *history_in_turn(const struct history *h, size_t generation, char use, int64_t now);
/* Whether a revocation was being written or spreading at some time within a call. */
int history_in_revocation(const struct history *h, int64_t begin_us, int64_t end_us, const struct fleet_node *node);
/* 0: no revocation concerns a token of these keys; 1: one may be known by now; 2: one must be. */
int history_revocation(const struct history *h, int sig, int enc, int64_t begin_us, int64_t end_us,
    const struct fleet_node *node);
/* Why a valid token may be refused all the same: a key had not come to the node and did not have to, or a file was written so late that
 * its minter (at minted_at) used a key beyond its turn. The verdict's counter of such cases, or NULL. */
size_t *history_excuse(const struct history *h, int sig, int enc, int64_t minted_at, int64_t begin_us,
    const struct fleet_node *node);
/* The longest time from a write to the node's reload of it, or of a later one. */
int64_t history_slowest_reload(const struct history *h, const struct fleet_node *node);

/* What clients saw; the rest of the verdict is fleet_judge()'s. */
void judge_clients(const struct history *h, const struct fleet *f, struct verdict *v);
/* Counts one fault, and keeps its words if it is the first. */
__attribute__((format(printf, 3, 4))) void judge_blame(struct verdict *v, size_t *counter, const char *format, ...);

#endif
