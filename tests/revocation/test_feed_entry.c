/* SPDX-License-Identifier: MIT */
/*
 * Entries and epochs of a feed: what is written is read again; every truncation and every change of a character, another ring and
 * another epoch are refused; and the outbox, which keeps what a server has not shown yet.
 */
#include "revocation/feed_entry.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "revocation/outbox.h"
#include "support/runner.h"

#define NOW INT64_C(1800000000)

static sess_ring *ring, *other_ring;
static struct feed_key key, other;
static const uint8_t epoch[FEED_EPOCH_BYTES] = { 1, 2, 3 }, other_epoch[FEED_EPOCH_BYTES] = { 1, 2, 4 };

static void
setup(void)
{
	const sess_ring_spec spec = SESS_RING_SPEC_INIT;

	ck_assert_int_eq(sess_ring_generate(&spec, NOW, &ring, NULL), 0);
	ck_assert_int_eq(sess_ring_generate(&spec, NOW, &other_ring, NULL), 0);
	ck_assert_int_eq(feed_key_init(&key, ring), 0);
	ck_assert_int_eq(feed_key_init(&other, other_ring), 0);
}

static void
teardown(void)
{
	feed_key_done(&key);
	feed_key_done(&other);
	sess_ring_free(ring);
	sess_ring_free(other_ring);
}

static struct feed_entry
sample(void)
{
	return (struct feed_entry){ .r = { .key = { 5, 6 }, .event = UINT64_C(0xfedcba9876543212), .t = NOW, .until = NOW + 43200 },
		.copy = UINT64_C(0x8000000000000001), .at_ms = NOW * 1000 + 7 };
}

START_TEST(test_entry)
{
	const struct feed_entry e = sample();
	struct feed_entry got;
	char text[FEED_ENTRY_LEN + 1] = "", changed[FEED_ENTRY_LEN + 1];

	ck_assert_int_eq(feed_entry_format(&key, epoch, &e, text), 0);
	ck_assert_uint_eq(strlen(text), FEED_ENTRY_LEN);
	ck_assert_int_eq(feed_entry_parse(&key, epoch, text, FEED_ENTRY_LEN, &got), 0);
	ck_assert_mem_eq(got.r.key, e.r.key, sizeof(e.r.key));
	ck_assert(got.r.event == e.r.event && got.r.t == e.r.t && got.r.until == e.r.until);
	ck_assert(got.copy == e.copy && got.at_ms == e.at_ms);
	ck_assert_int_eq(feed_entry_parse(&other, epoch, text, FEED_ENTRY_LEN, &got), SESS_ERR_REJECTED);
	ck_assert_int_eq(feed_entry_parse(&key, other_epoch, text, FEED_ENTRY_LEN, &got), SESS_ERR_REJECTED);
	for (size_t n = 0; n < FEED_ENTRY_LEN; n++)
		ck_assert_int_eq(feed_entry_parse(&key, epoch, text, n, &got), SESS_ERR_REJECTED);
	for (size_t i = 0; i < FEED_ENTRY_LEN; i++) {
		memcpy(changed, text, sizeof(text));
		changed[i] = text[i] == 'A' ? 'B' : 'A';
		ck_assert_int_eq(feed_entry_parse(&key, epoch, changed, FEED_ENTRY_LEN, &got), SESS_ERR_REJECTED);
		changed[i] = '%';
		ck_assert_int_eq(feed_entry_parse(&key, epoch, changed, FEED_ENTRY_LEN, &got), SESS_ERR_REJECTED);
	}
}
END_TEST

/* A MAC is not enough: numbers must make sense too. */
START_TEST(test_sense)
{
	struct feed_entry rows[8], got;
	char text[FEED_ENTRY_LEN];

	for (size_t i = 0; i < 8; i++)
		rows[i] = sample();
	rows[0].r.t = -1;
	rows[1].r.until = NOW - 1;
	rows[2].r.until = NOW + INDEX_LIFE_MAX_S + 1;
	rows[3].r.until = INT64_MAX;
	rows[4].r.event = 16;
	rows[5].r.event = 16 | REVOCATION_ONCE;
	rows[6].at_ms = -1;
	rows[7].r.t = INT64_MIN;
	for (size_t i = 0; i < 8; i++) {
		ck_assert_int_eq(feed_entry_format(&key, epoch, &rows[i], text), 0);
		ck_assert_msg(feed_entry_parse(&key, epoch, text, FEED_ENTRY_LEN, &got) == SESS_ERR_REJECTED, "row %zu", i);
	}
}
END_TEST

