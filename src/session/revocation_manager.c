/* SPDX-License-Identifier: MIT */
/* L6: between a manager and the revocation layer, which knows none. */
#include "session/event.h"
#include "session/revocation.h"
#include "session/revocation_act.h"

static void
tell(const struct revocations_news *news, void *arg)
{
	const sess_manager *m = arg;
	static const sess_event_kind kinds[] = { [REVOCATIONS_LOST] = SESS_EVENT_STORE_LOST,
		[REVOCATIONS_BACK] = SESS_EVENT_STORE_BACK, [REVOCATIONS_IGNORED] = SESS_EVENT_FEED_IGNORED };

	event_raise(m, NULL, &(struct event_fact){ .kind = kinds[news->kind], .now = news->now,
		.code = news->kind == REVOCATIONS_LOST ? SESS_ERR_STORE : 0, .member = news->why, .value = news->count });
}

int
revocation_open(sess_manager *m, const sess_config *config, sess_diag *diag)
{
	const struct revocations_config c = {
		.uri = config->revocations,
		.ring = atomic_load(&m->current)->ring,
		.issuer = m->policy.issuer,
		.max = (size_t)m->policy.revocations_max,
		.max_staleness_ms = (int64_t)m->policy.revocations_max_staleness_s * 1000,
		.is_open_when_stale = m->policy.revocations_when_stale == SESS_STALE_OPEN,
		.auth_path = config->revocations_auth_path,
		.is_callers_loop = config->revocations_feed == SESS_FEED_CALLER,
		.clock = m->clock,
		.clock_arg = m->clock_arg,
		.elapsed = m->elapsed,
		.elapsed_arg = m->elapsed_arg,
		.tell = tell,
		.tell_arg = m,
	};

	return c.uri == NULL ? 0 : revocations_new(&c, &m->revocations, diag);
}

int
revocation_use_once(sess_manager *m, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now, int *ret_first,
    sess_diag *diag)
{
	int rc = act_has_store(m, "one-time use", diag);

	return rc != 0 ? rc : revocations_once(m->revocations, key, until, now, ret_first, diag);
}

int
revocation_subject_since(sess_manager *m, const char *subject, size_t subject_len, int64_t since, int64_t now,
    int *ret_revoked, sess_diag *diag)
{
	int rc = act_has_store(m, "revocation of subjects", diag);

	return rc != 0 ? rc : revocations_refuses_subject(m->revocations, subject, subject_len, since, now, ret_revoked, diag);
}
