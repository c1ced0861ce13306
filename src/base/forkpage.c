/* SPDX-License-Identifier: MIT */
/* L0: asking the kernel to wipe pages in a forked child, and whether its answer means anything. */
#include "base/forkpage.h"

#include <sys/mman.h>

int
forkpage_mark(void *p, size_t n)
{
#ifdef MADV_WIPEONFORK
	/* Who nods to an advice that does not exist, as qemu's user mode does, nods to this one too and does nothing. */
	return madvise(p, n, -1) != 0 && madvise(p, n, MADV_WIPEONFORK) == 0;
#else
	(void)p;
	(void)n;
	return 0;
#endif
}
