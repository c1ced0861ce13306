/* SPDX-License-Identifier: MIT */
/* Tests: one node of the fleet, seen from within its process. */
#ifndef PROOF_FLEET_NODE_H
#define PROOF_FLEET_NODE_H

#include "proof/fleet.h"

struct node {
	struct fleet *f;
	struct fleet_node *node;
	sess_manager *manager;
	int64_t now;	  /* at which the last token was minted, or judged */
	int64_t asked_us; /* when it was last asked to look at the file */
	char kid[SESS_KID_MAX + 1]; /* of the last token minted */
	size_t turn[FLEET_MINTERS]; /* the next token of each minter, for a verifier that takes them in turn */
	uint64_t dice;
};

/* Makes the manager of node `number`. An error code of the library; nothing is to be freed then. */
int node_begin(struct node *me, struct fleet *f, int number);
/* Asks for a look at the file when that is due. A failure stands in the counter of refused rings. */
void node_keep_up(struct node *me, int64_t now_us);
/* 0..sides-1. Cheap and repeatable: which token is looked at next decides nothing but coverage. */
uint64_t node_roll(struct node *me, uint64_t sides);

#endif
