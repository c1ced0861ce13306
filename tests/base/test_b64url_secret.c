/* SPDX-License-Identifier: MIT */
/*
 * base/b64url_secret.c: the base64url of secrets says what the other one says, to every text. That it takes the same time for all
 * is shown elsewhere (tests/proof/ctime.c).
 */
#include <stdlib.h>
#include <string.h>

#include "base/b64url_internal.h"
#include "support/runner.h"

#define LONGEST 70

START_TEST(encodes_alike)
{
	uint8_t bytes[LONGEST];
	char one[B64URL_ENCODED_LEN(LONGEST)], other[sizeof(one)];

	for (size_t n = 0; n <= LONGEST; n++) {
		for (int round = 0; round < 256; round++) {
			for (size_t i = 0; i < n; i++)
				bytes[i] = (uint8_t)((size_t)round * 7 + i * 101);
			if (b64url_encode_secret(one, bytes, n) != B64URL_ENCODED_LEN(n) ||
			    b64url_scalar_encode(other, bytes, n) != B64URL_ENCODED_LEN(n) || memcmp(one, other, B64URL_ENCODED_LEN(n)) != 0)
				ck_abort_msg("round %d of %zu bytes", round, n);
		}
	}
}
END_TEST

/* Every byte at every place of texts of every remainder; valid and invalid ones, so that unused bits are tried as well. */
START_TEST(decodes_alike)
{
	uint8_t one[LONGEST], other[LONGEST];
	char text[LONGEST];
	int good = 0, bad = 0;

	for (size_t n = 0; n <= 46; n++) {
		for (size_t at = 0; at < n; at++) {
			for (int c = 0; c < 256; c++) {
				int rc;

				memset(text, n % 2 == 0 ? 'A' : 'w', n);
				text[at] = (char)c;
				rc = b64url_scalar_decode(other, text, n);
				/* An assertion is slow, and there are many. */
				if (b64url_decode_secret(one, text, n) != rc || (rc == 0 && memcmp(one, other, B64URL_DECODED_LEN(n)) != 0))
					ck_abort_msg("byte %d at %zu of %zu", c, at, n);
				good += rc == 0;
				bad += rc == SESS_ERR_ARGUMENT;
			}
		}
	}
	ck_assert_int_gt(good, 10000);
	ck_assert_int_gt(bad, 10000);
}
END_TEST

START_TEST(in_place)
{
	char text[] = "AAECAwQFBgcICQoLDA0ODw";
	static const uint8_t bytes[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

	ck_assert_int_eq(b64url_decode_secret((uint8_t *)text, text, sizeof(text) - 1), 0);
	ck_assert_mem_eq(text, bytes, sizeof(bytes));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("b64url_secret");
	TCase *tcase = tcase_create("secret");

	tcase_add_test(tcase, encodes_alike);
	tcase_add_test(tcase, decodes_alike);
	tcase_add_test(tcase, in_place);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
