/* SPDX-License-Identifier: MIT */
/* L3: the protected header of an encrypted ring. Strict: what is not known here is refused, and all before any work. */
#include "ring/ring_seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "crypto/rng.h"

#define CTY "jwk-set+json" /* RFC 7517 §7, §8.5.2 */
#define SALT_LEN 16

/* A header under inspection. */
struct reading {
	struct json_scratch scratch;
	struct json_index index;
	char text[JOSE_HEADER_MAX];
	char value[JOSE_HEADER_MAX + 1]; /* of the member read last, NUL-terminated */
};

static void
reading_free(struct reading **r)
{
	free(*r);
}

static void
rng_cleanup(struct rng **rng)
{
	rng_free(*rng);
}

static const char *
alg_name(enum protection_kind kind)
{
	return kind == PROTECTION_PASSPHRASE ? PBES2_ALG : "A256KW";
}

const char *
ring_seal_alg(const struct ring_seal *seal)
{
	return seal->enc == NULL ? NULL : alg_name(seal->kind);
}

static int
fault(sess_diag *diag, const char *member, const char *what)
{
	return diag_error_at(diag, SESS_ERR_RING_FORMAT, NULL, member, "the encrypted ring's header: %s", what);
}

static int
index_header(struct reading *r, const char *b64, size_t n, sess_diag *diag)
{
	static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_MEMBERS_MAX };

	if (B64URL_DECODED_LEN(n) > JOSE_HEADER_MAX)
		return fault(diag, NULL, "it is longer than 1024 bytes");
	if (b64url_decode((uint8_t *)r->text, b64, n) != 0)
		return fault(diag, NULL, "it is not base64url");
	if (json_index_build(r->text, B64URL_DECODED_LEN(n), &limits, &r->scratch, &r->index) == 0)
		return 0;
	/* The only number that a header may hold. */
	if (r->index.fault == JSON_F_NUMBER)
		return fault(diag, "p2c", "\"p2c\" must be an integer in 1000..1000000");
	return fault(diag, NULL, json_fault_sentence(r->index.fault));
}

static const struct json_member *
find(const struct reading *r, const char *name)
{
	return json_member_find(r->text, r->index.member, r->index.count, name, strlen(name));
}

/* Names the first member that is not one of ours: crit, zip and whatever else would change what the text means. */
static int
check_members(struct reading *r, sess_diag *diag)
{
	static const char *const known[] = { "alg", "enc", "cty", "p2s", "p2c", "kid", "typ" };
	const struct json_member *ours[sizeof(known) / sizeof(known[0])];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ours[i] = find(r, known[i]);
	for (size_t m = 0; m < r->index.count; m++) {
		const struct json_member *member = &r->index.member[m];
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && ours[i] != member)
			i++;
		if (i < sizeof(known) / sizeof(known[0]))
			continue;
		r->value[json_unescape(r->value, r->text + member->name_off, member->name_len)] = '\0';
		return fault(diag, r->value, "it may hold alg, enc, cty, p2s, p2c, kid and typ, and nothing else");
	}
	return 0;
}

/* Into r->value. An absent member is refused when it is required, else an empty text. */
static int
get_string(struct reading *r, const char *name, int required, size_t *ret_len, sess_diag *diag)
{
	const struct json_member *m = find(r, name);

	r->value[0] = '\0';
	*ret_len = 0;
	if (m == NULL && !required)
		return 0;
	if (m == NULL || m->type != JSON_T_STRING)
		return fault(diag, name, m == NULL ? "the member is missing" : "the member must be a string");
	*ret_len = json_unescape(r->value, r->text + m->value_off + 1, m->value_len - 2);
	r->value[*ret_len] = '\0';
	return 0;
}

