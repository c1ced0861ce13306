/* SPDX-License-Identifier: MIT */
/*
 * The header gate: the input is the JSON text of a protected header, before any key has been looked up or any tag checked, so
 * whoever can send a request writes it. A finding means a crash, a header accepted that jansson does not read or that holds
 * more than the five members that we know (crit, jwk, zip ...), or a value other than the one another library would see:
 * a token that is verified under one header and understood under another.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "jose/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* The member as jansson reads it; how many there are. */
static size_t
check_member(const json_t *doc, const char *name, const char *value)
{
	const json_t *other = json_object_get(doc, name);

	must((other == NULL) == (value == NULL));
	if (value == NULL)
		return 0;
	/* A NUL inside would cut the value short, unseen: neither reads it. */
	must(json_is_string(other) && json_string_length(other) == strlen(value) && strcmp(json_string_value(other), value) == 0);
	return 1;
}

static void
check_accepted(const char *text, size_t n, const struct jose_header *header)
{
	json_t *doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);

	must(json_is_object(doc) && n <= JOSE_HEADER_MAX);
	must(check_member(doc, "alg", header->alg) + check_member(doc, "enc", header->enc) +
		check_member(doc, "kid", header->kid) + check_member(doc, "typ", header->typ) +
		check_member(doc, "cty", header->cty) == json_object_size(doc));
	json_decref(doc);
}

/* Values that need no escaping, written in our order and read again, are the same. */
static void
check_written(const struct jose_header *header, struct header_scratch *scratch)
{
	const char *values[] = { header->alg, header->enc, header->kid, header->typ, header->cty };
	struct buf out = { 0 };
	struct jose_header again;
	const char *why = NULL, *member = NULL;
	char *b64;
	size_t n;

	if (header->alg == NULL || header->kid == NULL || header->typ == NULL)
		return;
	for (size_t i = 0; i < 5; i++) {
		for (const char *p = values[i]; p != NULL && *p != '\0'; p++) {
			if ((unsigned char)*p < 0x20 || *p == '"' || *p == '\\')
				return;
		}
	}
	must(header_format(&out, header->alg, header->enc, header->kid, header->typ, header->cty) == 0);
	must((b64 = malloc(B64URL_ENCODED_LEN(out.len))) != NULL);
	n = b64url_encode(b64, out.data, out.len);
	if (out.len <= JOSE_HEADER_MAX) {
		must(header_parse(b64, n, scratch, &again, &why, &member) == 0);
		for (size_t i = 0; i < 3; i++)
			must(strcmp(values[i == 0 ? 0 : i + 1], i == 0 ? again.alg : i == 1 ? again.kid : again.typ) == 0);
		must((again.enc == NULL) == (header->enc == NULL) && (again.cty == NULL) == (header->cty == NULL));
	}
	free(b64);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct header_scratch scratch;
	static struct jose_header header;
	const char *why = NULL, *member = NULL;
	size_t n = B64URL_ENCODED_LEN(size);
	char *b64;
	int rc;

	if (size == 0 || size > 4 * JOSE_HEADER_MAX)
		return 0;
	must((b64 = malloc(n)) != NULL);
	(void)b64url_encode(b64, data, size);
	rc = header_parse(b64, n, &scratch, &header, &why, &member);
	must(rc == 0 || (rc == SESS_ERR_REJECTED && why != NULL));
	if (rc == 0) {
		check_accepted((const char *)data, size, &header);
		check_written(&header, &scratch);
	}
	free(b64);
	/* And as base64url itself, which may be anything. */
	rc = header_parse((const char *)data, size, &scratch, &header, &why, &member);
	must(rc == 0 || rc == SESS_ERR_REJECTED);
	return 0;
}
