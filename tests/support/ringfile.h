/* SPDX-License-Identifier: MIT */
/*
 * A ring file in a directory of its own, changed as an operator would or as an enemy would, and a counter of events. Test
 * support over the public API.
 */
#ifndef SUPPORT_RINGFILE_H
#define SUPPORT_RINGFILE_H

#include <jansson.h>
#include <sess/sess.h>
#include <stdatomic.h>

struct ringfile {
	char dir[64], path[96];
};

/* NULL: the default spec. Keys mint from the second 1. */
void ringfile_init(struct ringfile *f, const sess_ring_spec *spec);
void ringfile_done(struct ringfile *f);

json_t *ringfile_read(const struct ringfile *f);
/* Another file under the same name, by rename(2), mode 0600. */
void ringfile_write_text(const struct ringfile *f, const void *text, size_t len);
void ringfile_write(const struct ringfile *f, const json_t *ring);
/* The generation, moved by `step`. */
void ringfile_step(json_t *ring, int step);
/* Fresh keys that mint at once; the old ones verify on. */
void ringfile_rotate(const struct ringfile *f, int64_t now);

/* What a manager's events said; config.on_event = ringfile_count, config.on_event_arg = a struct that is all zero. */
struct ringfile_events {
	_Atomic(int) count[32]; /* by kind */
	_Atomic(int) code;	/* of the last RING_REFUSED */
	_Atomic(int64_t) generation, value, limit; /* of the last event that tells them */
	char member[64], kid[SESS_KID_MAX + 1];	   /* of the last RING_REFUSED or KEY_NEAR_LIMIT; one thread */
};
void ringfile_count(const sess_event *event, void *arg);

#endif
