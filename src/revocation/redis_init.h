/* SPDX-License-Identifier: MIT */
/* L5: initialising the log of a ring on a Redis server, once and on purpose. */
#ifndef REVOCATION_REDIS_INIT_H
#define REVOCATION_REDIS_INIT_H

#include "revocation/revocations.h"

/*
 * uri, ring and auth_path of config count. Writes an epoch, in at most a few seconds. SESS_ERR_ARGUMENT: no such store, or one that
 * needs none; SESS_ERR_EXISTS: the log has an epoch, and nothing was changed; SESS_ERR_STORE: what is wrong with the
 * server.
 */
SESS_CHECKED int redis_init(const struct revocations_config *config, const char *scheme, const char *rest, sess_diag *diag);

#endif
