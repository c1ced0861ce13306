/* SPDX-License-Identifier: MIT */
/* token/keytab.c: each key by the header that it writes and by its kid; by nothing that only looks like one of them. */
#include "token/keytab.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "session/manager.h"
#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

/* Each entry by its own texts, and by none that differs in one character. */
static void
check_found(const struct keytab *tab)
{
	for (size_t i = 0; i < tab->ring->count; i++) {
		const struct keytab_entry *entry = keytab_of(tab, &tab->ring->keys[i]);
		size_t n = strlen(entry->key->kid);
		char *other = malloc(entry->header_len), kid[SESS_KID_MAX + 1];

		ck_assert_ptr_eq(entry->key, &tab->ring->keys[i]);
		ck_assert_ptr_eq(keytab_by_header(tab, entry->header, entry->header_len), entry);
		ck_assert_ptr_null(keytab_by_header(tab, entry->header, entry->header_len - 1));
		ck_assert_ptr_eq(keytab_by_kid(tab, entry->key->kid, n), entry);
		ck_assert_ptr_null(keytab_by_kid(tab, entry->key->kid, n - 1));
		for (size_t at = 0; at < entry->header_len; at++) {
			memcpy(other, entry->header, entry->header_len);
			other[at] = other[at] == '*' ? '+' : '*';
			ck_assert_msg(keytab_by_header(tab, other, entry->header_len) == NULL, "key %zu, character %zu", i, at);
		}
		for (size_t at = 0; at < n; at++) {
			memcpy(kid, entry->key->kid, n);
			kid[at] = '*';
			ck_assert_msg(keytab_by_kid(tab, kid, n) == NULL, "key %zu, character %zu", i, at);
		}
		free(other);
	}
	ck_assert_ptr_null(keytab_by_kid(tab, "", 0));
}

START_TEST(test_found)
{
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	check_found(atomic_load(&j.manager->current));
	judge_done(&j);
}
END_TEST

/* As many keys as a ring may have: some of them want the same place. */
START_TEST(test_full)
{
	json_t *ring = judge_generate(&judge_combos[JUDGE_COMBOS - 1]);
	const json_t *first = forge_key(ring, "sig");
	struct judge j;

	for (int i = 1; i < SESS_RING_KEYS_MAX; i++) {
		json_t *key = json_object();
		unsigned char bytes[32] = { 1, (unsigned char)i };
		char *k = forge_b64(bytes, sizeof(bytes)), kid[16];

		(void)snprintf(kid, sizeof(kid), "key-%03d", i);
		json_object_set(key, "iat", json_object_get(first, "iat"));
		json_object_set_new(key, "kty", json_string("oct"));
		json_object_set_new(key, "use", json_string("sig"));
		json_object_set_new(key, "alg", json_string("HS256"));
		json_object_set_new(key, "kid", json_string(kid));
		json_object_set_new(key, "nbf", json_integer(10 + i));
		json_object_set_new(key, "k", json_string(k));
		json_array_append_new(json_object_get(ring, "keys"), key);
		free(k);
	}
	judge_init_ring(&j, &judge_combos[JUDGE_COMBOS - 1], NULL, ring);
	ck_assert_uint_eq(atomic_load(&j.manager->current)->ring->count, SESS_RING_KEYS_MAX);
	check_found(atomic_load(&j.manager->current));
	judge_done(&j);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keytab");
	TCase *tcase = tcase_create("keytab");

	tcase_add_loop_test(tcase, test_found, 0, JUDGE_COMBOS);
	tcase_add_test(tcase, test_full);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
