/* SPDX-License-Identifier: MIT */
/* sesstool: what verify --jwks and exchange have in common: the keys of another issuer, and what its token must be. */
#ifndef SESSTOOL_FOREIGN_H
#define SESSTOOL_FOREIGN_H

#include "tool.h"

struct tool_foreign {
	const char *jwks, *pem, *kid;
	const char *kind; /* "id-token" or "jwt"; NULL: as the verb has it */
	const char *algs[SESS_FOREIGN_ALGS_MAX];
	sess_foreign_expectations expect; /* algs and kind: set by tool_foreign_begin() */
	sess_foreign_keys *keys;
};
#define TOOL_FOREIGN_NONE { NULL, NULL, NULL, NULL, { NULL }, SESS_FOREIGN_EXPECTATIONS_INIT, NULL }

enum { TOOL_OPT_FOREIGN = 320, TOOL_OPT_PEM, TOOL_OPT_KID, TOOL_OPT_KIND, TOOL_OPT_ISSUER, TOOL_OPT_AUDIENCE, TOOL_OPT_AZP,
	TOOL_OPT_ALG, TOOL_OPT_NONCE, TOOL_OPT_WAIVE_NONCE, TOOL_OPT_TYP, TOOL_OPT_MAX_AGE, TOOL_OPT_ANY_ISSUER,
	TOOL_OPT_ANY_AUDIENCE, TOOL_OPT_FOREIGN_END };
#define TOOL_FOREIGN_OPTIONS \
	{ "jwks", 1, NULL, TOOL_OPT_FOREIGN }, { "pem", 1, NULL, TOOL_OPT_PEM }, { "kid", 1, NULL, TOOL_OPT_KID }, \
	{ "kind", 1, NULL, TOOL_OPT_KIND }, { "issuer", 1, NULL, TOOL_OPT_ISSUER }, \
	{ "audience", 1, NULL, TOOL_OPT_AUDIENCE }, { "azp", 1, NULL, TOOL_OPT_AZP }, { "alg", 1, NULL, TOOL_OPT_ALG }, \
	{ "nonce", 1, NULL, TOOL_OPT_NONCE }, { "waive-nonce", 0, NULL, TOOL_OPT_WAIVE_NONCE }, \
	{ "typ", 1, NULL, TOOL_OPT_TYP }, { "max-age", 1, NULL, TOOL_OPT_MAX_AGE }, \
	{ "insecure-any-issuer", 0, NULL, TOOL_OPT_ANY_ISSUER }, { "insecure-any-audience", 0, NULL, TOOL_OPT_ANY_AUDIENCE }

/* Whether the option was one of these; its complaint has been printed where *ret_status is not 0. */
int tool_foreign_option(struct tool_foreign *f, int option, const char *value, int *ret_status);
/* Whether one of them was given. */
int tool_foreign_is_given(const struct tool_foreign *f);
/* Loads the keys and completes the expectations; is_id_token: the verb's own kind. Prints its own complaint. */
int tool_foreign_begin(struct tool_foreign *f, int is_id_token);
void tool_foreign_done(struct tool_foreign *f);
/* Prints why it failed, with hints that fit; returns the exit status. */
int tool_foreign_fail(const char *doing, int code, const sess_diag *diag, const sess_policy *policy, int64_t now, int as_json);

/* verify_foreign.c */
int verify_foreign(struct tool_foreign *f, const char *policy_path, const char *now, int as_json, const struct tool_text *token);

#endif
