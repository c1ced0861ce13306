/* SPDX-License-Identifier: MIT */
/* L7: a verified foreign token: one block with its payload, which needs neither keys nor manager any more; and the verdict
 * that makes one. */
#ifndef FOREIGN_FOREIGN_H
#define FOREIGN_FOREIGN_H

#include "foreign/verdict.h"
#include "json/view.h"
#include "session/manager.h"

struct sess_foreign {
	size_t block_len;
	char kid[SESS_FOREIGN_KID_MAX + 1];
	const struct foreign_alg *alg;
	int64_t exp, iat, auth_time;
	const struct json_member *iss, *sub; /* NULL: none */
	struct json_view view;
	struct json_member member[];
};

/* Copies what the rules have found. SESS_ERR_MEMORY. */
SESS_CHECKED int foreign_new(const struct gate *g, const struct foreign_claims *claims, struct sess_foreign **ret);

/* Every step and every rule, at this time. The gate stays: the text of the token is in it. No event. */
SESS_CHECKED int foreign_judge(const sess_manager *m, struct gate *g, const char *token, size_t len, int64_t now,
    struct sess_foreign **ret);

/* What sess_foreign_verify() and sess_exchange() ask of their arguments alike. SESS_ERR_ARGUMENT. */
SESS_CHECKED int foreign_check_arguments(const char *function, const sess_manager *m, const sess_foreign_keys *keys,
    const char *token, size_t len, const sess_foreign_expectations *e, sess_diag *diag);
/* SESS_EVENT_REJECTED of a token that was refused; nothing of other errors. */
void foreign_tell(const sess_manager *m, int64_t now, int rc, uint32_t reasons);

#endif
