/* SPDX-License-Identifier: MIT */
/* L6: the public calls that take a revocation back, and list those that live. */
#include <string.h>

#include "base/diag.h"
#include "session/revocation_act.h"

static int
parse_id(const char *id, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (id == NULL || strnlen(id, SESS_REVOCATION_ID_LEN + 1) != SESS_REVOCATION_ID_LEN ||
	    strspn(id, "0123456789abcdef") != SESS_REVOCATION_ID_LEN)
		return -1;
	for (size_t i = 0; i < SESS_REVOCATION_ID_LEN; i++)
		number = number << 4 | (uint64_t)(id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
	*ret_number = number;
	return 0;
}

/* Under the lock: one UNDO for each living entry of the number. */
static int
compose_undo(struct act *a, uint64_t number, sess_diag *diag)
{
	struct revocation found[2 * ACT_ENTRIES_MAX];
	size_t n = index_by_number(a->r->index, number, found, 2 * ACT_ENTRIES_MAX);

	for (size_t i = 0; i < n; i++) {
		if (found[i].until <= a->now || REVOCATION_KIND_OF(found[i].event) == REVOCATION_UNDO)
			continue;
		if ((found[i].event & REVOCATION_FOLDED) != 0)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "id",
			    "this revocation stands for several of one name and cannot be taken back; it ends by itself");
		if (a->count < ACT_ENTRIES_MAX) {
			a->entry[a->count] = found[i];
			a->entry[a->count].event = number << 4 | REVOCATION_UNDO;
			a->entry[a->count++].t = a->now;
		}
	}
	if (a->count == 0)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "id",
		    "no live revocation has this id; sess_revocations_list() and `sesstool revoke --list` show those that live");
	return 0;
}

int
sess_revoke_undo(sess_manager *manager, const char *id, sess_revocation *ret_revocation, sess_diag *diag)
{
	struct act a = { .m = manager, .kind = REVOCATION_UNDO };
	uint64_t number = 0;
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revoke_undo", diag)) != 0)
		return rc;
	if (parse_id(id, &number) != 0)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "id", "a revocation's id is %d lower-case hex digits",
		    SESS_REVOCATION_ID_LEN);
	if ((rc = manager_now(manager, &a.now, diag)) != 0)
		return rc;
	a.r = manager->revocations;
	if ((rc = revocations_lock(a.r, a.now, diag)) != 0)
		return rc;
	if ((rc = compose_undo(&a, number, diag)) == 0)
		rc = act_put_in_force(&a, diag);
	revocations_unlock(a.r);
	if (rc != 0)
		return rc;
	act_await(&a);
	act_tell(&a);
	if (ret_revocation != NULL)
		act_describe(&a.entry[0], a.queued, ret_revocation);
	return 0;
}

struct listing {
	struct revocations *r;
	sess_revocation_fn *each;
	void *arg;
};

static int
list_one(const struct revocation *e, void *arg)
{
	const struct listing *l = arg;
	sess_revocation d;

	act_describe(e, l->r->ops->is_queued != NULL && l->r->ops->is_queued(l->r, e), &d);
	return l->each(&d, l->arg);
}

int
sess_revocations_list(sess_manager *manager, sess_revocation_fn *each, void *arg, sess_diag *diag)
{
	struct listing l = { NULL, each, arg };
	struct revocations *r;
	enum store_state state;
	int64_t now = 0;
	int rc;

	diag_clear(diag);
	if ((rc = act_has_store(manager, "sess_revocations_list", diag)) != 0)
		return rc;
	if (each == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_revocations_list: the function is NULL");
	if ((rc = manager_now(manager, &now, diag)) != 0)
		return rc;
	l.r = r = manager->revocations;
	if ((rc = revocations_lock(r, now, diag)) != 0)
		return rc;
	if (!revocations_is_open(state = revocations_state(r, now)))
		rc = diag_error(diag, SESS_ERR_STORE, "the list would not be whole: %s", revocations_why(r, state));
	else
		rc = index_each(r->index, now, list_one, &l);
	revocations_unlock(r);
	return rc;
}
