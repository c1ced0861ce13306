/* SPDX-License-Identifier: MIT */
/*
 * Constant time, by valgrind's memcheck: secrets are marked undefined, and then every branch and every address of ours that
 * depends on one is an error (tests/proof/ctime.supp leaves out what happens inside OpenSSL, jansson and libc). What comes out of
 * a computation and is for everybody to know (a verdict, a ciphertext, a signature, a public key) is marked defined where it comes
 * out, by functions that the linker puts in front of ours: each is a statement that the result is public, and no more.
 *
 * Not covered, because it cannot be constant: the JSON texts. jansson reads a ring's text, and the payload index a payload, character
 * by character; from there on the keys are secrets again.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "crypto/kdf.h"
#include "proof/ctime_marks.h"
#include "revocation/feed_entry.h"
#include "ring/ring.h"

static void
need(int ok, const char *what)
{
	if (!ok) {
		printf("Bail out! %s\n", what);
		exit(1);
	}
}

/* The text of a ring, as a file would hold it: public from here on. */
static sess_ring *
read_again(sess_ring *ring, const sess_ring_access *access)
{
	sess_ring *again = NULL;
	char *text = NULL;
	size_t len = 0;

	need(sess_ring_dump_protected(ring, &text, &len, NULL) == 0, "a ring was not written");
	PUBLIC(text, len);
	need(sess_ring_load_mem(text, len, access, &again, NULL) == 0, "a ring was not read");
	sess_ring_text_free(text, len);
	sess_ring_free(ring);
	return again;
}

static volatile int sink;

/* A listener is told of a session and its client by keyed hashes. */
static void
hear(const sess_event *event, void *arg)
{
	(void)arg;
	sink = (int)event->kind;
}

static void
live(sess_ring *ring)
{
	const uint8_t address[] = "192.0.2.7";
	const sess_context context = { "net", address, sizeof(address) - 1 };
	sess_config config = SESS_CONFIG_INIT;
	sess_mint_opts mint = SESS_MINT_OPTS_INIT;
	sess_verify_opts verify = SESS_VERIFY_OPTS_INIT;
	sess_manager *manager = NULL;
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;

	config.ring = ring;
	config.revocations = "memory:";
	config.on_event = hear;
	verify.client = address;
	verify.client_len = sizeof(address) - 1;
	mint.context = verify.context = &context;
	mint.context_count = verify.context_count = 1;
	need(sess_manager_new(&config, &manager, NULL) == 0, "no manager");
	need(sess_mint(manager, "anna", "{\"role\":\"admin\"}", 16, &mint, &token, &len, NULL) == 0, "no token");
	need(sess_verify(manager, token, len, &verify, &session, NULL) == 0, "the token was refused");
	sess_session_free(session);
	token[len - 3] = token[len - 3] == 'A' ? 'B' : 'A';
	session = NULL;
	need(sess_verify(manager, token, len, &verify, &session, NULL) == SESS_ERR_REJECTED, "a forged token was accepted");
	sess_token_free(token);
	sess_manager_free(manager);
	sess_ring_free(ring);
}

static void
rings(sess_form form, const char *alg, const char *kw, const char *enc)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	spec.form = form;
	spec.alg = alg;
	spec.kw = kw;
	spec.enc = enc;
	need(sess_ring_generate(&spec, 1700000000, &ring, NULL) == 0, "no ring");
	live(read_again(ring, NULL));
}

static void nested_hs256_dir_gcm(void) { rings(SESS_FORM_NESTED, "HS256", "dir", "A256GCM"); }
static void sealed_a256kw_cbc(void) { rings(SESS_FORM_SEALED, NULL, "A256KW", "A256CBC-HS512"); }
static void sealed_a256kw_gcm(void) { rings(SESS_FORM_SEALED, NULL, "A256KW", "A256GCM"); }
static void signed_es256(void) { rings(SESS_FORM_SIGNED, "ES256", NULL, NULL); }
static void nested_eddsa_dir_cbc(void) { rings(SESS_FORM_NESTED, "EdDSA", "dir", "A256CBC-HS512"); }

static void
sealed_ring(sess_protection *protection)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *ring = NULL, *locked = NULL, *turned = NULL;

	access.protection = protection;
	need(sess_ring_generate(&spec, 1700000000, &ring, NULL) == 0, "no ring");
	need(sess_ring_protect(ring, protection, &locked, NULL) == 0, "no protected ring");
	sess_ring_free(ring);
	ring = read_again(locked, &access);
	need(sess_ring_rotate(ring, &rotation, 1700000000 + 86400, &turned, NULL) == 0, "no rotation");
	sess_ring_free(ring);
	sess_ring_free(read_again(turned, &access));
	sess_protection_free(protection);
}

