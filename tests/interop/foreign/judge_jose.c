/* SPDX-License-Identifier: MIT */
/* latchset jose (libjose) as judge: of the signature, by a key that names its algorithm. It has no text form: it is given the
 * parts as a document, as its own command line tool does. */
#include <jose/b64.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <string.h>

#include "interop/foreign/lines.h"

static void *
load(const json_t *key)
{
	return json_deep_copy(json_object_get(key, "jwk"));
}

static void
judge(void *key, const char *kind, const char *token, size_t len, struct verdict *ret)
{
	const char *first = memchr(token, '.', len);
	const char *second = first == NULL ? NULL : memchr(first + 1, '.', (size_t)(token + len - first - 1));
	json_t *jws = second == NULL ? NULL : json_pack("{s:s%, s:s%, s:s%}", "protected", token, (size_t)(first - token),
	    "payload", first + 1, (size_t)(second - first - 1), "signature", second + 1, (size_t)(token + len - second - 1));
	size_t n;

	(void)kind;
	ret->sign = '-';
	ret->why = jws == NULL ? "not read" : "refused";
	if (jws != NULL && jose_jws_ver(NULL, jws, NULL, key, true) &&
	    (n = jose_b64_dec(json_object_get(jws, "payload"), NULL, 0)) != SIZE_MAX && (ret->claims = malloc(n + 1)) != NULL) {
		ret->sign = '+';
		ret->claims_len = jose_b64_dec(json_object_get(jws, "payload"), ret->claims, n);
	}
	json_decref(jws);
}

int
main(int argc, char **argv)
{
	static const struct judge_of_lines theirs = { load, judge };

	return lines_main(argc, argv, &theirs);
}