static int
read_names(struct reading *r, struct ring_seal *seal, sess_diag *diag)
{
	size_t n;
	int rc;

	if ((rc = get_string(r, "alg", 1, &n, diag)) != 0)
		return rc;
	if (strcmp(r->value, PBES2_ALG) != 0 && strcmp(r->value, "A256KW") != 0)
		return fault(diag, "alg", "\"alg\" must be " PBES2_ALG " or A256KW");
	seal->kind = r->value[0] == 'P' ? PROTECTION_PASSPHRASE : PROTECTION_KEK;
	if ((rc = get_string(r, "enc", 1, &n, diag)) != 0)
		return rc;
	if ((seal->enc = enc_find(r->value)) == NULL)
		return fault(diag, "enc", "\"enc\" must be A256GCM or A256CBC-HS512");
	if ((rc = get_string(r, "cty", 1, &n, diag)) != 0)
		return rc;
	if (strcmp(r->value, CTY) != 0)
		return fault(diag, "cty", "\"cty\" must be " CTY ": this is no encrypted JWK Set");
	/* Read for their type alone: they say nothing that opening needs. */
	if ((rc = get_string(r, "kid", 0, &n, diag)) != 0)
		return rc;
	return get_string(r, "typ", 0, &n, diag);
}

static int
read_pbes2(struct reading *r, struct ring_seal *seal, sess_diag *diag)
{
	const struct json_member *p2c = find(r, "p2c");
	size_t n;
	int rc;

	if (p2c == NULL || json_member_digits(r->text, p2c, SESS_P2C_MAX, &seal->p2c) != 0 || seal->p2c < SESS_P2C_MIN)
		return fault(diag, "p2c", p2c == NULL ? "the member is missing" : "\"p2c\" must be an integer in 1000..1000000");
	if ((rc = get_string(r, "p2s", 1, &n, diag)) != 0)
		return rc;
	if (n % 4 == 1 || B64URL_DECODED_LEN(n) < PBES2_SALT_MIN || B64URL_DECODED_LEN(n) > PBES2_SALT_MAX)
		return fault(diag, "p2s", "\"p2s\" must be base64url of 8 to 64 bytes");
	if (b64url_decode(seal->p2s, r->value, n) != 0)
		return fault(diag, "p2s", "\"p2s\" is not canonical base64url without padding");
	seal->p2s_len = B64URL_DECODED_LEN(n);
	return 0;
}

static int
refuse_pbes2(const struct reading *r, sess_diag *diag)
{
	if (find(r, "p2c") != NULL || find(r, "p2s") != NULL)
		return fault(diag, find(r, "p2c") != NULL ? "p2c" : "p2s", "the member does not belong with \"alg\" A256KW");
	return 0;
}

int
ring_seal_parse(const char *b64, size_t n, struct ring_seal *ret, sess_diag *diag)
{
	__attribute__((cleanup(reading_free))) struct reading *r = malloc(sizeof(*r));
	struct ring_seal seal;
	int rc;

	memset(&seal, 0, sizeof(seal));
	if (r == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = index_header(r, b64, n, diag)) != 0 || (rc = check_members(r, diag)) != 0 ||
	    (rc = read_names(r, &seal, diag)) != 0 ||
	    (rc = seal.kind == PROTECTION_PASSPHRASE ? read_pbes2(r, &seal, diag) : refuse_pbes2(r, diag)) != 0)
		return rc;
	memcpy(seal.header, b64, n);
	seal.header_len = n;
	*ret = seal;
	return 0;
}

int
ring_seal_new(const struct sess_protection *p, struct ring_seal *ret)
{
	__attribute__((cleanup(rng_cleanup))) struct rng *rng = NULL;
	char text[256], p2s[B64URL_ENCODED_LEN(SALT_LEN) + 1], pbes2[64] = "";
	struct ring_seal seal;
	int rc, n;

	memset(&seal, 0, sizeof(seal));
	seal.kind = protection_kind_of(p);
	seal.enc = enc_find("A256GCM");
	if (seal.kind == PROTECTION_PASSPHRASE) {
		seal.p2c = protection_p2c(p);
		seal.p2s_len = SALT_LEN;
		if ((rc = rng_new(NULL, NULL, &rng)) != 0 || (rc = rng_bytes(rng, seal.p2s, SALT_LEN)) != 0)
			return rc;
		p2s[b64url_encode(p2s, seal.p2s, SALT_LEN)] = '\0';
		(void)snprintf(pbes2, sizeof(pbes2), "\"p2s\":\"%s\",\"p2c\":%" PRId64 ",", p2s, seal.p2c);
	}
	n = snprintf(text, sizeof(text), "{\"alg\":\"%s\",\"enc\":\"%s\",%s\"cty\":\"" CTY "\"}", alg_name(seal.kind),
	    seal.enc->name, pbes2);
	seal.header_len = b64url_encode(seal.header, (const uint8_t *)text, (size_t)n);
	*ret = seal;
	return 0;
}
