/* SPDX-License-Identifier: MIT */
/*
 * Damaged tokens: every truncation, bit flip and substitution of a valid token, and every other spelling of its
 * text, for every kind of ring. Library and reference must say the same of each, and only the one valid spelling
 * is accepted. The short form takes some of the positions; SESS_LONG=1 takes all.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

static int
is_long(void)
{
	const char *value = getenv("SESS_LONG");

	return value != NULL && strcmp(value, "1") == 0;
}

/* Positions of a token that the substitutions of the short form take: public keys are slow. */
static size_t
stride(const struct judge *j, size_t slow, size_t quick)
{
	if (is_long())
		return 1;
	return j->combo->form == SESS_FORM_SIGNED && strcmp(j->combo->alg, "HS256") != 0 ? slow : quick;
}

static char *
mint(struct judge *j)
{
	char *token = NULL, *copy;
	sess_diag diag;
	size_t len = 0;
	int r = sess_mint(j->manager, "anna", "{\"role\":[\"reader\",1,2.5,null]}", 30, NULL, &token, &len, &diag);

	ck_assert_msg(r == 0, "%s: mint: %s", j->combo->name, diag.message);
	ck_assert_uint_eq(strlen(token), len);
	copy = forge_text("%s", token);
	sess_token_free(token);
	return copy;
}

START_TEST(test_valid)
{
	struct judge j;
	char *payload = judge_payload(NULL, NULL);

	judge_init(&j, &judge_combos[_i], NULL);
	judge_take(&j, "minted by the library", mint(&j), 0);
	judge_take(&j, "forged", judge_token(&j, payload, strlen(payload)), 0);
	free(payload);
	judge_done(&j);
}
END_TEST

START_TEST(test_truncations)
{
	struct judge j;
	char *token;
	size_t len;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	len = strlen(token);
	for (size_t i = 0; i < len; i++) {
		judge_expect(&j, "end cut off", token, i, JUDGE_REFUSED);
		judge_expect(&j, "start cut off", token + i + 1, len - i - 1, JUDGE_REFUSED);
	}
	free(token);
	judge_done(&j);
}
END_TEST

/* A text that ends where memory ends, each truncation after the whole, whose key is remembered: no byte behind it is read. */
START_TEST(test_edge)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len;
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *edge = pages + page;
	sess_session *session = NULL;
	struct judge j;
	char *token;

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(edge, page, PROT_NONE), 0);
	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	len = strlen(token);
	for (size_t i = 0; i <= len; i++) {
		memcpy(edge - len + i, token, len - i);
		ck_assert_int_eq(sess_verify(j.manager, edge - len + i, len - i, NULL, &session, NULL), i == 0 ? 0 : SESS_ERR_REJECTED);
	}
	sess_session_free(session);
	munmap(pages, 2 * page);
	free(token);
	judge_done(&j);
}
END_TEST

START_TEST(test_bit_flips)
{
	struct judge j;
	char *token;
	size_t len;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	len = strlen(token);
	for (size_t i = 0; i < len; i += stride(&j, 5, 1)) {
		char kept = token[i];

		for (int bit = 0; bit < 8; bit++) {
			token[i] = (char)((unsigned char)kept ^ 1u << bit);
			judge_expect(&j, "one bit flipped", token, len, JUDGE_REFUSED);
		}
		token[i] = kept;
	}
	judge_expect(&j, "as it was", token, len, 0);
	free(token);
	judge_done(&j);
}
END_TEST

START_TEST(test_substitutions)
{
	static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\x80";
	struct judge j;
	char *token;
	size_t len;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	len = strlen(token);
	for (size_t i = 0; i < len; i += stride(&j, 13, 7)) {
		char kept = token[i];

		/* The NUL at the end of the list is one of them. */
		for (size_t k = 0; k < sizeof(others); k++) {
			token[i] = others[k];
			judge_expect(&j, "one character replaced", token, len, others[k] == kept ? 0 : JUDGE_REFUSED);
		}
		token[i] = kept;
	}
	free(token);
	judge_done(&j);
}
END_TEST

START_TEST(test_insertions_and_deletions)
{
	static const char inserted[] = { 'A', '.', '=', ' ', '\0' };
	struct judge j;
	char *token, *changed;
	size_t len, step;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	len = strlen(token);
	step = stride(&j, 5, 3);
	changed = malloc(len + 1);
	for (size_t i = 0; i <= len; i += step) {
		memcpy(changed, token, i);
		memcpy(changed + i + 1, token + i, len - i);
		for (size_t k = 0; k < sizeof(inserted); k++) {
			changed[i] = inserted[k];
			judge_expect(&j, "one character inserted", changed, len + 1, JUDGE_REFUSED);
		}
		if (i == len)
			break;
		memcpy(changed + i, token + i + 1, len - i - 1);
		judge_expect(&j, "one character deleted", changed, len - 1, JUDGE_REFUSED);
	}
	free(changed);
	free(token);
	judge_done(&j);
}
END_TEST

