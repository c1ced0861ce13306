/* SPDX-License-Identifier: MIT */
/* What the files of `sesstool key` share: showing a ring, and the sub-verbs. Never prints a secret. */
#ifndef SESSTOOL_KEY_H
#define SESSTOOL_KEY_H

#include "tool.h"

/* Each returns the exit status. argv[0] is the sub-verb. */
int key_rotate(int argc, char **argv);
int key_revoke(int argc, char **argv);
int key_prune(int argc, char **argv);
int key_export(int argc, char **argv);
int key_encrypt(int argc, char **argv);
int key_decrypt(int argc, char **argv);
int key_list(int argc, char **argv);

/* The ring as lines of words and a timeline, or as one JSON object. rate_per_s: of the budget lines; 0: the ring's. */
int key_show(const sess_ring *ring, int64_t now, double rate_per_s, int as_json);

/* timeline.c: what each key of one use does when, as a bar of ASCII characters beneath a scale. */
#define TIMELINE_COLUMNS_MIN 31 /* of the terminal: two stretches and the margin */
#define TIMELINE_POINTS (4 * SESS_RING_KEYS_MAX + 1)
struct timeline {
	int64_t point[TIMELINE_POINTS]; /* the moments at which something changes, and now; in order */
	int64_t now;
	int count, step; /* step: columns of a stretch; 0: the terminal is too narrow for a picture */
};
void timeline_init(struct timeline *t, const sess_ring *ring, const char *use, int64_t now);
void timeline_print_scale(const struct timeline *t);
void timeline_print_key(const struct timeline *t, const sess_ring *ring, size_t index);

#endif
