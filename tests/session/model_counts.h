/* SPDX-License-Identifier: MIT */
/*
 * What the model says that one manager has counted: by key, the sessions that it saw to end, and how old they were when
 * they ended or were renewed. Left as a file beside the manager's metrics, for model_metrics.py. Test support; compares nothing.
 */
#ifndef SESSION_MODEL_COUNTS_H
#define SESSION_MODEL_COUNTS_H

#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "reference/model.h"

#define SIDS_MAX 131072 /* sessions of one walk */

struct model_counts {
	json_t *told;
	uint8_t *gone; /* by number of the session: it has ended, or goes on under another name */
};

static inline void
counts_open(struct model_counts *c)
{
	c->told = json_pack("{s:{}, s:{}, s:[], s:[], s:[], s:i, s:i}", "verified", "minted", "idle", "absolute", "ages", "reloads", 0,
	    "old_key", 0);
	ck_assert_ptr_nonnull(c->told);
	ck_assert_ptr_nonnull(c->gone = calloc(SIDS_MAX, 1));
}

static inline void
counts_close(struct model_counts *c)
{
	json_decref(c->told);
	free(c->gone);
}

static inline void
counts_add(json_t *object, const char *member)
{
	ck_assert_int_eq(json_object_set_new(object, member, json_integer(json_integer_value(json_object_get(object, member)) + 1)), 0);
}

/* A token minted or verified, by the key of its minting role. */
static inline void
counts_key(struct model_counts *c, const char *what, const struct model_token *token)
{
	counts_add(json_object_get(c->told, what), token->kid[token->kid[0][0] == '\0']);
}

/* Clocks that are apart make no negative age. */
static inline void
counts_seconds(struct model_counts *c, const char *what, int64_t seconds)
{
	ck_assert_int_eq(json_array_append_new(json_object_get(c->told, what), json_integer(seconds > 0 ? seconds : 0)), 0);
}

/* A refused token: its session is seen to end, once. */
static inline void
counts_refused(struct model_counts *c, const struct model_policy *policy, const struct model_token *token, int sid, uint32_t reasons)
{
	int64_t length = 0;
	enum model_end end = model_end(policy, token, reasons, &length);

	ck_assert_int_lt(sid, SIDS_MAX);
	if (end != MODEL_GOES_ON && !c->gone[sid])
		counts_seconds(c, end == MODEL_ENDED_IDLE ? "idle" : "absolute", length);
	if (end != MODEL_GOES_ON)
		c->gone[sid] = 1;
}

#endif
