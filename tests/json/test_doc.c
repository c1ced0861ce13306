/* SPDX-License-Identifier: MIT */
/* Documents of our own files: what is refused, how it is said, the readers' types and ranges, and memory failing in turn. */
#include <check.h>

#include "json/agree.h"
#include "json/doc.h"
#include "support/runner.h"

/* Linked with -Wl,--wrap: of the library and this program, not of jansson. */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static int has_no_memory;

void *
__wrap_malloc(size_t n)
{
	return has_no_memory ? NULL : __real_malloc(n);
}

#define T(s) s, sizeof(s) - 1
#define CODE SESS_ERR_RING_FORMAT

static const struct {
	const char *name, *text;
	size_t len;
	const char *says; /* NULL: accepted */
} documents[] = {
	{ "empty object", T("{}"), NULL },
	{ "object", T("{\"a\":[1,{\"b\":2}]}"), NULL },
	{ "white space round it", T(" \n{}\n"), NULL },
	{ "no text", T(""), "the ring is empty" },
	{ "array", T("[]"), "not an object" },
	{ "string", T("\"secret\""), "not valid JSON" },
	{ "cut", T("{\"a\":"), "line 1" },
	{ "second line", T("{\n\"a\":secret}"), "line 2" },
	{ "text after", T("{} secret"), "not valid JSON" },
	{ "duplicate", T("{\"secret\":1,\"secret\":2}"), "twice" },
	{ "duplicate, nested", T("{\"a\":{\"secret\":1,\"\\u0073ecret\":2}}"), "twice" },
	{ "byte order mark", T("\xef\xbb\xbf{}"), "not valid JSON" },
	{ "NUL after a number", T("{\"a\":1\0}"), "NUL" },
	{ "NUL after", T("{}\0"), "NUL" },
	{ "bad UTF-8", T("{\"a\":\"\xff\"}"), "not valid JSON" },
};

START_TEST(document_row)
{
	char *text = agree_copy(documents[_i].text, documents[_i].len);
	sess_diag diag = { 0 };
	json_t *doc = doc_parse_object(text, documents[_i].len, "the ring", CODE, &diag);

	ck_assert_msg((doc != NULL) == (documents[_i].says == NULL), "%s", documents[_i].name);
	json_decref(doc);
	if (documents[_i].says != NULL) {
		ck_assert_int_eq(diag.code, CODE);
		ck_assert_msg(strstr(diag.message, documents[_i].says) != NULL, "%s: %s", documents[_i].name, diag.message);
		ck_assert_msg(strstr(diag.message, "secret") == NULL, "%s: the text is quoted", documents[_i].name);
		ck_assert_ptr_null(doc_parse_object(text, documents[_i].len, "the ring", CODE, NULL));
	}
	free(text);
}
END_TEST

static json_t *
parse(const char *text)
{
	json_t *doc = doc_parse_object(text, strlen(text), "it", CODE, NULL);

	ck_assert_msg(doc != NULL, "%s", text);
	return doc;
}

START_TEST(known_members)
{
	static const char *const known[] = { "a", "b", NULL }, *const none[] = { NULL };
	json_t *doc = parse("{\"b\":1,\"a\":2}"), *other = parse("{\"a\":1,\"c\":2}"), *empty = parse("{}");
	sess_diag diag = { 0 };

	ck_assert_int_eq(doc_check_members(doc, known, CODE, "k1", &diag), 0);
	ck_assert_int_eq(doc_check_members(empty, none, CODE, "k1", &diag), 0);
	ck_assert_int_eq(doc_check_members(empty, known, CODE, "k1", &diag), 0);
	ck_assert_int_eq(doc_check_members(other, known, CODE, "k1", &diag), CODE);
	ck_assert_str_eq(diag.member, "c");
	ck_assert_str_eq(diag.kid, "k1");
	ck_assert_int_eq(doc_check_members(other, none, CODE, NULL, NULL), CODE);
	json_decref(doc);
	json_decref(other);
	json_decref(empty);
}
END_TEST

enum reader { STRING, INTEGER, NUMBER };