/* RFC 4648 §3.5: the last character of a segment has bits that no byte uses; all but zero are refused. */
START_TEST(test_trailing_bits)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	struct judge j;
	char *token;
	size_t start = 0, variants = 0;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	for (size_t i = 0; i <= strlen(token); i++) {
		size_t unused, value;
		char kept;

		if (token[i] != '.' && token[i] != '\0')
			continue;
		unused = (i - start) % 4 == 2 ? 15 : (i - start) % 4 == 3 ? 3 : 0;
		start = i + 1;
		if (unused == 0)
			continue;
		kept = token[i - 1];
		value = (size_t)(strchr(alphabet, kept) - alphabet);
		for (size_t bits = 1; bits <= unused; bits++, variants++) {
			token[i - 1] = alphabet[value | bits];
			judge_expect(&j, "unused bits set", token, strlen(token), SESS_REASON_MALFORMED);
		}
		token[i - 1] = kept;
	}
	/* A signature of 32 or 64 bytes and a tag of 16 or 32 never end on a multiple of three. */
	ck_assert_uint_gt(variants, 0);
	free(token);
	judge_done(&j);
}
END_TEST

static const struct {
	const char *name, *before;
	int times; /* the valid token stands between the two */
	const char *behind;
} spellings[] = {
	{ "empty", "", 0, "" },
	{ "padding", "", 1, "=" },
	{ "padding of two", "", 1, "==" },
	{ "space before", " ", 1, "" },
	{ "space behind", "", 1, " " },
	{ "tab behind", "", 1, "\t" },
	{ "line feed behind", "", 1, "\n" },
	{ "CR LF behind", "", 1, "\r\n" },
	{ "byte order mark", "\xef\xbb\xbf", 1, "" },
	{ "quoted", "\"", 1, "\"" },
	{ "with its scheme", "Bearer ", 1, "" },
	{ "dot before", ".", 1, "" },
	{ "dot behind", "", 1, "." },
	{ "one segment more", "", 1, ".AAAA" },
	{ "three segments more", "", 1, ".AAAA.AAAA.AAAA" },
	{ "twice", "", 2, "" },
	{ "another token behind", "", 1, ".e30.e30.e30.e30.e30" },
	{ "one segment", "e30", 0, "" },
	{ "two segments", "e30.e30", 0, "" },
	{ "four segments", "e30.e30.e30.e30", 0, "" },
	{ "six segments", "e30.e30.e30.e30.e30.e30", 0, "" },
	{ "dots alone, two", "..", 0, "" },
	{ "dots alone, four", "....", 0, "" },
	{ "JWS, empty header", ".e30.AAAA", 0, "" },
	{ "JWS, empty payload", "e30..AAAA", 0, "" },
	{ "JWS, empty signature", "e30.e30.", 0, "" },
	{ "JWE, empty header", ".AAAA.AAAA.AAAA.AAAA", 0, "" },
	{ "JWE, empty ciphertext", "e30.AAAA.AAAA..AAAA", 0, "" },
	{ "JWE, empty tag", "e30.AAAA.AAAA.AAAA.", 0, "" },
	{ "a segment of one character", "e30.e30.A", 0, "" },
	{ "JSON serialization of a JWS", "{\"protected\":\"e30\",\"signature\":\"AA\",\"payload\":\"", 1, "\"}" },
	{ "JSON serialization of a JWE", "{\"iv\":\"\",\"tag\":\"AA\",\"ciphertext\":\"", 1, "\"}" },
};

START_TEST(test_spellings)
{
	static const char jws[] = "a JWS of three segments", jwe[] = "a JWE of five segments";
	int is_signed = judge_combos[_i].form == SESS_FORM_SIGNED;
	sess_session *session = NULL;
	sess_diag diag;
	struct judge j;
	char *token;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		int times = spellings[i].times;
		char *text = forge_text("%s%s%s%s", spellings[i].before, times > 0 ? token : "", times > 1 ? token : "",
		    spellings[i].behind);

		judge_take(&j, spellings[i].name, text, SESS_REASON_MALFORMED);
	}
	judge_take(&j, "a JWS where a JWE is due, or the other way round",
	    forge_text("%s", is_signed ? "e30.AAAA.AAAA.AAAA.AAAA" : "e30.e30.AAAA"),
	    SESS_REASON_WRONG_FORM);
	free(token);
	/* And which of the two is which. */
	token = forge_text("%s", is_signed ? "e30.AAAA.AAAA.AAAA.AAAA" : "e30.e30.AAAA");
	ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
	ck_assert_str_eq(diag.findings[0].expected_text, is_signed ? jws : jwe);
	ck_assert_str_eq(diag.findings[0].got_text, is_signed ? jwe : jws);
	free(token);
	judge_done(&j);
}
END_TEST

