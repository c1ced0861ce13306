/* SPDX-License-Identifier: MIT */
/*
 * L5: a cap on what a server may make us keep: the bytes of replies (RESP2) are looked at before the parser sees them, and
 * refused where they announce more than was ever asked for. Keeps no reply, only where in one it is. Parses no value.
 */
#ifndef REVOCATION_RESP_CAP_H
#define REVOCATION_RESP_CAP_H

#include "revocation/fault.h"

#define RESP_CAP_BYTES ((size_t)1 << 20)   /* of one reply, as it is on the wire */
#define RESP_CAP_ELEMENTS ((size_t)1 << 14) /* of one array, and of all arrays of a reply */
#define RESP_CAP_DEPTH 7
#define RESP_CAP_LINE 1024

/* Zero-initialise. */
struct resp_cap {
	size_t bytes, elements; /* of the reply that is under way */
	size_t body;		/* bytes to come of a bulk string, with its line's end */
	char line[RESP_CAP_LINE];
	size_t line_len;
	unsigned depth;
	size_t left[RESP_CAP_DEPTH]; /* elements to come of each array that is open */
};

/* FAULT_NONE: the bytes may be parsed. FAULT_GARBAGE, FAULT_TOO_LARGE: none of them may. */
enum fault resp_cap_feed(struct resp_cap *cap, const char *bytes, size_t n);

#endif
