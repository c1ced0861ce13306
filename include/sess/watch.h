/* SPDX-License-Identifier: MIT */
/*
 * Watching for unusual activity: a consumer of events (sess/event.h) that counts over a while and raises an alarm.
 * Optional, and outside verification: it decides nothing about a token. What to do is the caller's: look closer, slow a
 * client down, revoke the session (tests/examples/unusual.c).
 *
 * Three things are watched, with the policy's thresholds; a threshold of 0 switches one off:
 *   CLIENT_REJECTIONS  watch_client_rejections tokens of one client refused, if sess_verify_opts.client names it
 *   SESSION_CONTEXTS   one session seen in watch_session_contexts different contexts; without one, from different clients
 *   UNKNOWN_KEYS       watch_unknown_keys tokens that name keys which the ring does not have, from whomever
 * each within watch_window_s seconds, counted from the first event of a window. Each alarm is raised once a window and
 * subject, at the event that reaches the threshold. An old copy of a browser's cookie is refused as well: a low
 * threshold of rejections finds honest clients.
 *
 * Memory is fixed: two tables of watch_slots subjects. Where one is full, who has been quiet for longest makes room,
 * among the few that share a place; places are chosen by keyed hashes, so that nobody can aim at another's. An attacker
 * with more clients than there are slots can go unnoticed as a client; watch the metrics for that (sess/metrics.h).
 */
#ifndef SESS_WATCH_H
#define SESS_WATCH_H

#include <sess/event.h>
#include <sess/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sess_watch sess_watch;

typedef enum sess_unusual_kind {
	SESS_UNUSUAL_CLIENT_REJECTIONS = 1, /* names the client */
	SESS_UNUSUAL_SESSION_CONTEXTS = 2,  /* names the session */
	SESS_UNUSUAL_UNKNOWN_KEYS = 3	    /* names nobody */
} sess_unusual_kind;

typedef struct sess_unusual {
	size_t size; /* of this struct, as the library knows it */
	sess_unusual_kind kind;
	int64_t time;	  /* of the event that reached the threshold */
	int64_t count;	  /* what was counted, now the threshold */
	int64_t window_s; /* within how many seconds */
	int has_client;	  /* names as in events */
	uint8_t client[SESS_EVENT_NAME_LEN];
	int has_session;
	uint8_t session[SESS_EVENT_NAME_LEN];
} sess_unusual;

/* Called in the thread of the event, while no lock is held; what sess_event_fn says holds here, too: it must not call
 * the manager whose event it was. */
typedef void sess_unusual_fn(const sess_unusual *unusual, void *arg);

/* policy: watch_window_s and the other watch_ members; NULL: the defaults. SESS_ERR_ARGUMENT, SESS_ERR_POLICY,
 * SESS_ERR_MEMORY. */
SESS_API SESS_CHECKED int sess_watch_new(const sess_policy *policy, sess_unusual_fn *fn, void *arg,
    sess_watch **ret_watch, sess_diag *diag);
/* NULL is allowed. No event may come any more: free the managers first. */
SESS_API void sess_watch_free(sess_watch *watch);

/*
 * Count one event: a sess_event_fn, whose arg is the watch, so that it can be a manager's callback itself, of any
 * number of managers. Takes a lock for the time of a look-up. Any number of threads.
 */
SESS_API void sess_watch_event(const sess_event *event, void *watch);

/* "CLIENT_REJECTIONS"; any int is allowed, an unknown one is "UNKNOWN". A static string. Thread-safe. */
SESS_API const char *sess_unusual_name(int kind);

#ifdef __cplusplus
}
#endif
#endif
