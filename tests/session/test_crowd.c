/* SPDX-License-Identifier: MIT */
/*
 * 32 threads on one manager, each of which verifies, mints, renews, regenerates, revokes, lists, reads metrics and reloads in an order
 * of its own, from a fixed seed, while one of them rotates and prunes the ring's file. What one thread has revoked no thread accepts any
 * more; what nobody has revoked is accepted as long as its key is there. 40 rounds each; with SESS_LONG=1 in the environment for
 * SESS_SECONDS (180), under ThreadSanitizer: tools/proof.sh threads.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/ringfile.h"
#include "support/runner.h"

#define THREADS 32
#define SHARED 16
#define ROUNDS 40
#define KEYS_MAX 32

static const int64_t NOW = 1800000000;

static struct ringfile file;
static sess_manager *manager;
static struct ringfile_events events;

/* Tokens that everybody takes and replaces; under the lock. */
static struct {
	pthread_mutex_t lock;
	char token[SHARED][2048];
} pool;

static _Atomic(uint64_t) verified, refused, minted, renewed, revoked, reloaded, rotated;
static _Atomic(int) wrong; /* the line that saw it first */
static time_t end;

#define WRONG_UNLESS(condition)                                                                                                \
	do {                                                                                                                   \
		int none = 0;                                                                                                  \
                                                                                                                               \
		if (!(condition))                                                                                              \
			(void)atomic_compare_exchange_strong(&wrong, &none, __LINE__);                                         \
	} while (0)

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = NOW;
	return 0;
}

static void
count_event(const sess_event *event, void *arg)
{
	((struct ringfile_events *)arg)->count[event->kind]++;
}

static void
setup(void)
{
	sess_config config = SESS_CONFIG_INIT;

	ringfile_init(&file, NULL);
	config.ring_path = file.path;
	config.clock = clock_now;
	config.on_event = count_event;
	config.on_event_arg = &events;
	config.watch_interval_s = 1;
	config.revocations = "memory:";
	ck_assert_int_eq(sess_manager_new(&config, &manager, NULL), 0);
	ck_assert_int_eq(pthread_mutex_init(&pool.lock, NULL), 0);
}

static void
teardown(void)
{
	sess_manager_free(manager);
	ck_assert_int_eq(pthread_mutex_destroy(&pool.lock), 0);
	ringfile_done(&file);
}

static void
put(size_t i, const char *token, size_t len)
{
	WRONG_UNLESS(len < sizeof(pool.token[0]));
	(void)pthread_mutex_lock(&pool.lock);
	memcpy(pool.token[i % SHARED], token, len + 1);
	(void)pthread_mutex_unlock(&pool.lock);
}

static void
take(size_t i, char token[2048])
{
	(void)pthread_mutex_lock(&pool.lock);
	memcpy(token, pool.token[i % SHARED], sizeof(pool.token[0]));
	(void)pthread_mutex_unlock(&pool.lock);
}

/* NULL, where somebody has revoked it or its key was pruned; nothing else may be wrong with it. */
static sess_session *
verify_shared(size_t i)
{
	sess_session *session = NULL;
	char token[2048];
	sess_diag diag;

	take(i, token);
	if (sess_verify(manager, token, strlen(token), NULL, &session, &diag) == 0) {
		verified++;
		return session;
	}
	refused++;
	WRONG_UNLESS(diag.code == SESS_ERR_REJECTED);
	WRONG_UNLESS((diag.reasons & ~(uint32_t)(SESS_REASON_REVOKED | SESS_REASON_UNKNOWN_KEY | SESS_REASON_EXPIRED_KEY)) == 0);
	return NULL;
}

static void
mint_shared(size_t i)
{
	char *token = NULL;
	size_t len = 0;

	if (sess_mint(manager, "anna", "{\"n\":7}", 7, NULL, &token, &len, NULL) == 0) {
		minted++;
		put(i, token, len);
	} else {
		WRONG_UNLESS(0);
	}
	sess_token_free(token);
}

/* Whoever renews may be too late: it was revoked, or its key went, since. */
static void
renew_shared(size_t i, int regenerate)
{
	sess_session *session = verify_shared(i);
	char *token = NULL, sid[64];
	size_t len = 0;
	sess_diag diag;
	int rc;

	if (session == NULL)
		return;
	rc = regenerate ? sess_regenerate(manager, session, NULL, &token, &len, sid, &diag) :
			  sess_renew(manager, session, NULL, &token, &len, &diag);
	if (rc == 0) {
		renewed++;
		put(i, token, len);
	} else {
		WRONG_UNLESS(rc == SESS_ERR_REJECTED &&
		    (diag.reasons & (SESS_REASON_REVOKED | SESS_REASON_UNKNOWN_KEY | SESS_REASON_EXPIRED_KEY)) != 0);
	}
	sess_token_free(token);
	sess_session_free(session);
}

