/* SPDX-License-Identifier: MIT */
/*
 * Proof: a fleet of 8 verifiers and 2 minters, each a process with a clock of its own, lives through 20 rotations and a revocation
 * at accelerated time; no valid token is refused, none accepted after its end, and no session renewed back and forth. SESS_LONG=1: slower, with half the nodes
 * leaving the ring file to their managers. "--plant": things done wrong on purpose, each of which must be noticed.
 */
#include "proof/fleet_judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct fleet_plan quick = { .name = "a quick fleet", .rotations = 20, .revoke_after = 10, .pace = 200, .idle_s = 300, .leeway_s = 20, .renew_percent = 25,
	.spread_us = 350000, .poll_us = 20000, .seldom_us = 120000, .watch_s = 0, .mint_us = 20000, .verify_us = 4000, .use_us = 60000 };
static const struct fleet_plan slow = { .name = "a slow fleet", .rotations = 20, .revoke_after = 10, .pace = 100, .idle_s = 1200, .leeway_s = 30, .renew_percent = 25,
	.spread_us = 3000000, .poll_us = 100000, .seldom_us = 1000000, .watch_s = 1, .mint_us = 40000, .verify_us = 4000, .use_us = 2000000 };

static int points, failures;

static void
point(int good, const char *name)
{
	points++;
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", points, name);
}

static void
tell_keys(const struct verdict *v)
{
	for (size_t i = 0; i < v->keys; i++) {
		const struct judged_key *k = &v->key[i];

		printf("# key %2zu %s %-6s of generation %2zu: minted %zu + %zu, accepted %zu, refused %zu%s%s\n", i,
		    k->last.use == 's' ? "sig" : "enc", k->last.alg, k->first, k->minted[0], k->minted[1], k->accepted, k->refused,
		    k->revoked != SIZE_MAX ? ", revoked" : "", k->late ? ", written late" : "");
	}
}

static void
tell(const struct fleet *f, const struct verdict *v)
{
	tell_keys(v);
	printf("# clocks: at most %" PRId64 " s apart, leeway %" PRId64 " s, pace %g\n", v->most_apart_s, f->plan.leeway_s, f->plan.pace);
	printf("# word of a write: at most %" PRId64 " ms to nodes that ask, %" PRId64 " ms to nodes that leave it to the library\n",
	    v->slowest_poll_us / 1000, v->slowest_watch_us / 1000);
	printf("# a token was verified %zu times on the average, %zu at least; %zu seen seldom\n", v->sights_average, v->sights_least,
	    v->seen_seldom);
	printf("# revocation: refused for it %zu, accepted before it was known %zu, successor refused before it was known %zu\n",
	    v->refused_for_revocation, v->accepted_before_revocation_known, v->refused_before_successor_known);
	printf("# within the leeway after exp: accepted %zu, refused %zu; under an older key: accepted %zu\n", v->accepted_in_leeway,
	    v->refused_in_leeway, v->old_key_accepted);
	printf("# clients: visits %zu, signed in %zu, out by the revocation %zu, too long away %zu; renewed by age %zu, for an older key %zu, one session at "
	       "most %zu times; seen ahead of their key %zu\n", v->visits, v->signed_in, v->signed_out, v->stayed_away, v->renewed_by_age, v->renewed_by_key, v->renewed_most, v->visits_ahead);
	printf("# totals: minted=%zu mint_failures=%zu verified=%zu accepted=%zu refused=%zu", v->minted, v->mint_failures,
	    v->accepted + v->refused, v->accepted, v->refused);
	for (int bit = 0; bit < SESS_REASON_COUNT; bit++) {
		if (v->reason[bit] > 0)
			printf(" %s=%zu", sess_reason_name(UINT32_C(1) << bit), v->reason[bit]);
	}
	printf(" rotations=%zu revocations=%zu prunes=%zu reloads=%zu rings_refused=%zu late_writes=%zu excused=%zu lost=%zu\n",
	    v->deeds[DEED_ROTATE], v->deeds[DEED_REVOKE], v->deeds[DEED_PRUNE], v->reloads, v->ring_refused, v->late_writes,
	    v->excused, v->lost);
	if (v->first[0] != '\0')
		printf("# first fault: %s\n", v->first);
	if (f->complaint[0] != '\0')
		printf("# the operator could not %s\n", f->complaint);
}

static int
make_ring(const struct fleet_plan *plan, const char *path)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	int rc;

	spec.token_life_s = plan->idle_s;
	spec.leeway_s = plan->plant == PLANT_LAX ? 2 * plan->leeway_s : plan->leeway_s;
	if ((rc = sess_ring_generate(&spec, fleet_epoch() - plan->leeway_s, &ring, NULL)) == 0)
		rc = sess_ring_create_file(ring, path, NULL);
	sess_ring_free(ring);
	return rc;
}

/* One fleet from its ring to its verdict, in a folder that goes with it. The processes that ended badly, or -1. */
static int
live_and_judge(const struct fleet_plan *plan, struct verdict *v)
{
	char dir[] = "/tmp/sess-fleet-XXXXXX", path[sizeof(dir) + 16];
	struct fleet *f;
	int bad = -1;

	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/ring.jwks", dir);
	f = fleet_new(plan, path);
	if (f != NULL && make_ring(plan, path) == 0) {
		printf("# %s%s\n", plan->name, plan->watch_s > 0 ? ", half its nodes watching by themselves" : "");
		(void)fflush(stdout);
		bad = fleet_run(f);
		if (fleet_judge(f, v) != 0)
			bad = -1;
		else
			tell(f, v);
	}
	fleet_free(f);
	(void)unlink(path);
	if (rmdir(dir) != 0)
		printf("# %s is not empty\n", dir);
	return bad;
}

