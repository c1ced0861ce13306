/* SPDX-License-Identifier: MIT */
/* Tests: running a fleet and telling what it did; what the program's two modes share. */
#ifndef PROOF_FLEET_REPORT_H
#define PROOF_FLEET_REPORT_H

#include "proof/fleet_judge.h"

extern const struct fleet_plan fleet_quick;

/* One fleet in a folder that goes with it; its counters on stdout. The number of processes that ended badly, or -1: there is no
 * verdict. */
int fleet_live(const struct fleet_plan *plan, struct verdict *v);
/* One TAP point. */
void fleet_point(int good, const char *name);
/* What is done wrong on purpose, one by its name or (NULL) all: a point each, good when the judge has noticed. */
void fleet_planted(const char *only);

#endif
