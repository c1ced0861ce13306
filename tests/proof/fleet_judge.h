/* SPDX-License-Identifier: MIT */
/*
 * Tests: the judge of a fleet. It reads the records after all processes have ended, and knows the rules from the design alone: the
 * history of the file, each process's clock at each call, and when word of a change must have reached whom.
 */
#ifndef PROOF_FLEET_JUDGE_H
#define PROOF_FLEET_JUDGE_H

#include "proof/fleet.h"

enum { JUDGE_KEYS_MAX = 64 };

struct judged_key {
	struct fleet_key last; /* as the file had it last */
	size_t first;	       /* number of the generation that brought it */
	size_t revoked;	       /* of the one that revoked it; SIZE_MAX: none */
	int late;	       /* its file was written too slowly for the time that it was given to spread */
	size_t minted[FLEET_MINTERS], accepted, refused;
};

struct verdict {
	/* What happened. */
	size_t minted, mint_failures, accepted, accepted_valid, refused, reason[SESS_REASON_COUNT];
	size_t accepted_in_leeway, refused_in_leeway; /* between exp and the leeway's end */
	size_t old_key_accepted;		      /* a newer one of its use was minting by then */
	size_t refused_for_revocation, accepted_before_revocation_known;
	size_t refused_before_successor_known, excused; /* excused: only because a file was written late */
	size_t deeds[4], late_writes, reloads, ring_refused;
	int64_t slowest_poll_us, slowest_watch_us; /* from a write to the reload */
	int64_t most_apart_s;			   /* two clocks */
	size_t sights_least, sights_average;	   /* of a token */
	size_t seen_seldom;			   /* tokens that fewer than three verifications or two verifiers have seen */
	size_t visits, signed_in, signed_out;		   /* signed_out: by the revocation, or before a successor was known */
	size_t visits_ahead; /* with a key that did not mint yet by the verifier's clock, so that it was tempted to go back */
	size_t stayed_away;  /* longer than a token lives */
	size_t renewed_by_age, renewed_by_key, renewed_most; /* most: of one session */
	/* What must not happen. */
	size_t valid_refused;
	size_t accepted_past_end, accepted_past_key, accepted_revoked;
	size_t mint_failed, minted_wrong_key;	   /* outside the time that a revocation takes to spread */
	size_t minted_too_soon;			   /* with a rotation's key, before that had the time to spread */
	size_t cut_short, unread;		   /* tokens of another life than the policy's; that their minter refused */
	size_t keys_unused;			   /* by one minter at least */
	size_t renewed_needlessly, renewal_missed, renewal_failed, went_back, too_often; /* of clients' sessions */
	size_t sessions_lost;
	size_t lost, errors;
	char first[256]; /* the first of them, in words */
	size_t keys;
	struct judged_key key[JUDGE_KEYS_MAX];
};

/* 0: judged; -1: no memory, or more keys than there is room for. */
int fleet_judge(const struct fleet *f, struct verdict *ret);

#endif