static void
prove(const struct fleet_plan *plan)
{
	static struct verdict v;
	int bad = live_and_judge(plan, &v);

	point(bad == 0, "every process ended by itself, and well");
	if (bad < 0)
		return;
	point(v.deeds[DEED_ROTATE] == (size_t)plan->rotations && v.deeds[DEED_REVOKE] == 1 && v.deeds[DEED_PRUNE] > 0,
	    "20 rotations, one revocation of the minting key, and keys pruned when they were safe");
	point(v.accepted_valid > 0 && v.valid_refused == 0, "no valid token was refused, save by the revocation");
	point(v.reason[12] == 0 && v.errors == 0 && v.ring_refused == 0, "nothing failed, and no token was from the future");
	point(v.accepted_in_leeway > 0 && v.reason[13] > 0 && v.accepted_past_end == 0, "no token was accepted past its exp and the leeway");
	point(v.old_key_accepted > 0 && v.accepted_past_key == 0, "no token was accepted past its key's exp");
	point(v.refused_for_revocation > 0 && v.accepted_revoked == 0, "no token of the revoked key was accepted once that was known");
	/* Nor while the revocation spreads: who has read of it has read of the successor. */
	point(v.minted > 0 && v.mint_failures == 0 && v.mint_failed == 0 && v.unread == 0, "minting went on, also after the revocation");
	point(v.minted_wrong_key == 0 && v.minted_too_soon == 0, "every token was minted with the key whose turn it was, by file and time");
	point(v.cut_short == 0, "every token had the life of the policy");
	point(v.keys_unused == 0, "both minters used every key");
	point(v.most_apart_s > 0 && v.most_apart_s <= plan->leeway_s, "the clocks were apart, by the leeway at most");
	point(v.lost == 0 && v.seen_seldom * 20 <= v.minted && v.sights_average >= 5, "every token was verified several times, by several");
	point(v.renewed_by_age > 0 && v.renewed_needlessly == 0 && v.renewal_missed == 0 && v.renewal_failed == 0,
	    "sessions were renewed when that was due, and only then");
	point(v.renewed_by_key > 0 && v.visits_ahead > 0 && v.went_back == 0 && v.too_often == 0,
	    "no session was renewed back and forth: at most once for each change of keys");
	point(v.signed_out > 0 && v.sessions_lost == 0, "no client had to sign in again, save for the revocation");
	point(v.excused * 100 <= v.accepted, "what is excused by a busy machine is rare");
}

static const struct {
	const char *name, *point;
	enum fleet_plant plant;
	size_t counter[2]; /* offsets in the verdict; each must be above 0 */
} plants[] = {
	{ "early", "keys that mint before they have spread", PLANT_EARLY,
	    { offsetof(struct verdict, valid_refused), offsetof(struct verdict, minted_too_soon) } },
	{ "cut", "predecessors that end too early", PLANT_CUT,
	    { offsetof(struct verdict, valid_refused), offsetof(struct verdict, accepted_past_key) } },
	{ "lax", "a leeway that is too great", PLANT_LAX,
	    { offsetof(struct verdict, accepted_past_end), offsetof(struct verdict, accepted_past_end) } },
	{ "deaf-verifier", "a verifier that does not reload", PLANT_DEAF_VERIFIER,
	    { offsetof(struct verdict, accepted_revoked), offsetof(struct verdict, valid_refused) } },
	{ "deaf-minter", "a minter that does not reload", PLANT_DEAF_MINTER,
	    { offsetof(struct verdict, minted_wrong_key), offsetof(struct verdict, keys_unused) } },
	{ "no-successor", "a revocation without a successor", PLANT_NO_SUCCESSOR,
	    { offsetof(struct verdict, mint_failed), offsetof(struct verdict, mint_failed) } },
	{ "eager", "sessions minted anew whenever they are seen", PLANT_EAGER,
	    { offsetof(struct verdict, renewed_needlessly), offsetof(struct verdict, went_back) } },
};

static void
plant(const char *only)
{
	static struct verdict v;
	char name[128];

	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		struct fleet_plan plan = quick;
		const char *at = (const char *)&v;

		if (only != NULL && strcmp(only, plants[i].name) != 0)
			continue;
		plan.name = plants[i].point;
		plan.rotations = 2;
		plan.idle_s = 200;
		plan.revoke_after = plants[i].plant == PLANT_DEAF_VERIFIER ? 0 : 1;
		plan.plant = plants[i].plant;
		/* Clocks so far apart that a client meets both sides of them between a rotation and its end. */
		plan.leeway_s = plan.plant == PLANT_EAGER ? 60 : plan.leeway_s;
		(void)snprintf(name, sizeof(name), "noticed: %s", plants[i].point);
		point(live_and_judge(&plan, &v) == 0 && *(const size_t *)(const void *)(at + plants[i].counter[0]) > 0 &&
		    *(const size_t *)(const void *)(at + plants[i].counter[1]) > 0, name);
	}
}

int
main(int argc, char **argv)
{
	const char *longer = getenv("SESS_LONG");

	if (argc > 1 && strcmp(argv[1], "--plant") == 0)
		plant(argc > 2 ? argv[2] : NULL);
	else
		prove(longer != NULL && longer[0] != '\0' ? &slow : &quick);
	printf("1..%d\n", points);
	return failures == 0 && points > 0 ? 0 : 1;
}
