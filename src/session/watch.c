/* SPDX-License-Identifier: MIT */
/* L6: what is unusual: thresholds over windows, and alarms. Knows no token and no manager, only events. */
#include <sess/watch.h>

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/forklock.h"
#include "session/watch_table.h"

#define ALARMS_MAX 2 /* of one event: about its client, and about its session */

struct sess_watch {
	struct forklock *lock; /* guards what counts */
	struct watch_table clients, sessions;
	struct watch_slot unknown_keys;
	int64_t window_s, client_rejections, session_contexts, unknown_key_tokens;
	sess_unusual_fn *fn;
	void *arg;
};

struct alarms {
	sess_unusual alarm[ALARMS_MAX];
	size_t count;
};

static sess_unusual *
alarm_add(struct alarms *alarms, const sess_watch *watch, sess_unusual_kind kind, const sess_event *event,
    int64_t count)
{
	sess_unusual *alarm = &alarms->alarm[alarms->count++];

	*alarm = (sess_unusual){ .size = sizeof(*alarm), .kind = kind, .time = event->time, .count = count,
		.window_s = watch->window_s };
	return alarm;
}

static void
watch_client(sess_watch *watch, const sess_event *event, struct alarms *alarms)
{
	struct watch_slot *slot = watch_table_get(&watch->clients, event->client, event->time, watch->window_s);
	sess_unusual *alarm;

	if (++slot->count != watch->client_rejections)
		return;
	alarm = alarm_add(alarms, watch, SESS_UNUSUAL_CLIENT_REJECTIONS, event, slot->count);
	alarm->has_client = 1;
	memcpy(alarm->client, event->client, sizeof(alarm->client));
}

static void
watch_session(sess_watch *watch, const sess_event *event, struct alarms *alarms)
{
	struct watch_slot *slot = watch_table_get(&watch->sessions, event->session, event->time, watch->window_s);
	sess_unusual *alarm;

	/* Past the threshold nothing is counted any more, so there is no second alarm. */
	if (!watch_slot_add_distinct(slot, event->has_context ? event->context : event->client, watch->session_contexts) ||
	    slot->count != watch->session_contexts)
		return;
	alarm = alarm_add(alarms, watch, SESS_UNUSUAL_SESSION_CONTEXTS, event, slot->count);
	alarm->has_session = 1;
	memcpy(alarm->session, event->session, sizeof(alarm->session));
}

static void
watch_unknown_key(sess_watch *watch, const sess_event *event, struct alarms *alarms)
{
	watch_slot_begin(&watch->unknown_keys, event->time, watch->window_s);
	if (++watch->unknown_keys.count == watch->unknown_key_tokens)
		(void)alarm_add(alarms, watch, SESS_UNUSUAL_UNKNOWN_KEYS, event, watch->unknown_keys.count);
}

static void
count_event(sess_watch *watch, const sess_event *event, struct alarms *alarms)
{
	if (event->kind == SESS_EVENT_UNKNOWN_KEY && watch->unknown_key_tokens > 0)
		watch_unknown_key(watch, event, alarms);
	if (event->kind == SESS_EVENT_REJECTED && event->has_client && watch->client_rejections > 0)
		watch_client(watch, event, alarms);
	if ((event->kind == SESS_EVENT_REJECTED || event->kind == SESS_EVENT_VERIFIED) && event->has_session &&
	    (event->has_context || event->has_client) && watch->session_contexts > 0)
		watch_session(watch, event, alarms);
}

void
sess_watch_event(const sess_event *event, void *watch)
{
	struct alarms alarms = { .count = 0 };
	sess_watch *w = watch;

	if (event->kind != SESS_EVENT_VERIFIED && event->kind != SESS_EVENT_REJECTED && event->kind != SESS_EVENT_UNKNOWN_KEY)
		return;
	forklock_take(w->lock);
	count_event(w, event, &alarms);
	forklock_give(w->lock);
	for (size_t i = 0; i < alarms.count; i++)
		w->fn(&alarms.alarm[i], w->arg);
}

int
sess_watch_new(const sess_policy *policy, sess_unusual_fn *fn, void *arg, sess_watch **ret_watch, sess_diag *diag)
{
	sess_policy defaults;
	sess_watch *w;
	int rc;

	diag_clear(diag);
	if (fn == NULL || ret_watch == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_watch_new: a pointer is NULL");
	sess_policy_init(&defaults);
	if (policy == NULL)
		policy = &defaults;
	if ((rc = sess_policy_check(policy, diag)) != 0)
		return rc;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	w->window_s = policy->watch_window_s;
	w->client_rejections = policy->watch_client_rejections;
	w->session_contexts = policy->watch_session_contexts;
	w->unknown_key_tokens = policy->watch_unknown_keys;
	w->fn = fn;
	w->arg = arg;
	if (forklock_new(&w->lock) != 0 || watch_table_init(&w->clients, (size_t)policy->watch_slots) != 0 ||
	    watch_table_init(&w->sessions, (size_t)policy->watch_slots) != 0) {
		sess_watch_free(w);
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	}
	*ret_watch = w;
	return 0;
}

void
sess_watch_free(sess_watch *watch)
{
	if (watch == NULL)
		return;
	watch_table_done(&watch->clients);
	watch_table_done(&watch->sessions);
	forklock_free(watch->lock);
	free(watch);
}

const char *
sess_unusual_name(int kind)
{
	switch (kind) {
	case SESS_UNUSUAL_CLIENT_REJECTIONS: return "CLIENT_REJECTIONS";
	case SESS_UNUSUAL_SESSION_CONTEXTS: return "SESSION_CONTEXTS";
	case SESS_UNUSUAL_UNKNOWN_KEYS: return "UNKNOWN_KEYS";
	default: return "UNKNOWN";
	}
}
