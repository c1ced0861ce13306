/* SPDX-License-Identifier: MIT */
/*
 * L6: reloading, as sess/manager.h describes it: the file is judged as a whole, then its ring is swapped in, or nothing changes.
 * Events are raised when no lock is held.
 */
#include "session/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "session/event.h"
#include "session/manager.h"
#include "session/metrics.h"
#include "ring/protection.h"

static void
ring_cleanup(struct sess_ring **ring)
{
	sess_ring_free(*ring);
}

#define RING_CLEANUP __attribute__((cleanup(ring_cleanup)))

/* One stat. Links are followed: under the option that allows them, it is the file behind that counts. */
static void
look(struct reload *r, struct reload_stamp *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	atomic_fetch_add_explicit(&r->stats, 1, memory_order_relaxed);
	if (stat(r->path, &st) != 0) {
		ret->error = errno;
		return;
	}
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->size = st.st_size;
	ret->mtime = st.st_mtim;
	ret->ctime = st.st_ctim;
}

static int
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int
same_stamp(const struct reload_stamp *a, const struct reload_stamp *b)
{
	return a->error == b->error && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime);
}

int
reload_init(struct reload *r, const sess_config *config, struct sess_ring **ret, sess_diag *diag)
{
	int rc;

	atomic_init(&r->looked_ms, RELOAD_NEVER);
	if ((config->ring != NULL) == (config->ring_path != NULL))
		return diag_error(diag, SESS_ERR_ARGUMENT, "give exactly one of ring and ring_path");
	if ((rc = forklock_new(&r->lock)) != 0)
		return diag_error(diag, rc, NULL);
	if (config->ring != NULL) {
		*ret = ring_ref(config->ring);
		return 0;
	}
	if ((r->path = malloc(strlen(config->ring_path) + 1)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	memcpy(r->path, config->ring_path, strlen(config->ring_path) + 1);
	/* Looked at before it is read: what comes after the look is a change. */
	look(r, &r->seen);
	if ((rc = sess_ring_load_file(r->path, config->ring_access, ret, diag)) != 0)
		return rc;
	r->access = config->ring_access != NULL ? *config->ring_access : (sess_ring_access)SESS_RING_ACCESS_INIT;
	if (r->access.protection != NULL)
		(void)protection_ref(r->access.protection);
	return 0;
}

void
reload_done(struct reload *r)
{
	free(r->path);
	sess_protection_free(r->access.protection);
	forklock_free(r->lock);
}

static int
check_lifetime(const char *member, int64_t policy, int64_t ring, const char *ring_member, sess_diag *diag)
{
	if (policy <= ring)
		return 0;
	return diag_error_at(diag, SESS_ERR_RING_LIFETIME, NULL, member,
	    "the policy's %s is %lld, the ring's %s only %lld: lower the policy's, or make a ring for longer sessions", member,
	    (long long)policy, ring_member, (long long)ring);
}

int
reload_check_lifetimes(const sess_policy *policy, const struct sess_ring *ring, sess_diag *diag)
{
	int rc;

	if ((rc = check_lifetime("idle_timeout_s", policy->idle_timeout_s, ring->token_life_s, "token_life_s", diag)) != 0 ||
	    (rc = check_lifetime("absolute_timeout_s", policy->absolute_timeout_s, ring->session_life_s, "session_life_s",
		 diag)) != 0)
		return rc;
	return check_lifetime("leeway_s", policy->leeway_s, ring->leeway_s, "leeway_s", diag);
}

/* A ring keeps its form and its tag for life. With another tag all hashes would change their names without a word. */
static int
check_succession(const struct sess_ring *old, const struct sess_ring *new, sess_diag *diag)
{
	if (new->form != old->form)
		return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "form",
		    "this is another ring: its form is %s, not %s; restart the service to change rings", sess_form_name(new->form),
		    sess_form_name(old->form));
	if (!ring_has_tag_of(new, old))
		return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, "tag",
		    "this is another ring: its tag is not that of the ring in force; restart the service to change rings");
	if (new->generation < old->generation)
		return diag_error_at(diag, SESS_ERR_RING_ROLLBACK, NULL, "generation",
		    "the ring is generation %lld, and %lld is in force: an older copy was put in its place",
		    (long long)new->generation, (long long)old->generation);
	return 0;
}

/* Under the lock: nobody else swaps, so the ring in force stays where it is. */
static int
adopt(sess_manager *m, struct sess_ring *ring, sess_diag *diag)
{
	struct keytab *old = atomic_load_explicit(&m->current, memory_order_relaxed), *tab = NULL;
	int rc;

	if ((rc = check_succession(old->ring, ring, diag)) != 0 || (rc = reload_check_lifetimes(&m->policy, ring, diag)) != 0)
		return rc;
	if ((rc = keytab_new(ring, m->policy.typ, old, &tab)) != 0)
		return diag_error(diag, rc, NULL);
	meters_bind(&m->metrics->meters, tab);
	manager_swap_keytab(m, tab);
	return 0;
}

