/* SPDX-License-Identifier: MIT */
/* Meters of keys: one a kid through any number of key tables, folded when the last goes, and what happens when they run out. */
#include "session/meters.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/metrics.h"
#include "support/runner.h"

/* A signed ring of HMAC keys with these kids. */
static struct keytab *
table(struct meters *meters, size_t first, size_t count)
{
	char *text = malloc(512 + count * 256);
	struct sess_ring *ring = NULL;
	struct keytab *tab = NULL;
	sess_diag diag;
	int n = sprintf(text, "{\"sess\":{\"v\":1,\"form\":\"signed\",\"generation\":1,\"token_life_s\":60,\"session_life_s\":60,"
			      "\"leeway_s\":0,\"max_rate_per_s\":1,\"tag\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"},\"keys\":[");

	for (size_t i = first; i < first + count; i++)
		n += sprintf(text + n, "%s{\"kty\":\"oct\",\"use\":\"sig\",\"alg\":\"HS256\",\"kid\":\"k%zu\",\"iat\":1,\"nbf\":%zu,"
				       "\"k\":\"%010zuECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk\"}", i == first ? "" : ",", i, i + 1, i);
	(void)sprintf(text + n, "]}");
	ck_assert_msg(sess_ring_load_mem(text, strlen(text), NULL, &ring, &diag) == 0, "%s", diag.message);
	ck_assert_int_eq(keytab_new(ring, "sess+jwt", NULL, &tab), 0);
	sess_ring_free(ring);
	free(text);
	meters_bind(meters, tab);
	return tab;
}

static size_t
meter_of(const struct keytab *tab, const char *kid)
{
	return keytab_by_kid(tab, kid, strlen(kid))->meter;
}

START_TEST(test_kept_by_kid)
{
	struct metrics *metrics = NULL;
	struct tally *tally = NULL;
	struct keytab *old, *new;
	size_t k0, k1;

	ck_assert_int_eq(metrics_new(&metrics), 0);
	ck_assert_int_eq(metrics_take_tally(metrics, &tally), 0);
	old = table(&metrics->meters, 0, 2);
	k0 = meter_of(old, "k0");
	k1 = meter_of(old, "k1");
	ck_assert_uint_ne(k0, k1);
	ck_assert(k0 != 0 && k1 != 0);
	tally_add(&tally->verified[k0], 5);
	tally_add(&tally->verified[k1], 7);
	tally_add(&tally->minted[k0], 2);
	new = table(&metrics->meters, 1, 2);
	ck_assert_uint_eq(meter_of(new, "k1"), k1);
	ck_assert(meter_of(new, "k2") != 0 && meter_of(new, "k2") != k0);
	ck_assert_uint_eq(metrics->meters.gone_verified, 0);
	/* Work with the old table may still count; then it is gone, and k0 with it. */
	tally_add(&tally->verified[k0], 1);
	keytab_free(old);
	ck_assert_uint_eq(metrics->meters.gone_verified, 6);
	ck_assert_uint_eq(metrics->meters.gone_minted, 2);
	ck_assert_uint_eq(tally_read(&tally->verified[k0]), 0);
	ck_assert_uint_eq(tally_read(&tally->verified[k1]), 7);
	ck_assert_uint_eq(metrics->meters.meter[k0].tables, 0);
	ck_assert_str_eq(metrics->meters.meter[k1].kid, "k1");
	/* Its meter goes to another, from zero. */
	old = table(&metrics->meters, 50, 1);
	ck_assert_uint_eq(meter_of(old, "k50"), k0);
	keytab_free(old);
	keytab_free(new);
	ck_assert_uint_eq(metrics->meters.gone_verified, 13);
	tally_give(tally);
	metrics_free(metrics);
}
END_TEST

/* More kids alive than meters: those that found none share number 0, which is no key's, and nobody is pushed out. */
START_TEST(test_run_out)
{
	struct metrics *metrics = NULL;
	struct keytab *tab[4];
	size_t without = 0;

	ck_assert_int_eq(metrics_new(&metrics), 0);
	for (size_t i = 0; i < 3; i++)
		tab[i] = table(&metrics->meters, 1000 * i, 120);
	for (size_t i = 0; i < 120; i++)
		without += tab[2]->entry[i].meter == 0;
	ck_assert_uint_eq(without, 3 * 120 - (TALLY_METERS - 1));
	tab[3] = table(&metrics->meters, 1000, 120);
	for (size_t i = 0; i < 120; i++)
		ck_assert_uint_eq(tab[3]->entry[i].meter, tab[1]->entry[i].meter);
	for (size_t i = 0; i < 4; i++)
		keytab_free(tab[i]);
	for (size_t i = 0; i < TALLY_METERS; i++)
		ck_assert_uint_eq(metrics->meters.meter[i].tables, 0);
	metrics_free(metrics);
}
END_TEST

/* Rotation without end: never more meters than keys alive. */
START_TEST(test_rotation)
{
	struct metrics *metrics = NULL;
	struct tally *tally = NULL;
	struct keytab *now, *next;

	ck_assert_int_eq(metrics_new(&metrics), 0);
	ck_assert_int_eq(metrics_take_tally(metrics, &tally), 0);
	now = table(&metrics->meters, 0, 2);
	for (size_t i = 1; i < 2000; i++) {
		size_t used = 0;

		next = table(&metrics->meters, i, 2);
		keytab_free(now);
		now = next;
		tally_add(&tally->verified[now->entry[1].meter], 1);
		for (size_t m = 0; m < TALLY_METERS; m++)
			used += metrics->meters.meter[m].tables > 0;
		ck_assert_uint_eq(used, 2);
	}
	keytab_free(now);
	ck_assert_uint_eq(metrics->meters.gone_verified, 1999);
	metrics_free(metrics);
}
END_TEST

/* A tally that is given back is taken again, so there are never more than work spaces at one time. */
START_TEST(test_tallies)
{
	struct metrics *metrics = NULL;
	struct tally *first = NULL, *second = NULL, *third = NULL;

	ck_assert_int_eq(metrics_new(&metrics), 0);
	ck_assert_int_eq(metrics_take_tally(metrics, &first), 0);
	ck_assert_int_eq(metrics_take_tally(metrics, &second), 0);
	ck_assert(first != second && first != metrics->shared && second != metrics->shared);
	tally_add(&first->kind[1], 3);
	tally_give(first);
	tally_give(NULL);
	ck_assert_int_eq(metrics_take_tally(metrics, &third), 0);
	ck_assert_ptr_eq(third, first);
	ck_assert_uint_eq(tally_read(&third->kind[1]), 3);
	metrics_free(metrics);
	metrics_free(NULL);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("meters");
	TCase *tcase = tcase_create("meters");

	tcase_add_test(tcase, test_kept_by_kid);
	tcase_add_test(tcase, test_run_out);
	tcase_add_test(tcase, test_rotation);
	tcase_add_test(tcase, test_tallies);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
