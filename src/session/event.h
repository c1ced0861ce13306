/* SPDX-License-Identifier: MIT */
/* L4: telling a manager's one callback what happened. Costs nothing where there is no callback. */
#ifndef SESSION_EVENT_H
#define SESSION_EVENT_H

#include "session/manager.h"

/* kid: of the ring, or NULL. sid: text of an authentic or fresh session id, or NULL. w: for the session's name. A failure to
 * name the session leaves it unnamed. */
void event_raise(const sess_manager *m, struct work *w, sess_event_kind kind, int64_t now, uint32_t reasons, const char *kid,
    const char *sid, size_t sid_len);

#endif
