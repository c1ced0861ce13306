/* SPDX-License-Identifier: MIT */
/* L5: making and ending what the state of revocations lies in, for revocations.c alone. */
#ifndef REVOCATION_STATE_H
#define REVOCATION_STATE_H

#include "revocation/revocations.h"

/* SESS_ERR_MEMORY. */
SESS_CHECKED int state_init(struct revocations *r);
void state_done(struct revocations *r);
/* The index took no more: closed until this entry has expired. Under the lock. */
void state_set_full(struct revocations *r, int64_t until);

#endif
