/* SPDX-License-Identifier: MIT */
/*
 * L4: the library's own claims (doc/format.md, "Claims"): their names, their shapes, reading them from an indexed
 * payload, writing them before the caller's. Judges no clock and no policy.
 */
#ifndef TOKEN_CLAIMS_H
#define TOKEN_CLAIMS_H

#include "base/buf.h"
#include "json/index.h"
#include "token/context.h"

#define CLAIMS_ID_BYTES 16
#define CLAIMS_ID_LEN 22 /* characters of a sid or jti */
#define CLAIMS_GEN_MAX INT64_C(2147483647)

struct claims {
	/* NULL: absent */
	const struct json_member *iss, *aud, *sub;
	char sid[CLAIMS_ID_LEN + 1], jti[CLAIMS_ID_LEN + 1]; /* however they are spelled in the payload */
	int64_t iat, exp, auth_time, gen;
	int64_t nbf, end; /* TIME_NONE: absent */
	int persistent;
	size_t context_count;
	struct context_bound context[SESS_CONTEXT_MAX];
};

/* Whether each member of an index is one of the library's own. */
void claims_mark_reserved(const char *text, const struct json_index *index, uint8_t ret_marks[JSON_MEMBERS_MAX]);
/* The first reserved claim in an indexed object, by its static name, or NULL. */
const char *claims_find_reserved(const char *text, const struct json_index *index);

/* 0, or SESS_ERR_REJECTED with the static name of the claim at fault and a static sentence. */
SESS_CHECKED int claims_read(const char *text, const struct json_index *index, struct claims *ret, const char **ret_member,
    const char **ret_why);

/* What stands last in a payload, `end`, `ctx` and `per`, of claims that have been found. */
struct claim_members;
SESS_CHECKED int claims_read_last(const char *text, const struct claim_members *own, struct claims *ret, const char **ret_member,
    const char **ret_why);

/*
 * Builds the index and reads the claims. 0, or SESS_ERR_REJECTED: ret_index->fault says what the text is not, else *ret_member is the
 * static name of the claim at fault; *ret_why a static sentence. It is one of two ways: the first serves what mint has written, and
 * CLAIMS_UNSAID of it says nothing; the second serves all.
 */
#define CLAIMS_UNSAID 1
SESS_CHECKED int claims_parse(const char *text, size_t len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index, struct claims *ret, const char **ret_member, const char **ret_why);
SESS_CHECKED int claims_parse_written(const char *text, size_t len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index, struct claims *ret, const char **ret_member, const char **ret_why);
SESS_CHECKED int claims_parse_any(const char *text, size_t len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index, struct claims *ret, const char **ret_member, const char **ret_why);

/* Whether a string member equals `want`, escapes undone. */
int claims_string_equals(const char *text, const struct json_member *m, const char *want);
/* Whether "aud", a string or an array of strings, is or holds `want`. */
int claims_audience_holds(const char *text, const struct json_member *aud, const char *want);

/* What mint says of a token. Strings are NUL-terminated; "" or NULL: leave out. */
struct claims_new {
	const char *iss, *aud, *sub;
	char sid[CLAIMS_ID_LEN + 1], jti[CLAIMS_ID_LEN + 1];
	int64_t iat, exp, auth_time, gen, nbf, end;
	int persistent;
	size_t context_count;
	struct context_bound context[SESS_CONTEXT_MAX];
};
#define CLAIMS_CONTEXT_DEPTH 2 /* of the members of "ctx" */
/* How many members claims_format() writes. */
size_t claims_count(const struct claims_new *claims);
/* Appends the object's text, open: without its closing brace. SESS_ERR_MEMORY. */
SESS_CHECKED int claims_format(struct buf *out, const struct claims_new *claims);

#endif
