/* SPDX-License-Identifier: MIT */
/*
 * L4: context binding as data: the claim `ctx` (doc/format.md, "Context"), what the caller says of its client, and the
 * policy's mode of each name. Hashes nothing and judges nothing.
 */
#ifndef TOKEN_CONTEXT_H
#define TOKEN_CONTEXT_H

#include <sess/context.h>
#include <sess/policy.h>

#include "base/buf.h"

#define CONTEXT_HASH_BYTES 12
#define CONTEXT_HASH_LEN 16 /* characters */

/* One name as a token carries it. */
struct context_bound {
	char name[SESS_CONTEXT_NAME_MAX + 1];
	uint8_t hash[CONTEXT_HASH_BYTES];
};

/* Reads an object's validated text, p at its opening brace. NULL, or a static sentence saying what is wrong. */
const char *context_read(const char *p, struct context_bound ret[SESS_CONTEXT_MAX], size_t *ret_count);
/* Appends `,"ctx":{…}`; nothing where count is 0. SESS_ERR_MEMORY. */
SESS_CHECKED int context_format(struct buf *out, const struct context_bound *bound, size_t count);

/* 1..SESS_CONTEXT_NAME_MAX characters of [a-z0-9_-]. */
int context_is_name(const char *name, size_t n);
/* SESS_ERR_ARGUMENT: what the caller gave is not at most SESS_CONTEXT_MAX different good names with values. */
SESS_CHECKED int context_check(const sess_context *context, size_t count, sess_diag *diag);
/* The caller's value of a name, or NULL. */
const sess_context *context_find(const sess_context *context, size_t count, const char *name);
/* The policy's mode of a name, or what stands for a name that it does not mention. */
enum sess_context_mode context_mode(const sess_policy *policy, const char *name);

#endif
