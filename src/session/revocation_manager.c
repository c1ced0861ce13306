/* SPDX-License-Identifier: MIT */
/* L6: between a manager and the revocation layer, which knows none. */
#include "session/event.h"
#include "session/revocation.h"
#include "session/revocation_act.h"

static void
tell(const struct revocations_news *news, void *arg)
{
	const sess_manager *m = arg;
	int lost = news->kind == REVOCATIONS_LOST;

	event_raise(m, NULL, &(struct event_fact){ .kind = lost ? SESS_EVENT_STORE_LOST : SESS_EVENT_STORE_BACK,
		.now = news->now, .code = lost ? SESS_ERR_STORE : 0, .member = news->why });
}

int
revocation_open(sess_manager *m, const sess_config *config, sess_diag *diag)
{
	const struct revocations_config c = { .uri = config->revocations, .ring = atomic_load(&m->current)->ring,
		.issuer = m->policy.issuer, .max = (size_t)m->policy.revocations_max, .clock = m->clock,
		.clock_arg = m->clock_arg, .tell = tell, .tell_arg = m };

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
