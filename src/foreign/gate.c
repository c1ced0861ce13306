/* SPDX-License-Identifier: MIT */
/* L7: a foreign token taken apart: text, header, payload. libjwt sees nothing that has not passed here, for by itself it takes
 * other spellings of base64, members that stand twice, and whatever a header says. */
#include "foreign/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "base/secret.h"

static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };

int
gate_new(const sess_foreign_keys *keys, const sess_foreign_expectations *expectations, sess_diag *diag, struct gate **ret)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	g->keys = keys;
	g->expectations = expectations;
	g->diag = diag;
	*ret = g;
	return 0;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	if (g->token != NULL)
		secret_wipe(g->token, g->token_len);
	free(g->token);
	if (g->payload != NULL)
		secret_wipe(g->payload, g->payload_len);
	free(g->payload);
	secret_wipe(g, sizeof(*g));
	free(g);
}

int
gate_refuse(struct gate *g, uint32_t reason, const char *member, const char *expected, const char *got)
{
	g->reasons |= reason;
	return diag_reject(g->diag, reason, member, expected, got);
}

int
gate_text(struct gate *g, const char *token, size_t len)
{
	size_t max = g->expectations->max_token_bytes;
	const char *why = NULL;

	if (max == 0)
		max = SESS_FOREIGN_TOKEN_BYTES;
	if (len > max) {
		g->reasons |= SESS_REASON_OVERSIZE;
		return diag_reject_num(g->diag, SESS_REASON_OVERSIZE, NULL, SESS_UNIT_BYTES, (int64_t)max,
		    len > (size_t)INT64_MAX ? INT64_MAX : (int64_t)len, NULL, NULL);
	}
	if ((g->token = malloc(len + 1)) == NULL)
		return diag_error(g->diag, SESS_ERR_MEMORY, NULL);
	memcpy(g->token, token, len);
	g->token[len] = '\0';
	g->token_len = len;
	if (compact_split(g->token, len, 0, &g->compact, &why) != 0)
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "a JWS of three segments of canonical base64url", why);
	if (g->compact.count != COMPACT_JWS)
		return gate_refuse(g, SESS_REASON_WRONG_FORM, NULL, "a JWS of three segments", "a JWE of five segments: it is encrypted");
	return 0;
}

/* Each of them is a way of letting the token choose its key, or what is signed (RFC 8725 §3.10, RFC 7797). */
static int
check_dangerous(struct gate *g)
{
	static const char *const dangerous[] = { "crit", "b64", "zip", "jwk", "jku", "x5u", "x5c" };

	for (size_t i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
		if (json_member_find(g->header, g->header_index.member, g->header_index.count, dangerous[i], strlen(dangerous[i])) !=
		    NULL)
			return gate_refuse(g, SESS_REASON_MALFORMED, dangerous[i], "a header without it",
			    "the header holds a member that is never accepted");
	}
	return 0;
}

/* A string member of the header into room + 1 bytes. */
static int
get_text(struct gate *g, const char *name, char *out, size_t room, int *ret_has)
{
	const struct json_member *m =
	    json_member_find(g->header, g->header_index.member, g->header_index.count, name, strlen(name));

	*ret_has = m != NULL;
	if (m == NULL)
		return 0;
	if (m->type != JSON_T_STRING)
		return gate_refuse(g, SESS_REASON_MALFORMED, name, "a string", "a value of another type");
	/* Unescaping only shortens, and what is escaped may be six times as long as what it says; nobody escapes these. */
	if (m->value_len - 2 > room)
		return gate_refuse(g, SESS_REASON_MALFORMED, name, "a value of bounded length", "a longer one");
	out[json_unescape(out, g->header + m->value_off + 1, m->value_len - 2)] = '\0';
	return 0;
}

static int
check_kid(struct gate *g)
{
	if (g->has_kid && !keys_kid_is_safe(g->kid, strlen(g->kid)))
		return gate_refuse(g, SESS_REASON_MALFORMED, "kid", "printable ASCII without space, quote and backslash",
		    "other characters, or none");
	return 0;
}

int
gate_header(struct gate *g)
{
	const char *text = g->compact.segment[JWS_HEADER];
	size_t n = g->compact.len[JWS_HEADER], len = B64URL_DECODED_LEN(n);
	int has_alg = 0, rc;

	if (len > sizeof(g->header))
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "a header of at most 4096 bytes", "a longer one");
	if (b64url_decode((uint8_t *)g->header, text, n) != 0)
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "base64url", "the header segment is not");
	if (json_index_build(g->header, len, &limits, &g->scratch, &g->header_index) != 0)
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "a header that is one strict JSON object",
		    json_fault_sentence(g->header_index.fault));
	if ((rc = check_dangerous(g)) != 0 || (rc = get_text(g, "alg", g->alg, GATE_ALG_MAX, &has_alg)) != 0 ||
	    (rc = get_text(g, "kid", g->kid, SESS_FOREIGN_KID_MAX, &g->has_kid)) != 0 ||
	    (rc = get_text(g, "typ", g->typ, GATE_TYP_MAX, &g->has_typ)) != 0 || (rc = check_kid(g)) != 0)
		return rc;
	if (!has_alg)
		return gate_refuse(g, SESS_REASON_MALFORMED, "alg", "the name of an algorithm", "the member is missing");
	return 0;
}

/* Before the signature, so that libjwt's refusal can mean nothing else: it parses the payload too, and says one thing for all. */
int
gate_payload(struct gate *g)
{
	const char *text = g->compact.segment[JWS_PAYLOAD];
	size_t n = g->compact.len[JWS_PAYLOAD], len = B64URL_DECODED_LEN(n);

	if ((g->payload = malloc(len + 1)) == NULL)
		return diag_error(g->diag, SESS_ERR_MEMORY, NULL);
	g->payload_len = len;
	if (b64url_decode((uint8_t *)g->payload, text, n) != 0)
		return gate_refuse(g, SESS_REASON_MALFORMED, NULL, "base64url", "the payload segment is not");
	g->payload[len] = '\0';
	if (json_index_build(g->payload, len, &limits, &g->scratch, &g->index) != 0)
		return gate_refuse(g, SESS_REASON_BAD_PAYLOAD, NULL, "one strict JSON object", json_fault_sentence(g->index.fault));
	return 0;
}
