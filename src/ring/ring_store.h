/* SPDX-License-Identifier: MIT */
/*
 * L3: the place of a ring file: its directory held open, its lock, and the one way in which a text takes the place of
 * another: PATH.sess-new, fsync, rename or link, fsync of the directory. Knows nothing of what the text says.
 */
#ifndef RING_STORE_H
#define RING_STORE_H

#include <stddef.h>

#include <sess/error.h>

#define STORE_NAME_ROOM 256

struct ring_store {
	int dir;  /* -1: not open */
	int lock; /* -1: not held */
	char name[STORE_NAME_ROOM], temp[STORE_NAME_ROOM], lock_name[STORE_NAME_ROOM]; /* in dir */
};

/* Opens the directory and waits for the lock, up to 30 s. SESS_ERR_BUSY, SESS_ERR_IO, SESS_ERR_ARGUMENT (an impossible path). */
SESS_CHECKED int ring_store_begin(struct ring_store *store, const char *path, sess_diag *diag);
/* Writes text as the file, mode 0600, durably. With `fresh`, an existing file is SESS_ERR_EXISTS and stays. SESS_ERR_IO names the
 * step; before the last step nothing has changed. */
SESS_CHECKED int ring_store_write(struct ring_store *store, const char *text, size_t n, int fresh, sess_diag *diag);
/* Gives the lock back. A store that did not begin is fine. */
void ring_store_done(struct ring_store *store);
#define STORE_CLEANUP __attribute__((cleanup(ring_store_done)))
#define STORE_NONE { -1, -1, "", "", "" }

#endif
