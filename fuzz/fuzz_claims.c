/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the short way to a payload's claims against the general one. A finding means that the short way says anything else than
 * the general one does: another verdict, another index or other claims of one payload.
 */
#include <stdio.h>

#include "token/claims_agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = { 4, 24 };
	static struct claims_room room;

	if (size <= 65536 && claims_judge((const char *)data, size, &limits, &room) == CLAIMS_BROKEN) {
		(void)fprintf(stderr, "the two ways disagree: %s\n", room.why);
		abort();
	}
	return 0;
}