static void
ring_under_a_passphrase(void)
{
	sess_protection *protection = NULL;
	char passphrase[] = "correct horse battery staple";

	SECRET(passphrase, sizeof(passphrase) - 1);
	need(sess_protection_new_passphrase(passphrase, sizeof(passphrase) - 1, 1000, &protection, NULL) == 0, "no protection");
	sealed_ring(protection);
}

static void
ring_under_a_kek(void)
{
	sess_protection *protection = NULL;
	uint8_t kek[32];

	memset(kek, 7, sizeof(kek));
	SECRET(kek, sizeof(kek));
	need(sess_protection_new_kek(kek, sizeof(kek), &protection, NULL) == 0, "no protection");
	sealed_ring(protection);
}

/* With one key alone, as it stands in the ring. */
static void
opened_with_a_jwk(sess_form form, const char *alg, const char *kw, const char *enc)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	char *text = NULL, *jwk, *token = NULL;
	uint8_t *payload = NULL;
	json_t *doc;
	size_t len = 0, n = 0;

	spec.form = form;
	spec.alg = alg;
	spec.kw = kw;
	spec.enc = enc;
	need(sess_ring_generate(&spec, 1700000000, &config.ring, NULL) == 0, "no ring");
	need(sess_ring_dump(config.ring, &text, &len, NULL) == 0, "a ring was not written");
	PUBLIC(text, len);
	need((doc = json_loadb(text, len, 0, NULL)) != NULL, "no document");
	need((jwk = json_dumps(json_array_get(json_object_get(doc, "keys"), 0), 0)) != NULL, "no key");
	need(sess_manager_new(&config, &manager, NULL) == 0, "no manager");
	need(sess_mint(manager, "anna", NULL, 0, NULL, &token, &n, NULL) == 0, "no token");
	for (int forged = 0; forged < 2; forged++) {
		size_t payload_len = 0;

		if (forged)
			token[n - 3] = token[n - 3] == 'A' ? 'B' : 'A';
		need(sess_raw_open(jwk, strlen(jwk), token, n, &payload, &payload_len, NULL) == (forged ? SESS_ERR_REJECTED : 0), "not opened");
		if (!forged)
			sess_raw_free(payload, payload_len);
	}
	sess_token_free(token);
	sess_manager_free(manager);
	sess_ring_free(config.ring);
	sess_ring_text_free(text, len);
	json_decref(doc);
	free(jwk);
}

static void
opened_by_keys(void)
{
	opened_with_a_jwk(SESS_FORM_SIGNED, "HS256", NULL, NULL);
	opened_with_a_jwk(SESS_FORM_SEALED, NULL, "A256KW", "A256GCM");
}

/* Written under a key that is known, for what is written is for everybody; then read, good and forged, under the secret one. */
static void
feed_entries(void)
{
	static const uint8_t epoch[FEED_EPOCH_BYTES] = "an epoch of 16";
	struct feed_entry entry = { .r = { .key = { 5 }, .event = 18, .t = 1700000000, .until = 1700000600 }, .copy = 1, .at_ms = 1 };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	char text[FEED_ENTRY_LEN], epoch_text[FEED_EPOCH_LEN];
	uint8_t read[FEED_EPOCH_BYTES];
	sess_ring *ring = NULL;
	struct feed_key key;

	need(sess_ring_generate(&spec, 1700000000, &ring, NULL) == 0 && feed_key_init(&key, ring) == 0, "no key of a feed");
	PUBLIC(key.key.bytes, sizeof(key.key.bytes));
	need(feed_entry_format(&key, epoch, &entry, text) == 0 && feed_epoch_format(&key, epoch, epoch_text) == 0, "no entry");
	SECRET(key.key.bytes, sizeof(key.key.bytes));
	need(feed_entry_parse(&key, epoch, text, sizeof(text), &entry) == 0, "an entry was refused");
	need(feed_epoch_parse(&key, epoch_text, sizeof(epoch_text), read) == 0, "an epoch was refused");
	text[0] = text[0] == 'A' ? 'B' : 'A';
	epoch_text[FEED_EPOCH_LEN - 9] = epoch_text[FEED_EPOCH_LEN - 9] == 'A' ? 'B' : 'A';
	need(feed_entry_parse(&key, epoch, text, sizeof(text), &entry) == SESS_ERR_REJECTED, "a forged entry was accepted");
	need(feed_epoch_parse(&key, epoch_text, sizeof(epoch_text), read) == SESS_ERR_REJECTED, "a forged epoch was accepted");
	feed_key_done(&key);
	sess_ring_free(ring);
}

