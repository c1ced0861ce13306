/* SPDX-License-Identifier: MIT */
/* L5: whether the store can vouch for the index, who is told of changes, and what a fork leaves behind. */
#include "revocation/state.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/forkpage.h"
#include "token/clock.h"

enum { HOME_LEFT, HOME_SETTLING, HOME_HERE };

/* What this process writes into its home. */
static int
own(const struct revocations *r, int home)
{
	return r->home_stays ? (int)getpid() << 2 | home : home;
}

/* A page that a forked child finds wiped; asking for the process's id at each request would cost more than the look-up, and is done
 * where there are no such pages. */
int
state_init(struct revocations *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return SESS_ERR_MEMORY;
	r->home = p;
	r->home_stays = !forkpage_mark(p, page);
	atomic_store(r->home, own(r, HOME_HERE));
	return 0;
}

void
state_done(struct revocations *r)
{
	if (r->home != NULL)
		(void)munmap(r->home, (size_t)sysconf(_SC_PAGESIZE));
}

void
state_set_full(struct revocations *r, int64_t until)
{
	if (until > atomic_load(&r->full_until))
		atomic_store(&r->full_until, until);
}

void
revocations_set_state(struct revocations *r, enum store_state state)
{
	atomic_store(&r->state, (int)state);
}

const char *
revocations_state_words(enum store_state state)
{
	static const char *const words[] = {
		[STORE_OPEN] = "a store that vouches for its list",
		[STORE_FORKED] = "a forked process that has no store of its own yet",
		[STORE_FAILED] = "a store that has failed",
		[STORE_FULL] = "more revocations than revocations_max: raise it",
		[STORE_READING] = "a store whose log has not been read to its end yet",
		[STORE_NO_EPOCH] = "a store that was never initialised, or has been emptied: sesstool revoke --init, or sess_revocations_init()",
		[STORE_STALE] = "a store that has been silent for longer than revocations_max_staleness_s",
		[STORE_STALE_OPEN] = "a store that has been silent for longer than revocations_max_staleness_s, which the policy puts up with",
	};

	return words[state];
}

static const char *
state_name(enum store_state state)
{
	static const char *const names[] = { [STORE_OPEN] = "OPEN", [STORE_FORKED] = "FORKED", [STORE_FAILED] = "FAILED",
		[STORE_FULL] = "FULL", [STORE_READING] = "READING", [STORE_NO_EPOCH] = "NO_EPOCH", [STORE_STALE] = "STALE",
		[STORE_STALE_OPEN] = "STALE_OPEN" };

	return names[state];
}

/* What is wrong with the feed, where that explains the state. */
static enum fault
explanation(struct revocations *r, enum store_state state)
{
	int is_cause = state == STORE_OPEN || state == STORE_READING || state == STORE_STALE || state == STORE_STALE_OPEN;

	return is_cause ? (enum fault)atomic_load_explicit(&r->fault, memory_order_relaxed) : FAULT_NONE;
}

const char *
revocations_why(struct revocations *r, enum store_state state)
{
	enum fault fault = explanation(r, state);

	return fault != FAULT_NONE ? fault_words(fault) : revocations_state_words(state);
}

const char *
revocations_why_name(struct revocations *r, enum store_state state)
{
	enum fault fault = explanation(r, state);

	return fault != FAULT_NONE ? fault_name(fault) : state == STORE_OPEN ? NULL : state_name(state);
}

int
revocations_is_open(enum store_state state)
{
	return state == STORE_OPEN || state == STORE_STALE_OPEN;
}

int
revocations_check_open(struct revocations *r, int64_t now, sess_diag *diag)
{
	enum store_state state = revocations_state(r, now);

	if (revocations_is_open(state))
		return 0;
	return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations", "the revocation store: %s", revocations_why(r, state));
}

#define TOLD(state, fault) ((int)(state) | (int)(fault) << 8)
#define TOLD_STATE(told) ((told) & 255)

/* The one word that says what has changed. */
static const char *
reason(int was, enum store_state state, enum fault fault)
{
	if (fault == FAULT_NONE || ((int)state != TOLD_STATE(was) && state != STORE_OPEN && state != STORE_READING))
		return state_name(state);
	return fault_name(fault);
}

