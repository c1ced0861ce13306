/* SPDX-License-Identifier: MIT */
/* L0: wiping memory. Knows nothing of what was in it. */
#include "base/secret.h"

#include <string.h>

void
secret_wipe(void *p, size_t n)
{
	if (p != NULL && n > 0)
		explicit_bzero(p, n);
}

void
secret_done(struct secret *s)
{
	secret_wipe(s, sizeof(*s));
}
