/* SPDX-License-Identifier: MIT */
/* Tests: one fleet from its ring to its verdict, and the counters of it as TAP diagnostics. */
#include "proof/fleet_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

int
fleet_live(const struct fleet_plan *plan, struct verdict *v)
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
