/* SPDX-License-Identifier: MIT */
/*
 * L5: LMDB environments of this process, by folder: LMDB forbids opening one twice in a process, so they are found in a
 * table of the process, the library's one mutable global. And the number, in a page shared by all processes, that tells
 * readers for one load whether anybody has written. Knows no revocation.
 */
#ifndef REVOCATION_LMDB_ENV_H
#define REVOCATION_LMDB_ENV_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>

#include <sess/error.h>

struct lmdb_env {
	struct lmdb_env *next;
	dev_t dev;
	ino_t ino;
	unsigned refs;
	MDB_env *env;
	MDB_dbi log;
	pthread_mutex_t lock;	   /* one transaction at a time, so that the map can grow between two */
	_Atomic uint64_t *begun;   /* the latest write transaction that anybody has begun */
};

/* The folder is made where it is missing, 0700. SESS_ERR_STORE with what to do; SESS_ERR_MEMORY. */
SESS_CHECKED int lmdb_env_get(const char *path, struct lmdb_env **ret, sess_diag *diag);
void lmdb_env_put(struct lmdb_env *e); /* NULL is fine */

/* Under e->lock. A transaction, whatever other processes have done to the size of the map. LMDB's code. */
SESS_CHECKED int lmdb_env_begin(struct lmdb_env *e, unsigned flags, MDB_txn **ret);
/* Under e->lock, no transaction open: the map twice as large. LMDB's code. */
SESS_CHECKED int lmdb_env_grow(struct lmdb_env *e);

#endif
