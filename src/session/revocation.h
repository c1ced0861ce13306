/* SPDX-License-Identifier: MIT */
/*
 * L6: a manager's revocations: opening them with what the manager has, telling its events, and what other calls of this
 * layer and those above need of them.
 */
#ifndef SESSION_REVOCATION_H
#define SESSION_REVOCATION_H

#include <sess/revocation.h>

#include "revocation/revocations.h"
#include "session/manager.h"

/* config->revocations NULL: none, and m->revocations stays NULL. Errors as of revocations_new(). */
SESS_CHECKED int revocation_open(sess_manager *m, const sess_config *config, sess_diag *diag);

/* Where the old session is spared from something, the new one that takes its place is too. Errors as of revoking. */
SESS_CHECKED int revocation_carry_spare(sess_manager *m, const char *old_sid, const char *new_sid, int64_t now,
    sess_diag *diag);

/*
 * For what is used once, by all nodes that share the store: key is a keyed hash of what it is. *ret_first as of
 * revocations_once(). SESS_ERR_ARGUMENT: the manager has no store; SESS_ERR_STORE: not known, so it must be refused
 * (the message says why, and the reason is STORE_UNAVAILABLE); SESS_ERR_MEMORY.
 */
SESS_CHECKED int revocation_use_once(sess_manager *m, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now,
    int *ret_first, sess_diag *diag);
/* Whether a living revocation of the subject, or of all, has a T of `since` or later. SESS_ERR_STORE, SESS_ERR_ARGUMENT as
 * above. */
SESS_CHECKED int revocation_subject_since(sess_manager *m, const char *subject, size_t subject_len, int64_t since, int64_t now,
    int *ret_revoked, sess_diag *diag);

#endif
