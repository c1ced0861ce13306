/* SPDX-License-Identifier: MIT */
/* L4: filling and delivering events. Decides nothing. */
#include "session/event.h"

void
event_raise(const sess_manager *m, struct work *w, sess_event_kind kind, int64_t now, uint32_t reasons, const char *kid,
    const char *sid, size_t sid_len)
{
	sess_event event = { .size = sizeof(event), .kind = kind, .time = now, .reasons = reasons, .kid = kid };

	if (m->on_event == NULL)
		return;
	if (sid != NULL)
		event.has_session = work_name_session(w, sid, sid_len, event.session) == 0;
	m->on_event(&event, m->on_event_arg);
}