/* The winner of a change tells it; the manager's callback hears each change once. */
static void
tell(struct revocations *r, enum store_state state, enum fault fault, int64_t now)
{
	int was = atomic_exchange(&r->told, TOLD(state, fault)), is_back = state == STORE_OPEN && fault == FAULT_NONE;

	if (was == TOLD(state, fault))
		return;
	r->config.tell(&(struct revocations_news){ .kind = is_back ? REVOCATIONS_BACK : REVOCATIONS_LOST, .now = now,
		.why = is_back ? NULL : reason(was, state, fault) }, r->config.tell_arg);
}

/* A feed that says nothing is as good as none, whatever it said last. */
static enum store_state
judge_contact(const struct revocations *r)
{
	int64_t contact = atomic_load_explicit(&r->contact_ms, memory_order_relaxed), ms = 0;

	if (contact >= 0 && clock_elapsed(r->config.elapsed, r->config.elapsed_arg, &ms) == 0 &&
	    ms - contact <= r->config.max_staleness_ms)
		return STORE_OPEN;
	return r->config.is_open_when_stale ? STORE_STALE_OPEN : STORE_STALE;
}

/* What the parent's threads were reading, nobody here will leave. One thread does it; the others find the store
 * closed meanwhile. */
static void
settle(struct revocations *r)
{
	int left = r->home_stays ? atomic_load(r->home) : HOME_LEFT;

	if (left == own(r, HOME_HERE) || left == own(r, HOME_SETTLING) ||
	    !atomic_compare_exchange_strong(r->home, &left, own(r, HOME_SETTLING)))
		return;
	index_forget_readers(r->index);
	index_forget_readers(r->used);
	if (r->ops->after_fork != NULL && r->ops->after_fork(r, NULL) != 0)
		revocations_set_state(r, STORE_FAILED);
	atomic_store(r->home, own(r, HOME_HERE));
}

enum store_state
revocations_state(struct revocations *r, int64_t now)
{
	enum store_state state;
	enum fault fault;
	int here = own(r, HOME_HERE);

	if (atomic_load_explicit(r->home, memory_order_acquire) != here)
		settle(r);
	if (atomic_load_explicit(r->home, memory_order_acquire) != here)
		state = STORE_FORKED;
	else
		state = (enum store_state)atomic_load_explicit(&r->state, memory_order_acquire);
	if (state == STORE_OPEN && r->ops->turn != NULL)
		state = judge_contact(r);
	if (revocations_is_open(state) && now < atomic_load_explicit(&r->full_until, memory_order_relaxed))
		state = STORE_FULL;
	fault = (enum fault)atomic_load_explicit(&r->fault, memory_order_relaxed);
	if (TOLD(state, fault) != atomic_load_explicit(&r->told, memory_order_relaxed))
		tell(r, state, fault, now);
	return state;
}

int
revocations_lock(struct revocations *r, int64_t now, sess_diag *diag)
{
	int rc = 0;

	if (revocations_state(r, now) == STORE_FORKED)
		return diag_error(diag, SESS_ERR_STORE, "the revocation store: %s", revocations_state_words(STORE_FORKED));
	forklock_take(r->lock);
	if (r->ops->refresh != NULL && (rc = r->ops->refresh(r, now, diag)) != 0) {
		revocations_set_state(r, STORE_FAILED);
		forklock_give(r->lock);
	}
	return rc;
}

void
revocations_unlock(struct revocations *r)
{
	forklock_give(r->lock);
}

void
revocations_catch_up(struct revocations *r, int64_t now)
{
	unsigned stay;
	int behind;

	/* A child's first question is where it is. */
	if (revocations_state(r, now) == STORE_FORKED || r->ops->is_behind == NULL)
		return;
	stay = index_enter(r->index);
	behind = r->ops->is_behind(r);
	index_leave(r->index, stay);
	if (behind && revocations_lock(r, now, NULL) == 0)
		revocations_unlock(r);
}
