/* SPDX-License-Identifier: MIT */
/* Claims as jansson documents; the only public header that needs more than the standard ones. */
#ifndef SESS_JANSSON_H
#define SESS_JANSSON_H

#include <jansson.h>
#include <sess/foreign.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As sess_mint(), with the claims as a JSON object; it is only read. NULL: none. A document nested
 * deeper than the policy's max_depth is refused before it is written. */
SESS_API SESS_CHECKED int sess_mint_jansson(sess_manager *manager, const char *subject, const json_t *claims,
    const sess_mint_opts *opts, char **ret_token, size_t *ret_token_len, sess_diag *diag);

/* The whole payload as a new document; the caller owns the reference. SESS_ERR_MEMORY. */
SESS_API SESS_CHECKED int sess_session_claims_jansson(const sess_session *session, json_t **ret_claims, sess_diag *diag);

/* The same of a foreign token. SESS_ERR_ARGUMENT, SESS_ERR_MEMORY. */
SESS_API SESS_CHECKED int sess_foreign_claims_jansson(const sess_foreign *foreign, json_t **ret_claims, sess_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
