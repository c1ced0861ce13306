/* SPDX-License-Identifier: MIT */
/*
 * L0: a mutex that is free in a forked child, whoever held it in the parent: it lies in a page that the kernel zeroes there. What
 * it guards must make sense whenever the fork came. Where the kernel has no such pages it is an ordinary mutex.
 */
#ifndef BASE_FORKLOCK_H
#define BASE_FORKLOCK_H

#include <sess/error.h>

struct forklock;

/* SESS_ERR_MEMORY. */
SESS_CHECKED int forklock_new(struct forklock **ret);
void forklock_free(struct forklock *lock); /* NULL is fine; nobody holds it */

void forklock_take(struct forklock *lock);
SESS_CHECKED int forklock_try(struct forklock *lock); /* 1: taken */
void forklock_give(struct forklock *lock);

#endif