/* Once it is revoked, it is refused; whoever does it. */
static void
revoke_shared(size_t i)
{
	sess_session *session = NULL, *again = NULL;
	char token[2048];
	sess_diag diag;

	take(i, token);
	if (sess_verify(manager, token, strlen(token), NULL, &session, NULL) != 0)
		return;
	WRONG_UNLESS(sess_revoke_session(manager, sess_session_id(session), NULL, NULL, NULL) == 0);
	sess_session_free(session);
	revoked++;
	WRONG_UNLESS(sess_verify(manager, token, strlen(token), NULL, &again, &diag) == SESS_ERR_REJECTED);
	WRONG_UNLESS((diag.reasons & (SESS_REASON_REVOKED | SESS_REASON_UNKNOWN_KEY | SESS_REASON_EXPIRED_KEY)) != 0);
	mint_shared(i);
}

static int
prune(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	sess_key_info info;

	(void)arg;
	if (sess_ring_key_info(ring, 0, NOW, &info) != 0)
		return SESS_ERR_ARGUMENT;
	return sess_ring_prune(ring, info.kid, 1, NOW, ret_ring, diag);
}

static int
turn(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	sess_rotation rotation = SESS_ROTATION_INIT;

	(void)arg;
	rotation.activate_in_s = 0;
	/* The nbf of the newest key is past for the manager, whose clock stands. */
	return sess_ring_rotate(ring, &rotation, NOW - 1000000 + (int64_t)rotated, ret_ring, diag);
}

static void
reload(size_t number)
{
	sess_ring *ring = NULL;

	if (number == 0) {
		WRONG_UNLESS(sess_ring_update_file(file.path, NULL, turn, NULL, NULL, NULL) == 0);
		rotated++;
		WRONG_UNLESS(sess_ring_load_file(file.path, NULL, &ring, NULL) == 0);
		for (size_t keys = sess_ring_key_count(ring); keys > KEYS_MAX; keys--)
			WRONG_UNLESS(sess_ring_update_file(file.path, NULL, prune, NULL, NULL, NULL) == 0);
		sess_ring_free(ring);
		WRONG_UNLESS(sess_manager_reload(manager, NULL) == 0);
	} else {
		WRONG_UNLESS(sess_manager_reload_if_changed(manager, NULL, NULL) == 0);
	}
	reloaded++;
}

static void
read_all(void)
{
	char *text = NULL;
	size_t len = 0;

	WRONG_UNLESS(sess_manager_metrics(manager, &text, &len, NULL) == 0 && len > 100);
	sess_metrics_free(text);
}

static void *
live(void *arg)
{
	const size_t number = (size_t)(uintptr_t)arg;
	unsigned seed = (unsigned)number + 9;

	for (int round = 0; (end == 0 ? round < ROUNDS : time(NULL) < end) && wrong == 0; round++) {
		size_t i = (size_t)rand_r(&seed);

		switch (rand_r(&seed) % 16) {
		case 0: case 1:
			mint_shared(i);
			break;
		case 2: case 3:
			renew_shared(i, 0);
			break;
		case 4:
			renew_shared(i, 1);
			break;
		case 5:
			revoke_shared(i);
			break;
		case 6:
			reload(number);
			break;
		case 7:
			read_all();
			break;
		default:
			sess_session_free(verify_shared(i));
		}
	}
	return NULL;
}

START_TEST(test_crowd)
{
	const char *seconds = getenv("SESS_SECONDS");
	pthread_t thread[THREADS];

	if (getenv("SESS_LONG") != NULL)
		end = time(NULL) + (seconds != NULL ? atoi(seconds) : 180);
	for (size_t i = 0; i < SHARED; i++)
		mint_shared(i);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, live, (void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	printf("# figure: threads = %d\n# figure: threads-verified = %llu\n# figure: threads-refused = %llu\n# figure: threads-minted = %llu\n"
	    "# figure: threads-renewed = %llu\n# figure: threads-revoked = %llu\n# figure: threads-reloads = %llu\n"
	    "# figure: threads-rotations = %llu\n",
	    THREADS, (unsigned long long)verified, (unsigned long long)refused, (unsigned long long)minted, (unsigned long long)renewed,
	    (unsigned long long)revoked, (unsigned long long)reloaded, (unsigned long long)rotated);
	(void)fflush(stdout);
	ck_assert_msg(wrong == 0, "line %d", wrong);
	ck_assert_uint_gt(verified, 100);
	ck_assert_uint_gt(renewed, 10);
	ck_assert_uint_gt(revoked, 10);
	ck_assert_uint_gt(rotated, 0);
	ck_assert_int_eq(events.count[SESS_EVENT_RING_REFUSED], 0);
	ck_assert_uint_eq((uint64_t)events.count[SESS_EVENT_REVOKED], revoked);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("crowd");
	TCase *tcase = tcase_create("crowd");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, test_crowd);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
