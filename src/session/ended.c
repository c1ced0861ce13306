/* SPDX-License-Identifier: MIT */
/* L6: the memory of ended sessions: a set-associative table of their fingerprints. Counts nothing itself. */
#include "session/ended.h"

#include "token/claims.h"

/* A sid is random, and a minter's own: mixing its bytes is enough. 0 stands for an empty place. */
static uint64_t
fingerprint(const char *sid)
{
	uint64_t mixed = 0;

	for (size_t i = 0; i < CLAIMS_ID_LEN; i++) {
		mixed = (mixed ^ (unsigned char)sid[i]) * UINT64_C(0x9e3779b97f4a7c15);
		mixed ^= mixed >> 29;
	}
	return mixed == 0 ? 1 : mixed;
}

/* An empty place, else the one that the fingerprint itself picks: all threads that add it pick the same. */
static size_t
place(const uint64_t *now, uint64_t print)
{
	for (size_t i = 0; i < ENDED_WAYS; i++) {
		if (now[i] == 0)
			return i;
	}
	return (size_t)(print >> 32) % ENDED_WAYS;
}

int
ended_add(struct ended *e, const char *sid)
{
	uint64_t print = fingerprint(sid), now[ENDED_WAYS];
	_Atomic(uint64_t) *set = e->seen[print % ENDED_SETS];
	size_t at;

	do {
		for (size_t i = 0; i < ENDED_WAYS; i++) {
			now[i] = atomic_load_explicit(&set[i], memory_order_relaxed);
			if (now[i] == print)
				return 0;
		}
		at = place(now, print);
	} while (!atomic_compare_exchange_weak_explicit(&set[at], &now[at], print, memory_order_relaxed,
	    memory_order_relaxed));
	return 1;
}
