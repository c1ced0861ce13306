/* SPDX-License-Identifier: MIT */
/* Tests: small fleets in which something is done wrong, several at a time, and which counters must tell of it. */
#include "proof/fleet_report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 4

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

#define PLANTS (sizeof(plants) / sizeof(plants[0]))

/* One of them under way: its diagnostics come through a pipe, so that they do not mix with another's. */
struct bed {
	size_t number;
	pid_t pid;
	int output;
};

static int
grow(size_t number)
{
	static struct verdict v;
	struct fleet_plan plan = fleet_quick;
	const char *at = (const char *)&v;

	plan.name = plants[number].point;
	plan.rotations = 2;
	plan.idle_s = 200;
	plan.revoke_after = plants[number].plant == PLANT_DEAF_VERIFIER ? 0 : 1;
	plan.plant = plants[number].plant;
	/* Clocks apart for so long that a client meets both sides of a rotation, also where requests are few. */
	if (plan.plant == PLANT_EAGER) {
		plan.leeway_s = 60;
		plan.pace = 100;
		plan.idle_s = 100;
	}
	/* So long that a busy machine neither keeps the promise by chance nor breaks it. */
	plan.spread_us = plan.plant == PLANT_EARLY || plan.plant == PLANT_EAGER ? 1500000 : plan.spread_us;
	if (fleet_live(&plan, &v) != 0)
		return 1;
	return *(const size_t *)(const void *)(at + plants[number].counter[0]) == 0 ||
	    *(const size_t *)(const void *)(at + plants[number].counter[1]) == 0;
}

static void
sow(struct bed *bed, size_t number)
{
	int ends[2];

	*bed = (struct bed){ .number = number, .pid = -1, .output = -1 };
	if (pipe(ends) != 0)
		return;
	if ((bed->pid = fleet_fork()) == 0) {
		if (dup2(ends[1], STDOUT_FILENO) < 0)
			exit(1);
		(void)close(ends[0]);
		(void)close(ends[1]);
		exit(grow(number));
	}
	(void)close(ends[1]);
	bed->output = ends[0];
}

static void
reap(const struct bed *bed)
{
	char line[1024], name[128];
	int status = 1;
	ssize_t n;

	while (bed->output >= 0 && (n = read(bed->output, line, sizeof(line))) > 0)
		(void)fwrite(line, 1, (size_t)n, stdout);
	if (bed->output >= 0)
		(void)close(bed->output);
	if (bed->pid > 0 && waitpid(bed->pid, &status, 0) != bed->pid)
		status = 1;
	(void)snprintf(name, sizeof(name), "noticed: %s", plants[bed->number].point);
	fleet_point(bed->pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0, name);
}

void
fleet_planted(const char *only)
{
	struct bed bed[AT_ONCE];
	size_t used = 0;

	for (size_t i = 0; i <= PLANTS; i++) {
		if (i < PLANTS && (only == NULL || strcmp(only, plants[i].name) == 0))
			sow(&bed[used++], i);
		if (used < AT_ONCE && i < PLANTS)
			continue;
		for (size_t k = 0; k < used; k++)
			reap(&bed[k]);
		used = 0;
	}
}