START_TEST(test_epoch)
{
	char text[FEED_EPOCH_LEN + 1] = "", changed[FEED_EPOCH_LEN + 1];
	uint8_t got[FEED_EPOCH_BYTES];

	ck_assert_int_eq(feed_epoch_format(&key, epoch, text), 0);
	ck_assert_uint_eq(strlen(text), FEED_EPOCH_LEN);
	ck_assert_int_eq(feed_epoch_parse(&key, text, FEED_EPOCH_LEN, got), 0);
	ck_assert_mem_eq(got, epoch, sizeof(got));
	ck_assert_int_eq(feed_epoch_parse(&other, text, FEED_EPOCH_LEN, got), SESS_ERR_REJECTED);
	for (size_t n = 0; n < FEED_EPOCH_LEN; n++)
		ck_assert_int_eq(feed_epoch_parse(&key, text, n, got), SESS_ERR_REJECTED);
	for (size_t i = 0; i < FEED_EPOCH_LEN; i++) {
		memcpy(changed, text, sizeof(text));
		changed[i] = text[i] == 'A' ? 'B' : 'A';
		ck_assert_int_eq(feed_epoch_parse(&key, changed, FEED_EPOCH_LEN, got), SESS_ERR_REJECTED);
	}
}
END_TEST

static struct revocation
numbered(unsigned n)
{
	struct revocation r = { .event = (uint64_t)n << 4 | REVOCATION_SESSION, .t = NOW, .until = NOW + 1 };

	r.key[0] = (uint8_t)(n % 3); /* several in a bucket */
	return r;
}

static struct outbox_item *
send_next(struct outbox *o)
{
	struct outbox_item *item = outbox_next(o);

	ck_assert_ptr_nonnull(item);
	outbox_sent(o, item);
	return item;
}

START_TEST(test_outbox)
{
	struct outbox *o = outbox_new();
	struct outbox_item *a, *b;
	struct revocation r[5];
	uint64_t ticket[5] = { 0 };

	for (unsigned i = 0; i < 5; i++)
		r[i] = numbered(i);
	/* What the server lost waits behind what is fresh. */
	ck_assert_int_eq(outbox_add(o, &r[4], 0, NULL), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(outbox_add(o, &r[i], 1, &ticket[i]), 0);
	ck_assert_int_eq(outbox_add(o, &r[1], 1, &ticket[3]), 0);
	ck_assert(ticket[3] == ticket[1] && ticket[0] < ticket[1]);
	ck_assert_uint_eq(outbox_count(o), 4);
	a = send_next(o);
	b = send_next(o);
	ck_assert_uint_eq(a->r.event, r[0].event);
	ck_assert_uint_eq(b->r.event, r[1].event);
	ck_assert_int_eq(outbox_is_acked(o, ticket[0]), 0);
	outbox_acked(o, a);
	ck_assert_int_eq(outbox_is_acked(o, ticket[0]), 1);
	ck_assert_int_eq(outbox_is_acked(o, ticket[1]), 0);
	ck_assert_int_eq(outbox_has(o, &r[0]), 0);
	ck_assert_int_eq(outbox_has(o, &r[1]), 1);
	ck_assert_uint_eq(outbox_count(o), 3);
	/* Read back before it is answered: somebody else has published it. */
	ck_assert_int_eq(outbox_read_back(o, &r[1]), 1);
	ck_assert_int_eq(outbox_is_acked(o, ticket[1]), 1);
	ck_assert_int_eq(outbox_read_back(o, &r[3]), 0);
	/* The connection ends: what was answered but not read back is sent again, and first. */
	outbox_reset(o);
	ck_assert_uint_eq(outbox_count(o), 3);
	ck_assert_int_eq(outbox_is_acked(o, ticket[0]), 0);
	ck_assert_uint_eq(outbox_next(o)->r.event, r[0].event);
	a = send_next(o);
	outbox_acked(o, a);
	ck_assert_int_eq(outbox_read_back(o, &r[0]), 1);
	ck_assert_uint_eq(send_next(o)->r.event, r[2].event);
	ck_assert_uint_eq(send_next(o)->r.event, r[4].event);
	ck_assert_ptr_null(outbox_next(o));
	ck_assert_int_eq(outbox_add(o, &r[3], 1, NULL), 0);
	ck_assert_uint_eq(outbox_next(o)->r.event, r[3].event);
	ck_assert_uint_eq(outbox_count(o), 3);
	outbox_free(o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("feed_entry");
	TCase *tcase = tcase_create("feed_entry");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_entry);
	tcase_add_test(tcase, test_sense);
	tcase_add_test(tcase, test_epoch);
	tcase_add_test(tcase, test_outbox);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
