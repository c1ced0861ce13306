/* SPDX-License-Identifier: MIT */
/* L7: which key a foreign token belongs to, and what of the token must be as that key says: algorithm, type, lengths. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "foreign/gate.h"

static int
is_expected_alg(const sess_foreign_expectations *e, const char *alg)
{
	for (size_t i = 0; i < e->algs_count; i++) {
		if (strcmp(e->algs[i], alg) == 0)
			return 1;
	}
	return 0;
}

static int
find_key(struct gate *g)
{
	g->key = keys_find(g->keys, g->has_kid ? g->kid : NULL);
	if (g->key == NULL)
		return gate_refuse(g, SESS_REASON_UNKNOWN_KEY, "kid", "the kid of a key in the set",
		    g->has_kid ? "another kid" : "no kid, though the set has several keys");
	if (g->key->kid[0] != '\0')
		diag_set_kid(g->diag, g->key->kid);
	return 0;
}

/* RFC 8725 §3.1: the algorithm is the key's; the header may only repeat it, and the caller must want it. */
static int
check_alg(struct gate *g)
{
	if (strcmp(g->alg, g->key->alg->name) != 0)
		return gate_refuse(g, SESS_REASON_MALFORMED, "alg", g->key->alg->name, "another algorithm than the key's");
	if (!is_expected_alg(g->expectations, g->alg))
		return gate_refuse(g, SESS_REASON_MALFORMED, "alg", "an algorithm that the expectations name",
		    g->key->alg->name);
	return 0;
}

/* RFC 7515 §4.1.9: "application/" may be left out, and case does not count. */
static const char *
short_typ(const char *typ)
{
	static const char prefix[] = "application/";

	return strncasecmp(typ, prefix, sizeof(prefix) - 1) == 0 ? typ + sizeof(prefix) - 1 : typ;
}

/* RFC 8725 §3.11: a token that says what it is for is not taken for anything else. */
static int
check_typ(struct gate *g)
{
	const sess_foreign_expectations *e = g->expectations;

	if (e->typ != NULL) {
		if (!g->has_typ || strcasecmp(short_typ(g->typ), short_typ(e->typ)) != 0)
			return gate_refuse(g, SESS_REASON_WRONG_TYPE, "typ", e->typ, g->has_typ ? "another typ" : "no typ");
		return 0;
	}
	if (e->kind != SESS_FOREIGN_ID_TOKEN || !g->has_typ || strcasecmp(short_typ(g->typ), "JWT") == 0)
		return 0;
	return gate_refuse(g, SESS_REASON_WRONG_TYPE, "typ", "an ID token: typ JWT, or none",
	    strcasecmp(short_typ(g->typ), "at+jwt") == 0 ? "an access token (at+jwt)" : "a token for something else");
}

static int
check_libjwt(struct gate *g)
{
	const struct foreign_alg *alg = g->key->alg;
	const char *version = libjwt_version();

	if (version == NULL)
		return diag_error(g->diag, SESS_ERR_UNSUPPORTED,
		    "this library was built without libjwt, which verifies foreign tokens; build it with libjwt");
	if (!libjwt_can(alg))
		return diag_error_at(g->diag, SESS_ERR_UNSUPPORTED, g->key->kid, "alg",
		    "libjwt %s does not verify %s; version %s and later do", version, alg->name, alg->since);
	if (!libjwt_can_typ(g->has_typ ? g->typ : NULL))
		return diag_error_at(g->diag, SESS_ERR_UNSUPPORTED, g->key->kid, "typ",
		    "libjwt %s verifies no token with a \"typ\" but JWT; version 1.12 and later do", version);
	return 0;
}

int
gate_key(struct gate *g)
{
	int rc;

	if ((rc = find_key(g)) != 0 || (rc = check_alg(g)) != 0 || (rc = check_typ(g)) != 0)
		return rc;
	return check_libjwt(g);
}

static int
is_zero(const uint8_t *bytes, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= bytes[i];
	return any == 0;
}

int
gate_lengths(struct gate *g)
{
	const char *text = g->compact.segment[JWS_SIGNATURE];
	size_t n = g->compact.len[JWS_SIGNATURE], len = g->key->signature_len;
	uint8_t signature[PUBKEY_RSA_MAX];

	if (n != B64URL_ENCODED_LEN(len))
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "the exact lengths of the algorithm",
		    "the signature has the wrong length");
	if (b64url_decode(signature, text, n) != 0)
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "base64url", "the signature segment is not");
	/* FIPS 186-5 §6.4.2: r and s lie in 1..n-1. A verifier that forgets takes zeros for the signature of anything. */
	if (g->key->alg->family == FOREIGN_EC && (is_zero(signature, len / 2) || is_zero(signature + len / 2, len / 2)))
		return gate_refuse(g, SESS_REASON_BAD_SIGNATURE, NULL, "r and s from 1 on", "one of them is 0");
	return 0;
}
