/* SPDX-License-Identifier: MIT */
/* cjose as judge: of the signature alone, by the algorithm that the token names. */
#include <cjose/cjose.h>
#include <stdlib.h>
#include <string.h>

#include "interop/foreign/lines.h"

static void *
load(const json_t *key)
{
	char *text = json_dumps(json_object_get(key, "jwk"), JSON_COMPACT);
	cjose_jwk_t *jwk = text == NULL ? NULL : cjose_jwk_import(text, strlen(text), NULL);

	free(text);
	return jwk;
}

static void
judge(void *key, const char *kind, const char *token, size_t len, struct verdict *ret)
{
	cjose_jws_t *jws = cjose_jws_import(token, len, NULL);
	uint8_t *claims = NULL;
	size_t n = 0;

	(void)kind;
	ret->sign = '-';
	ret->why = jws == NULL ? "not read" : "refused";
	if (jws != NULL && cjose_jws_verify(jws, key, NULL) && cjose_jws_get_plaintext(jws, &claims, &n, NULL)) {
		ret->sign = '+';
		ret->claims = malloc(n + 1);
		ret->claims_len = ret->claims == NULL ? 0 : n;
		if (ret->claims != NULL)
			memcpy(ret->claims, claims, n);
	}
	cjose_jws_release(jws);
}

int
main(int argc, char **argv)
{
	static const struct judge_of_lines theirs = { load, judge };

	return lines_main(argc, argv, &theirs);
}
