/* SPDX-License-Identifier: MIT */
/* sesstool mint: tokens that a test needs because they are to be refused. */
#ifndef SESSTOOL_SITUATION_H
#define SESSTOOL_SITUATION_H

#include "tool.h"

enum situation_time { SITUATION_NOW, SITUATION_EXPIRED, SITUATION_ENDED, SITUATION_FUTURE, SITUATION_NOT_YET };

struct situation {
	enum situation_time time;
	const char *kid; /* the key to mint under; NULL: the one whose turn it is */
	const char *issuer, *audience, *typ;
	int unknown_key, tampered;
};

int situation_is_any(const struct situation *s);
/* The ring to mint with, at any time: one key a use, which mints without a beginning or an end. Prints its own complaint. */
int situation_ring(const struct situation *s, const sess_ring *ring, int64_t now, sess_ring **ret);
/* Issuer, audience and type. */
int situation_policy(const struct situation *s, sess_policy *policy);
/* The clock to mint by, and the options. */
void situation_time(const struct situation *s, const sess_policy *policy, int64_t *now, sess_mint_opts *opts);
void situation_spoil(const struct situation *s, char *token, size_t len);
void situation_say(const struct situation *s); /* on stderr: what verification will say */

#endif
