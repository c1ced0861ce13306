/* SPDX-License-Identifier: MIT */
/*
 * revocation/index.c: what goes in is found until it expires, whatever is folded or undone; bytes an entry
 * and nanoseconds a look-up at every size; readers beside a writer that grows. SESS_LONG=1 takes a million entries.
 */
#include "revocation/index.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/siphash.h"
#include "revocation/table.h"
#include "support/runner.h"

#define NOW INT64_C(1800000000)

static int
is_long(void)
{
	const char *value = getenv("SESS_LONG");

	return value != NULL && strcmp(value, "1") == 0;
}

/* Keys as in life: outputs of the keyed hash. */
static struct revocation
numbered(uint64_t n, enum revocation_kind kind)
{
	static const uint8_t key[16] = { 7 };
	struct revocation r = { .event = (n + 1) << 4 | (uint64_t)kind, .t = NOW, .until = NOW + 1000 };

	siphash_128(key, &n, sizeof(n), r.key);
	return r;
}

static enum index_put
put(struct revocation_index *index, struct revocation r)
{
	enum index_put what = INDEX_PUT_NEW;

	ck_assert_int_eq(index_put(index, &r, NOW, &what), 0);
	return what;
}

static int64_t
find(struct revocation_index *index, const struct revocation *r, enum revocation_kind kind, int64_t now)
{
	unsigned stay = index_enter(index);
	int64_t t = index_find(index, r->key, kind, now);

	index_leave(index, stay);
	return t;
}

START_TEST(test_life)
{
	struct revocation_index *index = index_new(10);
	struct revocation r = numbered(1, REVOCATION_SUBJECT), later = r;

	ck_assert_int_eq(index_has(index, REVOCATION_SUBJECT), 0);
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW), -1);
	ck_assert_int_eq(put(index, r), INDEX_PUT_NEW);
	ck_assert_int_eq(index_has(index, REVOCATION_SUBJECT), 1);
	ck_assert_int_eq(put(index, r), INDEX_PUT_KNOWN);
	ck_assert_uint_eq(index_count(index), 1);
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW), NOW);
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW + 999), NOW);
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW + 1000), -1);
	ck_assert_int_eq(find(index, &r, REVOCATION_SESSION, NOW), -1);
	later.event += 16;
	later.t = NOW + 5;
	ck_assert_int_eq(put(index, later), INDEX_PUT_NEW);
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW), NOW + 5);
	/* The greatest t may not be the one that lives longest. */
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW + 999), NOW + 5);
	r.until = NOW;
	r.event += 32;
	ck_assert_int_eq(put(index, r), INDEX_PUT_EXPIRED);
	index_free(index);
}
END_TEST

/* Extremes of what 64 bits of times can say. */
START_TEST(test_times)
{
	static const int64_t ts[] = { 0, 1, 253402300799 };
	struct revocation_index *index = index_new(10);

	for (size_t i = 0; i < 3; i++) {
		struct revocation r = numbered(i, REVOCATION_ALL);
		enum index_put what;
		struct revocation back[2];

		r.t = ts[i];
		r.until = ts[i] + INDEX_LIFE_MAX_S;
		ck_assert_int_eq(index_put(index, &r, ts[i], &what), 0);
		ck_assert_int_eq(what, INDEX_PUT_NEW);
		ck_assert_uint_eq(index_by_number(index, i + 1, back, 2), 1);
		ck_assert_int_eq(back[0].t, r.t);
		ck_assert_int_eq(back[0].until, r.until);
		ck_assert_uint_eq(back[0].event, r.event);
		ck_assert_mem_eq(back[0].key, r.key, 16);
	}
	index_free(index);
}
END_TEST

