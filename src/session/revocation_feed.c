/* SPDX-License-Identifier: MIT */
/* L6: the public calls about a store as a whole: initialising it, moving its feed on, and how it is. */
#include "base/diag.h"
#include "session/revocation_act.h"

static void
ring_cleanup(struct sess_ring **ring)
{
	sess_ring_free(*ring);
}

int
sess_revocations_init(const sess_config *config, sess_diag *diag)
{
	__attribute__((cleanup(ring_cleanup))) struct sess_ring *loaded = NULL;
	struct revocations_config c = { .uri = NULL };
	int rc;

	diag_clear(diag);
	if (config == NULL || config->size != sizeof(*config))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_revocations_init: initialise the configuration with SESS_CONFIG_INIT");
	if (config->revocations == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations", "config.revocations names no store");
	if ((config->ring != NULL) == (config->ring_path != NULL))
		return diag_error(diag, SESS_ERR_ARGUMENT, "give exactly one of ring and ring_path");
	if (config->ring == NULL && (rc = sess_ring_load_file(config->ring_path, config->ring_access, &loaded, diag)) != 0)
		return rc;
	c.uri = config->revocations;
	c.ring = loaded != NULL ? loaded : config->ring;
	c.auth_path = config->revocations_auth_path;
	return revocations_init(&c, diag);
}

int
sess_revocations_poll(sess_manager *manager, int *ret_wait_ms, sess_diag *diag)
{
	struct revocations *r;
	int64_t now = 0;
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revocations_poll", diag)) != 0)
		return rc;
	if (ret_wait_ms == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_revocations_poll: ret_wait_ms is NULL");
	r = manager->revocations;
	if (r->ops->turn != NULL && !r->config.is_callers_loop)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations_feed",
		    "the manager has a thread for this; set config.revocations_feed to SESS_FEED_CALLER to do without");
	if ((rc = manager_now(manager, &now, diag)) != 0)
		return rc;
	/* In a child, this is where it begins. */
	if (revocations_state(r, now) == STORE_FORKED)
		*ret_wait_ms = 1;
	else
		*ret_wait_ms = r->ops->turn == NULL ? -1 : r->ops->turn(r);
	return 0;
}

int
sess_revocations_fd(sess_manager *manager)
{
	const struct revocations *r = manager == NULL ? NULL : manager->revocations;

	return r == NULL || r->ops->fd == NULL || !r->config.is_callers_loop ? -1 : r->ops->fd(manager->revocations);
}

static int64_t
contact_age(const sess_manager *m)
{
	const struct revocations *r = m->revocations;
	int64_t contact = atomic_load(&r->contact_ms), ms = 0;

	if (r->ops->turn == NULL || contact < 0 || manager_elapsed(m, &ms) != 0)
		return -1;
	return ms > contact ? ms - contact : 0;
}

int
sess_revocations_status(sess_manager *manager, sess_revocation_status *ret_status, sess_diag *diag)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;
	struct revocations *r;
	enum store_state state;
	int64_t now = 0;
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revocations_status", diag)) != 0)
		return rc;
	if (ret_status == NULL || ret_status->size != sizeof(status))
		return diag_error(diag, SESS_ERR_ARGUMENT,
		    "sess_revocations_status: initialise the status with SESS_REVOCATION_STATUS_INIT");
	if ((rc = manager_now(manager, &now, diag)) != 0)
		return rc;
	r = manager->revocations;
	revocations_catch_up(r, now);
	state = revocations_state(r, now);
	status.is_open = revocations_is_open(state);
	status.why = revocations_why_name(r, state);
	status.why_text = status.why == NULL ? NULL : revocations_why(r, state);
	status.contact_age_ms = contact_age(manager);
	if (state != STORE_FORKED) {
		forklock_take(r->lock);
		status.entries = index_count(r->index);
		status.queued = r->ops->count_queued == NULL ? 0 : r->ops->count_queued(r);
		forklock_give(r->lock);
	}
	*ret_status = status;
	return 0;
}
