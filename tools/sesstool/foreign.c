/* SPDX-License-Identifier: MIT */
/* sesstool: the keys of another issuer and what is expected of its tokens, from options; and what to do when one is refused. */
#include <string.h>

#include "foreign.h"
#include "inspect.h"

static int
add_alg(struct tool_foreign *f, const char *alg)
{
	if (!named_is_alg(alg))
		return tool_usage("--alg: no algorithm of this name is known here; names are exact, such as RS256, ES256, EdDSA");
	if (f->expect.algs_count == SESS_FOREIGN_ALGS_MAX)
		return tool_usage("--alg: at most %d of them", SESS_FOREIGN_ALGS_MAX);
	f->algs[f->expect.algs_count++] = alg;
	return 0;
}

/* In a request 0 means "sign in now"; of a token no clock could tell that. */
static int
set_max_age(struct tool_foreign *f, const char *value)
{
	int status = tool_duration(value, &f->expect.max_age_s);

	if (status != 0 || f->expect.max_age_s > 0)
		return status;
	return tool_usage("--max-age: at least 1s; after prompt=login or max_age=0, some seconds that a sign-in takes, such as 60s");
}

int
tool_foreign_option(struct tool_foreign *f, int option, const char *value, int *ret_status)
{
	switch (option) {
	case TOOL_OPT_FOREIGN: f->jwks = value; break;
	case TOOL_OPT_PEM: f->pem = value; break;
	case TOOL_OPT_KID: f->kid = value; break;
	case TOOL_OPT_KIND: f->kind = value; break;
	case TOOL_OPT_ISSUER: f->expect.issuer = value; break;
	case TOOL_OPT_AUDIENCE: f->expect.audience = value; break;
	case TOOL_OPT_AZP: f->expect.authorized_party = value; break;
	case TOOL_OPT_ALG: *ret_status = add_alg(f, value); break;
	case TOOL_OPT_NONCE: f->expect.nonce = value; break;
	case TOOL_OPT_WAIVE_NONCE: f->expect.waive_nonce = 1; break;
	case TOOL_OPT_TYP: f->expect.typ = value; break;
	case TOOL_OPT_MAX_AGE: *ret_status = set_max_age(f, value); break;
	case TOOL_OPT_ANY_ISSUER: f->expect.insecure_any_issuer = 1; break;
	case TOOL_OPT_ANY_AUDIENCE: f->expect.insecure_any_audience = 1; break;
	default: return 0;
	}
	return 1;
}

int
tool_foreign_is_given(const struct tool_foreign *f)
{
	const sess_foreign_expectations *e = &f->expect;

	return f->jwks != NULL || f->pem != NULL || f->kid != NULL || f->kind != NULL || e->issuer != NULL ||
	    e->audience != NULL || e->authorized_party != NULL || e->algs_count > 0 || e->nonce != NULL || e->waive_nonce ||
	    e->typ != NULL || e->max_age_s > 0 || e->insecure_any_issuer || e->insecure_any_audience;
}

static int
check_kind(struct tool_foreign *f, int is_id_token)
{
	if (f->kind != NULL && strcmp(f->kind, "id-token") != 0 && strcmp(f->kind, "jwt") != 0)
		return tool_usage("--kind is id-token or jwt");
	if (f->kind != NULL)
		is_id_token = strcmp(f->kind, "id-token") == 0;
	f->expect.kind = is_id_token ? SESS_FOREIGN_ID_TOKEN : SESS_FOREIGN_JWT;
	if (is_id_token && f->expect.nonce == NULL && !f->expect.waive_nonce)
		return tool_usage("--nonce is missing: the one of the request; --waive-nonce accepts a token of any request");
	return 0;
}

static int
check_names(const struct tool_foreign *f)
{
	const sess_foreign_expectations *e = &f->expect;

	if (f->jwks == NULL && f->pem == NULL)
		return tool_usage("--jwks FILE is missing: the issuer's JWK Set; or --pem FILE, one public key");
	if (f->jwks != NULL && f->pem != NULL)
		return tool_usage("--jwks and --pem exclude each other");
	if (f->kid != NULL && f->pem == NULL)
		return tool_usage("--kid goes with --pem; the keys of a JWK Set have their own");
	if (e->issuer == NULL && !e->insecure_any_issuer)
		return tool_usage("--issuer is missing: who must have issued the token; `sesstool inspect` shows who claims to have");
	if (e->audience == NULL && !e->insecure_any_audience)
		return tool_usage("--audience is missing: for whom the token must be (your client id); `sesstool inspect` shows it");
	if (e->issuer != NULL && e->insecure_any_issuer)
		return tool_usage("--issuer and --insecure-any-issuer exclude each other");
	if (e->audience != NULL && e->insecure_any_audience)
		return tool_usage("--audience and --insecure-any-audience exclude each other");
	if (e->nonce != NULL && e->waive_nonce)
		return tool_usage("--nonce and --waive-nonce exclude each other");
	return 0;
}

