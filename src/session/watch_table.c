/* SPDX-License-Identifier: MIT */
/* L6: finding and making room in the tables of a watch. Knows no kind of event and no threshold. */
#include "session/watch_table.h"

#include <stdlib.h>
#include <string.h>

int
watch_table_init(struct watch_table *t, size_t slots)
{
	t->turn = 0;
	t->places = (slots + WATCH_WAYS - 1) / WATCH_WAYS;
	t->slot = calloc(t->places * WATCH_WAYS, sizeof(*t->slot));
	return t->slot == NULL ? SESS_ERR_MEMORY : 0;
}

void
watch_table_done(struct watch_table *t)
{
	free(t->slot);
}

void
watch_slot_begin(struct watch_slot *slot, int64_t now, int64_t window_s)
{
	int64_t away = now - slot->start;

	if (slot->used && away > -window_s && away < window_s)
		return;
	slot->used = 1;
	slot->start = now;
	slot->count = 0;
}

/* The subject's own slot; else one that is free, else the one that was quiet for longest. */
static struct watch_slot *
choose(struct watch_slot *place, const uint8_t *name)
{
	struct watch_slot *best = place;

	for (size_t i = 0; i < WATCH_WAYS; i++) {
		if (place[i].used && memcmp(place[i].name, name, SESS_EVENT_NAME_LEN) == 0)
			return &place[i];
		if (best->used && (!place[i].used || place[i].seen < best->seen))
			best = &place[i];
	}
	best->used = 0;
	memcpy(best->name, name, SESS_EVENT_NAME_LEN);
	return best;
}

struct watch_slot *
watch_table_get(struct watch_table *t, const uint8_t name[SESS_EVENT_NAME_LEN], int64_t now, int64_t window_s)
{
	struct watch_slot *slot;
	uint64_t hash;

	memcpy(&hash, name, sizeof(hash));
	slot = choose(&t->slot[hash % t->places * WATCH_WAYS], name);
	watch_slot_begin(slot, now, window_s);
	slot->seen = ++t->turn;
	return slot;
}

int
watch_slot_add_distinct(struct watch_slot *slot, const uint8_t what[SESS_EVENT_NAME_LEN], int64_t max)
{
	uint64_t print;

	memcpy(&print, what, sizeof(print));
	for (int64_t i = 0; i < slot->count; i++) {
		if (slot->distinct[i] == print)
			return 0;
	}
	if (slot->count >= max)
		return 0;
	slot->distinct[slot->count++] = print;
	return 1;
}
