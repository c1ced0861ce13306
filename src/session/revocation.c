/* SPDX-License-Identifier: MIT */
/* L5: making revocations from a URI, the hashes of names, the state that counts, and what a fork leaves behind. */
#include "session/revocation.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "session/event.h"

#define LABEL "sess revocation"

enum { HOME_LEFT, HOME_SETTLING, HOME_HERE };

static const struct store_ops *const stores[] = {
	&store_memory,
#ifdef SESS_WITH_LMDB
	&store_lmdb,
#endif
};

/* Every store that there could be, so that one left out of this build is told from one that never was. */
static const char *const schemes[] = { "memory:", "lmdb:" };

static int
find_store(const char *uri, const struct store_ops **ret, const char **ret_rest, sess_diag *diag)
{
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		size_t n = strlen(stores[i]->scheme);

		if (strncmp(uri, stores[i]->scheme, n) == 0) {
			*ret = stores[i];
			*ret_rest = uri + n;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strncmp(uri, schemes[i], strlen(schemes[i])) == 0)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
			    "this library was built without the store \"%s\"; build it in, or take another", schemes[i]);
	}
	return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
	    "revocations names no store: memory: is one process, lmdb:PATH all processes of a host");
}

/* RFC 5869 beneath, and one key for each kind, so that a sid and a subject of the same text have nothing in common. */
static int
derive_keys(struct revocations *r, const struct sess_ring *ring, const char *issuer)
{
	SECRET_CLEANUP struct secret derived = { { 0 }, 0 };
	uint8_t msg[1 + SESS_NAME_MAX], mac[32];
	size_t n = strlen(issuer);
	int rc;

	if ((rc = kdf_hkdf_sha256(ring->lib, &ring->tag, LABEL, 32, &derived)) != 0)
		return rc;
	if ((rc = kdf_hmac_sha256(ring->lib, &derived, (const uint8_t *)"ring", 4, mac)) != 0)
		return rc;
	memcpy(r->ring_id, mac, sizeof(r->ring_id));
	memcpy(msg + 1, issuer, n);
	for (int kind = REVOCATION_SESSION; kind <= REVOCATION_UNDO; kind++) {
		msg[0] = (uint8_t)kind;
		if ((rc = kdf_hmac_sha256(ring->lib, &derived, msg, 1 + n, mac)) != 0)
			return rc;
		memcpy(r->name_key[kind], mac, SIPHASH_KEY_LEN);
	}
	secret_wipe(mac, sizeof(mac));
	revocations_name(r, REVOCATION_ALL, "", 0, r->all_key);
	return 0;
}

void
revocations_name(const struct revocations *r, enum revocation_kind kind, const char *id, size_t n,
    uint8_t out[REVOCATION_KEY_LEN])
{
	siphash_128(r->name_key[kind], id, n, out);
}

/* A page that a forked child finds wiped; asking for the process's id at each request would cost more than the look-up. */
static int
make_home(struct revocations *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return SESS_ERR_MEMORY;
	r->home = p;
	if (madvise(p, page, MADV_WIPEONFORK) != 0)
		return SESS_ERR_MEMORY;
	atomic_store(r->home, HOME_HERE);
	return 0;
}

static int
prepare(struct revocations *r, sess_manager *m, sess_diag *diag)
{
	int rc;

	if ((rc = forklock_new(&r->lock)) != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = make_home(r)) != 0)
		return diag_error(diag, rc, "no page that a fork wipes can be had");
	if ((r->index = index_new((size_t)m->policy.revocations_max)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	rc = derive_keys(r, atomic_load(&m->current)->ring, m->policy.issuer);
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

int
revocations_new(sess_manager *m, const char *uri, struct revocations **ret, sess_diag *diag)
{
	const struct store_ops *ops = NULL;
	const char *rest = NULL;
	struct revocations *r;
	int rc;

	*ret = NULL;
	if (uri == NULL)
		return 0;
	if ((rc = find_store(uri, &ops, &rest, diag)) != 0)
		return rc;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	r->manager = m;
	if ((rc = prepare(r, m, diag)) == 0) {
		r->ops = ops;
		rc = ops->open(r, rest, diag);
	}
	if (rc != 0) {
		revocations_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void
revocations_free(struct revocations *r)
{
	if (r == NULL)
		return;
	if (r->ops != NULL && r->ops->close != NULL)
		r->ops->close(r);
	index_free(r->index);
	if (r->home != NULL)
		(void)munmap(r->home, (size_t)sysconf(_SC_PAGESIZE));
	forklock_free(r->lock);
	secret_wipe(r->name_key, sizeof(r->name_key));
	free(r);
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
	};

	return words[state];
}

/* The winner of a change tells it; the manager's callback hears each change once. */
static void
tell(struct revocations *r, enum store_state state, int64_t now)
{
	static const char *const names[] = { [STORE_FORKED] = "FORKED", [STORE_FAILED] = "FAILED", [STORE_FULL] = "FULL" };
	int was = atomic_exchange(&r->told, (int)state);

	if (was == (int)state)
		return;
	if (state == STORE_OPEN)
		event_raise(r->manager, NULL, &(struct event_fact){ .kind = SESS_EVENT_STORE_BACK, .now = now });
	else
		event_raise(r->manager, NULL, &(struct event_fact){ .kind = SESS_EVENT_STORE_LOST, .now = now,
			.code = SESS_ERR_STORE, .member = names[state] });
}

/* What the parent's threads were reading, nobody here will leave. One thread does it; the others find the store
 * closed meanwhile. */
static void
settle(struct revocations *r)
{
	int left = HOME_LEFT;

	if (!atomic_compare_exchange_strong(r->home, &left, HOME_SETTLING))
		return;
	index_forget_readers(r->index);
	if (r->ops->after_fork != NULL && r->ops->after_fork(r, NULL) != 0)
		revocations_set_state(r, STORE_FAILED);
	atomic_store(r->home, HOME_HERE);
}

enum store_state
revocations_state(struct revocations *r, int64_t now)
{
	enum store_state state;

	if (atomic_load_explicit(r->home, memory_order_acquire) != HOME_HERE)
		settle(r);
	if (atomic_load_explicit(r->home, memory_order_acquire) != HOME_HERE)
		state = STORE_FORKED;
	else
		state = (enum store_state)atomic_load_explicit(&r->state, memory_order_acquire);
	if (state == STORE_OPEN && now < atomic_load_explicit(&r->full_until, memory_order_relaxed))
		state = STORE_FULL;
	if ((int)state != atomic_load_explicit(&r->told, memory_order_relaxed))
		tell(r, state, now);
	return state;
}

int
revocations_apply(struct revocations *r, const struct revocation *entry, int64_t now, enum index_put *ret_put)
{
	enum revocation_kind kind = (enum revocation_kind)REVOCATION_KIND_OF(entry->event);
	struct revocation e = *entry;
	unsigned stay;
	int rc;

	/* Two nodes that spare different sessions of one subject in the same second would spare both: then neither. */
	if (kind == REVOCATION_SUBJECT || kind == REVOCATION_ALL) {
		stay = index_enter(r->index);
		if (index_find(r->index, e.key, kind, now) == e.t)
			e.t++;
		index_leave(r->index, stay);
	}
	rc = index_put(r->index, &e, now, ret_put);
	if (rc == SESS_ERR_STORE && e.until > atomic_load(&r->full_until))
		atomic_store(&r->full_until, e.until);
	return rc;
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
