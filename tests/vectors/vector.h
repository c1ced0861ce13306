/* SPDX-License-Identifier: MIT */
/*
 * What the programs over JOSE vectors share: reading a file of the vectors' folder, and one call of sess_raw_open()
 * with what came of it. Test support over the public API; knows no vector by name.
 */
#ifndef VECTORS_VECTOR_H
#define VECTORS_VECTOR_H

#include <jansson.h>
#include <sess/raw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/forge.h"
#include "support/runner.h"

#define VECTOR_BYTES_MAX 400000

/* How one call ended: 0, or a code with the reasons and the member that the diagnostic names. */
struct vector_verdict {
	int code;
	uint32_t reasons;
	char member[SESS_MEMBER_MAX + 1];
};

/* What a row demands; member NULL: none may be named. */
struct vector_expected {
	int code;
	uint32_t reasons;
	const char *member;
};

/* The whole file, NUL-terminated, on the heap. */
static inline char *
vector_text(const char *name, size_t *ret_len)
{
	char *path = forge_text("%s/%s", runner_vectors_dir(), name);
	char *text = calloc(1, VECTOR_BYTES_MAX);
	FILE *file = fopen(path, "rb");

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(file != NULL, "%s cannot be opened", path);
	*ret_len = fread(text, 1, VECTOR_BYTES_MAX - 1, file);
	ck_assert_msg(feof(file) && !ferror(file), "%s cannot be read to its end", path);
	fclose(file);
	free(path);
	return text;
}

static inline json_t *
vector_json(const char *name)
{
	json_error_t error;
	size_t len = 0;
	char *text = vector_text(name, &len);
	json_t *root = json_loadb(text, len, 0, &error);

	ck_assert_msg(root != NULL, "%s: %s", name, error.text);
	free(text);
	return root;
}

/* Opens, and when that works compares the payload with `payload` (NULL: with segment 1 of a JWS). */
static inline struct vector_verdict
vector_open(const json_t *jwk, const char *token, const char *payload, const char *what)
{
	char *key = json_dumps(jwk, JSON_COMPACT);
	struct vector_verdict v = {0};
	sess_diag diag = {0};
	uint8_t *got = NULL;
	size_t got_len = 0;

	ck_assert_ptr_nonnull(key);
	v.code = sess_raw_open(key, strlen(key), token, strlen(token), &got, &got_len, &diag);
	free(key);
	ck_assert_int_eq(v.code, diag.code);
	if (v.code != 0) {
		ck_assert_msg(got == NULL, "%s: refused, and yet there is a payload", what);
		v.reasons = diag.reasons;
		memcpy(v.member, diag.findings_count > 0 ? diag.findings[0].member : diag.member, sizeof(v.member));
		return v;
	}
	size_t len = payload == NULL ? 0 : strlen(payload);
	unsigned char *own = NULL;
	if (payload == NULL) {
		const char *dot = strchr(token, '.');
		ck_assert_ptr_nonnull(dot);
		own = forge_unb64(dot + 1, strcspn(dot + 1, "."), &len);
		payload = (const char *)own;
	}
	ck_assert_msg(got_len == len && (len == 0 || memcmp(got, payload, len) == 0), "%s: another payload", what);
	free(own);
	sess_raw_free(got, got_len);
	return v;
}

static inline void
vector_check(const struct vector_verdict *v, const struct vector_expected *e, const char *what)
{
	const char *member = e->member != NULL ? e->member : "";

	ck_assert_msg(v->code == e->code && v->reasons == e->reasons && strcmp(v->member, member) == 0,
	    "%s: got %s, reasons %x, member \"%s\"; expected %s, %x, \"%s\"", what, sess_error_name(v->code),
	    v->reasons, v->member, sess_error_name(e->code), e->reasons, member);
}

#endif
