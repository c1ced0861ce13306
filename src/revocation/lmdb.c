/* SPDX-License-Identifier: MIT */
/*
 * L5: the store of one host: a log in LMDB, numbered from 1, whose entries every process reads into its index. A revocation is
 * done when its transaction is on the disk; whoever verifies after that reads it first.
 * Under number 0 stands which ring's names these are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "revocation/revocations.h"
#include "revocation/lmdb_env.h"
#include "token/clock.h"

#define TRIM_EACH 64 /* expired entries that one write takes away at most */

struct lmdb_store {
	struct lmdb_env *env;
	uint64_t last;		/* number of the last entry read; under the manager's lock */
	_Atomic uint64_t seen;	/* the transaction whose state that was */
	char path[];
};

static int
failed(const char *doing, int rc, sess_diag *diag)
{
	return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations", "the revocation store: %s: %s", doing, mdb_strerror(rc));
}

static MDB_val
number_val(uint64_t *number)
{
	return (MDB_val){ sizeof(*number), number };
}

/* In the host's own byte order: the file does not leave it. */
static int
entry_from(const MDB_val *value, struct revocation *ret)
{
	if (value->mv_size != sizeof(*ret))
		return MDB_CORRUPTED;
	memcpy(ret, value->mv_data, sizeof(*ret));
	return ret->t < 0 || ret->until < ret->t || REVOCATION_KIND_OF(ret->event) == 0 ? MDB_CORRUPTED : 0;
}

static int
is_behind(struct revocations *r)
{
	const struct lmdb_store *s = r->store;

	/* A child that could not open it has none, and stays closed. */
	return s->env != NULL && atomic_load_explicit(s->env->begun, memory_order_acquire) > atomic_load_explicit(&s->seen, memory_order_relaxed);
}

