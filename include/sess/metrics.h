/* SPDX-License-Identifier: MIT */
/*
 * Metrics: what a manager has counted since it was made, as OpenMetrics text (version 1.0) for a scraper to fetch.
 * Counting takes no lock and is always on; it needs no event callback.
 *
 *   sess_sessions_started_total                 sess_mint()
 *   sess_sessions_renewed_total, sess_sessions_regenerated_total
 *   sess_sessions_ended_total{cause}            logout, revoked, idle, absolute: as this manager saw it, see below
 *   sess_session_length_seconds{cause}          histogram: from authentication to the end
 *   sess_session_renewal_age_seconds            histogram: from authentication to a renewal
 *   sess_tokens_minted_total{kid}, sess_tokens_verified_total{kid}    by the key of the minting role; {kid="(gone)"}
 *                                               sums up the keys that no ring in use holds any more
 *   sess_tokens_rejected_total                  refused when verified or renewed; each counts once
 *   sess_token_faults_total{reason}             rules that refused tokens did not keep; one token may count at several
 *   sess_old_key_used_total, sess_context_changed_total, sess_keys_near_limit_total, sess_revocations_total,
 *   sess_store_lost_total, sess_store_back_total, sess_cookies_near_limit_total, sess_cookie_headers_large_total
 *   sess_ring_reloads_total{result}             ok, refused
 *   sess_ring_generation                        gauge: of the ring in force
 *
 * A stateless session ends without a word. Its end is counted when it is seen: at sess_manager_count_logout(), or when
 * a token of it, authentic and this service's own, is refused as revoked or expired; by the deadline that came first,
 * revocation before both. Sessions whose cookie never comes back are not seen to end. A client that keeps sending a
 * dead token counts once, while the manager remembers the session: of about 4096 ends the last. An old token of a
 * session that was renewed since counts as an end, too, when it comes late: nothing in it says that there is a newer
 * one.
 */
#ifndef SESS_METRICS_H
#define SESS_METRICS_H

#include <sess/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * All metrics of a manager, NUL-terminated, ending with the line "# EOF"; to be served as
 * "application/openmetrics-text; version=1.0.0; charset=utf-8". Holds kids, never a secret, a token or a claim. What
 * other threads count meanwhile is in it or is not; what they counted before is. After a fork the child's counts begin
 * with its parent's. *ret_text: free it with sess_metrics_free(); *ret_len, without the NUL, may be NULL.
 * SESS_ERR_ARGUMENT, SESS_ERR_MEMORY. Any number of threads.
 */
SESS_API SESS_CHECKED int sess_manager_metrics(sess_manager *manager, char **ret_text, size_t *ret_len,
    sess_diag *diag);
SESS_API void sess_metrics_free(char *text); /* NULL is allowed */

/*
 * Count a session as ended by logout; to be called when the user has logged out. It counts and no more: what makes the
 * tokens worthless is a revocation. Counts once a session. SESS_ERR_ARGUMENT, SESS_ERR_CLOCK. Any number of threads.
 */
SESS_API SESS_CHECKED int sess_manager_count_logout(sess_manager *manager, const sess_session *session,
    sess_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
