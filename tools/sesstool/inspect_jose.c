/* SPDX-License-Identifier: MIT */
/* sesstool inspect: whose JWS or JWE this seems to be, and what would open it. From header and claims, unverified. */
#include <string.h>

#include "inspect.h"

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* The same where it is short and plain enough to stand in a sentence; else "". */
static const char *
plain_of(const json_t *object, const char *name, size_t most)
{
	const char *text = text_of(object, name);
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		if (text[i] < 0x21 || text[i] > 0x7e)
			return "";
	}
	return n <= most ? text : "";
}

static int
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(word, *words) == 0)
			return 1;
	}
	return 0;
}

/* The claims that every session token has (doc/format.md, "Claims"). */
static int
has_session_claims(const json_t *claims)
{
	static const char *const names[] = { "sid", "jti", "iat", "exp", "auth_time", "gen" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (json_object_get(claims, names[i]) == NULL)
			return 0;
	}
	return 1;
}

/* By typ where there is one (RFC 8725 §3.11), else by the claims that only one kind has. */
static const char *
jwt_words(const json_t *header, const json_t *claims)
{
	static const struct {
		const char *typ, *what;
	} types[] = {
		{ "at+jwt", "an access token of another issuer (RFC 9068): not for signing in with" },
		{ "application/at+jwt", "an access token of another issuer (RFC 9068): not for signing in with" },
		{ "dpop+jwt", "a DPoP proof (RFC 9449): made by the client for one request" },
		{ "logout+jwt", "a logout token of an OpenID provider" },
		{ "secevent+jwt", "a security event token (RFC 8417)" },
		{ "client-authentication+jwt", "a client's assertion of itself (RFC 7523)" },
		{ "oauth-authz-req+jwt", "an authorization request (RFC 9101)" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(text_of(header, "typ"), types[i].typ) == 0)
			return types[i].what;
	}
	if (json_object_get(claims, "events") != NULL)
		return "a logout token or security event of another issuer";
	if (json_object_get(claims, "nonce") != NULL || json_object_get(claims, "at_hash") != NULL ||
	    json_object_get(claims, "c_hash") != NULL)
		return "an ID token, as OpenID providers issue them";
	if (json_object_get(claims, "scope") != NULL || json_object_get(claims, "scp") != NULL)
		return "a JWT of another issuer, an access token by its scope: not for signing in with";
	return "a JWT of another issuer";
}

/* ", key K" and ", issuer I", where the token names them. */
static void
name_source(const json_t *header, const json_t *claims, char *out, size_t room)
{
	const char *kid = plain_of(header, "kid", 64), *iss = plain_of(claims, "iss", 128);

	(void)snprintf(out, room, "%s%s%s%s", *kid != '\0' ? ", key " : "", kid, *iss != '\0' ? ", issuer " : "", iss);
}

static const char *const hmac[] = { "HS256", "HS384", "HS512", NULL };
static const char *const pairs[] = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K",
	"EdDSA", NULL };

int
named_is_alg(const char *alg)
{
	return is_one_of(alg, hmac) || is_one_of(alg, pairs);
}

static void
jws_needs(const json_t *header, const json_t *claims, struct named *ret)
{
	const char *alg = text_of(header, "alg"), *iss = text_of(claims, "iss");
	char source[256];

	name_source(header, claims, source, sizeof(source));
	if (strcasecmp(alg, "none") == 0)
		(void)snprintf(ret->needs, NAMED_MAX, "nothing: it is not signed, anybody can have written it, and no "
		    "verify accepts it");
	else if (is_one_of(alg, hmac))
		(void)snprintf(ret->needs, NAMED_MAX, "the secret that the issuer shares with its audience (%s%s), as a JWK: "
		    "`sesstool verify --jwks FILE --alg %s`", alg, source, alg);
	else if (is_one_of(alg, pairs))
		(void)snprintf(ret->needs, NAMED_MAX, "the issuer's public key (%s%s): its JWK Set%s, then "
		    "`sesstool verify --jwks FILE --alg %s`", alg, source, strncmp(iss, "https://", 8) == 0 ?
		    ", the jwks_uri in ISSUER/.well-known/openid-configuration" : "", alg);
	else
		(void)snprintf(ret->needs, NAMED_MAX, "a library that knows its algorithm%s%s; sesstool does not",
		    *plain_of(header, "alg", 32) != '\0' ? " " : "", plain_of(header, "alg", 32));
}

static void
jwe_needs(const json_t *header, struct named *ret)
{
	static const char *const ours[] = { "dir", "A256KW", "PBES2-HS512+A256KW", NULL };
	static const char *const contents[] = { "A256GCM", "A256CBC-HS512", NULL };
	const char *alg = plain_of(header, "alg", 32), *enc = plain_of(header, "enc", 32), *kid = plain_of(header, "kid", 64);
	const char *key = strncmp(alg, "RSA", 3) == 0 || strncmp(alg, "ECDH", 4) == 0 ? "its recipient's private key" :
	    strncmp(alg, "PBES2", 5) == 0 ? "the passphrase" : "the key that was agreed on";

	(void)snprintf(ret->needs, NAMED_MAX, "%s (%s, %s%s%s)%s", key, alg, enc, *kid != '\0' ? ", key " : "", kid,
	    is_one_of(alg, ours) && is_one_of(enc, contents) ? ": `sesstool verify --raw --jwk FILE`" :
	    " and a JOSE library that has these; sesstool does not");
}

static int
name_ours(const sess_inspection *x, const json_t *header, const json_t *claims, struct named *ret)
{
	sess_form form;

	if (!sess_inspection_form(x, &form) || (form == SESS_FORM_SIGNED && !has_session_claims(claims)))
		return 0;
	ret->kind = "session";
	ret->what = form == SESS_FORM_NESTED ? "nested: a signed token inside an encrypted one" : form == SESS_FORM_SEALED ?
	    "sealed: an encrypted token" : "signed: a signed token that anybody can read";
	(void)snprintf(ret->needs, NAMED_MAX, "the ring with key %s: `sesstool verify --ring RING`",
	    plain_of(header, "kid", 64));
	return 1;
}

void
named_by_header(const sess_inspection *x, const json_t *header, const json_t *claims, struct named *ret)
{
	int is_claims = json_is_object(claims);

	if (name_ours(x, header, claims, ret))
		return;
	if (*text_of(header, "alg") == '\0') {
		ret->kind = "signed cookie";
		ret->what = "no JWS or JWE: its first part names no alg; Flask's session cookies (itsdangerous) look like this";
		(void)snprintf(ret->needs, NAMED_MAX, "the secret key of the service that made it");
		return;
	}
	if (sess_inspection_kind(x) == SESS_KIND_JWE) {
		ret->kind = "JWE";
		ret->what = strcasecmp(text_of(header, "cty"), "JWT") == 0 ? "a JWE of another issuer, with a JWT inside" :
		    "a JWE, of no form of this library";
		jwe_needs(header, ret);
		return;
	}
	ret->kind = is_claims ? "JWT" : "JWS";
	ret->what = is_claims ? jwt_words(header, claims) : "a JWS whose payload is not a JSON object, so no JWT";
	jws_needs(header, claims, ret);
}