START_TEST(test_undo)
{
	struct revocation_index *index = index_new(10);
	struct revocation r = numbered(1, REVOCATION_SESSION), other = r, undo = r;

	undo.event = (r.event & ~UINT64_C(15)) | REVOCATION_UNDO;
	other.event += 16;
	other.t = NOW - 7;
	put(index, r);
	put(index, other);
	ck_assert_int_eq(find(index, &r, REVOCATION_SESSION, NOW), NOW);
	ck_assert_int_eq(put(index, undo), INDEX_PUT_NEW);
	/* The other one of the same name stays, and what was undone does not return. */
	ck_assert_int_eq(find(index, &r, REVOCATION_SESSION, NOW), NOW - 7);
	ck_assert_int_eq(put(index, r), INDEX_PUT_UNDONE);
	ck_assert_int_eq(put(index, undo), INDEX_PUT_KNOWN);
	ck_assert_int_eq(find(index, &r, REVOCATION_SESSION, NOW), NOW - 7);
	/* Undo before what it undoes, as a replayed log has it. */
	r = numbered(9, REVOCATION_TOKEN);
	undo = r;
	undo.event = (r.event & ~UINT64_C(15)) | REVOCATION_UNDO;
	put(index, undo);
	ck_assert_int_eq(put(index, r), INDEX_PUT_UNDONE);
	ck_assert_int_eq(find(index, &r, REVOCATION_TOKEN, NOW), -1);
	index_free(index);
}
END_TEST

/* One name revoked ten thousand times takes the room of eight, refuses all that any of them refuses, and what was merged
 * cannot be undone. */
START_TEST(test_fold)
{
	struct revocation_index *index = index_new(100);
	struct revocation r = numbered(1, REVOCATION_SUBJECT), undo;

	for (int i = 0; i < 10000; i++) {
		r.event += 16;
		r.t = NOW + i % 100;
		r.until = NOW + 5000 + i;
		put(index, r);
		ck_assert_uint_le(index_count(index), INDEX_SAME_KEY + 1);
	}
	ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW), NOW + 99);
	undo = r;
	for (uint64_t n = 2; n < 10010; n++) {
		struct revocation found[2];
		size_t count = index_by_number(index, n, found, 2);

		if (count == 0 || (found[0].event & REVOCATION_FOLDED) == 0)
			continue;
		undo.event = n << 4 | REVOCATION_UNDO;
		put(index, undo);
		ck_assert_uint_ge(index_by_number(index, n, found, 2), 1);
		ck_assert_int_eq(find(index, &r, REVOCATION_SUBJECT, NOW) >= NOW, 1);
		index_free(index);
		return;
	}
	ck_abort_msg("nothing was merged");
}
END_TEST

START_TEST(test_cap)
{
	struct revocation_index *index = index_new(2000);
	enum index_put what;
	struct revocation r;

	for (uint64_t n = 0; n < 2000; n++)
		put(index, numbered(n, REVOCATION_SESSION));
	r = numbered(2000, REVOCATION_SESSION);
	ck_assert_int_eq(index_put(index, &r, NOW, &what), SESS_ERR_STORE);
	/* What has expired makes room. */
	r.t += 1000;
	r.until += 1000;
	ck_assert_int_eq(index_put(index, &r, NOW + 1000, &what), 0);
	ck_assert_uint_eq(index_count(index), 1);
	index_free(index);
}
END_TEST

/* A slot that is free may be written to at this moment: whatever stands there, no reader looks. Beside a true match of the tag 1 a free
 * slot, whose tag is 0, is the likeliest to be taken for one. */
START_TEST(test_free_slots_are_not_read)
{
	struct revocation there = { .event = 5, .t = 100, .until = 1000 }, wanted;
	struct table *t = table_new(64);
	struct entry *e;
	struct run run;

	ck_assert_ptr_nonnull(t);
	memset(there.key, 1, sizeof(there.key));
	wanted = there;
	wanted.key[REVOCATION_KEY_LEN - 1] = 2;
	table_add(t, &there);
	ck_assert(table_is_used(t, 0) && !table_is_used(t, 1));
	for (size_t i = 1; i < t->slots; i++) {
		memcpy(t->entry[i].key, wanted.key, sizeof(wanted.key));
		entry_write(&t->entry[i], &wanted);
	}
	run = run_start(t, wanted.key);
	ck_assert_ptr_null(run_next(&run));
	run = run_start(t, there.key);
	ck_assert_ptr_eq((e = run_next(&run)), &t->entry[0]);
	ck_assert_ptr_null(run_next(&run));
	table_free(t);
}
END_TEST

static int
count_one(const struct revocation *r, void *arg)
{
	(void)r;
	return ++*(int *)arg == 5 ? 77 : 0;
}

