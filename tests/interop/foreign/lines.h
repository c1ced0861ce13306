/* SPDX-License-Identifier: MIT */
/*
 * What the judges of foreign tokens have in common: the keys in the file that is the argument, a case a line on stdin
 * ("KEY KIND BASE64"), a verdict a line on stdout: "+ BASE64" of the claims, "- WHY" for a refusal, "! WHY" where the judge
 * cannot judge. A judge knows nothing of how a case was made. Test support.
 */
#ifndef INTEROP_FOREIGN_LINES_H
#define INTEROP_FOREIGN_LINES_H

#include <jansson.h>
#include <stddef.h>

/* The same in tokens.py. */
#define LINES_NOW INT64_C(1800000000)
#define LINES_ISSUER "https://login.example"
#define LINES_AUDIENCE "shop"
#define LINES_NONCE "n-0S6_WzA2Mj"

struct verdict {
	char sign; /* '+', '-', '!' */
	const char *why; /* of '-' and '!'; static */
	char *claims; /* of '+'; heap */
	size_t claims_len;
};

struct judge_of_lines {
	/* One key: {"alg", "jwk": {}, "pem": text or null}; NULL: it cannot be used. Lives until the process ends. */
	void *(*load)(const json_t *key);
	/* The token is NUL-terminated, and may hold anything. */
	void (*judge)(void *key, const char *kind, const char *token, size_t len, struct verdict *ret);
};

int lines_main(int argc, char **argv, const struct judge_of_lines *judge);

#endif
