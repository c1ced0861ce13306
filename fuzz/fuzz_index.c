/* SPDX-License-Identifier: MIT */
/*
 * The payload index beside jansson: whatever the index accepts, jansson accepts with the same values, and what only jansson accepts
 * breaks a rule of ours. Knows the json layer alone. A finding means a crash before any rule was judged, or that a service which
 * reads claims with jansson sees another session than the one that was verified.
 */
#include "json/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };
	static struct agree_room room;

	/* The judge itself takes about a second for a megabyte of members. */
	if (size <= 65536 && agree_judge((const char *)data, size, &limits, &room) == AGREE_BROKEN) {
		(void)fprintf(stderr, "the index and jansson disagree: %s\n", room.why);
		abort();
	}
	return 0;
}
