/* SPDX-License-Identifier: MIT */
/* L4: filling and delivering events. Decides nothing. */
#include "session/event.h"

#include "json/index.h"
#include "token/claims.h"

/* However it is spelled: one session, one name. */
static void
name_session(struct work *w, const struct event_fact *fact, sess_event *event)
{
	const struct event_session *s = fact->session;
	char sid[6 * CLAIMS_ID_LEN];

	if (s == NULL)
		return;
	event->age_s = fact->now > s->auth_time ? fact->now - s->auth_time : 0;
	event->gen = s->gen;
	if (w != NULL && s->sid_len <= sizeof(sid))
		event->has_session = work_name_session(w, sid, json_unescape(sid, s->sid, s->sid_len), event->session) == 0;
}

void
event_raise(const sess_manager *m, struct work *w, const struct event_fact *fact)
{
	sess_event event = { .size = sizeof(event), .kind = fact->kind, .time = fact->now, .reasons = fact->reasons,
		.code = fact->code, .kid = fact->kid, .member = fact->member, .age_s = -1, .gen = -1,
		.generation = fact->generation, .value = fact->value, .limit = fact->limit };

	if (m->on_event == NULL)
		return;
	name_session(w, fact, &event);
	if (w != NULL && fact->client != NULL)
		event.has_client = work_name_client(w, fact->client, fact->client_len, event.client) == 0;
	m->on_event(&event, m->on_event_arg);
}

void
event_raise_budget(const sess_manager *m, int64_t now, const struct minted *minted)
{
	if (minted->near_limit_kid != NULL)
		event_raise(m, NULL, &(struct event_fact){ .kind = SESS_EVENT_KEY_NEAR_LIMIT, .now = now,
			.kid = minted->near_limit_kid, .value = minted->near_limit, .limit = BUDGET_LIMIT });
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
