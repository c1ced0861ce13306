/* SPDX-License-Identifier: MIT */
/* L5: keys that may be used once. Who uses them for what, this file does not know. */
#include <string.h>

#include "base/diag.h"
#include "revocation/revocations.h"

int
revocations_is_used(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t now)
{
	unsigned stay = index_enter(r->used);
	int64_t t = index_find(r->used, key, REVOCATION_ONCE, now);

	index_leave(r->used, stay);
	return t >= 0;
}

static int
full(sess_diag *diag)
{
	return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations_max",
	    "as many keys are marked as used as revocations_max allows: none can be used until there is room");
}

/* Where this process is all there is. */
static int
once_here(struct revocations *r, const struct revocation *use, int64_t now, int *ret_first, sess_diag *diag)
{
	enum index_put put = INDEX_PUT_KNOWN;
	int rc, used;

	if ((rc = revocations_lock(r, now, diag)) != 0)
		return rc;
	if (!(used = revocations_is_used(r, use->key, now)))
		rc = revocations_apply(r, use, now, &put);
	revocations_unlock(r);
	if (rc == 0)
		*ret_first = !used;
	return rc == 0 ? 0 : rc == SESS_ERR_STORE ? full(diag) : diag_error(diag, rc, NULL);
}

int
revocations_once(struct revocations *r, const uint8_t key[REVOCATION_KEY_LEN], int64_t until, int64_t now, int *ret_first,
    sess_diag *diag)
{
	struct revocation use = { .t = now, .until = until > now ? until : now + 1 };
	int rc;

	if (use.until - use.t > INDEX_LIFE_MAX_S)
		use.until = use.t + INDEX_LIFE_MAX_S;
	memcpy(use.key, key, sizeof(use.key));
	/* A number of its own for each use of one key, the next of which comes after the last has expired. */
	use.event = (uint64_t)now << 4 | REVOCATION_ONCE;
	revocations_catch_up(r, now);
	if ((rc = revocations_check_open(r, now, diag)) != 0)
		return rc;
	if (now < atomic_load(&r->used_full_until))
		return full(diag);
	return r->ops->once != NULL ? r->ops->once(r, &use, now, ret_first, diag) : once_here(r, &use, now, ret_first, diag);
}
