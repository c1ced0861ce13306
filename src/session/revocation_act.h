/* SPDX-License-Identifier: MIT */
/* L6: one act of revoking or taking back, from its number to the store, the index and the event. */
#ifndef SESSION_REVOCATION_ACT_H
#define SESSION_REVOCATION_ACT_H

#include "session/revocation.h"

#define ACT_ENTRIES_MAX 2 /* what is revoked, and who is spared */

struct act {
	sess_manager *m;
	struct revocations *r;
	enum revocation_kind kind;
	const char *id;
	size_t id_len;
	int64_t now, life_s; /* the second: of an entry, beyond its t */
	struct revocation entry[ACT_ENTRIES_MAX];
	size_t count;
	uint64_t ticket; /* of what the store takes later; 0: it has it */
	int queued;
};

/* SESS_ERR_ARGUMENT: no manager, or one without a store. */
SESS_CHECKED int act_has_store(const sess_manager *m, const char *function, sess_diag *diag);
/* A number, and how long what it numbers will live under the ring in force. */
SESS_CHECKED int act_draw_number(struct act *a, uint64_t *ret, sess_diag *diag);
/* Under the lock: to the store first, for what it has not taken must not be called done; then into the index. */
SESS_CHECKED int act_put_in_force(struct act *a, sess_diag *diag);
/* Without the lock: whether the store will take later what is in force here. For stores of other hosts, up to a second. */
void act_await(struct act *a);
void act_describe(const struct revocation *e, int queued, sess_revocation *ret);
void act_tell(const struct act *a);

#endif
