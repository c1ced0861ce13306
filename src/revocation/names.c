/* SPDX-License-Identifier: MIT */
/* L5: deriving the keys of names, and naming. doc/format.md, "Revocations". */
#include "revocation/names.h"

#include <string.h>

#include <sess/policy.h>

#include "crypto/kdf.h"

#define LABEL "sess revocation"

/* RFC 5869 beneath, and one key for each kind, so that a sid and a subject of the same text have nothing in common. */
int
names_init(struct names *n, const struct sess_ring *ring, const char *issuer)
{
	SECRET_CLEANUP struct secret derived = { { 0 }, 0 };
	uint8_t msg[1 + SESS_NAME_MAX], mac[32];
	size_t issuer_len = strlen(issuer);
	int rc;

	if ((rc = kdf_hkdf_sha256(ring->lib, &ring->tag, LABEL, 32, &derived)) != 0)
		return rc;
	if ((rc = kdf_hmac_sha256(ring->lib, &derived, (const uint8_t *)"ring", 4, mac)) != 0)
		return rc;
	memcpy(n->ring_id, mac, sizeof(n->ring_id));
	memcpy(msg + 1, issuer, issuer_len);
	for (int kind = REVOCATION_SESSION; kind <= REVOCATION_UNDO; kind++) {
		msg[0] = (uint8_t)kind;
		if ((rc = kdf_hmac_sha256(ring->lib, &derived, msg, 1 + issuer_len, mac)) != 0)
			return rc;
		memcpy(n->key[kind], mac, SIPHASH_KEY_LEN);
	}
	secret_wipe(mac, sizeof(mac));
	names_of(n, REVOCATION_ALL, "", 0, n->all);
	return 0;
}

void
names_done(struct names *n)
{
	secret_wipe(n->key, sizeof(n->key));
}

void
names_of(const struct names *n, enum revocation_kind kind, const char *id, size_t len, uint8_t out[REVOCATION_KEY_LEN])
{
	siphash_128(n->key[kind], id, len, out);
}

void
names_of_spared(const struct names *n, enum revocation_kind from, const char sid[CLAIMS_ID_LEN],
    uint8_t out[REVOCATION_KEY_LEN])
{
	char text[1 + CLAIMS_ID_LEN];

	text[0] = from == REVOCATION_ALL ? 'A' : 'S';
	memcpy(text + 1, sid, CLAIMS_ID_LEN);
	names_of(n, REVOCATION_SPARE, text, sizeof(text), out);
}