START_TEST(test_each)
{
	struct revocation_index *from = index_new(100);
	int n = 0;

	for (uint64_t i = 0; i < 4; i++)
		put(from, numbered(i, REVOCATION_SESSION));
	ck_assert_int_eq(index_each(from, NOW, count_one, &n), 0);
	ck_assert_int_eq(n, 4);
	n = 3;
	ck_assert_int_eq(index_each(from, NOW, count_one, &n), 77);
	n = 0;
	ck_assert_int_eq(index_each(from, NOW + 1000, count_one, &n), 0);
	ck_assert_int_eq(n, 0);
	index_free(from);
}
END_TEST

static double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ns of one look-up, with its hash: the best of many batches, for other programs' share of the machine is not ours. */
static double
time_finds(struct revocation_index *index, uint64_t first, uint64_t count, int64_t expected)
{
	static const uint8_t key[16] = { 7 };
	const int batches = 200, each = 2000;
	double best = 1e9;

	for (int batch = 0; batch < batches; batch++) {
		double start = seconds(), took;
		int64_t found = 0;

		for (int i = 0; i < each; i++) {
			uint64_t n = first + (uint64_t)(batch * each + i) * 7919 % count;
			uint8_t name[16];
			unsigned stay;

			siphash_128(key, &n, sizeof(n), name);
			stay = index_enter(index);
			found += index_find(index, name, REVOCATION_SESSION, NOW) >= 0;
			index_leave(index, stay);
		}
		took = (seconds() - start) * 1e9 / each;
		best = took < best ? took : best;
		ck_assert_int_eq(found, expected * each);
	}
	return best;
}

/* Bytes an entry at every size, so at the worst one too; the time is shown and not judged. */
START_TEST(test_room_and_time)
{
	struct revocation_index *index = index_new(10000000);
	uint64_t count = is_long() ? 1000000 : 100000;
	double worst = 0, miss = 0, hit = 0;

	for (uint64_t n = 0; n < count; n++) {
		double bytes;

		ck_assert_int_eq(put(index, numbered(n, REVOCATION_SESSION)), INDEX_PUT_NEW);
		bytes = (double)index_bytes(index) / (double)(n + 1);
		if (n + 1 >= INDEX_SMALL && bytes > worst)
			worst = bytes;
	}
	ck_assert_msg(worst <= 64, "%g bytes an entry", worst);
	miss = time_finds(index, count, count, 0);
	hit = time_finds(index, 0, count, 1);
	printf("# %llu entries: at most %.1f bytes each (now %.1f), not there %.0f ns, there %.0f ns\n",
	    (unsigned long long)count, worst, (double)index_bytes(index) / (double)count, miss, hit);
	for (uint64_t n = 0; n < count; n++) {
		struct revocation r = numbered(n, REVOCATION_SESSION);

		ck_assert_int_eq(find(index, &r, REVOCATION_SESSION, NOW), NOW);
	}
	index_free(index);
}
END_TEST

struct race {
	struct revocation_index *index;
	_Atomic uint64_t put; /* below this, all are in */
	atomic_int over, lost;
};

static void *
reader(void *arg)
{
	struct race *race = arg;
	uint64_t i = 0;

	while (!atomic_load(&race->over)) {
		uint64_t there = atomic_load(&race->put);
		struct revocation r;

		if (there == 0)
			continue;
		r = numbered(i++ * UINT64_C(0x9e3779b97f4a7c15) % there, REVOCATION_SESSION);
		if (find(race->index, &r, REVOCATION_SESSION, NOW) != NOW)
			atomic_store(&race->lost, 1);
	}
	return NULL;
}

/* Two threads look while a third fills the table through many growths: nothing that is in is ever missed. */
START_TEST(test_race)
{
	struct race race = { .index = index_new(10000000) };
	uint64_t count = is_long() ? 1000000 : 60000;
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, reader, &race), 0);
	for (uint64_t n = 0; n < count; n++) {
		put(race.index, numbered(n, REVOCATION_SESSION));
		atomic_store(&race.put, n + 1);
	}
	atomic_store(&race.over, 1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&race.lost), 0);
	index_free(race.index);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation_index");
	TCase *tcase = tcase_create("index");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, test_life);
	tcase_add_test(tcase, test_times);
	tcase_add_test(tcase, test_undo);
	tcase_add_test(tcase, test_fold);
	tcase_add_test(tcase, test_cap);
	tcase_add_test(tcase, test_free_slots_are_not_read);
	tcase_add_test(tcase, test_each);
	tcase_add_test(tcase, test_room_and_time);
	tcase_add_test(tcase, test_race);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