/* Without --alg: what the keys themselves are for, by their own "alg" or their curve. */
static void
take_algs(struct tool_foreign *f)
{
	for (size_t i = 0; i < sess_foreign_keys_count(f->keys) && f->expect.algs_count < SESS_FOREIGN_ALGS_MAX; i++) {
		const char *alg = sess_foreign_keys_alg(f->keys, i);
		size_t j = 0;

		while (j < f->expect.algs_count && strcmp(f->algs[j], alg) != 0)
			j++;
		if (j == f->expect.algs_count)
			f->algs[f->expect.algs_count++] = alg;
	}
}

int
tool_foreign_begin(struct tool_foreign *f, int is_id_token)
{
	sess_foreign_keys_opts opts = SESS_FOREIGN_KEYS_OPTS_INIT;
	sess_diag diag;
	int rc, status;

	if ((status = check_names(f)) != 0 || (status = check_kind(f, is_id_token)) != 0)
		return status;
	opts.alg = f->expect.algs_count == 1 ? f->algs[0] : NULL;
	opts.kid = f->kid;
	if ((rc = sess_foreign_keys_load_file(f->jwks != NULL ? f->jwks : f->pem, &opts, &f->keys, &diag)) != 0)
		return tool_foreign_fail(f->jwks != NULL ? "the JWK Set" : "the key", rc, &diag, NULL, 0, 0);
	if (f->expect.algs_count == 0)
		take_algs(f);
	f->expect.algs = f->algs;
	return 0;
}

void
tool_foreign_done(struct tool_foreign *f)
{
	sess_foreign_keys_free(f->keys);
	f->keys = NULL;
}

/* What to do next, by reason and member. */
static const struct {
	uint32_t reason;
	const char *member, *hint;
} hints[] = {
	{ SESS_REASON_MALFORMED, "alg", "the token's own alg decides nothing; is it the right issuer's key, and is --alg what it uses?" },
	{ SESS_REASON_MALFORMED, "kid", "no issuer in earnest writes such a kid; keep the token, it is worth a look" },
	{ SESS_REASON_MALFORMED, NULL, "copy the whole token, without quotes; `sesstool inspect` names what it is" },
	{ SESS_REASON_OVERSIZE, NULL, "is this the token? Issuers' tokens are a few kilobytes" },
	{ SESS_REASON_WRONG_FORM, NULL, "an encrypted token is opened first, by its recipient's key; ask the issuer for a signed one" },
	{ SESS_REASON_UNKNOWN_KEY, NULL, "the issuer may have new keys: fetch its JWK Set anew; if the kid is not there either, it is "
					 "not its token" },
	{ SESS_REASON_BAD_SIGNATURE, NULL, "changed on its way, forged, or signed by another issuer whose key has the same kid" },
	{ SESS_REASON_BAD_PAYLOAD, "iat", "an ID token has it; for other JWTs say --kind jwt" },
	{ SESS_REASON_BAD_PAYLOAD, "sub", "an ID token has it; for other JWTs say --kind jwt" },
	{ SESS_REASON_BAD_PAYLOAD, "auth_time", "ask for it: an authorization request with max_age makes the provider tell it" },
	{ SESS_REASON_BAD_PAYLOAD, NULL, "the issuer made a claim that cannot be right; `sesstool inspect` shows them" },
	{ SESS_REASON_WRONG_TYPE, NULL, "a token made for another purpose, as an access token is; take the ID token" },
	{ SESS_REASON_WRONG_ISSUER, NULL, "compare with the issuer in its discovery document, to the letter: a final slash counts" },
	{ SESS_REASON_WRONG_AUDIENCE, "azp", "it was given to another client, which may have passed it on" },
	{ SESS_REASON_WRONG_AUDIENCE, NULL, "it was issued for another client; yours is what the provider calls client_id" },
	{ SESS_REASON_CONTEXT_MISMATCH, NULL, "it answers another request than yours: start the sign-in anew, with a fresh nonce" },
	{ SESS_REASON_NOT_YET, NULL, "compare the clocks of this machine and of the issuer" },
	{ SESS_REASON_ABSOLUTE_EXPIRED, "auth_time", "the user signed in too long ago: ask with prompt=login or max_age" },
	{ SESS_REASON_ABSOLUTE_EXPIRED, NULL, "start the sign-in anew; an ID token is meant for the moment, not for keeping" },
	{ SESS_REASON_REUSED, NULL, "a token is exchanged once: was this one sent twice, or is it in other hands?" },
	{ SESS_REASON_REVOKED, NULL, "the subject was logged out since this token was issued: start the sign-in anew" },
	{ SESS_REASON_STORE_UNAVAILABLE, NULL, "nothing is exchanged until the store answers; see what it lacks above" },
};

static const char *
hint_for(const sess_finding *f)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (hints[i].reason == f->reason && (hints[i].member == NULL || strcmp(hints[i].member, f->member) == 0))
			return hints[i].hint;
	}
	return "see the documentation of the reason";
}

int
tool_foreign_fail(const char *doing, int code, const sess_diag *diag, const sess_policy *policy, int64_t now, int as_json)
{
	if (code == SESS_ERR_REJECTED)
		return tool_refuse_hinted(diag, policy, now, as_json, hint_for);
	return tool_fail(doing, code, diag);
}