/* Integers are wanted in -5..10, numbers in 0.5..2. */
static const struct {
	const char *name, *text;
	enum reader reader;
	int required, ok, read;
	const char *says;
} reads[] = {
	{ "string", "{\"m\":\"v\"}", STRING, 1, 1, 1, NULL },
	{ "string, empty", "{\"m\":\"\"}", STRING, 1, 1, 1, NULL },
	{ "string missing, optional", "{\"n\":\"v\"}", STRING, 0, 1, 0, NULL },
	{ "string missing", "{\"n\":\"v\"}", STRING, 1, 0, 0, "missing" },
	{ "string null", "{\"m\":null}", STRING, 0, 0, 0, "string" },
	{ "string a number", "{\"m\":1}", STRING, 0, 0, 0, "string" },
	{ "integer, least", "{\"m\":-5}", INTEGER, 1, 1, 1, NULL },
	{ "integer, greatest", "{\"m\":10}", INTEGER, 1, 1, 1, NULL },
	{ "integer below", "{\"m\":-6}", INTEGER, 1, 0, 0, "-5..10" },
	{ "integer above", "{\"m\":11}", INTEGER, 0, 0, 0, "-5..10" },
	{ "integer missing, optional", "{}", INTEGER, 0, 1, 0, NULL },
	{ "integer missing", "{}", INTEGER, 1, 0, 0, "-5..10" },
	{ "integer a real", "{\"m\":1.0}", INTEGER, 1, 0, 0, "integer" },
	{ "integer a string", "{\"m\":\"1\"}", INTEGER, 1, 0, 0, "integer" },
	{ "integer true", "{\"m\":true}", INTEGER, 1, 0, 0, "integer" },
	{ "number, least", "{\"m\":0.5}", NUMBER, 1, 1, 1, NULL },
	{ "number, greatest, as an integer", "{\"m\":2}", NUMBER, 1, 1, 1, NULL },
	{ "number below", "{\"m\":0.49}", NUMBER, 1, 0, 0, "0.5..2" },
	{ "number above", "{\"m\":2.01}", NUMBER, 0, 0, 0, "0.5..2" },
	{ "number missing, optional", "{}", NUMBER, 0, 1, 0, NULL },
	{ "number missing", "{}", NUMBER, 1, 0, 0, "0.5..2" },
	{ "number a string", "{\"m\":\"1\"}", NUMBER, 1, 0, 0, "number" },
};

START_TEST(read_row)
{
	json_t *doc = parse(reads[_i].text);
	const char *string = NULL;
	int64_t integer = -77;
	double number = -77;
	size_t len = 77;
	sess_diag diag = { 0 };
	int rc, touched;

	if (reads[_i].reader == STRING)
		rc = doc_get_string(doc, "m", reads[_i].required, CODE, "k1", &string, &len, &diag);
	else if (reads[_i].reader == INTEGER)
		rc = doc_get_int(doc, "m", reads[_i].required, -5, 10, CODE, "k1", &integer, &diag);
	else
		rc = doc_get_number(doc, "m", reads[_i].required, 0.5, 2, CODE, "k1", &number, &diag);
	touched = string != NULL || integer != -77 || number > -77 || len != 77;
	ck_assert_msg(rc == (reads[_i].ok ? 0 : CODE) && touched == reads[_i].read, "%s", reads[_i].name);
	if (!reads[_i].ok) {
		ck_assert_str_eq(diag.member, "m");
		ck_assert_str_eq(diag.kid, "k1");
		ck_assert_msg(strstr(diag.message, reads[_i].says) != NULL, "%s: %s", reads[_i].name, diag.message);
	}
	json_decref(doc);
}
END_TEST

static size_t allowed, failed;

static void *
failing_malloc(size_t n)
{
	if (allowed == 0) {
		failed++;
		return NULL;
	}
	allowed--;
	return malloc(n);
}

/* Every allocation failing in turn: no document, a code, nothing lost. */
START_TEST(memory)
{
	static const char text[] = "{\"a\":[1,2.5,\"text\",{\"b\":null}],\"c\":\"\\u00e9\",\"d\":{\"e\":[[]]}}";
	size_t at;

	json_set_alloc_funcs(failing_malloc, free);
	for (at = 0; at < 1000; at++) {
		sess_diag diag = { 0 };
		json_t *doc;

		allowed = at;
		failed = 0;
		doc = doc_parse_object(text, sizeof(text) - 1, "it", CODE, &diag);
		ck_assert_msg((doc == NULL) == (failed > 0), "allocation %zu", at);
		ck_assert_msg(doc != NULL || diag.code == SESS_ERR_MEMORY || diag.code == CODE, "allocation %zu: %d", at, diag.code);
		json_decref(doc);
		if (failed == 0)
			break;
	}
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_gt(at, 20);
	ck_assert_uint_lt(at, 1000);
}
END_TEST

START_TEST(free_text)
{
	json_t *doc = parse("{\"a\":1}");
	char *text = json_dumps(doc, JSON_COMPACT);

	ck_assert_str_eq(text, "{\"a\":1}");
	doc_free_text(text, strlen(text));
	doc_free_text(NULL, 5);
	json_decref(doc);
}
END_TEST

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

/* Whether a text was bad or memory short cannot be told without memory: then it is said to be memory. */
START_TEST(undecided)
{
	sess_diag diag;
	json_t *doc;

	has_no_memory = 1;
	doc = doc_parse_object("{\"a\":", 5, "it", CODE, &diag);
	has_no_memory = 0;
	ck_assert_ptr_null(doc);
	ck_assert_int_eq(diag.code, SESS_ERR_MEMORY);
	ck_assert_ptr_null(doc_parse_object("{\"a\":", 5, "it", CODE, &diag));
	ck_assert_int_eq(diag.code, CODE);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("json/doc");
	TCase *tc = tcase_create("doc");

	tcase_add_test(tc, undecided);
	tcase_add_loop_test(tc, document_row, 0, ROWS(documents));
	tcase_add_loop_test(tc, read_row, 0, ROWS(reads));
	tcase_add_test(tc, known_members);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, free_text);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return runner_main(make_suite());
}