/* Everything behind s->last; *ret_rc is the index's error. */
static int
read_on(struct revocations *r, MDB_cursor *cursor, int64_t now, int *ret_rc)
{
	struct lmdb_store *s = r->store;
	uint64_t number = s->last + 1;
	MDB_val key = number_val(&number), value;
	int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

	for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
		struct revocation entry;
		enum index_put put;

		if (key.mv_size != sizeof(number) || entry_from(&value, &entry) != 0)
			return MDB_CORRUPTED;
		/* A full index closes verification by itself; what follows may still fit. */
		if ((*ret_rc = revocations_apply(r, &entry, now, &put)) != 0 && *ret_rc != SESS_ERR_STORE)
			return 0;
		*ret_rc = 0;
		memcpy(&s->last, key.mv_data, sizeof(s->last));
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Under the manager's lock and the environment's. */
static int
read_log(struct revocations *r, int64_t now, sess_diag *diag)
{
	struct lmdb_store *s = r->store;
	MDB_txn *txn = NULL;
	MDB_cursor *cursor = NULL;
	uint64_t seen;
	int rc, index_rc = 0;

	if ((rc = lmdb_env_begin(s->env, MDB_RDONLY, &txn)) != 0)
		return failed("reading", rc, diag);
	seen = mdb_txn_id(txn);
	if ((rc = mdb_cursor_open(txn, s->env->log, &cursor)) == 0)
		rc = read_on(r, cursor, now, &index_rc);
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	if (rc != 0)
		return failed("reading", rc, diag);
	if (index_rc != 0)
		return diag_error(diag, index_rc, NULL);
	atomic_store_explicit(&s->seen, seen, memory_order_relaxed);
	return 0;
}

static int
lmdb_refresh(struct revocations *r, int64_t now, sess_diag *diag)
{
	struct lmdb_store *s = r->store;
	int rc;

	if (s->env == NULL)
		return diag_error(diag, SESS_ERR_STORE, "the revocation store has no handle in this process");
	if (!is_behind(r) && s->last > 0)
		return 0;
	(void)pthread_mutex_lock(&s->env->lock);
	rc = read_log(r, now, diag);
	(void)pthread_mutex_unlock(&s->env->lock);
	if (rc == 0)
		revocations_set_state(r, STORE_OPEN);
	return rc;
}

/* From the oldest on, but never the last: its number says where the log goes on. */
static int
trim(MDB_cursor *cursor, int64_t now, uint64_t last)
{
	uint64_t number = 1;
	MDB_val key = number_val(&number), value;
	int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

	for (int i = 0; rc == 0 && i < TRIM_EACH; i++) {
		struct revocation entry;

		memcpy(&number, key.mv_data, sizeof(number));
		if (number >= last || entry_from(&value, &entry) != 0 || entry.until > now)
			return 0;
		if ((rc = mdb_cursor_del(cursor, 0)) == 0)
			rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
append(const struct lmdb_store *s, MDB_txn *txn, const struct revocation *entry, size_t n, int64_t now)
{
	MDB_cursor *cursor = NULL;
	MDB_val key, value;
	uint64_t number = 0;
	int rc;

	if ((rc = mdb_cursor_open(txn, s->env->log, &cursor)) != 0)
		return rc;
	if ((rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST)) == 0) {
		memcpy(&number, key.mv_data, sizeof(number));
		rc = trim(cursor, now, number);
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct revocation copy = entry[i];

		number++;
		key = number_val(&number);
		value = (MDB_val){ sizeof(copy), &copy };
		rc = mdb_cursor_put(cursor, &key, &value, MDB_APPEND);
	}
	mdb_cursor_close(cursor);
	return rc;
}

/* One try. LMDB lets one writer in at a time, of all processes. What it writes is announced before it can be seen, so whoever
 * verifies after the commit knows that there is something to read; if we die before it, they look in vain, until the next. */
static int
write_once(const struct lmdb_store *s, const struct revocation *entry, size_t n, int64_t now)
{
	MDB_txn *txn = NULL;
	int rc;

	if ((rc = lmdb_env_begin(s->env, 0, &txn)) != 0)
		return rc;
	atomic_store(s->env->begun, mdb_txn_id(txn));
	if ((rc = append(s, txn, entry, n, now)) == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int
lmdb_publish(struct revocations *r, const struct revocation *entry, size_t n, int64_t now, uint64_t *ret_ticket, sess_diag *diag)
{
	const struct lmdb_store *s = r->store;
	int rc;

	*ret_ticket = 0;
	(void)pthread_mutex_lock(&s->env->lock);
	while ((rc = write_once(s, entry, n, now)) == MDB_MAP_FULL) {
		if ((rc = lmdb_env_grow(s->env)) != 0)
			break;
	}
	(void)pthread_mutex_unlock(&s->env->lock);
	return rc == 0 ? 0 : failed("writing", rc, diag);
}

/* What others have used is read, the key looked for and its use written in one transaction, in which nobody else writes. */
static int
use_once(struct revocations *r, const struct revocation *use, int64_t now, int *ret_first, int *ret_index_rc)
{
	struct lmdb_store *s = r->store;
	MDB_txn *txn = NULL;
	MDB_cursor *cursor = NULL;
	int rc;

	*ret_index_rc = 0;
	if ((rc = lmdb_env_begin(s->env, 0, &txn)) != 0)
		return rc;
	if ((rc = mdb_cursor_open(txn, s->env->log, &cursor)) == 0)
		rc = read_on(r, cursor, now, ret_index_rc);
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	if (rc == 0 && now < atomic_load(&r->used_full_until))
		*ret_index_rc = SESS_ERR_STORE;
	if (rc == 0 && *ret_index_rc == 0 && (*ret_first = !revocations_is_used(r, use->key, now)) != 0) {
		atomic_store(s->env->begun, mdb_txn_id(txn));
		if ((rc = append(s, txn, use, 1, now)) == 0)
			return mdb_txn_commit(txn);
	}
	mdb_txn_abort(txn);
	return rc;
}

static int
lmdb_once(struct revocations *r, const struct revocation *use, int64_t now, int *ret_first, sess_diag *diag)
{
	const struct lmdb_store *s = r->store;
	int rc, index_rc = 0, first = 0;

	if ((rc = revocations_lock(r, now, diag)) != 0)
		return rc;
	(void)pthread_mutex_lock(&s->env->lock);
	while ((rc = use_once(r, use, now, &first, &index_rc)) == MDB_MAP_FULL) {
		if ((rc = lmdb_env_grow(s->env)) != 0)
			break;
	}
	(void)pthread_mutex_unlock(&s->env->lock);
	revocations_unlock(r);
	if (rc != 0)
		return failed("writing", rc, diag);
	if (index_rc != 0)
		return diag_error(diag, index_rc, NULL);
	*ret_first = first;
	return 0;
}

/* Under the environment's lock: names under another tag would never be met, so nothing would be revoked. */
static int
check_ring(const struct revocations *r, const struct lmdb_store *s, sess_diag *diag)
{
	uint64_t zero = 0;
	uint8_t id[REVOCATION_KEY_LEN];
	MDB_val key = number_val(&zero), value = { sizeof(id), id };
	MDB_txn *txn = NULL;
	int rc, same;

	memcpy(id, r->names.ring_id, sizeof(id));
	if ((rc = lmdb_env_begin(s->env, 0, &txn)) != 0)
		return failed("opening", rc, diag);
	if ((rc = mdb_put(txn, s->env->log, &key, &value, MDB_NOOVERWRITE)) == MDB_KEYEXIST) {
		same = value.mv_size == sizeof(id) && memcmp(value.mv_data, r->names.ring_id, sizeof(id)) == 0;
		mdb_txn_abort(txn);
		return same ? 0 : diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations",
		    "the revocation store belongs to another ring; give each ring a folder of its own");
	}
	if (rc != 0)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	return rc == 0 ? 0 : failed("opening", rc, diag);
}

static int
attach(struct revocations *r, sess_diag *diag)
{
	struct lmdb_store *s = r->store;
	struct lmdb_env *env = NULL;
	int64_t now = 0;
	int rc;

	if ((rc = clock_now(r->config.clock, r->config.clock_arg, &now, diag)) != 0 || (rc = lmdb_env_get(s->path, &env, diag)) != 0)
		return rc;
	s->env = env;
	(void)pthread_mutex_lock(&env->lock);
	if ((rc = check_ring(r, s, diag)) == 0)
		rc = read_log(r, now, diag);
	(void)pthread_mutex_unlock(&env->lock);
	return rc;
}

static int
lmdb_open(struct revocations *r, const char *rest, sess_diag *diag)
{
	struct lmdb_store *s;

	if (rest[0] == '\0')
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations", "\"lmdb:\" needs a folder behind it, as in lmdb:/var/lib/shop");
	if ((s = calloc(1, sizeof(*s) + strlen(rest) + 1)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	memcpy(s->path, rest, strlen(rest));
	r->store = s;
	return attach(r, diag);
}

static void
lmdb_close(struct revocations *r)
{
	struct lmdb_store *s = r->store;

	if (s == NULL)
		return;
	lmdb_env_put(s->env);
	free(s);
}

/* The parent's handle stays where it is: LMDB forbids using it here. The log is read anew from its beginning. */
static int
lmdb_after_fork(struct revocations *r, sess_diag *diag)
{
	struct lmdb_store *s = r->store;

	s->env = NULL;
	s->last = 0;
	return attach(r, diag);
}

const struct store_ops store_lmdb = { .scheme = "lmdb:", .open = lmdb_open, .close = lmdb_close, .is_behind = is_behind,
	.refresh = lmdb_refresh, .publish = lmdb_publish, .once = lmdb_once,
	.after_fork = lmdb_after_fork };
