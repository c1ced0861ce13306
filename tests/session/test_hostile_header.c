/* SPDX-License-Identifier: MIT */
/*
 * Hostile headers under right signatures and tags: members, spellings, algorithms and keys that a header may not
 * name, and tokens of one kind within another. Every kind of ring; library and reference must agree.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/judge.h"
#include "support/runner.h"

#define M SESS_REASON_MALFORMED
#define WF SESS_REASON_WRONG_FORM
#define UK SESS_REASON_UNKNOWN_KEY
#define WT SESS_REASON_WRONG_TYPE

/* In the texts: @A the key's alg, @N another, @M another whose signatures are of the length of ES256's, @E its enc, @F another, @K its kid,
 * @O the kid of the other use, @L 1000 characters. */
struct row {
	const char *name, *text;
	uint32_t expected;
};

static const struct row jws_rows[] = {
	{ "as minted", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", 0 },
	{ "another order", "{\"typ\":\"sess+jwt\",\"kid\":\"@K\",\"alg\":\"@A\"}", 0 },
	{ "white space", " {\r\n\t\"alg\" : \"@A\" , \"kid\":\"@K\",\"typ\":\"sess+jwt\" } \n", 0 },
	{ "escapes", "{\"\\u0061lg\":\"@A\",\"k\\u0069d\":\"@K\",\"typ\":\"sess\\u002bjwt\"}", 0 },
	{ "alg missing", "{\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "kid missing", "{\"alg\":\"@A\",\"typ\":\"sess+jwt\"}", M },
	{ "typ missing", "{\"alg\":\"@A\",\"kid\":\"@K\"}", M },
	{ "no member", "{}", M },
	{ "alg none", "{\"alg\":\"none\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg None", "{\"alg\":\"None\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg NONE", "{\"alg\":\"NONE\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg nOnE", "{\"alg\":\"nOnE\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg none escaped", "{\"alg\":\"\\u006eone\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg none of an unknown key", "{\"alg\":\"none\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"}", M },
	{ "alg empty", "{\"alg\":\"\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg null", "{\"alg\":null,\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg a number", "{\"alg\":1,\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg an array", "{\"alg\":[\"@A\"],\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg with a space", "{\"alg\":\"@A \",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg HS512", "{\"alg\":\"HS512\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg RS256", "{\"alg\":\"RS256\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg of the other role", "{\"alg\":\"dir\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg of another signature", "{\"alg\":\"@N\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "alg of another signature of the same length", "{\"alg\":\"@M\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "crit", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"crit\":[\"exp\"]}", M },
	{ "crit as a string", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"crit\":\"exp\"}", M },
	{ "zip", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"zip\":\"DEF\"}", M },
	{ "b64", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"b64\":false}", M },
	{ "jwk", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}", M },
	{ "jku", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"jku\":\"https://evil.example\"}", M },
	{ "x5u", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"x5u\":\"https://evil.example\"}", M },
	{ "x5c", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"x5c\":[\"AA==\"]}", M },
	{ "cty", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"cty\":\"JWT\"}", M },
	{ "enc", "{\"alg\":\"@A\",\"enc\":\"A256GCM\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "unknown member", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"x\":\"y\"}", M },
	{ "empty member name", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"\":\"y\"}", M },
	{ "duplicate alg", "{\"alg\":\"@A\",\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "duplicate alg escaped", "{\"alg\":\"@A\",\"\\u0061lg\":\"none\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "duplicate kid", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"kid\":\"@K\"}", M },
	{ "duplicate typ escaped", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"t\\u0079p\":\"sess+jwt\"}", M },
	{ "kid unknown", "{\"alg\":\"@A\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"}", UK },
	{ "kid empty", "{\"alg\":\"@A\",\"kid\":\"\",\"typ\":\"sess+jwt\"}", UK },
	{ "kid longer", "{\"alg\":\"@A\",\"kid\":\"@Kx\",\"typ\":\"sess+jwt\"}", UK },
	{ "kid of 900 characters", "{\"alg\":\"@A\",\"kid\":\"@L\",\"typ\":\"sess+jwt\"}", UK },
	{ "kid of the other use", "{\"alg\":\"@A\",\"kid\":\"@O\",\"typ\":\"sess+jwt\"}", UK },
	{ "kid a number", "{\"alg\":\"@A\",\"kid\":1,\"typ\":\"sess+jwt\"}", M },
	{ "kid with NUL", "{\"alg\":\"@A\",\"kid\":\"@K\\u0000\",\"typ\":\"sess+jwt\"}", M },
	{ "typ another", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"JWT\"}", WT },
	{ "typ in capitals", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"SESS+JWT\"}", WT },
	{ "typ with its tree", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"application/sess+jwt\"}", WT },
	{ "typ empty", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"\"}", WT },
	{ "typ null", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":null}", M },
	{ "typ not UTF-8", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"\xc3\x28\"}", M },
	{ "typ with half a surrogate", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"\\ud800\"}", M },
	{ "typ with a raw line feed", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"a\nb\"}", M },
	{ "byte order mark", "\xef\xbb\xbf{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", M },
	{ "more than 1024 bytes", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"@L@L\"}", M },
	{ "text behind", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}x", M },
	{ "comma behind", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",}", M },
	{ "cut short", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"", M },
	{ "single quotes", "{'alg':'@A','kid':'@K','typ':'sess+jwt'}", M },
	{ "an array", "[\"alg\",\"@A\"]", M },
	{ "a string", "\"alg\"", M },
	{ "null", "null", M },
	{ "white space alone", "  ", M },
};

/* @C: the cty member of the form, with its comma. */
static const struct row jwe_rows[] = {
	{ "as minted", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", 0 },
	{ "another order", "{\"typ\":\"sess+jwt\"@C,\"kid\":\"@K\",\"enc\":\"@E\",\"alg\":\"@A\"}", 0 },
	{ "white space", "\n{ \"alg\":\"@A\" ,\t\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}\r\n", 0 },
	{ "escapes", "{\"al\\u0067\":\"@A\",\"enc\":\"\\u00412\\u0035@5\",\"kid\":\"@K\",\"typ\":\"sess\\u002Bjwt\"@C}", 0 },
	{ "alg missing", "{\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "enc missing", "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "kid missing", "{\"alg\":\"@A\",\"enc\":\"@E\",\"typ\":\"sess+jwt\"@C}", M },
	{ "typ missing", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\"@C}", M },
	{ "cty of the other form", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@D}", WF },
	{ "cty another", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"cty\":\"jwt\"}", WF },
	{ "cty empty", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"cty\":\"\"}", WF },
	{ "cty null", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"cty\":null}", M },
	{ "cty twice", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"cty\":\"JWT\",\"cty\":\"JWT\"}", M },
	{ "alg none", "{\"alg\":\"none\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "alg of the other role", "{\"alg\":\"HS256\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "alg of another key", "{\"alg\":\"@N\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "alg RSA1_5", "{\"alg\":\"RSA1_5\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "alg PBES2", "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "enc of another key", "{\"alg\":\"@A\",\"enc\":\"@F\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "alg RSA1_5 of an unknown key", "{\"alg\":\"RSA1_5\",\"enc\":\"@E\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"@C}", M },
	{ "enc unknown of an unknown key", "{\"alg\":\"@A\",\"enc\":\"A128GCM\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"@C}", M },
	{ "enc unknown", "{\"alg\":\"@A\",\"enc\":\"A128GCM\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "enc none", "{\"alg\":\"@A\",\"enc\":\"none\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "enc a number", "{\"alg\":\"@A\",\"enc\":256,\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "zip", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C,\"zip\":\"DEF\"}", M },
	{ "crit", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C,\"crit\":[]}", M },
	{ "p2c", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C,\"p2c\":2147483647}", M },
	{ "epk", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C,\"epk\":{}}", M },
	{ "iss replicated", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C,\"iss\":\"a\"}", M },
	{ "duplicate enc", "{\"alg\":\"@A\",\"enc\":\"@E\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "duplicate enc escaped", "{\"alg\":\"@A\",\"enc\":\"@E\",\"\\u0065nc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", M },
	{ "kid unknown", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"@C}", UK },
	{ "kid of the other use", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@O\",\"typ\":\"sess+jwt\"@C}", UK },
	{ "typ another", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"JWT\"@C}", WT },
	{ "typ null", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":null@C}", M },
	{ "more than 1024 bytes", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"@L@L\"@C}", M },
	{ "unknown member and no cty", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@D,\"x\":\"\"}", M },
	{ "wrong cty and alg", "{\"alg\":\"none\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@D}", WF },
	{ "an array", "[]", M },
};

static const char *
text_of(const json_t *key, const char *name)
{
	const char *text = json_string_value(json_object_get(key, name));

	return text != NULL ? text : "";
}

/* What the letter behind an @ stands for. */
static const char *
meaning(const struct judge *j, const json_t *key, char letter)
{
	static char filler[901];
	int nested = j->combo->form == SESS_FORM_NESTED, is_enc = strcmp(text_of(key, "use"), "enc") == 0;
	const char *alg = text_of(key, "alg"), *enc = text_of(key, "enc");

	memset(filler, 'x', 900);
	switch (letter) {
	case 'A':
		return alg;
	case 'E':
		return enc;
	case '5':
		return enc + 3;
	case 'K':
		return text_of(key, "kid");
	case 'O':
		return is_enc ? (j->sig_key != NULL ? text_of(j->sig_key, "kid") : "none") :
				(j->enc_key != NULL ? text_of(j->enc_key, "kid") : "none");
	case 'N':
		if (is_enc)
			return strcmp(alg, "dir") == 0 ? "A256KW" : "dir";
		return strcmp(alg, "HS256") == 0 ? "ES256" : "HS256";
	case 'M':
		return strcmp(alg, "ES256") == 0 ? "EdDSA" : "ES256";
	case 'F':
		return strcmp(enc, "A256GCM") == 0 ? "A256CBC-HS512" : "A256GCM";
	case 'C':
		return nested ? ",\"cty\":\"JWT\"" : "";
	case 'D':
		return nested ? "" : ",\"cty\":\"JWT\"";
	default:
		return filler;
	}
}

static char *
expand(const struct judge *j, const json_t *key, const char *text)
{
	char *made = forge_text("%s", "");

	while (*text != '\0') {
		size_t plain = strcspn(text, "@");
		int has_letter = text[plain] == '@';
		char *longer = forge_text("%s%.*s%s", made, (int)plain, text,
		    has_letter ? meaning(j, key, text[plain + 1]) : "");

		free(made);
		made = longer;
		text += plain + (has_letter ? 2u : 0u);
	}
	return made;
}

START_TEST(test_jws_headers)
{
	struct judge j;
	char *payload = judge_payload(NULL, NULL);

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; j.inner != NULL && i < sizeof(jws_rows) / sizeof(jws_rows[0]); i++) {
		char *header = expand(&j, j.sig_key, jws_rows[i].text);

		judge_take(&j, jws_rows[i].name, judge_token_under(&j, NULL, header, payload), jws_rows[i].expected);
		free(header);
	}
	free(payload);
	judge_done(&j);
}
END_TEST

START_TEST(test_jwe_headers)
{
	struct judge j;
	char *payload = judge_payload(NULL, NULL);

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; j.outer != NULL && i < sizeof(jwe_rows) / sizeof(jwe_rows[0]); i++) {
		char *header = expand(&j, j.enc_key, jwe_rows[i].text);

		judge_take(&j, jwe_rows[i].name, judge_token_under(&j, header, NULL, payload), jwe_rows[i].expected);
		free(header);
	}
	free(payload);
	judge_done(&j);
}
END_TEST

/* Seals this text as if it were the inner token. */
static void
expect_inside(struct judge *j, const char *what, char *inner, uint32_t expected)
{
	judge_take(j, what, forge_jwe(j->enc_key, j->outer, strlen(j->outer), inner, strlen(inner), NULL), expected);
	free(inner);
}

/* Which key the diagnostic names, where the last segment is `c` four characters before its end. */
static void
expect_kid(struct judge *j, const char *what, const char *text, char c, int inside, const char *kid)
{
	char *spoilt = strdup(text), *token;
	sess_session *session = NULL;
	sess_diag diag;

	spoilt[strlen(text) - 4] = c;
	token = inside ? forge_jwe(j->enc_key, j->outer, strlen(j->outer), spoilt, strlen(spoilt), NULL) : strdup(spoilt);
	ck_assert_int_eq(sess_verify(j->manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
	ck_assert_msg(strcmp(diag.kid, kid) == 0, "%s, %s: \"%s\" and not \"%s\"", j->combo->name, what, diag.kid, kid);
	free(token);
	free(spoilt);
}

/* What is no token names no key; a wrong tag or signature the key that said so; within a nested token the outer one is known. */
START_TEST(test_named_key)
{
	char *payload, *text, *jws;
	struct judge j;
	char other;

	judge_init(&j, &judge_combos[_i], NULL);
	payload = judge_payload(NULL, NULL);
	text = judge_token_under(&j, NULL, NULL, payload);
	other = text[strlen(text) - 4] == 'A' ? 'B' : 'A';
	expect_kid(&j, "not base64url", text, '*', 0, "");
	expect_kid(&j, "changed", text, other, 0, text_of(j.enc_key != NULL ? j.enc_key : j.sig_key, "kid"));
	if (j.combo->form == SESS_FORM_NESTED) {
		jws = forge_jws(j.sig_key, j.inner, strlen(j.inner), payload, strlen(payload));
		other = jws[strlen(jws) - 4] == 'A' ? 'B' : 'A';
		expect_kid(&j, "not base64url inside", jws, '*', 1, text_of(j.enc_key, "kid"));
		expect_kid(&j, "changed inside", jws, other, 1, text_of(j.sig_key, "kid"));
		free(jws);
	}
	free(text);
	free(payload);
	payload = judge_payload("exp", "\"exp\":1");
	text = judge_token_under(&j, NULL, NULL, payload);
	expect_kid(&j, "expired", text, text[strlen(text) - 4], 0, text_of(j.sig_key != NULL ? j.sig_key : j.enc_key, "kid"));
	free(text);
	free(payload);
	judge_done(&j);
}
END_TEST

/* And which member of a header. */
START_TEST(test_named_member)
{
	static const struct {
		const char *jws, *jwe, *member;
	} rows[] = {
		{ "{\"kid\":\"@K\",\"typ\":\"sess+jwt\"}", "{\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", "alg" },
		{ "{\"alg\":\"@A\",\"typ\":\"sess+jwt\"}", "{\"alg\":\"@A\",\"enc\":\"@E\",\"typ\":\"sess+jwt\"@C}", "kid" },
		{ "{\"alg\":\"@A\",\"kid\":\"@K\"}", "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\"@C}", "typ" },
		{ "{\"alg\":\"@A\",\"enc\":\"A256GCM\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}",
		    "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", "enc" },
		{ "{\"alg\":\"none\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}",
		    "{\"alg\":\"none\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", "alg" },
		{ NULL, "{\"alg\":\"@A\",\"enc\":\"none\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", "enc" },
	};
	char *payload = judge_payload(NULL, NULL);
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = i % 2 == 0 ? rows[i / 2].jws : rows[i / 2].jwe;
		const json_t *key = i % 2 == 0 ? j.sig_key : j.enc_key;
		sess_session *session = NULL;
		char *header, *token;
		sess_diag diag;

		if (text == NULL || key == NULL)
			continue;
		header = expand(&j, key, text);
		token = judge_token_under(&j, i % 2 == 0 ? NULL : header, i % 2 == 0 ? header : NULL, payload);
		ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
		ck_assert_uint_eq(diag.findings_count, 1);
		ck_assert_msg(strcmp(diag.findings[0].member, rows[i / 2].member) == 0, "%s: %s: \"%s\"", j.combo->name, text,
		    diag.findings[0].member);
		free(token);
		free(header);
	}
	free(payload);
	judge_done(&j);
}
END_TEST

/* What was wanted instead, in words, and what was found. A text that begins with @ is expanded as headers are. */
START_TEST(test_words)
{
	static const struct {
		const char *jws, *jwe, *expected, *got;
	} rows[] = {
		{ "{\"alg\":\"@A\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"}",
		    "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"nobody\",\"typ\":\"sess+jwt\"@C}", "the kid of a key in this ring", "another kid" },
		{ "{\"alg\":\"@N\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}",
		    "{\"alg\":\"@N\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", "@A", "another algorithm than the key's" },
		{ NULL, "{\"alg\":\"@A\",\"enc\":\"@F\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@C}", "@E", "another algorithm than the key's" },
		{ "{\"alg\":\"@A\",\"kid\":\"@K\",\"typ\":\"sess+jwt\",\"cty\":\"JWT\"}", NULL, "no cty", "another kind of content" },
		{ NULL, "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"@D}", "", "another kind of content" },
	};
	char *payload = judge_payload(NULL, NULL);
	struct judge j;

	judge_init(&j, &judge_combos[_i], NULL);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = i % 2 == 0 ? rows[i / 2].jws : rows[i / 2].jwe, *wants = rows[i / 2].expected;
		const json_t *key = i % 2 == 0 ? j.sig_key : j.enc_key;
		sess_session *session = NULL;
		char *header, *token, *expected;
		sess_diag diag;

		if (text == NULL || key == NULL)
			continue;
		header = expand(&j, key, text);
		expected = expand(&j, key, wants[0] != '\0' ? wants : j.combo->form == SESS_FORM_NESTED ? "cty JWT: a token inside" : "no cty");
		token = judge_token_under(&j, i % 2 == 0 ? NULL : header, i % 2 == 0 ? header : NULL, payload);
		ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &session, &diag), SESS_ERR_REJECTED);
		ck_assert_str_eq(diag.findings[0].expected_text, expected);
		ck_assert_str_eq(diag.findings[0].got_text, rows[i / 2].got);
		free(expected);
		free(token);
		free(header);
	}
	free(payload);
	judge_done(&j);
}
END_TEST

/* A header that begins as the minted one does, which a remembered key must not be taken for: where the length is a multiple of three,
 * white space behind it leaves the text before it as it was. */
START_TEST(test_begins_alike)
{
	static const char *const typs[] = { "sess+jwt", "sess+jwt1", "sess+jwt12" };
	char *payload = judge_payload(NULL, NULL);

	for (size_t i = 0; i < sizeof(typs) / sizeof(typs[0]); i++) {
		sess_policy policy;
		struct judge j;
		char *outer, *inner;

		sess_policy_init(&policy);
		strcpy(policy.typ, typs[i]);
		judge_init(&j, &judge_combos[_i], &policy);
		outer = j.outer == NULL ? NULL : forge_text("%s ", j.outer);
		inner = j.inner == NULL ? NULL : forge_text("%s ", j.inner);
		judge_take(&j, "as minted", judge_token(&j, payload, strlen(payload)), 0);
		judge_take(&j, "a space behind each header", judge_token_under(&j, outer, inner, payload), 0);
		judge_take(&j, "behind the outer one", judge_token_under(&j, outer, NULL, payload), 0);
		judge_take(&j, "behind the inner one", judge_token_under(&j, NULL, inner, payload), 0);
		free(outer);
		free(inner);
		judge_done(&j);
	}
	free(payload);
}
END_TEST

static char *
without_signature(const char *jws, const char *behind)
{
	char *copy = forge_text("%s", jws), *dot = strrchr(copy, '.'), *made;

	ck_assert_ptr_nonnull(dot);
	*dot = '\0';
	made = forge_text("%s%s", copy, behind);
	free(copy);
	return made;
}

/* Nested rings only: everything that their own keys can make and that is not a nested token. */
START_TEST(test_wrong_kind)
{
	struct judge j;
	char *payload = judge_payload(NULL, NULL), *plain_header, *jws;

	judge_init(&j, &judge_combos[_i], NULL);
	if (j.combo->form == SESS_FORM_NESTED) {
		plain_header = expand(&j, j.enc_key, "{\"alg\":\"@A\",\"enc\":\"@E\",\"kid\":\"@K\",\"typ\":\"sess+jwt\"}");
		jws = forge_jws(j.sig_key, j.inner, strlen(j.inner), payload, strlen(payload));
		judge_expect(&j, "signed alone", jws, strlen(jws), WF);
		judge_take(&j, "sealed alone",
		    forge_jwe(j.enc_key, plain_header, strlen(plain_header), payload, strlen(payload), NULL), WF);
		expect_inside(&j, "the claims alone", forge_text("%s", payload), M);
		expect_inside(&j, "nothing", forge_text("%s", ""), M);
		expect_inside(&j, "a JWS", forge_text("%s", jws), 0);
		expect_inside(&j, "a JWS and a line feed", forge_text("%s\n", jws), M);
		expect_inside(&j, "a JWS in quotes", forge_text("\"%s\"", jws), M);
		expect_inside(&j, "two segments", without_signature(jws, ""), M);
		expect_inside(&j, "no signature", without_signature(jws, "."), M);
		expect_inside(&j, "signature of zeros", forge_replace(jws, 2, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), M);
		expect_inside(&j, "another payload", forge_replace(jws, 1, "{}", 2), SESS_REASON_BAD_SIGNATURE);
		expect_inside(&j, "sealed inside",
		    forge_jwe(j.enc_key, plain_header, strlen(plain_header), payload, strlen(payload), NULL), WF);
		expect_inside(&j, "nested inside", judge_token(&j, payload, strlen(payload)), WF);
		free(jws);
		free(plain_header);
	}
	free(payload);
	judge_done(&j);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("hostile_header");
	TCase *tcase = tcase_create("header");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_jws_headers, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_named_key, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_named_member, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_words, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_begins_alike, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_jwe_headers, 0, JUDGE_COMBOS);
	tcase_add_loop_test(tcase, test_wrong_kind, 0, JUDGE_COMBOS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
