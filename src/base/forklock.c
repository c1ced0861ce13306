/* SPDX-License-Identifier: MIT */
/* L0: a mutex in a page of its own. On Linux a mutex of zero bytes is one that nobody holds (PTHREAD_MUTEX_INITIALIZER). */
#include "base/forklock.h"

#include <pthread.h>
#include <sys/mman.h>

#include "base/forkpage.h"

struct forklock {
	pthread_mutex_t mutex;
};

int
forklock_new(struct forklock **ret)
{
	struct forklock *lock = mmap(NULL, sizeof(*lock), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (lock == MAP_FAILED)
		return SESS_ERR_MEMORY;
	(void)forkpage_mark(lock, sizeof(*lock));
	(void)pthread_mutex_init(&lock->mutex, NULL);
	*ret = lock;
	return 0;
}

void
forklock_free(struct forklock *lock)
{
	if (lock == NULL)
		return;
	(void)pthread_mutex_destroy(&lock->mutex);
	(void)munmap(lock, sizeof(*lock));
}

void
forklock_take(struct forklock *lock)
{
	(void)pthread_mutex_lock(&lock->mutex);
}

int
forklock_try(struct forklock *lock)
{
	return pthread_mutex_trylock(&lock->mutex) == 0;
}

void
forklock_give(struct forklock *lock)
{
	(void)pthread_mutex_unlock(&lock->mutex);
}
