/* SPDX-License-Identifier: MIT */
/* L5: opening, sharing and growing LMDB environments. What is in them, the store knows. */
#include "revocation/lmdb_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"

#define MAP_BYTES ((size_t)1 << 16) /* at first */
#define READERS 1022		    /* processes at once */
#define PATH_ROOM 4096
#define COUNTER_NAME "begun"

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;
static struct lmdb_env *table;

static void
before_fork(void)
{
	(void)pthread_mutex_lock(&table_lock);
}

static void
in_parent(void)
{
	(void)pthread_mutex_unlock(&table_lock);
}

/* The parent's environments are not ours to use, and not ours to close. */
static void
in_child(void)
{
	table = NULL;
	(void)pthread_mutex_unlock(&table_lock);
}

static void
watch_forks(void)
{
	(void)pthread_atfork(before_fork, in_parent, in_child);
}

static int
failed(const char *doing, const char *why, sess_diag *diag)
{
	return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations", "the revocation store: %s: %s", doing, why);
}

static int
open_counter(struct lmdb_env *e, const char *path, sess_diag *diag)
{
	char name[PATH_ROOM];
	void *p;
	int fd;

	if (snprintf(name, sizeof(name), "%s/%s", path, COUNTER_NAME) >= (int)sizeof(name))
		return failed("opening", strerror(ENAMETOOLONG), diag);
	if ((fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return failed("opening its counter", strerror(errno), diag);
	if (ftruncate(fd, sizeof(*e->begun)) != 0) {
		(void)close(fd);
		return failed("sizing its counter", strerror(errno), diag);
	}
	p = mmap(NULL, sizeof(*e->begun), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p == MAP_FAILED)
		return failed("mapping its counter", strerror(errno), diag);
	e->begun = p;
	return 0;
}

static int
open_log(struct lmdb_env *e)
{
	MDB_txn *txn = NULL;
	int rc;

	if ((rc = lmdb_env_begin(e, 0, &txn)) != 0)
		return rc;
	if ((rc = mdb_dbi_open(txn, NULL, MDB_INTEGERKEY | MDB_CREATE, &e->log)) != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	return mdb_txn_commit(txn);
}

static void
env_free(struct lmdb_env *e)
{
	if (e->env != NULL)
		mdb_env_close(e->env);
	if (e->begun != NULL)
		(void)munmap(e->begun, sizeof(*e->begun));
	(void)pthread_mutex_destroy(&e->lock);
	free(e);
}

static int
env_open(const char *path, const struct stat *st, struct lmdb_env **ret, sess_diag *diag)
{
	struct lmdb_env *e = calloc(1, sizeof(*e));
	int rc, dead = 0;

	if (e == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	e->dev = st->st_dev;
	e->ino = st->st_ino;
	(void)pthread_mutex_init(&e->lock, NULL);
	if ((rc = mdb_env_create(&e->env)) != 0 || (rc = mdb_env_set_mapsize(e->env, MAP_BYTES)) != 0 ||
	    (rc = mdb_env_set_maxreaders(e->env, READERS)) != 0 || (rc = mdb_env_open(e->env, path, MDB_NOTLS, 0600)) != 0 ||
	    (rc = mdb_reader_check(e->env, &dead)) != 0 || (rc = open_log(e)) != 0)
		rc = failed("opening", mdb_strerror(rc), diag);
	else
		rc = open_counter(e, path, diag);
	if (rc != 0) {
		env_free(e);
		return rc;
	}
	*ret = e;
	return 0;
}

static int
find_or_open(const char *path, struct lmdb_env **ret, sess_diag *diag)
{
	struct stat st;
	int rc;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return failed("making its folder", strerror(errno), diag);
	if (stat(path, &st) != 0)
		return failed("opening its folder", strerror(errno), diag);
	for (struct lmdb_env *e = table; e != NULL; e = e->next) {
		if (e->dev == st.st_dev && e->ino == st.st_ino) {
			e->refs++;
			*ret = e;
			return 0;
		}
	}
	if ((rc = env_open(path, &st, ret, diag)) != 0)
		return rc;
	(*ret)->refs = 1;
	(*ret)->next = table;
	table = *ret;
	return 0;
}

int
lmdb_env_get(const char *path, struct lmdb_env **ret, sess_diag *diag)
{
	int rc;

	(void)pthread_once(&table_once, watch_forks);
	(void)pthread_mutex_lock(&table_lock);
	rc = find_or_open(path, ret, diag);
	(void)pthread_mutex_unlock(&table_lock);
	return rc;
}

void
lmdb_env_put(struct lmdb_env *e)
{
	if (e == NULL)
		return;
	(void)pthread_mutex_lock(&table_lock);
	for (struct lmdb_env **at = &table; *at != NULL; at = &(*at)->next) {
		if (*at != e || --e->refs > 0)
			continue;
		*at = e->next;
		env_free(e);
		break;
	}
	(void)pthread_mutex_unlock(&table_lock);
}

int
lmdb_env_begin(struct lmdb_env *e, unsigned flags, MDB_txn **ret)
{
	int rc = mdb_txn_begin(e->env, NULL, flags, ret);

	/* Another process has made the map larger: 0 takes over its size. */
	while (rc == MDB_MAP_RESIZED) {
		if ((rc = mdb_env_set_mapsize(e->env, 0)) == 0)
			rc = mdb_txn_begin(e->env, NULL, flags, ret);
	}
	return rc;
}

int
lmdb_env_grow(struct lmdb_env *e)
{
	MDB_envinfo info;
	int rc = mdb_env_info(e->env, &info);

	return rc == 0 ? mdb_env_set_mapsize(e->env, info.me_mapsize * 2) : rc;
}
