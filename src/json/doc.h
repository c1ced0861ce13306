/* SPDX-License-Identifier: MIT */
/*
 * L1: JSON documents of our own files (ring, policy, JWK) through jansson: size limit, duplicate members refused, nothing
 * after the document, and readers that name the member they are unhappy with. jansson's own error text is never passed on, since it
 * may quote the input: line and column only.
 */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include <sess/error.h>

/* A new reference to the object in text, or NULL: then code (say SESS_ERR_RING_FORMAT) and a message with line and column
 * are in diag, `what` ("the ring", "the policy") being its subject. Empty text and anything but an object have their own message. */
json_t *doc_parse_object(const char *text, size_t len, const char *what, int code, sess_diag *diag);

/* Every member's name is in `known` (NULL-terminated), else `code`, naming the first that is not. kid may be NULL. */
SESS_CHECKED int doc_check_members(const json_t *object, const char *const *known, int code, const char *kid, sess_diag *diag);

/* Readers. Missing member: *ret stays untouched and 0 is returned when `required` is 0, else `code`. A wrong type or range is
 * `code`, naming kid (may be NULL), member, what was expected. Strings are borrowed. */
SESS_CHECKED int doc_get_string(const json_t *object, const char *name, int required, int code, const char *kid, const char **ret,
    size_t *ret_len, sess_diag *diag);
SESS_CHECKED int doc_get_int(const json_t *object, const char *name, int required, int64_t min, int64_t max, int code, const char *kid,
    int64_t *ret, sess_diag *diag);
SESS_CHECKED int doc_get_number(const json_t *object, const char *name, int required, double min, double max, int code, const char *kid,
    double *ret, sess_diag *diag);

/* free() that wipes what jansson dumped. */
void doc_free_text(char *text, size_t len);

/* Cleanup attribute for a json_t *. */
void doc_cleanup(json_t **doc);
#define DOC_CLEANUP __attribute__((cleanup(doc_cleanup)))

#endif
