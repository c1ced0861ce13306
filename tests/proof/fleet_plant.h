/* SPDX-License-Identifier: MIT */
/* Tests: what a careless hand does to a ring's text, for a judge that must notice. */
#ifndef PROOF_FLEET_PLANT_H
#define PROOF_FLEET_PLANT_H

#include <sess/sess.h>

/* In place of *ring one in which every exp comes by_s earlier; frees the old one. An error code leaves *ring NULL. */
int plant_earlier_ends(sess_ring **ring, int64_t by_s, sess_diag *diag);
/* The ring's next generation in which kid is revoked, and nothing else is done about it. */
int plant_bare_revocation(const sess_ring *ring, const char *kid, int64_t now, sess_ring **ret_ring, sess_diag *diag);

#endif
