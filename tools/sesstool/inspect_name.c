/* SPDX-License-Identifier: MIT */
/* sesstool inspect: the shapes of session cookies and tokens that are no compact JWS or JWE. Decodes nothing. */
#include <string.h>

#include "inspect.h"

#define OPAQUE_MIN 16
#define OPAQUE_MAX 512
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static int
starts(const char *text, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static int
holds(const char *text, size_t n, const char *what)
{
	return memmem(text, n, what, strlen(what)) != NULL;
}

/* 8-4-4-4-12 of hex (RFC 9562). */
static int
is_uuid(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return 0;
	}
	return n == 36;
}

int
named_is_opaque(const char *text, size_t len)
{
	return len >= OPAQUE_MIN && len <= OPAQUE_MAX && strlen(text) == len && strspn(text, ALNUM "-_+/=~") == len;
}

/* v4.public.…, v4.local.… */
static int
is_paseto(const char *text, size_t n, const char *purpose)
{
	return n > 10 && text[0] == 'v' && text[1] >= '1' && text[1] <= '4' && text[2] == '.' &&
	    starts(text + 3, n - 3, purpose);
}

static int
is_paseto_local(const char *text, size_t n)
{
	return is_paseto(text, n, "local.");
}

static int
is_paseto_public(const char *text, size_t n)
{
	return is_paseto(text, n, "public.");
}

/* A JWT with disclosures after it: three parts, then '~'. */
static int
is_sd_jwt(const char *text, size_t n)
{
	const char *tilde = memchr(text, '~', n);
	size_t dots = 0;

	for (const char *p = text; tilde != NULL && p < tilde; p++)
		dots += *p == '.';
	return starts(text, n, "ey") && dots == 2;
}

/* Version 0x80 and the upper bytes of a time, in base64url. */
static int
is_fernet(const char *text, size_t n)
{
	return starts(text, n, "gAAAAA") && strspn(text, ALNUM "-_=") == n && n >= 98;
}

static int
is_express(const char *text, size_t n)
{
	return (starts(text, n, "s:") || starts(text, n, "s%3A") || starts(text, n, "s%3a")) && memchr(text, '.', n) != NULL;
}

static int
is_rails(const char *text, size_t n)
{
	return holds(text, n, "--") && strspn(text, ALNUM "+/=%-") == n && n >= 40 && !is_uuid(text, n);
}

/* Compressed: a dot before the payload, which begins like zlib's output in base64. */
static int
is_flask_packed(const char *text, size_t n)
{
	return starts(text, n, ".eJ");
}

/* RFC 7519 §6: two parts and an empty signature. */
static int
is_unsigned(const char *text, size_t n)
{
	const char *dot = memchr(text, '.', n);

	return starts(text, n, "ey") && text[n - 1] == '.' && dot != NULL && dot + 1 < text + n - 1 &&
	    memchr(dot + 1, '.', (size_t)(text + n - dot - 1)) == text + n - 1;
}

static int
is_pem(const char *text, size_t n)
{
	return starts(text, n, "-----BEGIN ");
}

static int
is_jwk(const char *text, size_t n)
{
	return text[0] == '{' && (holds(text, n, "\"kty\"") || holds(text, n, "\"keys\""));
}

static int
is_json_jose(const char *text, size_t n)
{
	return text[0] == '{' && (holds(text, n, "\"signature") || holds(text, n, "\"ciphertext\""));
}

/* The order matters: what is more particular comes first. */
static const struct {
	const char *kind;
	int (*is)(const char *text, size_t n);
	const char *what, *needs;
} shapes[] = {
	{ "PASETO", is_paseto_local, "a PASETO, local: encrypted under a shared key",
	    "the issuer's symmetric key and a PASETO library; sesstool has neither" },
	{ "PASETO", is_paseto_public, "a PASETO, public: signed, and anybody can read it",
	    "the issuer's public key and a PASETO library; sesstool has no PASETO" },
	{ "JWT", is_unsigned, "a JWT without a signature (alg none)",
	    "nothing: anybody can have written it, and no verify accepts it" },
	{ "SD-JWT", is_sd_jwt, "a JWT with selective disclosures (SD-JWT)",
	    "the part before the first '~' is a JWT: inspect that alone; the disclosures need a library for them" },
	{ "Fernet", is_fernet, "a Fernet token: encrypted and authenticated under a shared key",
	    "the 32-byte key of the service that made it" },
	{ "signed cookie", is_express, "a session id with an HMAC behind it, as Express and connect make them",
	    "the service's secret tells whether it is genuine; what it stands for is in the service's own store" },
	{ "signed cookie", is_flask_packed, "a compressed, signed session cookie, as Flask makes them (itsdangerous)",
	    "the service's secret key; the content is signed, not encrypted" },
	{ "encrypted cookie", is_rails, "parts joined by \"--\": a signed or encrypted cookie, as Rails makes them",
	    "the service's secret_key_base" },
	{ "key", is_jwk, "a JSON Web Key or a set of them: no token",
	    "nothing; it opens others (verify --jwks FILE). If it is secret, it has now been shown: treat it so" },
	{ "JWS or JWE", is_json_jose, "a JWS or JWE in its JSON serialization (section 7.2 of RFC 7515 and RFC 7516)",
	    "its compact serialization: the parts in base64url, joined by dots" },
	{ "key", is_pem, "a PEM block, a key or a certificate: no token", "nothing; it opens others (verify --pem FILE)" },
	{ "opaque", is_uuid, "an opaque id (a UUID): it says nothing itself",
	    "the store of the service that made it: its own lookup, or token introspection (RFC 7662)" },
	{ "opaque", named_is_opaque, "an opaque id: it says nothing itself, or is encrypted",
	    "the store of the service that made it: its own lookup, or token introspection (RFC 7662)" },
};

int
named_by_shape(const char *text, size_t len, struct named *ret)
{
	for (size_t i = 0; len > 0 && i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].is(text, len)) {
			ret->kind = shapes[i].kind;
			ret->what = shapes[i].what;
			(void)snprintf(ret->needs, sizeof(ret->needs), "%s", shapes[i].needs);
			return 1;
		}
	}
	return 0;
}