/* A verdict on the file is remembered; what the machine could not do now, it may be able to do the next time. */
static int
is_verdict(int rc, const struct reload_stamp *seen)
{
	return rc == 0 || seen->error != 0 || sess_error_class_of(rc) == SESS_CLASS_RING;
}

/* Under the lock. */
static int
load_and_adopt(sess_manager *m, const struct reload_stamp *seen, sess_diag *diag)
{
	RING_CLEANUP struct sess_ring *ring = NULL;
	int rc;

	atomic_fetch_add_explicit(&m->reload.loads, 1, memory_order_relaxed);
	if ((rc = sess_ring_load_file(m->reload.path, &m->reload.access, &ring, diag)) == 0)
		rc = adopt(m, ring, diag);
	if (is_verdict(rc, seen))
		m->reload.seen = *seen;
	return rc;
}

/* generation: of the ring in force afterwards. */
static void
tell(const sess_manager *m, int rc, int64_t generation, const sess_diag *diag)
{
	struct event_fact fact = { .kind = rc == 0 ? SESS_EVENT_RING_RELOADED : SESS_EVENT_RING_REFUSED, .code = rc,
		.generation = generation };

	if (manager_now(m, &fact.now, NULL) != 0)
		fact.now = -1;
	if (diag->member[0] != '\0')
		fact.member = diag->member;
	if (diag->kid[0] != '\0')
		fact.kid = diag->kid;
	event_raise(m, NULL, &fact);
}

/* Takes over the lock and gives it back. *ret_changed: whether another ring is in force. */
static int
reload_locked(sess_manager *m, int only_if_changed, int *ret_changed, sess_diag *diag)
{
	struct reload_stamp seen;
	int64_t generation;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own;
	look(&m->reload, &seen);
	if (only_if_changed && same_stamp(&seen, &m->reload.seen)) {
		forklock_give(m->reload.lock);
		*ret_changed = 0;
		return 0;
	}
	rc = load_and_adopt(m, &seen, diag);
	generation = atomic_load_explicit(&m->current, memory_order_relaxed)->ring->generation;
	forklock_give(m->reload.lock);
	tell(m, rc, generation, diag);
	if (rc == 0)
		*ret_changed = 1;
	return rc;
}

static int
reload_from_file(sess_manager *m, const char *function, int only_if_changed, int *ret_changed, sess_diag *diag)
{
	diag_clear(diag);
	if (m == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "%s: manager is NULL", function);
	if (m->reload.path == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT,
		    "%s: this manager was made from a ring, not from a file; load one and give it to sess_manager_set_ring()", function);
	forklock_take(m->reload.lock);
	return reload_locked(m, only_if_changed, ret_changed, diag);
}

int
sess_manager_reload(sess_manager *manager, sess_diag *diag)
{
	int changed;

	return reload_from_file(manager, "sess_manager_reload", 0, &changed, diag);
}

int
sess_manager_reload_if_changed(sess_manager *manager, int *ret_changed, sess_diag *diag)
{
	int changed;

	return reload_from_file(manager, "sess_manager_reload_if_changed", 1, ret_changed != NULL ? ret_changed : &changed, diag);
}

int
sess_manager_set_ring(sess_manager *manager, sess_ring *ring, sess_diag *diag)
{
	int64_t generation;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own;
	diag_clear(diag);
	if (manager == NULL || ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_manager_set_ring: a pointer is NULL");
	forklock_take(manager->reload.lock);
	rc = adopt(manager, ring, diag);
	generation = atomic_load_explicit(&manager->current, memory_order_relaxed)->ring->generation;
	forklock_give(manager->reload.lock);
	tell(manager, rc, generation, diag);
	return rc;
}

/* Whether this thread may look now: the clock says so, and no other thread has been quicker. */
static int
claim_look(sess_manager *m)
{
	int64_t last = atomic_load_explicit(&m->reload.looked_ms, memory_order_relaxed), now = 0;

	if (manager_elapsed(m, &now) != 0)
		return 0;
	/* Unsigned: a clock that went back makes a large number, and a look. */
	if (last != RELOAD_NEVER && (uint64_t)now - (uint64_t)last < RELOAD_LOOK_EVERY_MS)
		return 0;
	return atomic_compare_exchange_strong_explicit(&m->reload.looked_ms, &last, now, memory_order_relaxed,
	    memory_order_relaxed);
}

int
reload_for_unknown_key(sess_manager *m, const struct keytab *tab)
{
	int changed = 0;

	if (m->reload.path != NULL && claim_look(m) && forklock_try(m->reload.lock))
		(void)reload_locked(m, 1, &changed, NULL);
	return atomic_load_explicit(&m->current, memory_order_relaxed) != tab;
}