/* Encrypted key, IV, tag and signature of every length that is not theirs, behind a header that is right. */
START_TEST(test_lengths)
{
	static const unsigned char zeros[81] = { 0 };
	struct judge j;
	char *token;
	size_t segments;

	judge_init(&j, &judge_combos[_i], NULL);
	token = mint(&j);
	segments = j.combo->form == SESS_FORM_SIGNED ? 3 : 5;
	for (size_t segment = 1; segment < segments; segment++) {
		if (segments == 3 ? segment == 1 : segment == 3)
			continue;
		for (size_t len = 0; len <= 80; len++) {
			char *changed = forge_replace(token, segment, zeros, len);
			int same = strlen(changed) == strlen(token);

			/* An encrypted key of no bytes is dir's own, so that token is whole. */
			if (len == 0 && same && strcmp(changed, token) == 0)
				judge_expect(&j, "whole", changed, strlen(changed), 0);
			else
				judge_expect(&j, "another length", changed, strlen(changed),
				    !same ? SESS_REASON_MALFORMED :
				    segments == 5 ? SESS_REASON_BAD_TAG : SESS_REASON_BAD_SIGNATURE);
			free(changed);
		}
	}
	free(token);
	judge_done(&j);
}
END_TEST

/* A text with this character instead of its own, behind the dot before segment `index`. */
static char *
spoilt(char *text, size_t index, char c)
{
	char *at = text;

	for (; index > 0; index--)
		at = strchr(at, '.') + 1;
	*at = c;
	return text;
}

static size_t
segments_of(const char *text)
{
	size_t n = 1;

	for (; (text = strchr(text, '.')) != NULL; text++)
		n++;
	return n;
}

/* Each segment of the token, and of what a nested one holds, with a character that is none of base64url's. */
static void
spoil_each(struct judge *j, const char *what, int inside)
{
	char *payload = judge_payload(NULL, NULL);
	char *jws = j->inner == NULL ? NULL : forge_jws(j->sig_key, j->inner, strlen(j->inner), payload, strlen(payload));
	char *whole = jws != NULL && inside ? strdup(jws) : judge_token(j, payload, strlen(payload));

	for (size_t i = 0; i < segments_of(whole); i++) {
		char *text = spoilt(strdup(whole), i, '*');

		if (inside) {
			char *outer = forge_jwe(j->enc_key, j->outer, strlen(j->outer), text, strlen(text), NULL);

			free(text);
			text = outer;
		}
		/* The encrypted key of dir is empty: then the dot behind it is spoilt, and two segments are one. */
		judge_take(j, what, text, SESS_REASON_MALFORMED);
	}
	free(whole);
	free(jws);
	free(payload);
}

/* The steps in their order: what is not even spelt as a token is not told that its key is dead, or its signature wrong. */
START_TEST(test_spelling_comes_first)
{
	const struct judge_combo *combo = &judge_combos[_i];
	json_t *ring = judge_generate(combo), *key;
	struct judge j;
	size_t n;

	judge_init_ring(&j, combo, NULL, json_deep_copy(ring));
	spoil_each(&j, "a foreign character", 0);
	if (combo->form == SESS_FORM_NESTED)
		spoil_each(&j, "a foreign character inside", 1);
	judge_done(&j);
	json_array_foreach(json_object_get(ring, "keys"), n, key)
	{
		if (combo->form != SESS_FORM_NESTED || strcmp(json_string_value(json_object_get(key, "use")), "sig") == 0)
			json_object_set_new(key, "revoked", json_pack("{s:I}", "revoked_at", (json_int_t)(JUDGE_NOW - 10)));
	}
	judge_init_ring(&j, combo, NULL, ring);
	judge_take(&j, "a dead key", judge_token(&j, "{}", 2), SESS_REASON_REVOKED_KEY);
	spoil_each(&j, "a foreign character and a dead key", combo->form == SESS_FORM_NESTED);
	judge_done(&j);
}
END_TEST

START_TEST(test_oversize)
{
	size_t len = (size_t)16 << 20;
	char *unreadable = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *text;
	struct judge j;

	ck_assert_ptr_ne(unreadable, MAP_FAILED);
	judge_init(&j, &judge_combos[_i], NULL);
	judge_expect(&j, "16 MiB that must not be read", unreadable, len, SESS_REASON_OVERSIZE);
	munmap(unreadable, len);
	text = forge_text("%04097d", 0);
	judge_expect(&j, "one byte too long", text, 4097, SESS_REASON_OVERSIZE);
	judge_expect(&j, "as long as may be", text, 4096, SESS_REASON_MALFORMED);
	free(text);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("text");

	tcase_set_timeout(tcase, is_long() ? 3600 : 120);
	tcase_add_loop_test(tcase, test_valid, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_truncations, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_edge, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_bit_flips, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_substitutions, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_insertions_and_deletions, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_trailing_bits, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_spellings, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_lengths, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_spelling_comes_first, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_oversize, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
