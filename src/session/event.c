/* SPDX-License-Identifier: MIT */
/* L6: filling and delivering events. Decides nothing. */
#include "session/event.h"

#include <string.h>

#include "base/diag.h"
#include "session/metrics.h"
#include "session/session.h"

static void
name_session(struct work *w, const struct event_fact *fact, sess_event *event)
{
	const struct event_session *s = fact->session;

	if (s == NULL)
		return;
	if (s->auth_time != TIME_NONE)
		event->age_s = fact->now > s->auth_time ? fact->now - s->auth_time : 0;
	event->gen = s->gen;
	if (w != NULL)
		event->has_session = work_name_session(w, s->sid, event->session) == 0;
}

static void
deliver(const sess_manager *m, struct work *w, const struct event_fact *fact)
{
	sess_event event = { .size = sizeof(event), .kind = fact->kind, .time = fact->now, .reasons = fact->reasons,
		.code = fact->code, .kid = fact->kid, .member = fact->member, .age_s = -1, .gen = -1,
		.generation = fact->generation, .value = fact->value, .limit = fact->limit };

	name_session(w, fact, &event);
	if (w != NULL && fact->client != NULL)
		event.has_client = work_name_client(w, fact->client, fact->client_len, event.client) == 0;
	if (w != NULL && fact->context_count > 0)
		event.has_context = work_name_context(w, fact->context, fact->context_count, event.context) == 0;
	m->on_event(&event, m->on_event_arg);
}

void
event_raise(const sess_manager *m, struct work *w, const struct event_fact *fact)
{
	metrics_count(m, w, fact);
	if (m->on_event != NULL)
		deliver(m, w, fact);
}

void
event_raise_budget(const sess_manager *m, int64_t now, const struct minted *minted)
{
	if (minted->near_limit_kid != NULL)
		event_raise(m, NULL, &(struct event_fact){ .kind = SESS_EVENT_KEY_NEAR_LIMIT, .now = now,
			.kid = minted->near_limit_kid, .value = minted->near_limit, .limit = BUDGET_LIMIT });
}

int
sess_session_event_name(sess_manager *manager, const sess_session *session, uint8_t ret_name[SESS_EVENT_NAME_LEN],
    sess_diag *diag)
{
	uint8_t name[SESS_EVENT_NAME_LEN];
	struct work *w = NULL;
	int rc;

	diag_clear(diag);
	if (manager == NULL || session == NULL || ret_name == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_session_event_name: a pointer is NULL");
	if ((rc = manager_take_work(manager, &w, diag)) != 0)
		return rc;
	rc = work_name_session(w, session->sid, name);
	manager_put_work(manager, w);
	if (rc != 0)
		return diag_error(diag, rc, NULL);
	memcpy(ret_name, name, sizeof(name));
	return 0;
}

const char *
sess_event_name(int kind)
{
	switch (kind) {
#define SESS_X(name, value, sentence) \
	case value: return #name;
		SESS_EVENT_TABLE(SESS_X)
#undef SESS_X
	default: return "UNKNOWN";
	}
}

const char *
sess_event_sentence(int kind)
{
	switch (kind) {
#define SESS_X(name, value, sentence) \
	case value: return sentence;
		SESS_EVENT_TABLE(SESS_X)
#undef SESS_X
	default: return "an event that this version does not know";
	}
}
