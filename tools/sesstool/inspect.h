/* SPDX-License-Identifier: MIT */
/*
 * sesstool inspect: what a text is, by its shape alone, and what would be needed to open it. Nothing that is said here
 * is verified; it is a guess for people, and no decision may rest on it.
 */
#ifndef SESSTOOL_INSPECT_H
#define SESSTOOL_INSPECT_H

#include "tool.h"

#define NAMED_MAX 640

struct named {
	const char *kind; /* "session", "JWT", "JWS", "JWE", "PASETO", "opaque", ... */
	const char *what; /* in words */
	char needs[NAMED_MAX]; /* what opens it; printable ASCII */
};

/* inspect_name.c: a text that is no compact JWS or JWE. 1: it has a known shape; 0: it has none. */
int named_by_shape(const char *text, size_t len, struct named *ret);
/* An id of the alphabets in use for opaque ones, long enough to be one. */
int named_is_opaque(const char *text, size_t len);

/* inspect_jose.c: a JWS or JWE; header and claims as documents, claims NULL where there are none to read. */
void named_by_header(const sess_inspection *x, const json_t *header, const json_t *claims, struct named *ret);

/* A signature algorithm that is known here, whatever the installed libjwt has. */
int named_is_alg(const char *alg);

#endif
