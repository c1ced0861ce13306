/* SPDX-License-Identifier: MIT */
/* L5: formatting, authenticating and parsing what stands in a feed. Numbers have eight bytes, the greatest first. */
#include "revocation/feed_entry.h"

#include <string.h>

#include "base/b64url.h"
#include "base/checked.h"
#include "crypto/kdf.h"
#include "crypto/sig.h"

#define LABEL "sess feed"
#define PREFIX "epoch:"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define MAC 32
#define BODY (REVOCATION_KEY_LEN + 5 * 8) /* name, event, t, until, copy, at */

/* What is authenticated: a byte for what it is, and its epoch. */
enum { IS_EPOCH = 1, IS_ENTRY = 2 };
#define HEAD (1 + FEED_EPOCH_BYTES)

_Static_assert(B64URL_ENCODED_LEN(BODY + MAC) == FEED_ENTRY_LEN, "an entry's text");
_Static_assert(PREFIX_LEN + B64URL_ENCODED_LEN(FEED_EPOCH_BYTES) + 1 + B64URL_ENCODED_LEN(MAC) == FEED_EPOCH_LEN,
    "an epoch's text");

int
feed_key_init(struct feed_key *k, const struct sess_ring *ring)
{
	int rc = kdf_hkdf_sha256(ring->lib, &ring->tag, LABEL, 32, &k->key);

	if (rc == 0)
		k->lib = crypto_lib_ref(ring->lib);
	return rc;
}

void
feed_key_done(struct feed_key *k)
{
	crypto_lib_free(k->lib);
	secret_done(&k->key);
}

static int
authenticate(const struct feed_key *k, int what, const uint8_t epoch[FEED_EPOCH_BYTES], const uint8_t *body, size_t n,
    uint8_t mac[MAC])
{
	uint8_t msg[HEAD + BODY];

	msg[0] = (uint8_t)what;
	memcpy(msg + 1, epoch, FEED_EPOCH_BYTES);
	if (n > 0)
		memcpy(msg + HEAD, body, n);
	return kdf_hmac_sha256(k->lib, &k->key, msg, HEAD + n, mac);
}

int
feed_epoch_format(const struct feed_key *k, const uint8_t epoch[FEED_EPOCH_BYTES], char out[FEED_EPOCH_LEN])
{
	uint8_t mac[MAC];
	int rc = authenticate(k, IS_EPOCH, epoch, NULL, 0, mac);
	char *at = out + PREFIX_LEN;

	if (rc != 0)
		return rc;
	memcpy(out, PREFIX, PREFIX_LEN);
	at += b64url_encode(at, epoch, FEED_EPOCH_BYTES);
	*at++ = '.';
	(void)b64url_encode(at, mac, MAC);
	return 0;
}

int
feed_epoch_parse(const struct feed_key *k, const char *text, size_t len, uint8_t ret[FEED_EPOCH_BYTES])
{
	const size_t epoch_len = B64URL_ENCODED_LEN(FEED_EPOCH_BYTES);
	uint8_t epoch[FEED_EPOCH_BYTES], mac[MAC], right[MAC];
	int rc;

	if (len != FEED_EPOCH_LEN || memcmp(text, PREFIX, PREFIX_LEN) != 0 || text[PREFIX_LEN + epoch_len] != '.' ||
	    b64url_decode(epoch, text + PREFIX_LEN, epoch_len) != 0 ||
	    b64url_decode(mac, text + PREFIX_LEN + epoch_len + 1, B64URL_ENCODED_LEN(MAC)) != 0)
		return SESS_ERR_REJECTED;
	if ((rc = authenticate(k, IS_EPOCH, epoch, NULL, 0, right)) != 0)
		return rc;
	if (!sig_mac_equals(mac, right, MAC))
		return SESS_ERR_REJECTED;
	memcpy(ret, epoch, sizeof(epoch));
	return 0;
}

static uint8_t *
put_number(uint8_t *at, uint64_t value)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*at++ = (uint8_t)(value >> shift);
	return at;
}

static const uint8_t *
get_number(const uint8_t *at, uint64_t *ret)
{
	*ret = 0;
	for (int i = 0; i < 8; i++)
		*ret = *ret << 8 | *at++;
	return at;
}

int
feed_entry_format(const struct feed_key *k, const uint8_t epoch[FEED_EPOCH_BYTES], const struct feed_entry *e,
    char out[FEED_ENTRY_LEN])
{
	uint8_t all[BODY + MAC], *at = all;
	int rc;

	memcpy(at, e->r.key, REVOCATION_KEY_LEN);
	at = put_number(at + REVOCATION_KEY_LEN, e->r.event);
	at = put_number(at, (uint64_t)e->r.t);
	at = put_number(at, (uint64_t)e->r.until);
	at = put_number(at, e->copy);
	at = put_number(at, (uint64_t)e->at_ms);
	if ((rc = authenticate(k, IS_ENTRY, epoch, all, BODY, at)) != 0)
		return rc;
	(void)b64url_encode(out, all, sizeof(all));
	return 0;
}

/* What is authentic was written by this code or by its like; a number that makes no sense is not trusted for that. */
static int
makes_sense(const struct feed_entry *e)
{
	int kind = REVOCATION_KIND_OF(e->r.event);

	return kind >= REVOCATION_SESSION && kind <= REVOCATION_UNDO && time_is_valid(e->r.t) && time_is_valid(e->r.until) &&
	    e->r.until >= e->r.t && e->r.until - e->r.t <= INDEX_LIFE_MAX_S && e->at_ms >= 0;
}

int
feed_entry_parse(const struct feed_key *k, const uint8_t epoch[FEED_EPOCH_BYTES], const char *text, size_t len,
    struct feed_entry *ret)
{
	uint8_t all[BODY + MAC], right[MAC];
	struct feed_entry e;
	uint64_t t, until, at_ms;
	int rc;

	if (len != FEED_ENTRY_LEN || b64url_decode(all, text, len) != 0)
		return SESS_ERR_REJECTED;
	if ((rc = authenticate(k, IS_ENTRY, epoch, all, BODY, right)) != 0)
		return rc;
	if (!sig_mac_equals(all + BODY, right, MAC))
		return SESS_ERR_REJECTED;
	memcpy(e.r.key, all, REVOCATION_KEY_LEN);
	(void)get_number(get_number(get_number(get_number(get_number(all + REVOCATION_KEY_LEN, &e.r.event), &t), &until), &e.copy), &at_ms);
	e.r.t = (int64_t)t;
	e.r.until = (int64_t)until;
	e.at_ms = (int64_t)at_ms;
	if (!makes_sense(&e))
		return SESS_ERR_REJECTED;
	*ret = e;
	return 0;
}