/* Every length of a key, good and bad texts. */
static void
texts_of_keys(void)
{
	uint8_t bytes[SECRET_MAX];
	char text[B64URL_ENCODED_LEN(SECRET_MAX)];

	for (size_t n = 0; n <= SECRET_MAX; n++) {
		size_t len;

		memset(bytes, (int)(n * 37 % 256), n);
		SECRET(bytes, n);
		len = b64url_encode_secret(text, bytes, n);
		need(b64url_decode_secret(bytes, text, len) == 0, "a key's text was refused");
		memset(text, n % 2 == 0 ? '=' : 'Z', sizeof(text));
		SECRET(text, sizeof(text));
		(void)!b64url_decode_secret(bytes, text, len);
	}
}

static void
derivation(void)
{
	struct secret tag = { { 1 }, 32 }, out = { { 0 }, 0 };
	struct crypto_lib *lib = NULL;
	uint8_t mac[32];

	need(crypto_lib_new(&lib) == 0, "no library");
	SECRET(tag.bytes, 32);
	need(kdf_hkdf_sha256(lib, &tag, "label", 64, &out) == 0 && kdf_hmac_sha256(lib, &out, tag.bytes, 32, mac) == 0, "no key");
	(void)sig_mac_equals(mac, out.bytes, 32);
	(void)secret_equals(mac, out.bytes, 32);
	secret_done(&out);
	secret_done(&tag);
	crypto_lib_free(lib);
}

static uint8_t planted[32];

static void planted_branch(void) { if (planted[3] == 7) sink = 1; }
static void planted_address(void) { static const char table[256] = { 1 }; sink = table[planted[5]]; }
/* By a pointer: a compiler may make a memcmp() of known length that is constant in time. */
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;
static void planted_comparison(void) { sink = compare(planted, "01234567890123456789012345678901", 32) == 0 ? 1 : 2; }

/* The decoder that is not for keys: on the processors that have it AVX2 does the blocks, and a table the rest. */
static void
planted_table(void)
{
	char text[B64URL_ENCODED_LEN(32)];

	sink = (int)b64url_encode(text, planted, 32);
}

static const struct {
	const char *name;
	void (*run)(void);
	int is_planted;
} paths[] = {
	{ "keys as base64url", texts_of_keys, 0 },
	{ "key derivation and comparisons of tags", derivation, 0 },
	{ "nested HS256, dir, A256GCM: make, write, read, mint, verify, refuse", nested_hs256_dir_gcm, 0 },
	{ "nested EdDSA, dir, A256CBC-HS512", nested_eddsa_dir_cbc, 0 },
	{ "sealed A256KW, A256CBC-HS512: content keys", sealed_a256kw_cbc, 0 },
	{ "sealed A256KW, A256GCM", sealed_a256kw_gcm, 0 },
	{ "signed ES256", signed_es256, 0 },
	{ "a ring under a passphrase: seal, open, rotate", ring_under_a_passphrase, 0 },
	{ "a ring under a key-encryption key", ring_under_a_kek, 0 },
	{ "a token opened with a JWK: HS256, A256KW", opened_by_keys, 0 },
	{ "entries and epochs of a revocation feed", feed_entries, 0 },
	{ "a planted branch is noticed", planted_branch, 1 },
	{ "a planted address is noticed", planted_address, 1 },
	{ "a planted memcmp is noticed", planted_comparison, 1 },
	{ "the table of b64url_encode() is noticed", planted_table, 1 },
};

int
main(void)
{
	const size_t count = sizeof(paths) / sizeof(paths[0]);
	int failed = 0, clean = 0, noticed = 0;

	if (!RUNNING_ON_VALGRIND) {
		printf("1..0 # SKIP this runs under valgrind alone\n");
		return 0;
	}
	SECRET(planted, sizeof(planted));
	for (size_t i = 0; i < count; i++) {
		unsigned before = (unsigned)VALGRIND_COUNT_ERRORS, found;

		paths[i].run();
		found = (unsigned)VALGRIND_COUNT_ERRORS - before;
		failed += (found > 0) != paths[i].is_planted;
		clean += found == 0;
		noticed += found > 0 && paths[i].is_planted;
		printf("%sok %zu - %s\n", (found > 0) != paths[i].is_planted ? "not " : "", i + 1, paths[i].name);
		(void)fflush(stdout);
	}
	printf("%sok %zu - secrets were drawn and read on the way\n", drawn > 10 && parsed > 10 ? "" : "not ", count + 1);
	failed += drawn <= 10 || parsed <= 10;
	printf("# figure: constant-time-paths = %d\n# figure: constant-time-secrets-drawn = %d\n# figure: constant-time-keys-read = %d\n"
	       "# figure: constant-time-planted-noticed = %d\n",
	    clean, drawn, parsed, noticed);
	printf("1..%zu\n", count + 1);
	return failed > 0;
}
