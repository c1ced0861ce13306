/* SPDX-License-Identifier: MIT */
/* L5: the store of one process, which is the index itself: nothing to open, nobody to tell. */
#include "base/diag.h"
#include "revocation/revocations.h"

static int
memory_open(struct revocations *r, const char *rest, sess_diag *diag)
{
	(void)r;
	if (rest[0] != '\0')
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations", "\"memory:\" takes nothing behind its colon");
	return 0;
}

const struct store_ops store_memory = { .scheme = "memory:", .open = memory_open };
