/* SPDX-License-Identifier: MIT */
/*
 * Why libjwt 1.10 takes a token that we refuse: rules of ours that it does not have, each recognised in the token.
 * Test support; knows nothing of src/ or of libjwt itself.
 */
#ifndef INTEROP_LAXITY_H
#define INTEROP_LAXITY_H

#include <sess/policy.h>

enum laxity {
	LAXITY_BASE64,
	LAXITY_NUL,
	LAXITY_SIZE,
	LAXITY_HEADER_TWICE,
	LAXITY_HEADER_MEMBERS,
	LAXITY_ALG,
	LAXITY_KID,
	LAXITY_TYP,
	LAXITY_TWICE,
	LAXITY_LIMITS,
	LAXITY_SHAPE,
	LAXITY_CLOCK,
	LAXITY_ISS,
	LAXITY_AUD,
	LAXITIES
};
#define LAXITY_BIT(rule) (UINT32_C(1) << (rule))

/* A token that we refused for `reasons` and libjwt took; alg and kid are the ring's. */
struct laxity_case {
	const char *token; /* NUL-terminated */
	size_t len;
	const char *alg, *kid;
	const sess_policy *policy; /* typ JWT, no audience */
	int64_t now;
	uint32_t reasons;
};

/* The rules, as LAXITY_BITs, that hold and explain all reasons together; 0 where one reason is left over. */
uint32_t laxity_explain(const struct laxity_case *c);
/* What libjwt takes, in words. */
const char *laxity_name(int rule);

#endif
