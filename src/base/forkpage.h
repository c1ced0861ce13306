/* SPDX-License-Identifier: MIT */
/* L0: pages that a forked child is to find zeroed, whatever they held in the parent. */
#ifndef BASE_FORKPAGE_H
#define BASE_FORKPAGE_H

#include <stddef.h>

/* 1: from now on a child will find these pages zeroed. 0: the kernel, or what stands for it, does no such thing. They are private and
 * anonymous, and p is where the first begins. */
int forkpage_mark(void *p, size_t n);

#endif
