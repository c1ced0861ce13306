/* SPDX-License-Identifier: MIT */
/* L7: what a session takes over from a foreign token: its subject and its claims. Mints nothing. */
#ifndef FOREIGN_MAPPING_H
#define FOREIGN_MAPPING_H

#include "base/buf.h"
#include "foreign/foreign.h"

/* Options that cannot be, whatever the token: SESS_ERR_ARGUMENT, SESS_ERR_CLAIMS. */
SESS_CHECKED int mapping_check(const sess_exchange_opts *opts, sess_diag *diag);
/* Appends the session's subject, with its NUL. SESS_ERR_MEMORY. */
SESS_CHECKED int mapping_subject(struct sess_foreign *f, const sess_exchange_opts *opts, struct buf *out, sess_diag *diag);
/* Appends one JSON object of the session's claims, or nothing where there are none. SESS_ERR_CLAIMS: the caller's own are not a JSON
 * object. SESS_ERR_MEMORY. */
SESS_CHECKED int mapping_claims(struct sess_foreign *f, const sess_exchange_opts *opts, struct buf *out, sess_diag *diag);

#endif
