/* SPDX-License-Identifier: MIT */
/* The table of algorithms: every row is reached by the kinds of rings that all hostile tests walk, and can make a ring. */
#include "jose/alg.h"

#include <sess/sess.h>
#include <string.h>

#include "support/judge.h"
#include "support/runner.h"

static int
equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
is_walked(sess_form form, const char *alg, const char *kw, const char *enc)
{
	for (size_t i = 0; i < JUDGE_COMBOS; i++) {
		const struct judge_combo *c = &judge_combos[i];

		if (c->form == form && equal(c->alg, alg) && equal(c->kw, kw) && equal(c->enc, enc))
			return 1;
	}
	return 0;
}

static void
check_ring(sess_form form, const char *alg, const char *kw, const char *enc)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	spec.form = form;
	spec.alg = alg;
	spec.kw = kw;
	spec.enc = enc;
	ck_assert_int_eq(sess_ring_generate(&spec, 1, &ring, NULL), 0);
	sess_ring_free(ring);
	ck_assert_msg(is_walked(form, alg, kw, enc), "no test walks %s %s %s %s", sess_form_name(form), alg == NULL ? "" : alg,
	    kw == NULL ? "" : kw, enc == NULL ? "" : enc);
}

START_TEST(test_every_row_is_walked)
{
	const struct jose_alg *sig, *kw;
	const struct jose_enc *enc;
	size_t combos = 0;

	for (size_t i = 0; (sig = alg_row(i)) != NULL; i++) {
		if (sig->use == JOSE_USE_SIG) {
			check_ring(SESS_FORM_SIGNED, sig->name, NULL, NULL);
			combos++;
		}
		for (size_t k = 0; (kw = alg_row(k)) != NULL; k++) {
			for (size_t e = 0; kw->use == JOSE_USE_ENC && (enc = enc_row(e)) != NULL; e++) {
				if (sig->use == JOSE_USE_SIG)
					check_ring(SESS_FORM_NESTED, sig->name, kw->name, enc->name);
				else if (i == k)
					check_ring(SESS_FORM_SEALED, NULL, kw->name, enc->name);
				combos += sig->use == JOSE_USE_SIG || i == k;
			}
		}
	}
	/* And nothing that is walked is outside the table. */
	ck_assert_uint_eq(combos, JUDGE_COMBOS);
}
END_TEST

START_TEST(test_find)
{
	for (size_t i = 0; alg_row(i) != NULL; i++) {
		ck_assert_ptr_eq(alg_find(alg_row(i)->use, alg_row(i)->name), alg_row(i));
		ck_assert_ptr_null(alg_find(alg_row(i)->use == JOSE_USE_SIG ? JOSE_USE_ENC : JOSE_USE_SIG, alg_row(i)->name));
	}
	for (size_t i = 0; enc_row(i) != NULL; i++)
		ck_assert_ptr_eq(enc_find(enc_row(i)->name), enc_row(i));
	ck_assert_ptr_null(alg_find(JOSE_USE_SIG, "none"));
	ck_assert_ptr_null(alg_find(JOSE_USE_SIG, "hs256"));
	ck_assert_ptr_null(alg_find(JOSE_USE_SIG, ""));
	ck_assert_ptr_null(enc_find("A128GCM"));
}
END_TEST

START_TEST(test_lengths)
{
	size_t min = 0, max = 0;

	alg_secret_bounds(alg_find(JOSE_USE_SIG, "HS256"), NULL, &min, &max);
	ck_assert_uint_eq(min, 32);
	ck_assert_uint_eq(max, 64);
	alg_secret_bounds(alg_find(JOSE_USE_ENC, "dir"), enc_find("A256CBC-HS512"), &min, &max);
	ck_assert_uint_eq(min, 64);
	ck_assert_uint_eq(max, 64);
	alg_secret_bounds(alg_find(JOSE_USE_ENC, "A256KW"), enc_find("A256CBC-HS512"), &min, &max);
	ck_assert_uint_eq(max, 32);
	ck_assert_uint_eq(alg_encrypted_key_len(alg_find(JOSE_USE_ENC, "dir"), enc_find("A256GCM")), 0);
	ck_assert_uint_eq(alg_encrypted_key_len(alg_find(JOSE_USE_ENC, "A256KW"), enc_find("A256GCM")), 40);
	ck_assert_uint_eq(alg_encrypted_key_len(alg_find(JOSE_USE_ENC, "A256KW"), enc_find("A256CBC-HS512")), 72);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("alg");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, test_every_row_is_walked);
	tcase_add_test(tcase, test_find);
	tcase_add_test(tcase, test_lengths);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
