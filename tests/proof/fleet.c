/* SPDX-License-Identifier: MIT */
/*
 * Proof: a fleet of 8 verifiers and 2 minters, each a process with a clock of its own, lives through 20 rotations and a revocation
 * at accelerated time; no valid token is refused, none accepted after its end, and no session renewed back and forth. SESS_LONG=1: slower, with half the nodes
 * leaving the ring file to their managers. "--plant": things done wrong on purpose, each of which must be noticed.
 */
#include "proof/fleet_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also what is planted grows in. */
const struct fleet_plan fleet_quick = { .name = "a quick fleet", .rotations = 20, .revoke_after = 10, .pace = 200, .idle_s = 300, .leeway_s = 20, .renew_percent = 25,
	.spread_us = 350000, .poll_us = 20000, .seldom_us = 120000, .watch_s = 0, .mint_us = 20000, .verify_us = 4000, .use_us = 60000 };
static const struct fleet_plan slow = { .name = "a slow fleet", .rotations = 20, .revoke_after = 10, .pace = 100, .idle_s = 1200, .leeway_s = 30, .renew_percent = 25,
	.spread_us = 3000000, .poll_us = 100000, .seldom_us = 1000000, .watch_s = 1, .mint_us = 40000, .verify_us = 4000, .use_us = 2000000 };

static int points, failures;

void
fleet_point(int good, const char *name)
{
	points++;
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", points, name);
}

static void
prove(const struct fleet_plan *plan)
{
	static struct verdict v;
	int bad = fleet_live(plan, &v);

	fleet_point(bad == 0, "every process ended by itself, and well");
	if (bad < 0)
		return;
	fleet_point(v.deeds[DEED_ROTATE] == (size_t)plan->rotations && v.deeds[DEED_REVOKE] == 1 && v.deeds[DEED_PRUNE] > 0,
	    "20 rotations, one revocation of the minting key, and keys pruned when they were safe");
	fleet_point(v.accepted_valid > 0 && v.valid_refused == 0, "no valid token was refused, save by the revocation");
	fleet_point(v.reason[12] == 0 && v.errors == 0 && v.ring_refused == 0, "nothing failed, and no token was from the future");
	fleet_point(v.accepted_in_leeway > 0 && v.reason[13] > 0 && v.accepted_past_end == 0, "no token was accepted past its exp and the leeway");
	fleet_point(v.old_key_accepted > 0 && v.accepted_past_key == 0, "no token was accepted past its key's exp");
	fleet_point(v.refused_for_revocation > 0 && v.accepted_revoked == 0, "no token of the revoked key was accepted once that was known");
	/* Nor while the revocation spreads: who has read of it has read of the successor. */
	fleet_point(v.minted > 0 && v.mint_failures == 0 && v.mint_failed == 0 && v.unread == 0, "minting went on, also after the revocation");
	fleet_point(v.minted_wrong_key == 0 && v.minted_too_soon == 0, "every token was minted with the key whose turn it was, by file and time");
	fleet_point(v.cut_short == 0, "every token had the life of the policy");
	fleet_point(v.keys_unused == 0, "both minters used every key");
	fleet_point(v.most_apart_s > 0 && v.most_apart_s <= plan->leeway_s, "the clocks were apart, by the leeway at most");
	fleet_point(v.lost == 0 && v.seen_seldom * 20 <= v.minted && v.sights_average >= 5, "every token was verified several times, by several");
	fleet_point(v.renewed_by_age > 0 && v.renewed_needlessly == 0 && v.renewal_missed == 0 && v.renewal_failed == 0,
	    "sessions were renewed when that was due, and only then");
	fleet_point(v.renewed_by_key > 0 && v.visits_ahead > 0 && v.went_back == 0 && v.too_often == 0,
	    "no session was renewed back and forth: at most once for each change of keys");
	fleet_point(v.signed_out > 0 && v.sessions_lost == 0, "no client had to sign in again, save for the revocation");
	fleet_point(v.excused * 100 <= v.accepted, "what is excused by a busy machine is rare");
}

int
main(int argc, char **argv)
{
	const char *longer = getenv("SESS_LONG");

	if (argc > 1 && strcmp(argv[1], "--plant") == 0)
		fleet_planted(argc > 2 ? argv[2] : NULL);
	else
		prove(longer != NULL && longer[0] != '\0' ? &slow : &fleet_quick);
	printf("1..%d\n", points);
	return failures == 0 && points > 0 ? 0 : 1;
}
